// SPDX-License-Identifier: Apache-2.0
/* The EL1 timers (Arm ARM DDI 0487J.a D12) and PSCI (DEN 0022F). */
#include "gic.h"

/* A condition that is met already, or never: what is read does not depend on when. */
void access_timer(void)
{
    const bool phys = random_below(&run, 2) != 0;
    const uint64_t cval = random_below(&run, 2) != 0 ? 0 : UINT64_MAX;
    const uint64_t ctl = random_below(&run, 4);
    uint64_t count;

    switch (random_below(&run, 4)) {
    case 0:
        if (phys) {
            WRITE("cntp_cval_el0", cval);
        } else {
            WRITE("cntv_cval_el0", cval);
        }
        settle();
        record(&run, TIMER_WRITE, phys, cval);
        break;
    case 1:
        if (phys) {
            WRITE("cntp_ctl_el0", ctl);
        } else {
            WRITE("cntv_ctl_el0", ctl);
        }
        settle();
        record(&run, TIMER_WRITE, 2 + phys, ctl);
        break;
    case 2:
        record(&run, TIMER_READ, phys, phys ? READ("cntp_cval_el0") : READ("cntv_cval_el0"));
        record(&run, TIMER_READ, 6, READ("cntfrq_el0"));
        break;
    default:
        count = phys ? READ("cntpct_el0") : READ("cntvct_el0");
        record(&run, TIMER_READ, 4 + phys, count >= run.count_seen[phys]);
        run.count_seen[phys] = count;
    }
    record(&run, TIMER_READ, 2 + phys, phys ? READ("cntp_ctl_el0") : READ("cntv_ctl_el0"));
}

/* Both off, never met. */
void timer_begin(void)
{
    WRITE("cntv_ctl_el0", 0);
    WRITE("cntp_ctl_el0", 0);
    WRITE("cntv_cval_el0", UINT64_MAX);
    WRITE("cntp_cval_el0", UINT64_MAX);
    settle();
}

void access_psci(void)
{
    static const uint32_t features[] = { 0x84000000, 0x84000001, 0xc4000001, 0x84000002,
                                         0x84000003, 0xc4000003, 0x84000004, 0xc4000004,
                                         0x84000006, 0x84000008, 0x84000009, 0x8400000a,
                                         0x84000005, 0xc4000005, 0x84000007, 0x8400007f };
    static const uint64_t absent[] = { 4, 8, 0x100, 0x10000, UINT64_C(1) << 32, 0x80000000 };
    const unsigned target = random_below(&run, HUSK_COUNT(absent) + run.cpus);
    const unsigned which = random_below(&run, 6);
    const bool is_there = target < run.cpus;
    uint64_t function, a = is_there ? target : absent[target - run.cpus], b = 0;

    switch (which) {
    case 0:
        function = psci_version;
        break;
    case 1:
        function = 0x8400000a;
        a = features[random_below(&run, HUSK_COUNT(features))];
        break;
    case 2:
        function = psci_affinity_info;
        b = random_below(&run, 6);
        break;
    case 3:
        function = psci_cpu_on;
        b = 0x40000000;
        a = is_there && !cpus[target].on ? run.self : a;
        break;
    case 4:
        function = 0x84000001; /* CPU_SUSPEND with reserved bits */
        a = 0x80000000;
        break;
    default:
        function = 0x84000006; /* MIGRATE_INFO_TYPE */
    }
    record(&run, PSCI, function << 8 | b, a);
    record(&run, PSCI, function << 8 | b, (uint64_t)psci(function, a, b, 0));
}
