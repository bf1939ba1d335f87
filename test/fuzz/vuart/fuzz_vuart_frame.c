// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a guest of the PL011, and as what is typed to it: accesses of any size to any
 * offset. What it sends comes out in order, once; what it is given comes in, in order, while it is
 * ready; the flags and the line say what there is. */
#include <stdlib.h>
#include <string.h>

#include <husk/vuart.h>

enum {
    STEP_BYTES = 6,
    DR = 0x00,
    FR = 0x18,
    LCR_H = 0x2c,
    CR = 0x30,
    RIS = 0x3c,
    MIS = 0x40,
    FR_RXFE = 1 << 4,
    FR_TXFF = 1 << 5,
    FR_TXFE = 1 << 7,
    LOOPED = 1 << 7,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct husk_vuart uart;
static uint8_t given[HUSK_VUART_FIFO_DEPTH];
static unsigned given_count;
static bool given_known; /* nothing else changed the FIFO: loop-back, or one that shrank */

static void need(bool truth)
{
    if (!truth) {
        abort();
    }
}

static void check(void)
{
    const uint32_t flags = husk_vuart_read(&uart, FR, 4);
    const uint32_t masked = husk_vuart_read(&uart, MIS, 4);

    need(uart.rx.count <= HUSK_VUART_FIFO_DEPTH && uart.tx.count <= HUSK_VUART_FIFO_DEPTH);
    need(uart.rx.head < HUSK_VUART_FIFO_DEPTH && uart.tx.head < HUSK_VUART_FIFO_DEPTH);
    need(husk_vuart_line(&uart) == (masked != 0));
    need((masked & ~husk_vuart_read(&uart, RIS, 4)) == 0);
    need((flags & FR_RXFE) != 0 || uart.rx.count != 0);
    need(((flags & FR_TXFE) != 0) == (uart.tx.count == 0));
    need(!given_known || uart.rx.count == given_count);
}

static void push(uint8_t c)
{
    const bool ready = husk_vuart_rx_ready(&uart);
    const unsigned before = uart.rx.count;

    husk_vuart_rx_push(&uart, c);
    need(uart.rx.count == before + (ready ? 1 : 0));
    if (ready && given_count < HUSK_VUART_FIFO_DEPTH) {
        given[given_count++] = c;
    }
}

static void read_any(uint64_t offset, unsigned size)
{
    const uint32_t value = husk_vuart_read(&uart, offset, size);

    need(size >= 4 || value >> (8 * size) == 0);
    if (offset != DR || given_count == 0) {
        return;
    }
    need(!given_known || (value & 0xff) == given[0]);
    given_count--;
    memmove(given, given + 1, given_count);
}

static void write_any(uint64_t offset, unsigned size, uint32_t value)
{
    const bool full = (husk_vuart_read(&uart, FR, 4) & FR_TXFF) != 0;
    const unsigned before = uart.tx.count;

    husk_vuart_write(&uart, offset, size, value);
    if (offset == DR && !full && (husk_vuart_read(&uart, CR, 4) & LOOPED) == 0) {
        need(uart.tx.count == before + 1);
        need((uint8_t)uart.tx.data[(uart.tx.head + uart.tx.count - 1u) % HUSK_VUART_FIFO_DEPTH] ==
             (uint8_t)value);
    } else if (full || (offset != DR && offset != LCR_H && offset != CR)) {
        need(uart.tx.count == before);
    }
    given_known &= offset != LCR_H && offset != CR;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    husk_vuart_reset(&uart);
    given_count = 0;
    given_known = true;
    for (size_t at = 0; at + STEP_BYTES <= size; at += STEP_BYTES) {
        const uint8_t *const step = data + at;
        const uint64_t offset = (step[0] & 0x80) != 0 ? step[1] | step[2] << 8u : step[1] & 0x7cu;
        const unsigned bytes = 1u << (step[0] >> 4 & 3) % 3;
        uint8_t c;

        switch (step[0] % 4) {
        case 0:
            read_any(offset, bytes);
            break;
        case 1:
            write_any(offset, bytes, step[2] | (uint32_t)step[3] << 8 | (uint32_t)step[4] << 16);
            break;
        case 2:
            push(step[5]);
            break;
        default:
            (void)husk_vuart_tx_pop(&uart, &c);
        }
        check();
    }
    return 0;
}
