// SPDX-License-Identifier: Apache-2.0
#include "mmu_fixture.h"

#define VTTBR UINT64_C(0x7000080000000) /* of the fixture's VM */
#define SYNC  "dsb_ish vmalle1is dsb_ish isb"

struct scene {
    const char *name;
    uint64_t map_ipa, map_pa, map_bytes;
    uint64_t ipa, size_bytes;
    size_t split_tables; /* taken for the split */
    size_t freed;        /* given back at the end */
    const char *journal;
};

/* What is unmapped from what, while the tables are live. One table for order and for cost. */
static const struct scene scenes[] = {
    { "a page, its tables with it", GIGA, GIGA, PAGE, GIGA, PAGE, 0, 2,
      "pte=0 dsb_ishst ipa:40000 pte=0 dsb_ishst ipa:40000 pte=0 dsb_ishst ipa:40000 " SYNC },
    { "one page of two", GIGA, GIGA, 2 * PAGE, GIGA, PAGE, 0, 0,
      "pte=0 dsb_ishst ipa:40000 " SYNC },
    { "the other", GIGA, GIGA, 2 * PAGE, GIGA + PAGE, PAGE, 0, 0,
      "pte=0 dsb_ishst ipa:40001 " SYNC },
    { "a whole group of two", GIGA, GIGA, 2 * GROUP, GIGA, GROUP, 0, 0,
      "pte=0*16 dsb_ishst ipa:40000+16 " SYNC },
    { "the start of a group", GIGA, GIGA, GROUP, GIGA, PAGE, 0, 0,
      "pte=0*16 dsb_ishst ipa:40000+16 " SYNC " pte=1*16 pte=0 dsb_ishst ipa:40000 " SYNC },
    { "the end of a group", GIGA, GIGA, GROUP, GIGA + GROUP - PAGE, PAGE, 0, 0,
      "pte=0*16 dsb_ishst ipa:40000+16 " SYNC " pte=1*16 pte=0 dsb_ishst ipa:4000f " SYNC },
    { "the middle of a group", GIGA, GIGA, GROUP, GIGA + 3 * PAGE, 2 * PAGE, 0, 0,
      "pte=0*16 dsb_ishst ipa:40000+16 " SYNC " pte=1*16 pte=0*2 dsb_ishst ipa:40003+2 " SYNC },
    { "across two groups", GIGA, GIGA, 2 * GROUP, GIGA + GROUP - PAGE, 2 * PAGE, 0, 0,
      "pte=0*16 dsb_ishst ipa:40000+16 " SYNC " pte=1*16 "
      "pte=0*16 dsb_ishst ipa:40010+16 " SYNC " pte=1*16 pte=0*2 dsb_ishst ipa:4000f+2 " SYNC },
    { "a 2 MiB block", GIGA, 0, MEGA2, GIGA, MEGA2, 0, 1,
      "pte=0 dsb_ishst ipa:40000 pte=0 dsb_ishst ipa:40000 " SYNC },
    { "two blocks of three", GIGA, 0, 3 * MEGA2, GIGA + MEGA2, 2 * MEGA2, 0, 0,
      "pte=0*2 dsb_ishst ipa:40200 ipa:40400 " SYNC },
    { "a group out of a 2 MiB block", GIGA, 0, MEGA2, GIGA + GROUP, GROUP, 1, 0,
      "dsb_ishst pte=0 dsb_ishst ipa:40000 " SYNC " pte=1 pte=0*16 dsb_ishst ipa:40010+16 " SYNC },
    { "the first page of a 2 MiB block", GIGA, 0, MEGA2, GIGA, PAGE, 1, 0,
      "dsb_ishst pte=0 dsb_ishst ipa:40000 " SYNC " pte=1 pte=0 dsb_ishst ipa:40000 " SYNC },
    { "the last page of a 2 MiB block", GIGA, 0, MEGA2, GIGA + MEGA2 - PAGE, PAGE, 1, 0,
      "dsb_ishst pte=0 dsb_ishst ipa:40000 " SYNC " pte=1 pte=0 dsb_ishst ipa:401ff " SYNC },
    { "a page out of the middle of a 2 MiB block", GIGA, 0, MEGA2, GIGA + 18 * PAGE, PAGE, 1, 0,
      "dsb_ishst pte=0 dsb_ishst ipa:40000 " SYNC " pte=1 pte=0 dsb_ishst ipa:40012 " SYNC },
    { "the seam of two 2 MiB blocks", GIGA, 0, 2 * MEGA2, GIGA + MEGA2 - PAGE, 2 * PAGE, 2, 0,
      "dsb_ishst pte=0 dsb_ishst ipa:40000 " SYNC " pte=1 "
      "dsb_ishst pte=0 dsb_ishst ipa:40200 " SYNC " pte=1 "
      "pte=0 dsb_ishst ipa:401ff pte=0 dsb_ishst ipa:40200 " SYNC },
    { "a 1 GiB block", GIGA, GIGA, GIGA, GIGA, GIGA, 0, 0, "pte=0 dsb_ishst ipa:40000 " SYNC },
    { "two 1 GiB blocks of three", GIGA, GIGA, 3 * GIGA, GIGA, 2 * GIGA, 0, 0,
      "pte=0*2 dsb_ishst ipa:40000 ipa:80000 " SYNC },
    { "a 2 MiB block out of 1 GiB", GIGA, GIGA, GIGA, GIGA + MEGA2, MEGA2, 1, 0,
      "dsb_ishst pte=0 dsb_ishst ipa:40000 " SYNC " pte=1 pte=0 dsb_ishst ipa:40200 " SYNC },
    { "all but the first 2 MiB of 1 GiB", GIGA, GIGA, GIGA, GIGA + MEGA2, GIGA - MEGA2, 1, 0,
      NULL },
    { "all but the last page of 1 GiB", GIGA, GIGA, GIGA, GIGA, GIGA - PAGE, 2, 0, NULL },
    { "a page out of 1 GiB", GIGA, GIGA, GIGA, GIGA + 5 * PAGE, PAGE, 2, 0,
      "dsb_ishst pte=0 dsb_ishst ipa:40000 " SYNC " pte=1 "
      "dsb_ishst pte=0 dsb_ishst ipa:40000 " SYNC " pte=1 pte=0 dsb_ishst ipa:40005 " SYNC },
    { "a piece of 1 GiB across 2 MiB", GIGA, GIGA, GIGA, GIGA + MEGA2 - PAGE, 2 * PAGE, 3, 0,
      NULL },
    { "a page to a 2 MiB seam of 1 GiB", GIGA, GIGA, GIGA, GIGA + MEGA2 - PAGE, PAGE, 2, 0, NULL },
    { "a page from a 2 MiB seam of 1 GiB", GIGA, GIGA, GIGA, GIGA + MEGA2, PAGE, 2, 0, NULL },
    { "the seam of two 1 GiB blocks", GIGA, GIGA, 2 * GIGA, 2 * GIGA - PAGE, 2 * PAGE, 4, 0, NULL },
    { "between two 1 GiB blocks, 1 GiB long", 2 * GIGA, 2 * GIGA, 2 * GIGA, 2 * GIGA + MEGA2, GIGA,
      2, 0, NULL },
    { "between two 2 MiB blocks, 2 MiB long", GIGA, 0, 2 * MEGA2, GIGA + PAGE, MEGA2, 2, 0, NULL },
    { "a hole", GIGA, GIGA, GIGA, 2 * GIGA, GIGA, 0, 0, "" },
    { "a hole in a table", GIGA, GIGA, PAGE, GIGA + PAGE, MEGA2, 0, 0, "" },
    { "far more than is there", GIGA + MEGA2, MEGA2, 2 * MEGA2, 0, 8 * GIGA, 0, 1,
      "pte=0*2 dsb_ishst ipa:40200 ipa:40400 pte=0 dsb_ishst ipa:40200 " SYNC },
    { "from a hole into a block", GIGA, 0, MEGA2, GIGA - PAGE, 2 * PAGE, 1, 0, NULL },
    { "from a block into a hole", GIGA, 0, MEGA2, GIGA + MEGA2 - PAGE, 3 * PAGE, 1, 0, NULL },
    { "the last page of the space", HUSK_GIB(1024) - PAGE, 0, PAGE, HUSK_GIB(1023), GIGA, 0, 2,
      "pte=0 dsb_ishst ipa:fffffff pte=0 dsb_ishst ipa:fffffff pte=0 dsb_ishst ipa:fffffff " SYNC },
};

