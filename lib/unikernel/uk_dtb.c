// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"

/* Devicetree Specification v0.4, 5.2 "Header" and 5.4 "Structure Block". */
enum { TOKEN_BEGIN = 1, TOKEN_END = 2, TOKEN_PROP = 3, TOKEN_NOP = 4 };
enum { HEADER_BYTES = 40 };
static const uint32_t spi_first = 32;
static const uint32_t magic = 0xD00DFEED;
/* More than any tree we are given; bounds the walk before a wrong header can. */
static const uint32_t tree_bytes_max = 2 * 1024 * 1024;

/* A child of the root; its properties may come in any order. */
enum kind { KIND_OTHER, KIND_MEMORY, KIND_GICV2, KIND_GICV3, KIND_UART };
struct value {
    const uint8_t *data;
    uint32_t bytes;
};
struct node {
    enum kind kind;
    struct value reg, interrupts;
};

struct tree {
    const uint8_t *base;
    uint32_t pos, end;                  /* structure block */
    uint32_t strings, strings_end;      /* strings block */
    uint32_t address_cells, size_cells; /* of the root node */
    struct node node;
    uint64_t wanted;      /* address to look for */
    uint64_t found_bytes; /* from there to its range's end */
    struct husk_uk_machine machine;
    bool has_uart;
};

static uint32_t read32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t read_cells(const uint8_t *p, uint32_t cells)
{
    return cells == 2 ? (uint64_t)read32(p) << 32 | read32(p + 4) : read32(p);
}

static bool starts_with(const uint8_t *p, uint32_t room, const char *text)
{
    uint32_t i = 0;

    for (; text[i] != '\0'; i++) {
        if (i >= room || p[i] != (uint8_t)text[i]) {
            return false;
        }
    }
    return true;
}

static bool is_named(const struct tree *t, uint32_t offset, const char *name)
{
    uint32_t length = 0;

    if (offset >= t->strings_end - t->strings) {
        return false;
    }
    while (name[length] != '\0') {
        length++;
    }
    offset += t->strings;
    return starts_with(t->base + offset, t->strings_end - offset, name) &&
           offset + length < t->strings_end && t->base[offset + length] == 0;
}

/* Pair `index` (address, size) of a node's reg. False: there is none. */
static bool reg_pair(const struct tree *t, uint32_t index, struct husk_range *range)
{
    const uint32_t bytes = (t->address_cells + t->size_cells) * 4;
    const uint8_t *pair;

    if (t->address_cells - 1 > 1 || t->size_cells - 1 > 1 || t->node.reg.bytes / bytes <= index) {
        return false; /* neither 1 nor 2 cells; or no such pair */
    }
    pair = t->node.reg.data + (size_t)index * bytes;
    range->base = read_cells(pair, t->address_cells);
    range->size_bytes = read_cells(pair + (size_t)t->address_cells * 4, t->size_cells);
    return true;
}

static void take_memory(struct tree *t)
{
    struct husk_range range;

    for (uint32_t i = 0; reg_pair(t, i, &range); i++) {
        if (husk_range_contains(range, t->wanted, 1)) {
            t->found_bytes = range.base + range.size_bytes - t->wanted;
        }
    }
}

/* Distributor, then redistributors or CPU interface. */
static void take_gic(struct tree *t)
{
    struct husk_range gicd, second;

    if (reg_pair(t, 0, &gicd) && reg_pair(t, 1, &second)) {
        t->machine.gicd = gicd;
        *(t->node.kind == KIND_GICV2 ? &t->machine.gicc : &t->machine.gicr) = second;
    }
}

/* The first one, with an SPI: cells 0, number, flags. */
static void take_uart(struct tree *t)
{
    const struct value *const irq = &t->node.interrupts;
    struct husk_range range;

    if (!t->has_uart && reg_pair(t, 0, &range) && irq->bytes >= 12 && read32(irq->data) == 0 &&
        read32(irq->data + 4) < HUSK_UK_INTID_COUNT - spi_first) {
        t->machine.uart = range;
        t->machine.uart_intid = spi_first + read32(irq->data + 4);
        t->has_uart = true;
    }
}

/* All properties of the node have been seen: its children or its end follow. */
static void take_node(struct tree *t)
{
    switch (t->node.kind) {
    case KIND_OTHER:
        break;
    case KIND_MEMORY:
        take_memory(t);
        break;
    case KIND_GICV2:
    case KIND_GICV3:
        take_gic(t);
        break;
    case KIND_UART:
        take_uart(t);
        break;
    }
    t->node = (struct node){ .kind = KIND_OTHER };
}

/* True when one of the strings in `list` is `text`. */
static bool lists(struct value list, const char *text)
{
    uint32_t length = 0;

    while (text[length] != '\0') {
        length++;
    }
    for (uint32_t i = 0; i < list.bytes; i++) {
        if ((i == 0 || list.data[i - 1] == 0) && starts_with(list.data + i, list.bytes - i, text) &&
            length < list.bytes - i && list.data[i + length] == 0) {
            return true;
        }
    }
    return false;
}

