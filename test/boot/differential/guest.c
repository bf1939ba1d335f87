// SPDX-License-Identifier: Apache-2.0
/* Random, legal accesses to a GICv3, the EL1 timers and PSCI, from EL1 of one CPU with interrupts
 * masked; everything read goes into the hash. The line it reads first says "SEED COUNT FIRST LAST".
 *
 * Legal: nothing is done that the architecture calls UNPREDICTABLE or leaves to the implementation
 * (GIC Architecture Specification IHI 0069H):
 * - Interrupts that can be taken have a priority of their own each: among equals the choice is the
 *   implementation's (4.8). Priorities have 5 bits.
 * - An EOI names the last interrupt taken and not yet ended, in its group; a deactivation one that
 *   was ended while EOImode was 1. EOImode and CBPR change only while none is active.
 * - The group, priority and active state of an interrupt that was taken are left alone until then;
 *   others are made active with EOImode 1 only (else husk::vgic guesses which one an EOI meant).
 * - Int_config changes only while the interrupt is disabled and not pending.
 * - After a timer's change its pending bit is read: until then Husk may deliver what is withdrawn.
 * - SGIs are sent by ICC_SGI1R_EL1 while in group 1, by the other two registers while in group 0.
 * And defects of QEMU (10.0) are gone round: one group alone is never enabled at the CPU interface,
 * as there an interrupt of a disabled group hides those of the other, and VGrp0D follows VENG1. */
#include "record.h"

enum {
    GICD = 0x08000000,
    GICR = 0x080a0000,
    SGI_BASE = 0x10000,
    CTLR = 0,
    WAKER = 0x14,
    IGROUPR = 0x80,
    ISENABLER = 0x100,
    ICENABLER = 0x180,
    ISPENDR = 0x200,
    ICPENDR = 0x280,
    ISACTIVER = 0x300,
    ICACTIVER = 0x380,
    IPRIORITYR = 0x400,
    ICFGR = 0xc00,
    IROUTER = 0x6000,
    INTID_COUNT = 288,
    POOL_COUNT = 24,
    LEVEL_COUNT = 32,
    TIMER_VIRT = 27,
    TIMER_PHYS = 30,
};

/* The interrupts that are ever enabled. */
static const uint16_t pool[POOL_COUNT] = { 0,  1,  2,  3,  4,  5,  9,  15,  20,  22,  27,  30,
                                           40, 41, 60, 64, 65, 95, 96, 128, 200, 255, 256, 287 };

struct taken {
    uint16_t intid;
    bool group1;
};

static struct run run;
static uint8_t level_of[POOL_COUNT];
static bool level_used[LEVEL_COUNT];
static struct taken stack[LEVEL_COUNT]; /* acknowledged, not ended */
static unsigned depth;
static uint16_t ended[INTID_COUNT]; /* ended with EOImode 1, still active */
static unsigned ended_count;
static bool eoimode;
static uint64_t count_seen[2];

_Noreturn void guest_main(uint64_t context, uint64_t vcpu, uint64_t entry);

static void settle(void)
{
    husk_dsb_sy();
    husk_isb();
}

/* ---- memory-mapped registers ---- */

static uint32_t read(bool redist, uint32_t offset)
{
    const uint32_t value = husk_mmio_read32((redist ? GICR : GICD) + (uintptr_t)offset);

    record(&run, redist ? GICR_READ : GICD_READ, offset, value);
    return value;
}

static void write(bool redist, uint32_t offset, uint32_t value)
{
    husk_mmio_write32((redist ? GICR : GICD) + (uintptr_t)offset, value);
    settle();
    record(&run, redist ? GICR_WRITE : GICD_WRITE, offset, value);
}

/* A register with a bit for each INTID: its offset for word `word`. */
static uint32_t at_word(uint32_t reg, unsigned word)
{
    return word == 0 ? SGI_BASE + reg : reg + 4 * word;
}

