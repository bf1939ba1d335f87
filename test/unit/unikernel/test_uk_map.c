// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <husk/arch.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h> /* needs what is above */

static _Alignas(4096) struct husk_uk_tables tables;
static struct husk_fake fake;

/* A walk of its own, from the Arm ARM's words: 4 KiB granule, T0SZ 25, so level 1 first. Returns
 * the leaf descriptor for `va`, or 0. */
static uint64_t walk(uint64_t va)
{
    const uint64_t *table = tables.l1;

    assert_true(va < UINT64_C(1) << 39);
    for (unsigned shift = 30;; shift -= 9) {
        const uint64_t desc = table[va >> shift & 511];
        const uint64_t address = desc & HUSK_BITS(47, 12);

        switch (desc & 3) {
        case 1:
            assert_true(shift != 12);
            assert_true((address & HUSK_BITS(shift - 1, 0)) == 0);
            assert_true(address == (va & ~HUSK_BITS(shift - 1, 0)));
            return desc;
        case 3:
            if (shift == 12) {
                assert_true(address == (va & ~UINT64_C(4095)));
                return desc;
            }
            table = (const uint64_t *)(uintptr_t)address;
            break;
        default:
            return 0;
        }
    }
}

/* "rwx", "--", with "d" for device memory, as the descriptor says it. */
static const char *access(uint64_t va)
{
    const uint64_t desc = walk(va);
    const bool is_writable = (desc & HUSK_BIT(7)) == 0;
    const bool is_executable = (desc & HUSK_BIT(53)) == 0;

    if (desc == 0) {
        return "none";
    }
    assert_true((desc & HUSK_BIT(10)) != 0); /* AF: no access flag fault */
    assert_true((desc & HUSK_BIT(6)) == 0);  /* nothing for EL0 */
    assert_true((desc & HUSK_BIT(54)) != 0); /* UXN */
    assert_false(is_writable && is_executable);
    if ((desc >> 2 & 7) == 1) {
        assert_false(is_executable);
        return is_writable ? "device" : "?";
    }
    assert_int_equal(desc >> 8 & 3, 3); /* inner shareable */
    return is_executable ? "rx" : is_writable ? "rw" : "r";
}

static const struct husk_uk_layout layouts[] = {
    /* hello: everything in the first 2 MiB */
    { 0x40007000, 0x40008000, 0x40015000, 0x40016000, 0x41000000 },
    /* boundaries on block borders */
    { 0x40200000, 0x40400000, 0x40600000, 0x40601000, 0x44000000 },
    /* each in a block of its own; RAM ends inside a block */
    { 0x40201000, 0x40403000, 0x40605000, 0x40606000, 0x40E07000 },
    /* text over several blocks; guard across a block border; RAM ends in the second GiB */
    { 0x40A01000, 0x40A02000, 0x40BFF000, 0x40C01000, 0x80203000 },
    /* RAM of exactly 1 GiB, of 3 GiB, of 5.5 GiB */
    { 0x40001000, 0x40002000, 0x40003000, 0x40004000, 0x80000000 },
    { 0x40001000, 0x40002000, 0x40003000, 0x40004000, 0x100000000 },
    { 0x40001000, 0x40002000, 0x40003000, 0x40004000, 0x1A0000000 },
};

static const char *expected(const struct husk_uk_layout *l, uint64_t va)
{
    if (va < 0x40000000) {
        return va >= 0x08000000 && va < 0x0C000000 ? "device" : "none";
    }
    if (va >= l->ram_end || (va >= l->guard_base && va < l->guard_end)) {
        return "none";
    }
    return va < l->text_end ? "rx" : va < l->rodata_end ? "r" : "rw";
}

static void each_page__has_its_access(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(layouts); i++) {
        husk_uk_map_build(&tables, &layouts[i]);
        for (uint64_t va = 0; va < 0x42000000; va += va < 0x40000000 ? 0x200000 : 0x1000) {
            assert_string_equal(access(va), expected(&layouts[i], va));
        }
        for (uint64_t va = layouts[i].ram_end - 0x400000; va < layouts[i].ram_end + 0x400000;
             va += 0x1000) {
            assert_string_equal(access(va), expected(&layouts[i], va));
        }
        for (uint64_t va = 0x40000000; va < UINT64_C(1) << 39; va += 0x40000000) {
            assert_string_equal(access(va), expected(&layouts[i], va));
        }
    }
}

static void uniform_block__takes_no_table(void **state)
{
    (void)state;
    husk_uk_map_build(&tables, &layouts[1]); /* boundaries on block borders */
    assert_int_equal(walk(0x40000000) & 3, 1);
    assert_int_equal(walk(0x40200000) & 3, 1);
    assert_int_equal(walk(0x40400000) & 3, 1);
    assert_int_equal(walk(0x40601000) & 3, 3); /* the guard page's block */
    assert_int_equal(walk(0x43E00000) & 3, 1);
    husk_uk_map_build(&tables, &layouts[5]);
    assert_true(walk(0x80000000) == tables.l1[2]); /* 1 GiB */
}

