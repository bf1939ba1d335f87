// SPDX-License-Identifier: Apache-2.0
// A mistake in husk::psci: CPU_ON says SUCCESS and starts nobody.
#include "psci_internal.h"

enum husk_psci_do __wrap_husk_psci_cpu_on(struct husk_psci *psci,
                                          const struct husk_psci_call *call);

enum husk_psci_do __wrap_husk_psci_cpu_on(struct husk_psci *psci, const struct husk_psci_call *call)
{
    (void)psci;
    return husk_psci_answer(call->regs, RET_SUCCESS);
}
