// SPDX-License-Identifier: Apache-2.0
#include "psci_internal.h"

enum {
    SMCCC_VERSION_1_2 = 0x00010002,
    NO_WORKAROUND = 3, /* past the last */
};

static const uint32_t workarounds[] = { FN_WORKAROUND_1, FN_WORKAROUND_2, FN_WORKAROUND_3 };

/* Index into husk_psci.workaround; NO_WORKAROUND: `fn` names none. */
static unsigned workaround_index(uint32_t fn)
{
    unsigned index = 0;

    while (index < NO_WORKAROUND && workarounds[index] != fn) {
        index++;
    }
    return index;
}

static int32_t arch_features(const struct husk_psci *psci, uint32_t fn)
{
    const unsigned index = workaround_index(fn);

    if (index != NO_WORKAROUND) {
        return psci->workaround[index];
    }
    return fn == FN_SMCCC_VERSION || fn == FN_ARCH_FEATURES ? RET_SUCCESS : RET_NOT_SUPPORTED;
}

enum husk_psci_do husk_psci_smccc(const struct husk_psci *psci, const struct husk_psci_call *call)
{
    const unsigned index = workaround_index(call->fn);
    int32_t offered;

    if (call->fn == FN_SMCCC_VERSION) {
        return husk_psci_answer(call->regs, SMCCC_VERSION_1_2);
    }
    if (call->fn == FN_ARCH_FEATURES) {
        return husk_psci_answer(call->regs, arch_features(psci, husk_psci_fn(call->x[1])));
    }
    if (index == NO_WORKAROUND) {
        return psci->trng != NULL ? psci->trng(call)
                                  : husk_psci_answer(call->regs, RET_NOT_SUPPORTED);
    }
    offered = psci->workaround[index];
    /* 1: this CPU needs none, and a caller that asks all the same is answered at once. */
    (void)husk_psci_answer(call->regs, offered < 0 ? RET_NOT_SUPPORTED : RET_SUCCESS);
    call->action->function = husk_psci_fn(call->fn); /* its own inverse */
    return offered == 0 ? HUSK_PSCI_WORKAROUND : HUSK_PSCI_RESUME;
}
