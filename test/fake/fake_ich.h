// SPDX-License-Identifier: Apache-2.0
#ifndef FAKE_ICH_H
#define FAKE_ICH_H

/** @file
 * A GICv3 virtual CPU interface that plays hardware: the hypervisor reaches it through ICH_*_EL2,
 * the guest by the calls below. Written from IHI 0069H ("Virtual interrupt handling and
 * prioritization", and the ICH_*, ICV_* descriptions), not from the library.
 */

#include <husk/arch.h>

enum { FAKE_ICH_LRS = 16, FAKE_ICH_NONE = 1023 };

struct fake_ich {
    unsigned lr_count;
    unsigned pre_bits; /**< 5, 6 or 7: ICH_VTR_EL2.PREbits + 1 */
    uint64_t lr[FAKE_ICH_LRS];
    uint32_t hcr;
    uint32_t vmcr;
    uint64_t ap0r[4], ap1r[4];
    bool physical_active[1024]; /**< of the physical GIC, EOImode 1 */
    unsigned dir_count;         /**< deactivations by the hypervisor */
    unsigned dir_last;
    unsigned lr_writes;
    unsigned lr_reads;
    const char *broken; /**< the first rule that was broken; NULL: none */
};

/** Connects the model to a fake CPU. Set lr_count and pre_bits before. */
void fake_ich_attach(struct fake_ich *ich, struct husk_fake *cpu);
uint32_t fake_ich_misr(const struct fake_ich *ich);
uint32_t fake_ich_eisr(const struct fake_ich *ich);
uint32_t fake_ich_elrsr(const struct fake_ich *ich);

/** The guest reads ICV_IAR0_EL1 or ICV_IAR1_EL1. @return the INTID; FAKE_ICH_NONE. */
unsigned fake_ich_ack(struct fake_ich *ich, bool group1);
/** The INTID that would be acknowledged, of either group (`*group1` says which). */
unsigned fake_ich_highest(const struct fake_ich *ich, bool *group1);
/** The guest writes ICV_EOIR0_EL1 or ICV_EOIR1_EL1. */
void fake_ich_eoi(struct fake_ich *ich, unsigned intid);
/** The guest writes ICV_DIR_EL1. @return false: it trapped. */
bool fake_ich_dir(struct fake_ich *ich, unsigned intid);
/** Before the guest runs: whether the list registers obey the architecture. Sets `broken`. */
void fake_ich_check(struct fake_ich *ich);

#endif
