// SPDX-License-Identifier: Apache-2.0
/* One pass over the tokens of the board's tree. The walk costs a few instructions a property: only
 * the root, its children and those of /reserved-memory are looked into, all else is skipped by its
 * length. May run with the MMU off, where every access is to Device memory: only bytes and
 * naturally aligned words are read (the structure block is a sequence of aligned words). Source:
 * Devicetree Specification v0.4, 5.2 "Header", 5.3 "Memory Reservation Block", 5.4 "Structure
 * Block", 5.5 "Strings Block". */
#include "fdt_internal.h"

static const uint32_t MAGIC = 0xd00dfeed;

/* What the node at hand means to us. */
enum place {
    PLACE_OTHER,    /* nothing in it matters */
    PLACE_CLOSED,   /* no property may come here: outside the root, or after a child */
    PLACE_ROOT,     /* / */
    PLACE_CHOSEN,   /* /chosen */
    PLACE_PSCI,     /* /psci */
    PLACE_RESERVED, /* /reserved-memory */
    PLACE_MEMORY,   /* /memory or /memory@...: RAM, if its device_type says so */
    PLACE_RANGE,    /* a child of /reserved-memory */
};

struct cells {
    uint32_t address;
    uint32_t size;
};

struct scan {
    struct husk_fdt_blocks blocks;
    uint32_t depth;   /* nodes open now */
    enum place place; /* of the node whose properties come now */
    bool has_root;    /* a root was opened */
    bool in_reserved; /* inside /reserved-memory */
    struct cells root;
    struct cells reserved_cells;
    /* of the node at hand */
    struct value reg;
    bool is_memory;
    bool disabled;
    /* found */
    struct value seed;
    uint64_t initrd_start;
    uint64_t initrd_end;
    bool psci_smc;
    size_t memory_count;
    size_t reserved_count;
    struct husk_range memory[HUSK_FDT_MEMORY_MAX];
    struct husk_range reserved[HUSK_FDT_RESERVED_MAX];
};

/* True for "memory" and "memory@...". A node's name has an end. */
static bool is_memory_name(const char *name)
{
    static const char stem[] = "memory";
    size_t i = 0;

    while (name[i] == stem[i] && name[i] != '\0') {
        i++;
    }
    return i == sizeof(stem) - 1 && (name[i] == '\0' || name[i] == '@');
}

/* A cell or two, as /chosen's addresses are written. */
static bool value_number(struct value value, uint64_t *number)
{
    if (value.bytes == sizeof(uint32_t)) {
        *number = be32(value.data);
        return true;
    }
    if (value.bytes == sizeof(uint64_t)) {
        *number = be64(value.data);
        return true;
    }
    return false;
}

static bool value_cells(struct value value, uint32_t *cells)
{
    if (value.bytes != sizeof(uint32_t)) {
        return false;
    }
    *cells = be32(value.data);
    return true;
}

static enum husk_err add(struct husk_range *ranges, size_t max, size_t *count,
                         struct husk_range range)
{
    if (!husk_range_valid(range)) {
        return HUSK_EINVAL;
    }
    if (range.size_bytes == 0) {
        return HUSK_OK;
    }
    if (*count == max) {
        return HUSK_ERANGE;
    }
    ranges[(*count)++] = range;
    return HUSK_OK;
}

static enum husk_err add_reg(struct scan *scan, struct cells cells, struct husk_range *ranges,
                             size_t max, size_t *count)
{
    uint32_t words = cells.address + cells.size;
    const uint32_t *at = scan->reg.data;

    if (cells.address - 1 > 1 || cells.size - 1 > 1 || scan->reg.bytes % (words * 4) != 0) {
        return HUSK_EINVAL;
    }
    for (uint32_t left = scan->reg.bytes; left != 0; left -= words * 4) {
        struct husk_range range;
        enum husk_err err;

        range.base = cells.address == 2 ? be64(at) : be32(at);
        at += cells.address;
        range.size_bytes = cells.size == 2 ? be64(at) : be32(at);
        at += cells.size;
        err = add(ranges, max, count, range);
        if (err != HUSK_OK) {
            return err;
        }
    }
    return HUSK_OK;
}

