// SPDX-License-Identifier: Apache-2.0
/* The distributor and the redistributors: IHI 0069H 12.8 and 12.10, IHI 0048B 4.3. */
#include "gic.h"

static uint32_t forced[WORD_COUNT];  /* shared ones made active by a register */
static uint8_t home[INTID_COUNT];    /* the CPU that has what was made active */
static uint8_t targets[INTID_COUNT]; /* GICv2: GICD_ITARGETSR */
static uint64_t shared_levels;
static uint8_t shared_level[POOL_COUNT];

static unsigned pool(unsigned index)
{
    return is_v2() ? gicv2_pool[index] : gicv3_pool[index];
}

/* ---- memory-mapped registers ---- */

/* GICv2 has no redistributors: what is banked is in GICD. `offset` from GICD or the first GICR. */
static bool in_gicd(int bank, uint32_t *offset)
{
    if (bank == SHARED) {
        return true;
    }
    if (is_v2()) {
        *offset -= SGI_BASE;
        return true;
    }
    *offset += REDIST_BYTES * (uint32_t)bank;
    return false;
}

uint32_t reg_read(int bank, uint32_t offset)
{
    const bool gicd = in_gicd(bank, &offset);
    const uint32_t value = husk_mmio_read32((gicd ? GICD : GICR) + (uintptr_t)offset);

    record(&run, gicd ? GICD_READ : GICR_READ, offset, value);
    return value;
}

void reg_write(int bank, uint32_t offset, uint32_t value)
{
    const bool gicd = in_gicd(bank, &offset);

    husk_mmio_write32((gicd ? GICD : GICR) + (uintptr_t)offset, value);
    settle();
    record(&run, gicd ? GICD_WRITE : GICR_WRITE, offset, value);
}

void reg_write_byte(int bank, uint32_t offset, uint8_t value)
{
    const bool gicd = in_gicd(bank, &offset);

    husk_mmio_write8((gicd ? GICD : GICR) + (uintptr_t)offset, value);
    settle();
    record(&run, gicd ? GICD_WRITE : GICR_WRITE, offset, value);
}

unsigned random_cpu(unsigned but)
{
    const unsigned first = random_below(&run, run.cpus);

    for (unsigned i = 0; i < run.cpus; i++) {
        const unsigned cpu = (first + i) % run.cpus;

        if (cpu != but && cpus[cpu].on) {
            return cpu;
        }
    }
    return but;
}

/* Whose private interrupts are accessed: with GICv3 often another CPU's. */
static int bank_of(unsigned intid)
{
    if (intid >= 32) {
        return SHARED;
    }
    if (is_v2() || run.cpus == 1 || random_below(&run, 2) != 0) {
        return (int)run.self;
    }
    return (int)random_below(&run, run.cpus);
}

/* Where a register is that has `bits` for each INTID: of the one that `intid` is in. */
static uint32_t at(uint32_t reg, unsigned bits, unsigned intid)
{
    return (intid < 32 ? SGI_BASE : 0) + reg + intid * bits / 32 * 4;
}

static uint32_t at_word(uint32_t reg, unsigned word)
{
    return at(reg, 1, 32 * word);
}

/* ---- what is legal ---- */

static int pool_index(unsigned intid)
{
    for (unsigned i = 0; i < POOL_COUNT; i++) {
        if (pool(i) == intid) {
            return (int)i;
        }
    }
    return -1;
}

static uint32_t pool_mask(unsigned word)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < POOL_COUNT; i++) {
        mask |= pool(i) / 32 == word ? 1u << pool(i) % 32 : 0;
    }
    return mask;
}

static uint32_t taken_by(const struct cpu *cpu, unsigned word)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < cpu->depth; i++) {
        mask |= cpu->stack[i].intid / 32 == word ? 1u << cpu->stack[i].intid % 32 : 0;
    }
    for (unsigned i = 0; i < cpu->ended_count; i++) {
        mask |= cpu->ended[i].intid / 32 == word ? 1u << cpu->ended[i].intid % 32 : 0;
    }
    return mask;
}

