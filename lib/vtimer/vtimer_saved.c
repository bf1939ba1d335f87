// SPDX-License-Identifier: Apache-2.0
/* A vCPU that is not on a CPU: its timers taken out, and what their lines would be by now. */
#include <husk/vtimer.h>

static bool may_fire(uint64_t ctl)
{
    return (ctl & HUSK_VTIMER_STATE) == HUSK_VTIMER_ENABLE;
}

void husk_vtimer_reset(struct husk_vtimer *timer)
{
    *timer = (struct husk_vtimer){ 0 };
}

void husk_vtimer_save(struct husk_vtimer *timer)
{
    timer->virt.ctl = husk_read(cntv_ctl_el0) & HUSK_VTIMER_STATE;
    timer->virt.cval = husk_read(cntv_cval_el0);
    timer->phys.ctl = husk_read(cntp_ctl_el0) & HUSK_VTIMER_STATE;
    timer->phys.cval = husk_read(cntp_cval_el0);
    timer->cntkctl = husk_read(cntkctl_el1);
    husk_write(cntv_ctl_el0, 0);
    husk_write(cntp_ctl_el0, 0);
}

bool husk_vtimer_line_at(const struct husk_vtimer_regs *regs, uint64_t now)
{
    /* The condition compares unsigned: a CVAL near 2^64 is far away, not past. */
    return may_fire(regs->ctl) && now >= regs->cval;
}

uint64_t husk_vtimer_ticks_until(const struct husk_vtimer_regs *regs, uint64_t now)
{
    if (!may_fire(regs->ctl)) {
        return UINT64_MAX;
    }
    return now >= regs->cval ? 0 : regs->cval - now;
}
