// SPDX-License-Identifier: Apache-2.0
#include "psci_internal.h"

enum {
    PSCI_VERSION_1_1 = 0x00010001,
    SMCCC_VERSION_1_2 = 0x00010002,
    MIGRATE_NOT_REQUIRED = 2, /* no trusted OS, or one that runs on any CPU */
    RESET_TYPE_WARM = 0,      /* SYSTEM_WARM_RESET, the one architectural type */
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

/* power_state, original format: StateType [16], StateID [15:0]; the power level [25:24] must be 0
 * (a core), all else is reserved. */
static const uint64_t power_state_zero = HUSK_BITS(31, 17);

/* SMCCC 1.3: "the caller holds no live SVE state". A hint, never part of the identity. */
static const uint32_t fn_hint_no_sve = UINT32_C(1) << 16;

static enum husk_psci_do cpu_suspend(const struct husk_psci_call *call)
{
    const bool is_valid = (call->x[1] & power_state_zero) == 0;

    (void)husk_psci_answer(call->regs, is_valid ? RET_SUCCESS : RET_INVALID_PARAMETERS);
    return is_valid ? HUSK_PSCI_SUSPEND : HUSK_PSCI_RESUME;
}

/* What is not PSCI's: those that every VM is offered, and the parts. */
static enum husk_psci_do smccc(const struct husk_psci *psci, const struct husk_psci_call *call)
{
    husk_psci_part_fn *const part = psci->workarounds != NULL ? psci->workarounds : psci->trng;
    const uint32_t asked = husk_psci_fn(call->x[1]);

    if (call->fn == FN_SMCCC_VERSION) {
        return husk_psci_answer(call->regs, SMCCC_VERSION_1_2);
    }
    if (call->fn == FN_ARCH_FEATURES && (asked == FN_SMCCC_VERSION || asked == FN_ARCH_FEATURES)) {
        return husk_psci_answer(call->regs, RET_SUCCESS);
    }
    return part != NULL ? part(psci, call) : husk_psci_answer(call->regs, RET_NOT_SUPPORTED);
}

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
        return husk_psci_cpu_off(psci, call);
    case CPU_ON:
        return husk_psci_cpu_on(psci, call);
    case AFFINITY_INFO:
        /* The level is 32 bits wide in both conventions. */
        return husk_psci_answer(call->regs,
                                husk_psci_affinity_info(psci, call->x[1], (uint32_t)call->x[2]));
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