/* The interrupts of a word that were taken and are still active. */
static uint32_t taken_of(int bank, unsigned word)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < run.cpus; i++) {
        mask |= bank == SHARED || bank == (int)i ? taken_by(&cpus[i], word) : 0;
    }
    return mask;
}

/* Those of them that are left as they are. */
static uint32_t taken_mask(int bank, unsigned word)
{
    return kept(&run, TAKEN_CHANGES) ? taken_of(bank, word) : 0;
}

/* ---- one access ---- */

void dist_read_any(void)
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
        (void)reg_read(SHARED, gicd_single[random_below(&run, HUSK_COUNT(gicd_single))] &
                                   (is_v2() ? 0xfff : 0xffff));
        break;
    case 1:
        if (is_v2()) {
            (void)reg_read(SHARED, CPENDSGIR + 4 * random_below(&run, 8));
            break;
        }
        (void)reg_read(bank_of(0), gicr_single[random_below(&run, HUSK_COUNT(gicr_single))]);
        break;
    case 2:
        (void)reg_read(bank_of(intid), at(IPRIORITYR, 8, intid));
        break;
    case 3:
        (void)reg_read(bank_of(intid), at(ICFGR, 2, intid));
        break;
    case 4:
        if (is_v2()) {
            (void)reg_read(SHARED, ITARGETSR + (intid & ~3u));
            break;
        }
        intid = intid < 32 ? 32 : intid;
        (void)reg_read(SHARED, IROUTER + 8 * intid + 4 * random_below(&run, 2));
        break;
    default:
        (void)reg_read(bank_of(32 * word),
                       at_word(word_regs[random_below(&run, HUSK_COUNT(word_regs))], word));
    }
}

/* With several CPUs private and shared interrupts have levels of their own, so that a shared one
 * can be moved however many there are in private use. */
static bool fits(unsigned intid, unsigned level)
{
    const unsigned every = is_v2() ? 3 : 2;

    return run.cpus == 1 || (level % every == 0) == (intid >= 32);
}

/* What can be taken gets a level that no other has that the same CPU can take. */
static unsigned move_level(int bank, unsigned index, unsigned level)
{
    const unsigned intid = pool(index);
    uint64_t *const mine = bank == SHARED ? &shared_levels : &cpus[bank].levels;
    uint8_t *const of = bank == SHARED ? shared_level : cpus[bank].level;
    uint64_t used = shared_levels;

    if (!kept(&run, EQUAL_PRIORITIES)) {
        return level;
    }
    for (unsigned i = 0; i < run.cpus; i++) {
        used |= bank == SHARED || bank == (int)i ? cpus[i].levels : 0;
    }
    while ((used >> level & 1) != 0 || !fits(intid, level)) {
        level = (level + 1) % LEVEL_COUNT;
    }
    *mine = (*mine & ~(UINT64_C(1) << of[index])) | UINT64_C(1) << level;
    of[index] = (uint8_t)level;
    return level;
}

/* GICD_IPRIORITYR by bytes. */
static void set_priority(int bank, unsigned intid, unsigned level)
{
    reg_write_byte(bank, at(IPRIORITYR, 8, intid) + intid % 4, (uint8_t)(level * 8));
}

void dist_write_priority(void)
{
    const unsigned intid = random_below(&run, 3) == 0 ? pool(random_below(&run, POOL_COUNT))
                                                      : random_below(&run, INTID_COUNT);
    const int index = pool_index(intid);
    const int bank = bank_of(intid);
    unsigned level = random_below(&run, LEVEL_COUNT);

    if ((taken_mask(bank, intid / 32) & 1u << intid % 32) != 0) {
        return;
    }
    if (index >= 0) {
        level = move_level(bank, (unsigned)index, level);
    }
    set_priority(bank, intid, level);
    (void)reg_read(bank, at(IPRIORITYR, 8, intid));
}

