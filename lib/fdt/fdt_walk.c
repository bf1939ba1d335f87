// SPDX-License-Identifier: Apache-2.0
/* Header, blocks and tokens of a flattened tree. May run with the MMU off, where every access is to
 * Device memory: only bytes and naturally aligned words are read (the structure block is a sequence
 * of aligned words). What runs out of its block ends at the block's last word, FDT_END, which is an
 * error for whoever is still in a node. Source: Devicetree Specification v0.4, 5.2 "Header", 5.4
 * "Structure Block", 5.5 "Strings Block". */
#include "fdt_internal.h"

static const uint32_t MAGIC = 0xd00dfeed;

enum {
    VERSION = 17,
    TOKEN_BEGIN_NODE = 1,
    TOKEN_END_NODE = 2,
    TOKEN_PROP = 3,
    TOKEN_NOP = 4,
    TOKEN_END = 9,
    PROP_WORDS = 3, /* of a property before its value: FDT_PROP, length, name */
};

size_t husk_fdt_used_bytes(const void *dtb)
{
    const uint32_t *const tree = dtb;
    uint64_t strings_end;
    uint64_t used;

    if (dtb == NULL || !husk_is_aligned((uintptr_t)dtb, 8) || be32(tree + HEAD_MAGIC) != MAGIC) {
        return 0;
    }
    used = (uint64_t)be32(tree + HEAD_OFF_STRUCT) + be32(tree + HEAD_SIZE_STRUCT);
    strings_end = (uint64_t)be32(tree + HEAD_OFF_STRINGS) + be32(tree + HEAD_SIZE_STRINGS);
    used = strings_end > used ? strings_end : used;
    if (be32(tree + HEAD_VERSION) < VERSION || be32(tree + HEAD_LAST_COMPATIBLE) > VERSION ||
        used < HEAD_WORDS * sizeof(*tree) || used > be32(tree + HEAD_TOTALSIZE)) {
        return 0;
    }
    /* The reservations have no size; they come before the other blocks, as a rule. */
    return be32(tree + HEAD_OFF_RESERVED) < used ? used : be32(tree + HEAD_TOTALSIZE);
}

enum husk_err husk_fdt_open(struct walk *walk, const void *dtb, size_t max_bytes)
{
    const uint32_t *const tree = dtb;
    uint32_t structure;
    uint32_t structure_bytes;

    if (max_bytes < HEAD_WORDS * sizeof(*tree) || husk_fdt_used_bytes(dtb) == 0 ||
        be32(tree + HEAD_TOTALSIZE) > max_bytes) {
        return HUSK_EINVAL;
    }
    structure = be32(tree + HEAD_OFF_STRUCT);
    structure_bytes = be32(tree + HEAD_SIZE_STRUCT);
    if (!husk_is_aligned(structure | structure_bytes, sizeof(*tree)) || structure_bytes == 0) {
        return HUSK_EINVAL;
    }
    walk->at = tree + structure / sizeof(*tree);
    walk->last = walk->at + structure_bytes / sizeof(*tree) - 1;
    walk->strings = (const char *)dtb + be32(tree + HEAD_OFF_STRINGS);
    walk->strings_bytes = be32(tree + HEAD_SIZE_STRINGS);
    walk->err = HUSK_OK;
    return be32(walk->last) == TOKEN_END && husk_fdt_child(walk) ? HUSK_OK : HUSK_EINVAL;
}

bool husk_fdt_is(const struct value *value, const char *text)
{
    const char *bytes = value->data;
    const char *const end = bytes + value->bytes;

    for (; bytes != end && *bytes == *text; bytes++, text++) {
        if (*text == '\0') {
            return true;
        }
    }
    return false;
}

/* A name ends with a zero byte, that no stem has. */
bool husk_fdt_is_node(const struct walk *walk, const char *stem)
{
    const char *text = walk->name.data;

    while (*stem != '\0' && *text == *stem) {
        text++;
        stem++;
    }
    return *stem == '\0' && (*text == '\0' || *text == '@');
}

/* What comes after the node name at `at`, its terminator and padding. The block's last word has a
 * zero byte: no name runs past it. */
