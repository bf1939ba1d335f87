// SPDX-License-Identifier: Apache-2.0
#include "mmu_fixture.h"

#include <stdlib.h>

struct seen {
    uint64_t addr[64];
    struct husk_mmu_leaf leaf[64];
    size_t count;
    size_t stop_after;
};

static bool see(void *context, uint64_t addr, const struct husk_mmu_leaf *leaf)
{
    struct seen *const seen = context;

    seen->addr[seen->count] = addr;
    seen->leaf[seen->count++] = *leaf;
    return seen->count != seen->stop_after;
}

static struct seen walk(uint64_t ipa, uint64_t size_bytes, size_t stop_after)
{
    struct seen seen = { .stop_after = stop_after };

    husk_mmu_s2_walk(fixture.vm, (struct husk_ipa){ ipa }, size_bytes, see, &seen);
    return seen;
}

static int setup(void **state)
{
    fixture_setup(state);
    assert_int_equal(s2_map(GIGA, 2 * GIGA, GIGA, RWX), HUSK_OK);
    assert_int_equal(s2_map(2 * GIGA, MEGA2, MEGA2, RX), HUSK_OK);
    assert_int_equal(s2_map(2 * GIGA + 2 * MEGA2, GROUP, GROUP + PAGE, DEV), HUSK_OK);
    assert_int_equal(s2_map(HUSK_GIB(1023), 0, GIGA, RO), HUSK_OK);
    return 0;
}

static void whole_space__is_visited_in_order(void **state)
{
    const struct seen seen = walk(0, HUSK_GIB(1024), 0);

    (void)state;
    assert_int_equal(seen.count, 2 + 17 + 1);
    assert_int_equal(seen.addr[0], GIGA);
    assert_int_equal(seen.leaf[0].out, 2 * GIGA);
    assert_int_equal(seen.leaf[0].size_bytes, GIGA);
    assert_int_equal(seen.leaf[0].attr, RWX);
    assert_false(seen.leaf[0].contiguous);
    assert_int_equal(seen.addr[1], 2 * GIGA);
    assert_int_equal(seen.leaf[1].attr, RX);
    for (size_t i = 0; i < 17; i++) {
        assert_int_equal(seen.addr[2 + i], 2 * GIGA + 2 * MEGA2 + i * PAGE);
        assert_int_equal(seen.leaf[2 + i].out, GROUP + i * PAGE);
        assert_int_equal(seen.leaf[2 + i].contiguous, i < 16);
        assert_int_equal(seen.leaf[2 + i].attr, DEV);
    }
    assert_int_equal(seen.addr[19], HUSK_GIB(1023));
}

static void part_of_a_leaf__is_visited_from_its_first_byte(void **state)
{
    struct seen seen = walk(GIGA + 12345, 1, 0);

    (void)state;
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.addr[0], GIGA);
    assert_int_equal(seen.leaf[0].out, 2 * GIGA);
    seen = walk(2 * GIGA - 1, 2, 0);
    assert_int_equal(seen.count, 2);
    assert_int_equal(walk(2 * GIGA - 1, 1, 0).count, 1);
    assert_int_equal(walk(2 * GIGA - 1, 0, 0).count, 0);
    assert_int_equal(walk(0, GIGA, 0).count, 0);
    assert_int_equal(walk(0, GIGA + 1, 0).count, 1);
}

static void visitor_that_is_done__stops_the_walk(void **state)
{
    (void)state;
    for (size_t n = 1; n < 20; n++) {
        assert_int_equal(walk(0, HUSK_GIB(1024), n).count, n);
    }
}

static void range_beyond_the_space__is_cut(void **state)
{
    (void)state;
    assert_int_equal(walk(HUSK_GIB(1023), 2 * GIGA, 0).count, 1);
    assert_int_equal(walk(HUSK_GIB(1023), UINT64_MAX, 0).count, 1);
    assert_int_equal(walk(HUSK_GIB(1024), GIGA, 0).count, 0);
    assert_int_equal(walk(UINT64_MAX, UINT64_MAX, 0).count, 0);
    assert_int_equal(walk(0, UINT64_MAX, 0).count, 20);
}

