// SPDX-License-Identifier: Apache-2.0
#include "mmu_fixture.h"

static const uint64_t IPA_END = UINT64_C(1) << 40;

struct choice {
    uint64_t ipa, pa, size_bytes;
    uint64_t probe; /* offset of a byte whose leaf is looked at */
    uint64_t leaf_bytes;
    bool contiguous;
    size_t tables;
};

static const struct choice choices[] = {
    { GIGA, 0, GIGA, 0, GIGA, false, 0 },
    { GIGA, 0, 3 * GIGA, 2 * GIGA, GIGA, false, 0 },
    { GIGA, MEGA2, GIGA, 0, MEGA2, false, 1 },
    { GIGA + MEGA2, GIGA, GIGA, 0, MEGA2, false, 2 },
    { GIGA, 0, GIGA - MEGA2, 0, MEGA2, false, 1 },
    { GIGA, 0, GIGA + MEGA2, GIGA, MEGA2, false, 1 },
    { GIGA - MEGA2, 5 * GIGA - MEGA2, 2 * GIGA, MEGA2, GIGA, false, 2 },
    { GIGA, 0, MEGA2, 0, MEGA2, false, 1 },
    { GIGA, GROUP, MEGA2, 0, PAGE, true, 2 },
    { GIGA, PAGE, MEGA2, 0, PAGE, false, 2 },
    { GIGA, 0, MEGA2 - PAGE, 0, PAGE, true, 2 },
    { GIGA, 0, MEGA2 - PAGE, MEGA2 - GROUP, PAGE, false, 2 },
    { GIGA, 0, GROUP, GROUP - 1, PAGE, true, 2 },
    { GIGA, 0, GROUP - PAGE, 0, PAGE, false, 2 },
    { GIGA, GIGA, GROUP + PAGE, GROUP, PAGE, false, 2 },
    { GIGA + PAGE, GIGA + PAGE, 2 * GROUP, 0, PAGE, false, 2 },
    { GIGA + PAGE, GIGA + PAGE, 2 * GROUP, GROUP - PAGE, PAGE, true, 2 },
    { GIGA + PAGE, GIGA + PAGE, 2 * GROUP, 2 * GROUP - PAGE, PAGE, false, 2 },
    { GIGA + PAGE, GIGA + 2 * PAGE, 2 * GROUP, GROUP, PAGE, false, 2 },
    { GIGA + MEGA2 - PAGE, GIGA + MEGA2 - PAGE, MEGA2 + 2 * PAGE, PAGE, MEGA2, false, 3 },
    { GIGA + MEGA2 - PAGE, GIGA + MEGA2 - PAGE, 2 * PAGE, PAGE, PAGE, false, 3 },
    { 2 * GIGA - PAGE, 2 * GIGA - PAGE, 2 * PAGE, 0, PAGE, false, 4 },
};

static void each_alignment__takes_the_largest_leaf(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(choices); i++) {
        const struct choice *const c = &choices[i];
        const size_t left = (fixture_setup(NULL), fixture_left());

        assert_int_equal(s2_map(c->ipa, c->pa, c->size_bytes, RW), HUSK_OK);
        assert_int_equal(left - fixture_left(), c->tables);
        assert_in_range(c->tables, 0, husk_mmu_pages_for(c->ipa, c->size_bytes));
        assert_s2_leaf(c->ipa + c->probe, c->pa + c->probe, c->leaf_bytes, RW, c->contiguous);
        for (uint64_t at = 0; at < c->size_bytes; at += PAGE) {
            struct husk_mmu_leaf leaf;

            assert_int_equal(
                husk_mmu_s2_translate(fixture.vm, (struct husk_ipa){ c->ipa + at }, &leaf),
                HUSK_OK);
            assert_int_equal(leaf.out, c->pa + at);
            at = husk_align_down(c->ipa + at, leaf.size_bytes) + leaf.size_bytes - PAGE - c->ipa;
        }
        assert_s2_hole(c->ipa - 1);
        assert_s2_hole(c->ipa + c->size_bytes);
    }
}

struct refusal {
    uint64_t ipa, pa, size_bytes;
    enum husk_err err;
};

