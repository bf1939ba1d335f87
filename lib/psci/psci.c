// SPDX-License-Identifier: Apache-2.0
#include "psci_internal.h"

enum {
    PSCI_VERSION_1_1 = 0x00010001,
    SMCCC_VERSION_1_2 = 0x00010002,
    MIGRATE_NOT_REQUIRED = 2, /* no trusted OS, or one that runs on any CPU */
    RESET_TYPE_WARM = 0,      /* SYSTEM_WARM_RESET, the one architectural type */
};

static const uint32_t fn_smc64 = UINT32_C(1) << 30;

/* SMCCC 1.3: "the caller holds no live SVE state". A hint, never part of the identity. */
static const uint32_t fn_hint_no_sve = UINT32_C(1) << 16;

/* What PSCI_FEATURES says. CPU_SUSPEND's flags are 0: platform-coordinated mode only, power_state
 * in the original format. */
static int32_t psci_features(uint32_t fn)
{
    switch (fn) {
    case FN_PSCI_VERSION:
    case FN_CPU_SUSPEND:
    case FN_CPU_SUSPEND64:
    case FN_CPU_OFF:
    case FN_CPU_ON:
    case FN_CPU_ON64:
    case FN_AFFINITY_INFO:
    case FN_AFFINITY_INFO64:
    case FN_MIGRATE_INFO_TYPE:
    case FN_SYSTEM_OFF:
    case FN_SYSTEM_RESET:
    case FN_PSCI_FEATURES:
    case FN_SYSTEM_RESET2:
    case FN_SYSTEM_RESET2_64:
    case FN_SMCCC_VERSION:
        return RET_SUCCESS;
    default:
        return RET_NOT_SUPPORTED;
    }
}

/* An answer in x0 and nothing else to do. */
static struct husk_psci_action answer(const struct husk_psci_call *call, int32_t value)
{
    husk_psci_return(call->regs, value);
    return (struct husk_psci_action){ .what = HUSK_PSCI_RESUME };
}

static struct husk_psci_action system_reset2(const struct husk_psci_call *call)
{
    /* reset_type is 32 bits wide in both conventions; bit 31 marks a vendor's own types. */
    if ((uint32_t)call->x[1] != RESET_TYPE_WARM) {
        return answer(call, RET_INVALID_PARAMETERS);
    }
    return (struct husk_psci_action){ .what = HUSK_PSCI_SYSTEM_RESET };
}

static struct husk_psci_action dispatch(struct husk_psci *psci, const struct husk_psci_call *call)
{
    switch (call->fn) {
    case FN_CPU_SUSPEND:
    case FN_CPU_SUSPEND64:
        return husk_psci_cpu_suspend(call);
    case FN_CPU_OFF:
        return husk_psci_cpu_off(psci, call);
    case FN_CPU_ON:
    case FN_CPU_ON64:
        return husk_psci_cpu_on(psci, call);
    case FN_AFFINITY_INFO:
    case FN_AFFINITY_INFO64:
        return answer(call, husk_psci_affinity_info(psci, call));
    case FN_MIGRATE_INFO_TYPE:
        return answer(call, MIGRATE_NOT_REQUIRED);
    case FN_SYSTEM_OFF:
        return (struct husk_psci_action){ .what = HUSK_PSCI_SYSTEM_OFF };
    case FN_SYSTEM_RESET:
        return (struct husk_psci_action){ .what = HUSK_PSCI_SYSTEM_RESET };
    case FN_SYSTEM_RESET2:
    case FN_SYSTEM_RESET2_64:
        return system_reset2(call);
    case FN_PSCI_FEATURES:
        return answer(call, psci_features(husk_psci_fn(call->x[1])));
    case FN_SMCCC_VERSION:
        return answer(call, SMCCC_VERSION_1_2);
    case FN_ARCH_FEATURES:
        return answer(call, husk_psci_arch_features(psci, husk_psci_fn(call->x[1])));
    case FN_WORKAROUND_1:
    case FN_WORKAROUND_2:
    case FN_WORKAROUND_3:
        return husk_psci_workaround(psci, call);
    case FN_TRNG_VERSION:
    case FN_TRNG_FEATURES:
    case FN_TRNG_GET_UUID:
    case FN_TRNG_RND32:
    case FN_TRNG_RND64:
        return psci->trng != NULL ? psci->trng(call) : answer(call, RET_NOT_SUPPORTED);
    default:
        return answer(call, RET_NOT_SUPPORTED);
    }
}

/* Out of line, so that the frame it needs is not built for PSCI_VERSION. */
__attribute__((noinline)) static enum husk_psci_do call_any(struct husk_psci *psci, unsigned vcpu,
                                                            uint64_t *regs, uint32_t fn,
                                                            struct husk_psci_action *action)
{
    const uint64_t kept = (fn & fn_smc64) != 0 ? UINT64_MAX : UINT32_MAX;
    const struct husk_psci_call call = {
        .fn = fn,
        .vcpu = vcpu,
        .x = { [1] = regs[1] & kept, regs[2] & kept, regs[3] & kept },
        .regs = regs,
    };

    *action = dispatch(psci, &call);
    return action->what;
}

enum husk_psci_do husk_psci_call(struct husk_psci *psci, unsigned vcpu, uint64_t *regs,
                                 struct husk_psci_action *action)
{
    /* The identifier is W0: whatever stands in the upper half is not looked at. */
    const uint32_t fn = husk_psci_fn(regs[0]) & ~fn_hint_no_sve;

    if (fn == FN_PSCI_VERSION) {
        husk_psci_return(regs, PSCI_VERSION_1_1);
        return HUSK_PSCI_RESUME;
    }
    return call_any(psci, vcpu, regs, fn, action);
}
