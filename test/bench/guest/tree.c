// SPDX-License-Identifier: Apache-2.0
/* One pass over the device tree, for the few nodes the bench needs. Addresses of two cells, as
 * every arm64 tree has at its root. Source: Devicetree Specification v0.4, chapter 5. */
#include "bench.h"

enum {
    MAGIC = (int)0xd00dfeed,
    BEGIN_NODE = 1,
    END_NODE = 2,
    PROP = 3,
    NOP = 4,
    STRUCT_OFFSET = 8,
    STRINGS_OFFSET = 12,
};

enum kind {
    KIND_OTHER,
    KIND_GICV2,
    KIND_GICV3,
    KIND_UART,
    KIND_XEN,
    KIND_CPU,
};

/* The node whose properties are read: they come before its children. */
struct node {
    enum kind kind;
    const uint8_t *reg;
    uint32_t reg_bytes;
};

struct machine machine;

static uint32_t be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint64_t be64(const uint8_t *at)
{
    return (uint64_t)be32(at) << 32 | be32(at + 4);
}

static bool same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static size_t length(const char *text)
{
    size_t n = 0;

    while (text[n] != '\0') {
        n++;
    }
    return n;
}

/* A list of strings, one of which is `text`. */
static bool holds(const uint8_t *list, uint32_t bytes, const char *text)
{
    for (uint32_t at = 0; at < bytes; at += (uint32_t)length((const char *)list + at) + 1) {
        if (same((const char *)list + at, text)) {
            return true;
        }
    }
    return false;
}

static enum kind kind_of(const uint8_t *list, uint32_t bytes)
{
    if (holds(list, bytes, "arm,gic-v3")) {
        return KIND_GICV3;
    }
    if (holds(list, bytes, "arm,cortex-a15-gic") || holds(list, bytes, "arm,gic-400")) {
        return KIND_GICV2;
    }
    if (holds(list, bytes, "arm,pl011")) {
        return KIND_UART;
    }
    return holds(list, bytes, "xen,xen") ? KIND_XEN : KIND_OTHER;
}

static void take_property(struct node *node, const char *name, const uint8_t *value, uint32_t bytes)
{
    if (same(name, "compatible") && node->kind == KIND_OTHER) {
        node->kind = kind_of(value, bytes);
    } else if (same(name, "device_type") && holds(value, bytes, "cpu")) {
        node->kind = KIND_CPU;
    } else if (same(name, "reg")) {
        node->reg = value;
        node->reg_bytes = bytes;
    }
}

/* All properties of the node are known. */
static void take_node(struct node *node)
{
    const bool has_reg = node->reg != NULL && node->reg_bytes >= 8;

    if (node->kind == KIND_XEN) {
        machine.xen = true;
    } else if (node->kind == KIND_CPU && node->reg != NULL && machine.cpu_count < CPU_MAX) {
        machine.mpidr[machine.cpu_count++] =
            node->reg_bytes == 8 ? be64(node->reg) : be32(node->reg);
    } else if (node->kind == KIND_UART && has_reg && machine.uart == 0) {
        machine.uart = be64(node->reg);
    } else if ((node->kind == KIND_GICV2 || node->kind == KIND_GICV3) && node->reg_bytes >= 32) {
        machine.gic_version = node->kind == KIND_GICV3 ? 3 : 2;
        machine.gicd = be64(node->reg);
        machine.gicr = machine.gicc = be64(node->reg + 16);
    }
    *node = (struct node){ .kind = KIND_OTHER };
}

bool tree_read(const void *tree)
{
    const uint8_t *const base = tree;
    struct node node = { .kind = KIND_OTHER };
    const uint8_t *at;

    if (tree == NULL || be32(base) != (uint32_t)MAGIC) {
        return false;
    }
    at = base + be32(base + STRUCT_OFFSET);
    for (;;) {
        const uint32_t token = be32(at);

        at += 4;
        if (token == BEGIN_NODE) {
            take_node(&node);
            at += (length((const char *)at) + 4) & ~(size_t)3;
        } else if (token == PROP) {
            const uint32_t bytes = be32(at);
            const char *const name =
                (const char *)base + be32(base + STRINGS_OFFSET) + be32(at + 4);

            take_property(&node, name, at + 8, bytes);
            at += 8 + ((bytes + 3) & ~3u);
        } else if (token == END_NODE) {
            take_node(&node);
        } else if (token != NOP) {
            return true; /* FDT_END */
        }
    }
}
