// SPDX-License-Identifier: Apache-2.0
#include "mmu_fixture.h"

static void pool_with(struct husk_mmu_page *pages, size_t count)
{
    fixture.pool = (struct husk_mmu_pool){ .pages = pages, .count = count };
}

static void root_of_two__is_aligned_to_its_size(void **state)
{
    (void)state;
    pool_with(&fixture_pages[1], 4); /* an odd page first */
    assert_int_equal(husk_mmu_s2_init(&fixture.s2, &fixture.pool, 2, 1), HUSK_OK);
    assert_ptr_equal(fixture.s2.tables.root, &fixture_pages[2]);
    assert_int_equal(fixture_left(), 2); /* the skipped page is not lost */
    assert_ptr_equal(husk_mmu_pool_take(&fixture.pool), &fixture_pages[1]);
    assert_ptr_equal(husk_mmu_pool_take(&fixture.pool), &fixture_pages[4]);
    assert_int_equal(fixture_left(), 0);
}

static void root_of_two__is_aligned_by_physical_address(void **state)
{
    (void)state;
    pool_with(&fixture_pages[1], 3);
    fixture.pool.pa_offset = PAGE;
    assert_int_equal(husk_mmu_s2_init(&fixture.s2, &fixture.pool, 2, 1), HUSK_OK);
    assert_ptr_equal(fixture.s2.tables.root, &fixture_pages[1]);
    assert_int_equal(fixture_left(), 1);
}

static void root_that_does_not_fit__is_enomem_and_takes_nothing(void **state)
{
    static const struct {
        size_t first, count;
        enum husk_err err40, err36;
    } rows[] = {
        { 0, 0, HUSK_ENOMEM, HUSK_ENOMEM }, { 0, 1, HUSK_ENOMEM, HUSK_OK },
        { 0, 2, HUSK_OK, HUSK_OK },         { 1, 0, HUSK_ENOMEM, HUSK_ENOMEM },
        { 1, 1, HUSK_ENOMEM, HUSK_OK },     { 1, 2, HUSK_ENOMEM, HUSK_OK },
        { 1, 3, HUSK_OK, HUSK_OK },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        for (unsigned pa_range = 1; pa_range <= 2; pa_range++) {
            const enum husk_err err = pa_range == 2 ? rows[i].err40 : rows[i].err36;
            struct husk_mmu_s2 s2 = { .vttbr = 99 };

            memset(fixture_pages, 0x5b, sizeof(fixture_pages));
            pool_with(&fixture_pages[rows[i].first], rows[i].count);
            snapshot_take();
            assert_int_equal(husk_mmu_s2_init(&s2, &fixture.pool, pa_range, 1), err);
            assert_int_equal(snapshot_same(), err != HUSK_OK);
            assert_int_equal(s2.vttbr == 99, err != HUSK_OK);
        }
        pool_with(fixture_pages, rows[i].count);
        assert_int_equal(husk_mmu_s1_init(&fixture.s1, &fixture.pool),
                         rows[i].count == 0 ? HUSK_ENOMEM : HUSK_OK);
    }
}

static void root__is_clear_to_its_last_entry(void **state)
{
    (void)state;
    for (size_t i = 0; i < 1024; i++) {
        assert_int_equal(fixture.s2.tables.root[i], 0);
    }
    for (size_t i = 0; i < 512; i++) {
        assert_int_equal(fixture.s1.tables.root[i], 0);
    }
    for (size_t i = 0; i < 512; i++) { /* and nothing beyond */
        assert_int_equal(fixture_pages[3].entry[i], UINT64_C(0x5b5b5b5b5b5b5b5b));
    }
}

static void pages_given_back__are_taken_first(void **state)
{
    (void)state;
    pool_with(fixture_pages, 3);
    assert_ptr_equal(husk_mmu_pool_take(&fixture.pool), &fixture_pages[0]);
    assert_ptr_equal(husk_mmu_pool_take(&fixture.pool), &fixture_pages[1]);
    husk_mmu_pool_give(&fixture.pool, &fixture_pages[0]);
    husk_mmu_pool_give(&fixture.pool, &fixture_pages[1]);
    assert_int_equal(fixture_left(), 3);
    assert_ptr_equal(husk_mmu_pool_take(&fixture.pool), &fixture_pages[1]);
    assert_ptr_equal(husk_mmu_pool_take(&fixture.pool), &fixture_pages[0]);
    assert_ptr_equal(husk_mmu_pool_take(&fixture.pool), &fixture_pages[2]);
    assert_int_equal(fixture_left(), 0);
    assert_int_equal(fixture_pages[0].entry[0], 0);
}

static jmp_buf asserted;

static void on_assert(const char *what)
{
    (void)what;
    longjmp(asserted, 1);
}

static void taking_from_an_empty_pool__is_a_defect_of_husk(void **state)
{
    (void)state;
    pool_with(fixture_pages, 1);
    (void)husk_mmu_pool_take(&fixture.pool);
    husk_fake->on_assert = on_assert;
    if (setjmp(asserted) == 0) {
        (void)husk_mmu_pool_take(&fixture.pool);
        fail();
    }
}

static void pages_for__bounds_what_a_map_takes(void **state)
{
    static const struct {
        uint64_t addr, size_bytes;
        size_t pages;
    } rows[] = {
        { 0, 0, 0 },
        { GIGA, 0, 0 },
        { 0, 1, 2 },
        { 0, PAGE, 2 },
        { 0, MEGA2, 2 },
        { 0, MEGA2 + 1, 3 },
        { MEGA2 - PAGE, 2 * PAGE, 3 },
        { GIGA - PAGE, 2 * PAGE, 4 },
        { 0, GIGA, 513 },
        { GIGA, 2 * GIGA, 1026 },
        { UINT64_MAX, 1, 2 },
        { UINT64_MAX, 2, 2 }, /* what wraps ends with the last byte */
        { UINT64_MAX - GIGA + 1, GIGA, 513 },
        { UINT64_MAX - GIGA + 1, UINT64_MAX, 513 },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        assert_int_equal(husk_mmu_pages_for(rows[i].addr, rows[i].size_bytes), rows[i].pages);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(root_of_two__is_aligned_to_its_size, fixture_setup),
        cmocka_unit_test_setup(root_of_two__is_aligned_by_physical_address, fixture_setup),
        cmocka_unit_test_setup(root_that_does_not_fit__is_enomem_and_takes_nothing, fixture_setup),
        cmocka_unit_test_setup(root__is_clear_to_its_last_entry, fixture_setup),
        cmocka_unit_test_setup(pages_given_back__are_taken_first, fixture_setup),
        cmocka_unit_test_setup(taking_from_an_empty_pool__is_a_defect_of_husk, fixture_setup),
        cmocka_unit_test(pages_for__bounds_what_a_map_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
