// SPDX-License-Identifier: Apache-2.0
#include "mmu_fixture.h"

#define VTTBR UINT64_C(0x7000080000000) /* of the fixture's VM */
#define SYNC  "dsb_ish vmalle1is dsb_ish isb"

struct scene {
    const char *name;
    uint64_t map_pa, map_bytes; /* at 1 GiB, RWX */
    uint64_t offset, size_bytes;
    size_t tables;
    const char *journal;
};

static const struct scene scenes[] = {
    { "a page", PAGE, 2 * PAGE, PAGE, PAGE, 0,
      "pte=0 dsb_ishst ipa:40001 " SYNC " pte=1 dsb_ishst isb" },
    { "a group as one", GROUP, 2 * GROUP, GROUP, GROUP, 0,
      "pte=0*16 dsb_ishst ipa:40010+16 " SYNC " pte=1*16 dsb_ishst isb" },
    { "two groups, one after the other", GROUP, 2 * GROUP, 0, 2 * GROUP, 0,
      "pte=0*16 dsb_ishst ipa:40000+16 " SYNC " pte=1*16 "
      "pte=0*16 dsb_ishst ipa:40010+16 " SYNC " pte=1*16 dsb_ishst isb" },
    { "pages without a hint, to the next 64 KiB", PAGE, 2 * GROUP, 14 * PAGE, 4 * PAGE, 0,
      "pte=0*2 dsb_ishst ipa:4000e+2 " SYNC " pte=1*2 "
      "pte=0*2 dsb_ishst ipa:40010+2 " SYNC " pte=1*2 dsb_ishst isb" },
    { "a part of a group", GROUP, GROUP, PAGE, 2 * PAGE, 0,
      "pte=0*16 dsb_ishst ipa:40000+16 " SYNC " pte=1*16 "
      "pte=0*2 dsb_ishst ipa:40001+2 " SYNC " pte=1*2 dsb_ishst isb" },
    { "a 2 MiB block", 0, MEGA2, 0, MEGA2, 0,
      "pte=0 dsb_ishst ipa:40000 " SYNC " pte=1 dsb_ishst isb" },
    { "two 2 MiB blocks", 0, 2 * MEGA2, 0, 2 * MEGA2, 0,
      "pte=0*2 dsb_ishst ipa:40000 ipa:40200 " SYNC " pte=1*2 dsb_ishst isb" },
    { "17 blocks, 16 at a time", 0, 17 * MEGA2, 0, 17 * MEGA2, 0, NULL },
    { "a group of a 2 MiB block", 0, MEGA2, GROUP, GROUP, 1,
      "dsb_ishst pte=0 dsb_ishst ipa:40000 " SYNC " pte=1 "
      "pte=0*16 dsb_ishst ipa:40010+16 " SYNC " pte=1*16 dsb_ishst isb" },
    { "a page of 1 GiB", GIGA, GIGA, MEGA2, PAGE, 2, NULL },
    { "all but a page of 1 GiB", GIGA, GIGA, 0, GIGA - PAGE, 2, NULL },
    { "a 1 GiB block and a piece", GIGA, 2 * GIGA, 0, GIGA + MEGA2, 1, NULL },
};

static void each_protect__breaks_then_makes_and_keeps_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(scenes); i++) {
        const struct scene *const s = &scenes[i];
        size_t left;

        fixture_setup(NULL);
        assert_int_equal(s2_map(GIGA, s->map_pa, s->map_bytes, RWX), HUSK_OK);
        fixture_live(VTTBR);
        left = fixture_left();
        assert_int_equal(s2_protect(GIGA + s->offset, s->size_bytes, RO), HUSK_OK);
        assert_int_equal(left - fixture_left(), s->tables);
        if (s->journal != NULL && strcmp(journal(), s->journal) != 0) {
            fail_msg("%s:\n   %s\nnot %s", s->name, journal(), s->journal);
        }
        assert_null(strchr(journal(), '!'));
        for (uint64_t at = 0; at < s->map_bytes;) {
            const bool in = at >= s->offset && at - s->offset < s->size_bytes;
            struct husk_mmu_leaf leaf;

            assert_int_equal(
                husk_mmu_s2_translate(fixture.vm, (struct husk_ipa){ GIGA + at }, &leaf), HUSK_OK);
            assert_int_equal(leaf.out, s->map_pa + at);
            assert_int_equal(leaf.attr, in ? RO : RWX);
            at += leaf.size_bytes;
        }
    }
}

static void pool_of_any_size__protects_or_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(scenes); i++) {
        const struct scene *const s = &scenes[i];

        for (size_t spare = 0; spare <= s->tables; spare++) {
            const bool enough = spare == s->tables;

            fixture_setup(NULL);
            assert_int_equal(s2_map(GIGA, s->map_pa, s->map_bytes, RWX), HUSK_OK);
            fixture_live(0);
            fixture.pool.count = fixture.pool.used + spare;
            snapshot_take();
            assert_int_equal(s2_protect(GIGA + s->offset, s->size_bytes, RO),
                             enough ? HUSK_OK : HUSK_ENOMEM);
            if (!enough) {
                assert_true(snapshot_same());
                assert_string_equal(journal(), "");
            }
        }
    }
}