static void null__is_not_mapped(void **state)
{
    (void)state;
    husk_uk_map_build(&tables, &layouts[0]);
    assert_string_equal(access(0), "none");
    assert_string_equal(access(0x09000000), "device");
    assert_string_equal(access(0x07FFFFFF), "none");
    assert_string_equal(access(0x0C000000), "none");
}

/* Devices beside the guest machine's own: whole blocks, and nothing else. */
static void devices_of_any_size__are_whole_blocks(void **state)
{
    static _Alignas(4096) uint64_t l2[512];
    const uint64_t base = 0xfe3ff000;

    (void)state;
    husk_fake = &fake;
    husk_uk_map_build(&tables, &layouts[0]);
    husk_uk_map_devices(l2, base, 0x1001); /* the last page of a block, and a byte of the next */
    tables.l1[3] = husk_uk_map_table(l2);
    for (uint64_t va = 0xc0000000; va < 0x100000000; va += 0x200000) {
        const bool in = va == 0xfe200000 || va == 0xfe400000;

        assert_string_equal(access(va), in ? "device" : "none");
        assert_string_equal(access(va + 0x1ff000), in ? "device" : "none");
    }
    husk_uk_map_devices(l2, base, 1); /* twice the same */
    assert_string_equal(access(base), "device");
}

static const struct husk_range pi_uart = { 0xfe201000, 0x200 };
static const struct husk_range pi_gic = { 0xff841000, 0x1000 };

/* A board's devices in a GiB of their own, in RAM's last one, and in the first. */
static void devices_elsewhere__are_mapped(void **state)
{
    static const size_t with[] = { 0, 4 }; /* RAM below 1 GiB, of 1 GiB */

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(with); i++) {
        const struct husk_uk_layout *const layout = &layouts[with[i]];

        husk_uk_map_build(&tables, layout);
        assert_int_equal(husk_uk_map_far(&tables, pi_uart), HUSK_OK);
        assert_int_equal(husk_uk_map_far(&tables, pi_gic), HUSK_OK);
        assert_int_equal(husk_uk_map_far(&tables, (struct husk_range){ 0x10000000, 0x200001 }),
                         HUSK_OK);
        assert_string_equal(access(0xfe201000), "device");
        assert_string_equal(access(0xff841000), "device");
        assert_string_equal(access(0xfe1ff000), "none");
        assert_string_equal(access(0xfe400000), "none");
        assert_string_equal(access(0xc0000000), "none");
        assert_string_equal(access(0x10000000), "device");
        assert_string_equal(access(0x10200000), "device"); /* its last byte */
        assert_string_equal(access(0x10400000), "none");
        assert_string_equal(access(0x40000000), "rx");
        assert_string_equal(access(layout->ram_end - 0x1000), "rw");
    }
    husk_uk_map_build(&tables, &layouts[3]); /* RAM ends in the third GiB */
    assert_int_equal(husk_uk_map_far(&tables, (struct husk_range){ 0x90000000, 0x1000 }), HUSK_OK);
    assert_string_equal(access(0x90000000), "device");
    assert_string_equal(access(0x80202000), "rw");
}

/* RAM stays RAM, null stays null, and a table is not for two places. */
static void device_that_can_t_be__changes_nothing(void **state)
{
    (void)state;
    husk_uk_map_build(&tables, &layouts[5]); /* 3 GiB of RAM */
    assert_int_equal(husk_uk_map_far(&tables, pi_uart), HUSK_EINVAL);
    assert_string_equal(access(0xfe201000), "rw");
    assert_int_equal(husk_uk_map_far(&tables, (struct husk_range){ 0x40000000, 0x1000 }),
                     HUSK_EINVAL);
    assert_string_equal(access(0x40000000), "rx");
    assert_int_equal(husk_uk_map_far(&tables, (struct husk_range){ 0, 0x1000 }), HUSK_EINVAL);
    assert_string_equal(access(0), "none");
    assert_int_equal(husk_uk_map_far(&tables, (struct husk_range){ UINT64_C(1) << 39, 0x1000 }),
                     HUSK_EINVAL);
    assert_int_equal(husk_uk_map_far(&tables, (struct husk_range){ 0x140000000, 0x1000 }), HUSK_OK);
    assert_int_equal(husk_uk_map_far(&tables, (struct husk_range){ 0x180000000, 0x1000 }),
                     HUSK_ENOMEM);
    assert_int_equal(husk_uk_map_far(&tables, (struct husk_range){ 0x13ffff000, 0x2000 }),
                     HUSK_EINVAL); /* over two GiB */
    assert_int_equal(husk_uk_map_far(&tables, (struct husk_range){ 0x140000000, 0 }), HUSK_EINVAL);
    assert_string_equal(access(0x140000000), "device");
    assert_string_equal(access(0x180000000), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_of_any_size__are_whole_blocks),
        cmocka_unit_test(each_page__has_its_access),
        cmocka_unit_test(uniform_block__takes_no_table),
        cmocka_unit_test(devices_elsewhere__are_mapped),
        cmocka_unit_test(device_that_can_t_be__changes_nothing),
        cmocka_unit_test(null__is_not_mapped),
    };

    husk_fake = &fake;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
