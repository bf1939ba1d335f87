// SPDX-License-Identifier: Apache-2.0
/* vCPUs 1 and 2 call CPU_ON for vCPU 3 at the same time, RACE_ROUNDS times: one of them starts it,
 * the other is told that it is on, or about to be. vCPU 0 starts each round and watches
 * AFFINITY_INFO all the while; vCPU 3 turns itself off when both have their answer.
 * Source: PSCI DEN0022F 5.6 "CPU_ON", 5.7 "AFFINITY_INFO", 6.6 "MP and PSCI races". */
#include "bare.h"

enum { RACER_COUNT = 2, TARGET = 3, STATE_ON = 0, STATE_OFF = 1, STATE_ON_PENDING = 2 };
enum { SUCCESS = 0, ALREADY_ON = -4, ON_PENDING = -5 };

enum {
    TIMER = 27,
    GICD = 0x08000000,
    GICR = 0x080a0000,
    GICR_WAKER = 0x14,
    GICR_IGROUPR0 = 0x10080,
    GICR_ISENABLER0 = 0x10100,
};

/* Shared words, each with one writer, volatile and ordered by DSB; the MMU is off. */
static volatile uint64_t go;       /* round the racers may run; vCPU 0 */
static volatile uint64_t release;  /* round after which vCPU 3 may leave; vCPU 0 */
static volatile uint64_t entered;  /* context vCPU 3 was started with; vCPU 3 */
static volatile uint64_t entry_of; /* and which of the entries; vCPU 3 */
static volatile uint64_t starts;   /* how often; vCPU 3 */
static volatile uint64_t done[RACER_COUNT];
static volatile int64_t result[RACER_COUNT];
static volatile int64_t state_after[RACER_COUNT];

extern const char entry_a[], entry_b[];
_Noreturn void guest_main(uint64_t context, uint64_t vcpu, uint64_t entry);
_Noreturn void guest_exception(uint64_t esr, uint64_t elr, uint64_t far);

_Noreturn void guest_exception(uint64_t esr, uint64_t elr, uint64_t far)
{
    print("race: exception, esr ");
    print_hex(esr);
    print(" elr ");
    print_hex(elr);
    print(" far ");
    print_hex(far);
    print("\n");
    off();
}

_Noreturn static void fail(const char *what, uint64_t round, int64_t value)
{
    print("race: round ");
    print_decimal(round);
    print(": ");
    print(what);
    print(" ");
    print_hex((uint64_t)value);
    print("\n");
    off();
}

/* An SGI to all others, for those that sleep. */
static void post(volatile uint64_t *word, uint64_t value)
{
    husk_dsb_sy();
    *word = value;
    husk_dsb_sy();
    __asm__ volatile("msr icc_sgi1r_el1, %0\n isb" : : "r"(UINT64_C(1) << 40));
}

/* Looks a few times, then sleeps until an SGI: the host may have fewer CPUs than the VM. */
static void wait(const volatile uint64_t *word, uint64_t value)
{
    uint64_t intid;

    for (unsigned looks = 0; *word != value; looks++) {
        if (looks < 50) {
            __asm__ volatile("yield");
            continue;
        }
        __asm__ volatile("dsb sy\n wfi\n mrs %0, icc_iar1_el1\n dsb sy" : "=r"(intid));
        if (intid < 1020) {
            __asm__ volatile("msr icc_eoir1_el1, %0\n isb" : : "r"(intid));
        }
    }
    husk_dsb_sy();
}

/* Sleeps until the virtual timer's condition is met, soon: nobody posts what watch() waits for. */
static void nap(void)
{
    __asm__ volatile("msr cntv_tval_el0, %0\n msr cntv_ctl_el0, %1\n isb\n dsb sy\n wfi\n"
                     "msr cntv_ctl_el0, xzr\n isb"
                     :
                     : "r"(husk_read(cntfrq_el0) / 50000), "r"(UINT64_C(1)));
}

/* SGI 0 and the virtual timer of this vCPU in group 1, enabled; PSTATE.I stays set. */
static void gic_init(uint64_t self)
{
    const uintptr_t redist = GICR + 0x20000 * (uintptr_t)self;

    husk_mmio_write32(GICD, 2);
    husk_mmio_write32(redist + GICR_WAKER, 0);
    husk_mmio_write32(redist + GICR_IGROUPR0, UINT32_MAX);
    husk_mmio_write32(redist + GICR_ISENABLER0, 1u << TIMER | 1);
    __asm__ volatile("msr icc_pmr_el1, %0\n msr icc_igrpen1_el1, %1\n isb"
                     :
                     : "r"(UINT64_C(0xff)), "r"(UINT64_C(1)));
}

