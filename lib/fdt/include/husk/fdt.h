// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_FDT_H
#define HUSK_FDT_H

/** @file
 * The board's device tree, read in quick passes: what each wants of it, no more.
 *
 * Source: Devicetree Specification v0.4, chapter 5 "Flattened Devicetree (DTB) Format".
 */

#include <husk/base.h>

enum {
    HUSK_FDT_MEMORY_MAX = 8,
    HUSK_FDT_RESERVED_MAX = 16,
};

/** What husk_fdt_scan() finds. Addresses are the board's physical ones. */
struct husk_fdt_board {
    struct husk_range memory[HUSK_FDT_MEMORY_MAX]; /**< reg of /memory and /memory@... with
                                                      device_type "memory" */
    size_t memory_count;
    /** /memreserve/ entries and children of /reserved-memory that have a reg. */
    struct husk_range reserved[HUSK_FDT_RESERVED_MAX];
    size_t reserved_count;
};

/** Reads the board's tree in one pass over its tokens, no search, no libfdt: below 15,000
 * instructions for QEMU virt's tree, optimized for size.
 * @param dtb       8-byte aligned, readable for `max_bytes` or its own totalsize, whichever is
 * less.
 * @return HUSK_OK; HUSK_EINVAL (not a tree, version below 17, or it contradicts itself: every
 * offset and length is checked before use); HUSK_ERANGE (more memory or reserved ranges than fit).
 * On an error `*board` may hold a part of what was read. Works with the MMU off (aligned accesses
 * only).
 */
enum husk_err husk_fdt_scan(const void *dtb, size_t max_bytes, struct husk_fdt_board *board);

/** Finds a property of the root's node `node`, in one pass that ends with it.
 * @param dtb    as for husk_fdt_scan().
 * @param value  where it lies in the tree, `*value_bytes` long; both are written only on HUSK_OK.
 * @return HUSK_OK; HUSK_EINVAL (not a tree; it contradicts itself); HUSK_ENOENT (no such node, or
 * it has no such property).
 */
enum husk_err husk_fdt_value(const void *dtb, size_t max_bytes, const char *node,
                             const char *property, const void **value, size_t *value_bytes);

/** True when the board has a PSCI firmware that is called by SMC: /psci with method "smc".
 * @param dtb  as for husk_fdt_scan(). Source: Linux
 * Documentation/devicetree/bindings/arm/psci.yaml.
 */
bool husk_fdt_psci_smc(const void *dtb, size_t max_bytes);

/** How a CPU is started: the enable-method of its node. */
enum husk_fdt_enable {
    HUSK_FDT_ENABLE_NONE, /**< none that is known here */
    HUSK_FDT_ENABLE_PSCI,
    HUSK_FDT_ENABLE_SPIN_TABLE,
};

/** A CPU of the board. */
struct husk_fdt_cpu {
    uint64_t mpidr; /**< affinity fields of its MPIDR_EL1: reg */
    enum husk_fdt_enable enable;
    /** Of a spin table: the 64-bit word (cpu-release-addr) that takes the address the CPU jumps to.
     */
    struct husk_pa release;
};

/** Finds the CPUs in /cpus, in one pass over the tree's tokens that ends with that node.
 * @param dtb      as for husk_fdt_scan().
 * @param cpus     the first `max` of them, `*count`; `*count` is written only on HUSK_OK.
 * @return HUSK_OK; HUSK_EINVAL (not a tree; it contradicts itself; a CPU without an address, or
 * with a spin table that names no word or one that is not 8-byte aligned); HUSK_ENOENT (no /cpus).
 * Source: Devicetree Specification v0.4, 3.8 "/cpus/cpu* Node Properties"; Linux
 * Documentation/arch/arm64/booting.rst.
 */
enum husk_err husk_fdt_cpus(const void *dtb, size_t max_bytes, struct husk_fdt_cpu *cpus,
                            size_t max, size_t *count);

/** What the masters on a bus reach: the first entry of the dma-ranges of the root's node
 * `bus_node`, [pa, pa + size_bytes), called [bus, bus + size_bytes) there. One pass, that ends with
 * that node.
 * @param dtb      as for husk_fdt_scan().
 * @return HUSK_OK; HUSK_EINVAL (not a tree; it contradicts itself; an entry of other than one or
 * two cells each, or none); HUSK_ENOENT (no such node, or it has no dma-ranges). Results are
 * written only on HUSK_OK. Source: Devicetree Specification v0.4, 2.3.9 "dma-ranges".
 */
enum husk_err husk_fdt_dma_window(const void *dtb, size_t max_bytes, const char *bus_node,
                                  struct husk_pa *pa, struct husk_bus *bus, uint64_t *size_bytes);

/** Bytes of a tree with a valid header up to where its blocks end, 0 otherwise: all that is ever
 * read of it. Its totalsize may be much larger, as room to grow. Pure. */
size_t husk_fdt_used_bytes(const void *dtb);

#endif
