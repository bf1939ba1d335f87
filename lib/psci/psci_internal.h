// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_PSCI_INTERNAL_H
#define HUSK_PSCI_INTERNAL_H

#include <husk/psci.h>

/** Function identifiers, W0 of a call, with bit 31 inverted: it is set in all of them (fast calls),
 * and without it they fit an enumerator. DEN0022E, DEN0028E; DEN0098: psci_trng.c;
 * workarounds: psci_workarounds.c. */
enum {
    FN_SMC64 =
        1 << 30, /* the convention: of a function that has both, SMC32's identifier without */

    FN_SMCCC_VERSION = 0x00000000,
    FN_ARCH_FEATURES = 0x00000001,

    FN_PSCI_VERSION = 0x04000000, /* and from here on PSCI's others */
};

/** The identifier in `w` (a W register) as the enumerators above spell it; a yielding call (bit 31
 * clear) equals none of them. */
static inline uint32_t husk_psci_fn(uint64_t w)
{
    return (uint32_t)w ^ (UINT32_C(1) << 31);
}

/** PSCI's return codes; SMCCC and TRNG share the first three. DENIED (-3) is never given. */
enum {
    RET_SUCCESS = 0,
    RET_NOT_SUPPORTED = -1,
    RET_INVALID_PARAMETERS = -2,
    RET_ALREADY_ON = -4,
    RET_ON_PENDING = -5,
    RET_INVALID_ADDRESS = -9,
};

/** One call, its registers already narrowed: x[1..3] of an SMC32 call have clear upper halves. */
struct husk_psci_call {
    uint32_t fn; /* husk_psci_fn() of the identifier */
    unsigned vcpu;
    uint64_t x[4];
    uint64_t *regs;
    struct husk_psci_action *action;
};

/** Puts a result into x0, sign-extended to 64 bits for SMC32 calls too, and resumes the caller. */
static inline enum husk_psci_do husk_psci_answer(uint64_t *regs, int32_t value)
{
    regs[0] = (uint64_t)(int64_t)value;
    return HUSK_PSCI_RESUME;
}

/* psci_cpu.c */
enum husk_psci_do husk_psci_cpu_on(struct husk_psci *psci, const struct husk_psci_call *call);
enum husk_psci_do husk_psci_cpu_off(struct husk_psci *psci, const struct husk_psci_call *call);
int32_t husk_psci_affinity_info(struct husk_psci *psci, uint64_t target, uint32_t level);

#endif
