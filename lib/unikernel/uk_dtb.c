// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"

/* Devicetree Specification v0.4, 5.2 "Header" and 5.4 "Structure Block". */
enum { TOKEN_BEGIN = 1, TOKEN_END = 2, TOKEN_PROP = 3, TOKEN_NOP = 4 };
enum { HEADER_BYTES = 40 };
static const uint32_t magic = 0xD00DFEED;
/* More than any tree we are given; bounds the walk before a wrong header can. */
static const uint32_t tree_bytes_max = 2 * 1024 * 1024;

struct tree {
    const uint8_t *base;
    uint32_t pos, end;                  /* structure block */
    uint32_t strings, strings_end;      /* strings block */
    uint32_t address_cells, size_cells; /* of the root node */
    uint64_t wanted;                    /* address to look for */
    uint64_t found_bytes;               /* from there to its range's end */
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

/* One "reg" of a memory node: (address, size) pairs. */
static void look_in_reg(struct tree *t, const uint8_t *value, uint32_t value_bytes)
{
    const uint32_t pair_bytes = (t->address_cells + t->size_cells) * 4;

    for (; value_bytes >= pair_bytes; value += pair_bytes, value_bytes -= pair_bytes) {
        const struct husk_range range = {
            .base = read_cells(value, t->address_cells),
            .size_bytes = read_cells(value + (size_t)t->address_cells * 4, t->size_cells),
        };

        if (husk_range_contains(range, t->wanted, 1)) {
            t->found_bytes = range.base + range.size_bytes - t->wanted;
        }
    }
}

/* Takes the property at t->pos (past its token). False: the tree contradicts itself. */
static bool take_property(struct tree *t, unsigned depth, bool in_memory)
{
    uint32_t value_bytes, name;
    const uint8_t *value;

    if (t->end - t->pos < 8) {
        return false;
    }
    value_bytes = read32(t->base + t->pos);
    name = read32(t->base + t->pos + 4);
    t->pos += 8;
    if (value_bytes > t->end - t->pos) {
        return false;
    }
    value = t->base + t->pos;
    t->pos += value_bytes;
    if (depth == 1 && value_bytes == 4 && is_named(t, name, "#address-cells")) {
        t->address_cells = read32(value);
    } else if (depth == 1 && value_bytes == 4 && is_named(t, name, "#size-cells")) {
        t->size_cells = read32(value);
    } else if (in_memory && is_named(t, name, "reg")) {
        if (t->address_cells - 1 > 1 || t->size_cells - 1 > 1) {
            return false; /* neither 1 nor 2 cells */
        }
        look_in_reg(t, value, value_bytes);
    }
    return true;
}

/* Walks the structure block, stopping at the first memory range that fits. */
static void walk(struct tree *t)
{
    unsigned depth = 0;
    bool in_memory = false;

    while (t->found_bytes == 0) {
        uint32_t token;

        t->pos = (t->pos + 3) & ~UINT32_C(3);
        if (t->pos > t->end || t->end - t->pos < 4) {
            return;
        }
        token = read32(t->base + t->pos);
        t->pos += 4;
        if (token == TOKEN_BEGIN) {
            in_memory = ++depth == 2 && (starts_with(t->base + t->pos, t->end - t->pos, "memory@"));
            while (t->pos < t->end && t->base[t->pos] != 0) {
                t->pos++;
            }
            t->pos++;
        } else if (token == TOKEN_END && depth > 0) {
            depth--;
            in_memory = false;
        } else if (token == TOKEN_PROP) {
            if (!take_property(t, depth, in_memory)) {
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

uint64_t husk_uk_dtb_ram_bytes(const void *dtb, uint64_t ram_base)
{
    const uint8_t *const p = dtb;
    const uint64_t total = husk_uk_dtb_bytes(dtb);
    struct tree t = { .base = p, .address_cells = 2, .size_cells = 1, .wanted = ram_base };
    uint64_t structure_end, strings_end;

    if (total == 0 || read32(p + 20) < 16) {
        return 0;
    }
    t.pos = read32(p + 8);
    t.strings = read32(p + 12);
    strings_end = (uint64_t)t.strings + read32(p + 32);
    structure_end = read32(p + 20) >= 17 ? (uint64_t)t.pos + read32(p + 36) : total;
    if (strings_end > total || structure_end > total) {
        return 0;
    }
    t.strings_end = (uint32_t)strings_end;
    t.end = (uint32_t)structure_end;
    walk(&t);
    return t.found_bytes;
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
