// SPDX-License-Identifier: Apache-2.0
#ifndef GIC_H
#define GIC_H

/** @file
 * The random accesses by what they go to, and what the generator knows of the CPUs: what each has
 * taken, and what decides whether an access is legal. One CPU at a time makes accesses, the one
 * whose turn it is: run.self. */

#include "record.h"

enum {
    GICD = 0x08000000,
    GICR = 0x080a0000,
    REDIST_BYTES = 0x20000,
    POOL_COUNT = 24,
    INTID_COUNT = 288,
    WORD_COUNT = INTID_COUNT / 32,
    LEVEL_COUNT = 32,
    CPU_MAX = 4,
    SGI_COUNT = 16,
    TIMER_VIRT = 27,
    TIMER_PHYS = 30,

    /* offsets in GICD; what is banked is at SGI_BASE + offset of a redistributor */
    SGI_BASE = 0x10000,
    CTLR = 0,
    WAKER = 0x14, /* of a redistributor */
    IGROUPR = 0x80,
    ISENABLER = 0x100,
    ICENABLER = 0x180,
    ISPENDR = 0x200,
    ICPENDR = 0x280,
    ISACTIVER = 0x300,
    ICACTIVER = 0x380,
    IPRIORITYR = 0x400,
    ITARGETSR = 0x800,
    ICFGR = 0xc00,
    CPENDSGIR = 0xf10, /* then SPENDSGIR */
    IROUTER = 0x6000,

    SHARED = -1, /* no CPU's bank: GICD */
};

/** Registers of the CPU interface by number; the rest differs between the versions. */
enum { CPU_CTLR, CPU_PMR, CPU_BPR0, CPU_BPR1, CPU_IGRPEN0, CPU_IGRPEN1, CPU_WRITABLE };

struct taken {
    uint16_t intid;
    uint16_t token; /**< as acknowledged: GICv2's has the CPU that sent an SGI */
    bool group1;
};

/** What the generator knows of a CPU. */
struct cpu {
    struct taken stack[LEVEL_COUNT]; /**< acknowledged, not ended */
    unsigned depth;
    struct taken ended[INTID_COUNT]; /**< ended with EOImode 1, still active */
    unsigned ended_count;
    uint32_t forced;           /**< private ones made active by a register */
    uint64_t levels;           /**< the priorities of its private ones */
    uint8_t level[POOL_COUNT]; /**< of the pool's private ones */
    bool eoimode;
    bool on;
    bool leaves; /**< CPU_OFF called, and not yet seen to be over */
};

extern struct run run;
extern struct cpu cpus[CPU_MAX];

static inline struct cpu *self(void)
{
    return &cpus[run.self];
}

static inline bool is_v2(void)
{
    return run.gic == V2;
}

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

/* ---- gicv2.c, gicv3.c: the CPU interface of each version; they record nothing ---- */

/** The interrupts that can be taken. GICv2: all SGIs, as they are always enabled. */
extern const uint16_t gicv2_pool[POOL_COUNT], gicv3_pool[POOL_COUNT];

/** How many registers of the CPU interface there are to read. */
unsigned gicv2_cpu_count(void);
unsigned gicv3_cpu_count(void);
/** Registers of the CPU interface by number. With GICv2, IGRPEN0 and 1 are bits of GICC_CTLR. */
uint64_t gicv2_cpu_read(unsigned which);
uint64_t gicv3_cpu_read(unsigned which);
void gicv2_cpu_write(unsigned which, uint64_t value);
void gicv3_cpu_write(unsigned which, uint64_t value);
/** A legal value for CPU_CTLR, PMR, BPR0 or BPR1, with this EOImode. */
uint64_t gicv2_cpu_value(unsigned which, bool eoimode);
uint64_t gicv3_cpu_value(unsigned which, bool eoimode);
/** IAR, EOIR, DIR; with GICv2 they are the same for both groups. */
uint64_t gicv2_ack(void);
uint64_t gicv3_ack(bool group1);
void gicv2_end(unsigned token);
void gicv3_end(unsigned token, bool group1);
void gicv2_deactivate(unsigned token);
void gicv3_deactivate(unsigned token);
/** Sends an SGI in one of the ways there are, which is returned; what was written goes to `value`.
 * @param groups  of GICv3: GICR_IGROUPR0 of each CPU. */
unsigned gicv2_send(uint64_t *value);
unsigned gicv3_send(const uint32_t *groups, uint64_t *value);

/* ---- dist.c: memory-mapped registers, those of a CPU's bank or SHARED ones ---- */

uint32_t reg_read(int bank, uint32_t offset);
void reg_write(int bank, uint32_t offset, uint32_t value);
void reg_write_byte(int bank, uint32_t offset, uint8_t value);
/** A random access to any register, to read it or of one kind. */
void dist_read_any(void);
void dist_write_word(void);
void dist_write_priority(void);
void dist_write_config(void);
void dist_write_route(void);
void dist_write_ctlr(void);
/** The pool's priorities and routes, once. */
void dist_begin(void);
/** The banked registers of this CPU, as if after reset. */
void dist_begin_cpu(void);
/** No interrupt is active that this CPU has not taken, nor may have been made so for it. */
void dist_calm(void);
/** A CPU that is on, but for `but`, at random; `but` if there is none. */
unsigned random_cpu(unsigned but);

/* ---- cpuif.c: the CPU interface ---- */

void cpuif_read_any(void);
void cpuif_read_all(void);
void cpuif_control(void);
void cpuif_take(void);
void cpuif_end(void);
void cpuif_deactivate(void);
void cpuif_send(void);
void cpuif_sleep_and_wake(void);
/** On, everything let through. */
void cpuif_begin(void);
/** Off; what is pending stays so. */
void cpuif_off(void);

/* ---- others.c ---- */

/** One access to a timer of EL1's. What is read does not depend on when. */
void access_timer(void);
void timer_begin(void);
/** One call of PSCI's that changes nothing. */
void access_psci(void);

/* ---- turns.c ---- */

/** Waits for this CPU's turn; gives it to another, or keeps it. */
void turn_take(unsigned cpu);
void turn_pass(void);
/** Waits for CPUs whose last turn was CPU_OFF. */
void turn_see_off(void);
/** CPU_OFF of this CPU, which ends here, or CPU_ON of one that is off, which has its turn next. */
void turn_power(void);
/** CPU_ON of all others, one after the other. */
void turn_start_all(void);
/** What a CPU does that was started. */
void turn_started(unsigned cpu, uint64_t context);

#endif
