// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_VUART_H
#define HUSK_VUART_H

/** @file
 * A virtual PL011 UART (r1p5): registers, both 32-byte FIFOs, interrupt line.
 *
 * The library moves no character to hardware and never injects: the caller pops what the guest
 * sent, pushes what was received, and wires the line to an interrupt controller. A guest that sends
 * faster than the caller pops sees its FIFO full, as on hardware.
 *
 * Source: PrimeCell UART (PL011) Technical Reference Manual, DDI 0183G.
 */

#include <husk/base.h>

enum {
    HUSK_VUART_FIFO_DEPTH = 32,
    HUSK_VUART_BYTES = 0x1000, /**< size of the register frame */
    HUSK_VUART_REGISTERS = 32, /**< words of it that may be registers; a power of two */
};

/** One direction's FIFO. Received entries carry error flags in bits [11:8]. */
struct husk_vuart_fifo {
    uint16_t data[HUSK_VUART_FIFO_DEPTH];
    uint8_t head;
    uint8_t count;
};

/** One UART. Fields are the library's. */
struct husk_vuart {
    struct husk_vuart_fifo rx, tx;
    uint32_t reg[HUSK_VUART_REGISTERS]; /**< by offset / 4, as far as they hold a value */
    bool overrun;                       /**< a character was lost; the next one received says so */
};

/** Reset state: CR = 0x300, IFLS = 0x12, FIFOs empty and disabled. */
void husk_vuart_reset(struct husk_vuart *uart);

/** A guest's read at `offset` of the frame, of `size_bytes` 1, 2 or 4 (registers are 32 bits wide;
 * narrower reads see the low bits at offset % 4 == 0). Unknown offsets read 0; 0xFE0..0xFFC are the
 * PrimeCell identification registers. */
uint32_t husk_vuart_read(struct husk_vuart *uart, uint64_t offset, unsigned size_bytes);

/** A guest's write; as husk_vuart_read(). Unknown and read-only offsets are ignored. */
void husk_vuart_write(struct husk_vuart *uart, uint64_t offset, unsigned size_bytes,
                      uint32_t value);

/** Interrupt line now: RIS & IMSC. Check it after every call that changes state. */
bool husk_vuart_line(const struct husk_vuart *uart);

/** Takes one character the guest has sent. @return false: none is waiting. */
bool husk_vuart_tx_pop(struct husk_vuart *uart, uint8_t *c);

/** True while husk_vuart_rx_push() would be accepted: not full, not in loop-back. Whoever asks
 * first and keeps the character otherwise loses none. */
bool husk_vuart_rx_ready(const struct husk_vuart *uart);

/** Hands one received character to the guest. With a full FIFO it is lost and the overrun flag and
 * interrupt are set, as on hardware; in loop-back the input is disconnected and it is dropped. */
void husk_vuart_rx_push(struct husk_vuart *uart, uint8_t c);

#endif
