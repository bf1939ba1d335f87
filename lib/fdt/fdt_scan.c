// SPDX-License-Identifier: Apache-2.0
/* One pass over the tokens of the board's tree. The walk costs a few instructions a property: only
 * the root, its children and those of /reserved-memory are looked into, all else is skipped by its
 * length. May run with the MMU off, where every access is to Device memory: only bytes and
 * naturally aligned words are read (the structure block is a sequence of aligned words). Source:
 * Devicetree Specification v0.4, 5.2 "Header", 5.3 "Memory Reservation Block", 5.4 "Structure
 * Block", 5.5 "Strings Block". */
#include <husk/fdt.h>

static const uint32_t MAGIC = 0xd00dfeed;

enum {
    VERSION_LEAST = 16,
    VERSION_KNOWN = 17,
    TOKEN_BEGIN_NODE = 1,
    TOKEN_END_NODE = 2,
    TOKEN_PROP = 3,
    TOKEN_NOP = 4,
    TOKEN_END = 9,
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
    HEAD_WORDS_V16,
    HEAD_SIZE_STRUCT = HEAD_WORDS_V16,
    HEAD_WORDS_V17,
};

/* What the node at hand means to us. */
enum place {
    PLACE_OTHER,    /* no property of it matters */
    PLACE_ROOT,     /* / */
    PLACE_CHILD,    /* a child of the root: RAM, if its device_type says so */
    PLACE_CHOSEN,   /* /chosen */
    PLACE_PSCI,     /* /psci */
    PLACE_RESERVED, /* /reserved-memory */
    PLACE_RANGE,    /* a child of /reserved-memory */
};

/* A property's value: `bytes` bytes at `data`, which is word-aligned. */
struct value {
    const uint32_t *data;
    uint32_t bytes;
};

struct cells {
    uint32_t address;
    uint32_t size;
};

struct scan {
    const uint32_t *at;  /* next token */
    const uint32_t *end; /* of the structure block */
    const char *strings;
    uint32_t strings_bytes;
    uint32_t depth;   /* nodes open now */
    uint32_t inside;  /* depth of /reserved-memory while in it, else 0 */
    enum place place; /* of the node whose properties come now */
    bool props_over;  /* a child was closed: no property may follow */
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

static uint32_t be32(const uint32_t *word)
{
    return __builtin_bswap32(*word);
}

static uint64_t be64(const uint32_t *words)
{
    return (uint64_t)be32(words) << 32 | be32(words + 1);
}

/* True when the bytes are `text` and its terminator, and nothing else. */
static bool is_text(const char *bytes, size_t bytes_max, const char *text)
{
    for (size_t i = 0; i < bytes_max; i++) {
        if (bytes[i] != text[i]) {
            return false;
        }
        if (text[i] == '\0') {
            return true;
        }
    }
    return false;
}

static bool value_is(struct value value, const char *text)
{
    return is_text((const char *)value.data, value.bytes, text);
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

/* RAM and carve-outs: reg, device_type, status. The first letter decides for nearly all others. */
static void range_property(struct scan *scan, const char *name, size_t name_max, struct value value)
{
    switch (name[0]) {
    case 'r':
        if (is_text(name, name_max, "reg")) {
            scan->reg = value;
        }
        break;
    case 'd':
        if (scan->place == PLACE_CHILD && is_text(name, name_max, "device_type")) {
            scan->is_memory = value_is(value, "memory");
        }
        break;
    case 's':
        if (is_text(name, name_max, "status")) {
            scan->disabled = !value_is(value, "okay") && !value_is(value, "ok");
        }
        break;
    default:
        break;
    }
}

static bool property(struct scan *scan, uint32_t name_offset, struct value value)
{
    const char *name = scan->strings + name_offset;
    size_t name_max;

    if (name_offset >= scan->strings_bytes) {
        return false;
    }
    name_max = scan->strings_bytes - name_offset;
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
    case PLACE_CHILD:
    case PLACE_RANGE:
        range_property(scan, name, name_max, value);
        return true;
    case PLACE_OTHER:
        break;
    }
    return true;
}

static enum place place_of(const struct scan *scan, const char *name, size_t name_max)
{
    if (scan->depth == 1) {
        return PLACE_ROOT;
    }
    if (scan->depth != 2) {
        return scan->inside != 0 && scan->depth == scan->inside + 1 ? PLACE_RANGE : PLACE_OTHER;
    }
    switch (name[0]) {
    case 'c':
        return is_text(name, name_max, "chosen") ? PLACE_CHOSEN : PLACE_CHILD;
    case 'p':
        return is_text(name, name_max, "psci") ? PLACE_PSCI : PLACE_CHILD;
    case 'r':
        return is_text(name, name_max, "reserved-memory") ? PLACE_RESERVED : PLACE_CHILD;
    default:
        return PLACE_CHILD;
    }
}

/* Words of the node name at `at`, terminator and padding included; 0: no end in the block. */
static size_t name_words(const uint32_t *at, const uint32_t *end)
{
    for (const uint32_t *word = at; word < end; word++) {
        if (((*word - 0x01010101u) & ~*word & 0x80808080u) != 0) {
            return (size_t)(word - at) + 1;
        }
    }
    return 0;
}

static enum husk_err begin_node(struct scan *scan)
{
    const char *name = (const char *)scan->at;
    size_t words = name_words(scan->at, scan->end);
    enum husk_err err;

