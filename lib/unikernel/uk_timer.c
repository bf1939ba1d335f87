// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <husk/arch.h>

/* CNTV_CTL_EL0. Arm ARM DDI 0487J.a D12 "The Generic Timer in AArch64 state". */
static const uint64_t cntv_ctl_off = 0;
static const uint64_t cntv_ctl_on = 1;

/* One hardware timer, two deadlines: the program's, and that of husk_uk_sleep_ns(). */
enum { ALARM_PROGRAM, ALARM_SLEEP, ALARM_COUNT };
struct alarm {
    husk_uk_irq_fn *handler; /* NULL: not set */
    void *context;
    uint64_t ticks;
};
static struct alarm alarms[ALARM_COUNT];

/* Sets the hardware to the earliest deadline, off without one. With interrupts masked. */
static void program_timer(void)
{
    uint64_t ticks = UINT64_MAX;
    uint64_t ctl = cntv_ctl_off;

    for (size_t i = 0; i < ALARM_COUNT; i++) {
        if (alarms[i].handler != NULL) {
            ticks = alarms[i].ticks < ticks ? alarms[i].ticks : ticks;
            ctl = cntv_ctl_on;
        }
    }
    husk_write(cntv_cval_el0, ticks);
    husk_write(cntv_ctl_el0, ctl); /* not due any more: drops the level */
    husk_isb();
}

static void on_timer(void *context)
{
    (void)context;
    husk_isb();
    for (size_t i = 0; i < ALARM_COUNT; i++) {
        const struct alarm alarm = alarms[i];

        if (alarm.handler != NULL && husk_read(cntvct_el0) >= alarm.ticks) {
            alarms[i].handler = NULL; /* the handler may set it anew */
            alarm.handler(alarm.context);
        }
    }
    program_timer();
}

static void set_alarm(size_t which, uint64_t deadline_ns, husk_uk_irq_fn *handler, void *context)
{
    const uint64_t state = husk_uk_irq_mask();

    alarms[which] = (struct alarm){
        .handler = handler,
        .context = context,
        .ticks = husk_uk_ns_to_ticks(deadline_ns, husk_read(cntfrq_el0)),
    };
    program_timer();
    husk_uk_irq_restore(state);
}

void husk_uk_timer_init(void)
{
    husk_write(cntv_ctl_el0, cntv_ctl_off);
    husk_isb();
    if (husk_uk_irq_set(HUSK_UK_TIMER_INTID, on_timer, NULL) != HUSK_OK) {
        husk_uk_refuse("no timer interrupt");
    }
}

uint64_t husk_uk_now_ns(void)
{
    husk_isb(); /* the counter may be read early otherwise */
    return husk_uk_ticks_to_ns(husk_read(cntvct_el0), husk_read(cntfrq_el0));
}

void husk_uk_timer_set(uint64_t deadline_ns, husk_uk_irq_fn *handler, void *context)
{
    set_alarm(ALARM_PROGRAM, deadline_ns, handler, context);
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
    set_alarm(ALARM_SLEEP, deadline_ns, wake, &is_over);
    while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
        husk_uk_wait();
    }
    husk_uk_irq_restore(state);
}
