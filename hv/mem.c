// SPDX-License-Identifier: Apache-2.0
// Two of the four functions a C compiler may call on its own, without FP or SIMD; the others are in
// memmove.S. picolibc's small ones go byte by byte; these win over them in the link. With the MMU
// off, too: each access is aligned to its size. Compiled on its own, and no loop becomes a call of
// what it does (CMakeLists.txt).
#include <stdint.h>
#include <string.h>

__attribute__((section(".text.vector.04.memset"))) void *memset(void *to, int value, size_t count)
{
    const uint64_t word = UINT64_C(0x0101010101010101) * (uint8_t)value;
    uint64_t *at = to;

    if (((uintptr_t)to & 7) == 0) {
        for (; count >= 64; count -= 64) {
#pragma clang loop unroll(full)
            for (unsigned i = 0; i < 8; i++) {
                *at++ = word;
            }
        }
        for (; count >= 8; count -= 8) {
            *at++ = word;
        }
    }
    for (size_t i = 0; i < count; i++) {
        ((uint8_t *)at)[i] = (uint8_t)value;
    }
    return to;
}

/* Upwards, each load before the stores behind it: memmove.S relies on it, where the two overlap. So
 * nothing here is `restrict`. */
void *memcpy(void *to, const void *from, size_t count)
{
    uint64_t *at = to;
    const uint64_t *next = from;

    if ((((uintptr_t)to | (uintptr_t)from) & 7) == 0) {
        for (; count >= 192; count -= 192) { /* whole images go through here */
#pragma clang loop unroll(full)
            for (unsigned i = 0; i < 12; i++) {
                const uint64_t first = *next++;
                const uint64_t second = *next++;

                *at++ = first;
                *at++ = second;
            }
        }
        for (; count >= 8; count -= 8) {
            *at++ = *next++;
        }
    }
    for (size_t i = 0; i < count; i++) {
        ((uint8_t *)at)[i] = ((const uint8_t *)next)[i];
    }
    return to;
}
