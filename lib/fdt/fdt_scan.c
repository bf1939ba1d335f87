// SPDX-License-Identifier: Apache-2.0
/* One pass over the board's tree: only the root, its children and those of /reserved-memory are
 * looked into, all else is skipped by its length. Source: Devicetree Specification v0.4, 3.4
 * "/memory node", 3.5 "/reserved-memory Node", 5.3 "Memory Reservation Block". */
#include "fdt_internal.h"

struct list {
    struct husk_range *ranges;
    size_t *count;
    size_t max;
};

/* Two numbers, of which there are enough cells. */
static struct husk_range take_range(const uint32_t **at, struct cells cells)
{
    struct husk_range range;

    range.base = take_number(at, cells.address);
    range.size_bytes = take_number(at, cells.size);
    return range;
}

static void add(struct walk *walk, const struct list *list, struct husk_range range)
{
    if (!husk_range_valid(range)) {
        walk->err = HUSK_EINVAL;
    } else if (range.size_bytes != 0 && *list->count == list->max) {
        walk->err = HUSK_ERANGE;
    } else if (range.size_bytes != 0) {
        list->ranges[(*list->count)++] = range;
    }
}

/* RAM, where the node at hand says by its device_type that it is some; or what is taken from it. */
static void read_ranges(struct walk *walk, const struct list *list, struct cells cells, bool wanted)
{
    const uint32_t *at = NULL;
    uint32_t bytes = 0;
    bool disabled = false;

    while (husk_fdt_property(walk)) {
        if (husk_fdt_is(&walk->name, "reg")) {
            at = walk->value.data;
            bytes = walk->value.bytes;
        } else if (husk_fdt_is(&walk->name, "device_type")) {
            wanted |= husk_fdt_is(&walk->value, "memory");
        } else if (husk_fdt_is(&walk->name, "status")) {
            disabled = !husk_fdt_is(&walk->value, "okay") && !husk_fdt_is(&walk->value, "ok");
        }
    }
    husk_fdt_leave(walk);
    if (bytes == 0 || disabled || !wanted) {
        return;
    }
    if (!cells_valid(cells.address) || !cells_valid(cells.size) ||
        bytes % ((cells.address + cells.size) * CELL_BYTES) != 0) {
        walk->err = HUSK_EINVAL;
    }
    for (const uint32_t *const end = at + bytes / CELL_BYTES; walk->err == HUSK_OK && at != end;) {
        add(walk, list, take_range(&at, cells));
    }
}

static void read_reserved(struct walk *walk, const struct list *reserved)
{
    const struct cells cells = husk_fdt_cells(walk);

    while (husk_fdt_child(walk)) {
        read_ranges(walk, reserved, cells, true);
    }
}

/* The memory reservation block: pairs of 64-bit numbers, ended by a pair of zeros. */
static void read_reservations(struct walk *walk, const struct list *reserved, const uint32_t *tree)
{
    const size_t used = husk_fdt_used_bytes(tree);
    size_t offset = be32(tree + HEAD_OFF_RESERVED);
    struct husk_range range;

    do {
        const uint32_t *at = tree + offset / sizeof(*at);

        if (!husk_is_aligned(offset, sizeof(uint64_t)) || offset + sizeof(range) > used) {
            walk->err = HUSK_EINVAL;
            return;
        }
        range = take_range(&at, (struct cells){ 2, 2 });
        add(walk, reserved, range);
        offset += sizeof(range);
    } while (range.base != 0 || range.size_bytes != 0);
}

enum husk_err husk_fdt_scan(const void *dtb, size_t max_bytes, struct husk_fdt_board *board)
{
    const struct list memory = { board->memory, &board->memory_count, HUSK_FDT_MEMORY_MAX };
    const struct list reserved = { board->reserved, &board->reserved_count, HUSK_FDT_RESERVED_MAX };
    struct walk walk;
    struct cells cells;

    if (husk_fdt_open(&walk, dtb, max_bytes) != HUSK_OK) {
        return HUSK_EINVAL;
    }
    board->memory_count = 0;
    board->reserved_count = 0;
    read_reservations(&walk, &reserved, dtb);
    cells = husk_fdt_cells(&walk);
    while (husk_fdt_child(&walk)) { /* each is left by whoever reads it */
        if (husk_fdt_is_node(&walk, "memory")) {
            read_ranges(&walk, &memory, cells, false);
        } else if (husk_fdt_is_node(&walk, "reserved-memory")) {
            read_reserved(&walk, &reserved);
        } else {
            husk_fdt_leave(&walk);
        }
    }
    return husk_fdt_close(&walk);
}