static int pool_index(unsigned intid)
{
    for (unsigned i = 0; i < POOL_COUNT; i++) {
        if (pool[i] == intid) {
            return (int)i;
        }
    }
    return -1;
}

static uint32_t pool_mask(unsigned word)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < POOL_COUNT; i++) {
        mask |= pool[i] / 32 == word ? 1u << pool[i] % 32 : 0;
    }
    return mask;
}

/* The interrupts of a word that were taken and are still active. */
static uint32_t taken_mask(unsigned word)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < depth; i++) {
        mask |= stack[i].intid / 32 == word ? 1u << stack[i].intid % 32 : 0;
    }
    for (unsigned i = 0; i < ended_count; i++) {
        mask |= ended[i] / 32 == word ? 1u << ended[i] % 32 : 0;
    }
    return mask;
}

static void read_any(void)
{
    static const uint16_t word_regs[] = { IGROUPR, ISENABLER, ICENABLER, ISPENDR,
                                          ICPENDR, ISACTIVER, ICACTIVER };
    static const uint16_t gicd_single[] = {
        0, 4, 8, 0xc, 0x10, 0x800, 0xd00, 0xe00, 0xf00, 0xffe8
    };
    static const uint16_t gicr_single[] = { 0, 4, 8, 0xc, 0x10, 0x14, 0xffe8 };
    const unsigned word = random_below(&run, INTID_COUNT / 32);
    unsigned intid = random_below(&run, INTID_COUNT);

    switch (random_below(&run, 8)) {
    case 0:
        (void)read(false, gicd_single[random_below(&run, HUSK_COUNT(gicd_single))]);
        break;
    case 1:
        (void)read(true, gicr_single[random_below(&run, HUSK_COUNT(gicr_single))]);
        break;
    case 2:
        (void)read(intid < 32, (intid < 32 ? SGI_BASE : 0) + IPRIORITYR + (intid & ~3u));
        break;
    case 3:
        (void)read(intid < 32, (intid < 32 ? SGI_BASE : 0) + ICFGR + intid / 16 * 4);
        break;
    case 4:
        intid = intid < 32 ? 32 : intid;
        (void)read(false, IROUTER + 8 * intid + 4 * random_below(&run, 2));
        break;
    default:
        (void)read(word == 0, at_word(word_regs[random_below(&run, HUSK_COUNT(word_regs))], word));
    }
}

/* GICD_IPRIORITYR by bytes: what can be taken gets a level nobody else has. */
static void write_priority(void)
{
    const unsigned intid = random_below(&run, 3) == 0 ? pool[random_below(&run, POOL_COUNT)]
                                                      : random_below(&run, INTID_COUNT);
    const int index = pool_index(intid);
    const uintptr_t base = intid < 32 ? GICR + SGI_BASE : GICD;
    unsigned level = random_below(&run, LEVEL_COUNT);

    if ((taken_mask(intid / 32) & 1u << intid % 32) != 0) {
        return;
    }
    if (index >= 0) {
        while (level_used[level]) {
            level = (level + 1) % LEVEL_COUNT;
        }
        level_used[level_of[index]] = false;
        level_used[level] = true;
        level_of[index] = (uint8_t)level;
    }
    husk_mmio_write8(base + IPRIORITYR + intid, (uint8_t)(level * 8));
    settle();
    record(&run, intid < 32 ? GICR_WRITE : GICD_WRITE, IPRIORITYR + intid, level * 8);
    (void)read(intid < 32, (intid < 32 ? SGI_BASE : 0) + IPRIORITYR + (intid & ~3u));
}

static void write_config(void)
{
    const unsigned intid = 16 + random_below(&run, INTID_COUNT - 16);
    const unsigned word = intid / 32;
    const uint32_t reg = (word == 0 ? SGI_BASE : 0) + ICFGR + intid / 16 * 4;

    if (intid == TIMER_VIRT || intid == TIMER_PHYS) {
        return;
    }
    write(word == 0, at_word(ICENABLER, word), 1u << intid % 32);
    write(word == 0, at_word(ICPENDR, word), 1u << intid % 32);
    write(word == 0, reg, read(word == 0, reg) ^ 2u << intid % 16 * 2);
    (void)read(word == 0, reg);
}

