// SPDX-License-Identifier: Apache-2.0
#include "rig.h"
#include <stdio.h>
#include <stdlib.h>

/* Level 1 entries of the unikernel's table that are free: the first two are its own. */
enum {
    GIB_EL0_TEXT = 2, /* RAM, readable and executable at EL0 */
    GIB_PATCH = 3,    /* RAM, writable: text too */
};

static const uint64_t gib = HUSK_GIB(1);
static const uint64_t ram_base = 0x40000000;
static const uint64_t psr_masked = 0x3c0;

struct rig_record rig_record;
static unsigned failures;

void rig_enter(struct rig_regs *regs);
void rig_enter_el0(struct rig_regs *regs, uint64_t pc, uint64_t spsr);
_Noreturn void rig_unexpected(void);
extern uint32_t rig_slot[], rig_el0_slot[];
extern char rig_vectors[];

/* ---- windows ---- */

static void set_entry(unsigned index, uint64_t desc)
{
    uint64_t *const table = (uint64_t *)(husk_read(ttbr0_el1) & HUSK_BITS(47, 12));

    husk_pte_write(&table[index], 0);
    husk_dsb_ishst();
    husk_tlbi_vmalle1is();
    husk_dsb_ish();
    husk_pte_write(&table[index], desc);
    husk_dsb_ish();
    husk_isb();
}

uint64_t rig_window(unsigned index, uint64_t ipa, unsigned attr)
{
    /* Block, AF, inner shareable, not executable; Arm ARM D8.3. */
    uint64_t desc = (ipa & ~(gib - 1)) | 1 | HUSK_BIT(10) | HUSK_BITS(9, 8);

    if ((attr & RIG_READ_EXEC) != 0) {
        desc |= HUSK_BIT(7);
    } else {
        desc |= HUSK_BIT(53) | HUSK_BIT(54);
    }
    if ((attr & RIG_DEVICE) != 0) {
        desc |= HUSK_BIT(2);
    }
    if ((attr & RIG_EL0) != 0) {
        desc |= HUSK_BIT(6);
    }
    set_entry(index, desc);
    return index * gib;
}

uint64_t rig_window_table(unsigned index, uint64_t ipa)
{
    set_entry(index, ipa | 3);
    return index * gib;
}

static void patch(const uint32_t *slot, uint32_t word)
{
    const uint64_t addr = (uint64_t)(uintptr_t)slot;
    volatile uint32_t *const alias = (volatile uint32_t *)(addr - ram_base + GIB_PATCH * gib);

    *alias = word;
    __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(addr)
                     : "memory");
}

/* ---- one instruction ---- */

uint64_t rig_pc(void)
{
    return (uint64_t)(uintptr_t)rig_slot;
}

uint64_t rig_pc_el0(void)
{
    return (uint64_t)(uintptr_t)rig_el0_slot - ram_base + GIB_EL0_TEXT * gib;
}

static void arm_record(void)
{
    rig_record.count = 0;
    rig_record.kind = 99;
    rig_record.esr = 0;
    rig_record.far = 0;
    husk_write(far_el1, 0);
    rig_record.armed = 1;
}

void rig_run(uint32_t insn, struct rig_regs *regs)
{
    patch(rig_slot, insn);
    arm_record();
    rig_enter(regs);
    rig_record.armed = 0;
}

uint64_t rig_run2(uint32_t insn, uint64_t x0, uint64_t x1)
{
    struct rig_regs regs = { .x = { x0, x1 } };

    rig_run(insn, &regs);
    return regs.x[0];
}

void rig_run_el0(uint32_t insn, uint64_t x0, uint64_t x1, uint64_t pstate)
{
    struct rig_regs regs = { .x = { x0, x1 } };

    patch(rig_el0_slot, (pstate & 0x20) != 0 ? 0xdf000000 | insn : insn); /* Thumb: 16 bits each */
    patch(rig_el0_slot + 1, (pstate & 0x10) != 0 ? 0xef000000 : 0xd4000001); /* SVC #0 */
    arm_record();
    rig_enter_el0(&regs, rig_pc_el0(), pstate);
}

void rig_unexpected(void)
{
    printf("husk-test: FAIL unexpected exception, vector %d ESR %#llx ELR %#llx FAR %#llx\n",
           (int)rig_record.kind, (unsigned long long)rig_record.esr,
           (unsigned long long)rig_record.elr, (unsigned long long)rig_record.far);
    printf("husk-test: fail\n");
    exit(EXIT_FAILURE);
}

/* ---- rows ---- */

