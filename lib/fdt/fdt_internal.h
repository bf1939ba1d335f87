// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_FDT_INTERNAL_H
#define HUSK_FDT_INTERNAL_H

/* Header, blocks and tokens of a flattened tree, as the passes over it read them. Devicetree
 * Specification v0.4, 5.2 "Header", 5.4 "Structure Block". */
#include <husk/fdt.h>

enum {
    VERSION = 17,
    TOKEN_BEGIN_NODE = 1,
    TOKEN_END_NODE = 2,
    TOKEN_PROP = 3,
    TOKEN_NOP = 4,
    TOKEN_END = 9,
    PROP_WORDS = 3, /* of a property before its value: FDT_PROP, length, name */
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
    HEADER_BYTES = HEAD_WORDS * 4,
};

/* Where the blocks of a tree are, checked against its size. */
struct husk_fdt_blocks {
    const uint32_t *at;   /* first token */
    const uint32_t *last; /* word of the structure block: FDT_END, which stands nowhere else */
    const char *strings;
    uint32_t used; /* husk_fdt_used_bytes(): nothing of the tree is read beyond */
    uint32_t strings_bytes;
};

/* A property's value: `bytes` bytes at `data`, which is word-aligned. */
struct value {
    const uint32_t *data;
    uint32_t bytes;
};

static inline uint32_t be32(const uint32_t *word)
{
    return __builtin_bswap32(*word);
}

static inline uint64_t be64(const uint32_t *words)
{
    return (uint64_t)be32(words) << 32 | be32(words + 1);
}

/* True when the bytes are `text` and its terminator, and nothing else. */
static inline bool is_text(const char *bytes, size_t bytes_max, const char *text)
{
    const char *const end = bytes + bytes_max;

    for (; bytes != end && *bytes == *text; bytes++, text++) {
        if (*text == '\0') {
            return true;
        }
    }
    return false;
}

static inline bool value_is(struct value value, const char *text)
{
    return is_text((const char *)value.data, value.bytes, text);
}

/* What comes after the node name at `at`, its terminator and padding. The block's last word is
 * FDT_END, which has a zero byte: no name runs past it. */
static inline const uint32_t *after_name(const uint32_t *at)
{
    uint32_t word;

    do {
        word = *at++;
    } while (((word - 0x01010101u) & ~word & 0x80808080u) == 0);
    return at;
}

/* What comes after the property at `at`; NULL: its value runs out of the block. No pointer is made
 * before it is known to point into the block. */
static inline const uint32_t *after_property(const uint32_t *at, const uint32_t *last)
{
    const uint64_t bytes = ((uint64_t)be32(at + 1) + PROP_WORDS * 4 + 3) & ~UINT64_C(3);

    return (uintptr_t)at + bytes <= (uintptr_t)last ? at + bytes / 4 : NULL;
}

/* The value of the property at `at`. */
static inline struct value property_value(const uint32_t *at)
{
    return (struct value){ at + PROP_WORDS, be32(at + 1) };
}

/* The property's name, and how many bytes it may have; NULL: it lies outside the strings. */
static inline const char *property_name(const struct husk_fdt_blocks *blocks, const uint32_t *at,
                                        size_t *name_max)
{
    const uint32_t offset = be32(at + 2);

    if (offset >= blocks->strings_bytes) {
        return NULL;
    }
    *name_max = blocks->strings_bytes - offset;
    return blocks->strings + offset;
}

/* Checks the header and both blocks' places. */
bool husk_fdt_read_header(struct husk_fdt_blocks *blocks, const uint32_t *tree, size_t max_bytes);

/* What comes after a node that doesn't matter, all in it included; `at` is past its name. NULL: it
 * runs out of the block. */
const uint32_t *husk_fdt_after_node(const uint32_t *at, const uint32_t *last);

#endif
