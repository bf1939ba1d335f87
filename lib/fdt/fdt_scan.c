// SPDX-License-Identifier: Apache-2.0
/* One pass over the board's tree: only the root, its children and those of /reserved-memory are
 * looked into, all else is skipped by its length. Source: Devicetree Specification v0.4, 3.4
 * "/memory node", 3.5 "/reserved-memory Node", 5.3 "Memory Reservation Block". */
#include "fdt_internal.h"

struct list {
    struct husk_range *ranges;
    size_t max;
    size_t count;
};

struct scan {
    struct walk walk;
    struct list memory;
    struct list reserved;
};

/* Two numbers, of which there are enough cells. */
static struct husk_range take_range(const uint32_t **at, struct cells cells)
{
    struct husk_range range;

    range.base = take_number(at, cells.address);
    range.size_bytes = take_number(at, cells.size);
    return range;
}

static void add(struct walk *walk, struct list *list, struct husk_range range)
{
    if (!husk_range_valid(range)) {
        walk->err = HUSK_EINVAL;
    } else if (range.size_bytes != 0 && list->count == list->max) {
        walk->err = HUSK_ERANGE;
    } else if (range.size_bytes != 0) {
        list->ranges[list->count++] = range;
    }
}

static void add_reg(struct walk *walk, struct list *list, struct value reg, struct cells cells)
{
    const uint32_t *at = reg.data;
    const uint32_t *const end = at + reg.bytes / CELL_BYTES;

    if (!cells_valid(cells.address) || !cells_valid(cells.size) ||
        reg.bytes % ((cells.address + cells.size) * CELL_BYTES) != 0) {
        walk->err = HUSK_EINVAL;
    }
    while (walk->err == HUSK_OK && at != end) {
        add(walk, list, take_range(&at, cells));
    }
}

/* RAM, where the node at hand says that it is some; or what is taken from it. */
static void read_ranges(struct walk *walk, struct list *list, struct cells cells, bool wanted)
{
    struct value reg = { NULL, 0 };
    bool disabled = false;

    while (husk_fdt_property(walk)) {
        if (husk_fdt_is(&walk->name, "reg")) {
            reg = walk->value;
        } else if (husk_fdt_is(&walk->name, "device_type")) {
            wanted |= husk_fdt_is(&walk->value, "memory");
        } else if (husk_fdt_is(&walk->name, "status")) {
            disabled = !husk_fdt_is(&walk->value, "okay") && !husk_fdt_is(&walk->value, "ok");
        }
    }
    if (reg.bytes != 0 && !disabled && wanted) {
        add_reg(walk, list, reg, cells);
    }
}

static void read_reserved(struct walk *walk, struct list *reserved)
{
    const struct cells cells = husk_fdt_cells(walk);

    while (husk_fdt_child(walk)) {
        read_ranges(walk, reserved, cells, true);
        husk_fdt_leave(walk);
    }
}

/* A child of the root. The first letter decides for nearly all of them. */
static void read_child(struct scan *scan, struct cells cells)
{
    struct walk *const walk = &scan->walk;
    const char *const name = walk->name.data;

    if (*name == 'm' &&
        (husk_fdt_is(&walk->name, "memory") || husk_fdt_starts(&walk->name, "memory@"))) {
        read_ranges(walk, &scan->memory, cells, false);
    } else if (*name == 'r' && husk_fdt_is(&walk->name, "reserved-memory")) {
        read_reserved(walk, &scan->reserved);
    } else {
        husk_fdt_skip(walk);
        return;
    }
    husk_fdt_leave(walk);
}

/* The memory reservation block: pairs of 64-bit numbers, ended by a pair of zeros. */
static void read_reservations(struct scan *scan, const uint32_t *tree)
{
    const size_t used = husk_fdt_used_bytes(tree);
    size_t offset = be32(tree + HEAD_OFF_RESERVED);
    struct husk_range range;

    do {
        const uint32_t *at;

        if (!husk_is_aligned(offset, sizeof(uint64_t)) || offset + sizeof(range) > used) {
            scan->walk.err = HUSK_EINVAL;
            return;
        }
        at = tree + offset / sizeof(*at);
        range = take_range(&at, (struct cells){ 2, 2 });
        add(&scan->walk, &scan->reserved, range);
        offset += sizeof(range);
    } while (range.base != 0 || range.size_bytes != 0);
}

enum husk_err husk_fdt_scan(const void *dtb, size_t max_bytes, struct husk_fdt_board *board)
{
    struct scan scan;
    struct cells cells;

    if (husk_fdt_open(&scan.walk, dtb, max_bytes) != HUSK_OK) {
        return HUSK_EINVAL;
    }
    scan.memory = (struct list){ board->memory, HUSK_FDT_MEMORY_MAX, 0 };
    scan.reserved = (struct list){ board->reserved, HUSK_FDT_RESERVED_MAX, 0 };
    read_reservations(&scan, dtb);
    cells = husk_fdt_cells(&scan.walk);
    while (husk_fdt_child(&scan.walk)) {
        read_child(&scan, cells);
    }
    board->memory_count = scan.memory.count;
    board->reserved_count = scan.reserved.count;
    return husk_fdt_close(&scan.walk);
}
