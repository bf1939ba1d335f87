// SPDX-License-Identifier: Apache-2.0
/* Whose turn it is. The CPUs make their accesses one at a time, so that what is read depends on
 * nothing but the seed; what one CPU's access does to another has reached that one before it sees
 * its turn, as the interrupt it comes with was sent first. The MMU is off: memory is not cached. */
#include "gic.h"

extern const char entry_a[];

static volatile unsigned turn;

/* WFE lets a QEMU with one thread go on to the next CPU. */
void turn_take(unsigned cpu)
{
    while (turn != cpu) {
        __asm__ volatile("wfe" : : : "memory");
    }
    settle();
    run.self = cpu;
}

static void give(unsigned cpu)
{
    husk_dsb_sy();
    turn = cpu;
    __asm__ volatile("dsb sy\n sev" : : : "memory");
}

void turn_pass(void)
{
    const unsigned from = run.self;

    if (run.cpus > 1 && random_below(&run, 2) == 0) {
        give(random_cpu(from));
        turn_take(from);
    }
}

static uint64_t affinity_info(unsigned cpu)
{
    return (uint64_t)psci(psci_affinity_info, cpu, 0, 0);
}

/* What it left off is off when PSCI says so. */
static void wait_for(unsigned cpu, uint64_t state)
{
    while (affinity_info(cpu) != state) {
        __asm__ volatile("wfe" : : : "memory");
    }
    record(&run, PSCI, (uint64_t)psci_affinity_info << 8, state);
}

static void start(unsigned cpu)
{
    const unsigned from = run.self;
    const uint64_t context = (random_bits(&run) & ~UINT64_C(0xff)) | cpu;

    record(&run, PSCI, (uint64_t)psci_cpu_on << 8,
           (uint64_t)psci(psci_cpu_on, cpu, (uint64_t)entry_a, context));
    record(&run, START, cpu, context);
    give(cpu);
    turn_take(from);
}

void turn_started(unsigned cpu, uint64_t context)
{
    turn_take(cpu);
    record(&run, START, cpu, context);
    record(&run, START, 0x100, READ("mpidr_el1"));
    record(&run, START, 0x101, READ("daif"));
    record(&run, START, 0x102, READ("sctlr_el1") & 0x1005 /* I, C, M */);
    wait_for(cpu, 0);
    timer_begin();
    dist_begin_cpu();
    cpuif_begin();
    cpuif_read_all();
    self()->on = true;
}

static unsigned on_count(void)
{
    unsigned count = 0;

    for (unsigned cpu = 0; cpu < run.cpus; cpu++) {
        count += cpus[cpu].on ? 1 : 0;
    }
    return count;
}

/* Nothing may be active here. */
static void stop(void)
{
    const unsigned from = run.self;
    const unsigned next = random_cpu(from);

    timer_begin();
    cpuif_off();
    cpus[from].on = false;
    cpus[from].leaves = true;
    give(next);
    (void)psci(psci_cpu_off, 0, 0, 0);
    print("diff: CPU_OFF returned\n");
    off();
}

/* Who left before this CPU's turn has left. */
void turn_see_off(void)
{
    for (unsigned cpu = 0; cpu < run.cpus; cpu++) {
        if (cpus[cpu].leaves) {
            wait_for(cpu, 1);
            cpus[cpu].leaves = false;
        }
    }
}

void turn_power(void)
{
    const unsigned cpu = random_below(&run, run.cpus);

    if (!cpus[cpu].on) {
        start(cpu);
    } else if (on_count() > 1 && self()->depth == 0 && self()->ended_count == 0) {
        stop();
    }
}

void turn_start_all(void)
{
    for (unsigned cpu = 1; cpu < run.cpus; cpu++) {
        if (!cpus[cpu].on) { /* else somebody was faster */
            start(cpu);
        }
    }
}
