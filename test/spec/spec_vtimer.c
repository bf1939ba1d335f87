// SPDX-License-Identifier: Apache-2.0
#include "spec_vtimer.h"

/* D11.2.3 "The virtual counter": the physical count less the offset, modulo 2^64. */
uint64_t spec_vtimer_counter(uint64_t cntpct, uint64_t cntvoff)
{
    return cntpct - cntvoff;
}

/* D11.2.4 "Operation of the CompareValue views of the timers". */
struct spec_vtimer spec_vtimer_write_cval(struct spec_vtimer s, uint64_t value)
{
    s.cval = value;
    return s;
}

/* D11.2.4 "Operation of the TimerValue views of the timers": 32 bits, signed. */
struct spec_vtimer spec_vtimer_write_tval(struct spec_vtimer s, uint64_t value, uint64_t now)
{
    s.cval = now + (uint64_t)(int64_t)(int32_t)(uint32_t)value;
    return s;
}

/* The same, read; UNKNOWN with ENABLE 0, where the choice is to give it all the same. */
uint64_t spec_vtimer_read_tval(struct spec_vtimer s, uint64_t now)
{
    return (uint32_t)(s.cval - now);
}

/* D19.12 CNTV_CTL_EL0, CNTP_CTL_EL0: ENABLE [0], IMASK [1], ISTATUS [2] is read-only. */
struct spec_vtimer spec_vtimer_write_ctl(struct spec_vtimer s, uint64_t value)
{
    s.enable = value % 2 != 0;
    s.imask = value / 2 % 2 != 0;
    return s;
}

/* The same, read. Condition: the CompareValue view's; ISTATUS is UNKNOWN with ENABLE 0, choice: 0.
 */
uint64_t spec_vtimer_read_ctl(struct spec_vtimer s, uint64_t now)
{
    return (uint64_t)s.enable + 2 * (uint64_t)s.imask + (s.enable && now >= s.cval ? 4 : 0);
}

/* D11.2.4 "Operation of the timer output signal": enabled, met and not masked. */
bool spec_vtimer_line(struct spec_vtimer s, uint64_t now)
{
    return spec_vtimer_read_ctl(s, now) == 5;
}