static enum kind kind_of(struct value compatible)
{
    if (lists(compatible, "arm,gic-v3")) {
        return KIND_GICV3;
    }
    if (lists(compatible, "arm,cortex-a15-gic") || lists(compatible, "arm,gic-400")) {
        return KIND_GICV2;
    }
    return lists(compatible, "arm,pl011") ? KIND_UART : KIND_OTHER;
}

/* Takes the property at t->pos (past its token). False: the tree contradicts itself. */
static bool take_property(struct tree *t, unsigned depth)
{
    struct value value;
    uint32_t name;

    if (t->end - t->pos < 8) {
        return false;
    }
    value.bytes = read32(t->base + t->pos);
    name = read32(t->base + t->pos + 4);
    t->pos += 8;
    if (value.bytes > t->end - t->pos) {
        return false;
    }
    value.data = t->base + t->pos;
    t->pos += value.bytes;
    if (depth == 1 && value.bytes == 4 && is_named(t, name, "#address-cells")) {
        t->address_cells = read32(value.data);
    } else if (depth == 1 && value.bytes == 4 && is_named(t, name, "#size-cells")) {
        t->size_cells = read32(value.data);
    } else if (depth == 2 && is_named(t, name, "reg")) {
        t->node.reg = value;
    } else if (depth == 2 && is_named(t, name, "interrupts")) {
        t->node.interrupts = value;
    } else if (depth == 2 && t->node.kind == KIND_OTHER && is_named(t, name, "compatible")) {
        t->node.kind = kind_of(value);
    }
    return true;
}

/* A node begins or ends: the one whose properties came before is complete. */
static void take_begin(struct tree *t, unsigned depth)
{
    take_node(t);
    if (depth == 2 && starts_with(t->base + t->pos, t->end - t->pos, "memory@")) {
        t->node.kind = KIND_MEMORY;
    }
    while (t->pos < t->end && t->base[t->pos] != 0) {
        t->pos++;
    }
    t->pos++;
}

/* Walks the structure block, up to the first memory range that fits. */
static void walk(struct tree *t)
{
    unsigned depth = 0;

    while (t->found_bytes == 0) {
        uint32_t token;

        t->pos = (t->pos + 3) & ~UINT32_C(3);
        if (t->pos > t->end || t->end - t->pos < 4) {
            return;
        }
        token = read32(t->base + t->pos);
        t->pos += 4;
        if (token == TOKEN_BEGIN) {
            take_begin(t, ++depth);
        } else if (token == TOKEN_END && depth > 0) {
            take_node(t);
            depth--;
        } else if (token == TOKEN_PROP) {
            if (!take_property(t, depth)) {
                return;
            }
        } else if (token != TOKEN_NOP) {
            return;
        }
    }
}

uint64_t husk_uk_dtb_bytes(const void *dtb)
{
    const uint8_t *const p = dtb;
    uint32_t total;

    if (p == NULL || ((uintptr_t)p & 3) != 0 || read32(p) != magic) {
        return 0;
    }
    total = read32(p + 4);
    return total < HEADER_BYTES || total > tree_bytes_max ? 0 : total;
}

/* Finds the blocks of a tree. False: there is none. */
static bool open_tree(struct tree *t, const void *dtb)
{
    const uint8_t *const p = dtb;
    const uint64_t total = husk_uk_dtb_bytes(dtb);
    uint64_t structure_end, strings_end;

    if (total == 0 || read32(p + 20) < 16) {
        return false;
    }
    t->base = p;
    t->pos = read32(p + 8);
    t->strings = read32(p + 12);
    strings_end = (uint64_t)t->strings + read32(p + 32);
    structure_end = read32(p + 20) >= 17 ? (uint64_t)t->pos + read32(p + 36) : total;
    if (strings_end > total || structure_end > total) {
        return false;
    }
    t->strings_end = (uint32_t)strings_end;
    t->end = (uint32_t)structure_end;
    return true;
}

uint64_t husk_uk_dtb_ram_bytes(const void *dtb, uint64_t ram_base)
{
    struct tree t = { .address_cells = 2, .size_cells = 1, .wanted = ram_base };

    if (open_tree(&t, dtb)) {
        walk(&t);
    }
    return t.found_bytes;
}

void husk_uk_dtb_machine(const void *dtb, struct husk_uk_machine *machine)
{
    struct tree t = {
        .address_cells = 2, .size_cells = 1, .wanted = UINT64_MAX, .machine = *machine
    };

    if (open_tree(&t, dtb)) {
        walk(&t);
        *machine = t.machine;
    }
}

struct husk_range husk_uk_range_without(struct husk_range free, struct husk_range taken)
{
    const uint64_t free_end = free.base + free.size_bytes;
    const uint64_t taken_end = taken.base + taken.size_bytes;
    struct husk_range below = { free.base, 0 };
    struct husk_range above = { free_end, 0 };

    if (!husk_ranges_overlap(free, taken)) {
        return free;
    }
    if (taken.base > free.base) {
        below.size_bytes = taken.base - free.base;
    }
    if (taken_end < free_end) {
        above = (struct husk_range){ taken_end, free_end - taken_end };
    }
    return above.size_bytes > below.size_bytes ? above : below;
}