static int64_t state(void)
{
    return psci(psci_affinity_info, TARGET, 0, 0);
}

/* vCPUs 1 and 2. Each passes an entry and a context of its own. */
_Noreturn static void race(uint64_t self)
{
    const uint64_t entry = (uint64_t)(self == 1 ? entry_a : entry_b);

    for (uint64_t round = 1;; round++) {
        wait(&go, round);
        result[self - 1] = psci(psci_cpu_on, TARGET, entry, round << 16 | self << 8 | TARGET);
        state_after[self - 1] = state();
        post(&done[self - 1], round);
    }
}

/* vCPU 3: as after reset, once a round. */
_Noreturn static void target(uint64_t context, uint64_t entry)
{
    uint64_t sctlr, daif;

    __asm__ volatile("mrs %0, sctlr_el1\n mrs %1, daif" : "=r"(sctlr), "=r"(daif));
    if ((sctlr & 0x1005) != 0 || daif != 0x3c0) {
        fail("vCPU 3 has SCTLR_EL1", context >> 16, (int64_t)sctlr);
    }
    if (state() != STATE_ON) {
        fail("vCPU 3 finds itself", context >> 16, state());
    }
    entry_of = entry;
    starts = starts + 1;
    post(&entered, context);
    wait(&release, context >> 16);
    (void)psci(psci_cpu_off, 0, 0, 0);
    fail("CPU_OFF returned", context >> 16, 0);
}

/* Watches vCPU 3 until it is `last`: what it is before that may only be `from`, then `between`. */
static void watch(uint64_t round, int64_t from, int64_t between, int64_t last)
{
    int64_t before = from;

    for (;;) {
        const int64_t now = state();

        if (now != before) {
            if (now != last && !(now == between && before == from)) {
                fail("AFFINITY_INFO went to", round, now);
            }
            before = now;
        }
        if (now == last) {
            return;
        }
        nap();
    }
}

/* @return the racer, 0 or 1, that started vCPU 3. */
static unsigned winner(uint64_t round, uint64_t count[3])
{
    const unsigned won = result[0] == SUCCESS ? 0 : 1;
    const int64_t other = result[1 - won];

    if (result[won] != SUCCESS) {
        fail("nobody's SUCCESS, but", round, result[0]);
    }
    if (other != ALREADY_ON && other != ON_PENDING) {
        fail("beside a SUCCESS there is", round, other);
    }
    for (unsigned i = 0; i < RACER_COUNT; i++) {
        if (state_after[i] != STATE_ON && state_after[i] != STATE_ON_PENDING) {
            fail("AFFINITY_INFO after CPU_ON is", round, state_after[i]);
        }
    }
    count[won]++;
    count[2] += other == ON_PENDING;
    return won;
}

static void run_round(uint64_t round, uint64_t count[3])
{
    unsigned won;

    if (state() != STATE_OFF) {
        fail("AFFINITY_INFO before is", round, state());
    }
    post(&go, round);
    watch(round, STATE_OFF, STATE_ON_PENDING, STATE_ON);
    wait(&done[0], round);
    wait(&done[1], round);
    won = winner(round, count);
    wait(&entered, round << 16 | (won + 1) << 8 | TARGET);
    if (entry_of != won + 1 || starts != round) {
        fail("vCPU 3 was started elsewhere, or twice:", round, (int64_t)starts);
    }
    if (state() != STATE_ON) {
        fail("AFFINITY_INFO of the running vCPU 3 is", round, state());
    }
    post(&release, round);
    watch(round, STATE_ON, STATE_ON, STATE_OFF);
}

_Noreturn void guest_main(uint64_t context, uint64_t vcpu, uint64_t entry)
{
    uint64_t count[3] = { 0 };

    gic_init(vcpu);
    if (vcpu == TARGET) {
        target(context, entry);
    }
    if (vcpu != 0) {
        race(vcpu);
    }
    for (uint64_t i = 1; i <= RACER_COUNT; i++) {
        const int64_t err = psci(psci_cpu_on, i, (uint64_t)entry_a, i);

        if (err != SUCCESS) {
            fail("CPU_ON of a racer is", 0, err);
        }
    }
    for (uint64_t round = 1; round <= RACE_ROUNDS; round++) {
        run_round(round, count);
    }
    print("race: ");
    print_decimal(RACE_ROUNDS);
    print(" rounds, started by vCPU 1 ");
    print_decimal(count[0]);
    print(", by vCPU 2 ");
    print_decimal(count[1]);
    print("; the other was told ON_PENDING ");
    print_decimal(count[2]);
    print(", ALREADY_ON ");
    print_decimal(RACE_ROUNDS - count[2]);
    print("\nhusk-test: pass\n");
    off();
}
