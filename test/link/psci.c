// SPDX-License-Identifier: Apache-2.0
#include "firmware.h"

#include <husk/psci.h>

void firmware(void)
{
    static struct husk_psci psci = { .vcpu_count = 1 };
    static uint64_t regs[18];
    static const uint64_t entropy[3];

    husk_psci_reset(&psci);
    struct husk_psci_action action = { .what = HUSK_PSCI_RESUME };

    (void)husk_psci_call(&psci, 0, regs, &action);
    husk_psci_random(&action, entropy, true, regs);
    husk_psci_started(&psci, 0);
}