static void bad_range__is_refused_and_nothing_changes(void **state)
{
    const struct refusal refusals[] = {
        { GIGA, GIGA, 0, HUSK_EINVAL },
        { GIGA + 1, GIGA, PAGE, HUSK_EINVAL },
        { GIGA + 2048, GIGA, PAGE, HUSK_EINVAL },
        { GIGA, GIGA + 1, PAGE, HUSK_EINVAL },
        { GIGA, GIGA + 2048, PAGE, HUSK_EINVAL },
        { GIGA, GIGA, PAGE + 1, HUSK_EINVAL },
        { GIGA, GIGA, PAGE / 2, HUSK_EINVAL },
        { IPA_END, 0, PAGE, HUSK_ERANGE },
        { IPA_END - PAGE, 0, 2 * PAGE, HUSK_ERANGE },
        { IPA_END + GIGA, 0, PAGE, HUSK_ERANGE },
        { 0, 0, IPA_END + PAGE, HUSK_ERANGE },
        { GIGA, 0, 0 - GIGA, HUSK_ERANGE },
        { 0 - PAGE, 0, PAGE, HUSK_ERANGE },
        { 0 - PAGE, 0, 2 * PAGE, HUSK_ERANGE },
        { PAGE, 0, 0 - PAGE, HUSK_ERANGE },
        { GIGA, IPA_END, PAGE, HUSK_ERANGE }, /* as many PA bits as the CPU has */
        { GIGA, IPA_END - PAGE, 2 * PAGE, HUSK_ERANGE },
        { GIGA, 0 - PAGE, PAGE, HUSK_ERANGE },
        { GIGA, 0 - PAGE, 2 * PAGE, HUSK_ERANGE },
    };

    (void)state;
    snapshot_take();
    for (size_t i = 0; i < HUSK_COUNT(refusals); i++) {
        const struct refusal *const r = &refusals[i];

        assert_int_equal(s2_map(r->ipa, r->pa, r->size_bytes, RW), r->err);
    }
    assert_true(snapshot_same());
    assert_string_equal(journal(), "");
}

static void last_page_of_both_spaces__is_mapped(void **state)
{
    (void)state;
    assert_int_equal(s2_map(IPA_END - PAGE, IPA_END - PAGE, PAGE, RW), HUSK_OK);
    assert_s2_leaf(IPA_END - 1, IPA_END - 1, PAGE, RW, false);
    assert_int_equal(s2_map(0, 0, PAGE, RW), HUSK_OK);
    assert_s2_leaf(0, 0, PAGE, RW, false);
    fixture_setup(NULL);
    assert_int_equal(s2_map(0, 0, IPA_END, RW), HUSK_OK);
    assert_s2_leaf(IPA_END - 1, IPA_END - 1, GIGA, RW, false);
    assert_int_equal(s2_map(IPA_END - PAGE, 0, PAGE, RW), HUSK_EOVERLAP);
}

static void overlap_of_any_two_sizes__is_refused_and_nothing_changes(void **state)
{
    static const struct refusal old[] = {
        { 4 * GIGA, GIGA, GIGA, HUSK_OK },
        { 4 * GIGA + 5 * MEGA2, GIGA, MEGA2, HUSK_OK },
        { 4 * GIGA + 5 * MEGA2 + 3 * GROUP, GIGA, GROUP, HUSK_OK },
        { 4 * GIGA + 5 * MEGA2 + 3 * GROUP + 7 * PAGE, GIGA, PAGE, HUSK_OK },
        { 4 * GIGA, GIGA, PAGE, HUSK_OK },
        { 5 * GIGA - PAGE, GIGA, PAGE, HUSK_OK },
    };
    static const struct refusal new[] = {
        { 3 * GIGA, 0, 3 * GIGA, HUSK_OK },
        { 4 * GIGA, 0, GIGA, HUSK_OK },
        { 4 * GIGA + 5 * MEGA2, 0, MEGA2, HUSK_OK },
        { 4 * GIGA + 5 * MEGA2 + 3 * GROUP, 0, GROUP, HUSK_OK },
        { 4 * GIGA + 5 * MEGA2 + 3 * GROUP + 7 * PAGE, 0, PAGE, HUSK_OK },
        { 4 * GIGA + 5 * MEGA2 - PAGE, PAGE, 2 * MEGA2, HUSK_OK },
        { 4 * GIGA - PAGE, PAGE, 2 * PAGE, HUSK_OK },
        { 5 * GIGA - PAGE, PAGE, 2 * PAGE, HUSK_OK },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(old); i++) {
        for (size_t j = 0; j < HUSK_COUNT(new); j++) {
            const bool apart = old[i].ipa + old[i].size_bytes <= new[j].ipa ||
                               new[j].ipa + new[j].size_bytes <= old[i].ipa;

            fixture_setup(NULL);
            assert_int_equal(s2_map(old[i].ipa, old[i].pa, old[i].size_bytes, RW), HUSK_OK);
            snapshot_take();
            journal_clear();
            assert_int_equal(s2_map(new[j].ipa, new[j].pa, new[j].size_bytes, RW),
                             apart ? HUSK_OK : HUSK_EOVERLAP);
            assert_int_equal(snapshot_same(), !apart);
            assert_int_equal(strlen(journal()) == 0, !apart);
        }
    }
}

