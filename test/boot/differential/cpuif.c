// SPDX-License-Identifier: Apache-2.0
/* The CPU interface of the CPU whose turn it is, whatever the version. */
#include "gic.h"

static uint64_t cpu_read(unsigned which)
{
    const uint64_t value = is_v2() ? gicv2_cpu_read(which) : gicv3_cpu_read(which);

    record(&run, ICC_READ, which, value);
    return value;
}

static void cpu_write(unsigned which, uint64_t value)
{
    if (is_v2()) {
        gicv2_cpu_write(which, value);
    } else {
        gicv3_cpu_write(which, value);
    }
    record(&run, ICC_WRITE, which, value);
}

static unsigned cpu_count(void)
{
    return is_v2() ? gicv2_cpu_count() : gicv3_cpu_count();
}

static uint64_t cpu_value(unsigned which)
{
    return is_v2() ? gicv2_cpu_value(which, self()->eoimode)
                   : gicv3_cpu_value(which, self()->eoimode);
}

void cpuif_read_any(void)
{
    (void)cpu_read(random_below(&run, cpu_count()));
}

void cpuif_read_all(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        (void)cpu_read(i);
    }
}

void cpuif_control(void)
{
    const unsigned which = random_below(&run, CPU_WRITABLE);
    const bool none_taken = self()->depth == 0 || !kept(&run, MODE_WHILE_ACTIVE);
    const bool on = random_below(&run, 4) != 0;

    switch (which) {
    case CPU_CTLR:
        if (none_taken && (self()->ended_count == 0 || !kept(&run, MODE_WHILE_ACTIVE))) {
            self()->eoimode = random_below(&run, 2) != 0;
            dist_calm();
            cpu_write(which, cpu_value(which));
        }
        break;
    case CPU_PMR:
        cpu_write(which, cpu_value(which));
        break;
    case CPU_BPR0:
    case CPU_BPR1:
        if (none_taken) {
            cpu_write(which, cpu_value(which));
        }
        break;
    default:
        cpu_write(CPU_IGRPEN0, on);
        cpu_write(CPU_IGRPEN1, kept(&run, ONE_GROUP_OFF) ? on : random_below(&run, 2));
    }
    (void)cpu_read(which);
}

void cpuif_take(void)
{
    struct cpu *const cpu = self();
    const bool group1 = random_below(&run, 2) != 0;
    uint64_t token;
    unsigned intid;

    if (cpu->depth == HUSK_COUNT(cpu->stack)) {
        return;
    }
    token = is_v2() ? gicv2_ack() : gicv3_ack(group1);
    intid = (unsigned)token & 0x3ff;
    record(&run, ACK, group1, token);
    if (intid >= INTID_COUNT) {
        return;
    }
    run.taken++;
    cpu->stack[cpu->depth++] = (struct taken){ (uint16_t)intid, (uint16_t)token, group1 };
}

static void quiet_timer(unsigned intid)
{
    if (kept(&run, TIMER_ENDED) && (intid == TIMER_VIRT || intid == TIMER_PHYS)) {
        WRITE("cntv_ctl_el0", 0);
        WRITE("cntp_ctl_el0", 0);
        settle();
        (void)reg_read((int)run.self, SGI_BASE + ISPENDR);
    }
}

void cpuif_end(void)
{
    struct cpu *const cpu = self();
    unsigned which = cpu->depth - 1;
    struct taken last;

    if (cpu->depth == 0) {
        return;
    }
    if (!kept(&run, EOI_OUT_OF_ORDER)) {
        which = random_below(&run, cpu->depth);
    }
    last = cpu->stack[which];
    cpu->stack[which] = cpu->stack[--cpu->depth];
    quiet_timer(last.intid);
    if (is_v2()) {
        gicv2_end(last.token);
    } else {
        gicv3_end(last.token, last.group1);
    }
    record(&run, EOI, last.group1, last.token);
    if (cpu->eoimode) {
        cpu->ended[cpu->ended_count++] = last;
    }
}

/* An SPI may be deactivated by another CPU than the one that took it. */
void cpuif_deactivate(void)
{
    struct cpu *cpu = self();
    struct taken taken;
    unsigned which;

    if (!cpu->eoimode) {
        return;
    }
    if (run.cpus > 1 && random_below(&run, 4) == 0) {
        cpu = &cpus[random_cpu(run.self)];
    }
    if (cpu->ended_count == 0) {
        return;
    }
    which = random_below(&run, cpu->ended_count);
    taken = cpu->ended[which];
    if (taken.intid < 32 && cpu != self()) {
        return;
    }
    quiet_timer(taken.intid);
    if (is_v2()) {
        gicv2_deactivate(taken.token);
    } else {
        gicv3_deactivate(taken.token);
    }
    record(&run, DIR, 0, taken.token);
    cpu->ended[which] = cpu->ended[--cpu->ended_count];
}

void cpuif_send(void)
{
    uint32_t groups[CPU_MAX] = { 0 };
    uint64_t value;
    unsigned which;

    for (unsigned cpu = 0; cpu < run.cpus; cpu++) {
        if (cpu == run.self || (!is_v2() && cpus[cpu].on)) {
            groups[cpu] = reg_read((int)cpu, SGI_BASE + IGROUPR);
        }
    }
    which = is_v2() ? gicv2_send(&value) : gicv3_send(groups, &value);
    record(&run, SGI, which, value);
}

/* Asleep only while nothing can be signalled to the CPU interface. */
void cpuif_sleep_and_wake(void)
{
    uint64_t groups;

    if (is_v2()) {
        return;
    }
    groups = cpu_read(CPU_IGRPEN0) | cpu_read(CPU_IGRPEN1) << 1;
    if (kept(&run, WAKER_WHILE_SIGNALLED)) {
        cpu_write(CPU_IGRPEN0, 0);
        cpu_write(CPU_IGRPEN1, 0);
    }
    reg_write((int)run.self, WAKER, 2);
    (void)reg_read((int)run.self, WAKER);
    reg_write((int)run.self, WAKER, 0);
    (void)reg_read((int)run.self, WAKER);
    cpu_write(CPU_IGRPEN1, groups >> 1);
    cpu_write(CPU_IGRPEN0, groups & 1);
}

void cpuif_begin(void)
{
    self()->eoimode = false;
    cpu_write(CPU_CTLR, 0);
    cpu_write(CPU_BPR0, 7);
    cpu_write(CPU_BPR1, 7);
    cpu_write(CPU_PMR, is_v2() ? 0xf8 : 0xff);
    cpu_write(CPU_IGRPEN1, 1);
    cpu_write(CPU_IGRPEN0, 1);
}

void cpuif_off(void)
{
    cpu_write(CPU_IGRPEN1, 0);
    cpu_write(CPU_IGRPEN0, 0);
    if (!is_v2()) {
        reg_write((int)run.self, WAKER, 2);
        (void)reg_read((int)run.self, WAKER);
    }
    self()->eoimode = false;
}