static void hole_anywhere__is_enoent_and_nothing_changes(void **state)
{
    static const struct {
        uint64_t ipa, size_bytes;
        enum husk_err err;
    } rows[] = {
        { GIGA - PAGE, 2 * PAGE, HUSK_ENOENT },
        { GIGA + MEGA2 - PAGE, 2 * PAGE, HUSK_ENOENT },
        { GIGA, 2 * MEGA2, HUSK_ENOENT },
        { GIGA, 4 * MEGA2, HUSK_ENOENT },
        { GIGA + 3 * MEGA2, 2 * PAGE, HUSK_ENOENT },
        { 5 * GIGA, GIGA, HUSK_ENOENT },
        { GIGA + 3 * MEGA2, PAGE, HUSK_OK },
    };

    (void)state;
    assert_int_equal(s2_map(GIGA, 0, MEGA2, RW), HUSK_OK);
    assert_int_equal(s2_map(GIGA + 2 * MEGA2, 0, MEGA2 + PAGE, RW), HUSK_OK);
    fixture_live(VTTBR);
    snapshot_take();
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        assert_int_equal(s2_protect(rows[i].ipa, rows[i].size_bytes, RO), rows[i].err);
        assert_int_equal(snapshot_same(), rows[i].err != HUSK_OK);
        assert_int_equal(strlen(journal()) == 0, rows[i].err != HUSK_OK);
    }
}

static void bad_attributes__are_einval_and_nothing_changes(void **state)
{
    static const uint32_t bad[] = { 0, HUSK_MMU_NORMAL, HUSK_MMU_R, RW | HUSK_MMU_DEVICE,
                                    DEV | HUSK_MMU_X };

    (void)state;
    assert_int_equal(s2_map(GIGA, 0, MEGA2, RW), HUSK_OK);
    fixture_live(VTTBR);
    snapshot_take();
    for (size_t i = 0; i < HUSK_COUNT(bad); i++) {
        assert_int_equal(s2_protect(GIGA, PAGE, bad[i]), HUSK_EINVAL);
    }
    assert_true(snapshot_same());
    assert_string_equal(journal(), "");
}

static void entries_that_stay_the_same__are_left_alone(void **state)
{
    (void)state;
    assert_int_equal(s2_map(GIGA, PAGE, 8 * PAGE, RW), HUSK_OK);
    assert_int_equal(s2_protect(GIGA + 3 * PAGE, 2 * PAGE, RX), HUSK_OK);
    fixture_live(VTTBR);
    assert_int_equal(s2_protect(GIGA, 8 * PAGE, RX), HUSK_OK);
    assert_string_equal(journal(), "pte=0*3 dsb_ishst ipa:40000+3 " SYNC " pte=1*3 "
                                   "pte=0*3 dsb_ishst ipa:40005+3 " SYNC " pte=1*3 dsb_ishst isb");
    journal_clear();
    assert_int_equal(s2_protect(GIGA, 8 * PAGE, RX), HUSK_OK);
    assert_string_equal(journal(), "dsb_ishst isb");
}

static void range_over_leaves_of_all_sizes__changes_each(void **state)
{
    static const uint32_t attrs[] = { RO, DEV, RX, RW, RWX, RO | HUSK_MMU_X };

    (void)state;
    /* 2 MiB in a table, then pages below it, then a block again: the run stops at the table. */
    assert_int_equal(s2_map(GIGA, 0, MEGA2, RW), HUSK_OK);
    assert_int_equal(s2_map(GIGA + MEGA2, PAGE, MEGA2, RW), HUSK_OK);
    assert_int_equal(s2_map(GIGA + 2 * MEGA2, 0, GIGA - 2 * MEGA2, RW), HUSK_OK);
    assert_int_equal(s2_map(2 * GIGA, 0, GIGA, RW), HUSK_OK);
    fixture_live(VTTBR);
    for (size_t i = 0; i < HUSK_COUNT(attrs); i++) {
        journal_clear();
        assert_int_equal(s2_protect(GIGA, 2 * GIGA, attrs[i]), HUSK_OK);
        assert_s2_leaf(GIGA, 0, MEGA2, attrs[i], false);
        assert_s2_leaf(GIGA + MEGA2, PAGE, PAGE, attrs[i], false);
        assert_s2_leaf(GIGA + 2 * MEGA2 - PAGE, MEGA2, PAGE, attrs[i], false);
        assert_s2_leaf(GIGA + 2 * MEGA2, 0, MEGA2, attrs[i], false);
        assert_s2_leaf(2 * GIGA - MEGA2, GIGA - 3 * MEGA2, MEGA2, attrs[i], false);
        assert_s2_leaf(2 * GIGA, 0, GIGA, attrs[i], false);
    }
}

static void before_activation__writes_over_and_publishes(void **state)
{
    (void)state;
    assert_int_equal(s2_map(GIGA, GROUP, GROUP, RW), HUSK_OK);
    journal_clear();
    assert_int_equal(s2_protect(GIGA, GROUP, RO), HUSK_OK);
    assert_string_equal(journal(), "pte=1*16 dsb_ishst isb");
    assert_s2_leaf(GIGA, GROUP, PAGE, RO, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_protect__breaks_then_makes_and_keeps_addresses, fixture_setup),
        cmocka_unit_test_setup(pool_of_any_size__protects_or_changes_nothing, fixture_setup),
        cmocka_unit_test_setup(hole_anywhere__is_enoent_and_nothing_changes, fixture_setup),
        cmocka_unit_test_setup(bad_attributes__are_einval_and_nothing_changes, fixture_setup),
        cmocka_unit_test_setup(entries_that_stay_the_same__are_left_alone, fixture_setup),
        cmocka_unit_test_setup(range_over_leaves_of_all_sizes__changes_each, fixture_setup),
        cmocka_unit_test_setup(before_activation__writes_over_and_publishes, fixture_setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
