// SPDX-License-Identifier: Apache-2.0
#include "psci_internal.h"

enum {
    LEVELS = 4,      /* of affinity */
    ENTRY_BYTES = 4, /* one A64 instruction: size and alignment of what an entry points to */
    NO_VCPU = HUSK_PSCI_VCPU_MAX,
};

/* Aff3 [39:32], Aff2 [23:16], Aff1 [15:8], Aff0 [7:0] of MPIDR_EL1 and of target_cpu. */
static const uint64_t affinity_fields = HUSK_BITS(39, 32) | HUSK_BITS(23, 0);

/* power_state, original format: StateType [16], StateID [15:0]; the power level [25:24] must be 0
 * (a core), all else is reserved. */
static const uint64_t power_state_zero = HUSK_BITS(31, 17);

static enum husk_psci_power power_of(const struct husk_psci *psci, unsigned vcpu)
{
    return (enum husk_psci_power)__atomic_load_n(&psci->power[vcpu], __ATOMIC_ACQUIRE);
}

void husk_psci_reset(struct husk_psci *psci)
{
    for (unsigned i = 0; i < HUSK_PSCI_VCPU_MAX; i++) {
        __atomic_store_n(&psci->power[i], i == 0 ? HUSK_PSCI_ON : HUSK_PSCI_OFF, __ATOMIC_RELEASE);
    }
}

void husk_psci_started(struct husk_psci *psci, unsigned vcpu)
{
    uint8_t expected = HUSK_PSCI_ON_PENDING;

    HUSK_ASSERT(vcpu < psci->vcpu_count);
    /* Nothing but the pending start is completed: a reset in between wins. */
    (void)__atomic_compare_exchange_n(&psci->power[vcpu], &expected, HUSK_PSCI_ON, false,
                                      __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

/* The vCPU that `target` names, exactly: a reserved bit makes it nobody's. */
static unsigned vcpu_of(const struct husk_psci *psci, uint64_t target)
{
    for (unsigned i = 0; i < psci->vcpu_count; i++) {
        if (target == (psci->mpidr[i] & affinity_fields)) {
            return i;
        }
    }
    return NO_VCPU;
}

static bool entry_valid(const struct husk_psci *psci, uint64_t entry)
{
    if (!husk_is_aligned(entry, ENTRY_BYTES)) {
        return false;
    }
    for (size_t i = 0; i < psci->ram_count; i++) {
        if (husk_range_contains(psci->ram[i], entry, ENTRY_BYTES)) {
            return true;
        }
    }
    return false;
}

/* OFF to ON_PENDING, or the reason why not. The exchange makes one of two callers the starter. */
static int32_t claim(struct husk_psci *psci, unsigned vcpu)
{
    uint8_t seen = HUSK_PSCI_OFF;

    if (__atomic_compare_exchange_n(&psci->power[vcpu], &seen, HUSK_PSCI_ON_PENDING, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        return RET_SUCCESS;
    }
    return seen == HUSK_PSCI_ON ? RET_ALREADY_ON : RET_ON_PENDING;
}

enum husk_psci_do husk_psci_cpu_on(struct husk_psci *psci, const struct husk_psci_call *call)
{
    const unsigned target = vcpu_of(psci, call->x[1]);
    int32_t result = RET_INVALID_PARAMETERS;

    if (target != NO_VCPU) {
        result = entry_valid(psci, call->x[2]) ? claim(psci, target) : RET_INVALID_ADDRESS;
    }
    if (result == RET_SUCCESS) {
        call->action->vcpu = target;
        call->action->entry = call->x[2];
        call->action->context_id = call->x[3];
    }
    (void)husk_psci_answer(call->regs, result);
    return result == RET_SUCCESS ? HUSK_PSCI_START : HUSK_PSCI_RESUME;
}

enum husk_psci_do husk_psci_cpu_off(struct husk_psci *psci, const struct husk_psci_call *call)
{
    HUSK_ASSERT(call->vcpu < psci->vcpu_count);
    __atomic_store_n(&psci->power[call->vcpu], HUSK_PSCI_OFF, __ATOMIC_RELEASE);
    call->action->vcpu = call->vcpu;
    return HUSK_PSCI_STOP;
}

enum husk_psci_do husk_psci_cpu_suspend(const struct husk_psci_call *call)
{
    if ((call->x[1] & power_state_zero) != 0) {
        return husk_psci_answer(call->regs, RET_INVALID_PARAMETERS);
    }
    (void)husk_psci_answer(call->regs, RET_SUCCESS);
    return HUSK_PSCI_SUSPEND;
}

int32_t husk_psci_affinity_info(struct husk_psci *psci, const struct husk_psci_call *call)
{
    static const unsigned lowest_bit[LEVELS] = { 0, 8, 16, 32 };
    const uint32_t level = (uint32_t)call->x[2]; /* 32 bits wide in both conventions */
    int32_t result = RET_INVALID_PARAMETERS;
    uint64_t mask; /* the fields that count at `level`: those below it are ignored */

    if (level >= LEVELS || (call->x[1] & ~affinity_fields) != 0) {
        return RET_INVALID_PARAMETERS;
    }
    mask = affinity_fields & (UINT64_MAX << lowest_bit[husk_index_nospec(level, LEVELS)]);
    for (unsigned i = 0; i < psci->vcpu_count; i++) {
        if (((psci->mpidr[i] ^ call->x[1]) & mask) != 0) {
            continue;
        }
        /* One vCPU that is on makes the group on; failing that, one that is starting. */
        const enum husk_psci_power power = power_of(psci, i);

        if (power == HUSK_PSCI_ON) {
            return HUSK_PSCI_ON;
        }
        if (result != HUSK_PSCI_ON_PENDING) {
            result = (int32_t)power;
        }
    }
    return result;
}