void dist_write_config(void)
{
    const unsigned intid = SGI_COUNT + random_below(&run, INTID_COUNT - SGI_COUNT);
    const unsigned word = intid / 32;
    const int bank = bank_of(intid);
    const uint32_t reg = at(ICFGR, 2, intid);

    if (intid == TIMER_VIRT || intid == TIMER_PHYS ||
        (bank != SHARED && run.cpus > 1 && kept(&run, PPI_CONFIG))) {
        return;
    }
    if (kept(&run, CONFIG_WHILE_ENABLED)) {
        reg_write(bank, at_word(ICENABLER, word), 1u << intid % 32);
        reg_write(bank, at_word(ICPENDR, word), 1u << intid % 32);
    }
    reg_write(bank, reg, reg_read(bank, reg) ^ 2u << intid % 16 * 2);
    (void)reg_read(bank, reg);
}

/* GICv2: a byte of targets, RAZ/WI with one CPU. */
static void set_targets(unsigned intid, uint8_t mask)
{
    targets[intid] = mask;
    home[intid] = (uint8_t)(mask == 0 || run.cpus == 1 ? 0 : __builtin_ctz(mask));
    reg_write_byte(SHARED, ITARGETSR + intid, mask);
}

static void write_targets(unsigned intid)
{
    uint8_t mask = (uint8_t)random_bits(&run);

    if (kept(&run, ITARGETSR_ABSENT) && run.cpus > 1) {
        mask &= (uint8_t)((1u << run.cpus) - 1);
    }
    if (pool_index(intid) >= 0 && kept(&run, SPI_TO_SEVERAL)) {
        mask &= (uint8_t)-mask;
    }
    if (kept(&run, SPI_MOVES_ACTIVE) && (taken_of(SHARED, intid / 32) >> intid % 32 & 1) != 0) {
        return;
    }
    if (kept(&run, SPI_MOVES_PENDING) && run.cpus > 1) {
        reg_write(SHARED, at_word(ICPENDR, intid / 32), 1u << intid % 32);
    }
    set_targets(intid, mask);
    (void)reg_read(SHARED, ITARGETSR + (intid & ~3u));
}

