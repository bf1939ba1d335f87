// SPDX-License-Identifier: Apache-2.0
#include <husk/fdt.h>

#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *tree_folder;

/* A tree in a heap block of exactly its size: AddressSanitizer sees each byte read outside. */
struct tree {
    uint8_t *bytes;
    size_t size;
};

static struct tree tree_copy(const void *bytes, size_t size)
{
    struct tree tree = { NULL, size };

    assert_int_equal(posix_memalign((void **)&tree.bytes, 8, size == 0 ? 1 : size), 0);
    memcpy(tree.bytes, bytes, size);
    return tree;
}

/* Reads a tree of the build folder; QEMU pads its own to 1 MiB, which is packed away. */
static struct tree tree_load(const char *name)
{
    static uint64_t whole[1 << 18];
    char path[4096];
    FILE *file;
    size_t size;

    (void)snprintf(path, sizeof(path), "%s/%s", tree_folder, name);
    file = fopen(path, "rb");
    if (file == NULL) {
        skip();
    }
    size = fread(whole, 1, sizeof(whole), file);
    (void)fclose(file);
    assert_int_equal(fdt_check_full(whole, size), 0);
    assert_int_equal(fdt_pack(whole), 0);
    return tree_copy(whole, fdt_totalsize(whole));
}

static enum husk_err scan(const struct tree *tree, struct husk_fdt_board *board)
{
    return husk_fdt_scan(tree->bytes, tree->size, board);
}

static void poke32(struct tree *tree, size_t offset, uint32_t value)
{
    const fdt32_t word = cpu_to_fdt32(value);

    memcpy(tree->bytes + offset, &word, sizeof(word));
}

static uint32_t peek32(const struct tree *tree, size_t offset)
{
    fdt32_t word;

    memcpy(&word, tree->bytes + offset, sizeof(word));
    return fdt32_to_cpu(word);
}

static void assert_range(struct husk_range range, uint64_t base, uint64_t size)
{
    assert_int_equal(range.base, base);
    assert_int_equal(range.size_bytes, size);
}

static void board_tree__is_read_whole(void **state)
{
    struct tree tree = tree_load("board.dtb");
    struct husk_fdt_board board;

    (void)state;
    memset(&board, 0xa5, sizeof(board));
    assert_int_equal(scan(&tree, &board), HUSK_OK);
    assert_int_equal(board.memory_count, 3);
    assert_range(board.memory[0], 0x40000000, 0x10000000);
    assert_range(board.memory[1], 0x100000000, 0x80000000);
    assert_range(board.memory[2], 0x200000000, 0x100000000);
    assert_int_equal(board.reserved_count, 4);
    assert_range(board.reserved[0], 0x1000, 0x2000);
    assert_range(board.reserved[1], 0x80000000, 0x10000);
    assert_range(board.reserved[2], 0x50000000, 0x1000);
    assert_range(board.reserved[3], 0x60000000, 0x3000);
    assert_range(board.initrd, 0x48000000, 0x1234);
    assert_int_equal(board.seed_bytes, 9);
    assert_memory_equal(board.seed, "\1\2\3\4\5\6\7\10\11\xa5", 10);
    assert_true(board.psci_smc);
    assert_int_equal(husk_fdt_total_bytes(tree.bytes), tree.size);
    free(tree.bytes);
}

static void virt_tree__is_read_whole(void **state)
{
    struct tree tree = tree_load("virt.dtb");
    struct husk_fdt_board board;

    (void)state;
    assert_int_equal(scan(&tree, &board), HUSK_OK);
    assert_int_equal(board.memory_count, 1);
    assert_range(board.memory[0], 0x40000000, 0x80000000);
    assert_int_equal(board.reserved_count, 0);
    assert_int_equal(board.initrd.size_bytes, 0);
    assert_int_equal(board.seed_bytes, 32);
    assert_true(board.psci_smc);
    free(tree.bytes);
}

/* ---- what a hostile or damaged tree may do: nothing ---- */

