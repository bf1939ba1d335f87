// SPDX-License-Identifier: Apache-2.0
#include "psci_internal.h"

/* Index into husk_psci.workaround, for the three identifiers. */
static unsigned workaround_index(uint32_t fn)
{
    return fn == FN_WORKAROUND_1 ? 0 : fn == FN_WORKAROUND_2 ? 1 : 2;
}

int32_t husk_psci_arch_features(const struct husk_psci *psci, uint32_t fn)
{
    switch (fn) {
    case FN_SMCCC_VERSION:
    case FN_ARCH_FEATURES:
        return RET_SUCCESS;
    case FN_WORKAROUND_1:
    case FN_WORKAROUND_2:
    case FN_WORKAROUND_3:
        return psci->workaround[workaround_index(fn)];
    default:
        return RET_NOT_SUPPORTED;
    }
}

struct husk_psci_action husk_psci_workaround(const struct husk_psci *psci,
                                             const struct husk_psci_call *call)
{
    const int32_t offered = psci->workaround[workaround_index(call->fn)];

    /* 1: this CPU needs none, and a caller that asks all the same is answered at once. */
    husk_psci_return(call->regs, offered < 0 ? RET_NOT_SUPPORTED : RET_SUCCESS);
    return (struct husk_psci_action){
        .what = offered == 0 ? HUSK_PSCI_WORKAROUND : HUSK_PSCI_RESUME,
        .function = husk_psci_fn(call->fn), /* its own inverse */
    };
}