void dist_write_route(void)
{
    static const uint64_t nowhere[] = { 5, 0x100, UINT64_C(1) << 32 };
    const unsigned some = pool(POOL_COUNT - 1 - random_below(&run, POOL_COUNT / 2));
    const unsigned intid = some >= 32 ? some : 32 + random_below(&run, INTID_COUNT - 32);
    uint64_t route = random_below(&run, run.cpus);

    if (is_v2()) {
        write_targets(intid);
        return;
    }
    home[intid] = (uint8_t)route;
    if (random_below(&run, 4) == 0) {
        route = nowhere[random_below(&run, HUSK_COUNT(nowhere))];
        home[intid] = 0;
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

/* Those of a word that may be made active by a register. */
static uint32_t may_be_forced(int bank, unsigned word)
{
    uint32_t mask = ~taken_mask(bank, word);

    for (uint32_t bits = mask; bits != 0; bits &= bits - 1) {
        const unsigned bit = (unsigned)__builtin_ctz(bits);
        const unsigned cpu = bank == SHARED ? home[32 * word + bit] : (unsigned)bank;

        if (kept(&run, FORCED_IN_MODE_0) && !cpus[cpu].eoimode) {
            mask &= ~(1u << bit);
        }
    }
    return mask;
}

static void activate(int bank, unsigned word)
{
    uint32_t bits = few_bits() & few_bits() & may_be_forced(bank, word);

    *(bank == SHARED ? &forced[word] : &cpus[bank].forced) |= bits;
    reg_write(bank, at_word(ISACTIVER, word), bits);
}

static void deactivate(int bank, unsigned word, uint32_t bits)
{
    bits &= ~taken_mask(bank, word);
    *(bank == SHARED ? &forced[word] : &cpus[bank].forced) &= ~bits;
    reg_write(bank, at_word(ICACTIVER, word), bits);
}

void dist_calm(void)
{
    deactivate((int)run.self, 0, UINT32_MAX);
    for (unsigned word = 1; word < WORD_COUNT; word++) {
        deactivate(SHARED, word, UINT32_MAX);
    }
}

/* Those that a register may make pending. */
static uint32_t may_be_pended(int bank, unsigned word)
{
    uint32_t mask = UINT32_MAX;

    if (run.cpus == 1) {
        return mask;
    }
    if (bank != SHARED) {
        return kept(&run, PPI_PENDING) ? 0 : mask;
    }
    for (unsigned bit = 0; bit < 32 && kept(&run, SPI_MOVES_PENDING); bit++) {
        mask &= targets[32 * word + bit] != 0 ? UINT32_MAX : ~(1u << bit);
    }
    return mask;
}

void dist_write_word(void)
{
    const unsigned word = random_below(&run, 3) == 0 ? 0 : random_below(&run, WORD_COUNT);
    const int bank = bank_of(32 * word);

    switch (random_below(&run, 8)) {
    case 0:
        reg_write(bank, at_word(IGROUPR, word),
                  reg_read(bank, at_word(IGROUPR, word)) ^ (few_bits() & ~taken_mask(bank, word)));
        break;
    case 1:
    case 2:
        reg_write(bank, at_word(ISENABLER, word), (uint32_t)random_bits(&run) & pool_mask(word));
        break;
    case 3:
        reg_write(bank, at_word(ICENABLER, word), few_bits());
        break;
    case 4:
        reg_write(bank, at_word(ISPENDR, word), few_bits() & may_be_pended(bank, word));
        break;
    case 5:
        reg_write(bank, at_word(ICPENDR, word), few_bits());
        break;
    case 6:
        activate(bank, word);
        break;
    default:
        deactivate(bank, word, (uint32_t)random_bits(&run));
    }
}

void dist_write_ctlr(void)
{
    uint32_t groups = random_below(&run, 3) == 0 ? (uint32_t)random_bits(&run) & 3 : 3;

    groups = kept(&run, GICD_ONE_GROUP) && groups != 3 ? 0 : groups;
    reg_write(SHARED, CTLR, groups);
    (void)reg_read(SHARED, CTLR);
}

/* ---- the beginning ---- */

void dist_begin(void)
{
    for (unsigned i = 0; i < POOL_COUNT; i++) {
        const unsigned intid = pool(i);

        if (intid < 32) {
            continue;
        }
        shared_level[i] = LEVEL_COUNT; /* none yet */
        set_priority(SHARED, intid, move_level(SHARED, i, 0));
        if (is_v2()) {
            set_targets(intid, (uint8_t)(1u << i % run.cpus));
        }
    }
    reg_write(SHARED, CTLR, 3);
}

void dist_begin_cpu(void)
{
    const int bank = (int)run.self;

    reg_write(bank, at_word(ICENABLER, 0), UINT32_MAX);
    reg_write(bank, at_word(ICPENDR, 0), UINT32_MAX);
    dist_calm();
    reg_write(bank, at_word(IGROUPR, 0), 0);
    reg_write(bank, at(ICFGR, 2, 16), 0);
    if (is_v2()) {
        for (uint32_t offset = 0; offset < SGI_COUNT; offset += 4) {
            reg_write(SHARED, CPENDSGIR + offset, UINT32_MAX);
        }
    } else {
        reg_write(bank, WAKER, 0);
    }
    self()->levels = 0;
    for (unsigned intid = 0; intid < 32; intid++) {
        const int index = pool_index(intid);

        if (index >= 0) {
            self()->level[index] = LEVEL_COUNT;
        }
        set_priority(bank, intid, index < 0 ? 0 : move_level(bank, (unsigned)index, 0));
    }
    (void)reg_read(bank, at_word(ISPENDR, 0));
}
