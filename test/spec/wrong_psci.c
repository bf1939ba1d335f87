// SPDX-License-Identifier: Apache-2.0
// A mistake in husk::psci: CPU_ON says SUCCESS and starts nobody.
#include "psci_internal.h"

struct husk_psci_action __wrap_husk_psci_cpu_on(struct husk_psci *psci,
                                                const struct husk_psci_call *call);

struct husk_psci_action __wrap_husk_psci_cpu_on(struct husk_psci *psci,
                                                const struct husk_psci_call *call)
{
    (void)psci;
    husk_psci_return(call->regs, RET_SUCCESS);
    return (struct husk_psci_action){ .what = HUSK_PSCI_RESUME };
}