static void write_route(void)
{
    static const uint64_t routes[] = { 0, 0, 0, 5, 0x100, UINT64_C(1) << 32 };
    const unsigned intid = 32 + random_below(&run, INTID_COUNT - 32);
    const uint64_t route = routes[random_below(&run, HUSK_COUNT(routes))];

    husk_mmio_write64(GICD + IROUTER + 8 * (uintptr_t)intid, route);
    settle();
    record(&run, GICD_WRITE, IROUTER + 8 * intid, route);
    record(&run, GICD_READ, IROUTER + 8 * intid,
           husk_mmio_read64(GICD + IROUTER + 8 * (uintptr_t)intid));
}

static uint32_t few_bits(void)
{
    return (uint32_t)(random_bits(&run) & random_bits(&run) & random_bits(&run));
}

static void write_word(void)
{
    const unsigned word = random_below(&run, 3) == 0 ? 0 : random_below(&run, INTID_COUNT / 32);
    const bool redist = word == 0;

    switch (random_below(&run, 8)) {
    case 0:
        write(redist, at_word(IGROUPR, word),
              read(redist, at_word(IGROUPR, word)) ^ (few_bits() & ~taken_mask(word)));
        break;
    case 1:
    case 2:
        write(redist, at_word(ISENABLER, word), (uint32_t)random_bits(&run) & pool_mask(word));
        break;
    case 3:
        write(redist, at_word(ICENABLER, word), few_bits());
        break;
    case 4:
        write(redist, at_word(ISPENDR, word), few_bits());
        break;
    case 5:
        write(redist, at_word(ICPENDR, word), few_bits());
        break;
    case 6:
        write(redist, at_word(ISACTIVER, word),
              eoimode ? few_bits() & few_bits() & ~taken_mask(word) : 0);
        break;
    default:
        write(redist, at_word(ICACTIVER, word), (uint32_t)random_bits(&run) & ~taken_mask(word));
    }
}

/* ---- the CPU interface ---- */

#define ICC_REGISTERS(ROW)                                                                         \
    ROW(0, icc_ctlr_el1)                                                                           \
    ROW(1, icc_pmr_el1)                                                                            \
    ROW(2, icc_bpr0_el1)                                                                           \
    ROW(3, icc_bpr1_el1)                                                                           \
    ROW(4, icc_igrpen0_el1)                                                                        \
    ROW(5, icc_igrpen1_el1)                                                                        \
    ROW(6, icc_rpr_el1)                                                                            \
    ROW(7, icc_hppir0_el1)                                                                         \
    ROW(8, icc_hppir1_el1)                                                                         \
    ROW(9, icc_ap0r0_el1)                                                                          \
    ROW(10, icc_ap1r0_el1)                                                                         \
    ROW(11, icc_sre_el1)
enum { ICC_COUNT = 12, ICC_CTLR = 0, ICC_PMR, ICC_BPR0, ICC_BPR1, ICC_IGRPEN0, ICC_IGRPEN1 };

#define READ(name)                                                                                 \
    ({                                                                                             \
        uint64_t value_;                                                                           \
        __asm__ volatile("mrs %0, " name : "=r"(value_) : : "memory");                             \
        value_;                                                                                    \
    })
#define WRITE(name, value)                                                                         \
    __asm__ volatile("msr " name ", %0" : : "r"((uint64_t)(value)) : "memory")

