// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_FDT_BUILD_H
#define HUSK_FDT_BUILD_H

/** @file
 * Device trees for guests, written with libfdt.
 *
 * Source: Devicetree Specification v0.4, chapter 3 "Device Node Requirements".
 */

#include <husk/base.h>

enum {
    HUSK_FDT_VCPU_MAX = 8,
    HUSK_FDT_DMA_MAX = 16,
};

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