/* Page by page: gone inside the unmapped range, as before outside. */
static void assert_only_range_gone(const struct scene *s)
{
    for (uint64_t at = 0; at < s->map_bytes;) {
        const uint64_t ipa = s->map_ipa + at;
        struct husk_mmu_leaf leaf = { .size_bytes = PAGE };
        const bool gone = ipa >= s->ipa && ipa < s->ipa + s->size_bytes;
        const enum husk_err err =
            husk_mmu_s2_translate(fixture.vm, (struct husk_ipa){ ipa }, &leaf);

        assert_int_equal(err, gone ? HUSK_ENOENT : HUSK_OK);
        if (!gone) {
            assert_int_equal(leaf.out, s->map_pa + at);
            assert_int_equal(leaf.attr, RWX);
        }
        at += leaf.size_bytes; /* no leaf here sticks out of what was mapped */
    }
}

static void each_unmap__breaks_then_makes_and_gives_tables_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(scenes); i++) {
        const struct scene *const s = &scenes[i];
        size_t left;

        fixture_setup(NULL);
        assert_int_equal(s2_map(s->map_ipa, s->map_pa, s->map_bytes, RWX), HUSK_OK);
        fixture_live(VTTBR);
        left = fixture_left();
        assert_int_equal(s2_unmap(s->ipa, s->size_bytes), HUSK_OK);
        if (s->journal != NULL && strcmp(journal(), s->journal) != 0) {
            fail_msg("%s:\n   %s\nnot %s", s->name, journal(), s->journal);
        }
        assert_null(strchr(journal(), '!'));
        if (fixture_left() != left - s->split_tables + s->freed) {
            fail_msg("%s: %zu tables left of %zu", s->name, fixture_left(), left);
        }
        assert_only_range_gone(s);
    }
}

