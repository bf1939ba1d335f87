// SPDX-License-Identifier: Apache-2.0
/* Header and tokens, one word changed at a time. */
#include "fdt_tree.h"

static uint32_t peek32(const struct tree *tree, size_t offset)
{
    fdt32_t word;

    memcpy(&word, tree->bytes + offset, sizeof(word));
    return fdt32_to_cpu(word);
}

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

static void used_bytes__end_with_the_last_block(void **state)
{
    struct tree tree = small_tree();
    const uint32_t size = (uint32_t)tree.size;
    const uint32_t structure = peek32(&tree, 8);
    const uint32_t structure_bytes = peek32(&tree, 36);
    const uint32_t strings = peek32(&tree, 12);

    (void)state;
    assert_int_equal(strings + peek32(&tree, 32), size);
    poke32(&tree, 4, 0x100000); /* room to grow, which nobody reads */
    assert_int_equal(husk_fdt_used_bytes(tree.bytes), size);
    poke32(&tree, 12, 0);
    poke32(&tree, 32, 40);
    assert_int_equal(husk_fdt_used_bytes(tree.bytes), structure + structure_bytes);
    poke32(&tree, 16, structure + structure_bytes - 8);
    assert_int_equal(husk_fdt_used_bytes(tree.bytes), structure + structure_bytes);
    poke32(&tree, 16, structure + structure_bytes); /* reservations have no size */
    assert_int_equal(husk_fdt_used_bytes(tree.bytes), 0x100000);
    free(tree.bytes);
}

static void used_bytes__are_zero_without_a_sound_header(void **state)
{
    struct tree tree = small_tree();
    const struct {
        size_t offset;
        uint32_t value;
    } rows[] = { { 0, 0 },           { 4, 39 },          { 4, (uint32_t)tree.size - 1 },
                 { 8, 0xfffffffc },  { 20, 16 },         { 24, 18 },
                 { 12, 0xffffffff }, { 32, 0xffffffff }, { 36, 0xfffffffc } };

    (void)state;
    assert_int_equal(husk_fdt_used_bytes(tree.bytes), tree.size);
    assert_int_equal(husk_fdt_used_bytes(NULL), 0);
    assert_int_equal(husk_fdt_used_bytes(tree.bytes + 4), 0);
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        const uint32_t before = peek32(&tree, rows[i].offset);

        poke32(&tree, rows[i].offset, rows[i].value);
        assert_int_equal(husk_fdt_used_bytes(tree.bytes), 0);
        poke32(&tree, rows[i].offset, before);
    }
    for (size_t offset = 8; offset <= 36; offset += 4) { /* blocks that end in the header */
        if (offset != 20 && offset != 24 && offset != 28) {
            poke32(&tree, offset, 19);
        }
    }
    assert_int_equal(husk_fdt_used_bytes(tree.bytes), 0);
    poke32(&tree, 32, 21);
    assert_int_equal(husk_fdt_used_bytes(tree.bytes), 40);
    free(tree.bytes);
}

/* A structure block of these words, under a sound header; all names are "method", of "/psci". */
static enum husk_err scan_words_of(const char *strings, uint32_t strings_bytes, size_t count,
                                   const uint32_t *words, bool *psci_smc)
{
    enum { HEADER = 40, RESERVED = 16, STRINGS = 8 };
    uint8_t bytes[HEADER + RESERVED + STRINGS + 256] = { 0 };
    const uint32_t total = (uint32_t)(HEADER + RESERVED + STRINGS + 4 * count);
    const uint32_t head[] = {
        0xd00dfeed, total,         HEADER + RESERVED + STRINGS, HEADER + RESERVED, HEADER, 17, 16,
        0,          strings_bytes, (uint32_t)(4 * count),
    };
    struct tree tree = tree_copy(bytes, total);
    struct husk_fdt_board board;
    enum husk_err err;

    for (size_t i = 0; i < HUSK_COUNT(head); i++) {
        poke32(&tree, 4 * i, head[i]);
    }
    memcpy(tree.bytes + HEADER + RESERVED, strings, STRINGS);
    for (size_t i = 0; i < count; i++) {
        poke32(&tree, HEADER + RESERVED + STRINGS + 4 * i, words[i]);
    }
    err = scan(&tree, &board);
    *psci_smc = husk_fdt_psci_smc(tree.bytes, tree.size);
    free(tree.bytes);
    return err;
}

static enum husk_err scan_words(size_t count, const uint32_t *words, bool *psci_smc)
{
    return scan_words_of("method\0", 7, count, words, psci_smc);
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
        bool smc;
        enum husk_err err = scan_words(rows[i].count, rows[i].words, &smc);

        if (err != rows[i].expected) {
            fail_msg("%s: %d", rows[i].label, err);
        }
    }
}

static void property_names__end_with_the_strings(void **state)
{
    static const uint32_t words[] = { 1, 0, 1, 0x70736369, 0, 3, 4, 0, 0x736d6300, 2, 2, 9 };
    static const uint32_t later[] = { 1, 0, 1, 0x70736369, 0, 3, 4, 1, 0x736d6300, 2, 2, 9 };
    bool smc;

    (void)state;
    assert_int_equal(scan_words(HUSK_COUNT(words), words, &smc), HUSK_OK);
    assert_true(smc);
    /* The block ends before the name's terminator, which lies behind it by chance. */
    assert_int_equal(scan_words_of("method\0", 6, HUSK_COUNT(words), words, &smc), HUSK_OK);
    assert_false(smc);
    assert_int_equal(scan_words_of("xmethod", 8, HUSK_COUNT(later), later, &smc), HUSK_OK);
    assert_true(smc);
    assert_int_equal(scan_words_of("xmethod", 7, HUSK_COUNT(later), later, &smc), HUSK_OK);
    assert_false(smc);
    assert_int_equal(scan_words(HUSK_COUNT(later), later, &smc), HUSK_OK);
    assert_false(smc);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_that_lies__is_refused),
        cmocka_unit_test(reservations_at_the_very_end__are_read_to_their_terminator),
        cmocka_unit_test(used_bytes__end_with_the_last_block),
        cmocka_unit_test(used_bytes__are_zero_without_a_sound_header),
        cmocka_unit_test(tokens_out_of_order__are_refused),
        cmocka_unit_test(property_names__end_with_the_strings),
        cmocka_unit_test(unaligned_tree__is_refused),
        cmocka_unit_test(tree_in_a_larger_buffer__is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
