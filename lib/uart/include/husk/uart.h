// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_UART_H
#define HUSK_UART_H

/** @file
 * A board's own serial port, by polling or by interrupt: PL011, and the mini-UART of Broadcom's
 * SoCs. A port is const data that the board writes with the macro of its kind; what the kinds have
 * in common is code here, and the start of a kind that no board of an image names is not linked.
 * No lock: the calls for one port are the caller's to serialize.
 *
 * Source: PrimeCell UART (PL011) Technical Reference Manual, ARM DDI 0183G; BCM2711 ARM
 * Peripherals, "Mini UART".
 */

#include <husk/arch.h>

/** Fields beyond `base`, `intid` and `divisor` are the kind's: filled in by its macro. */
struct husk_uart {
    uintptr_t base; /**< as mapped where the calls are made */
    uint16_t intid; /**< of its interrupt, level sensitive, on the physical GIC */
    /** Baud rate; 0: as whoever ran before has left it. PL011: UARTIBRD << 6 | UARTFBRD. */
    uint32_t divisor;
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

/** A PL011. */
#define HUSK_UART_PL011(base_, intid_, divisor_)                                                   \
    { .base = (base_),                                                                             \
      .intid = (intid_),                                                                           \
      .divisor = (divisor_),                                                                       \
      .data = 0x00,                                                                                \
      .status = 0x18,                                                                              \
      .mask = 0x38,                                                                                \
      .full = 1u << 5,                                                                             \
      .empty = 1u << 4,                                                                            \
      .tx_int = 1u << 5,                                                                           \
      .rx_int = 1u << 4 | 1u << 6,                                                                 \
      .start = husk_uart_pl011_start }

/** The mini-UART at AUX_MU_IO_REG of the auxiliary peripherals that begin at `base_`. Its baud rate
 * hangs on the core clock, which only the firmware knows: it is never changed. */
#define HUSK_UART_BCM_MINI(base_, intid_)                                                          \
    { .base = (base_),                                                                             \
      .intid = (intid_),                                                                           \
      .data = 0x40,                                                                                \
      .status = 0x54,                                                                              \
      .mask = 0x44,                                                                                \
      .flip = 1u << 5 | 1u << 0,                                                                   \
      .full = 1u << 5,                                                                             \
      .empty = 1u << 0,                                                                            \
      .tx_int = 1u << 1,                                                                           \
      .rx_int = 1u << 0 | 3u << 2,                                                                 \
      .start = husk_uart_bcm_mini_start }

/** For the macros. */
void husk_uart_pl011_start(const struct husk_uart *uart);
void husk_uart_bcm_mini_start(const struct husk_uart *uart);

/** Turns the port on: eight data bits, no parity, FIFOs on, no interrupt. */
static inline void husk_uart_init(const struct husk_uart *uart)
{
    uart->start(uart);
}

/** True when husk_uart_write() has room for one character. */
static inline bool husk_uart_can_write(const struct husk_uart *uart)
{
    return ((husk_mmio_read32(uart->base + uart->status) ^ uart->flip) & uart->full) == 0;
}

/** Sends one character. What is sent without room is lost. */
static inline void husk_uart_write(const struct husk_uart *uart, uint8_t c)
{
    husk_mmio_write32(uart->base + uart->data, c);
}

/** True when husk_uart_read() has a character. */
static inline bool husk_uart_can_read(const struct husk_uart *uart)
{
    return ((husk_mmio_read32(uart->base + uart->status) ^ uart->flip) & uart->empty) == 0;
}

/** Takes the next character received. */
static inline uint8_t husk_uart_read(const struct husk_uart *uart)
{
    return (uint8_t)husk_mmio_read32(uart->base + uart->data);
}

/** Says when the port interrupts: `events` is tx_int, rx_int, both or 0. */
static inline void husk_uart_set_interrupts(const struct husk_uart *uart, uint32_t events)
{
    husk_mmio_write32(uart->base + uart->mask, events);
}

#endif
