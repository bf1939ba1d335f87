// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_FDT_H
#define HUSK_FDT_H

/** @file
 * Device trees: one quick pass over the board's, and a builder (over libfdt) for a guest's.
 *
 * The two halves are separate archive members: who only scans links no libfdt.
 * Source: Devicetree Specification v0.4, chapter 5 "Flattened Devicetree (DTB) Format".
 */

#include <husk/base.h>

enum {
    HUSK_FDT_MEMORY_MAX = 8,
    HUSK_FDT_RESERVED_MAX = 16,
    HUSK_FDT_SEED_MAX = 64,
    HUSK_FDT_VCPU_MAX = 8,
    HUSK_FDT_DMA_MAX = 16,
};

/** What husk_fdt_scan() finds. Addresses are the board's physical ones. */
struct husk_fdt_board {
    struct husk_range memory[HUSK_FDT_MEMORY_MAX]; /**< reg of /memory and /memory@... with
                                                      device_type "memory" */
    size_t memory_count;
    /** /memreserve/ entries and children of /reserved-memory that have a reg. */
    struct husk_range reserved[HUSK_FDT_RESERVED_MAX];
    size_t reserved_count;
    struct husk_range initrd;        /**< /chosen linux,initrd-start and -end; size 0: none */
    uint8_t seed[HUSK_FDT_SEED_MAX]; /**< /chosen rng-seed, truncated */
    size_t seed_bytes;
    bool psci_smc; /**< /psci node with method "smc" */
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

/** Which interrupt controller the guest's tree describes. */
enum husk_fdt_gic {
    HUSK_FDT_GICV2,
    HUSK_FDT_GICV3,
};

/** A device of the board's that the guest drives itself. */
struct husk_fdt_device {
    const char *name; /**< of its node, without the address */
    const char *compatible;
    struct husk_range regs; /**< IPAs */
    const uint16_t *intids; /**< SPIs' INTIDs */
    size_t intid_count;
    const struct husk_property *properties; /**< more of its node's */
    size_t property_count;
    /** Of a bus master: the part of the guest's RAM that it reaches, as IPAs, and where it finds
     * that: dma-ranges. Size 0: none is given. */
    struct husk_range dma;
    struct husk_bus dma_bus;
};

/** A guest's machine, for husk_fdt_build(). All addresses are IPAs. */
struct husk_fdt_guest {
    const char *model;            /**< "husk,<product>" in /compatible's place for people */
    const struct husk_range *ram; /**< one /memory@ node each */
    size_t ram_count;
    const uint64_t *mpidr; /**< affinity of each vCPU: cpu@ nodes' reg */
    size_t vcpu_count;     /**< 1..HUSK_FDT_VCPU_MAX */
    enum husk_fdt_gic gic;
    struct husk_range gicd; /**< distributor */
    struct husk_range gicr; /**< redistributors (v3) or CPU interface (v2) */
    struct husk_range uart; /**< PL011; size 0: none */
    unsigned uart_intid;    /**< an SPI's INTID, 32.. */
    uint32_t uart_hz;       /**< its clock; 0: 24 MHz, as QEMU's virt says */
    uint32_t uart_periphid; /**< for a board whose PL011 has no such registers; 0: it has */
    struct husk_range dma;  /**< registers of a BCM2835 DMA engine; size 0: none */
    uint32_t dma_channels;  /**< that the guest may use, bit n below HUSK_FDT_DMA_MAX */
    uint16_t dma_intids[HUSK_FDT_DMA_MAX]; /**< SPIs' INTIDs of those channels */
    const struct husk_fdt_device *devices; /**< passed through */
    size_t device_count;
    const char *bootargs;     /**< NULL: none */
    struct husk_range initrd; /**< size 0: none */
    const uint8_t *rng_seed;  /**< 64 bytes, NULL: none */
    uint64_t kaslr_seed;      /**< 0: none */
};

/** Writes a guest's tree into buf[0..buf_bytes): memory, cpus, psci (hvc), timer, gic, uart,
 * DMA engine, devices, chosen.
 * @param buf  8-byte aligned. @return HUSK_OK, with the size in `*size_bytes`; HUSK_ENOMEM (buf too
 * small); HUSK_EINVAL (no RAM, no vCPU, too many; a range that wraps, an interrupt that is no SPI,
 * a name that is missing or too long). Boot time.
 */
enum husk_err husk_fdt_build(const struct husk_fdt_guest *guest, void *buf, size_t buf_bytes,
                             size_t *size_bytes);

#endif
