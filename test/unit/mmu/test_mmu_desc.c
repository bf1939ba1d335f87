// SPDX-License-Identifier: Apache-2.0
#include "mmu_fixture.h"

/* Descriptors as the Arm ARM (DDI 0487J.a, D8.3) draws them, written out: XN 54, contiguous 52,
 * AF 10, SH [9:8], AP or S2AP [7:6], MemAttr [5:2] or AttrIndx [4:2], type [1:0]. */
struct row {
    uint32_t attr;
    uint64_t stage1; /* 0: refused */
    uint64_t stage2;
};

static const struct row rows[] = {
    { HUSK_MMU_NORMAL | HUSK_MMU_R, 0x00400000000007c3, 0x004000000000077f },
    { HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_W, 0x0040000000000743, 0x00400000000007ff },
    { HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_X, 0x00000000000007c3, 0x000000000000077f },
    { HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_W | HUSK_MMU_X, 0, 0x00000000000007ff },
    { HUSK_MMU_DEVICE | HUSK_MMU_R, 0x00400000000004c7, 0x0040000000000447 },
    { HUSK_MMU_DEVICE | HUSK_MMU_R | HUSK_MMU_W, 0x0040000000000447, 0x00400000000004c7 },
    /* refused by both: executable devices, no or two memory types, not readable, unknown bits */
    { HUSK_MMU_DEVICE | HUSK_MMU_R | HUSK_MMU_X, 0, 0 },
    { HUSK_MMU_DEVICE | HUSK_MMU_R | HUSK_MMU_W | HUSK_MMU_X, 0, 0 },
    { HUSK_MMU_R | HUSK_MMU_W, 0, 0 },
    { HUSK_MMU_NORMAL | HUSK_MMU_DEVICE | HUSK_MMU_R, 0, 0 },
    { HUSK_MMU_NORMAL, 0, 0 },
    { HUSK_MMU_NORMAL | HUSK_MMU_W, 0, 0 },
    { HUSK_MMU_NORMAL | HUSK_MMU_X, 0, 0 },
    { HUSK_MMU_NORMAL | HUSK_MMU_R | 1 << 3, 0, 0 },
    { HUSK_MMU_NORMAL | HUSK_MMU_R | 1 << 6, 0, 0 },
    { HUSK_MMU_NORMAL | HUSK_MMU_R | UINT32_C(1) << 31, 0, 0 },
    { 0, 0, 0 },
};

static void each_attribute__gives_its_stage2_page_or_einval(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        const uint64_t ipa = 0x40000000 + i * PAGE;
        const uint64_t pa = 0x123456000;
        struct husk_mmu_leaf leaf;

        assert_int_equal(s2_map(ipa, pa, PAGE, rows[i].attr),
                         rows[i].stage2 != 0 ? HUSK_OK : HUSK_EINVAL);
        if (rows[i].stage2 != 0) {
            assert_int_equal(s2_desc(ipa), rows[i].stage2 | pa);
            assert_s2_leaf(ipa + 5, pa + 5, PAGE, rows[i].attr, false);
        } else {
            assert_int_equal(s2_protect(0x40000000, PAGE, rows[i].attr), HUSK_EINVAL);
            assert_int_equal(husk_mmu_s2_translate(fixture.vm, (struct husk_ipa){ ipa }, &leaf),
                             HUSK_ENOENT);
        }
    }
}

static void each_attribute__gives_its_stage1_page_or_einval(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        const uint64_t va = 0x40000000 + i * PAGE;
        const uint64_t pa = 0x123456000;
        struct husk_mmu_leaf leaf;

        assert_int_equal(s1_map(va, pa, PAGE, rows[i].attr),
                         rows[i].stage1 != 0 ? HUSK_OK : HUSK_EINVAL);
        if (rows[i].stage1 != 0) {
            assert_int_equal(s1_desc(va), rows[i].stage1 | pa);
            assert_int_equal(husk_mmu_s1_translate(&fixture.s1, (struct husk_va){ va + 9 }, &leaf),
                             HUSK_OK);
            assert_int_equal(leaf.attr, rows[i].attr);
            assert_int_equal(leaf.out, pa + 9);
        }
    }
}

static void blocks_and_groups__differ_in_type_and_hint_only(void **state)
{
    (void)state;
    assert_int_equal(s2_map(GIGA, 0, GIGA, RW), HUSK_OK);
    assert_int_equal(s2_map(2 * GIGA, MEGA2, MEGA2, RX), HUSK_OK);
    assert_int_equal(s2_map(3 * GIGA, GROUP, GROUP, RO), HUSK_OK);
    assert_int_equal(s2_desc(GIGA), 0x00400000000007fd);
    assert_int_equal(s2_desc(2 * GIGA), 0x000000000000077d | MEGA2);
    for (uint64_t i = 0; i < 16; i++) {
        assert_int_equal(s2_desc(3 * GIGA + i * PAGE), (0x005000000000077f | GROUP) + i * PAGE);
    }
    assert_int_equal(s1_map(GIGA, 0, GIGA, DEV), HUSK_OK);
    assert_int_equal(s1_desc(GIGA), 0x0040000000000445);
}

static void table_entry__is_the_physical_address_and_no_more(void **state)
{
    (void)state;
    assert_int_equal(s2_map(GIGA, PAGE, PAGE, RW), HUSK_OK);
    assert_int_equal(fixture.s2.tables.root[1], TAB(&fixture_pages[3]));
    assert_int_equal(fixture_pages[3].entry[0], TAB(&fixture_pages[4]));
    assert_int_equal(fixture_pages[4].entry[0], 0x00400000000007ff | PAGE);
    for (size_t i = 1; i < 512; i++) { /* taken from a pool of rubbish: cleared */
        assert_int_equal(fixture_pages[3].entry[i], 0);
        assert_int_equal(fixture_pages[4].entry[i], 0);
    }
    for (size_t i = 0; i < 1024; i++) {
        assert_true(i == 1 || fixture.s2.tables.root[i] == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_attribute__gives_its_stage2_page_or_einval, fixture_setup),
        cmocka_unit_test_setup(each_attribute__gives_its_stage1_page_or_einval, fixture_setup),
        cmocka_unit_test_setup(blocks_and_groups__differ_in_type_and_hint_only, fixture_setup),
        cmocka_unit_test_setup(table_entry__is_the_physical_address_and_no_more, fixture_setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
