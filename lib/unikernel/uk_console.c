// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <husk/arch.h>
#include <stdio.h>

/* PL011. Source: PrimeCell UART (PL011) Technical Reference Manual, DDI 0183G. */
enum {
    UART_DR = 0x00,
    UART_FR = 0x18,
    UART_LCR_H = 0x2C,
    UART_CR = 0x30,
    UART_IFLS = 0x34,
    UART_IMSC = 0x38,
    UART_ICR = 0x44,
};

static const uint32_t fr_rxfe = 1U << 4;
static const uint32_t lcr_h_8bit_fifo = 0x70;
static const uint32_t cr_on = 0x301;  /* UARTEN, TXE, RXE */
static const uint32_t ifls_early = 0; /* interrupt at 1/8 full */
static const uint32_t int_rx = 0x50;  /* RX, RX timeout */
static const uint32_t int_all = 0x7FF;

static struct husk_uk_ring received;
/* Characters may lie in the UART, without interrupt: those of before the start; the ring was full.
 */
static bool is_held = true;

/* Moves what the UART holds to the ring, with interrupts masked. True: all of it. */
static bool drain(void)
{
    while ((husk_mmio_read32(husk_uk_machine.uart.base + UART_FR) & fr_rxfe) == 0) {
        if (husk_uk_ring_is_full(&received)) {
            return false;
        }
        (void)husk_uk_ring_push(&received,
                                (uint8_t)husk_mmio_read32(husk_uk_machine.uart.base + UART_DR));
    }
    return true;
}

/* A full ring leaves the rest in the UART, its interrupt masked until somebody reads: the sender is
 * held up, nothing is lost. */
static void on_receive(void *context)
{
    (void)context;
    husk_mmio_write32(husk_uk_machine.uart.base + UART_ICR, int_rx);
    if (!drain()) {
        husk_mmio_write32(husk_uk_machine.uart.base + UART_IMSC, 0);
        is_held = true;
    }
}

/* After the ring ran empty: takes what was held up, then lets the interrupt come again. The UART
 * raises it where its FIFO fills past a level, not for what lies there already. */
static void release(void)
{
    if (drain()) {
        is_held = false;
        husk_mmio_write32(husk_uk_machine.uart.base + UART_IMSC, int_rx);
    }
}

void husk_uk_console_init(void)
{
    husk_mmio_write32(husk_uk_machine.uart.base + UART_IMSC, 0);
    husk_mmio_write32(husk_uk_machine.uart.base + UART_LCR_H, lcr_h_8bit_fifo);
    husk_mmio_write32(husk_uk_machine.uart.base + UART_IFLS, ifls_early);
    husk_mmio_write32(husk_uk_machine.uart.base + UART_CR, cr_on);
    husk_mmio_write32(husk_uk_machine.uart.base + UART_ICR, int_all);
    if (husk_uk_irq_set(husk_uk_machine.uart_intid, on_receive, NULL) != HUSK_OK) {
        husk_uk_refuse("no console interrupt");
    }
    husk_mmio_write32(husk_uk_machine.uart.base + UART_IMSC, int_rx);
}

/* The next typed character; sleeps until there is one. */
static uint8_t read_char(void)
{
    const uint64_t state = husk_uk_irq_mask();
    uint8_t c;

    while (!husk_uk_ring_pop(&received, &c)) {
        if (is_held) {
            release();
        } else {
            husk_uk_wait();
        }
    }
    husk_uk_irq_restore(state);
    return c;
}

static void put_text(const char *text)
{
    for (; *text != '\0'; text++) {
        husk_uk_console_put_raw(*text);
    }
}

static void show(const struct husk_uk_line *line, enum husk_uk_line_echo echo, uint8_t c)
{
    switch (echo) {
    case HUSK_UK_LINE_SILENT:
        return;
    case HUSK_UK_LINE_ECHO:
        husk_uk_console_put_raw((char)c);
        return;
    case HUSK_UK_LINE_ERASE:
        for (size_t i = 0; i < line->columns; i++) {
            put_text("\b \b");
        }
        return;
    case HUSK_UK_LINE_BELL:
        put_text("\a");
        return;
    case HUSK_UK_LINE_DONE:
        put_text("\r\n");
        return;
    }
}

int husk_uk_read_line(char *buf, size_t buf_bytes)
{
    static bool is_after_cr; /* a terminal's CR LF is one line end */
    struct husk_uk_line line;
    enum husk_uk_line_echo echo;

    if (buf_bytes == 0 || buf_bytes > INT32_MAX) {
        return -1;
    }
    husk_uk_line_init(&line, buf, buf_bytes);
    do {
        const uint8_t c = read_char();
        const bool is_second = is_after_cr && c == '\n';

        is_after_cr = c == '\r';
        echo = is_second ? HUSK_UK_LINE_SILENT : husk_uk_line_feed(&line, c);
        show(&line, echo, c);
    } while (echo != HUSK_UK_LINE_DONE);
    return (int)line.length;
}

static int stdout_put(char c, FILE *file)
{
    (void)file;
    if (c == '\n') {
        husk_uk_console_put_raw('\r');
    }
    husk_uk_console_put_raw(c);
    return (unsigned char)c;
}

/* stdin is line by line, so that what is typed can be edited and is echoed. */
static int stdin_get(FILE *file)
{
    static char line[256];
    static size_t next, length;

    (void)file;
    if (next == length) {
        length = (size_t)husk_uk_read_line(line, sizeof(line) - 1);
        line[length++] = '\n';
        next = 0;
    }
    return (unsigned char)line[next++];
}

/* picolibc calls a stream by its FILE object; it is never copied.
   NOLINTNEXTLINE(cert-fio38-c,misc-non-copyable-objects) */
static FILE console = FDEV_SETUP_STREAM(stdout_put, stdin_get, NULL, _FDEV_SETUP_RW);
FILE *const stdin = &console;
FILE *const stdout = &console;
FILE *const stderr = &console;
