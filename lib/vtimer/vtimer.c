// SPDX-License-Identifier: Apache-2.0
#include <husk/vtimer.h>

/* CNTx_CTL_EL0, the same for both timers. */
enum {
    CTL_ENABLE = 1,
    CTL_IMASK = 2,
    CTL_ISTATUS = 4,
};

/* The part of CTL that is state; ISTATUS is computed, the rest is RES0. */
static const uint64_t ctl_state = CTL_ENABLE | CTL_IMASK;

static bool may_fire(uint64_t ctl)
{
    return (ctl & ctl_state) == CTL_ENABLE;
}

bool husk_vtimer_line(uint64_t ctl)
{
    /* ISTATUS is UNKNOWN while ENABLE is 0, so it counts only with it. */
    return may_fire(ctl) && (ctl & CTL_ISTATUS) != 0;
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

void husk_vtimer_reset(struct husk_vtimer *timer)
{
    *timer = (struct husk_vtimer){ 0 };
}

void husk_vtimer_load(const struct husk_vtimer *timer, uint64_t offset)
{
    husk_write_cntvoff_el2(offset);
    husk_write_cntkctl_el1(timer->cntkctl);
    /* CVAL first: an enabled timer must never compare with the CVAL of whoever ran before. */
    husk_write_cntv_cval_el0(timer->virt.cval);
    husk_write_cntv_ctl_el0(timer->virt.ctl & ctl_state);
    husk_write_cntp_cval_el0(timer->phys.cval);
    husk_write_cntp_ctl_el0(timer->phys.ctl & ctl_state);
}

void husk_vtimer_save(struct husk_vtimer *timer)
{
    timer->virt.ctl = husk_read_cntv_ctl_el0() & ctl_state;
    timer->virt.cval = husk_read_cntv_cval_el0();
    timer->phys.ctl = husk_read_cntp_ctl_el0() & ctl_state;
    timer->phys.cval = husk_read_cntp_cval_el0();
    timer->cntkctl = husk_read_cntkctl_el1();
    husk_write_cntv_ctl_el0(0);
    husk_write_cntp_ctl_el0(0);
}

bool husk_vtimer_virt_line(void)
{
    return husk_vtimer_line(husk_read_cntv_ctl_el0());
}

bool husk_vtimer_phys_line(void)
{
    return husk_vtimer_line(husk_read_cntp_ctl_el0());
}