static void pool_of_any_size__unmaps_or_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(scenes); i++) {
        const struct scene *const s = &scenes[i];
        const size_t tables =
            (fixture_setup(NULL),
             fixture_left() -
                 (husk_mmu_s2_map(fixture.vm, (struct husk_ipa){ s->map_ipa },
                                  (struct husk_pa){ s->map_pa }, s->map_bytes, RWX) == HUSK_OK
                      ? fixture_left()
                      : 0));

        for (size_t spare = 0; spare <= s->split_tables; spare++) {
            const bool enough = spare == s->split_tables;

            fixture_reset(tables + spare);
            assert_int_equal(s2_map(s->map_ipa, s->map_pa, s->map_bytes, RWX), HUSK_OK);
            fixture_live(0);
            snapshot_take();
            assert_int_equal(s2_unmap(s->ipa, s->size_bytes), enough ? HUSK_OK : HUSK_ENOMEM);
            if (!enough) {
                assert_true(snapshot_same());
                assert_string_equal(journal(), "");
            }
        }
    }
}

static void bad_range__is_refused_and_nothing_changes(void **state)
{
    static const struct {
        uint64_t ipa, size_bytes;
        enum husk_err err;
    } rows[] = {
        { GIGA, 0, HUSK_EINVAL },
        { GIGA + 1, PAGE, HUSK_EINVAL },
        { GIGA, PAGE - 1, HUSK_EINVAL },
        { HUSK_GIB(1024), PAGE, HUSK_ERANGE },
        { HUSK_GIB(1024) - PAGE, 2 * PAGE, HUSK_ERANGE },
        { 0, HUSK_GIB(1024) + PAGE, HUSK_ERANGE },
        { GIGA, 0 - GIGA, HUSK_ERANGE },
        { 0 - PAGE, 2 * PAGE, HUSK_ERANGE },
        { GIGA, 0 - PAGE, HUSK_ERANGE },
    };

    (void)state;
    assert_int_equal(s2_map(0, 0, HUSK_GIB(1024), RW), HUSK_OK);
    fixture_live(0);
    snapshot_take();
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        assert_int_equal(s2_unmap(rows[i].ipa, rows[i].size_bytes), rows[i].err);
        assert_int_equal(s2_protect(rows[i].ipa, rows[i].size_bytes, RO), rows[i].err);
    }
    assert_true(snapshot_same());
    assert_string_equal(journal(), "");
}

