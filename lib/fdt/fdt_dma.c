// SPDX-License-Identifier: Apache-2.0
/* A pass of its own: only products that drive bus masters need it. */
#include "fdt_internal.h"

enum {
    IN_ROOT = 1, /* by depth */
    IN_BUS = 2,
    CELL_BYTES = 4,
};

struct pass {
    struct husk_fdt_blocks blocks;
    const char *bus; /* name of the node */
    uint32_t depth;
    uint32_t root_address_cells; /* for a PA, of the root */
    uint32_t address_cells;      /* for a bus address and a size, of the bus */
    uint32_t size_cells;
    struct value ranges;
    bool found; /* dma-ranges is there */
    bool done;
};

/* A property of the root or of the bus; `at` is its FDT_PROP token. */
static bool property(struct pass *pass, const uint32_t *at)
{
    const struct value value = property_value(at);
    size_t name_max;
    const char *const name = property_name(&pass->blocks, at, &name_max);
    uint32_t *cells = NULL;

    if (name == NULL) {
        return false;
    }
    if (is_text(name, name_max, "#address-cells")) {
        cells = pass->depth == IN_BUS ? &pass->address_cells : &pass->root_address_cells;
    } else if (is_text(name, name_max, "#size-cells") && pass->depth == IN_BUS) {
        cells = &pass->size_cells;
    } else if (is_text(name, name_max, "dma-ranges") && pass->depth == IN_BUS) {
        pass->ranges = value;
        pass->found = true;
    }
    if (cells != NULL) {
        if (value.bytes != CELL_BYTES) {
            return false;
        }
        *cells = be32(value.data);
    }
    return true;
}

/* `*at` is past the node's token. */
static bool begin_node(struct pass *pass, const uint32_t **at)
{
    const uint32_t *const name = *at;

    *at = after_name(name);
    if (*at > pass->blocks.last) {
        return false;
    }
    if (pass->depth == 0 ||
        (pass->depth == IN_ROOT &&
         is_text((const char *)name, (size_t)(*at - name) * sizeof(*name), pass->bus))) {
        pass->depth++;
        return true;
    }
    *at = husk_fdt_after_node(*at, pass->blocks.last);
    return *at != NULL;
}

/* The token at `*at`, and on to the next one. */
static bool step(struct pass *pass, const uint32_t **at)
{
    const uint32_t *const token = *at;

    switch (be32(token)) {
    case TOKEN_PROP:
        *at = after_property(token, pass->blocks.last);
        return *at != NULL && property(pass, token);
    case TOKEN_BEGIN_NODE:
        *at = token + 1;
        return begin_node(pass, at);
    case TOKEN_END_NODE:
        pass->done = true; /* of the bus; or of the root, which has none of that name */
        return true;
    case TOKEN_NOP:
        *at = token + 1;
        return true;
    default:
        return false;
    }
}

static uint64_t take(const uint32_t **at, uint32_t cells)
{
    const uint64_t value = cells == 2 ? be64(*at) : be32(*at);

    *at += cells;
    return value;
}

enum husk_err husk_fdt_dma_window(const void *dtb, size_t max_bytes, const char *bus_node,
                                  struct husk_pa *pa, struct husk_bus *bus, uint64_t *size_bytes)
{
    /* Devicetree Specification, "#address-cells and #size-cells": 2 and 1 where nothing is said. */
    struct pass pass = {
        .bus = bus_node, .root_address_cells = 2, .address_cells = 2, .size_cells = 1
    };
    const uint32_t *at;

    if (!husk_fdt_read_header(&pass.blocks, dtb, max_bytes)) {
        return HUSK_EINVAL;
    }
    at = pass.blocks.at;
    while (!pass.done) {
        if (at >= pass.blocks.last || !step(&pass, &at)) {
            return HUSK_EINVAL;
        }
    }
    if (!pass.found) {
        return HUSK_ENOENT;
    }
    if (pass.root_address_cells - 1 > 1 || pass.address_cells - 1 > 1 || pass.size_cells - 1 > 1 ||
        pass.ranges.bytes <
            (pass.address_cells + pass.root_address_cells + pass.size_cells) * CELL_BYTES) {
        return HUSK_EINVAL;
    }
    at = pass.ranges.data;
    bus->value = take(&at, pass.address_cells);
    pa->value = take(&at, pass.root_address_cells);
    *size_bytes = take(&at, pass.size_cells);
    return HUSK_OK;
}
