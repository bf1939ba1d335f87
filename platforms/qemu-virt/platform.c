// SPDX-License-Identifier: Apache-2.0
#include <husk/arch.h>
#include <husk/platform.h>

const struct husk_range husk_platform_own[] = { { 0, 0 } };

static const struct husk_uart uart =
    HUSK_UART_PL011(HUSK_PLATFORM_UART_BASE, HUSK_PLATFORM_UART_INTID, 0);

const struct husk_uart *husk_platform_uart(void)
{
    return &uart;
}

enum husk_err husk_platform_amend(struct husk_fdt_board *found)
{
    (void)found; /* QEMU's tree says all */
    return HUSK_OK;
}

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
