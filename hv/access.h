// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_ACCESS_H
#define HUSK_ACCESS_H

/** @file
 * What a guest may access and traps: loads and stores that stage 2 does not map, system registers.
 * What it is, and its answer. Inline, for whichever machine the guest has: mmio.c and irq.c, or
 * direct.c.
 */

#include "hv.h"

enum {
    HUSK_ISS_ISV = 1 << 24,
    HUSK_ISS_SAS = 22, /* two bits: log2 of the size */
    HUSK_ISS_SSE = 1 << 21,
    HUSK_ISS_SRT = 16, /* five bits; 31: XZR */
    HUSK_ISS_SF = 1 << 15,
    HUSK_ISS_CM = 1 << 8,
    HUSK_ISS_S1PTW = 1 << 7,
    HUSK_ISS_WNR = 1 << 6,
    HUSK_ISS_FAULT = 0x3c, /* DFSC without the level */
    HUSK_ISS_PERMISSION = 0x0c,
    HUSK_ISS_RT = 31 << 5, /* of MSR and MRS */
    HUSK_ISS_READ = 1 << 0,
};

/* ESR_EL2.ISS of a trapped MSR (MRS: with HUSK_ISS_READ) of x0, Arm ARM DDI 0487J.a D19.2 ESR_EL2.
 */
#define HUSK_ISS_OF(sysreg)                                                                        \
    (((sysreg) >> 14 & 3) << 20 | ((sysreg) & 7) << 17 | ((sysreg) >> 11 & 7) << 14 |              \
     ((sysreg) >> 7 & 15) << 10 | ((sysreg) >> 3 & 15) << 1)

/* ESR_EL2.ISS of a data abort, Arm ARM DDI 0487J.a D19.2 ESR_EL2 "ISS encoding for an exception
 * from a Data Abort". What is an access to emulate, and not: maintenance; no valid syndrome
 * (exclusives, pairs, writeback); a translation walk; a permission fault, which leaves HPFAR_EL2
 * UNKNOWN. */
static inline bool husk_access_is_valid(uint32_t iss)
{
    return (iss & (HUSK_ISS_ISV | HUSK_ISS_S1PTW | HUSK_ISS_CM)) == HUSK_ISS_ISV &&
           (iss & HUSK_ISS_FAULT) != HUSK_ISS_PERMISSION;
}

/* The end of a load of `value`: with sign extension where it asks for that. */
static inline enum husk_exit_action husk_access_loaded(const struct husk_vcpu *vcpu, uint32_t iss,
                                                       uint64_t value)
{
    const unsigned bits = 8u << (iss >> HUSK_ISS_SAS & 3);

    if ((iss & HUSK_ISS_SSE) != 0 && bits < 64 && (value & HUSK_BIT(bits - 1)) != 0) {
        value = (value | UINT64_MAX << bits) & ((iss & HUSK_ISS_SF) != 0 ? UINT64_MAX : UINT32_MAX);
    }
    vcpu->frame->x[iss >> HUSK_ISS_SRT & 31] = value;
    return HUSK_EXIT_SKIP;
}

/* What a store writes. */
static inline uint64_t husk_access_stored(const struct husk_vcpu *vcpu, uint32_t iss,
                                          unsigned size_bytes)
{
    return vcpu->frame->x[iss >> HUSK_ISS_SRT & 31] & (UINT64_MAX >> (64 - 8 * size_bytes));
}

#endif