static void tree_cut_at_each_byte__is_refused_unread(void **state)
{
    static const char *const names[] = { "board.dtb", "virt.dtb" };

    (void)state;
    for (size_t n = 0; n < 2; n++) {
        struct tree tree = tree_load(names[n]);

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
    assert_true(board->seed_bytes <= HUSK_FDT_SEED_MAX);
    assert_true(husk_range_valid(board->initrd));
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
        struct tree tree = tree_load(names[n]);

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

/* ---- small trees, written with libfdt ---- */

struct pen {
    uint64_t buf[1024];
};

static void pen_begin(struct pen *pen)
{
    assert_int_equal(fdt_create(pen->buf, sizeof(pen->buf)), 0);
    assert_int_equal(fdt_finish_reservemap(pen->buf), 0);
    assert_int_equal(fdt_begin_node(pen->buf, ""), 0);
}

static struct tree pen_end(struct pen *pen)
{
    assert_int_equal(fdt_end_node(pen->buf), 0);
    assert_int_equal(fdt_finish(pen->buf), 0);
    return tree_copy(pen->buf, fdt_totalsize(pen->buf));
}

static void pen_cells(struct pen *pen, const char *name, size_t count, const uint32_t *cells)
{
    fdt32_t value[64];

    for (size_t i = 0; i < count; i++) {
        value[i] = cpu_to_fdt32(cells[i]);
    }
    assert_int_equal(fdt_property(pen->buf, name, value, (int)(count * 4)), 0);
}

/* A tree with one memory node: root cells (0: not given) and the words of its reg. */
static struct tree memory_tree(uint32_t address_cells, uint32_t size_cells, size_t count,
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
            assert_false(board.psci_smc);
            assert_int_equal(board.seed_bytes, 0);
            assert_int_equal(board.initrd.size_bytes, 0);
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

static void chosen__is_read_or_refused(void **state)
{
    const struct {
        size_t start_cells, end_cells;
        uint32_t start[3], end[3];
        size_t seed;
        enum husk_err expected;
        struct husk_range initrd;
    } rows[] = {
        { 1, 1, { 8 }, { 9 }, 0, HUSK_OK, { 8, 1 } },
        { 2, 2, { 1, 8 }, { 2, 8 }, 64, HUSK_OK, { 0x100000008, 0x100000000 } },
        { 1, 1, { 8 }, { 8 }, 63, HUSK_OK, { 8, 0 } },
        { 1, 1, { 9 }, { 8 }, 65, HUSK_EINVAL, { 0, 0 } },
        { 3, 1, { 0, 0, 9 }, { 10 }, 0, HUSK_EINVAL, { 0, 0 } },
        { 1, 3, { 9 }, { 0, 0, 10 }, 0, HUSK_EINVAL, { 0, 0 } },
        { 1, 2, { 9 }, { 0, 10 }, 200, HUSK_OK, { 9, 1 } },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        uint8_t seed[200];
        struct pen pen;
        struct tree tree;
        struct husk_fdt_board board;

        memset(seed, (int)i + 1, sizeof(seed));
        pen_begin(&pen);
        assert_int_equal(fdt_begin_node(pen.buf, "chosen"), 0);
        pen_cells(&pen, "linux,initrd-start", rows[i].start_cells, rows[i].start);
        pen_cells(&pen, "linux,initrd-end", rows[i].end_cells, rows[i].end);
        assert_int_equal(fdt_property(pen.buf, "rng-seed", seed, (int)rows[i].seed), 0);
        assert_int_equal(fdt_end_node(pen.buf), 0);
        tree = pen_end(&pen);
        assert_int_equal(scan(&tree, &board), rows[i].expected);
        if (rows[i].expected == HUSK_OK) {
            assert_range(board.initrd, rows[i].initrd.base, rows[i].initrd.size_bytes);
            assert_int_equal(board.seed_bytes, rows[i].seed < 64 ? rows[i].seed : 64);
            assert_memory_equal(board.seed, seed, board.seed_bytes);
        }
        free(tree.bytes);
    }
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
        struct husk_fdt_board board;

        pen_begin(&pen);
        assert_int_equal(fdt_begin_node(pen.buf, "psci"), 0);
        assert_int_equal(fdt_property(pen.buf, "method", rows[i].value, (int)rows[i].bytes), 0);
        assert_int_equal(fdt_end_node(pen.buf), 0);
        tree = pen_end(&pen);
        assert_int_equal(scan(&tree, &board), HUSK_OK);
        assert_int_equal(board.psci_smc, rows[i].smc);
        free(tree.bytes);
    }
}

/* ---- header and tokens, one word changed at a time ---- */

static struct tree small_tree(void)
{
    const uint32_t reg[] = { 0x1000, 0x2000 };

    return memory_tree(1, 1, 2, reg);
}

static void header_that_lies__is_refused(void **state)
{
    struct tree tree = small_tree();
    const uint32_t size = (uint32_t)tree.size;
    const uint32_t structure = peek32(&tree, 8);
    const uint32_t structure_bytes = peek32(&tree, 36);
    const struct {
        size_t offset;
        uint32_t value;
        enum husk_err expected;
    } rows[] = {
        { 0, 0xd00dfeec, HUSK_EINVAL },
        { 4, size + 1, HUSK_EINVAL },
        { 4, 39, HUSK_EINVAL },
        { 4, 0, HUSK_EINVAL },
        { 8, structure + 1, HUSK_EINVAL },
        { 8, structure - 4, HUSK_EINVAL },
        { 8, structure + 4, HUSK_EINVAL },
        { 8, size + 4, HUSK_EINVAL },
        { 8, 0xfffffffc, HUSK_EINVAL },
        { 12, size + 1, HUSK_EINVAL },
        { 12, 0xffffffff, HUSK_EINVAL },
        { 16, 44, HUSK_EINVAL },
        { 16, size, HUSK_EINVAL },
        { 16, 0xfffffff8, HUSK_EINVAL },
        { 20, 16, HUSK_EINVAL },
        { 20, 18, HUSK_OK },
        { 24, 17, HUSK_OK },
        { 24, 18, HUSK_EINVAL },
        { 28, 3, HUSK_OK },
        { 32, size, HUSK_EINVAL },
        { 32, 0xffffffff, HUSK_EINVAL },
        { 32, 0, HUSK_EINVAL }, /* names lie outside the strings then */
        { 36, structure_bytes - 4, HUSK_EINVAL },
        { 36, structure_bytes + 4, HUSK_EINVAL },
        { 36, structure_bytes + 1, HUSK_EINVAL },
        { 36, 0, HUSK_EINVAL },
        { 36, 0xfffffffc, HUSK_EINVAL },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        const uint32_t before = peek32(&tree, rows[i].offset);
        struct husk_fdt_board board;

        poke32(&tree, rows[i].offset, rows[i].value);
        if (scan(&tree, &board) != rows[i].expected) {
            fail_msg("header + %zu = %#x", rows[i].offset, rows[i].value);
        }
        poke32(&tree, rows[i].offset, before);
    }
    free(tree.bytes);
}

static void reservations_at_the_very_end__are_read_to_their_terminator(void **state)
{
    static const struct {
        size_t entries; /* 16 bytes each, all that is left of the tree */
        uint64_t base;  /* of the last one */
        enum husk_err expected;
    } rows[] = { { 1, 0, HUSK_OK },
                 { 2, 0, HUSK_OK },
                 { 1, 1, HUSK_EINVAL },
                 { 2, 1, HUSK_EINVAL },
                 { 0, 0, HUSK_EINVAL } };
    struct tree small = small_tree();
    const size_t start = husk_align_up(small.size, 8);

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        static uint8_t bytes[4096];
        struct husk_fdt_board board;
        struct tree tree;

        memset(bytes, 0, sizeof(bytes));
        memcpy(bytes, small.bytes, small.size);
        tree = tree_copy(bytes, start + 16 * rows[i].entries);
        poke32(&tree, 4, (uint32_t)tree.size);
        poke32(&tree, 16, (uint32_t)start);
        if (rows[i].entries > 1) {
            poke32(&tree, start + 12, 0x1000);
        }
        if (rows[i].entries != 0) {
            poke32(&tree, tree.size - 12, (uint32_t)rows[i].base);
        }
        if (scan(&tree, &board) != rows[i].expected) {
            fail_msg("row %zu", i);
        }
        if (rows[i].expected == HUSK_OK) {
            assert_int_equal(board.reserved_count, rows[i].entries - 1);
        }
        free(tree.bytes);
    }
    free(small.bytes);
}

static void total_bytes__is_zero_without_a_sound_header(void **state)
{
    struct tree tree = small_tree();
    static const struct {
        size_t offset;
        uint32_t value;
    } rows[] = { { 0, 0 }, { 4, 39 }, { 20, 16 }, { 24, 18 } };

    (void)state;
    assert_int_equal(husk_fdt_total_bytes(tree.bytes), tree.size);
    assert_int_equal(husk_fdt_total_bytes(NULL), 0);
    assert_int_equal(husk_fdt_total_bytes(tree.bytes + 4), 0);
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        const uint32_t before = peek32(&tree, rows[i].offset);

        poke32(&tree, rows[i].offset, rows[i].value);
        assert_int_equal(husk_fdt_total_bytes(tree.bytes), 0);
        poke32(&tree, rows[i].offset, before);
    }
    poke32(&tree, 4, 40);
    assert_int_equal(husk_fdt_total_bytes(tree.bytes), 40);
    free(tree.bytes);
}

