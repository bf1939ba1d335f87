// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h> /* needs what is above */

/* A tree, written token by token. */
struct writer {
    _Alignas(8) uint8_t data[2048];
    size_t length;
};
/* 40-byte header, one empty reservation, strings; the structure block last, so that whatever runs
 * past it leaves the tree. */
enum { STRINGS = 56, STRUCTURE = 128 };
static const char strings[] =
    "#address-cells\0#size-cells\0reg\0device_type\0compatible\0interrupts";
_Static_assert(STRINGS + sizeof(strings) <= STRUCTURE, "the blocks overlap");
enum {
    ADDRESS_CELLS = 0,
    SIZE_CELLS = 15,
    REG = 27,
    DEVICE_TYPE = 31,
    COMPATIBLE = 43,
    INTERRUPTS = 54,
};

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

/* `text` with its terminator; more of them inside. */
static void prop_text(struct writer *w, uint32_t name, const char *text, uint32_t bytes)
{
    put32(w, 3);
    put32(w, bytes);
    put32(w, name);
    memcpy(w->data + w->length, text, bytes);
    w->length = husk_align_up(w->length + bytes, 4);
}
#define TEXT(w, name, text) prop_text(w, name, text, sizeof(text))

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

/* As a board with a GICv2 has it that is not QEMU's virt; properties in an odd order. */
static void board_tree(struct writer *w)
{
    const uint32_t gic[] = { 0, 0xff841000, 0, 0x1000, 0, 0xff842000, 0, 0x2000 };
    const uint32_t uart[] = { 0, 0xfe201000, 0, 0x200 };
    const uint32_t other[] = { 0, 0xfe201400, 0, 0x200 };
    const uint32_t spi[] = { 0, 121, 4 };

    start_tree(w, 2, 2);
    begin(w, "interrupt-controller@ff841000");
    prop(w, REG, gic, 8);
    TEXT(w, COMPATIBLE, "vendor,gic\0arm,gic-400");
    begin(w, "v2m@0"); /* a child's properties are not its parent's */
    prop(w, REG, other, 4);
    put32(w, 2);
    put32(w, 2);
    begin(w, "pl011@fe201000");
    prop(w, INTERRUPTS, spi, 3);
    TEXT(w, COMPATIBLE, "arm,pl011\0arm,primecell");
    prop(w, REG, uart, 4);
    put32(w, 2);
    begin(w, "pl011@fe201400"); /* not the first */
    TEXT(w, COMPATIBLE, "arm,pl011");
    prop(w, REG, other, 4);
    prop(w, INTERRUPTS, spi, 3);
    put32(w, 2);
    end_tree(w);
}

static void gic_and_uart__are_the_trees(void **state)
{
    static const struct husk_uk_machine virt = HUSK_UK_MACHINE;
    struct husk_uk_machine machine = virt;
    struct writer w;

    (void)state;
    board_tree(&w);
    husk_uk_dtb_machine(w.data, &machine);
    assert_int_equal(machine.gicd.base, 0xff841000);
    assert_int_equal(machine.gicc.base, 0xff842000);
    assert_int_equal(machine.gicc.size_bytes, 0x2000);
    assert_int_equal(machine.gicr.base, virt.gicr.base);
    assert_int_equal(machine.uart.base, 0xfe201000);
    assert_int_equal(machine.uart.size_bytes, 0x200);
    assert_int_equal(machine.uart_intid, 153);
}

static void gicv3__has_redistributors(void **state)
{
    const uint32_t gic[] = { 0x10000000, 0x10000, 0x20000000, 0x40000 };
    struct husk_uk_machine machine = HUSK_UK_MACHINE;
    struct writer w;

    (void)state;
    start_tree(&w, 1, 1);
    begin(&w, "intc");
    TEXT(&w, COMPATIBLE, "arm,gic-v3");
    prop(&w, REG, gic, 4);
    put32(&w, 2);
    end_tree(&w);
    husk_uk_dtb_machine(w.data, &machine);
    assert_int_equal(machine.gicd.base, 0x10000000);
    assert_int_equal(machine.gicr.base, 0x20000000);
    assert_int_equal(machine.gicr.size_bytes, 0x40000);
    assert_int_equal(machine.gicc.base, 0x08010000);
}

/* Each leaves the machine as it was. */
static void what_makes_no_sense__changes_nothing(void **state)
{
    static const struct {
        const char *compatible;
        uint32_t compatible_bytes, reg_cells, type, spi, interrupt_cells;
    } rows[] = {
        { "arm,pl0112", 11, 4, 0, 121, 3 },                                    /* another device */
        { "arm,pl01", 9, 4, 0, 121, 3 },    { "arm,pl011", 9, 4, 0, 121, 3 },  /* no terminator */
        { "xarm,pl011", 11, 4, 0, 121, 3 }, { "arm,pl011", 10, 3, 0, 121, 3 }, /* half an address */
        { "arm,pl011", 10, 4, 1, 11, 3 },                                      /* a PPI */
        { "arm,pl011", 10, 4, 0, 256, 3 }, /* beyond what there are handlers for */
        { "arm,pl011", 10, 4, 0, 121, 2 }, /* half an interrupt */
        { "arm,gic-400", 12, 4, 0, 0, 0 }, /* no CPU interface */
        { "arm,gic-v3", 11, 7, 0, 0, 0 },
    };
    static const struct husk_uk_machine virt = HUSK_UK_MACHINE;

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        const uint32_t reg[] = { 0, 0xfe201000, 0, 0x200, 0, 0xfe202000, 0, 0x200 };
        const uint32_t interrupts[] = { rows[i].type, rows[i].spi, 4 };
        struct husk_uk_machine machine = virt;
        struct writer w;

        start_tree(&w, 2, 2);
        begin(&w, "device");
        prop_text(&w, COMPATIBLE, rows[i].compatible, rows[i].compatible_bytes);
        prop(&w, REG, reg, rows[i].reg_cells);
        prop(&w, INTERRUPTS, interrupts, rows[i].interrupt_cells);
        put32(&w, 2);
        end_tree(&w);
        husk_uk_dtb_machine(w.data, &machine);
        assert_memory_equal(&machine, &virt, sizeof(virt));
    }
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
static void damage(void (*make)(struct writer *))
{
    static const uint32_t values[] = { 0,          1,       2,          3,          4,
                                       9,          0xFF,    0x7FFFFFFF, 0x80000000, 0xFFFFFFFC,
                                       0xFFFFFFFF, STRINGS, 16,         0x40,       0x80,
                                       0xC0,       1023,    STRUCTURE };
    struct husk_uk_machine machine = HUSK_UK_MACHINE;
    struct writer w;
    size_t total;

    make(&w);
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
            husk_uk_dtb_machine(block, &machine); /* walks to the end */
            free(block);
        }
    }
}

static void damaged_tree__is_never_read_outside(void **state)
{
    (void)state;
    damage(virt_tree);
    damage(board_tree);
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
        cmocka_unit_test(gic_and_uart__are_the_trees),
        cmocka_unit_test(gicv3__has_redistributors),
        cmocka_unit_test(what_makes_no_sense__changes_nothing),
        cmocka_unit_test(small_cells_and_many_ranges__are_read),
        cmocka_unit_test(nested_memory__is_not_ram),
        cmocka_unit_test(no_tree__gives_nothing),
        cmocka_unit_test(damaged_tree__is_never_read_outside),
        cmocka_unit_test(tree_in_free_memory__leaves_the_larger_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
