// SPDX-License-Identifier: Apache-2.0
#include "firmware.h"

#include <husk/uart.h>

void firmware(void)
{
    static const struct husk_uart ports[] = {
        HUSK_UART_PL011(0x9000000, 33, 0),
        HUSK_UART_BCM_MINI(0xfe215000, 125),
    };

    for (size_t i = 0; i < HUSK_COUNT(ports); i++) {
        husk_uart_init(&ports[i]);
        if (husk_uart_can_read(&ports[i]) && husk_uart_can_write(&ports[i])) {
            husk_uart_write(&ports[i], husk_uart_read(&ports[i]));
        }
        husk_uart_set_interrupts(&ports[i], ports[i].kind->rx_int);
    }
}
