// SPDX-License-Identifier: Apache-2.0
/* Random, legal accesses to a GICv3 or GICv2, the EL1 timers and PSCI, from EL1 of one CPU with
 * interrupts masked; everything read goes into the hash. The line it reads first says "SEED COUNT
 * FIRST LAST".
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
 * as there an interrupt of a disabled group hides those of the other, and VGrp0D follows VENG1.
 *
 * GICv2 (IHI 0048B; gicv2.c has what concerns the CPU interface):
 * - With EOImode 1 no more interrupts are active than leave a list register free: GICV_DIR does not
 *   trap, so husk::vgic would guess which one beyond them it meant.
 * - QEMU: GICD_CTLR enables both groups or none, as it takes interrupts of the group that is not.
 * - QEMU: GICD_ISENABLER makes a level-sensitive interrupt whose input is high pending until it is
 *   cleared or taken; so what it does to the timers' is cleared.
 * - QEMU: GICV does not look whether an input is still high after the end of an interrupt, so a
 *   timer is off when its interrupt is ended or deactivated. */
#include "gic.h"

enum {
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
    ITARGETSR = 0x800,
    SGI_PENDING = 0xf10, /* GICD_CPENDSGIR, SPENDSGIR */
    IROUTER = 0x6000,
    INTID_COUNT = 288,
    WORD_COUNT = INTID_COUNT / 32,
    LEVEL_COUNT = 32,
    LIST_COUNT = 4, /* list registers of a GICv2 in QEMU */
};

struct taken {
    uint16_t intid;
    bool group1;
};

static struct run run;
static bool gicv2;
static uint16_t pool[POOL_COUNT]; /* the interrupts that are ever enabled */
static uint8_t level_of[POOL_COUNT];
static bool level_used[LEVEL_COUNT];
static struct taken stack[LEVEL_COUNT]; /* acknowledged, not ended */
static unsigned depth;
static uint16_t ended[INTID_COUNT]; /* ended with EOImode 1, still active */
static unsigned ended_count;
static uint32_t forced[WORD_COUNT]; /* made active by GICD_ISACTIVER */
static bool eoimode;

_Noreturn void guest_main(uint64_t context, uint64_t vcpu, uint64_t entry);

/* ---- memory-mapped registers ---- */

/* Where INTIDs 0 to 31 are: GICv2 has no redistributors, and SGI_BASE + x is x of GICD. */
static void place(bool *redist, uint32_t *offset)
{
    if (gicv2 && *redist) {
        *redist = false;
        *offset -= SGI_BASE;
    }
}

static uint32_t read(bool redist, uint32_t offset)
{
    uint32_t value;

    place(&redist, &offset);
    value = husk_mmio_read32((redist ? GICR : GICD) + (uintptr_t)offset);
    record(&run, redist ? GICR_READ : GICD_READ, offset, value);
    return value;
}

static void write(bool redist, uint32_t offset, uint32_t value)
{
    place(&redist, &offset);
    husk_mmio_write32((redist ? GICR : GICD) + (uintptr_t)offset, value);
    settle();
    record(&run, redist ? GICR_WRITE : GICD_WRITE, offset, value);
}

