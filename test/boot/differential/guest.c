// SPDX-License-Identifier: Apache-2.0
/* Random, legal accesses to a GICv3 or GICv2, the EL1 timers and PSCI, from EL1 of one CPU or four,
 * with interrupts masked; everything read goes into the hash. The line it reads first says "SEED
 * COUNT FIRST LAST CPUS LIFTED". What is left out is in exclusions.def. */
#include "gic.h"

struct run run;
struct cpu cpus[CPU_MAX];

_Noreturn void guest_main(uint64_t context, uint64_t vcpu, uint64_t entry);

static void step(void)
{
    const unsigned kind = random_below(&run, 100);

    if (kind < 25) {
        dist_read_any();
    } else if (kind < 45) {
        dist_write_word();
    } else if (kind < 49) {
        dist_write_priority();
    } else if (kind < 51) {
        dist_write_config();
    } else if (kind < 54) {
        dist_write_route();
    } else if (kind < 60) {
        cpuif_read_any();
    } else if (kind < 63) {
        cpuif_control();
    } else if (kind < 73) {
        cpuif_take();
    } else if (kind < 82) {
        cpuif_end();
    } else if (kind < 87) {
        cpuif_deactivate();
    } else if (kind < 92) {
        cpuif_send();
    } else if (kind < 93) {
        dist_write_ctlr();
    } else if (kind < 94) {
        cpuif_sleep_and_wake();
    } else if (kind < 98) {
        access_timer();
        if (kept(&run, TIMER_UNSEEN)) {
            (void)reg_read((int)run.self, SGI_BASE + ISPENDR);
        }
    } else if (kind < 99 || run.cpus == 1) {
        access_psci();
    } else {
        turn_power();
    }
}

/* What is there after reset; then what everything starts from. */
static void begin(void)
{
    for (uint32_t offset = 0; offset < 0x1000; offset += 4) {
        (void)reg_read(SHARED, offset);
    }
    if (is_v2()) { /* what is there after reset is the implementation's */
        gicv2_cpu_write(CPU_BPR0, 7);
        gicv2_cpu_write(CPU_BPR1, 7);
    } else {
        for (unsigned cpu = 0; cpu < run.cpus; cpu++) {
            for (uint32_t offset = 0; offset < 0x1000; offset += 4) {
                (void)reg_read((int)cpu, offset);
                (void)reg_read((int)cpu, SGI_BASE + offset);
            }
        }
    }
    cpuif_read_all();
    cpus[0].on = true;
    dist_begin();
    dist_begin_cpu();
    cpuif_begin();
    turn_start_all();
}

_Noreturn static void finish(uint64_t seed)
{
    print("diff: seed ");
    print_decimal(seed);
    print(", ");
    print_decimal(run.taken);
    print(" interrupts taken, hash ");
    print_hex(run.hash);
    print("\nhusk-test: pass\n");
    off();
}

_Noreturn void guest_main(uint64_t context, uint64_t vcpu, uint64_t entry)
{
    static uint64_t seed;

    if (entry != 0) {
        turn_started((unsigned)vcpu, context);
    } else {
        print("diff: ready\n");
        seed = typed_number();
        run.random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
        run.count = typed_number();
        run.first = typed_number();
        run.last = typed_number();
        run.cpus = (unsigned)typed_number();
        run.lifted = typed_number();
        run.gic = (READ("id_aa64pfr0_el1") >> 24 & 0xf) == 0 ? V2 : V3;
        begin();
    }
    for (;;) {
        turn_see_off();
        if (run.index >= run.count) {
            finish(seed);
        }
        step();
        turn_pass();
    }
}
