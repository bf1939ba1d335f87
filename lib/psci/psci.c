// SPDX-License-Identifier: Apache-2.0
#include "psci_internal.h"

enum {
    PSCI_VERSION_1_1 = 0x00010001,
    SMCCC_VERSION_1_2 = 0x00010002,
    MIGRATE_NOT_REQUIRED = 2, /* no trusted OS, or one that runs on any CPU */
    RESET_TYPE_WARM = 0,      /* SYSTEM_WARM_RESET, the one architectural type */
    AFFINITY_LEVELS = 4,
    ENTRY_BYTES = 4, /* one A64 instruction: size and alignment of what an entry points to */
};

/* PSCI's functions by number: what an identifier adds to FN_PSCI_VERSION. */
enum {
    PSCI_VERSION = 0,
    CPU_SUSPEND = 1,
    CPU_OFF = 2,
    CPU_ON = 3,
    AFFINITY_INFO = 4,
    MIGRATE_INFO_TYPE = 6,
    SYSTEM_OFF = 8,
    SYSTEM_RESET = 9,
    PSCI_FEATURES = 10,
    SYSTEM_RESET2 = 18,
    NUMBER_NONE = 32, /* past all */
};

/* Those that are offered, a bit each: in either convention, and in SMC32 alone. */
enum {
    IN_BOTH = 1 << CPU_SUSPEND | 1 << CPU_ON | 1 << AFFINITY_INFO | 1 << SYSTEM_RESET2,
    IN_SMC32 = 1 << PSCI_VERSION | 1 << CPU_OFF | 1 << MIGRATE_INFO_TYPE | 1 << SYSTEM_OFF |
               1 << SYSTEM_RESET | 1 << PSCI_FEATURES,
};

/* Aff3 [39:32], Aff2 [23:16], Aff1 [15:8], Aff0 [7:0] of MPIDR_EL1 and of target_cpu. */
static const uint64_t affinity_fields = HUSK_BITS(39, 32) | HUSK_BITS(23, 0);

/* power_state, original format: StateType [16], StateID [15:0]; the power level [25:24] must be 0
 * (a core), all else is reserved. */
static const uint64_t power_state_zero = HUSK_BITS(31, 17);

/* SMCCC 1.3: "the caller holds no live SVE state". A hint, never part of the identity. */
static const uint32_t fn_hint_no_sve = UINT32_C(1) << 16;

/* ---- power states ---- */

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

static enum husk_psci_do cpu_on(struct husk_psci *psci, const struct husk_psci_call *call)
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

static enum husk_psci_do cpu_off(struct husk_psci *psci, const struct husk_psci_call *call)
{
    HUSK_ASSERT(call->vcpu < psci->vcpu_count);
    __atomic_store_n(&psci->power[call->vcpu], HUSK_PSCI_OFF, __ATOMIC_RELEASE);
    call->action->vcpu = call->vcpu;
    return HUSK_PSCI_STOP;
}

static enum husk_psci_do cpu_suspend(const struct husk_psci_call *call)
{
    const bool is_valid = (call->x[1] & power_state_zero) == 0;

    (void)husk_psci_answer(call->regs, is_valid ? RET_SUCCESS : RET_INVALID_PARAMETERS);
    return is_valid ? HUSK_PSCI_SUSPEND : HUSK_PSCI_RESUME;
}

/* One vCPU that is on makes a group on; failing that, one that is starting. */
static int32_t affinity_info(struct husk_psci *psci, uint64_t target, uint32_t level)
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

/* ---- SMCCC discovery ---- */

/* What ARCH_FEATURES says. */
static int32_t arch_features(const struct husk_psci *psci, uint32_t fn)
{
    switch (fn) {
    case FN_SMCCC_VERSION:
    case FN_ARCH_FEATURES:
        return RET_SUCCESS;
    case FN_WORKAROUND_1:
        return psci->workaround[0];
    case FN_WORKAROUND_2:
        return psci->workaround[1];
    case FN_WORKAROUND_3:
        return psci->workaround[2];
    default:
        return RET_NOT_SUPPORTED;
    }
}

/* SMCCC_ARCH_WORKAROUND_n. 1: this CPU needs none, and a caller that asks all the same is answered
 * at once. */
static enum husk_psci_do work_around(const struct husk_psci *psci,
                                     const struct husk_psci_call *call)
{
    const int32_t offered = arch_features(psci, call->fn);

    (void)husk_psci_answer(call->regs, offered < 0 ? RET_NOT_SUPPORTED : RET_SUCCESS);
    call->action->function = husk_psci_fn(call->fn); /* its own inverse */
    return offered == 0 ? HUSK_PSCI_WORKAROUND : HUSK_PSCI_RESUME;
}

