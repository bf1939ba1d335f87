// SPDX-License-Identifier: Apache-2.0
#ifndef SPEC_VTIMER_H
#define SPEC_VTIMER_H

/** @file
 * An EL1 timer, virtual or physical, as the Arm ARM DDI 0487J.a has it: D11 "The Generic Timer in
 * AArch64 state". Pure. `now` is the timer's own counter: CNTVCT_EL0 or CNTPCT_EL0. A vCPU that is
 * put on or taken off a CPU is no operation: its timers are as before, and other vCPUs' theirs.
 */

#include <stdbool.h>
#include <stdint.h>

struct spec_vtimer {
    uint64_t cval;
    bool enable, imask;
};

uint64_t spec_vtimer_counter(uint64_t cntpct, uint64_t cntvoff);
struct spec_vtimer spec_vtimer_write_cval(struct spec_vtimer s, uint64_t value);
struct spec_vtimer spec_vtimer_write_tval(struct spec_vtimer s, uint64_t value, uint64_t now);
struct spec_vtimer spec_vtimer_write_ctl(struct spec_vtimer s, uint64_t value);
uint64_t spec_vtimer_read_tval(struct spec_vtimer s, uint64_t now);
uint64_t spec_vtimer_read_ctl(struct spec_vtimer s, uint64_t now);
bool spec_vtimer_line(struct spec_vtimer s, uint64_t now);

#endif