/* The node at hand has no more properties: keep what it said. */
static enum husk_err close_properties(struct scan *scan)
{
    if (scan->reg.bytes == 0 || scan->disabled) {
        return HUSK_OK;
    }
    if (scan->place == PLACE_RANGE) {
        return add_reg(scan, scan->reserved_cells, scan->reserved, HUSK_FDT_RESERVED_MAX,
                       &scan->reserved_count);
    }
    if (scan->is_memory) {
        return add_reg(scan, scan->root, scan->memory, HUSK_FDT_MEMORY_MAX, &scan->memory_count);
    }
    return HUSK_OK;
}

static bool cells_property(struct cells *cells, const char *name, size_t name_max,
                           struct value value)
{
    if (is_text(name, name_max, "#address-cells")) {
        return value_cells(value, &cells->address);
    }
    if (is_text(name, name_max, "#size-cells")) {
        return value_cells(value, &cells->size);
    }
    return true;
}

static bool chosen_property(struct scan *scan, const char *name, size_t name_max,
                            struct value value)
{
    if (is_text(name, name_max, "linux,initrd-start")) {
        return value_number(value, &scan->initrd_start);
    }
    if (is_text(name, name_max, "linux,initrd-end")) {
        return value_number(value, &scan->initrd_end);
    }
    if (is_text(name, name_max, "rng-seed")) {
        scan->seed = value;
    }
    return true;
}

/* RAM and carve-outs. */
static void range_property(struct scan *scan, const char *name, size_t name_max, struct value value)
{
    if (is_text(name, name_max, "reg")) {
        scan->reg = value;
    } else if (is_text(name, name_max, "device_type")) {
        scan->is_memory = value_is(value, "memory");
    } else if (is_text(name, name_max, "status")) {
        scan->disabled = !value_is(value, "okay") && !value_is(value, "ok");
    }
}

/* A property of a node that matters; `at` is its FDT_PROP token. */
static bool property(struct scan *scan, const uint32_t *at)
{
    const struct value value = property_value(at);
    size_t name_max;
    const char *const name = property_name(&scan->blocks, at, &name_max);

    if (name == NULL) {
        return false;
    }
    switch (scan->place) {
    case PLACE_ROOT:
        return cells_property(&scan->root, name, name_max, value);
    case PLACE_RESERVED:
        return cells_property(&scan->reserved_cells, name, name_max, value);
    case PLACE_CHOSEN:
        return chosen_property(scan, name, name_max, value);
    case PLACE_PSCI:
        if (is_text(name, name_max, "method")) {
            scan->psci_smc = value_is(value, "smc");
        }
        return true;
    case PLACE_MEMORY:
    case PLACE_RANGE:
        range_property(scan, name, name_max, value);
        return true;
    case PLACE_OTHER:
    case PLACE_CLOSED:
        break;
    }
    return false;
}

/* The place of a child of the root. The first letter decides for nearly all. */
static enum place place_of_child(const char *name, size_t name_max)
{
    switch (name[0]) {
    case 'm':
        return is_memory_name(name) ? PLACE_MEMORY : PLACE_OTHER;
    case 'c':
        return is_text(name, name_max, "chosen") ? PLACE_CHOSEN : PLACE_OTHER;
    case 'p':
        return is_text(name, name_max, "psci") ? PLACE_PSCI : PLACE_OTHER;
    case 'r':
        return is_text(name, name_max, "reserved-memory") ? PLACE_RESERVED : PLACE_OTHER;
    default:
        return PLACE_OTHER;
    }
}

/* Most of a scan's time is spent here. */
const uint32_t *husk_fdt_after_node(const uint32_t *at, const uint32_t *last)
{
    size_t depth = 1;

    while (depth != 0) {
        /* Most tokens are properties: a loop of their own, 11 instructions each. */
        while (*at == __builtin_bswap32(TOKEN_PROP)) {
            at = after_property(at, last);
            if (at == NULL) {
                return NULL;
            }
        }
        if (*at == __builtin_bswap32(TOKEN_END_NODE)) {
            at++;
            depth--;
        } else if (*at == __builtin_bswap32(TOKEN_BEGIN_NODE)) {
            at = after_name(at + 1);
            if (at > last) {
                return NULL;
            }
            depth++;
        } else if (*at == __builtin_bswap32(TOKEN_NOP)) {
            at++;
        } else {
            return NULL; /* FDT_END, or no token at all */
        }
    }
    return at;
}

