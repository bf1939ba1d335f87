// SPDX-License-Identifier: Apache-2.0
#include <husk/arch.h>
#include <husk/platform.h>

static const uint32_t psci_system_off = UINT32_C(0x84000008);
static const uint32_t psci_system_reset = UINT32_C(0x84000009);

_Noreturn static void psci(uint32_t function)
{
    struct husk_smccc call = { .x0 = function };

    husk_smc(&call);
    for (;;) {
        husk_wfi(); /* SYSTEM_OFF and SYSTEM_RESET do not return */
    }
}

_Noreturn void husk_platform_power_off(void)
{
    psci(psci_system_off);
}

_Noreturn void husk_platform_reset(void)
{
    psci(psci_system_reset);
}