    if (words == 0 || (scan->depth == 0 && scan->props_over)) {
        return HUSK_EINVAL; /* the name runs out of the block, or a second root */
    }
    err = close_properties(scan);
    if (err != HUSK_OK) {
        return err;
    }
    scan->at += words;
    scan->depth++;
    scan->place = place_of(scan, name, words * sizeof(uint32_t));
    if (scan->place == PLACE_RESERVED) {
        scan->inside = scan->depth;
    }
    scan->props_over = false;
    scan->reg.bytes = 0;
    scan->is_memory = false;
    scan->disabled = false;
    return HUSK_OK;
}

static enum husk_err end_node(struct scan *scan)
{
    enum husk_err err;

    if (scan->depth == 0) {
        return HUSK_EINVAL;
    }
    err = close_properties(scan);
    if (scan->depth == scan->inside) {
        scan->inside = 0;
    }
    scan->depth--;
    scan->place = PLACE_OTHER;
    scan->props_over = true;
    scan->reg.bytes = 0;
    return err;
}

static enum husk_err read_property(struct scan *scan)
{
    size_t left = (size_t)(scan->end - scan->at);
    struct value value;
    uint32_t words;

    if (left < 2 || scan->depth == 0 || scan->props_over) {
        return HUSK_EINVAL;
    }
    value.bytes = be32(scan->at);
    value.data = scan->at + 2;
    words = value.bytes / 4 + (value.bytes % 4 != 0);
    if (words > left - 2) {
        return HUSK_EINVAL;
    }
    if (scan->place != PLACE_OTHER && !property(scan, be32(scan->at + 1), value)) {
        return HUSK_EINVAL;
    }
    scan->at = value.data + words;
    return HUSK_OK;
}

static enum husk_err walk(struct scan *scan)
{
    while (scan->at < scan->end) {
        enum husk_err err;

        switch (be32(scan->at++)) {
        case TOKEN_PROP:
            err = read_property(scan);
            break;
        case TOKEN_BEGIN_NODE:
            err = begin_node(scan);
            break;
        case TOKEN_END_NODE:
            err = end_node(scan);
            break;
        case TOKEN_NOP:
            err = HUSK_OK;
            break;
        case TOKEN_END:
            return scan->depth == 0 && scan->props_over ? HUSK_OK : HUSK_EINVAL;
        default:
            return HUSK_EINVAL;
        }
        if (err != HUSK_OK) {
            return err;
        }
    }
    return HUSK_EINVAL; /* no FDT_END */
}

/* The memory reservation block: pairs of 64-bit numbers, ended by a pair of zeros. */
static enum husk_err read_reservations(struct scan *scan, const uint32_t *tree, uint32_t total)
{
    uint32_t offset = be32(tree + HEAD_OFF_RESERVED);