static void pool_of_any_size__maps_or_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(choices); i++) {
        const struct choice *const c = &choices[i];

        for (size_t spare = 0; spare <= c->tables; spare++) {
            fixture_reset(spare);
            snapshot_take();
            assert_int_equal(s2_map(c->ipa, c->pa, c->size_bytes, RW),
                             spare < c->tables ? HUSK_ENOMEM : HUSK_OK);
            assert_int_equal(snapshot_same(), spare < c->tables);
            assert_int_equal(strlen(journal()) == 0, spare < c->tables);
            assert_int_equal(fixture_left(), spare < c->tables ? spare : 0);
        }
    }
}

static void existing_tables__are_used_again(void **state)
{
    size_t left;

    (void)state;
    assert_int_equal(s2_map(GIGA, GIGA, PAGE, RW), HUSK_OK);
    left = fixture_left();
    assert_int_equal(s2_map(GIGA + PAGE, PAGE, PAGE, RO), HUSK_OK);
    assert_int_equal(fixture_left(), left);
    assert_int_equal(s2_map(GIGA + MEGA2, 0, 2 * MEGA2, RO), HUSK_OK);
    assert_int_equal(fixture_left(), left);
    assert_int_equal(s2_map(GIGA + 4 * MEGA2, 0, PAGE, RO), HUSK_OK);
    assert_int_equal(fixture_left(), left - 1);
    assert_s2_leaf(GIGA, GIGA, PAGE, RW, false);
    assert_s2_leaf(GIGA + PAGE, PAGE, PAGE, RO, false);
}

static void live_or_not__publishes_each_table_and_the_end(void **state)
{
    (void)state;
    for (int live = 0; live < 2; live++) {
        fixture_setup(NULL);
        if (live) {
            fixture_live(0);
        }
        assert_int_equal(s2_map(2 * GIGA - PAGE, 2 * GIGA - PAGE, PAGE + GIGA, RW), HUSK_OK);
        assert_string_equal(journal(), "dsb_ishst pte=1 dsb_ishst pte=1 pte=1 pte=1 "
                                       "dsb_ishst isb");
        journal_clear();
        assert_int_equal(s1_map(GIGA, PAGE, MEGA2, RW), HUSK_OK);
        assert_string_equal(journal(), "dsb_ishst pte=1 dsb_ishst pte=1 pte=1*512 dsb_ishst isb");
        journal_clear();
        assert_int_equal(s2_map(8 * GIGA, 0, 3 * GIGA, RW), HUSK_OK);
        assert_string_equal(journal(), "pte=1*3 dsb_ishst isb");
    }
}

/* A table is linked only when a walker can see it cleared. */
static void linked_table__was_clear_before(void **state)
{
    (void)state;
    assert_int_equal(s2_map(GIGA, 0, PAGE, RW), HUSK_OK);
    assert_int_equal(s2_unmap(GIGA, PAGE), HUSK_OK);
    assert_int_equal(fixture.pool.free_count, 2);
    for (size_t i = 0; i < 512; i++) {
        fixture.pool.free->entry[i] |= i == 0 ? 0 : 0x7ff;
    }
    assert_int_equal(s2_map(GIGA, 0, PAGE, RW), HUSK_OK);
    assert_int_equal(s2_map(GIGA + 5 * MEGA2, 0, PAGE, RW), HUSK_OK);
    for (size_t i = 1; i < 512; i++) {
        assert_s2_hole(GIGA + i * PAGE);
        assert_s2_hole(GIGA + 5 * MEGA2 + i * PAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_alignment__takes_the_largest_leaf, fixture_setup),
        cmocka_unit_test_setup(bad_range__is_refused_and_nothing_changes, fixture_setup),
        cmocka_unit_test_setup(last_page_of_both_spaces__is_mapped, fixture_setup),
        cmocka_unit_test_setup(overlap_of_any_two_sizes__is_refused_and_nothing_changes,
                               fixture_setup),
        cmocka_unit_test_setup(pool_of_any_size__maps_or_changes_nothing, fixture_setup),
        cmocka_unit_test_setup(existing_tables__are_used_again, fixture_setup),
        cmocka_unit_test_setup(live_or_not__publishes_each_table_and_the_end, fixture_setup),
        cmocka_unit_test_setup(linked_table__was_clear_before, fixture_setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
