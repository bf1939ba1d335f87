// SPDX-License-Identifier: Apache-2.0
/* husk_fdt_cpus(): who is in /cpus, and how each is started. */
#include "fdt_tree.h"

#include <stdio.h>

enum { CPUS = 8 };

static const char *tree_folder;

static enum husk_err find(const struct tree *tree, size_t max, struct husk_fdt_cpu *cpus,
                          size_t *count)
{
    return husk_fdt_cpus(tree->bytes, tree->size, cpus, max, count);
}

static void cpus_of_each_kind__are_read(void **state)
{
    static const struct husk_fdt_cpu expected[] = {
        { 0, HUSK_FDT_ENABLE_SPIN_TABLE, { 0xd8 } },
        { 0x101, HUSK_FDT_ENABLE_PSCI, { 0 } },
        { 2, HUSK_FDT_ENABLE_SPIN_TABLE, { 0xe0 } },
        { 3, HUSK_FDT_ENABLE_NONE, { 0 } },
    };
    struct tree tree = tree_load(tree_folder, "board.dtb");

    (void)state;
    for (size_t max = 0; max <= CPUS; max++) {
        struct husk_fdt_cpu cpus[CPUS];
        size_t count;

        memset(cpus, 0x5a, sizeof(cpus));
        assert_int_equal(find(&tree, max, cpus, &count), HUSK_OK);
        assert_int_equal(count, max < 4 ? max : 4);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(cpus[i].mpidr, expected[i].mpidr);
            assert_int_equal(cpus[i].enable, expected[i].enable);
            assert_int_equal(cpus[i].release.value, expected[i].release.value);
        }
        for (size_t i = count; i < CPUS; i++) {
            assert_int_equal(cpus[i].mpidr, UINT64_C(0x5a5a5a5a5a5a5a5a));
        }
    }
    free(tree.bytes);
}

static void virt_tree__has_four_by_psci(void **state)
{
    struct tree tree = tree_load(tree_folder, "virt.dtb");
    struct husk_fdt_cpu cpus[CPUS];
    size_t count;

    (void)state;
    assert_int_equal(find(&tree, CPUS, cpus, &count), HUSK_OK);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(cpus[i].mpidr, i);
        assert_int_equal(cpus[i].enable, HUSK_FDT_ENABLE_PSCI);
    }
    free(tree.bytes);
}

/* A cell that is not given. */
static const uint32_t none = UINT32_MAX;

static struct tree cpu_tree(uint32_t cells, size_t reg_cells, const uint32_t *reg,
                            const char *method, size_t release_cells, const uint32_t *release)
{
    struct pen pen;

    pen_begin(&pen);
    assert_int_equal(fdt_begin_node(pen.buf, "cpus"), 0);
    if (cells != none) {
        pen_cells(&pen, "#address-cells", 1, &cells);
    }
    assert_int_equal(fdt_begin_node(pen.buf, "cpu@0"), 0);
    if (reg_cells != 0) {
        pen_cells(&pen, "reg", reg_cells, reg);
    }
    if (method != NULL) {
        assert_int_equal(fdt_property_string(pen.buf, "enable-method", method), 0);
    }
    if (release_cells != 0) {
        pen_cells(&pen, "cpu-release-addr", release_cells, release);
    }
    assert_int_equal(fdt_end_node(pen.buf), 0);
    assert_int_equal(fdt_end_node(pen.buf), 0);
    return pen_end(&pen);
}

