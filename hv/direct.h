// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_DIRECT_H
#define HUSK_DIRECT_H

/** @file
 * What direct.c, direct_v2.c and direct_v3.c have in common, for a guest that has the board's GIC.
 */

#include "access.h"

/** One decoded load or store. */
struct husk_access {
    uint64_t ipa;
    unsigned size_bytes;
    bool is_write;
};

static inline struct husk_access husk_access_decode(uint32_t iss)
{
    return (struct husk_access){
        .ipa = (husk_read(hpfar_el2) & HUSK_BITS(43, 4)) << 8 | (husk_read(far_el2) & 0xfff),
        .size_bytes = 1u << (iss >> HUSK_ISS_SAS & 3),
        .is_write = (iss & HUSK_ISS_WNR) != 0,
    };
}

/* ---- direct.c: of struct husk_gic_driver ---- */

/** As if the list registers were not known: nothing is in one. */
void husk_direct_vgic_config(struct husk_vgic_config *config);
/** By an event, for all CPUs: no interrupt is EL2's. */
void husk_direct_signal(unsigned index, unsigned sgi);
/** Nothing: it is the guest's to do. */
void husk_direct_enable(unsigned intid);

#endif
