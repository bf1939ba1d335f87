// SPDX-License-Identifier: Apache-2.0
#include "mmu_fixture.h"

static void enable__writes_each_register_then_the_tlb_then_sctlr(void **state)
{
    (void)state;
    assert_int_equal(TAB(fixture.s1.tables.root) - 3, 0x80002000);
    husk_mmu_s1_enable(&fixture.s1, PA_RANGE_40);
    assert_string_equal(journal(), "mair_el2=4ff tcr_el2=80823519 ttbr0_el2=80002000 isb "
                                   "alle2 dsb_nsh isb sctlr_el2=30cd183d isb");
    assert_true(fixture.s1.tables.live);
}

static void enable__caps_ps_at_48_bits(void **state)
{
    static const uint64_t ps[16] = { 0, 1, 2, 3, 4, 5, 5, 5 };

    (void)state;
    for (unsigned pa_range = 0; pa_range < 8; pa_range++) {
        husk_mmu_s1_enable(&fixture.s1, pa_range);
        assert_int_equal(husk_fake->sysreg[HUSK_SYSREG_tcr_el2], 0x80803519 | ps[pa_range] << 16);
    }
}

static void ends_of_the_va_space__are_mapped_and_no_more(void **state)
{
    const uint64_t end = HUSK_GIB(512);

    (void)state;
    assert_int_equal(s1_map(end - PAGE, 0, PAGE, RW), HUSK_OK);
    assert_int_equal(s1_map(0, 0, PAGE, RW), HUSK_OK);
    snapshot_take();
    assert_int_equal(s1_map(end, 0, PAGE, RW), HUSK_ERANGE);
    assert_int_equal(s1_map(end - PAGE, 0, 2 * PAGE, RW), HUSK_ERANGE);
    assert_int_equal(s1_unmap(end, PAGE), HUSK_ERANGE);
    assert_int_equal(s1_unmap(end - PAGE, 2 * PAGE), HUSK_ERANGE);
    assert_int_equal(s1_unmap(0, 0), HUSK_EINVAL);
    assert_int_equal(s1_map(GIGA, HUSK_BIT(48), PAGE, RW), HUSK_ERANGE);
    assert_int_equal(s1_map(GIGA, HUSK_BIT(48) - PAGE, 2 * PAGE, RW), HUSK_ERANGE);
    assert_true(snapshot_same());
    assert_int_equal(s1_map(GIGA, HUSK_BIT(48) - PAGE, PAGE, RW), HUSK_OK);
}

static void unmap_while_live__invalidates_by_va(void **state)
{
    (void)state;
    assert_int_equal(s1_map(GIGA, GIGA, MEGA2, RW), HUSK_OK);
    assert_int_equal(s1_map(GIGA + MEGA2, PAGE, 2 * PAGE, RW), HUSK_OK);
    fixture_live(0);
    assert_int_equal(s1_unmap(GIGA + MEGA2, PAGE), HUSK_OK);
    assert_string_equal(journal(), "pte=0 dsb_ishst va:40200 dsb_ish isb");
    journal_clear();
    assert_int_equal(s1_unmap(GIGA + MEGA2, MEGA2), HUSK_OK); /* the table goes, too */
    assert_string_equal(journal(), "pte=0 dsb_ishst va:40201 pte=0 dsb_ishst va:40201 dsb_ish isb");
    journal_clear();
    assert_int_equal(s1_unmap(GIGA + PAGE, PAGE), HUSK_OK); /* a guard page in a block */
    assert_string_equal(journal(), "dsb_ishst pte=0 dsb_ishst va:40000 dsb_ish isb pte=1 "
                                   "pte=0 dsb_ishst va:40001 dsb_ish isb");
    assert_int_equal(s1_desc(GIGA), 0x0040000000000743 | GIGA);
    assert_int_equal(s1_desc(GIGA + PAGE), 0);
    assert_int_equal(s1_desc(GIGA + 2 * PAGE), 0x0040000000000743 | (GIGA + 2 * PAGE));
    assert_int_equal(s1_desc(GIGA + GROUP), 0x0050000000000743 | (GIGA + GROUP));
}

static void unmap_before_enable__needs_no_tlb(void **state)
{
    (void)state;
    assert_int_equal(s1_map(GIGA, GIGA, 2 * PAGE, RW), HUSK_OK);
    journal_clear();
    assert_int_equal(s1_unmap(GIGA, PAGE), HUSK_OK);
    assert_string_equal(journal(), "pte=0 dsb_ishst isb");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(enable__writes_each_register_then_the_tlb_then_sctlr, fixture_setup),
        cmocka_unit_test_setup(enable__caps_ps_at_48_bits, fixture_setup),
        cmocka_unit_test_setup(ends_of_the_va_space__are_mapped_and_no_more, fixture_setup),
        cmocka_unit_test_setup(unmap_while_live__invalidates_by_va, fixture_setup),
        cmocka_unit_test_setup(unmap_before_enable__needs_no_tlb, fixture_setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
