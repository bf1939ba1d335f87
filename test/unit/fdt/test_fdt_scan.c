// SPDX-License-Identifier: Apache-2.0
#include "fdt_tree.h"

#include <stdio.h>

static const char *tree_folder;

static void board_tree__is_read_whole(void **state)
{
    struct tree tree = tree_load(tree_folder, "board.dtb");
    struct husk_fdt_board board;

    (void)state;
    memset(&board, 0xa5, sizeof(board));
    assert_int_equal(scan(&tree, &board), HUSK_OK);
    assert_int_equal(board.memory_count, 3);
    assert_range(board.memory[0], 0x40000000, 0x10000000);
    assert_range(board.memory[1], 0x100000000, 0x80000000);
    assert_range(board.memory[2], 0x200000000, 0x100000000);
    assert_int_equal(board.memory[3].base, UINT64_C(0xa5a5a5a5a5a5a5a5)); /* no more than found */
    assert_int_equal(board.reserved[4].base, UINT64_C(0xa5a5a5a5a5a5a5a5));
    assert_int_equal(board.reserved_count, 4);
    assert_range(board.reserved[0], 0x1000, 0x2000);
    assert_range(board.reserved[1], 0x80000000, 0x10000);
    assert_range(board.reserved[2], 0x50000000, 0x1000);
    assert_range(board.reserved[3], 0x60000000, 0x3000);
    assert_true(husk_fdt_psci_smc(tree.bytes, tree.size));
    assert_int_equal(husk_fdt_used_bytes(tree.bytes), tree.size);
    free(tree.bytes);
}

static void virt_tree__is_read_whole(void **state)
{
    struct tree tree = tree_load(tree_folder, "virt.dtb");
    struct husk_fdt_board board;

    (void)state;
    assert_int_equal(scan(&tree, &board), HUSK_OK);
    assert_int_equal(board.memory_count, 1);
    assert_range(board.memory[0], 0x40000000, 0x80000000);
    assert_int_equal(board.reserved_count, 0);
    assert_true(husk_fdt_psci_smc(tree.bytes, tree.size));
    free(tree.bytes);
}

/* ---- what a hostile or damaged tree may do: nothing ---- */

static void tree_cut_at_each_byte__is_refused_unread(void **state)
{
    static const char *const names[] = { "board.dtb", "virt.dtb" };

    (void)state;
    for (size_t n = 0; n < 2; n++) {
        struct tree tree = tree_load(tree_folder, names[n]);

        for (size_t size = 0; size < tree.size; size++) {
            struct tree cut = tree_copy(tree.bytes, size);
            struct husk_fdt_board board;
            struct husk_fdt_board before;

            memset(&board, 0x5a, sizeof(board));
            before = board;
            assert_int_equal(scan(&cut, &board), HUSK_EINVAL);
            assert_memory_equal(&board, &before, sizeof(board));
            if (size >= 40) { /* the same with a header that says so */
                poke32(&cut, 4, (uint32_t)size);
                assert_int_equal(scan(&cut, &board), HUSK_EINVAL);
            }
            free(cut.bytes);
        }
        free(tree.bytes);
    }
}

static void board_is_sound(const struct husk_fdt_board *board)
{
    assert_true(board->memory_count <= HUSK_FDT_MEMORY_MAX);
    assert_true(board->reserved_count <= HUSK_FDT_RESERVED_MAX);
    for (size_t i = 0; i < board->memory_count; i++) {
        assert_true(husk_range_valid(board->memory[i]) && board->memory[i].size_bytes != 0);
    }
    for (size_t i = 0; i < board->reserved_count; i++) {
        assert_true(husk_range_valid(board->reserved[i]) && board->reserved[i].size_bytes != 0);
    }
}

static void tree_with_a_damaged_byte__is_read_within_its_bounds(void **state)
{
    static const char *const names[] = { "board.dtb", "virt.dtb" };
    static const uint8_t flips[] = { 0x01, 0x04, 0x80, 0xff };

    (void)state;
    for (size_t n = 0; n < 2; n++) {
        struct tree tree = tree_load(tree_folder, names[n]);

        for (size_t i = 0; i < tree.size; i++) {
            for (size_t f = 0; f < sizeof(flips); f++) {
                struct husk_fdt_board board;

                tree.bytes[i] ^= flips[f];
                if (scan(&tree, &board) == HUSK_OK) {
                    board_is_sound(&board);
                }
                tree.bytes[i] ^= flips[f];
            }
        }
        free(tree.bytes);
    }
}