/* The root ends its allocation: AddressSanitizer sees a step beyond. (It does not guard globals of
 * such an alignment.) */
static void whole_space__is_changed_without_a_step_beyond(void **state)
{
    struct husk_mmu_page *const root = aligned_alloc(8192, 2 * sizeof(*root));

    (void)state;
    assert_non_null(root);
    fixture.pool = (struct husk_mmu_pool){ .pages = root, .count = 2 };
    assert_int_equal(husk_mmu_s2_init(&fixture.s2, &fixture.pool, 5, 1), HUSK_OK);
    assert_int_equal(s2_map(0, 0, HUSK_GIB(1024), RW), HUSK_OK);
    assert_int_equal(s2_protect(0, HUSK_GIB(1024), RO), HUSK_OK);
    assert_int_equal(walk(HUSK_GIB(1000), HUSK_GIB(24), 0).count, 24);
    assert_int_equal(walk(HUSK_GIB(1024), 1, 0).count, 0);
    assert_s2_leaf(HUSK_GIB(1024) - 1, HUSK_GIB(1024) - 1, GIGA, RO, false);
    assert_int_equal(s2_unmap(HUSK_GIB(1024) - PAGE, PAGE), HUSK_ENOMEM);
    assert_int_equal(s2_unmap(0, HUSK_GIB(1024)), HUSK_OK);
    assert_int_equal(walk(0, HUSK_GIB(1024), 0).count, 0);
    free(root);
}

static void translate__tells_holes_from_what_is_beyond(void **state)
{
    static const struct {
        uint64_t addr;
        enum husk_err stage2, stage1;
    } rows[] = {
        { 0, HUSK_ENOENT, HUSK_ENOENT },
        { GIGA, HUSK_OK, HUSK_OK },
        { 2 * GIGA + MEGA2, HUSK_ENOENT, HUSK_ENOENT },
        { 2 * GIGA + 2 * MEGA2 + 17 * PAGE, HUSK_ENOENT, HUSK_ENOENT },
        { HUSK_GIB(512) - 1, HUSK_ENOENT, HUSK_OK },
        { HUSK_GIB(512), HUSK_ENOENT, HUSK_ERANGE },
        { HUSK_GIB(1024) - 1, HUSK_OK, HUSK_ERANGE },
        { HUSK_GIB(1024), HUSK_ERANGE, HUSK_ERANGE },
        { UINT64_MAX, HUSK_ERANGE, HUSK_ERANGE },
    };

    (void)state;
    assert_int_equal(s1_map(GIGA, 0, PAGE, RW), HUSK_OK);
    assert_int_equal(s1_map(HUSK_GIB(511), 0, GIGA, RW), HUSK_OK);
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        struct husk_mmu_leaf leaf = { .out = 77 };

        assert_int_equal(
            husk_mmu_s2_translate(fixture.vm, (struct husk_ipa){ rows[i].addr }, &leaf),
            rows[i].stage2);
        assert_int_equal(leaf.out == 77, rows[i].stage2 != HUSK_OK);
        leaf.out = 77;
        assert_int_equal(
            husk_mmu_s1_translate(&fixture.s1, (struct husk_va){ rows[i].addr }, &leaf),
            rows[i].stage1);
        assert_int_equal(leaf.out == 77, rows[i].stage1 != HUSK_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(whole_space__is_visited_in_order, setup),
        cmocka_unit_test_setup(part_of_a_leaf__is_visited_from_its_first_byte, setup),
        cmocka_unit_test_setup(visitor_that_is_done__stops_the_walk, setup),
        cmocka_unit_test_setup(range_beyond_the_space__is_cut, setup),
        cmocka_unit_test_setup(whole_space__is_changed_without_a_step_beyond, setup),
        cmocka_unit_test_setup(translate__tells_holes_from_what_is_beyond, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