/* A structure block of these words, under a sound header; all names are "method", of "/psci". */
static enum husk_err scan_words_of(const char *strings, uint32_t strings_bytes, size_t count,
                                   const uint32_t *words, struct husk_fdt_board *board)
{
    enum { HEADER = 40, RESERVED = 16, STRINGS = 8 };
    uint8_t bytes[HEADER + RESERVED + STRINGS + 256] = { 0 };
    const uint32_t total = (uint32_t)(HEADER + RESERVED + STRINGS + 4 * count);
    const uint32_t head[] = {
        0xd00dfeed, total,         HEADER + RESERVED + STRINGS, HEADER + RESERVED, HEADER, 17, 16,
        0,          strings_bytes, (uint32_t)(4 * count),
    };
    struct tree tree = tree_copy(bytes, total);
    enum husk_err err;

    for (size_t i = 0; i < HUSK_COUNT(head); i++) {
        poke32(&tree, 4 * i, head[i]);
    }
    memcpy(tree.bytes + HEADER + RESERVED, strings, STRINGS);
    for (size_t i = 0; i < count; i++) {
        poke32(&tree, HEADER + RESERVED + STRINGS + 4 * i, words[i]);
    }
    err = scan(&tree, board);
    free(tree.bytes);
    return err;
}

static enum husk_err scan_words(size_t count, const uint32_t *words, struct husk_fdt_board *board)
{
    return scan_words_of("method\0", 7, count, words, board);
}

