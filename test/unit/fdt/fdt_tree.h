// SPDX-License-Identifier: Apache-2.0
#ifndef FDT_TREE_H
#define FDT_TREE_H

/* Trees to scan: copies that AddressSanitizer guards, and small ones written with libfdt. */
#include <husk/fdt.h>

#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A tree in a heap block of exactly its size: AddressSanitizer sees each byte read outside. */
struct tree {
    uint8_t *bytes;
    size_t size;
};

static inline struct tree tree_copy(const void *bytes, size_t size)
{
    struct tree tree = { NULL, size };

    assert_int_equal(posix_memalign((void **)&tree.bytes, 8, size == 0 ? 1 : size), 0);
    memcpy(tree.bytes, bytes, size);
    return tree;
}

static inline enum husk_err scan(const struct tree *tree, struct husk_fdt_board *board)
{
    return husk_fdt_scan(tree->bytes, tree->size, board);
}

static inline void poke32(struct tree *tree, size_t offset, uint32_t value)
{
    const fdt32_t word = cpu_to_fdt32(value);

    memcpy(tree->bytes + offset, &word, sizeof(word));
}

static inline void assert_range(struct husk_range range, uint64_t base, uint64_t size)
{
    assert_int_equal(range.base, base);
    assert_int_equal(range.size_bytes, size);
}
struct pen {
    uint64_t buf[1024];
};

static inline void pen_begin(struct pen *pen)
{
    assert_int_equal(fdt_create(pen->buf, sizeof(pen->buf)), 0);
    assert_int_equal(fdt_finish_reservemap(pen->buf), 0);
    assert_int_equal(fdt_begin_node(pen->buf, ""), 0);
}

static inline struct tree pen_end(struct pen *pen)
{
    assert_int_equal(fdt_end_node(pen->buf), 0);
    assert_int_equal(fdt_finish(pen->buf), 0);
    return tree_copy(pen->buf, fdt_totalsize(pen->buf));
}

static inline void pen_cells(struct pen *pen, const char *name, size_t count, const uint32_t *cells)
{
    fdt32_t value[64];

    for (size_t i = 0; i < count; i++) {
        value[i] = cpu_to_fdt32(cells[i]);
    }
    assert_int_equal(fdt_property(pen->buf, name, value, (int)(count * 4)), 0);
}

/* A tree with one memory node: root cells (0: not given) and the words of its reg. */
static inline struct tree memory_tree(uint32_t address_cells, uint32_t size_cells, size_t count,
                                      const uint32_t *reg)
{
    struct pen pen;

    pen_begin(&pen);
    if (address_cells != UINT32_MAX) {
        pen_cells(&pen, "#address-cells", 1, &address_cells);
    }
    if (size_cells != UINT32_MAX) {
        pen_cells(&pen, "#size-cells", 1, &size_cells);
    }
    assert_int_equal(fdt_begin_node(pen.buf, "memory@0"), 0);
    pen_cells(&pen, "reg", count, reg);
    assert_int_equal(fdt_property_string(pen.buf, "device_type", "memory"), 0);
    assert_int_equal(fdt_end_node(pen.buf), 0);
    return pen_end(&pen);
}

/* Reads a tree of the build folder; QEMU pads its own to 1 MiB, which is packed away. */
static inline struct tree tree_load(const char *folder, const char *name)
{
    static uint64_t whole[1 << 18];
    char path[4096];
    FILE *file;
    size_t size;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("no %s: CMakeLists.txt makes it, with dtc or QEMU", path);
    }
    size = fread(whole, 1, sizeof(whole), file);
    (void)fclose(file);
    assert_int_equal(fdt_check_full(whole, size), 0);
    assert_int_equal(fdt_pack(whole), 0);
    return tree_copy(whole, fdt_totalsize(whole));
}

#endif
