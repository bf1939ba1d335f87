// SPDX-License-Identifier: Apache-2.0
#include "psci_internal.h"

enum {
    AFFINITY_LEVELS = 4,
    ENTRY_BYTES = 4, /* one A64 instruction: size and alignment of what an entry points to */
};

/* Aff3 [39:32], Aff2 [23:16], Aff1 [15:8], Aff0 [7:0] of MPIDR_EL1 and of target_cpu. */
static const uint64_t affinity_fields = HUSK_BITS(39, 32) | HUSK_BITS(23, 0);

/* @return what the power state of a vCPU was; if that is `from`, it is `to` now. Of callers that
 * race, one finds `from`. */
static uint8_t change(struct husk_psci *psci, unsigned vcpu, uint8_t from, uint8_t to)
{
    HUSK_ASSERT(vcpu < psci->vcpu_count);
    (void)__atomic_compare_exchange_n(&psci->power[vcpu], &from, to, false, __ATOMIC_ACQ_REL,
                                      __ATOMIC_ACQUIRE);
    return from;
}

void husk_psci_reset(struct husk_psci *psci)
{
    for (unsigned i = 0; i < HUSK_PSCI_VCPU_MAX; i++) {
        __atomic_store_n(&psci->power[i], i == 0 ? HUSK_PSCI_ON : HUSK_PSCI_OFF, __ATOMIC_RELEASE);
    }
}

void husk_psci_started(struct husk_psci *psci, unsigned vcpu)
{
    /* Nothing but the pending start is completed: a reset in between wins. */
    (void)change(psci, vcpu, HUSK_PSCI_ON_PENDING, HUSK_PSCI_ON);
}

/* From `vcpu` on the first that `target` names, but for the fields in `ignored`; a reserved bit
 * makes it nobody's: vcpu_count. */
static unsigned next_vcpu(const struct husk_psci *psci, unsigned vcpu, uint64_t target,
                          uint64_t ignored)
{
    while (vcpu < psci->vcpu_count &&
           (((psci->mpidr[vcpu] & affinity_fields) ^ target) & ~ignored) != 0) {
        vcpu++;
    }
    return vcpu;
}

static bool entry_valid(const struct husk_psci *psci, uint64_t entry)
{
    bool in_ram = false;

    for (size_t i = 0; i < psci->ram_count; i++) {
        in_ram |= husk_range_contains(psci->ram[i], entry, ENTRY_BYTES);
    }
    return in_ram && husk_is_aligned(entry, ENTRY_BYTES);
}

enum husk_psci_do husk_psci_cpu_on(struct husk_psci *psci, const struct husk_psci_call *call)
{
    const unsigned target = next_vcpu(psci, 0, call->x[1], 0);
    uint8_t power;

    if (target == psci->vcpu_count) {
        return husk_psci_answer(call->regs, RET_INVALID_PARAMETERS);
    }
    if (!entry_valid(psci, call->x[2])) {
        return husk_psci_answer(call->regs, RET_INVALID_ADDRESS);
    }
    power = change(psci, target, HUSK_PSCI_OFF, HUSK_PSCI_ON_PENDING);
    if (power != HUSK_PSCI_OFF) {
        return husk_psci_answer(call->regs,
                                power == HUSK_PSCI_ON ? RET_ALREADY_ON : RET_ON_PENDING);
    }
    call->action->vcpu = target;
    call->action->entry = call->x[2];
    call->action->context_id = call->x[3];
    (void)husk_psci_answer(call->regs, RET_SUCCESS);
    return HUSK_PSCI_START;
}

enum husk_psci_do husk_psci_cpu_off(struct husk_psci *psci, const struct husk_psci_call *call)
{
    HUSK_ASSERT(call->vcpu < psci->vcpu_count);
    __atomic_store_n(&psci->power[call->vcpu], HUSK_PSCI_OFF, __ATOMIC_RELEASE);
    call->action->vcpu = call->vcpu;
    return HUSK_PSCI_STOP;
}

/* One vCPU that is on makes a group on; failing that, one that is starting. */
int32_t husk_psci_affinity_info(struct husk_psci *psci, uint64_t target, uint32_t level)
{
    const uint64_t below = HUSK_BIT(8 * (level % AFFINITY_LEVELS)) - 1; /* the fields below it */
    int32_t result = RET_INVALID_PARAMETERS;

    if (level >= AFFINITY_LEVELS) {
        return RET_INVALID_PARAMETERS;
    }
    for (unsigned i = next_vcpu(psci, 0, target, below);
         i < psci->vcpu_count && result != HUSK_PSCI_ON;
         i = next_vcpu(psci, i + 1, target, below)) {
        const int32_t power = change(psci, i, HUSK_PSCI_ON, HUSK_PSCI_ON);

        result = power == HUSK_PSCI_ON || power > result ? power : result;
    }
    return result;
}
