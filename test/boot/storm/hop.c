// SPDX-License-Identifier: Apache-2.0
/* Four vCPUs at once. Each SPI hops: whoever takes it routes it to the next vCPU and makes it
 * pending again while it is active. Meanwhile each vCPU sends SGIs to all others, which answer each
 * one, and asks for what does not exist: SGIs to nobody, CPU_ON of nobody and to nowhere, routes to
 * absent CPUs. At the end every number is exact, and nothing is left.
 * IHI 0069H 4.1 "Interrupt handling state machine", 12 GICD_IROUTER, ICC_SGI1R_EL1; DEN0022E 5.6.
 */
#include "storm.h"

enum {
    CPUS = 4,
    PING = 0,  /* SGI PING + sender, to all others */
    PONG = 4,  /* SGI PONG + sender, back */
    WAKE = 8,  /* SGI: look at the words below */
    LOST = 40, /* the SPI that is routed to nobody, first */
};

static const uint64_t invalid_parameters = UINT64_MAX - 1;
static const uint64_t already_on = UINT64_MAX - 3;
static const uint64_t invalid_address = UINT64_MAX - 8;

/* Of one writer each, or of whoever has the interrupt active; the MMU is off. */
static volatile uint32_t taken_spi[INTIDS];
static volatile uint32_t pings[CPUS][CPUS]; /* [taken by][from] */
static volatile uint32_t pongs[CPUS][CPUS];
static volatile uint32_t ready[CPUS];
static volatile uint32_t done[CPUS];
static volatile uint32_t begun;
static volatile uint32_t over;

extern const char entry_a[];
_Noreturn void guest_main(uint64_t context, uint64_t vcpu, uint64_t entry);
_Noreturn void guest_exception(uint64_t esr, uint64_t elr, uint64_t far);

_Noreturn void guest_exception(uint64_t esr, uint64_t elr, uint64_t far)
{
    print("hop: FAIL exception, esr ");
    print_hex(esr);
    print(" elr ");
    print_hex(elr);
    print(" far ");
    print_hex(far);
    print("\n");
    off();
}

_Noreturn static void fail(const char *what, uint64_t at, uint64_t value)
{
    print("hop: FAIL ");
    print(what);
    print(" ");
    print_decimal(at);
    print(": ");
    print_hex(value);
    print("\n");
    off();
}

static uint32_t all_but(unsigned self)
{
    return 0xfu & ~(1u << self);
}

/* To one vCPU; `to` CPUS: to one that does not exist. */
static void route(unsigned spi, unsigned to)
{
    if (is_v2()) {
        husk_mmio_write8(GICD + ITARGETSR + spi, (uint8_t)(1u << to));
    } else {
        husk_mmio_write64(GICD + IROUTER + (uintptr_t)8 * spi, to == CPUS ? 0x10203 : to);
    }
}

/* What exists nowhere: the answer, and no effect. One kind a time, in turn. */
static void ask_for_nothing(unsigned self, unsigned turn)
{
    static const uint64_t calls[][3] = {
        { 17, 0x40200000, 0 }, /* a vCPU nobody has */
        { UINT64_C(1) << 24 | 1, 0x40200000, 0 },
        { UINT64_C(1) << 32, 0x40200000, 0 },
        { 1, 0x08000000, 1 }, /* entries that are no instruction in RAM */
        { 1, 0x09000000, 1 },
        { 1, 0x40200002, 1 },
        { 1, 0x3ffffffc, 1 },
        { 1, UINT64_MAX - 3, 1 },
        { 1, 0x40200000, 2 }, /* one that runs */
    };
    const uint64_t *const call = calls[turn % HUSK_COUNT(calls)];
    const uint64_t right = call[2] == 0   ? invalid_parameters
                           : call[2] == 1 ? invalid_address
                                          : already_on;
    const uint64_t result = (uint64_t)psci(psci_cpu_on, call[0], call[1], 0);

    if (result != right) {
        fail("CPU_ON answers", turn % HUSK_COUNT(calls), result);
    }
    send(turn % 8, 0xfff0, true); /* Aff0 4..15: nobody */
    if (!is_v2()) {
        husk_write(icc_sgi1r_el1, UINT64_C(3) << 44 | (turn % 8) << 24 | 0xffff); /* RS */
        husk_write(icc_sgi1r_el1, UINT64_C(9) << 16 | (turn % 8) << 24 | 0xffff); /* Aff1 */
        husk_write(icc_sgi1r_el1, UINT64_C(1) << 48 | (turn % 8) << 24 | 0xffff); /* Aff3 */
        husk_isb();
    }
    route(LOST, CPUS);
    (void)self;
}

static void on_sgi(unsigned self, unsigned sgi)
{
    if (sgi < PONG) {
        pings[self][sgi - PING]++;
        send(PONG + self, 1u << (sgi - PING), true);
    } else if (sgi < WAKE) {
        pongs[self][sgi - PONG]++;
    }
}

static void on_spi(unsigned self, unsigned spi)
{
    const uint32_t count = taken_spi[spi] + 1;

    taken_spi[spi] = count;
    husk_dsb_sy();
    if (count < HOPS) {
        route(spi, (self + 1) % CPUS);
        set_bit(spi, self, ISPENDR);
    }
}

