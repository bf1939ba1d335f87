// SPDX-License-Identifier: Apache-2.0
#ifndef SPEC_VGIC_H
#define SPEC_VGIC_H

/** @file
 * A GICv2 or GICv3 as its programmer sees it: one Security state, both groups; GICv3 with affinity
 * routing and no LPIs. There are no list registers here: an interrupt is a few bits of state, and
 * what a CPU is offered is computed from all of them. Each function is next = spec(state), with the
 * state in place, as it is tens of KiB; nothing else is read or changed.
 * Sources: GICv2 IHI 0048B, GICv3 IHI 0069H. What they leave open: comments that say "choice".
 */

#include <stdbool.h>
#include <stdint.h>

enum { SPEC_VGIC_CPUS = 8, SPEC_VGIC_PRIVATE = 32, SPEC_VGIC_INTIDS = 1020 };
enum spec_vgic_frame { SPEC_GICD, SPEC_GICR };

struct spec_vgic_irq {
    bool enabled, active, group1, edge;
    bool latch, line; /* pending: made so by an edge or a register; by its level input */
    bool sampled;     /* the latch is a sample of its device's level, not a guest's write */
    uint8_t priority, sources; /* GICv2, SGIs: the CPUs that sent it, each to be acknowledged */
    uint64_t route;            /* GICD_IROUTER, GICD_ITARGETSR */
};

struct spec_vgic_cpu {
    struct spec_vgic_irq irq[SPEC_VGIC_PRIVATE];
    bool asleep;             /* GICR_WAKER */
    bool enable[2], split;   /* of its interface: group enables, EOImode */
    uint8_t mask;            /* PMR */
    bool running[UINT8_MAX]; /* active priorities */
};

struct spec_vgic {
    unsigned version, intids, cpus, priority_bits;
    uint64_t affinity[SPEC_VGIC_CPUS]; /* Aff3 [39:32], Aff2 [23:16], Aff1 [15:8], Aff0 [7:0] */
    bool enable[2];                    /* GICD_CTLR: group enables */
    struct spec_vgic_cpu cpu[SPEC_VGIC_CPUS];
    struct spec_vgic_irq spi[SPEC_VGIC_INTIDS];
};

/** Reset of the whole: `version`, `intids`, `cpus`, `priority_bits`, `affinity` stay. */
void spec_vgic_reset(struct spec_vgic *s);
/** Reset of one CPU that was off: its interface and private interrupts. Inputs stay. */
void spec_vgic_reset_cpu(struct spec_vgic *s, unsigned cpu);

struct spec_vgic_irq *spec_vgic_irq(struct spec_vgic *s, unsigned cpu, unsigned intid);
bool spec_vgic_pending(const struct spec_vgic_irq *irq);
/** `cpu` is the one that is to get it: enabled, pending and not active; its own masks aside. */
bool spec_vgic_deliverable(struct spec_vgic *s, unsigned cpu, unsigned intid);
/** The best priority of what `cpu` is to get, of the groups its interface has enabled; UINT8_MAX +
 * 1: nothing. */
unsigned spec_vgic_best(struct spec_vgic *s, unsigned cpu);

/** The level of an input changes. */
void spec_vgic_line(struct spec_vgic *s, unsigned cpu, unsigned intid, bool high);
/** An input is sampled: choice of an interrupt that a hypervisor passes on from a physical one, it
 * is pending once for each time that one was taken, whatever its line does meanwhile. */
void spec_vgic_sample(struct spec_vgic *s, unsigned cpu, unsigned intid);

/** An access by `cpu`. In GICR, each CPU's two frames follow those of the one before. */
uint64_t spec_vgic_read(struct spec_vgic *s, unsigned cpu, enum spec_vgic_frame frame,
                        uint64_t offset, unsigned size);
void spec_vgic_write(struct spec_vgic *s, unsigned cpu, enum spec_vgic_frame frame, uint64_t offset,
                     unsigned size, uint64_t value);
/** GICv3: a write of ICC_SGI1R_EL1 (`group1`), or of ICC_SGI0R_EL1 or ICC_ASGI1R_EL1. */
void spec_vgic_send(struct spec_vgic *s, unsigned cpu, uint64_t value, bool group1);

/** Whether a read of GICC_IAR or ICC_IAR0_EL1, with `group1` of GICC_AIAR or ICC_IAR1_EL1, may give
 * `iar`: of several that are equal in priority any. */
bool spec_vgic_may_give(struct spec_vgic *s, unsigned cpu, bool group1, unsigned iar);
/** That read has given `iar`, which is no special INTID. */
void spec_vgic_acknowledge(struct spec_vgic *s, unsigned cpu, unsigned iar);
/** A write of EOIR; of DIR, by `iar` as it was read. */
void spec_vgic_end(struct spec_vgic *s, unsigned cpu, unsigned iar);
void spec_vgic_deactivate(struct spec_vgic *s, unsigned cpu, unsigned iar);
/** The part of both in the distributor: what is left where the interface is hardware. */
void spec_vgic_activated(struct spec_vgic *s, unsigned cpu, unsigned iar);
void spec_vgic_deactivated(struct spec_vgic *s, unsigned cpu, unsigned iar);

#endif
