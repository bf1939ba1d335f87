// SPDX-License-Identifier: Apache-2.0
#ifndef SPEC_RUN_H
#define SPEC_RUN_H

/** @file
 * What the host tests against the specifications share: a seed that is printed and replayed, random
 * numbers, and the report of a difference. Not a part of the specifications.
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct spec_run {
    uint64_t seed, count, step, state;
};

static struct spec_run spec_run;

/** Reads [SEED [COUNT]]; SEED 0 is the clock's. Prints what replays the run. */
static inline void spec_run_init(int argc, char **argv)
{
    spec_run.seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 0;
    spec_run.count = argc > 2 ? strtoull(argv[2], NULL, 0) : 1000000;
    if (spec_run.seed == 0) {
        spec_run.seed = (uint64_t)time(NULL);
    }
    spec_run.state = spec_run.seed;
    printf("replay: %s %" PRIu64 " %" PRIu64 "\n", argv[0], spec_run.seed, spec_run.count);
    fflush(stdout);
}

/** SplitMix64: the same sequence everywhere. */
static inline uint64_t spec_random(void)
{
    uint64_t z = spec_run.state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline unsigned spec_below(unsigned limit)
{
    return (unsigned)((spec_random() & UINT32_MAX) * limit >> 32);
}

/** Ends the run where library and specification differ. */
static inline void spec_same(const char *what, uint64_t got, uint64_t want)
{
    if (got != want) {
        fprintf(stderr,
                "seed %" PRIu64 " step %" PRIu64 ": %s is %#" PRIx64 ", specified %#" PRIx64 "\n",
                spec_run.seed, spec_run.step, what, got, want);
        exit(1);
    }
}

#endif