/* What is not PSCI's. */
static enum husk_psci_do smccc(const struct husk_psci *psci, const struct husk_psci_call *call)
{
    switch (call->fn) {
    case FN_SMCCC_VERSION:
        return husk_psci_answer(call->regs, SMCCC_VERSION_1_2);
    case FN_ARCH_FEATURES:
        return husk_psci_answer(call->regs, arch_features(psci, husk_psci_fn(call->x[1])));
    case FN_WORKAROUND_1:
    case FN_WORKAROUND_2:
    case FN_WORKAROUND_3:
        return work_around(psci, call);
    default:
        return psci->trng != NULL ? psci->trng(call)
                                  : husk_psci_answer(call->regs, RET_NOT_SUPPORTED);
    }
}

/* ---- a call ---- */

/* The number of a PSCI function that is offered, NUMBER_NONE for anything else. */
static uint32_t number_of(uint32_t fn)
{
    const uint32_t offered = (fn & FN_SMC64) != 0 ? IN_BOTH : IN_BOTH | IN_SMC32;
    const uint32_t number = (fn & ~(uint32_t)FN_SMC64) - FN_PSCI_VERSION;

    return number < NUMBER_NONE && (offered >> number & 1) != 0 ? number : NUMBER_NONE;
}

/* What PSCI_FEATURES says. CPU_SUSPEND's flags are 0: platform-coordinated mode only, power_state
 * in the original format. */
static int32_t psci_features(uint32_t fn)
{
    return fn == FN_SMCCC_VERSION || number_of(fn) != NUMBER_NONE ? RET_SUCCESS : RET_NOT_SUPPORTED;
}

static enum husk_psci_do dispatch(struct husk_psci *psci, const struct husk_psci_call *call)
{
    switch (number_of(call->fn)) {
    case CPU_SUSPEND:
        return cpu_suspend(call);
    case CPU_OFF:
        return cpu_off(psci, call);
    case CPU_ON:
        return cpu_on(psci, call);
    case AFFINITY_INFO:
        /* The level is 32 bits wide in both conventions. */
        return husk_psci_answer(call->regs, affinity_info(psci, call->x[1], (uint32_t)call->x[2]));
    case MIGRATE_INFO_TYPE:
        return husk_psci_answer(call->regs, MIGRATE_NOT_REQUIRED);
    case SYSTEM_OFF:
        return HUSK_PSCI_SYSTEM_OFF;
    case SYSTEM_RESET:
        return HUSK_PSCI_SYSTEM_RESET;
    case SYSTEM_RESET2:
        /* reset_type is 32 bits wide in both conventions; bit 31 marks a vendor's own types. */
        return (uint32_t)call->x[1] == RESET_TYPE_WARM
                   ? HUSK_PSCI_SYSTEM_RESET
                   : husk_psci_answer(call->regs, RET_INVALID_PARAMETERS);
    case PSCI_FEATURES:
        return husk_psci_answer(call->regs, psci_features(husk_psci_fn(call->x[1])));
    default:
        return smccc(psci, call);
    }
}

/* Out of line, so that the frame it needs is not built for PSCI_VERSION. */
__attribute__((noinline)) static enum husk_psci_do call_any(struct husk_psci *psci, unsigned vcpu,
                                                            uint64_t *regs, uint32_t fn,
                                                            struct husk_psci_action *action)
{
    const uint64_t kept = (fn & FN_SMC64) != 0 ? UINT64_MAX : UINT32_MAX;
    const struct husk_psci_call call = {
        .fn = fn,
        .vcpu = vcpu,
        .x = { [1] = regs[1] & kept, regs[2] & kept, regs[3] & kept },
        .regs = regs,
        .action = action,
    };

    action->what = dispatch(psci, &call);
    return action->what;
}

enum husk_psci_do husk_psci_call(struct husk_psci *psci, unsigned vcpu, uint64_t *regs,
                                 struct husk_psci_action *action)
{
    /* The identifier is W0: whatever stands in the upper half is not looked at. */
    const uint32_t fn = husk_psci_fn(regs[0]) & ~fn_hint_no_sve;

    if (fn == FN_PSCI_VERSION) {
        return husk_psci_answer(regs, PSCI_VERSION_1_1);
    }
    return call_any(psci, vcpu, regs, fn, action);
}
