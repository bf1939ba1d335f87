// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h> /* needs what is above */

/* A tree, written token by token. */
struct writer {
    _Alignas(8) uint8_t data[1024];
    size_t length;
};
/* 40-byte header, one empty reservation, strings; the structure block last, so that whatever runs
 * past it leaves the tree. */
enum { STRINGS = 56, STRUCTURE = 104 };
static const char strings[] = "#address-cells\0#size-cells\0reg\0device_type";
_Static_assert(STRINGS + sizeof(strings) <= STRUCTURE, "the blocks overlap");
enum { ADDRESS_CELLS = 0, SIZE_CELLS = 15, REG = 27, DEVICE_TYPE = 31 };

static void put32_at(struct writer *w, size_t at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++) {
        w->data[at + i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static void put32(struct writer *w, uint32_t value)
{
    put32_at(w, w->length, value);
    w->length += 4;
}

static void begin(struct writer *w, const char *name)
{
    put32(w, 1);
    strcpy((char *)w->data + w->length, name);
    w->length = husk_align_up(w->length + strlen(name) + 1, 4);
}

static void prop(struct writer *w, uint32_t name, const uint32_t *cells, uint32_t count)
{
    put32(w, 3);
    put32(w, count * 4);
    put32(w, name);
    for (uint32_t i = 0; i < count; i++) {
        put32(w, cells[i]);
    }
}

static void start_tree(struct writer *w, uint32_t address_cells, uint32_t size_cells)
{
    memset(w, 0, sizeof(*w));
    w->length = STRUCTURE;
    memcpy(w->data + STRINGS, strings, sizeof(strings));
    begin(w, "");
    prop(w, ADDRESS_CELLS, &address_cells, 1);
    prop(w, SIZE_CELLS, &size_cells, 1);
}

static void end_tree(struct writer *w)
{
    put32(w, 2);
    put32(w, 9);
    put32_at(w, 0, 0xD00DFEED);
    put32_at(w, 4, (uint32_t)w->length);
    put32_at(w, 8, STRUCTURE);
    put32_at(w, 12, STRINGS);
    put32_at(w, 16, 40);
    put32_at(w, 20, 17);
    put32_at(w, 24, 16);
    put32_at(w, 32, sizeof(strings));
    put32_at(w, 36, (uint32_t)(w->length - STRUCTURE));
}

static void virt_tree(struct writer *w)
{
    const uint32_t other[] = { 0, 0x09000000, 0, 0x1000 };
    const uint32_t memory[] = { 0, 0x40000000, 0, 0x04000000 };

    start_tree(w, 2, 2);
    begin(w, "pl011@9000000");
    prop(w, REG, other, 4);
    put32(w, 4); /* NOP */
    put32(w, 2);
    begin(w, "memory@40000000");
    prop(w, DEVICE_TYPE, other, 2);
    prop(w, REG, memory, 4);
    put32(w, 2);
    end_tree(w);
}

static void memory_node__gives_ram(void **state)
{
    struct writer w;

    (void)state;
    virt_tree(&w);
    assert_int_equal(husk_uk_dtb_ram_bytes(w.data, 0x40000000), 0x04000000);
    assert_int_equal(husk_uk_dtb_ram_bytes(w.data, 0x40200000), 0x03E00000);
    assert_int_equal(husk_uk_dtb_ram_bytes(w.data, 0x48000000), 0);
    assert_int_equal(husk_uk_dtb_ram_bytes(w.data, 0x09000000), 0); /* not a memory node */
    assert_int_equal(husk_uk_dtb_bytes(w.data), w.length);
}

static void small_cells_and_many_ranges__are_read(void **state)
{
    const uint32_t memory[] = { 0x10000000, 0x1000, 0x40000000, 0x00800000, 0x80000000, 0x1000 };
    struct writer w;

    (void)state;
    start_tree(&w, 1, 1);
    begin(&w, "memory@10000000");
    prop(&w, REG, memory, 6);
    put32(&w, 2);
    end_tree(&w);
    assert_int_equal(husk_uk_dtb_ram_bytes(w.data, 0x40000000), 0x00800000);
}

static void nested_memory__is_not_ram(void **state)
{
    const uint32_t memory[] = { 0, 0x40000000, 0, 0x1000 };
    struct writer w;

    (void)state;
    start_tree(&w, 2, 2);
    begin(&w, "reserved-memory");
    begin(&w, "memory@40000000");
    prop(&w, REG, memory, 4);
    put32(&w, 2);
    put32(&w, 2);
    end_tree(&w);
    assert_int_equal(husk_uk_dtb_ram_bytes(w.data, 0x40000000), 0);
}

static void no_tree__gives_nothing(void **state)
{
    _Alignas(8) uint8_t zeros[64] = { 0 };

    (void)state;
    assert_int_equal(husk_uk_dtb_ram_bytes(NULL, 0x40000000), 0);
    assert_int_equal(husk_uk_dtb_ram_bytes(zeros, 0x40000000), 0);
    assert_int_equal(husk_uk_dtb_bytes(NULL), 0);
    assert_int_equal(husk_uk_dtb_bytes(zeros), 0);
}

/* Every word of a valid tree replaced by awkward values, in a block of exactly the tree's size:
 * AddressSanitizer sees any read outside. */
static void damaged_tree__is_never_read_outside(void **state)
{
    static const uint32_t values[] = { 0,          1,       2,          3,          4,
                                       9,          0xFF,    0x7FFFFFFF, 0x80000000, 0xFFFFFFFC,
                                       0xFFFFFFFF, STRINGS, 16,         0x40,       0x80,
                                       0xC0,       1023,    STRUCTURE };
    struct writer w;
    size_t total;

    (void)state;
    virt_tree(&w);
    total = (size_t)husk_uk_dtb_bytes(w.data);
    for (size_t at = 0; at + 4 <= total; at += 4) {
        for (size_t i = 0; i < HUSK_COUNT(values); i++) {
            struct writer damaged = w;
            uint8_t *block;

            if (at == 4 && values[i] > total) {
                continue; /* totalsize is the loader's promise */
            }
            put32_at(&damaged, at, values[i]);
            block = malloc(total);
            memcpy(block, damaged.data, total);
            (void)husk_uk_dtb_ram_bytes(block, 0x40000000);
            (void)husk_uk_dtb_ram_bytes(block, 0x50000000); /* walks to the end */
            free(block);
        }
    }
}

static void tree_in_free_memory__leaves_the_larger_part(void **state)
{
    static const struct {
        struct husk_range free, taken, left;
    } rows[] = {
        { { 0x1000, 0x9000 }, { 0, 0 }, { 0x1000, 0x9000 } },
        { { 0x1000, 0x9000 }, { 0x20000, 0x1000 }, { 0x1000, 0x9000 } },
        { { 0x1000, 0x9000 }, { 0x2000, 0x1000 }, { 0x3000, 0x7000 } },
        { { 0x1000, 0x9000 }, { 0x8000, 0x1000 }, { 0x1000, 0x7000 } },
        { { 0x1000, 0x9000 }, { 0x0800, 0x1000 }, { 0x1800, 0x8800 } },
        { { 0x1000, 0x9000 }, { 0x9800, 0x1000 }, { 0x1000, 0x8800 } },
        { { 0x1000, 0x9000 }, { 0x0800, 0x10000 }, { 0x1000, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        const struct husk_range left = husk_uk_range_without(rows[i].free, rows[i].taken);

        assert_int_equal(left.base, rows[i].left.base);
        assert_int_equal(left.size_bytes, rows[i].left.size_bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_node__gives_ram),
        cmocka_unit_test(small_cells_and_many_ranges__are_read),
        cmocka_unit_test(nested_memory__is_not_ram),
        cmocka_unit_test(no_tree__gives_nothing),
        cmocka_unit_test(damaged_tree__is_never_read_outside),
        cmocka_unit_test(tree_in_free_memory__leaves_the_larger_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
