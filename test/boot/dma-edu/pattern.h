// SPDX-License-Identifier: Apache-2.0
#ifndef PATTERN_H
#define PATTERN_H

/** @file
 * Memory filled with a byte for each address, for bare programs that look for changes. */

#include <husk/base.h>

/** The MMU is off: 0 is an address like any other, which the compiler must not know. */
static inline uint8_t *at(uint64_t pa)
{
    __asm__("" : "+r"(pa));
    return (uint8_t *)(uintptr_t)pa;
}

static inline uint8_t noise(uint64_t pa, uint8_t seed)
{
    return (uint8_t)((pa ^ seed) * 0x9d + (pa >> 8) + seed);
}

static inline void fill(uint64_t pa, uint64_t bytes, uint8_t seed)
{
    for (uint64_t i = 0; i < bytes; i++) {
        at(pa)[i] = noise(pa + i, seed);
    }
}

static inline bool holds(uint64_t pa, uint64_t bytes, uint8_t seed)
{
    for (uint64_t i = 0; i < bytes; i++) {
        if (at(pa)[i] != noise(pa + i, seed)) {
            return false;
        }
    }
    return true;
}

#endif
