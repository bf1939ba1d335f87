// SPDX-License-Identifier: Apache-2.0
// test_model_mmu_spec [SEED [COUNT]]: random map, unmap and protect of husk::mmu. What a guest's
// accesses then find in the tables, test/spec/spec_mmu.c says; what they should, a flat array.
#include <string.h>

#include <husk/mmu.h>

#include "mmu_internal.h"
#include "spec_mmu.h"
#include "spec_run.h"

enum { POOL_PAGES = 12, WINDOW = 3 << 18, PAGE = 4096, VM_OPS = 5000 };

/* Pages of the pool have physical addresses from here on: even the smallest PARange reaches it. */
static const uint64_t pool_pa = 0x7FF00000;

static _Alignas(8192) struct husk_mmu_page pages[POOL_PAGES];
static struct husk_mmu_pool pool;
static struct husk_mmu_s2 s2;
static struct husk_mmu_s2_locked vm;
static struct husk_fake cpu;
static struct spec_s2 spec;
static uint64_t want[WINDOW]; /* per page: 0, or output address | HUSK_MMU_* */
static uint64_t base;         /* IPA of want[0] */
static unsigned pa_bits, ipa_bits;

static uint64_t read_table(const void *memory, uint64_t pa)
{
    uint64_t value;

    spec_same("table outside the pool", pa - pool_pa < sizeof(pages) && pa % 8 == 0, 1);
    memcpy(&value, (const char *)memory + (pa - pool_pa), sizeof(value));
    return value;
}

static void new_vm(void)
{
    static const unsigned bits[] = { 32, 36, 40, 42, 44, 48, 48, 48 };
    const unsigned pa_range = spec_below(8);

    pa_bits = bits[pa_range];
    ipa_bits = pa_bits < 40 ? pa_bits : 40;
    base = spec_below(2) == 0 ? HUSK_GIB(1) : HUSK_BIT(ipa_bits) - HUSK_GIB(3);
    memset(pages, 0x5B, sizeof(pages));
    memset(want, 0, sizeof(want));
    pool = (struct husk_mmu_pool){ .pages = pages,
                                   .count = 3 + spec_below(POOL_PAGES - 2),
                                   .pa_offset = pool_pa - (uintptr_t)pages };
    spec_same("init", husk_mmu_s2_init(&s2, &pool, pa_range, 7), HUSK_OK);
    vm = (struct husk_mmu_s2_locked){ &s2 };
    spec = (struct spec_s2){ s2.vtcr, s2.vttbr, pa_range, read_table, pages };
    /* What no access shows: RES1 [31], 8-bit VMID in [55:48], walks that are coherent with our
     * stores: SH0 [13:12] inner, ORGN0 [11:10] and IRGN0 [9:8] write-back (D19.2 VTCR_EL2). */
    spec_same("VTCR_EL2", s2.vtcr & 0xFFF83F00, 0x80003500);
    spec_same("VMID", s2.vttbr >> 48, 7);
}

/* One access, and what the array has for it. */
static void check_access(uint64_t ipa, uint64_t page, enum spec_s2_access access)
{
    static const uint32_t right[] = { HUSK_MMU_R, HUSK_MMU_W, HUSK_MMU_X };
    const struct spec_s2_result r = spec_s2_access(spec, ipa, access);

    if (page == 0) {
        spec_same("kind of fault", r.fault ? r.fsc & ~3u : 0xFF, 4);
        spec_same("hint where nothing is", r.contiguous, 0);
        return;
    }
    spec_same("allowed", !r.fault, (page & right[access]) != 0);
    spec_same("kind of fault", r.fault ? r.fsc & ~3u : 0, r.fault ? 12 : 0);
    spec_same("output address", r.pa, (page & ~UINT64_C(0xFFF)) | (ipa & 0xFFF));
    /* MemAttr: write-back, or Device-nGnRE, where SH has no effect. */
    spec_same("MemAttr", r.memattr, (page & HUSK_MMU_DEVICE) != 0 ? 1 : 15);
    spec_same("SH", (page & HUSK_MMU_DEVICE) != 0 ? 3 : r.sh, 3);
    if (r.contiguous && spec_run.step % 3 == access) { /* seventeen walks */
        spec_same("hint", spec_s2_hint_true(spec, ipa, access), 1);
    }
}

static void check_page(uint64_t index)
{
    const uint64_t page = index < WINDOW ? want[index] : 0;
    const uint64_t ipa = base + index * PAGE + spec_below(PAGE);
    struct husk_mmu_leaf leaf = { 0 };
    const enum husk_err err = husk_mmu_s2_translate(vm, (struct husk_ipa){ ipa }, &leaf);
    const struct spec_s2_result r = spec_s2_access(spec, ipa, SPEC_READ);

    check_access(ipa, page, SPEC_READ);
    check_access(ipa, page, SPEC_WRITE);
    check_access(ipa, page, SPEC_FETCH);
    spec_same("translate", (uint64_t)err,
              (uint64_t)(!r.fault               ? HUSK_OK
                         : ipa >> ipa_bits != 0 ? HUSK_ERANGE
                                                : HUSK_ENOENT));
    if (err == HUSK_OK) {
        spec_same("translate's address", leaf.out, r.pa);
        spec_same("translate's size", leaf.size_bytes, r.size);
        spec_same("translate's attributes", leaf.attr, page & 0xFFF);
        spec_same("translate's hint", leaf.contiguous, r.contiguous);
    }
}