bool rig_equal(const char *row, const char *what, uint64_t got, uint64_t expected)
{
    if (got == expected) {
        return true;
    }
    failures++;
    printf("husk-test: %s: FAIL expected %s %#llx got %#llx\n", row, what,
           (unsigned long long)expected, (unsigned long long)got);
    return false;
}

void rig_check(const char *row, bool ok)
{
    if (rig_equal(row, "true", ok, true)) {
        printf("husk-test: %s: ok\n", row);
    }
}

/* PSTATE of the handler, with PAN by SCTLR_EL1.SPAN; the vector of EL1h. */
static bool taken(const char *row, uint64_t esr)
{
    const uint64_t sctlr = husk_read(sctlr_el1);
    const uint64_t span = sctlr & HUSK_BIT(23);
    const uint64_t pan_before = rig_record.spsr & HUSK_BIT(22);
    bool ok = rig_equal(row, "exceptions", rig_record.count, 1) &&
              rig_equal(row, "ESR_EL1", rig_record.esr, esr);

    ok = ok && rig_equal(row, "vector", rig_record.kind, (rig_record.spsr & 1) != 0 ? 4 : 0);
    ok = ok && rig_equal(row, "DAIF", rig_record.daif, psr_masked);
    ok = ok && rig_equal(row, "CurrentEL", rig_record.el, 4);
    ok = ok && rig_equal(row, "SPSel", rig_record.spsel, 1);
    ok = ok && rig_equal(row, "NZCV", rig_record.nzcv, rig_record.spsr & HUSK_BITS(31, 28));
    if (ok && (rig_record.features & HUSK_BIT(RIG_HAS_PAN_BIT)) != 0) {
        ok = rig_equal(row, "PAN", rig_record.pan, span == 0 ? HUSK_BIT(22) : pan_before);
    }
    if (ok && (rig_record.features & HUSK_BIT(RIG_HAS_SSBS_BIT)) != 0) {
        ok = rig_equal(row, "SSBS", rig_record.ssbs, (sctlr >> 44 & 1) << 12);
    }
    if (ok && (rig_record.features & HUSK_BIT(RIG_HAS_DIT_BIT)) != 0) {
        ok = rig_equal(row, "DIT", rig_record.dit, rig_record.spsr & HUSK_BIT(24));
    }
    return ok;
}

void rig_expect(const char *row, uint64_t esr)
{
    if (taken(row, esr) && rig_equal(row, "ELR_EL1", rig_record.elr, rig_pc())) {
        printf("husk-test: %s: ok\n", row);
    }
}

void rig_expect_abort(const char *row, uint64_t esr, uint64_t far)
{
    const bool is_fetch = esr >> 26 == 0x21;

    if (taken(row, esr) && rig_equal(row, "FAR_EL1", rig_record.far, far) &&
        rig_equal(row, "ELR_EL1", rig_record.elr, is_fetch ? far : rig_pc())) {
        printf("husk-test: %s: ok\n", row);
    }
}

void rig_expect_none(const char *row)
{
    if (rig_equal(row, "exceptions", rig_record.count, 0)) {
        printf("husk-test: %s: ok\n", row);
        return;
    }
    printf("husk-test: %s: ESR_EL1 %#llx\n", row, (unsigned long long)rig_record.esr);
}

void rig_init(void)
{
    uint64_t pfr1, pfr0;

    __asm__("mrs %0, id_aa64pfr0_el1" : "=r"(pfr0));
    __asm__("mrs %0, id_aa64pfr1_el1" : "=r"(pfr1));
    if (husk_bits_get(husk_read(id_aa64mmfr1_el1), 23, 20) != 0) {
        rig_record.features |= HUSK_BIT(RIG_HAS_PAN_BIT);
    }
    if (husk_bits_get(pfr1, 7, 4) >= 2) {
        rig_record.features |= HUSK_BIT(RIG_HAS_SSBS_BIT);
    }
    if (husk_bits_get(pfr0, 51, 48) != 0) {
        rig_record.features |= HUSK_BIT(RIG_HAS_DIT_BIT);
    }
    husk_write(daif, psr_masked);
    (void)rig_window(GIB_PATCH, ram_base, 0);
    (void)rig_window(GIB_EL0_TEXT, ram_base, RIG_READ_EXEC | RIG_EL0);
    husk_write(vbar_el1, (uintptr_t)rig_vectors);
    husk_isb();
    (void)rig_run2(RIG_MRS(3, 3, 4, 2, 7), 0, 0); /* TCO: no ID register of a guest tells */
    if (rig_record.count == 0) {
        rig_record.features |= HUSK_BIT(RIG_HAS_TCO_BIT);
    }
}

int rig_done(void)
{
    printf("husk-test: %s\n", failures == 0 ? "pass" : "fail");
    return EXIT_SUCCESS;
}
