// SPDX-License-Identifier: Apache-2.0
#ifndef SPEC_PSCI_H
#define SPEC_PSCI_H

/** @file
 * PSCI 1.1, SMCCC 1.2 and TRNG 1.0 as the documents have them: next = spec(state). Pure.
 *
 * A state is the machine, one call's registers, and what the firmware does because of it. What the
 * documents leave to the implementation is in the state or in a comment that says "choice".
 * Sources: PSCI DEN0022E, SMCCC DEN0028E, TRNG DEN0098 1.0.
 */

#include <stdbool.h>
#include <stdint.h>

enum spec_psci_power { SPEC_ON = 0, SPEC_OFF = 1, SPEC_ON_PENDING = 2 }; /* as AFFINITY_INFO says */

/** What the firmware does after a call, besides the registers: starts CPU `target` at `entry` with
 * x0 = `context`; wants `bits` of entropy, for spec_psci_random(); does SMCCC_ARCH_WORKAROUND_n. */
/* clang-format off: a line for each kind */
enum spec_psci_effect {
    SPEC_RETURNS,
    SPEC_ENTROPY,
    SPEC_MITIGATES,
    SPEC_STARTS_CPU,
    SPEC_CPU_OFF,
    SPEC_STANDBY,
    SPEC_SYSTEM_OFF,
    SPEC_SYSTEM_RESET
};
/* clang-format on */

struct spec_psci {
    uint64_t mpidr[8], ram[8][2]; /* RAM: first address, and the one behind the last; or 0, 0 */
    enum spec_psci_power power[8];
    unsigned cpus, caller; /* 1..8 of them; who calls */
    bool trng;             /* DEN0098 is implemented */
    int8_t mitigated[3];   /* SMCCC_ARCH_FEATURES of WORKAROUND_1, _2, _3 */
    uint64_t x[18];        /* the caller's x0..x17 */
    struct spec_psci_act {
        enum spec_psci_effect effect;
        uint64_t target, bits, entry, context;
    } does;
};

/** A call by `caller` with `x`. */
struct spec_psci spec_psci_call(struct spec_psci s);
/** The second half of SPEC_ENTROPY, with x0 to x3 as it left them: `source`
 * gave, or didn't. */
struct spec_psci spec_psci_random(struct spec_psci s, const uint64_t source[3], bool gave);
/** CPU `target` has reached its entry point. */
struct spec_psci spec_psci_started(struct spec_psci s, unsigned target);
/** Reset or power-up of the system: CPU 0 is on. */
struct spec_psci spec_psci_reset(struct spec_psci s);

#endif
