// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <husk/arch.h>

/* CNTV_CTL_EL0. Arm ARM DDI 0487J.a D12 "The Generic Timer in AArch64 state". */
static const uint64_t cntv_ctl_off = 0;
static const uint64_t cntv_ctl_on = 1;

static husk_uk_irq_fn *timer_handler;
static void *timer_context;

static void on_timer(void *context)
{
    husk_uk_irq_fn *const handler = timer_handler;

    (void)context;
    husk_write_cntv_ctl_el0(cntv_ctl_off); /* drops the level */
    husk_isb();
    timer_handler = NULL;
    if (handler != NULL) {
        handler(timer_context);
    }
}

void husk_uk_timer_init(void)
{
    husk_write_cntv_ctl_el0(cntv_ctl_off);
    husk_isb();
    if (husk_uk_irq_set(HUSK_UK_TIMER_INTID, on_timer, NULL) != HUSK_OK) {
        husk_uk_refuse("no timer interrupt");
    }
}

uint64_t husk_uk_now_ns(void)
{
    husk_isb(); /* the counter may be read early otherwise */
    return husk_uk_ticks_to_ns(husk_read_cntvct_el0(), husk_read_cntfrq_el0());
}

void husk_uk_timer_set(uint64_t deadline_ns, husk_uk_irq_fn *handler, void *context)
{
    const uint64_t state = husk_uk_irq_mask();

    timer_handler = handler;
    timer_context = context;
    if (handler != NULL) {
        husk_write_cntv_cval_el0(husk_uk_ns_to_ticks(deadline_ns, husk_read_cntfrq_el0()));
    }
    husk_write_cntv_ctl_el0(handler != NULL ? cntv_ctl_on : cntv_ctl_off);
    husk_isb();
    husk_uk_irq_restore(state);
}

static void wake(void *context)
{
    __atomic_store_n((bool *)context, true, __ATOMIC_RELEASE);
}

void husk_uk_sleep_ns(uint64_t duration_ns)
{
    const uint64_t state = husk_uk_irq_mask();
    uint64_t deadline_ns;
    bool is_over = false;

    if (__builtin_add_overflow(husk_uk_now_ns(), duration_ns, &deadline_ns)) {
        deadline_ns = UINT64_MAX;
    }
    husk_uk_timer_set(deadline_ns, wake, &is_over);
    while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
        husk_uk_wait();
    }
    husk_uk_irq_restore(state);
}
