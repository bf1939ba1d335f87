// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_UART_H
#define HUSK_UART_H

/** @file
 * A board's own serial port, by polling or by interrupt: PL011, and the mini-UART of Broadcom's
 * SoCs. A port is const data that the board writes with the macro of its kind; what the kinds have
 * in common is code here, and a kind that no board of an image names is not linked.
 * No lock: the calls for one port are the caller's to serialize.
 *
 * Source: PrimeCell UART (PL011) Technical Reference Manual, ARM DDI 0183G; BCM2711 ARM
 * Peripherals, "Mini UART".
 */

#include <husk/arch.h>

struct husk_uart;

/** What all ports of one kind have in common. */
struct husk_uart_kind {
    uint8_t data; /**< offsets of registers */
    uint8_t status;
    uint8_t mask;
    uint32_t flip;   /**< bits of the status that say the opposite of the next two */
    uint32_t full;   /**< status: no room for what is to be sent */
    uint32_t empty;  /**< status: nothing was received */
    uint32_t tx_int; /**< mask: interrupt while there is room */
    uint32_t rx_int; /**< mask: interrupt while something was received */
    void (*start)(const struct husk_uart *uart);
};

struct husk_uart {
    const struct husk_uart_kind *kind;
    uintptr_t base; /**< as mapped where the calls are made */
    uint16_t intid; /**< of its interrupt, level sensitive, on the physical GIC */
    /** Baud rate; 0: as whoever ran before has left it. PL011: UARTIBRD << 6 | UARTFBRD. */
    uint32_t divisor;
};

extern const struct husk_uart_kind husk_uart_pl011, husk_uart_bcm_mini;

/** A PL011. */
#define HUSK_UART_PL011(base_, intid_, divisor_)                                                   \
    { .kind = &husk_uart_pl011, .base = (base_), .intid = (intid_), .divisor = (divisor_) }

/** The mini-UART at AUX_MU_IO_REG of the auxiliary peripherals that begin at `base_`. Its baud rate
 * hangs on the core clock, which only the firmware knows: it is never changed. */
#define HUSK_UART_BCM_MINI(base_, intid_)                                                          \
    { .kind = &husk_uart_bcm_mini, .base = (base_), .intid = (intid_) }

/** Turns the port on: eight data bits, no parity, FIFOs on, no interrupt. */
static inline void husk_uart_init(const struct husk_uart *uart)
{
    uart->kind->start(uart);
}

/** True when husk_uart_write() has room for one character. */
static inline bool husk_uart_can_write(const struct husk_uart *uart)
{
    return ((husk_mmio_read32(uart->base + uart->kind->status) ^ uart->kind->flip) &
            uart->kind->full) == 0;
}

/** Sends one character. What is sent without room is lost. */
static inline void husk_uart_write(const struct husk_uart *uart, uint8_t c)
{
    husk_mmio_write32(uart->base + uart->kind->data, c);
}

/** True when husk_uart_read() has a character. */
static inline bool husk_uart_can_read(const struct husk_uart *uart)
{
    return ((husk_mmio_read32(uart->base + uart->kind->status) ^ uart->kind->flip) &
            uart->kind->empty) == 0;
}

/** Takes the next character received. */
static inline uint8_t husk_uart_read(const struct husk_uart *uart)
{
    return (uint8_t)husk_mmio_read32(uart->base + uart->kind->data);
}

/** Says when the port interrupts: `events` is tx_int, rx_int, both or 0. */
static inline void husk_uart_set_interrupts(const struct husk_uart *uart, uint32_t events)
{
    husk_mmio_write32(uart->base + uart->kind->mask, events);
}

#endif
