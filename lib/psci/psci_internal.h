// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_PSCI_INTERNAL_H
#define HUSK_PSCI_INTERNAL_H

#include <husk/psci.h>

/** Function identifiers, W0 of a call, with bit 31 inverted: it is set in all of them (fast calls),
 * and without it they fit an enumerator. Bit 30: SMC64. DEN0022E, DEN0028E, DEN0098. */
enum {
    FN_SMCCC_VERSION = 0x00000000,
    FN_ARCH_FEATURES = 0x00000001,
    FN_WORKAROUND_3 = 0x00003FFF,
    FN_WORKAROUND_2 = 0x00007FFF,
    FN_WORKAROUND_1 = 0x00008000,

    FN_PSCI_VERSION = 0x04000000,
    FN_CPU_SUSPEND = 0x04000001,
    FN_CPU_OFF = 0x04000002,
    FN_CPU_ON = 0x04000003,
    FN_AFFINITY_INFO = 0x04000004,
    FN_MIGRATE_INFO_TYPE = 0x04000006,
    FN_SYSTEM_OFF = 0x04000008,
    FN_SYSTEM_RESET = 0x04000009,
    FN_PSCI_FEATURES = 0x0400000A,
    FN_SYSTEM_RESET2 = 0x04000012,
    FN_CPU_SUSPEND64 = 0x44000001,
    FN_CPU_ON64 = 0x44000003,
    FN_AFFINITY_INFO64 = 0x44000004,
    FN_SYSTEM_RESET2_64 = 0x44000012,

    FN_TRNG_VERSION = 0x04000050,
    FN_TRNG_FEATURES = 0x04000051,
    FN_TRNG_GET_UUID = 0x04000052,
    FN_TRNG_RND32 = 0x04000053,
    FN_TRNG_RND64 = 0x44000053,
};

/** The identifier in `w` (a W register) as the enumerators above spell it; a yielding call (bit 31
 * clear) equals none of them. */
static inline uint32_t husk_psci_fn(uint64_t w)
{
    return (uint32_t)w ^ (UINT32_C(1) << 31);
}

/** PSCI's return codes; SMCCC and TRNG share the first three. */
enum {
    RET_SUCCESS = 0,
    RET_NOT_SUPPORTED = -1,
    RET_INVALID_PARAMETERS = -2,
    RET_NO_ENTROPY = -3, /* of TRNG; PSCI's DENIED has the same value and is never given */
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
};

/** Puts a result into x0, sign-extended to 64 bits for SMC32 calls too. */
static inline void husk_psci_return(uint64_t *regs, int32_t value)
{
    regs[0] = (uint64_t)(int64_t)value;
}

/* PSCI: CPUs and the system. */
struct husk_psci_action husk_psci_cpu_on(struct husk_psci *psci, const struct husk_psci_call *call);
struct husk_psci_action husk_psci_cpu_off(struct husk_psci *psci,
                                          const struct husk_psci_call *call);
struct husk_psci_action husk_psci_cpu_suspend(const struct husk_psci_call *call);
int32_t husk_psci_affinity_info(struct husk_psci *psci, const struct husk_psci_call *call);

/* SMCCC discovery and the TRNG interface. */
int32_t husk_psci_arch_features(const struct husk_psci *psci, uint32_t fn);
struct husk_psci_action husk_psci_workaround(const struct husk_psci *psci,
                                             const struct husk_psci_call *call);

#endif
