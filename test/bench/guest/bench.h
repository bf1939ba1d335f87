// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_BENCH_H
#define HUSK_BENCH_H

/** @file
 * The bench guest: bare metal at EL1, MMU off, one Image for every hypervisor and for none. All it
 * knows of its machine is in the device tree.
 */

#include <husk/arch.h>
#include <husk/base.h>

enum {
    SAMPLES = 32,
    CPU_MAX = 8,
    SGI = 1,
    TIMER = 27, /**< PPI of the virtual timer */
    SPI_IDLE = 40,
    SPI_WORD = 64, /**< first of 32 SPIs that stand in one word */
};

enum event {
#define EVENT(name, text) EVENT_##name,
#include "../events.def"
#undef EVENT
};

/** What the device tree says. */
struct machine {
    unsigned gic_version; /**< 2 or 3; 0: none */
    uintptr_t gicd;
    uintptr_t gicr; /**< v3: redistributors */
    uintptr_t gicc; /**< v2: CPU interface */
    uintptr_t uart; /**< a PL011; 0: none */
    bool xen;
    unsigned cpu_count;
    uint64_t mpidr[CPU_MAX];
};
extern struct machine machine;

/* ---- tree.c ---- */

/** Reads a device tree into `machine`. @return false: there is none. */
bool tree_read(const void *tree);

/* ---- gic.c ---- */

/** Turns on the distributor, and routes the SPIs used to this CPU. */
void gic_init(void);
/** Turns on CPU `cpu`'s own part, which is this one's: SGI and timer enabled. */
void gic_cpu_init(unsigned cpu);
unsigned gic_ack(void);
void gic_end(unsigned intid);
void gic_set_mask(unsigned priority);
void gic_send(unsigned cpu, bool is_self);
/** A register of 32 bits of the distributor. */
static inline uintptr_t gicd(uint32_t offset)
{
    return machine.gicd + offset;
}

/* ---- start.S ---- */

/** Where CPU_ON enters; its context is the CPU's number. */
extern const char secondary[];

/** HVC or SMC with x0..x3. @return x0. */
uint64_t call_hvc(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3);
uint64_t call_smc(uint64_t x0);
/** A hypercall nobody knows; under Xen, its cheapest. */
void call_null(void);
void call_xen_version(void);

#endif