__attribute__((always_inline)) static inline const uint32_t *after_name(const uint32_t *at,
                                                                        const uint32_t *last)
{
    uint32_t word;

    do {
        word = *at++;
    } while (((word - 0x01010101u) & ~word & 0x80808080u) == 0);
    return at < last ? at : last;
}

/* What comes after the property at `at`. No pointer is made before it is known to point into the
 * block. */
static const uint32_t *after_property(const uint32_t *at, const uint32_t *last)
{
    const uint64_t bytes = ((uint64_t)be32(at + 1) + PROP_WORDS * 4 + 3) & ~UINT64_C(3);

    return (uintptr_t)at + bytes < (uintptr_t)last ? at + bytes / 4 : last;
}

/* Takes the next token but FDT_NOP, with what belongs to it. FDT_END, and what is no token, stay:
 * nothing comes after them. */
__attribute__((always_inline)) static inline const uint32_t *take(const uint32_t **at,
                                                                  const uint32_t *last)
{
    const uint32_t *token = *at;

    while (be32(token) == TOKEN_NOP) {
        token++;
    }
    *at = token;
    if (__builtin_expect(be32(token) == TOKEN_PROP, 1)) { /* most are */
        *at = after_property(token, last);
    } else if (be32(token) == TOKEN_BEGIN_NODE) {
        *at = after_name(token + 1, last);
    } else if (be32(token) == TOKEN_END_NODE) {
        *at = token + 1;
    }
    return token;
}

bool husk_fdt_property(struct walk *walk)
{
    const uint32_t *at = walk->at;
    const uint32_t *const token = take(&at, walk->last);

    if (be32(token) != TOKEN_PROP) {
        return false;
    }
    walk->at = at;
    if (at == walk->last || be32(token + 2) >= walk->strings_bytes) {
        walk->err = HUSK_EINVAL;
        return false;
    }
    walk->name.data = walk->strings + be32(token + 2);
    walk->name.bytes = walk->strings_bytes - be32(token + 2);
    walk->value = (struct value){ token + PROP_WORDS, be32(token + 1) };
    return true;
}

/* Of the property at hand. */
static uint32_t one_cell(struct walk *walk)
{
    if (walk->value.bytes != CELL_BYTES) {
        walk->err = HUSK_EINVAL;
    }
    return be32(walk->value.data);
}

struct cells husk_fdt_cells(struct walk *walk)
{
    struct cells cells = { 2, 1 };

    while (husk_fdt_property(walk)) {
        if (husk_fdt_is(&walk->name, "#address-cells")) {
            cells.address = one_cell(walk);
        } else if (husk_fdt_is(&walk->name, "#size-cells")) {
            cells.size = one_cell(walk);
        }
    }
    return cells;
}

bool husk_fdt_child(struct walk *walk)
{
    const uint32_t *token;

    if (walk->err != HUSK_OK) {
        return false;
    }
    token = take(&walk->at, walk->last);
    if (be32(token) == TOKEN_BEGIN_NODE) {
        walk->name = (struct value){ token + 1, (uint32_t)(walk->at - token - 1) * CELL_BYTES };
        return true;
    }
    if (be32(token) != TOKEN_END_NODE) { /* FDT_END, a property after a child, or no token at all */
        walk->err = HUSK_EINVAL;
    }
    return false;
}

void husk_fdt_leave(struct walk *walk)
{
    const uint32_t *at = walk->at;
    unsigned depth = 1;

    while (depth != 0) {
        const uint32_t token = be32(take(&at, walk->last));

        if (token == TOKEN_BEGIN_NODE) {
            depth++;
        } else if (token == TOKEN_END_NODE) {
            depth--;
        } else if (token != TOKEN_PROP) {
            walk->err = HUSK_EINVAL;
            return;
        }
    }
    walk->at = at;
}

/* FDT_END is the last word of the block and nowhere else. */
enum husk_err husk_fdt_close(struct walk *walk)
{
    if (walk->err == HUSK_OK && take(&walk->at, walk->last) != walk->last) {
        return HUSK_EINVAL;
    }
    return walk->err;
}
