// SPDX-License-Identifier: Apache-2.0
#ifndef FIRMWARE_H
#define FIRMWARE_H

/* What is common to the minimal firmwares: each supplies firmware(), which start.S calls. They are
 * linked, never run, so what the calls would do with these arguments does not matter. */
void firmware(void);

/* Keeps `pointer` and what computed it. */
static inline void firmware_use(const void *pointer)
{
    __asm__ volatile("" ::"r"(pointer) : "memory");
}

#endif