static void memory_of_any_cells__is_read_or_refused(void **state)
{
    static const uint32_t one = UINT32_MAX;
    const struct {
        const char *label;
        uint32_t address_cells;
        uint32_t size_cells;
        size_t count;
        uint32_t reg[6];
        enum husk_err expected;
        struct husk_range range;
    } rows[] = {
        { "1, 1", 1, 1, 2, { 5, 6 }, HUSK_OK, { 5, 6 } },
        { "1, 2", 1, 2, 3, { 5, 1, 6 }, HUSK_OK, { 5, 0x100000006 } },
        { "2, 1", 2, 1, 3, { 1, 5, 6 }, HUSK_OK, { 0x100000005, 6 } },
        { "2, 2", 2, 2, 4, { 1, 2, 3, 4 }, HUSK_OK, { 0x100000002, 0x300000004 } },
        { "defaults 2, 1", one, one, 3, { 1, 5, 6 }, HUSK_OK, { 0x100000005, 6 } },
        { "no address", 0, 1, 1, { 5 }, HUSK_EINVAL, { 0, 0 } },
        { "no size", 1, 0, 1, { 5 }, HUSK_EINVAL, { 0, 0 } },
        { "3 address cells", 3, 1, 4, { 0, 0, 5, 6 }, HUSK_EINVAL, { 0, 0 } },
        { "3 size cells", 1, 3, 4, { 0, 0, 5, 6 }, HUSK_EINVAL, { 0, 0 } },
        { "huge cells", 0x80000001, 0x7fffffff, 4, { 0, 0, 5, 6 }, HUSK_EINVAL, { 0, 0 } },
        { "half a pair", 1, 1, 3, { 5, 6, 7 }, HUSK_EINVAL, { 0, 0 } },
        { "past 2^64", 2, 2, 4, { one, one, 0, 2 }, HUSK_EINVAL, { 0, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        struct tree tree =
            memory_tree(rows[i].address_cells, rows[i].size_cells, rows[i].count, rows[i].reg);
        struct husk_fdt_board board;
        enum husk_err err = scan(&tree, &board);

        if (err != rows[i].expected) {
            fail_msg("%s: %d", rows[i].label, err);
        } else if (err == HUSK_OK) {
            assert_int_equal(board.memory_count, 1);
            assert_range(board.memory[0], rows[i].range.base, rows[i].range.size_bytes);
            assert_false(husk_fdt_psci_smc(tree.bytes, tree.size));
        }
        free(tree.bytes);
    }
}

static void more_ranges_than_fit__are_refused(void **state)
{
    (void)state;
    for (uint32_t count = 7; count < 10; count++) {
        uint32_t reg[20];
        struct husk_fdt_board board;
        struct tree tree;

        for (uint32_t i = 0; i < 2 * count; i++) {
            reg[i] = i + 1;
        }
        tree = memory_tree(1, 1, 2 * count, reg);
        assert_int_equal(scan(&tree, &board), count <= HUSK_FDT_MEMORY_MAX ? HUSK_OK : HUSK_ERANGE);
        free(tree.bytes);
    }
    for (uint32_t count = 15; count < 18; count++) {
        struct pen pen;
        struct husk_fdt_board board;
        struct tree tree;

        assert_int_equal(fdt_create(pen.buf, sizeof(pen.buf)), 0);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(fdt_add_reservemap_entry(pen.buf, 0x1000 * i, 0x1000), 0);
        }
        assert_int_equal(fdt_finish_reservemap(pen.buf), 0);
        assert_int_equal(fdt_begin_node(pen.buf, ""), 0);
        tree = pen_end(&pen);
        assert_int_equal(scan(&tree, &board),
                         count <= HUSK_FDT_RESERVED_MAX ? HUSK_OK : HUSK_ERANGE);
        free(tree.bytes);
    }
}

static void value__is_of_that_node_and_name_or_none(void **state)
{
    static const struct {
        const char *node, *property;
        enum husk_err expected;
        size_t bytes;
    } rows[] = {
        { "chosen", "rng-seed", HUSK_OK, 9 },      { "chosen", "rng-see", HUSK_ENOENT, 0 },
        { "chosen", "rng-seed2", HUSK_ENOENT, 0 }, { "chose", "rng-seed", HUSK_ENOENT, 0 },
        { "psci", "rng-seed", HUSK_ENOENT, 0 },    { "psci", "method", HUSK_OK, 4 },
        { "nobody", "method", HUSK_ENOENT, 0 },
    };
    struct tree tree = tree_load(tree_folder, "board.dtb");

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        const void *value = &tree;
        size_t bytes = 77;

        assert_int_equal(
            husk_fdt_value(tree.bytes, tree.size, rows[i].node, rows[i].property, &value, &bytes),
            rows[i].expected);
        if (rows[i].expected != HUSK_OK) {
            assert_ptr_equal(value, &tree);
            assert_int_equal(bytes, 77);
            continue;
        }
        assert_int_equal(bytes, rows[i].bytes);
        assert_memory_equal(value, bytes == 9 ? "\1\2\3\4\5\6\7\10\11" : "smc", bytes);
    }
    free(tree.bytes);
}