static void write_byte(bool redist, uint32_t offset, uint8_t value)
{
    place(&redist, &offset);
    husk_mmio_write8((redist ? GICR : GICD) + (uintptr_t)offset, value);
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
    const unsigned word = random_below(&run, WORD_COUNT);
    unsigned intid = random_below(&run, INTID_COUNT);

    switch (random_below(&run, 8)) {
    case 0:
        (void)read(false, gicd_single[random_below(&run, HUSK_COUNT(gicd_single))] &
                              (gicv2 ? 0xfff : 0xffff));
        break;
    case 1:
        if (gicv2) {
            (void)read(false, SGI_PENDING + 4 * random_below(&run, 8));
            break;
        }
        (void)read(true, gicr_single[random_below(&run, HUSK_COUNT(gicr_single))]);
        break;
    case 2:
        (void)read(intid < 32, (intid < 32 ? SGI_BASE : 0) + IPRIORITYR + (intid & ~3u));
        break;
    case 3:
        (void)read(intid < 32, (intid < 32 ? SGI_BASE : 0) + ICFGR + intid / 16 * 4);
        break;
    case 4:
        if (gicv2) {
            (void)read(false, ITARGETSR + (intid & ~3u));
            break;
        }
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
    write_byte(intid < 32, (intid < 32 ? SGI_BASE : 0) + IPRIORITYR + intid, (uint8_t)(level * 8));
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

    if (gicv2) { /* RAZ/WI with one CPU */
        write_byte(false, ITARGETSR + intid, (uint8_t)route);
        (void)read(false, ITARGETSR + (intid & ~3u));
        return;
    }
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

/* GICv2: whether there is a list register left for one more active interrupt, see above. */
static bool may_activate(void)
{
    unsigned count = depth + ended_count;

    for (unsigned word = 0; word < WORD_COUNT; word++) {
        count += (unsigned)__builtin_popcount(forced[word]);
    }
    return !gicv2 || !eoimode || count < LIST_COUNT - 1;
}

static void activate(unsigned word)
{
    uint32_t bits = few_bits() & few_bits() & ~taken_mask(word);

    if (!eoimode || !may_activate()) {
        bits = 0;
    }
    bits = gicv2 ? bits & -bits : bits;
    forced[word] |= bits;
    write(word == 0, at_word(ISACTIVER, word), bits);
}

static void enable(unsigned word, uint32_t bits)
{
    write(word == 0, at_word(ISENABLER, word), bits);
    if (gicv2 && word == 0) {
        write(true, SGI_BASE + ICPENDR, 1u << TIMER_VIRT | 1u << TIMER_PHYS);
    }
}

static void write_word(void)
{
    uint32_t bits;
    const unsigned word = random_below(&run, 3) == 0 ? 0 : random_below(&run, WORD_COUNT);
    const bool redist = word == 0;

    switch (random_below(&run, 8)) {
    case 0:
        write(redist, at_word(IGROUPR, word),
              read(redist, at_word(IGROUPR, word)) ^ (few_bits() & ~taken_mask(word)));
        break;
    case 1:
    case 2:
        enable(word, (uint32_t)random_bits(&run) & pool_mask(word));
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
        activate(word);
        break;
    default:
        bits = (uint32_t)random_bits(&run) & ~taken_mask(word);
        forced[word] &= ~bits;
        write(redist, at_word(ICACTIVER, word), bits);
    }
}

/* ---- the CPU interface ---- */

static uint64_t cpu_read(unsigned which)
{
    const uint64_t value = gicv2 ? gicv2_cpu_read(which) : gicv3_cpu_read(which);

    record(&run, ICC_READ, which, value);
    return value;
}

static void cpu_write(unsigned which, uint64_t value)
{
    if (gicv2) {
        gicv2_cpu_write(which, value);
    } else {
        gicv3_cpu_write(which, value);
    }
    record(&run, ICC_WRITE, which, value);
}

static unsigned cpu_count(void)
{
    return gicv2 ? gicv2_cpu_count() : gicv3_cpu_count();
}

static uint64_t cpu_value(unsigned which)
{
    return gicv2 ? gicv2_cpu_value(&run, which, eoimode) : gicv3_cpu_value(&run, which, eoimode);
}

static void cpu_control(void)
{
    const unsigned which = random_below(&run, CPU_WRITABLE);
    const bool on = random_below(&run, 4) != 0;

    switch (which) {
    case CPU_CTLR:
        if (depth == 0 && ended_count == 0) {
            eoimode = random_below(&run, 2) != 0;
            for (unsigned word = 0; word < WORD_COUNT; word++) {
                write(word == 0, at_word(ICACTIVER, word), UINT32_MAX);
                forced[word] = 0;
            }
            cpu_write(which, cpu_value(which));
        }
        break;
    case CPU_PMR:
        cpu_write(which, cpu_value(which));
        break;
    case CPU_BPR0:
    case CPU_BPR1:
        if (depth == 0) {
            cpu_write(which, cpu_value(which));
        }
        break;
    default:
        cpu_write(CPU_IGRPEN0, on);
        cpu_write(CPU_IGRPEN1, on);
    }
    (void)cpu_read(which);
}

static void take(bool group1)
{
    uint64_t intid;

    if (!may_activate()) {
        return;
    }
    intid = gicv2 ? gicv2_ack() : gicv3_ack(group1);
    record(&run, ACK, group1, intid);
    if (intid < INTID_COUNT) {
        run.taken++;
        stack[depth++] = (struct taken){ (uint16_t)intid, group1 };
    }
}

/* GICv2, see above: what asks for an interrupt that ends is gone. */
static void quiet_timer(unsigned intid)
{
    if (gicv2 && (intid == TIMER_VIRT || intid == TIMER_PHYS)) {
        WRITE("cntv_ctl_el0", 0);
        WRITE("cntp_ctl_el0", 0);
        settle();
        (void)read(true, SGI_BASE + ISPENDR);
    }
}

static void end_last(void)
{
    struct taken last;

    if (depth == 0) {
        return;
    }
    last = stack[--depth];
    quiet_timer(last.intid);
    if (gicv2) {
        gicv2_end(last.intid);
    } else {
        gicv3_end(last.intid, last.group1);
    }
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
    quiet_timer(ended[which]);
    if (gicv2) {
        gicv2_deactivate(ended[which]);
    } else {
        gicv3_deactivate(ended[which]);
    }
    record(&run, DIR, 0, ended[which]);
    ended[which] = ended[--ended_count];
}

static void send(void)
{
    const uint32_t groups = read(true, SGI_BASE + IGROUPR);
    uint64_t value;
    unsigned which;

    which = gicv2 ? gicv2_send(&run, &value) : gicv3_send(&run, groups, &value);
    record(&run, SGI, which, value);
}

/* Asleep only while nothing can be signalled to the CPU interface. */
static void sleep_and_wake(void)
{
    uint64_t groups;

    if (gicv2) {
        return;
    }
    groups = cpu_read(CPU_IGRPEN0) | cpu_read(CPU_IGRPEN1) << 1;
    cpu_write(CPU_IGRPEN0, 0);
    cpu_write(CPU_IGRPEN1, 0);
    write(true, WAKER, 2);
    (void)read(true, WAKER);
    write(true, WAKER, 0);
    (void)read(true, WAKER);
    cpu_write(CPU_IGRPEN1, groups >> 1);
    cpu_write(CPU_IGRPEN0, groups & 1);
}

/* ---- the run ---- */

static void write_ctlr(void)
{
    uint32_t groups = random_below(&run, 3) == 0 ? (uint32_t)random_bits(&run) & 3 : 3;

    groups = gicv2 && groups != 3 ? 0 : groups;
    write(false, CTLR, groups);
}

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
        (void)cpu_read(random_below(&run, cpu_count()));
    } else if (kind < 63) {
        cpu_control();
    } else if (kind < 73) {
        take(random_below(&run, 2) != 0);
    } else if (kind < 82) {
        end_last();
    } else if (kind < 87) {
        deactivate();
    } else if (kind < 92) {
        send();
    } else if (kind < 93) {
        write_ctlr();
        (void)read(false, CTLR);
    } else if (kind < 94) {
        sleep_and_wake();
    } else if (kind < 98) {
        access_timer(&run);
        (void)read(true, SGI_BASE + ISPENDR);
    } else {
        access_psci(&run);
    }
}