static void split_blocks__keep_groups_but_the_one_that_is_cut(void **state)
{
    (void)state;
    assert_int_equal(s2_map(GIGA, GIGA, GIGA, RX), HUSK_OK);
    assert_int_equal(s2_unmap(GIGA + MEGA2 + GROUP + PAGE, 2 * GROUP), HUSK_OK);
    assert_s2_leaf(GIGA, GIGA, MEGA2, RX, false);
    assert_s2_leaf(2 * GIGA - MEGA2, 2 * GIGA - MEGA2, MEGA2, RX, false);
    assert_int_equal(s2_desc(GIGA + 2 * MEGA2), 0x000000000000077d | (GIGA + 2 * MEGA2));
    for (uint64_t at = 0; at < MEGA2; at += PAGE) {
        const uint64_t ipa = GIGA + MEGA2 + at;

        if (at > GROUP && at <= 3 * GROUP) {
            assert_s2_hole(ipa);
        } else {
            assert_s2_leaf(ipa, ipa, PAGE, RX, at < GROUP || at >= 4 * GROUP);
        }
    }
}

static void all_of_many_tables__are_given_back(void **state)
{
    (void)state;
    for (int live = 0; live < 2; live++) {
        size_t left;

        fixture_setup(NULL);
        left = fixture_left();
        assert_int_equal(s2_map(GIGA - PAGE, 0, 3 * MEGA2, RW), HUSK_OK);
        assert_int_equal(s2_map(5 * GIGA, MEGA2, GIGA + GROUP, RW), HUSK_OK);
        assert_int_equal(s2_map(GIGA + 64 * MEGA2, 0, MEGA2, RW), HUSK_OK);
        if (live) {
            fixture_live(VTTBR);
        }
        assert_int_equal(s2_unmap(0, HUSK_GIB(1024)), HUSK_OK);
        assert_int_equal(fixture_left(), left);
        for (size_t i = 0; i < 1024; i++) {
            assert_int_equal(fixture.s2.tables.root[i], 0);
        }
    }
}

static void every_second_page__leaves_the_others(void **state)
{
    (void)state;
    assert_int_equal(s2_map(GIGA, PAGE, MEGA2, RW), HUSK_OK);
    for (uint64_t at = 0; at < MEGA2; at += 2 * PAGE) {
        assert_int_equal(s2_unmap(GIGA + at, PAGE), HUSK_OK);
    }
    for (uint64_t at = 0; at < MEGA2; at += 2 * PAGE) {
        assert_s2_hole(GIGA + at);
        assert_s2_leaf(GIGA + at + PAGE, 2 * PAGE + at, PAGE, RW, false);
    }
    fixture_live(VTTBR);
    assert_int_equal(s2_unmap(GIGA + 3 * PAGE, 4 * PAGE), HUSK_OK);
    assert_string_equal(journal(), "pte=0 dsb_ishst ipa:40003 pte=0 dsb_ishst ipa:40005 " SYNC);
}

