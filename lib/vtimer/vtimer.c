// SPDX-License-Identifier: Apache-2.0
#include <husk/vtimer.h>

bool husk_vtimer_line(uint64_t ctl)
{
    /* ISTATUS is UNKNOWN while ENABLE is 0, so it counts only with it. */
    return (ctl & (HUSK_VTIMER_STATE | HUSK_VTIMER_ISTATUS)) ==
           (HUSK_VTIMER_ENABLE | HUSK_VTIMER_ISTATUS);
}

void husk_vtimer_load(const struct husk_vtimer *timer, uint64_t offset)
{
    husk_write(cntvoff_el2, offset);
    husk_write(cntkctl_el1, timer->cntkctl);
    /* CVAL first: an enabled timer must never compare with the CVAL of whoever ran before. */
    husk_write(cntv_cval_el0, timer->virt.cval);
    husk_write(cntv_ctl_el0, timer->virt.ctl & HUSK_VTIMER_STATE);
    husk_write(cntp_cval_el0, timer->phys.cval);
    husk_write(cntp_ctl_el0, timer->phys.ctl & HUSK_VTIMER_STATE);
}
