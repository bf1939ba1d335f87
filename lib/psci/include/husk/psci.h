// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_PSCI_H
#define HUSK_PSCI_H

/** @file
 * What a VM's firmware answers: PSCI 1.1, SMCCC 1.2 discovery, TRNG 1.0. Decides, never acts: a
 * call returns what the caller must do. Power states of vCPUs are kept here, changed atomically.
 *
 * Sources: PSCI DEN0022E; SMCCC DEN0028E; TRNG firmware interface DEN0098 1.0.
 */

#include <husk/arch.h>
#include <husk/base.h>

enum {
    HUSK_PSCI_VCPU_MAX = 8,
};

/** Power state of one vCPU. The values are AFFINITY_INFO's. */
enum husk_psci_power {
    HUSK_PSCI_ON = 0,
    HUSK_PSCI_OFF = 1,
    HUSK_PSCI_ON_PENDING = 2,
};

/** What the caller does after a call. */
enum husk_psci_do {
    HUSK_PSCI_RESUME,  /**< back to the guest, x0..x3 are set */
    HUSK_PSCI_START,   /**< start vCPU `vcpu` at `entry` with `context_id` in x0; resume caller */
    HUSK_PSCI_STOP,    /**< CPU_OFF: the calling vCPU is off now, do not resume it */
    HUSK_PSCI_SUSPEND, /**< standby until an interrupt is pending for it, then resume */
    HUSK_PSCI_SYSTEM_OFF,   /**< power the VM off */
    HUSK_PSCI_SYSTEM_RESET, /**< reset the VM */
    HUSK_PSCI_RANDOM,       /**< TRNG_RND: fill `random_bits`, then husk_psci_random() */
    HUSK_PSCI_WORKAROUND,   /**< SMCCC_ARCH_WORKAROUND_n, offered as 0: ask the firmware for
                                 `function` with the guest's x1 on this CPU, then resume */
};

struct husk_psci_action {
    enum husk_psci_do what;
    unsigned vcpu;        /**< of HUSK_PSCI_START and _STOP */
    uint64_t entry;       /**< of HUSK_PSCI_START */
    uint64_t context_id;  /**< of HUSK_PSCI_START */
    unsigned random_bits; /**< 1..192, of HUSK_PSCI_RANDOM */
    uint32_t function;    /**< identifier of the call, of HUSK_PSCI_RANDOM and _WORKAROUND */
};

struct husk_psci;
struct husk_psci_call;
/** Answers calls that not every VM is offered, and any that nobody else knows. husk_psci_trng(): of
 * DEN0098. husk_psci_workarounds(): SMCCC_ARCH_WORKAROUND_1, _2, _3, and what ARCH_FEATURES says of
 * them. */
typedef enum husk_psci_do husk_psci_part_fn(const struct husk_psci *psci,
                                            const struct husk_psci_call *call);
husk_psci_part_fn husk_psci_trng, husk_psci_workarounds;

/** One VM's firmware. Set up once; `power` changes at run time, by atomics. */
struct husk_psci {
    uint64_t mpidr[HUSK_PSCI_VCPU_MAX]; /**< as the guest reads them; affinity fields compared */
    const struct husk_range *ram;       /**< IPA ranges an entry point may lie in */
    size_t ram_count;
    husk_psci_part_fn *trng; /**< husk_psci_trng: the caller can answer HUSK_PSCI_RANDOM; NULL: the
                                  guest has no TRNG, and its code is not linked */
    husk_psci_part_fn *workarounds; /**< husk_psci_workarounds: the caller can answer
                                         HUSK_PSCI_WORKAROUND; NULL: the guest has none */
    unsigned vcpu_count;            /**< 1..HUSK_PSCI_VCPU_MAX */
    int32_t workaround[3]; /**< SMCCC_ARCH_WORKAROUND_1, _2, _3: what ARCH_FEATURES answers, with
                                `workarounds` */
    uint8_t power[HUSK_PSCI_VCPU_MAX]; /**< enum husk_psci_power, atomic */
};

/** Fills power states for a (re)start: vCPU 0 on, all others off. */
void husk_psci_reset(struct husk_psci *psci);

/** Answers the SMCCC call in regs[0..17] (x0..x17) of vCPU `vcpu`. Results are written into
 * regs[0..3] as SMCCC 1.x says; all other registers stay. Unknown functions: NOT_SUPPORTED (-1).
 * SMC32 calls use the low halves of arguments only. Any CPU, any time; two vCPUs that race to start
 * a third see one SUCCESS and the rest ALREADY_ON or ON_PENDING.
 * @return what the caller does; `*action` has the rest: of its fields those that say so, and none
 * need be written for RESUME. */
enum husk_psci_do husk_psci_call(struct husk_psci *psci, unsigned vcpu, uint64_t *regs,
                                 struct husk_psci_action *action);

/** Second half of HUSK_PSCI_RANDOM: puts entropy into the result registers as DEN0098 lays them out
 * (x1..x3, right-aligned). `ok` false: NO_ENTROPY. */
void husk_psci_random(const struct husk_psci_action *action, const uint64_t entropy[3], bool ok,
                      uint64_t *regs);

/** The started vCPU has reached its entry point: ON_PENDING becomes ON. */
void husk_psci_started(struct husk_psci *psci, unsigned vcpu);

#endif