static void before_activation__needs_no_tlb_but_publishes(void **state)
{
    (void)state;
    assert_int_equal(s2_map(GIGA, GIGA, MEGA2, RW), HUSK_OK);
    journal_clear();
    assert_int_equal(s2_unmap(GIGA + PAGE, PAGE), HUSK_OK);
    assert_string_equal(journal(), "dsb_ishst pte=1 pte=0 dsb_ishst isb");
    journal_clear();
    assert_int_equal(s2_unmap(GIGA + 18 * PAGE, PAGE), HUSK_OK);
    assert_string_equal(journal(), "pte=1*16 pte=0 dsb_ishst isb");
}

static void another_vm_on_this_cpu__lends_its_vttbr(void **state)
{
    (void)state;
    assert_int_equal(s2_map(GIGA, GIGA, 2 * PAGE, RW), HUSK_OK);
    husk_fake->sysreg[HUSK_SYSREG_tcr_el1] = 0x3500;
    fixture_live(0x3000012340000);
    assert_int_equal(s2_unmap(GIGA, PAGE), HUSK_OK);
    assert_string_equal(journal(), "tcr_el1=803580 isb vttbr_el2=7000080000000 isb "
                                   "pte=0 dsb_ishst ipa:40000 " SYNC
                                   " vttbr_el2=3000012340000 isb tcr_el1=3500");
    journal_clear();
    assert_int_equal(s2_protect(GIGA + PAGE, PAGE, RO), HUSK_OK);
    assert_string_equal(journal(), "tcr_el1=803580 isb vttbr_el2=7000080000000 isb "
                                   "pte=0 dsb_ishst ipa:40001 " SYNC " pte=1 dsb_ishst isb"
                                   " vttbr_el2=3000012340000 isb tcr_el1=3500");
}

/* The pool must not have a table while a walker may still hold it: the only stores after the last
 * TLBI are the links in the pages given back. */
static void on_vttbr(void *context, bool is_write, unsigned sysreg, uint64_t *value)
{
    (void)context;
    (void)value;
    if (is_write && sysreg == HUSK_SYSREG_vttbr_el2) { /* restored: after the last DSB */
        assert_int_equal(fixture.pool.free_count, 0);
    }
}

static void freed_table__reaches_the_pool_after_the_tlbi(void **state)
{
    (void)state;
    assert_int_equal(s2_map(GIGA, GIGA, PAGE, RW), HUSK_OK);
    fixture_live(0x3000012340000);
    husk_fake->on_sysreg = on_vttbr;
    assert_int_equal(s2_unmap(GIGA, PAGE), HUSK_OK);
    assert_int_equal(fixture.pool.free_count, 2);
    /* What a walker that still holds them reads is invalid. */
    assert_int_equal(fixture_pages[3].entry[0] & 1, 0);
    assert_int_equal(fixture_pages[4].entry[0] & 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_unmap__breaks_then_makes_and_gives_tables_back, fixture_setup),
        cmocka_unit_test_setup(pool_of_any_size__unmaps_or_changes_nothing, fixture_setup),
        cmocka_unit_test_setup(bad_range__is_refused_and_nothing_changes, fixture_setup),
        cmocka_unit_test_setup(split_blocks__keep_groups_but_the_one_that_is_cut, fixture_setup),
        cmocka_unit_test_setup(all_of_many_tables__are_given_back, fixture_setup),
        cmocka_unit_test_setup(every_second_page__leaves_the_others, fixture_setup),
        cmocka_unit_test_setup(before_activation__needs_no_tlb_but_publishes, fixture_setup),
        cmocka_unit_test_setup(another_vm_on_this_cpu__lends_its_vttbr, fixture_setup),
        cmocka_unit_test_setup(freed_table__reaches_the_pool_after_the_tlbi, fixture_setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
