// SPDX-License-Identifier: Apache-2.0
#ifndef ENGINE_H
#define ENGINE_H

/* An ordinary driver of the BCM2711's legacy DMA engine, as it would be without Husk: source
 * BCM2711 ARM Peripherals, "DMA Controller". Bus addresses are the guest's physical ones. */
#include <stdbool.h>
#include <stdint.h>

/* A control block as the engine reads it. */
struct block {
    _Alignas(32) uint32_t ti;
    uint32_t source_ad, dest_ad, txfr_len, stride, nextconbk, reserved[2];
};

enum {
    TI_INTEN = 1 << 0,
    TI_WAIT_RESP = 1 << 3,
    TI_DEST_INC = 1 << 4,
    TI_SRC_INC = 1 << 8,
    CS_ACTIVE = 1 << 0,
    CS_END = 1 << 1,
    CS_INT = 1 << 2,
    CS_ERROR = 1 << 8,
};

/* Maps the engine's registers. Returns how many channels this machine has; 0: none. */
unsigned engine_init(void);

/* Number of the channel `index` of those. */
unsigned engine_channel(unsigned index);

/* Runs a chain on the first channel and waits, asleep, for its interrupt or its end. Returns CS;
 * CS_ERROR: the engine has stopped at a block, which it names in `*at`. */
uint32_t engine_run(const struct block *first, uint32_t *at);

/* How many interrupts have come. */
unsigned engine_interrupts(void);

/* Copies; false: the engine reported an error. */
bool engine_copy(uint32_t dest, uint32_t source, uint32_t bytes);

#endif
