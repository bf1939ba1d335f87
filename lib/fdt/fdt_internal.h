// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_FDT_INTERNAL_H
#define HUSK_FDT_INTERNAL_H

/* The way through a flattened tree that all passes over it take: node by node, a node's properties
 * before its children. Devicetree Specification v0.4, 5.4 "Structure Block". */
#include <husk/fdt.h>

enum {
    CELL_BYTES = 4,
};

/* Header words, by index. */
enum {
    HEAD_MAGIC,
    HEAD_TOTALSIZE,
    HEAD_OFF_STRUCT,
    HEAD_OFF_STRINGS,
    HEAD_OFF_RESERVED,
    HEAD_VERSION,
    HEAD_LAST_COMPATIBLE,
    HEAD_BOOT_CPU,
    HEAD_SIZE_STRINGS,
    HEAD_SIZE_STRUCT,
    HEAD_WORDS,
};

/* Bytes of the tree: a name; a property's value, which is word-aligned. */
struct value {
    const void *data;
    uint32_t bytes;
};

/* How many cells an address and a size have in a node's children. */
struct cells {
    uint32_t address;
    uint32_t size;
};

/* Where a pass is, and what it found there. */
struct walk {
    struct value name;    /* of the node or the property found last */
    struct value value;   /* of that property */
    const uint32_t *at;   /* the next token */
    const uint32_t *last; /* word of the structure block: FDT_END, which stands nowhere else */
    const char *strings;
    uint32_t strings_bytes;
    enum husk_err err; /* why nothing more is found */
};

static inline uint32_t be32(const uint32_t *word)
{
    return __builtin_bswap32(*word);
}

/* A number of one or two cells, of which there are enough. */
static inline uint64_t take_number(const uint32_t **at, uint32_t cells)
{
    uint64_t number = be32((*at)++);

    if (cells == 2) {
        number = number << 32 | be32((*at)++);
    }
    return number;
}

/* True when a number of so many cells can be read. */
static inline bool cells_valid(uint32_t cells)
{
    return cells == 1 || cells == 2;
}

/* Enters the root. HUSK_EINVAL: the header or the places of the blocks are wrong, there is no root.
 */
enum husk_err husk_fdt_open(struct walk *walk, const void *dtb, size_t max_bytes);

/* Enters the root's node of that name, in place of husk_fdt_open(). HUSK_ENOENT: there is none. */
enum husk_err husk_fdt_find(struct walk *walk, const void *dtb, size_t max_bytes, const char *node,
                            struct cells *root);

/* The next property of the node at hand. False: there is none, or an error. */
bool husk_fdt_property(struct walk *walk);

/* Reads the properties of the node just entered for its cells; 2.3.5 "#address-cells and
 * #size-cells" where there are none. */
struct cells husk_fdt_cells(struct walk *walk);

/* Enters the next child of the node at hand, whose properties were read. False: there is none, and
 * the node is left; or an error. */
bool husk_fdt_child(struct walk *walk);

/* Leaves the node at hand, whatever of it was not read: that is not looked into. */
void husk_fdt_leave(struct walk *walk);

/* The root was left: whether that was all, and what went wrong on the way. */
enum husk_err husk_fdt_close(struct walk *walk);

/* True when a value is `text` and its terminator, and perhaps more. */
bool husk_fdt_is(const struct value *value, const char *text);

/* True when the node just entered is called so, with or without a unit address. */
bool husk_fdt_is_node(const struct walk *walk, const char *stem);

#endif
