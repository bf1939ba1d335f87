// SPDX-License-Identifier: Apache-2.0
#include "psci_internal.h"

/* SMCCC DEN0028E, "SMCCC_ARCH_WORKAROUND_1" and on. As psci_internal.h has identifiers. */
enum {
    FN_WORKAROUND_3 = 0x00003FFF,
    FN_WORKAROUND_2 = 0x00007FFF,
    FN_WORKAROUND_1 = 0x00008000,
    NONE = 3, /* past the last */
};

/* The workaround that `fn` names, by its place in husk_psci.workaround; NONE. */
static unsigned place_of(uint32_t fn)
{
    switch (fn) {
    case FN_WORKAROUND_1:
        return 0;
    case FN_WORKAROUND_2:
        return 1;
    case FN_WORKAROUND_3:
        return 2;
    default:
        return NONE;
    }
}

enum husk_psci_do husk_psci_workarounds(const struct husk_psci *psci,
                                        const struct husk_psci_call *call)
{
    const bool asks = call->fn == FN_ARCH_FEATURES;
    const unsigned place = place_of(asks ? husk_psci_fn(call->x[1]) : call->fn);
    int32_t offered;

    if (place == NONE) {
        return psci->trng != NULL ? psci->trng(psci, call)
                                  : husk_psci_answer(call->regs, RET_NOT_SUPPORTED);
    }
    offered = psci->workaround[place];
    if (asks) {
        return husk_psci_answer(call->regs, offered);
    }
    /* 1: this CPU needs none, and a caller that calls all the same is answered at once. */
    (void)husk_psci_answer(call->regs, offered < 0 ? RET_NOT_SUPPORTED : RET_SUCCESS);
    call->action->function = husk_psci_fn(call->fn); /* its own inverse */
    return offered == 0 ? HUSK_PSCI_WORKAROUND : HUSK_PSCI_RESUME;
}