static void tokens_out_of_order__are_refused(void **state)
{
    enum { BEGIN = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9, NONE = 0 };
    enum { PSCI = 0x70736369, SMC = 0x736d6300, X = 0x78000000, LONG = 0x78787878 };
    enum { MEMO = 0x6d656d6f };
    static const struct {
        const char *label;
        enum husk_err expected;
        size_t count;
        uint32_t words[24];
    } rows[] = {
        { "bare root", HUSK_OK, 4, { BEGIN, 0, END_NODE, END } },
        { "nops", HUSK_OK, 8, { NOP, BEGIN, 0, NOP, END_NODE, NOP, NOP, END } },
        { "nothing", HUSK_EINVAL, 1, { END } },
        { "no end", HUSK_EINVAL, 3, { BEGIN, 0, END_NODE } },
        { "root left open", HUSK_EINVAL, 3, { BEGIN, 0, END } },
        { "two roots", HUSK_EINVAL, 7, { BEGIN, 0, END_NODE, BEGIN, 0, END_NODE, END } },
        { "closed twice", HUSK_EINVAL, 5, { BEGIN, 0, END_NODE, END_NODE, END } },
        { "end in the middle", HUSK_EINVAL, 5, { BEGIN, 0, END, END_NODE, END } },
        { "end twice", HUSK_EINVAL, 5, { BEGIN, 0, END_NODE, END, END } },
        { "no token", HUSK_EINVAL, 5, { BEGIN, 0, 5, END_NODE, END } },
        { "property before the root", HUSK_EINVAL, 7, { PROP, 0, 0, BEGIN, 0, END_NODE, END } },
        { "property after the root", HUSK_EINVAL, 7, { BEGIN, 0, END_NODE, PROP, 0, 0, END } },
        { "property after a child",
          HUSK_EINVAL,
          11,
          { BEGIN, 0, BEGIN, PSCI, 0, END_NODE, PROP, 0, 0, END_NODE, END } },
        { "property after a skipped child",
          HUSK_EINVAL,
          10,
          { BEGIN, 0, BEGIN, X, END_NODE, PROP, 0, 0, END_NODE, END } },
        { "root's name runs out", HUSK_EINVAL, 3, { BEGIN, LONG, END } },
        { "child's name runs out", HUSK_EINVAL, 5, { BEGIN, 0, BEGIN, LONG, END } },
        { "skipped child's name runs out",
          HUSK_EINVAL,
          7,
          { BEGIN, 0, BEGIN, X, BEGIN, LONG, END } },
        { "a name with an end token in it", HUSK_EINVAL, 5, { BEGIN, 0, BEGIN, X, END } },
        { "value as long as it can", HUSK_OK, 8, { BEGIN, 0, PROP, 4, 0, 9, END_NODE, END } },
        { "value over the last word", HUSK_EINVAL, 8, { BEGIN, 0, PROP, 12, 0, 9, END_NODE, END } },
        { "value up to the last word", HUSK_EINVAL, 8, { BEGIN, 0, PROP, 8, 0, 9, END_NODE, END } },
        { "value of 4 GiB", HUSK_EINVAL, 8, { BEGIN, 0, PROP, 0xffffffff, 0, 9, END_NODE, END } },
        { "value of 4 GiB less 4",
          HUSK_EINVAL,
          8,
          { BEGIN, 0, PROP, 0xfffffffc, 0, 9, END_NODE, END } },
        { "half a property", HUSK_EINVAL, 5, { BEGIN, 0, PROP, 0, END } },
        { "half a property, skipped", HUSK_EINVAL, 7, { BEGIN, 0, BEGIN, X, PROP, 0, END } },
        { "skipped value over the end",
          HUSK_EINVAL,
          11,
          { BEGIN, 0, BEGIN, X, PROP, 16, 0, END_NODE, END_NODE, END, END } },
        { "skipped value with its last byte used",
          HUSK_OK,
          12,
          { BEGIN, 0, BEGIN, X, PROP, 5, 0, 1, 2, END_NODE, END_NODE, END } },
        { "skipped subtree",
          HUSK_OK,
          14,
          { BEGIN, 0, BEGIN, X, NOP, BEGIN, X, PROP, 0, 0, END_NODE, END_NODE, END_NODE, END } },
        { "skipped subtree left open",
          HUSK_EINVAL,
          10,
          { BEGIN, 0, BEGIN, X, BEGIN, X, END_NODE, END_NODE, NOP, END } },
        { "no token in a skipped node", HUSK_EINVAL, 7, { BEGIN, 0, BEGIN, X, 7, END_NODE, END } },
        { "name of a property outside the strings",
          HUSK_EINVAL,
          7,
          { BEGIN, 0, PROP, 0, 7, END_NODE, END } },
        { "name in the last byte of the strings",
          HUSK_OK,
          7,
          { BEGIN, 0, PROP, 0, 6, END_NODE, END } },
        { "memory of a short name",
          HUSK_OK,
          8,
          { BEGIN, 0, BEGIN, MEMO, 0, END_NODE, END_NODE, END } },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        struct husk_fdt_board board;
        enum husk_err err = scan_words(rows[i].count, rows[i].words, &board);

        if (err != rows[i].expected) {
            fail_msg("%s: %d", rows[i].label, err);
        }
    }
}

