// SPDX-License-Identifier: Apache-2.0
// Interrupts and what CPUs are offered: GICv3 chapter 4, GICv2 chapter 3 "Interrupt Handling and
// Prioritization". The registers of the frames: spec_vgic_regs.c.
#include "spec_vgic.h"

enum { LOWEST = UINT8_MAX + 1, GROUP1_INSTEAD = 1022, SPURIOUS = 1023 };

struct spec_vgic_irq *spec_vgic_irq(struct spec_vgic *s, unsigned cpu, unsigned intid)
{
    return intid < SPEC_VGIC_PRIVATE ? &s->cpu[cpu].irq[intid] : &s->spi[intid];
}

/* GICv3 12.11 GICR_ISENABLER0, GICR_ICFGR0, GICR_WAKER, 12.2 ICC_PMR_EL1: reset values; SGIs are
 * edge-triggered. Choices: UNKNOWN ones are 0; GICv2's SGIs are always enabled; a PPI is level-
 * sensitive. */
void spec_vgic_reset_cpu(struct spec_vgic *s, unsigned cpu)
{
    bool line[SPEC_VGIC_PRIVATE];

    for (unsigned i = 0; i < SPEC_VGIC_PRIVATE; i++) {
        line[i] = s->cpu[cpu].irq[i].line;
    }
    s->cpu[cpu] = (struct spec_vgic_cpu){ .asleep = true };
    for (unsigned i = 0; i < SPEC_VGIC_PRIVATE; i++) {
        s->cpu[cpu].irq[i].line = line[i];
        s->cpu[cpu].irq[i].edge = i < 16;
        s->cpu[cpu].irq[i].enabled = i < 16 && s->version == 2;
    }
}

void spec_vgic_reset(struct spec_vgic *s)
{
    s->enable[0] = s->enable[1] = false;
    for (unsigned i = 0; i < SPEC_VGIC_INTIDS; i++) {
        s->spi[i] = (struct spec_vgic_irq){ .enabled = false };
    }
    for (unsigned i = 0; i < s->cpus; i++) {
        s->cpu[i] = (struct spec_vgic_cpu){ .asleep = false };
        spec_vgic_reset_cpu(s, i);
    }
}

/* GICv3 4.1 "Interrupt handling state machine", 12.9 GICD_ICPENDR<n>: a level-sensitive interrupt
 * is pending by its input, too; GICv2 4.3.8 "Control of the pending status of level-sensitive
 * interrupts". */
bool spec_vgic_pending(const struct spec_vgic_irq *irq)
{
    return irq->latch || (irq->line && !irq->edge);
}

/* GICv3 4.4 "Routing and prioritization": to the CPU of that affinity; GICv2 4.3.12
 * GICD_ITARGETSRn: choice, of several the lowest; "a uniprocessor" gets all. */
static bool leads_to(const struct spec_vgic *s, unsigned cpu, unsigned intid)
{
    const uint64_t route = intid < SPEC_VGIC_PRIVATE ? 0 : s->spi[intid].route;

    return intid < SPEC_VGIC_PRIVATE || (s->version == 3 ? route == s->affinity[cpu]
                                         : s->cpus == 1  ? true
                                                         : (route & -route) == 1u << cpu);
}

bool spec_vgic_deliverable(struct spec_vgic *s, unsigned cpu, unsigned intid)
{
    const struct spec_vgic_irq *const irq = spec_vgic_irq(s, cpu, intid);

    return irq->enabled && s->enable[irq->group1] && spec_vgic_pending(irq) && !irq->active &&
           leads_to(s, cpu, intid);
}

unsigned spec_vgic_best(struct spec_vgic *s, unsigned cpu)
{
    unsigned best = LOWEST;

    for (unsigned i = 0; i < s->intids; i++) {
        const struct spec_vgic_irq *const irq = spec_vgic_irq(s, cpu, i);

        if (irq->priority < best && s->cpu[cpu].enable[irq->group1] &&
            spec_vgic_deliverable(s, cpu, i)) {
            best = irq->priority;
        }
    }
    return best;
}

void spec_vgic_line(struct spec_vgic *s, unsigned cpu, unsigned intid, bool high)
{
    struct spec_vgic_irq *const irq = spec_vgic_irq(s, cpu, intid);

    irq->latch = irq->latch || (irq->edge && high && !irq->line);
    if (irq->sampled && irq->line && !high && !irq->edge) {
        irq->latch = false;
    }
    irq->line = high;
}