static uint64_t icc_read(unsigned which)
{
    uint64_t value = 0;

#define ROW(n, name)                                                                               \
    if (which == (n)) {                                                                            \
        value = READ(#name);                                                                       \
    }
    ICC_REGISTERS(ROW)
#undef ROW
    record(&run, ICC_READ, which, value);
    return value;
}

static void icc_write(unsigned which, uint64_t value)
{
#define ROW(n, name)                                                                               \
    if (which == (n)) {                                                                            \
        WRITE(#name, value);                                                                       \
    }
    ROW(0, icc_ctlr_el1)
    ROW(1, icc_pmr_el1)
    ROW(2, icc_bpr0_el1)
    ROW(3, icc_bpr1_el1)
    ROW(4, icc_igrpen0_el1)
    ROW(5, icc_igrpen1_el1)
#undef ROW
    settle();
    record(&run, ICC_WRITE, which, value);
}

static void icc_control(void)
{
    const unsigned which = random_below(&run, 6);
    const bool on = random_below(&run, 4) != 0;

    switch (which) {
    case ICC_CTLR:
        if (depth == 0 && ended_count == 0) {
            eoimode = random_below(&run, 2) != 0;
            for (unsigned word = 0; word < INTID_COUNT / 32; word++) {
                write(word == 0, at_word(ICACTIVER, word), UINT32_MAX);
            }
            icc_write(which, (uint64_t)eoimode << 1 | random_below(&run, 2));
        }
        break;
    case ICC_PMR:
        icc_write(which, random_below(&run, 3) == 0 ? random_bits(&run) & 0xff : 0xff);
        break;
    case ICC_BPR0:
    case ICC_BPR1:
        if (depth == 0) {
            icc_write(which, random_below(&run, 8));
        }
        break;
    default:
        icc_write(ICC_IGRPEN0, on);
        icc_write(ICC_IGRPEN1, on);
    }
    (void)icc_read(which);
}

static void take(bool group1)
{
    const uint64_t intid = group1 ? READ("icc_iar1_el1") : READ("icc_iar0_el1");

    settle();
    record(&run, ACK, group1, intid);
    if (intid < INTID_COUNT) {
        run.taken++;
        stack[depth++] = (struct taken){ (uint16_t)intid, group1 };
    }
}

static void end_last(void)
{
    struct taken last;

    if (depth == 0) {
        return;
    }
    last = stack[--depth];
    if (last.group1) {
        WRITE("icc_eoir1_el1", last.intid);
    } else {
        WRITE("icc_eoir0_el1", last.intid);
    }
    settle();
    record(&run, EOI, last.group1, last.intid);
    if (eoimode) {
        ended[ended_count++] = last.intid;
    }
}

static void deactivate(void)
{
    unsigned which;

    if (ended_count == 0) {
        return;
    }
    which = random_below(&run, ended_count);
    WRITE("icc_dir_el1", ended[which]);
    settle();
    record(&run, DIR, 0, ended[which]);
    ended[which] = ended[--ended_count];
}

static void send(void)
{
    const unsigned intid = random_below(&run, 16);
    const uint64_t list = random_below(&run, 4) == 0 ? random_bits(&run) & 0xffff : 1;
    const uint64_t irm = (uint64_t)(random_below(&run, 8) == 0) << 40;
    const uint64_t value = irm | (uint64_t)intid << 24 | list;
    const bool group1 = (read(true, SGI_BASE + IGROUPR) & 1u << intid) != 0;
    unsigned which = 0;

    if (group1) {
        WRITE("icc_sgi1r_el1", value);
    } else {
        which = 1 + random_below(&run, 2);
        if (which == 1) {
            WRITE("icc_sgi0r_el1", value);
        } else {
            WRITE("icc_asgi1r_el1", value);
        }
    }
    settle();
    record(&run, SGI, which, value);
}

/* Asleep only while nothing can be signalled to the CPU interface. */
static void sleep_and_wake(void)
{
    const uint64_t groups = icc_read(ICC_IGRPEN0) | icc_read(ICC_IGRPEN1) << 1;

    icc_write(ICC_IGRPEN0, 0);
    icc_write(ICC_IGRPEN1, 0);
    write(true, WAKER, 2);
    (void)read(true, WAKER);
    write(true, WAKER, 0);
    (void)read(true, WAKER);
    icc_write(ICC_IGRPEN1, groups >> 1);
    icc_write(ICC_IGRPEN0, groups & 1);
}

/* ---- timers and PSCI ---- */

/* A condition that is met already, or never: what is read does not depend on when. */
static void timer(void)
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
        record(&run, TIMER_READ, 4 + phys, count >= count_seen[phys]);
        count_seen[phys] = count;
    }
    record(&run, TIMER_READ, 2 + phys, phys ? READ("cntp_ctl_el0") : READ("cntv_ctl_el0"));
    (void)read(true, SGI_BASE + ISPENDR);
}

