// SPDX-License-Identifier: Apache-2.0
#include "mmu_fixture.h"

#include <stdio.h>

enum { LOG_CAPACITY = 20000, TEXT_BYTES = 1 << 16 };

struct fixture fixture;
_Alignas(8192) struct husk_mmu_page fixture_pages[POOL_PAGES];
static struct husk_mmu_page saved_pages[POOL_PAGES];
static struct husk_mmu_pool saved_pool;
static struct husk_fake cpu;
static struct husk_fake_entry entries[LOG_CAPACITY];
static char text[TEXT_BYTES];
static size_t text_length;

/* Tables at physical 0x8000_0000: whoever mixes up PA and VA is found out. */
static const uint64_t TABLES_PA = 0x80000000;

void fixture_reset(size_t spare)
{
    memset(&cpu, 0, sizeof(cpu));
    memset(fixture_pages, 0x5b, sizeof(fixture_pages)); /* every entry looks valid */
    husk_fake = &cpu;
    cpu.log = entries;
    cpu.log_capacity = LOG_CAPACITY;
    cpu.log_sysreg_writes = true;
    memset(&fixture, 0, sizeof(fixture));
    fixture.pool.pages = fixture_pages;
    fixture.pool.count = spare + HUSK_MMU_S2_ROOT_PAGES + 1;
    fixture.pool.pa_offset = TABLES_PA - (uint64_t)(uintptr_t)fixture_pages;
    assert_int_equal(husk_mmu_s2_init(&fixture.s2, &fixture.pool, PA_RANGE_40, VMID), HUSK_OK);
    assert_int_equal(husk_mmu_s1_init(&fixture.s1, &fixture.pool), HUSK_OK);
    fixture.vm = (struct husk_mmu_s2_locked){ &fixture.s2 };
    journal_clear();
}

int fixture_setup(void **state)
{
    (void)state;
    fixture_reset(POOL_PAGES - HUSK_MMU_S2_ROOT_PAGES - 1);
    return 0;
}

void fixture_live(uint64_t vttbr)
{
    fixture.s1.tables.live = true;
    fixture.s2.tables.live = true;
    cpu.sysreg[HUSK_SYSREG_vttbr_el2] = vttbr;
    journal_clear();
}

uint64_t fixture_pa(const void *table)
{
    return TABLES_PA + (uint64_t)((uintptr_t)table - (uintptr_t)fixture_pages);
}

void journal_clear(void)
{
    cpu.log_count = 0;
}

static const char *sysreg_name(uint64_t sysreg)
{
    switch (sysreg) {
#define HUSK_SYSREG(name, op0, op1, crn, crm, op2)                                                 \
    case HUSK_SYSREG_##name:                                                                       \
        return #name;
#include <husk/sysregs.def>
    default:
        return "?";
    }
}

__attribute__((format(printf, 1, 2))) static void put(const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(&text[text_length], TEXT_BYTES - text_length, format, args);
    va_end(args);
    assert_in_range(length, 0, TEXT_BYTES - text_length - 1);
    text_length += (size_t)length;
}

/* Entries from `from` on that read as one word: equal PTE values (zero or not) in neighbouring
 * slots, or TLBIs by address that ascend by one page. */
static size_t run_length(size_t from)
{
    const struct husk_fake_entry *const first = &entries[from];
    size_t n = 1;

    for (; from + n < cpu.log_count; n++) {
        const struct husk_fake_entry *const next = &entries[from + n];

        if (next->op != first->op) {
            break;
        }
        if (first->op == HUSK_FAKE_PTE_WRITE) {
            if (next->a != first->a + 8 * n || (next->b == 0) != (first->b == 0)) {
                break;
            }
        } else if (first->op == HUSK_FAKE_TLBI_IPAS2E1IS || first->op == HUSK_FAKE_TLBI_VAE2IS) {
            if (next->a != first->a + PAGE * n || next->b != first->b) {
                break;
            }
        } else {
            break;
        }
    }
    return n;
}

static void put_count(const char *sign, size_t count)
{
    if (count > 1) {
        put("%s%zu", sign, count);
    }
}