/* Opens the node whose name of `words` words is at `at`. */
static enum husk_err begin_node(struct scan *scan, const uint32_t *at, size_t words)
{
    enum husk_err err = HUSK_OK;

    if (scan->place >= PLACE_MEMORY) {
        err = close_properties(scan);
    }
    scan->place = PLACE_OTHER;
    if (scan->depth == 1) {
        scan->place = place_of_child((const char *)at, words * sizeof(*at));
    } else if (scan->depth == 2 && scan->in_reserved) {
        scan->place = PLACE_RANGE;
    } else if (scan->depth == 0 && !scan->has_root) {
        scan->place = PLACE_ROOT;
        scan->has_root = true;
    } else if (scan->depth == 0) {
        return HUSK_EINVAL;
    }
    if (scan->place == PLACE_OTHER) {
        return err; /* skipped as a whole */
    }
    scan->in_reserved = scan->place == PLACE_RESERVED || scan->place == PLACE_RANGE;
    scan->depth++;
    scan->reg.bytes = 0;
    scan->is_memory = false;
    scan->disabled = false;
    return err;
}

static enum husk_err end_node(struct scan *scan)
{
    enum husk_err err = HUSK_OK;

    if (scan->depth == 0) {
        return HUSK_EINVAL;
    }
    if (scan->place >= PLACE_MEMORY) {
        err = close_properties(scan);
    }
    scan->depth--;
    scan->place = PLACE_CLOSED;
    return err;
}

/* The token at `*at`, and on to the next one. */
static enum husk_err step(struct scan *scan, const uint32_t **at)
{
    const uint32_t *const token = *at;
    const uint32_t *name;
    enum husk_err err;

    switch (be32(token)) {
    case TOKEN_PROP:
        *at = after_property(token, scan->blocks.last);
        return *at != NULL && property(scan, token) ? HUSK_OK : HUSK_EINVAL;
    case TOKEN_BEGIN_NODE:
        name = token + 1;
        *at = after_name(name);
        err = begin_node(scan, name, (size_t)(*at - name));
        if (err == HUSK_OK && scan->place == PLACE_OTHER) {
            *at = *at <= scan->blocks.last ? husk_fdt_after_node(*at, scan->blocks.last) : NULL;
            scan->place = PLACE_CLOSED;
        }
        return *at != NULL ? err : HUSK_EINVAL;
    case TOKEN_END_NODE:
        *at = token + 1;
        return end_node(scan);
    case TOKEN_NOP:
        *at = token + 1;
        return HUSK_OK;
    default:
        return HUSK_EINVAL;
    }
}

/* FDT_END is the last word of the block and nowhere else: each other token has a word after it. */
static enum husk_err walk(struct scan *scan)
{
    const uint32_t *at = scan->blocks.at;

    while (at < scan->blocks.last) {
        enum husk_err err = step(scan, &at);

        if (err != HUSK_OK) {
            return err;
        }
    }
    return at == scan->blocks.last && scan->depth == 0 && scan->has_root ? HUSK_OK : HUSK_EINVAL;
}

/* The memory reservation block: pairs of 64-bit numbers, ended by a pair of zeros. */
static enum husk_err read_reservations(struct scan *scan, const uint32_t *tree)
{
    const uint32_t used = scan->blocks.used;
    uint32_t offset = be32(tree + HEAD_OFF_RESERVED);

    if (!husk_is_aligned(offset, sizeof(uint64_t))) {
        return HUSK_EINVAL;
    }
    for (; offset <= used && used - offset >= 16; offset += 16) {
        const uint32_t *entry = tree + offset / 4;
        struct husk_range range = { be64(entry), be64(entry + 2) };
        enum husk_err err;

        if (range.base == 0 && range.size_bytes == 0) {
            return HUSK_OK;
        }
        err = add(scan->reserved, HUSK_FDT_RESERVED_MAX, &scan->reserved_count, range);
        if (err != HUSK_OK) {
            return err;
        }
    }
    return HUSK_EINVAL;
}