void spec_vgic_sample(struct spec_vgic *s, unsigned cpu, unsigned intid)
{
    struct spec_vgic_irq *const irq = spec_vgic_irq(s, cpu, intid);

    irq->sampled = irq->sampled || !irq->latch;
    irq->latch = true;
}

/* ---- the CPU interface ---- */

/* GICv3 4.8.6 "Priority masking", 4.8.5 "Preemption", with the binary point at its least: better
 * than the mask and than what runs. */
static bool signalled(const struct spec_vgic_cpu *cpu, unsigned priority)
{
    bool better = priority < cpu->mask;

    for (unsigned i = 0; i <= priority && i < UINT8_MAX; i++) {
        better = better && !cpu->running[i];
    }
    return better;
}

/* An SGI of GICv2 comes with who sent it: 4.4.4 GICC_IAR, "CPUID" [12:10]. */
static unsigned intid_of(const struct spec_vgic *s, unsigned iar)
{
    return s->version == 2 ? iar & 0x3ff : iar;
}

/* GICv3 12.2 ICC_IAR0_EL1, ICC_IAR1_EL1, GICv2 4.4.4 GICC_IAR (AckCtl = 0), 4.4.11 GICC_AIAR: 1023
 * where nothing, or something of the other group is signalled, but of GICC_IAR then 1022. */
bool spec_vgic_may_give(struct spec_vgic *s, unsigned cpu, bool group1, unsigned iar)
{
    const unsigned intid = intid_of(s, iar);
    const unsigned best = spec_vgic_best(s, cpu);
    const struct spec_vgic_irq *irq;
    bool other = false;

    if (best == LOWEST || !signalled(&s->cpu[cpu], best)) {
        return iar == SPURIOUS;
    }
    if (intid >= s->intids) {
        for (unsigned i = 0; i < s->intids; i++) {
            irq = spec_vgic_irq(s, cpu, i);
            other = other || (irq->priority == best && irq->group1 != group1 &&
                              s->cpu[cpu].enable[irq->group1] && spec_vgic_deliverable(s, cpu, i));
        }
        return other && iar == (s->version == 2 && !group1 ? GROUP1_INSTEAD : SPURIOUS);
    }
    irq = spec_vgic_irq(s, cpu, intid);
    return irq->priority == best && irq->group1 == group1 && s->cpu[cpu].enable[group1] &&
           spec_vgic_deliverable(s, cpu, intid) &&
           (s->version == 2 && intid < 16 ? (irq->sources >> (iar >> 10) & 1) != 0 : iar == intid);
}

/* GICv3 4.1 "Interrupt handling state machine": pending to active; by its input it is then both.
 * GICv2 4.4.4 GICC_IAR: of an SGI, that of the CPU it names. */
void spec_vgic_activated(struct spec_vgic *s, unsigned cpu, unsigned iar)
{
    struct spec_vgic_irq *const irq = spec_vgic_irq(s, cpu, intid_of(s, iar));

    irq->sources &= (uint8_t)~(1u << (iar >> 10 & 7));
    irq->latch = irq->sources != 0;
    irq->active = true;
}

void spec_vgic_acknowledge(struct spec_vgic *s, unsigned cpu, unsigned iar)
{
    s->cpu[cpu].running[spec_vgic_irq(s, cpu, intid_of(s, iar))->priority] = true;
    spec_vgic_activated(s, cpu, iar);
}

void spec_vgic_deactivated(struct spec_vgic *s, unsigned cpu, unsigned iar)
{
    spec_vgic_irq(s, cpu, intid_of(s, iar))->active = false;
}

/* GICv3 4.1.1 "Priority drop and deactivation": the best of the active priorities. */
void spec_vgic_end(struct spec_vgic *s, unsigned cpu, unsigned iar)
{
    unsigned best = 0;

    while (best < UINT8_MAX && !s->cpu[cpu].running[best]) {
        best++;
    }
    s->cpu[cpu].running[best % UINT8_MAX] = false;
    if (!s->cpu[cpu].split) {
        spec_vgic_deactivated(s, cpu, iar);
    }
}

/* The same: without EOImode, a write of DIR has no effect. */
void spec_vgic_deactivate(struct spec_vgic *s, unsigned cpu, unsigned iar)
{
    if (s->cpu[cpu].split) {
        spec_vgic_deactivated(s, cpu, iar);
    }
}
