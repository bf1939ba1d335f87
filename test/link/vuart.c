// SPDX-License-Identifier: Apache-2.0
#include "firmware.h"

#include <husk/vuart.h>

void firmware(void)
{
    static struct husk_vuart uart;
    uint8_t c;

    husk_vuart_reset(&uart);
    husk_vuart_write(&uart, 0, 4, husk_vuart_read(&uart, 0x18, 4));
    if (husk_vuart_line(&uart) && husk_vuart_rx_ready(&uart) && husk_vuart_tx_pop(&uart, &c)) {
        husk_vuart_rx_push(&uart, c);
    }
}