bool husk_fdt_read_header(struct husk_fdt_blocks *blocks, const uint32_t *tree, size_t max_bytes)
{
    const size_t used = max_bytes < HEADER_BYTES ? 0 : husk_fdt_used_bytes(tree);
    uint32_t structure;
    uint32_t structure_bytes;

    if (used == 0 || be32(tree + HEAD_TOTALSIZE) > max_bytes) {
        return false;
    }
    blocks->used = (uint32_t)used;
    structure = be32(tree + HEAD_OFF_STRUCT);
    structure_bytes = be32(tree + HEAD_SIZE_STRUCT);
    blocks->strings_bytes = be32(tree + HEAD_SIZE_STRINGS);
    if (!husk_is_aligned(structure | structure_bytes, 4) || structure_bytes == 0) {
        return false;
    }
    blocks->at = tree + structure / 4;
    blocks->last = blocks->at + structure_bytes / 4 - 1;
    blocks->strings = (const char *)tree + be32(tree + HEAD_OFF_STRINGS);
    return be32(blocks->last) == TOKEN_END;
}

/* Only what was found is copied: clearing and copying whole arrays would cost more than the scan.
 */
static void commit(const struct scan *scan, struct husk_fdt_board *board)
{
    const uint8_t *seed = (const uint8_t *)scan->seed.data;

    board->memory_count = scan->memory_count;
    for (size_t i = 0; i < scan->memory_count; i++) {
        board->memory[i] = scan->memory[i];
    }
    board->reserved_count = scan->reserved_count;
    for (size_t i = 0; i < scan->reserved_count; i++) {
        board->reserved[i] = scan->reserved[i];
    }
    board->initrd.base = scan->initrd_start;
    board->initrd.size_bytes = scan->initrd_end - scan->initrd_start;
    board->seed_bytes = scan->seed.bytes < HUSK_FDT_SEED_MAX ? scan->seed.bytes : HUSK_FDT_SEED_MAX;
    for (size_t i = 0; i < board->seed_bytes; i++) {
        board->seed[i] = seed[i];
    }
    board->psci_smc = scan->psci_smc;
}

enum husk_err husk_fdt_scan(const void *dtb, size_t max_bytes, struct husk_fdt_board *board)
{
    struct scan scan;
    enum husk_err err;

    if (!husk_fdt_read_header(&scan.blocks, dtb, max_bytes)) {
        return HUSK_EINVAL;
    }
    scan.depth = 0;
    scan.place = PLACE_CLOSED;
    scan.has_root = scan.in_reserved = false;
    scan.root.address = scan.reserved_cells.address = 2; /* the specification's defaults, 2.3.5 */
    scan.root.size = scan.reserved_cells.size = 1;
    scan.reg.bytes = 0;
    scan.is_memory = scan.disabled = scan.psci_smc = false;
    scan.seed.data = NULL;
    scan.seed.bytes = 0;
    scan.initrd_start = scan.initrd_end = 0;
    scan.memory_count = scan.reserved_count = 0;
    err = read_reservations(&scan, dtb);
    if (err == HUSK_OK) {
        err = walk(&scan);
    }
    if (err == HUSK_OK && scan.initrd_end < scan.initrd_start) {
        err = HUSK_EINVAL;
    }
    if (err == HUSK_OK) {
        commit(&scan, board);
    }
    return err;
}

/* Where a block ends, by the header words of its offset and its size. */
static uint64_t block_end(const uint32_t *tree, unsigned offset, unsigned bytes)
{
    return (uint64_t)be32(tree + offset) + be32(tree + bytes);
}

size_t husk_fdt_used_bytes(const void *dtb)
{
    const uint32_t *tree = dtb;
    uint64_t structure_end;
    uint64_t strings_end;
    uint64_t used;
    uint32_t total;

    if (dtb == NULL || !husk_is_aligned((uintptr_t)dtb, 8) || be32(tree + HEAD_MAGIC) != MAGIC) {
        return 0;
    }
    total = be32(tree + HEAD_TOTALSIZE);
    structure_end = block_end(tree, HEAD_OFF_STRUCT, HEAD_SIZE_STRUCT);
    strings_end = block_end(tree, HEAD_OFF_STRINGS, HEAD_SIZE_STRINGS);
    used = structure_end > strings_end ? structure_end : strings_end;
    if (be32(tree + HEAD_VERSION) < VERSION || be32(tree + HEAD_LAST_COMPATIBLE) > VERSION ||
        used < HEADER_BYTES || used > total) {
        return 0;
    }
    /* The reservations have no size; they come before the other blocks, as a rule. */
    return be32(tree + HEAD_OFF_RESERVED) < used ? used : total;
}
