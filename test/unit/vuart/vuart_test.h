// SPDX-License-Identifier: Apache-2.0
#ifndef VUART_TEST_H
#define VUART_TEST_H

/* What the UART tests share: offsets and bits as DDI 0183G gives them, and short accessors. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <husk/vuart.h>

enum {
    UARTDR = 0x00,
    UARTRSR = 0x04,
    UARTFR = 0x18,
    UARTILPR = 0x20,
    UARTIBRD = 0x24,
    UARTFBRD = 0x28,
    UARTLCR_H = 0x2C,
    UARTCR = 0x30,
    UARTIFLS = 0x34,
    UARTIMSC = 0x38,
    UARTRIS = 0x3C,
    UARTMIS = 0x40,
    UARTICR = 0x44,
    UARTDMACR = 0x48,
};

enum {
    TX = 0x020,
    RX = 0x010,
    RT = 0x040,
    BE = 0x200,
    OE = 0x400,
};

enum {
    FEN = 0x10,
    LBE = 0x80,
};

enum {
    FLAG_BUSY = 0x08,
    FLAG_RXFE = 0x10,
    FLAG_TXFF = 0x20,
    FLAG_RXFF = 0x40,
    FLAG_TXFE = 0x80,
};

static struct husk_vuart uart;

/* cmocka's set-up: a UART out of reset. */
static inline int fresh_uart(void **state)
{
    (void)state;
    husk_vuart_reset(&uart);
    return 0;
}

static inline uint32_t rd(unsigned offset)
{
    return husk_vuart_read(&uart, offset, 4);
}

static inline void wr(unsigned offset, uint32_t value)
{
    husk_vuart_write(&uart, offset, 4, value);
}

static inline void push(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        husk_vuart_rx_push(&uart, (uint8_t)(0x40 + i));
    }
}

static inline int pop(void)
{
    uint8_t c = 0;

    return husk_vuart_tx_pop(&uart, &c) ? c : -1;
}

#endif
