// SPDX-License-Identifier: Apache-2.0
/* A pass of its own: only boards with more than one CPU in use need it. */
#include "fdt_internal.h"

enum {
    PLACE_ROOT = 1, /* by depth: between the root's children, */
    PLACE_CPUS = 2, /* of /cpus, */
    PLACE_CPU = 3,  /* in one of its cpu@ */
};

struct pass {
    struct husk_fdt_blocks blocks;
    uint32_t depth;
    uint32_t address_cells; /* of /cpus */
    struct value reg;       /* of the CPU at hand */
    struct value release;
    enum husk_fdt_enable enable;
    struct husk_fdt_cpu *cpus;
    size_t max;
    size_t count;
    bool done;
};

/* Known by its name: device_type is of no use, as other nodes of /cpus have one, too. */
static bool is_cpu(const char *name)
{
    static const char stem[] = "cpu@";
    size_t i = 0;

    while (i < sizeof(stem) - 1 && name[i] == stem[i]) {
        i++;
    }
    return i == sizeof(stem) - 1;
}

static bool read_cells(struct value value, uint32_t cells, uint64_t *number)
{
    if (cells - 1 > 1 || value.bytes != cells * sizeof(uint32_t)) {
        return false;
    }
    *number = cells == 2 ? be64(value.data) : be32(value.data);
    return true;
}

/* The CPU at hand has no more properties. */
static enum husk_err close_cpu(struct pass *pass)
{
    struct husk_fdt_cpu cpu = { .enable = pass->enable };

    if (!read_cells(pass->reg, pass->address_cells, &cpu.mpidr)) {
        return HUSK_EINVAL;
    }
    if (cpu.enable == HUSK_FDT_ENABLE_SPIN_TABLE) {
        /* Two cells; one in old trees. */
        const uint32_t cells = pass->release.bytes / (uint32_t)sizeof(uint32_t);

        if (!read_cells(pass->release, cells, &cpu.release.value) ||
            !husk_is_aligned(cpu.release.value, sizeof(uint64_t))) {
            return HUSK_EINVAL;
        }
    }
    if (pass->count < pass->max) {
        pass->cpus[pass->count++] = cpu;
    }
    return HUSK_OK;
}

static enum husk_fdt_enable enable_of(struct value value)
{
    if (value_is(value, "psci")) {
        return HUSK_FDT_ENABLE_PSCI;
    }
    return value_is(value, "spin-table") ? HUSK_FDT_ENABLE_SPIN_TABLE : HUSK_FDT_ENABLE_NONE;
}

/* A property of /cpus or of a CPU; `at` is its FDT_PROP token. */
static bool property(struct pass *pass, const uint32_t *at)
{
    const struct value value = property_value(at);
    size_t name_max;
    const char *const name = property_name(&pass->blocks, at, &name_max);

    if (name == NULL) {
        return false;
    }
    if (pass->depth == PLACE_CPUS && is_text(name, name_max, "#address-cells")) {
        if (value.bytes != sizeof(uint32_t)) {
            return false;
        }
        pass->address_cells = be32(value.data);
    } else if (pass->depth == PLACE_CPU && is_text(name, name_max, "reg")) {
        pass->reg = value;
    } else if (pass->depth == PLACE_CPU && is_text(name, name_max, "enable-method")) {
        pass->enable = enable_of(value);
    } else if (pass->depth == PLACE_CPU && is_text(name, name_max, "cpu-release-addr")) {
        pass->release = value;
    }
    return true;
}

/* True when the node, whose name of `words` words is at `at`, is to be looked into. */
static bool matters(const struct pass *pass, const uint32_t *at, size_t words)
{
    const char *const name = (const char *)at;

    switch (pass->depth) {
    case 0:
        return true;
    case PLACE_ROOT:
        return is_text(name, words * sizeof(*at), "cpus");
    case PLACE_CPUS:
        return is_cpu(name);
    default:
        return false;
    }
}

/* `*at` is past the node's token. */
static bool begin_node(struct pass *pass, const uint32_t **at)
{
    const uint32_t *const name = *at;

    *at = after_name(name);
    if (*at > pass->blocks.last) {
        return false;
    }
    if (matters(pass, name, (size_t)(*at - name))) {
        pass->depth++;
        pass->reg.bytes = pass->release.bytes = 0;
        pass->enable = HUSK_FDT_ENABLE_NONE;
        return true;
    }
    *at = husk_fdt_after_node(*at, pass->blocks.last);
    return *at != NULL;
}

static enum husk_err end_node(struct pass *pass)
{
    const enum husk_err err = pass->depth == PLACE_CPU ? close_cpu(pass) : HUSK_OK;

    pass->done = pass->depth == PLACE_CPUS || pass->depth == PLACE_ROOT;
    if (pass->depth-- == 0) {
        return HUSK_EINVAL;
    }
    return pass->depth == 0 ? HUSK_ENOENT : err;
}

/* The token at `*at`, and on to the next one. */
static enum husk_err step(struct pass *pass, const uint32_t **at)
{
    const uint32_t *const token = *at;

    switch (be32(token)) {
    case TOKEN_PROP:
        *at = after_property(token, pass->blocks.last);
        return *at != NULL && property(pass, token) ? HUSK_OK : HUSK_EINVAL;
    case TOKEN_BEGIN_NODE:
        *at = token + 1;
        return begin_node(pass, at) ? HUSK_OK : HUSK_EINVAL;
    case TOKEN_END_NODE:
        *at = token + 1;
        return end_node(pass);
    case TOKEN_NOP:
        *at = token + 1;
        return HUSK_OK;
    default:
        return HUSK_EINVAL;
    }
}

enum husk_err husk_fdt_cpus(const void *dtb, size_t max_bytes, struct husk_fdt_cpu *cpus,
                            size_t max, size_t *count)
{
    struct pass pass = { .address_cells = 2, .cpus = cpus, .max = max };
    enum husk_err err = HUSK_OK;
    const uint32_t *at;

    if (!husk_fdt_read_header(&pass.blocks, dtb, max_bytes)) {
        return HUSK_EINVAL;
    }
    at = pass.blocks.at;
    while (err == HUSK_OK && !pass.done) {
        err = at < pass.blocks.last ? step(&pass, &at) : HUSK_EINVAL;
    }
    if (err == HUSK_OK) {
        *count = pass.count;
    }
    return err;
}