static void call_psci(void)
{
    static const uint32_t features[] = { 0x84000000, 0x84000001, 0xc4000001, 0x84000002,
                                         0x84000003, 0xc4000003, 0x84000004, 0xc4000004,
                                         0x84000006, 0x84000008, 0x84000009, 0x8400000a,
                                         0x84000005, 0xc4000005, 0x84000007, 0x8400007f };
    static const uint64_t targets[] = { 0, 1, 8, 0x100, 0x10000, UINT64_C(1) << 32, 0x80000000 };
    const unsigned target = random_below(&run, HUSK_COUNT(targets));
    const unsigned which = random_below(&run, 6);
    const bool on = random_below(&run, 4) != 0;
    uint64_t function, a = targets[target], b = 0;

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

/* ---- the run ---- */

static void step(void)
{
    const unsigned kind = random_below(&run, 100);

    if (kind < 25) {
        read_any();
    } else if (kind < 45) {
        write_word();
    } else if (kind < 49) {
        write_priority();
    } else if (kind < 51) {
        write_config();
    } else if (kind < 54) {
        write_route();
    } else if (kind < 60) {
        (void)icc_read(random_below(&run, ICC_COUNT));
    } else if (kind < 63) {
        icc_control();
    } else if (kind < 73) {
        take(random_below(&run, 2) != 0);
    } else if (kind < 82) {
        end_last();
    } else if (kind < 87) {
        deactivate();
    } else if (kind < 92) {
        send();
    } else if (kind < 93) {
        write(false, CTLR, random_below(&run, 3) == 0 ? (uint32_t)random_bits(&run) & 3 : 3);
        (void)read(false, CTLR);
    } else if (kind < 94) {
        sleep_and_wake();
    } else if (kind < 98) {
        timer();
    } else {
        call_psci();
    }
}

/* What is there after reset, then one level for each interrupt that can be taken. */
static void begin(void)
{
    for (uint32_t offset = 0; offset < 0x1000; offset += 4) {
        (void)read(false, offset);
        (void)read(true, SGI_BASE + offset);
    }
    for (unsigned i = 0; i < ICC_COUNT; i++) {
        (void)icc_read(i);
    }
    write(true, WAKER, 0);
    for (unsigned i = 0; i < POOL_COUNT; i++) {
        level_of[i] = (uint8_t)i;
        level_used[i] = true;
        husk_mmio_write8((pool[i] < 32 ? GICR + SGI_BASE : GICD) + IPRIORITYR + (uintptr_t)pool[i],
                         (uint8_t)(8 * i));
    }
    write(false, CTLR, 3);
    icc_write(ICC_PMR, 0xff);
    icc_write(ICC_IGRPEN1, 1);
    icc_write(ICC_IGRPEN0, 1);
}

_Noreturn void guest_main(uint64_t context, uint64_t vcpu, uint64_t entry)
{
    uint64_t seed;

    (void)context;
    (void)vcpu;
    (void)entry;
    print("diff: ready\n");
    seed = typed_number();
    run.random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    run.count = typed_number();
    run.first = typed_number();
    run.last = typed_number();
    begin();
    while (run.index < run.count) {
        step();
    }
    print("diff: seed ");
    print_decimal(seed);
    print(", ");
    print_decimal(run.taken);
    print(" interrupts taken, hash ");
    print_hex(run.hash);
    print("\nhusk-test: pass\n");
    off();
}
