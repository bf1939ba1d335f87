// SPDX-License-Identifier: Apache-2.0
#ifndef RECORD_H
#define RECORD_H

/** @file
 * What a run of the differential test says about each access: a running hash, and inside a window
 * of accesses the accesses themselves. */

#include "../race/bare.h"

/** What is accessed. For GICD and GICR the argument is the offset in the frame. */
enum what {
    GICD_READ,
    GICD_WRITE,
    GICR_READ,
    GICR_WRITE,
    ICC_READ,
    ICC_WRITE,
    ACK,
    EOI,
    DIR,
    SGI,
    TIMER_READ,
    TIMER_WRITE,
    PSCI,
    WHAT_COUNT,
};

struct run {
    uint64_t random; /**< state of the generator */
    uint64_t hash;
    uint64_t index; /**< of the access that comes next */
    uint64_t count;
    uint64_t first, last;   /**< the window in which every access is printed */
    uint64_t taken;         /**< interrupts acknowledged */
    uint64_t count_seen[2]; /**< of the virtual and the physical counter */
};

/** Enters one access; what `exclusions` names is left out of `value` first. */
void record(struct run *run, enum what what, uint64_t argument, uint64_t value);
/** A decimal number typed on the console, and the character after it. */
uint64_t typed_number(void);
/** Pseudo-random, xorshift64*. */
uint64_t random_bits(struct run *run);
/** Below `limit`. */
unsigned random_below(struct run *run, unsigned limit);

#endif