static void property_names__end_with_the_strings(void **state)
{
    static const uint32_t words[] = { 1, 0, 1, 0x70736369, 0, 3, 4, 0, 0x736d6300, 2, 2, 9 };
    static const uint32_t later[] = { 1, 0, 1, 0x70736369, 0, 3, 4, 1, 0x736d6300, 2, 2, 9 };
    struct husk_fdt_board board;

    (void)state;
    assert_int_equal(scan_words(HUSK_COUNT(words), words, &board), HUSK_OK);
    assert_true(board.psci_smc);
    /* The block ends before the name's terminator, which lies behind it by chance. */
    assert_int_equal(scan_words_of("method\0", 6, HUSK_COUNT(words), words, &board), HUSK_OK);
    assert_false(board.psci_smc);
    assert_int_equal(scan_words_of("xmethod", 8, HUSK_COUNT(later), later, &board), HUSK_OK);
    assert_true(board.psci_smc);
    assert_int_equal(scan_words_of("xmethod", 7, HUSK_COUNT(later), later, &board), HUSK_OK);
    assert_false(board.psci_smc);
    assert_int_equal(scan_words(HUSK_COUNT(later), later, &board), HUSK_OK);
    assert_false(board.psci_smc);
}

static void unaligned_tree__is_refused(void **state)
{
    struct tree tree = small_tree();
    struct husk_fdt_board board;

    (void)state;
    assert_int_equal(husk_fdt_scan(NULL, tree.size, &board), HUSK_EINVAL);
    memmove(tree.bytes + 4, tree.bytes, tree.size - 4);
    assert_int_equal(husk_fdt_scan(tree.bytes + 4, tree.size - 4, &board), HUSK_EINVAL);
    free(tree.bytes);
}

static void tree_in_a_larger_buffer__is_read(void **state)
{
    struct tree tree = small_tree();
    struct husk_fdt_board board;

    (void)state;
    assert_int_equal(husk_fdt_scan(tree.bytes, SIZE_MAX, &board), HUSK_OK);
    assert_int_equal(board.memory_count, 1);
    free(tree.bytes);
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
        cmocka_unit_test(chosen__is_read_or_refused),
        cmocka_unit_test(psci_method__is_smc_only_when_it_says_so),
        cmocka_unit_test(header_that_lies__is_refused),
        cmocka_unit_test(reservations_at_the_very_end__are_read_to_their_terminator),
        cmocka_unit_test(total_bytes__is_zero_without_a_sound_header),
        cmocka_unit_test(tokens_out_of_order__are_refused),
        cmocka_unit_test(property_names__end_with_the_strings),
        cmocka_unit_test(unaligned_tree__is_refused),
        cmocka_unit_test(tree_in_a_larger_buffer__is_read),
    };

    tree_folder = argc > 1 ? argv[1] : ".";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