static void value_of_a_broken_tree__is_refused(void **state)
{
    struct tree tree = tree_load(tree_folder, "board.dtb");
    const void *value;
    size_t bytes;

    (void)state;
    for (size_t size = 0; size < tree.size; size++) {
        struct tree cut = tree_copy(tree.bytes, size);

        assert_int_equal(husk_fdt_value(cut.bytes, size, "psci", "method", &value, &bytes),
                         HUSK_EINVAL);
        assert_false(husk_fdt_psci_smc(cut.bytes, size));
        free(cut.bytes);
    }
    for (size_t at = 0; at < tree.size; at++) {
        struct tree damaged = tree_copy(tree.bytes, tree.size);

        damaged.bytes[at] ^= 0xff;
        if (husk_fdt_value(damaged.bytes, tree.size, "chosen", "rng-seed", &value, &bytes) ==
            HUSK_OK) {
            const uint8_t *const first = value;

            assert_true(first >= damaged.bytes && bytes <= tree.size &&
                        (size_t)(first - damaged.bytes) <= tree.size - bytes);
        }
        free(damaged.bytes);
    }
    free(tree.bytes);
}

static void psci_method__is_smc_only_when_it_says_so(void **state)
{
    static const struct {
        const char *value;
        size_t bytes;
        bool smc;
    } rows[] = { { "smc", 4, true }, { "hvc", 4, false },  { "smc", 3, false },
                 { "sm", 3, false }, { "smcx", 5, false }, { "smc\0hvc", 8, true } };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        struct pen pen;
        struct tree tree;

        pen_begin(&pen);
        assert_int_equal(fdt_begin_node(pen.buf, "psci"), 0);
        assert_int_equal(fdt_property(pen.buf, "method", rows[i].value, (int)rows[i].bytes), 0);
        assert_int_equal(fdt_end_node(pen.buf), 0);
        tree = pen_end(&pen);
        assert_int_equal(husk_fdt_psci_smc(tree.bytes, tree.size), rows[i].smc);
        free(tree.bytes);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(board_tree__is_read_whole),
        cmocka_unit_test(virt_tree__is_read_whole),
        cmocka_unit_test(tree_cut_at_each_byte__is_refused_unread),
        cmocka_unit_test(tree_with_a_damaged_byte__is_read_within_its_bounds),
        cmocka_unit_test(memory_of_any_cells__is_read_or_refused),
        cmocka_unit_test(more_ranges_than_fit__are_refused),
        cmocka_unit_test(value__is_of_that_node_and_name_or_none),
        cmocka_unit_test(value_of_a_broken_tree__is_refused),
        cmocka_unit_test(psci_method__is_smc_only_when_it_says_so),
    };

    tree_folder = argc > 1 ? argv[1] : ".";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
