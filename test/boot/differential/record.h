// SPDX-License-Identifier: Apache-2.0
#ifndef RECORD_H
#define RECORD_H

/** @file
 * What a run of the differential test says about each access: a running hash, and inside a window
 * of accesses the accesses themselves. */

#include "../race/bare.h"

/** What is accessed. For GICD and GICR the argument is the offset from the first frame. */
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
    START,
    WHAT_COUNT,
};

/** The rules of exclusions.def, in its order, and whom each is for. */
enum rule {
#define RULE(name, gics, reason) name,
#include "exclusions.def"
    RULE_COUNT,
};

enum gics { V2 = 1, V3 = 2, BOTH = V2 | V3 };

struct run {
    uint64_t random; /**< state of the generator */
    uint64_t hash;
    uint64_t index; /**< of the access that comes next */
    uint64_t count;
    uint64_t first, last;   /**< the window in which every access is printed */
    uint64_t taken;         /**< interrupts acknowledged */
    uint64_t count_seen[2]; /**< of the virtual and the physical counter, on any CPU */
    uint64_t lifted;        /**< the rules that are not kept, a bit each */
    enum gics gic;
    unsigned cpus;
    unsigned self; /**< the CPU whose turn it is */
};

/** Whether a rule holds here. */
bool kept(const struct run *run, enum rule rule);

/** Enters one access; what exclusions.def masks is left out of `value` first. */
void record(struct run *run, enum what what, uint64_t argument, uint64_t value);
/** A decimal number typed on the console, and the character after it. */
uint64_t typed_number(void);
/** Pseudo-random, xorshift64*. */
uint64_t random_bits(struct run *run);
/** Below `limit`. */
unsigned random_below(struct run *run, unsigned limit);

#endif