static void cpu_of_any_form__is_read_or_refused(void **state)
{
    static const struct {
        uint32_t cells;
        size_t reg_cells;
        uint32_t reg[3];
        const char *method;
        size_t release_cells;
        uint32_t release[3];
        enum husk_err expected;
        struct husk_fdt_cpu cpu;
    } rows[] = {
        { 1, 1, { 5 }, "psci", 0, { 0 }, HUSK_OK, { 5, HUSK_FDT_ENABLE_PSCI, { 0 } } },
        { 2, 2, { 1, 5 }, "psci", 0, { 0 }, HUSK_OK, { 0x100000005, HUSK_FDT_ENABLE_PSCI, { 0 } } },
        { UINT32_MAX, 2, { 0, 5 }, NULL, 0, { 0 }, HUSK_OK, { 5, HUSK_FDT_ENABLE_NONE, { 0 } } },
        { 1,
          1,
          { 5 },
          "spin-table",
          2,
          { 1, 0x108 },
          HUSK_OK,
          { 5, HUSK_FDT_ENABLE_SPIN_TABLE, { 0x100000108 } } },
        { 1, 1, { 5 }, "spin-tabl", 0, { 0 }, HUSK_OK, { 5, HUSK_FDT_ENABLE_NONE, { 0 } } },
        { 1, 1, { 5 }, "spin-table", 0, { 0 }, HUSK_EINVAL, { 0 } },
        { 1, 1, { 5 }, "spin-table", 3, { 0, 0, 8 }, HUSK_EINVAL, { 0 } },
        { 1, 1, { 5 }, "spin-table", 2, { 0, 0x104 }, HUSK_EINVAL, { 0 } },
        { 1, 1, { 5 }, "psci", 2, { 0, 0x104 }, HUSK_OK, { 5, HUSK_FDT_ENABLE_PSCI, { 0 } } },
        { 1, 0, { 0 }, "psci", 0, { 0 }, HUSK_EINVAL, { 0 } },
        { 1, 2, { 0, 5 }, "psci", 0, { 0 }, HUSK_EINVAL, { 0 } },
        { 2, 1, { 5 }, "psci", 0, { 0 }, HUSK_EINVAL, { 0 } },
        { 0, 0, { 0 }, "psci", 0, { 0 }, HUSK_EINVAL, { 0 } },
        { 3, 3, { 0, 0, 5 }, "psci", 0, { 0 }, HUSK_EINVAL, { 0 } },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        struct tree tree = cpu_tree(rows[i].cells, rows[i].reg_cells, rows[i].reg, rows[i].method,
                                    rows[i].release_cells, rows[i].release);
        struct husk_fdt_cpu cpus[CPUS];
        size_t count = 77;
        const enum husk_err err = find(&tree, CPUS, cpus, &count);

        if (err != rows[i].expected) {
            fail_msg("row %zu: %d", i, err);
        }
        assert_int_equal(count, err == HUSK_OK ? 1 : 77);
        if (err == HUSK_OK) {
            assert_int_equal(cpus[0].mpidr, rows[i].cpu.mpidr);
            assert_int_equal(cpus[0].enable, rows[i].cpu.enable);
            assert_int_equal(cpus[0].release.value, rows[i].cpu.release.value);
        }
        free(tree.bytes);
    }
}

static void tree_without_cpus__says_so(void **state)
{
    static const char *const names[] = { "cpu", "cpuss", "cpus@0", "soc" };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(names); i++) {
        struct pen pen;
        struct tree tree;
        struct husk_fdt_cpu cpus[CPUS];
        size_t count = 77;

        pen_begin(&pen);
        assert_int_equal(fdt_begin_node(pen.buf, names[i]), 0);
        assert_int_equal(fdt_begin_node(pen.buf, "cpus"), 0); /* not of the root */
        assert_int_equal(fdt_end_node(pen.buf), 0);
        assert_int_equal(fdt_end_node(pen.buf), 0);
        tree = pen_end(&pen);
        assert_int_equal(find(&tree, CPUS, cpus, &count), HUSK_ENOENT);
        assert_int_equal(count, 77);
        free(tree.bytes);
    }
}

/* Cut or damaged, it is read within its bounds (AddressSanitizer). */
static void damaged_tree__is_read_within_its_bounds(void **state)
{
    static const uint8_t flips[] = { 0x01, 0x04, 0x80, 0xff };
    struct tree tree = tree_load(tree_folder, "board.dtb");
    struct husk_fdt_cpu cpus[CPUS];
    size_t count;

    (void)state;
    for (size_t size = 0; size < tree.size; size++) {
        struct tree cut = tree_copy(tree.bytes, size);

        assert_int_equal(find(&cut, CPUS, cpus, &count), HUSK_EINVAL);
        free(cut.bytes);
    }
    for (size_t i = 0; i < tree.size; i++) {
        for (size_t f = 0; f < sizeof(flips); f++) {
            tree.bytes[i] ^= flips[f];
            if (find(&tree, CPUS, cpus, &count) == HUSK_OK) {
                assert_true(count <= CPUS);
            }
            tree.bytes[i] ^= flips[f];
        }
    }
    free(tree.bytes);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpus_of_each_kind__are_read),
        cmocka_unit_test(virt_tree__has_four_by_psci),
        cmocka_unit_test(cpu_of_any_form__is_read_or_refused),
        cmocka_unit_test(tree_without_cpus__says_so),
        cmocka_unit_test(damaged_tree__is_read_within_its_bounds),
    };

    tree_folder = argc > 1 ? argv[1] : ".";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
