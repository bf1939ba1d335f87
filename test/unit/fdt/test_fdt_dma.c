// SPDX-License-Identifier: Apache-2.0
/* husk_fdt_dma_window(): what the masters of a bus reach. */
#include "fdt_tree.h"

static const uint32_t none = UINT32_MAX; /* a cell that is not given */

struct row {
    uint32_t root_address, address, size;
    size_t count;
    uint32_t ranges[6];
    enum husk_err expected;
    uint64_t bus, pa, bytes;
};

/* A tree with a node before, one that holds the name deeper down, the bus, and one behind it. */
static struct tree bus_tree(const struct row *row, const char *bus)
{
    const uint32_t other[] = { 1, 2, 3, 4 };
    struct pen pen;

    pen_begin(&pen);
    if (row->root_address != none) {
        pen_cells(&pen, "#address-cells", 1, &row->root_address);
    }
    assert_int_equal(fdt_begin_node(pen.buf, "a"), 0);
    pen_cells(&pen, "dma-ranges", 4, other);
    assert_int_equal(fdt_begin_node(pen.buf, bus), 0);
    pen_cells(&pen, "dma-ranges", 4, other);
    assert_int_equal(fdt_end_node(pen.buf), 0);
    assert_int_equal(fdt_end_node(pen.buf), 0);
    assert_int_equal(fdt_begin_node(pen.buf, bus), 0);
    if (row->address != none) {
        pen_cells(&pen, "#address-cells", 1, &row->address);
    }
    if (row->size != none) {
        pen_cells(&pen, "#size-cells", 1, &row->size);
    }
    if (row->count != none) {
        pen_cells(&pen, "dma-ranges", row->count, row->ranges);
    }
    assert_int_equal(fdt_begin_node(pen.buf, "device@0"), 0);
    pen_cells(&pen, "#address-cells", 1, other);
    assert_int_equal(fdt_end_node(pen.buf), 0);
    assert_int_equal(fdt_end_node(pen.buf), 0);
    assert_int_equal(fdt_begin_node(pen.buf, "z"), 0);
    pen_cells(&pen, "dma-ranges", 4, other);
    assert_int_equal(fdt_end_node(pen.buf), 0);
    return pen_end(&pen);
}

static enum husk_err find(const struct tree *tree, const char *bus, struct row *found)
{
    struct husk_bus at = { 77 };
    struct husk_pa pa = { 77 };
    uint64_t bytes = 77;
    const enum husk_err err = husk_fdt_dma_window(tree->bytes, tree->size, bus, &pa, &at, &bytes);

    found->bus = at.value;
    found->pa = pa.value;
    found->bytes = bytes;
    return err;
}

static void ranges_of_any_form__are_read_or_refused(void **state)
{
    static const struct row rows[] = {
        /* the Raspberry Pi 4's */
        { 2, 1, 1, 4, { 0xc0000000, 0, 0, 0x40000000 }, HUSK_OK, 0xc0000000, 0, 0x40000000 },
        /* its emmc2bus */
        { 2, 2, 1, 5, { 1, 0xc0000000, 2, 3, 4 }, HUSK_OK, 0x1c0000000, 0x200000003, 4 },
        { 1, 1, 2, 4, { 5, 6, 7, 8 }, HUSK_OK, 5, 6, 0x700000008 },
        /* the first of two */
        { 1, 1, 1, 6, { 1, 2, 3, 4, 5, 6 }, HUSK_OK, 1, 2, 3 },
        /* cells that are not given: 2 and 1 */
        { UINT32_MAX,
          UINT32_MAX,
          UINT32_MAX,
          5,
          { 1, 2, 3, 4, 5 },
          HUSK_OK,
          0x100000002,
          0x300000004,
          5 },
        { 2, 1, 1, UINT32_MAX, { 0 }, HUSK_ENOENT, 77, 77, 77 },
        { 2, 1, 1, 0, { 0 }, HUSK_EINVAL, 77, 77, 77 },
        { 2, 1, 1, 3, { 1, 2, 3 }, HUSK_EINVAL, 77, 77, 77 },
        { 0, 1, 1, 4, { 1, 2, 3, 4 }, HUSK_EINVAL, 77, 77, 77 },
        { 3, 1, 1, 6, { 1, 2, 3, 4, 5, 6 }, HUSK_EINVAL, 77, 77, 77 },
        { 1, 0, 1, 4, { 1, 2, 3, 4 }, HUSK_EINVAL, 77, 77, 77 },
        { 1, 3, 1, 6, { 1, 2, 3, 4, 5, 6 }, HUSK_EINVAL, 77, 77, 77 },
        { 1, 1, 0, 4, { 1, 2, 3, 4 }, HUSK_EINVAL, 77, 77, 77 },
        { 1, 1, 3, 6, { 1, 2, 3, 4, 5, 6 }, HUSK_EINVAL, 77, 77, 77 },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        struct tree tree = bus_tree(&rows[i], "soc");
        struct row found = { 0 };
        const enum husk_err err = find(&tree, "soc", &found);

        if (err != rows[i].expected || found.bus != rows[i].bus || found.pa != rows[i].pa ||
            found.bytes != rows[i].bytes) {
            fail_msg("row %zu: %d, bus %#llx, pa %#llx, %#llx bytes", i, err,
                     (unsigned long long)found.bus, (unsigned long long)found.pa,
                     (unsigned long long)found.bytes);
        }
        assert_int_equal(find(&tree, "so", &found), HUSK_ENOENT);
        assert_int_equal(find(&tree, "soc@0", &found), HUSK_ENOENT);
        free(tree.bytes);
    }
}

static void cells_of_an_odd_size__are_refused(void **state)
{
    static const uint32_t one[] = { 1, 1 };

    (void)state;
    for (int in_bus = 0; in_bus < 2; in_bus++) {
        struct row found;
        struct tree tree;
        struct pen pen;

        pen_begin(&pen);
        if (in_bus == 0) {
            pen_cells(&pen, "#address-cells", 2, one);
        }
        assert_int_equal(fdt_begin_node(pen.buf, "soc"), 0);
        if (in_bus == 1) {
            pen_cells(&pen, "#size-cells", 2, one);
        }
        assert_int_equal(fdt_end_node(pen.buf), 0);
        tree = pen_end(&pen);
        assert_int_equal(find(&tree, "soc", &found), HUSK_EINVAL);
        free(tree.bytes);
    }
}

/* Cut or damaged, it is read within its bounds (AddressSanitizer). */
static void damaged_tree__is_read_within_its_bounds(void **state)
{
    static const struct row good = {
        2, 1, 1, 4, { 0xc0000000, 0, 0, 0x40000000 }, HUSK_OK, 0, 0, 0
    };
    static const uint8_t flips[] = { 0x01, 0x04, 0x80, 0xff };
    struct tree tree = bus_tree(&good, "soc");
    struct row found;

    (void)state;
    for (size_t size = 0; size < tree.size; size++) {
        struct tree cut = tree_copy(tree.bytes, size);

        assert_int_equal(find(&cut, "soc", &found), HUSK_EINVAL);
        free(cut.bytes);
    }
    for (size_t i = 0; i < tree.size; i++) {
        for (size_t f = 0; f < sizeof(flips); f++) {
            tree.bytes[i] ^= flips[f];
            (void)!find(&tree, "soc", &found);
            tree.bytes[i] ^= flips[f];
        }
    }
    free(tree.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_of_any_form__are_read_or_refused),
        cmocka_unit_test(cells_of_an_odd_size__are_refused),
        cmocka_unit_test(damaged_tree__is_read_within_its_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