/* What is there after reset, then one level for each interrupt that can be taken. */
static void begin(void)
{
    for (uint32_t offset = 0; offset < 0x1000; offset += 4) {
        (void)read(false, offset);
        if (!gicv2) {
            (void)read(true, SGI_BASE + offset);
        }
    }
    if (gicv2) { /* what is there after reset is the implementation's */
        cpu_write(CPU_BPR0, 7);
        cpu_write(CPU_BPR1, 7);
    }
    for (unsigned i = 0; i < cpu_count(); i++) {
        (void)cpu_read(i);
    }
    if (!gicv2) {
        write(true, WAKER, 0);
    }
    for (unsigned i = 0; i < POOL_COUNT; i++) {
        pool[i] = gicv2 ? gicv2_pool[i] : gicv3_pool[i];
        level_of[i] = (uint8_t)i;
        level_used[i] = true;
        write_byte(pool[i] < 32, (pool[i] < 32 ? SGI_BASE : 0) + IPRIORITYR + pool[i],
                   (uint8_t)(8 * i));
    }
    write(false, CTLR, 3);
    cpu_write(CPU_PMR, gicv2 ? 0xf8 : 0xff);
    cpu_write(CPU_IGRPEN1, 1);
    cpu_write(CPU_IGRPEN0, 1);
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
    gicv2 = (READ("id_aa64pfr0_el1") >> 24 & 0xf) == 0;
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