static void put_entry(const struct husk_fake_entry *entry, size_t count)
{
    const char *const wrong = entry->b != fixture.s2.vttbr ? "!" : "";

    switch (entry->op) {
    case HUSK_FAKE_PTE_WRITE:
        put("pte=%d", entry->b != 0);
        put_count("*", count);
        break;
    case HUSK_FAKE_TLBI_IPAS2E1IS:
        put("ipa:%llx%s", (unsigned long long)(entry->a / PAGE), wrong);
        put_count("+", count);
        break;
    case HUSK_FAKE_TLBI_VAE2IS:
        put("va:%llx", (unsigned long long)(entry->a / PAGE));
        put_count("+", count);
        break;
    case HUSK_FAKE_TLBI_VMALLE1IS:
        put("vmalle1is%s", wrong);
        break;
    case HUSK_FAKE_TLBI_VMALLS12E1IS:
        put("vmalls12e1is%s", wrong);
        break;
    case HUSK_FAKE_TLBI_ALLE2:
        put("alle2");
        break;
    case HUSK_FAKE_IC_IALLUIS:
        put("ic_ialluis");
        break;
    case HUSK_FAKE_DSB_ISHST:
        put("dsb_ishst");
        break;
    case HUSK_FAKE_DSB_ISH:
        put("dsb_ish");
        break;
    case HUSK_FAKE_DSB_NSH:
        put("dsb_nsh");
        break;
    case HUSK_FAKE_ISB:
        put("isb");
        break;
    case HUSK_FAKE_SYSREG_WRITE:
        put("%s=%llx", sysreg_name(entry->a), (unsigned long long)entry->b);
        break;
    default:
        put("op%d", (int)entry->op);
        break;
    }
}

const char *journal(void)
{
    text_length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < cpu.log_count;) {
        const size_t count = run_length(i);

        put("%s", i == 0 ? "" : " ");
        put_entry(&entries[i], count);
        i += count;
    }
    return text;
}

void snapshot_take(void)
{
    memcpy(saved_pages, fixture_pages, sizeof(saved_pages));
    saved_pool = fixture.pool;
}

bool snapshot_same(void)
{
    return memcmp(saved_pages, fixture_pages, sizeof(saved_pages)) == 0 &&
           saved_pool.used == fixture.pool.used && saved_pool.free == fixture.pool.free &&
           saved_pool.free_count == fixture.pool.free_count;
}

size_t fixture_left(void)
{
    return husk_mmu_pool_available(&fixture.pool);
}

enum husk_err s2_map(uint64_t ipa, uint64_t pa, uint64_t size_bytes, uint32_t attr)
{
    return husk_mmu_s2_map(fixture.vm, (struct husk_ipa){ ipa }, (struct husk_pa){ pa }, size_bytes,
                           attr);
}

enum husk_err s2_unmap(uint64_t ipa, uint64_t size_bytes)
{
    return husk_mmu_s2_unmap(fixture.vm, (struct husk_ipa){ ipa }, size_bytes);
}

enum husk_err s2_protect(uint64_t ipa, uint64_t size_bytes, uint32_t attr)
{
    return husk_mmu_s2_protect(fixture.vm, (struct husk_ipa){ ipa }, size_bytes, attr);
}

enum husk_err s1_map(uint64_t va, uint64_t pa, uint64_t size_bytes, uint32_t attr)
{
    return husk_mmu_s1_map(&fixture.s1, (struct husk_va){ va }, (struct husk_pa){ pa }, size_bytes,
                           attr);
}

enum husk_err s1_unmap(uint64_t va, uint64_t size_bytes)
{
    return husk_mmu_s1_unmap(&fixture.s1, (struct husk_va){ va }, size_bytes);
}

void assert_s2_leaf(uint64_t ipa, uint64_t out, uint64_t size_bytes, uint32_t attr, bool contiguous)
{
    struct husk_mmu_leaf leaf;

    assert_int_equal(husk_mmu_s2_translate(fixture.vm, (struct husk_ipa){ ipa }, &leaf), HUSK_OK);
    assert_int_equal(leaf.out, out);
    assert_int_equal(leaf.size_bytes, size_bytes);
    assert_int_equal(leaf.attr, attr);
    assert_int_equal(leaf.contiguous, contiguous);
}

void assert_s2_hole(uint64_t ipa)
{
    struct husk_mmu_leaf leaf;

    assert_int_equal(husk_mmu_s2_translate(fixture.vm, (struct husk_ipa){ ipa }, &leaf),
                     HUSK_ENOENT);
}

/* A walk of its own, from the Arm ARM and the physical addresses in the tables. */
static uint64_t walk(const uint64_t *root, uint64_t addr)
{
    uint64_t desc = root[addr >> 30];

    for (unsigned shift = 21; (desc & 3) == 3 && shift >= 12; shift -= 9) {
        const uint64_t *const table =
            (const uint64_t *)(uintptr_t)((desc & UINT64_C(0xfffffffff000)) - TABLES_PA +
                                          (uintptr_t)fixture_pages);

        desc = table[(addr >> shift) & 511];
    }
    return desc;
}

uint64_t s2_desc(uint64_t ipa)
{
    return walk(fixture.s2.tables.root, ipa);
}

uint64_t s1_desc(uint64_t va)
{
    return walk(fixture.s1.tables.root, va);
}
