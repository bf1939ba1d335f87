// SPDX-License-Identifier: Apache-2.0
#ifndef GIC_H
#define GIC_H

/** @file
 * The CPU interface of each GIC version, and what else of it the random accesses depend on, which
 * record nothing; then the accesses to what is not the GIC, which do. */

#include "record.h"

enum {
    GICD = 0x08000000,
    POOL_COUNT = 24,
    TIMER_VIRT = 27,
    TIMER_PHYS = 30,
};

/** Registers of the CPU interface by number; the rest differs between the versions. */
enum { CPU_CTLR, CPU_PMR, CPU_BPR0, CPU_BPR1, CPU_IGRPEN0, CPU_IGRPEN1, CPU_WRITABLE };

/** The interrupts that can be taken. GICv2: all SGIs, as they are always enabled. */
extern const uint16_t gicv2_pool[POOL_COUNT], gicv3_pool[POOL_COUNT];

static inline void settle(void)
{
    husk_dsb_sy();
    husk_isb();
}

#define READ(name)                                                                                 \
    ({                                                                                             \
        uint64_t value_;                                                                           \
        __asm__ volatile("mrs %0, " name : "=r"(value_) : : "memory");                             \
        value_;                                                                                    \
    })
#define WRITE(name, value)                                                                         \
    __asm__ volatile("msr " name ", %0" : : "r"((uint64_t)(value)) : "memory")

/** How many registers of the CPU interface there are to read. */
unsigned gicv2_cpu_count(void);
unsigned gicv3_cpu_count(void);
/** Registers of the CPU interface by number. With GICv2, IGRPEN0 and 1 are bits of GICC_CTLR. */
uint64_t gicv2_cpu_read(unsigned which);
uint64_t gicv3_cpu_read(unsigned which);
void gicv2_cpu_write(unsigned which, uint64_t value);
void gicv3_cpu_write(unsigned which, uint64_t value);
/** A legal value for CPU_CTLR, PMR, BPR0 or BPR1, with this EOImode. */
uint64_t gicv2_cpu_value(struct run *run, unsigned which, bool eoimode);
uint64_t gicv3_cpu_value(struct run *run, unsigned which, bool eoimode);
/** IAR, EOIR, DIR; with GICv2 they are the same for both groups. */
uint64_t gicv2_ack(void);
uint64_t gicv3_ack(bool group1);
void gicv2_end(unsigned intid);
void gicv3_end(unsigned intid, bool group1);
void gicv2_deactivate(unsigned intid);
void gicv3_deactivate(unsigned intid);
/** Sends an SGI in one of the ways there are, which is returned; what was written goes to `value`.
 */
unsigned gicv2_send(struct run *run, uint64_t *value);
unsigned gicv3_send(struct run *run, uint32_t groups, uint64_t *value);

/** One access to a timer of EL1's. What is read does not depend on when. */
void access_timer(struct run *run);
/** One call of PSCI's that changes nothing. */
void access_psci(struct run *run);

#endif
