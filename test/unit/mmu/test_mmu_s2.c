// SPDX-License-Identifier: Apache-2.0
#include "mmu_fixture.h"

static void init__gives_base_registers_by_pa_range(void **state)
{
    static const struct {
        unsigned pa_range;
        unsigned ipa_bits;
        uint64_t vtcr;
        unsigned pa_bits;
    } rows[] = {
        { 0, 32, 0x80003560, 32 }, { 1, 36, 0x8001355c, 36 }, { 2, 40, 0x80023558, 40 },
        { 3, 40, 0x80033558, 42 }, { 4, 40, 0x80043558, 44 }, { 5, 40, 0x80053558, 48 },
        { 6, 40, 0x80053558, 48 }, { 7, 40, 0x80053558, 48 },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        const uint64_t ipa_end = HUSK_BIT(rows[i].ipa_bits);
        const uint64_t pa_end = HUSK_BIT(rows[i].pa_bits);

        fixture_setup(NULL);
        memset(&fixture.s2, 0x5b, sizeof(fixture.s2));
        assert_int_equal(
            husk_mmu_s2_init(&fixture.s2, &fixture.pool, rows[i].pa_range, (uint16_t)(i + 248)),
            HUSK_OK);
        assert_int_equal(fixture.s2.tables.in_bits, rows[i].ipa_bits);
        assert_int_equal(fixture.s2.vtcr, rows[i].vtcr);
        assert_int_equal(fixture.s2.vttbr, fixture_pa(fixture.s2.tables.root) | (uint64_t)(i + 248)
                                                                                    << 48);
        assert_false(fixture.s2.tables.live);
        assert_int_equal(fixture.s2.lock.next, fixture.s2.lock.serving);
        assert_int_equal(s2_map(ipa_end - PAGE, pa_end - PAGE, PAGE, RW), HUSK_OK);
        assert_s2_leaf(ipa_end - PAGE, pa_end - PAGE, PAGE, RW, false);
        assert_int_equal(s2_map(ipa_end, 0, PAGE, RW), HUSK_ERANGE);
        assert_int_equal(s2_map(0, pa_end, PAGE, RW), HUSK_ERANGE);
        assert_int_equal(s2_map(0, pa_end - PAGE, 2 * PAGE, RW), HUSK_ERANGE);
    }
}

static void init_with_bad_arguments__is_einval_and_takes_nothing(void **state)
{
    static const struct {
        unsigned pa_range;
        uint16_t vmid;
        enum husk_err err;
    } rows[] = {
        { 2, 0, HUSK_EINVAL },     { 2, 1, HUSK_OK },
        { 2, 255, HUSK_OK },       { 2, 256, HUSK_EINVAL },
        { 2, 65535, HUSK_EINVAL }, { 7, 1, HUSK_OK },
        { 8, 1, HUSK_EINVAL },     { UINT32_MAX, 1, HUSK_EINVAL },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        struct husk_mmu_s2 s2 = { .vttbr = 99 };

        snapshot_take();
        assert_int_equal(husk_mmu_s2_init(&s2, &fixture.pool, rows[i].pa_range, rows[i].vmid),
                         rows[i].err);
        assert_int_equal(snapshot_same(), rows[i].err != HUSK_OK);
        assert_int_equal(s2.vttbr == 99, rows[i].err != HUSK_OK);
    }
}

/* TCR_EL1.EPD0 and EPD1 are seen before this VM's stage 2 meets somebody's EL1 registers. */
static const char activated[] = "tcr_el1=800080 isb vtcr_el2=80023558 vttbr_el2=7000080000000 isb";

static void activate__ends_walks_then_loads_vtcr_and_vttbr_and_marks_live(void **state)
{
    (void)state;
    husk_fake->sysreg[HUSK_SYSREG_vttbr_el2] = 0x2000012340000;
    husk_fake->sysreg[HUSK_SYSREG_tcr_el1] = 0x3500;
    husk_mmu_s2_activate(&fixture.s2);
    assert_string_equal(journal(), activated);
    assert_true(fixture.s2.tables.live);
    assert_int_equal(fixture.s2.lock.next, 1); /* the first time, behind whoever changes tables */
    assert_int_equal(fixture.s2.lock.serving, 1);
    journal_clear();
    husk_mmu_s2_activate(&fixture.s2);
    assert_string_equal(journal(), activated);
    assert_int_equal(fixture.s2.lock.next, 1); /* never again: the switch path takes no lock */
    assert_int_equal(s2_map(GIGA, 0, PAGE, RW), HUSK_OK);
    journal_clear();
    assert_int_equal(s2_unmap(GIGA, PAGE), HUSK_OK);
    assert_non_null(strstr(journal(), "ipa:40000"));
}

static void invalidate__drops_the_active_vmid_and_instructions(void **state)
{
    (void)state;
    husk_fake->sysreg[HUSK_SYSREG_vttbr_el2] = 0x2000012340000;
    husk_mmu_s2_activate(&fixture.s2);
    journal_clear();
    husk_mmu_s2_invalidate(); /* "!" would mark a TLBI of another VMID */
    assert_string_equal(journal(), "dsb_ishst vmalls12e1is dsb_ish ic_ialluis dsb_ish isb");
}

static void lock__is_held_between_lock_and_unlock(void **state)
{
    const struct husk_mmu_s2_locked locked = husk_mmu_s2_lock(&fixture.s2);

    (void)state;
    assert_ptr_equal(locked.s2, &fixture.s2);
    assert_int_equal(fixture.s2.lock.next, 1);
    assert_int_equal(fixture.s2.lock.serving, 0);
    husk_mmu_s2_unlock(locked);
    assert_int_equal(fixture.s2.lock.serving, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(init__gives_base_registers_by_pa_range, fixture_setup),
        cmocka_unit_test_setup(init_with_bad_arguments__is_einval_and_takes_nothing, fixture_setup),
        cmocka_unit_test_setup(activate__ends_walks_then_loads_vtcr_and_vttbr_and_marks_live,
                               fixture_setup),
        cmocka_unit_test_setup(invalidate__drops_the_active_vmid_and_instructions, fixture_setup),
        cmocka_unit_test_setup(lock__is_held_between_lock_and_unlock, fixture_setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