    if (!husk_is_aligned(offset, sizeof(uint64_t))) {
        return HUSK_EINVAL;
    }
    for (; offset <= total && total - offset >= 16; offset += 16) {
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

static bool block_fits(uint32_t offset, uint32_t bytes, uint32_t total)
{
    return offset <= total && bytes <= total - offset;
}

/* Checks the header and sets the scan at the first token. */
static bool read_header(struct scan *scan, const uint32_t *tree, size_t max_bytes, uint32_t *total)
{
    uint32_t version;
    uint32_t structure;
    uint32_t structure_bytes;
    uint32_t strings;

    if (max_bytes < HEAD_WORDS_V16 * 4 || be32(tree + HEAD_MAGIC) != MAGIC) {
        return false;
    }
    *total = be32(tree + HEAD_TOTALSIZE);
    version = be32(tree + HEAD_VERSION);
    if (version < VERSION_LEAST || be32(tree + HEAD_LAST_COMPATIBLE) > VERSION_KNOWN ||
        *total > max_bytes ||
        *total < (version == VERSION_LEAST ? HEAD_WORDS_V16 * 4 : HEAD_WORDS_V17 * 4)) {
        return false;
    }
    structure = be32(tree + HEAD_OFF_STRUCT);
    strings = be32(tree + HEAD_OFF_STRINGS);
    scan->strings_bytes = be32(tree + HEAD_SIZE_STRINGS);
    if (!block_fits(structure, 0, *total) || !block_fits(strings, scan->strings_bytes, *total)) {
        return false;
    }
    /* Version 16 does not say how long the structure block is. */
    structure_bytes =
        version == VERSION_LEAST ? (*total - structure) & ~3u : be32(tree + HEAD_SIZE_STRUCT);
    if (!husk_is_aligned(structure | structure_bytes, 4) ||
        !block_fits(structure, structure_bytes, *total)) {
        return false;
    }
    scan->at = tree + structure / 4;
    scan->end = scan->at + structure_bytes / 4;
    scan->strings = (const char *)tree + strings;
    return true;
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
    uint32_t total;

    if (!husk_is_aligned((uintptr_t)dtb, 8) || !read_header(&scan, dtb, max_bytes, &total)) {
        return HUSK_EINVAL;
    }
    scan.depth = 0;
    scan.inside = 0;
    scan.place = PLACE_OTHER;
    scan.props_over = false;
    scan.root.address = scan.reserved_cells.address = 2; /* the specification's defaults, 2.3.5 */
    scan.root.size = scan.reserved_cells.size = 1;
    scan.reg.bytes = 0;
    scan.is_memory = scan.disabled = scan.psci_smc = false;
    scan.seed.data = NULL;
    scan.seed.bytes = 0;
    scan.initrd_start = scan.initrd_end = 0;
    scan.memory_count = scan.reserved_count = 0;
    err = read_reservations(&scan, dtb, total);
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

size_t husk_fdt_total_bytes(const void *dtb)
{
    const uint32_t *tree = dtb;
    uint32_t version;
    uint32_t total;

    if (dtb == NULL || !husk_is_aligned((uintptr_t)dtb, 8) || be32(tree + HEAD_MAGIC) != MAGIC) {
        return 0;
    }
    total = be32(tree + HEAD_TOTALSIZE);
    version = be32(tree + HEAD_VERSION);
    return version >= VERSION_LEAST && be32(tree + HEAD_LAST_COMPATIBLE) <= VERSION_KNOWN &&
                   total >= HEAD_WORDS_V16 * 4
               ? total
               : 0;
}
