// SPDX-License-Identifier: Apache-2.0
#ifndef FAKE_GICH_H
#define FAKE_GICH_H

/** @file
 * A GICv2 virtual interface that plays hardware: the hypervisor reaches GICH_* and GICC_DIR by
 * MMIO, the guest GICV_* by the calls below. Written from IHI 0048B chapter 5, not from the
 * library.
 */

#include <husk/arch.h>

enum { FAKE_GICH_LRS = 16, FAKE_GICH_GROUP1 = 1022, FAKE_GICH_NONE = 1023 };

#define FAKE_GICH_BASE UINT64_C(0x8030000)
#define FAKE_GICC_BASE UINT64_C(0x8010000)

struct fake_gich {
    unsigned lr_count;
    uint32_t hcr, vmcr, apr;
    uint32_t lr[FAKE_GICH_LRS];
    bool physical_active[1024]; /**< of the physical GIC, EOImode 1 */
    unsigned dir_count, lr_reads, lr_writes;
    const char *broken; /**< the first rule that was broken; NULL: none */
};

void fake_gich_attach(struct fake_gich *gich, struct husk_fake *cpu);
uint32_t fake_gich_misr(const struct fake_gich *gich);
/** The guest reads GICV_IAR (group 0) or GICV_AIAR (`group1`). @return INTID and, in bits 12:10,
 * the CPU that sent an SGI; FAKE_GICH_NONE; FAKE_GICH_GROUP1: the best is none of group 0. */
unsigned fake_gich_ack(struct fake_gich *gich, bool group1);
/** What would be acknowledged, of either group. */
unsigned fake_gich_highest(const struct fake_gich *gich);
/** The guest writes what it acknowledged to GICV_EOIR. */
void fake_gich_eoi(struct fake_gich *gich, unsigned iar);
/** Before the guest runs: whether the list registers obey the architecture. Sets `broken`. */
void fake_gich_check(struct fake_gich *gich);

#endif
