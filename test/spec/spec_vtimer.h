// SPDX-License-Identifier: Apache-2.0
#ifndef SPEC_VTIMER_H
#define SPEC_VTIMER_H

/** @file
 * An EL1 timer, virtual or physical, as the Arm ARM DDI 0487J.a has it: D11 "The Generic Timer in
 * AArch64 state". Pure. `now` is the timer's own counter: CNTPCT_EL0, or CNTVCT_EL0, which is that
 * less the offset. A vCPU that is put on or taken off a CPU is no operation: its timers are as
 * before, and other vCPUs' theirs.
 */

#include <stdbool.h>
#include <stdint.h>

enum spec_vtimer_register { SPEC_CTL, SPEC_CVAL, SPEC_TVAL };

struct spec_vtimer {
    uint64_t cval;
    bool enable, imask;
};

/** D11.2.4 "Operation of the CompareValue views of the timers", "... of the TimerValue views": 32
 * bits, signed. D19.12 CNTV_CTL_EL0, CNTP_CTL_EL0: ENABLE [0], IMASK [1]; ISTATUS [2] is read-only.
 */
static inline struct spec_vtimer
spec_vtimer_write(struct spec_vtimer s, enum spec_vtimer_register r, uint64_t value, uint64_t now)
{
    if (r == SPEC_CTL) {
        s.enable = value % 2 != 0;
        s.imask = value / 2 % 2 != 0;
    } else {
        s.cval = r == SPEC_CVAL ? value : now + (uint64_t)(int64_t)(int32_t)(uint32_t)value;
    }
    return s;
}

/** The same, read. With ENABLE 0 ISTATUS and TimerValue are UNKNOWN: choices, 0 and as with it. */
static inline uint64_t spec_vtimer_read(struct spec_vtimer s, enum spec_vtimer_register r,
                                        uint64_t now)
{
    const uint64_t ctl =
        (s.enable ? 1 : 0) + (s.imask ? 2 : 0) + (s.enable && now >= s.cval ? 4 : 0);

    return r == SPEC_CTL ? ctl : r == SPEC_CVAL ? s.cval : (uint32_t)(s.cval - now);
}

/** D11.2.4 "Operation of the timer output signal": enabled, met and not masked. */
static inline bool spec_vtimer_line(struct spec_vtimer s, uint64_t now)
{
    return spec_vtimer_read(s, SPEC_CTL, now) == 5;
}

#endif
