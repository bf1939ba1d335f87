// SPDX-License-Identifier: Apache-2.0
#include <husk/arch.h>
#include <husk/platform.h>

static const uint32_t psci_cpu_on = UINT32_C(0xc4000003);
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

enum husk_err husk_platform_cpu_on(uint64_t affinity, uint64_t entry, uint64_t context)
{
    struct husk_smccc call = { .x0 = psci_cpu_on, .x1 = affinity, .x2 = entry, .x3 = context };

    husk_smc(&call);
    return call.x0 == 0 ? HUSK_OK : HUSK_ENOTSUP;
}