/* All there is to take now, then sleeps until there is more. */
static void serve(unsigned self)
{
    struct taken taken;
    bool any = false;

    for (taken = take(); taken.intid < NONE; taken = take()) {
        if (taken.intid < 16) {
            on_sgi(self, taken.intid);
        } else {
            on_spi(self, taken.intid);
        }
        end(taken);
        any = true;
    }
    if (!any) {
        husk_dsb_sy();
        husk_wfi();
    }
}

static bool answered(unsigned self, uint32_t round)
{
    for (unsigned i = 0; i < CPUS; i++) {
        if (i != self && pongs[self][i] != round) {
            return false;
        }
    }
    return true;
}

static void set_up(unsigned self)
{
    interface_on(self);
    set_bits(0, self, IGROUPR, UINT32_MAX);
    for (unsigned intid = 0; intid < 16; intid++) {
        set_priority(intid, self, 0x40);
    }
    set_bits(0, self, ISENABLER, 0xffff);
    if (self == 0) {
        for (unsigned intid = SPIS; intid < INTIDS; intid++) {
            set_priority(intid, 0, 0x80 + intid % 8 * 8);
            route(intid, intid == LOST ? CPUS : intid % CPUS);
        }
        for (unsigned intid = SPIS; intid < INTIDS; intid += 16) {
            husk_mmio_write32(GICD + ICFGR + intid / 4, 0x22222222); /* every other edge */
        }
        for (unsigned intid = SPIS; intid < INTIDS; intid += 32) {
            set_bits(intid, 0, IGROUPR, UINT32_MAX);
            set_bits(intid, 0, ISENABLER, UINT32_MAX);
        }
    }
    mask_priority(0xf8);
}

static void play(unsigned self)
{
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        send(PING + self, all_but(self), true);
        ask_for_nothing(self, round + self);
        while (!answered(self, round)) {
            serve(self);
        }
    }
    done[self] = 1;
    send(WAKE, 1, true);
}

/* An SGI to a vCPU that has not started is lost with the redistributor's reset. */
static void meet(unsigned self)
{
    ready[self] = 1;
    if (self != 0) {
        send(WAKE, 1, true);
        while (begun == 0) {
            serve(self);
        }
        return;
    }
    while (ready[1] + ready[2] + ready[3] != 3) {
        serve(0);
    }
    begun = 1;
    send(WAKE, 0xe, true);
}

static bool all_done(void)
{
    for (unsigned i = 0; i < CPUS; i++) {
        if (done[i] == 0) {
            return false;
        }
    }
    for (unsigned spi = SPIS; spi < INTIDS; spi++) {
        if (spi != LOST && taken_spi[spi] < HOPS) {
            return false;
        }
    }
    return true;
}

static void check(void)
{
    for (unsigned i = 0; i < CPUS; i++) {
        for (unsigned from = 0; from < CPUS; from++) {
            if (i != from && (pings[i][from] != ROUNDS || pongs[i][from] != ROUNDS)) {
                fail("SGIs taken by vCPU", i, (uint64_t)pings[i][from] << 32 | pongs[i][from]);
            }
        }
    }
    for (unsigned spi = SPIS; spi < INTIDS; spi++) {
        if (taken_spi[spi] != (spi == LOST ? 0 : HOPS)) {
            fail("SPI", spi, taken_spi[spi]);
        }
    }
    for (unsigned spi = SPIS; spi < INTIDS; spi += 32) {
        const uint32_t lost = spi == 32 ? 1u << (LOST - 32) : 0;

        if (bits_of(spi, 0, ISPENDR) != lost || bits_of(spi, 0, ISACTIVER) != 0) {
            fail("left", spi, (uint64_t)bits_of(spi, 0, ISPENDR) << 32);
        }
    }
}

/* Routed to a CPU that is there, it comes, once, though it was pending all the while. */
static void find_lost(void)
{
    struct taken taken;

    route(LOST, 0);
    for (taken = take(); taken.intid == WAKE; taken = take()) {
        end(taken);
    }
    if (taken.intid != LOST) {
        fail("the lost SPI", LOST, taken.intid);
    }
    end(taken);
    taken = take();
    if (taken.intid < NONE) {
        fail("taken after the end", taken.intid, 0);
    }
}

_Noreturn void guest_main(uint64_t context, uint64_t vcpu, uint64_t entry)
{
    const unsigned self = (unsigned)vcpu;

    (void)context;
    (void)entry;
    set_up(self);
    if (self == 0) {
        for (uint64_t i = 1; i < CPUS; i++) {
            if (psci(psci_cpu_on, i, (uint64_t)entry_a, i) != 0) {
                fail("CPU_ON of vCPU", i, 0);
            }
        }
        for (unsigned intid = SPIS; intid < INTIDS; intid += 32) {
            set_bits(intid, 0, ISPENDR, UINT32_MAX);
        }
    }
    meet(self);
    play(self);
    if (self != 0) {
        while (over == 0) {
            serve(self);
        }
        (void)psci(psci_cpu_off, 0, 0, 0);
    }
    while (!all_done()) {
        serve(0);
    }
    check();
    find_lost();
    over = 1;
    send(WAKE, 0xe, true);
    print("hop: ");
    print_decimal(ROUNDS);
    print(" rounds of SGIs, ");
    print_decimal(HOPS);
    print(" hops of each SPI\nhusk-test: pass\n");
    off();
}