struct call {
    uint64_t first, count, out;
    uint32_t attr;
};

static struct call random_call(void)
{
    static const uint64_t units[] = { 1, 1, 1, 16, 16, 512 };
    static const uint32_t attrs[] = { 0x11, 0x13, 0x15, 0x17, 0x21, 0x23 };
    const uint64_t unit = units[spec_below(6)];
    struct call call = { .attr = attrs[spec_below(6)] };

    call.first = (1 << 18) - 1024 + spec_below((unsigned)(2048 / unit)) * unit;
    call.count = (1 + spec_below(unit == 512 ? 3 : 20)) * unit;
    if (spec_run.step % VM_OPS < 2 || spec_below(10000) == 0) {
        /* A new VM has 1 GiB blocks next to where most calls are, which they split. */
        call.first = spec_run.step % VM_OPS < 2 ? spec_run.step % VM_OPS << 18 : WINDOW / 3 * 2;
        call.count = 1 << 18;
    } else if (spec_below(50) == 0) {
        call.first = WINDOW - spec_below(40); /* at the IPA limit, or the window's */
        call.count = (base + HUSK_GIB(3)) >> ipa_bits != 0 ? call.count : WINDOW - call.first;
    }
    /* How far input and output agree decides about blocks and hints; some leave the PA space. */
    call.out = base + call.first * PAGE + HUSK_GIB(spec_below(4));
    call.out += spec_below(4) == 0 ? (uint64_t)PAGE << spec_below(18) : 0;
    call.out &= HUSK_BIT(pa_bits) - 1;
    if (spec_below(50) == 0) {
        call.out = HUSK_BIT(pa_bits) - (uint64_t)PAGE * spec_below(40);
    }
    return call;
}

/* What map has to answer, HUSK_ENOMEM apart, and what unmap and protect. */
static enum husk_err expect(const struct call *call, unsigned kind)
{
    const bool beyond = kind == 0 && call->out + call->count * PAGE > HUSK_BIT(pa_bits);
    uint64_t mapped = 0;

    if (call->count == 0) {
        return HUSK_EINVAL;
    }
    if (beyond || base + (call->first + call->count) * PAGE > HUSK_BIT(ipa_bits)) {
        return HUSK_ERANGE;
    }
    for (uint64_t i = 0; i < call->count; i++) {
        mapped += want[call->first + i] != 0;
    }
    if (kind == 0) {
        return mapped != 0 ? HUSK_EOVERLAP : HUSK_OK;
    }
    return kind == 2 && mapped != call->count ? HUSK_ENOENT : HUSK_OK;
}

static void one_operation(void)
{
    const struct call call = random_call();
    const struct husk_ipa ipa = { base + call.first * PAGE };
    const uint64_t size_bytes = call.count * PAGE;
    const unsigned kind = "\0\0\0\1\1\1\2\2"[spec_below(8)];
    const enum husk_err specified = expect(&call, kind);
    const size_t left = husk_mmu_pool_available(&pool);
    enum husk_err err;

    if (kind == 0) {
        err = husk_mmu_s2_map(vm, ipa, (struct husk_pa){ call.out }, size_bytes, call.attr);
    } else if (kind == 1) {
        err = husk_mmu_s2_unmap(vm, ipa, size_bytes);
    } else {
        err = husk_mmu_s2_protect(vm, ipa, size_bytes, call.attr);
    }
    if (err != HUSK_ENOMEM || specified != HUSK_OK) {
        spec_same("answer", (uint64_t)err, (uint64_t)specified);
    } else {
        /* With as many pages as the header says are enough, a map has no such excuse; nor has an
         * unmap or protect, which splits a block at either end twice at most. */
        spec_same("pages enough",
                  left >= (kind == 0 ? husk_mmu_pages_for(ipa.value, size_bytes) : 4), 0);
    }
    if (err != HUSK_OK) {
        spec_same("pages left", husk_mmu_pool_available(&pool), left);
    }
    for (uint64_t i = 0; err == HUSK_OK && i < call.count; i++) {
        uint64_t *const page = &want[call.first + i];

        *page = kind == 0   ? (call.out + i * PAGE) | call.attr
                : kind == 1 ? 0
                            : (*page & ~UINT64_C(0xFFF)) | call.attr;
    }
    check_page(call.first);
    check_page(call.first + call.count - 1);
    check_page(call.first + call.count);
    check_page(call.first - 1);
    check_page(call.first + spec_below((unsigned)call.count + 1));
    check_page((1 << 18) - 1024 + spec_below(4096));
    check_page(spec_below(WINDOW));
}

int main(int argc, char **argv)
{
    spec_run_init(argc, argv);
    husk_fake = &cpu;
    for (spec_run.step = 0; spec_run.step < spec_run.count; spec_run.step++) {
        if (spec_run.step % VM_OPS == 0) {
            new_vm();
        } else if (spec_run.step % VM_OPS == VM_OPS / 4) {
            husk_mmu_s2_activate(&s2);
        }
        one_operation();
    }
    return 0;
}
