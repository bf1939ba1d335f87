// SPDX-License-Identifier: Apache-2.0
#include "vtimer_internal.h"

bool husk_vtimer_line(uint64_t ctl)
{
    /* ISTATUS is UNKNOWN while ENABLE is 0, so it counts only with it. */
    return (ctl & (CTL_STATE | CTL_ISTATUS)) == (CTL_ENABLE | CTL_ISTATUS);
}

void husk_vtimer_load(const struct husk_vtimer *timer, uint64_t offset)
{
    husk_write(cntvoff_el2, offset);
    husk_write(cntkctl_el1, timer->cntkctl);
    /* CVAL first: an enabled timer must never compare with the CVAL of whoever ran before. */
    husk_write(cntv_cval_el0, timer->virt.cval);
    husk_write(cntv_ctl_el0, timer->virt.ctl & CTL_STATE);
    husk_write(cntp_cval_el0, timer->phys.cval);
    husk_write(cntp_ctl_el0, timer->phys.ctl & CTL_STATE);
}

bool husk_vtimer_virt_line(void)
{
    return husk_vtimer_line(husk_read(cntv_ctl_el0));
}

bool husk_vtimer_phys_line(void)
{
    return husk_vtimer_line(husk_read(cntp_ctl_el0));
}
