// SPDX-License-Identifier: Apache-2.0
/* Ends itself by each act that ends a VM (product.h, enum husk_end), one after the other and again,
 * and does so while its second CPU is up to something. Its product starts it again each time. What
 * it did last it finds in its RAM, which a restart leaves as it was outside the image. */
#include <husk/arch.h>
#include <husk/unikernel.h>
#include <stdio.h>

/* DEN0022E 5.1 "Function prototypes" */
static const uint64_t cpu_off = 0x84000002;
static const uint64_t cpu_on = 0xc4000003;
static const uint64_t affinity_info = 0xc4000004;
static const uint64_t system_off = 0x84000008;
static const uint64_t system_reset = 0x84000009;
static const uint64_t system_reset2 = 0x84000012;
static const uint64_t system_reset2_64 = 0xc4000012;

enum { SUCCESS = 0, OFF = 1 };

typedef void routine(void);
routine second_spins, second_waits, second_calls, second_suspends, second_off, second_system_off,
    second_system_reset, second_aborts, second_undefs, second_accesses, second_sgis, second_types;

static const struct {
    const char *name;
    const uint64_t *end; /* what the first CPU calls, in the end */
    bool smc;
    routine *second;   /* what the second does; NULL: it stays off */
    unsigned delay_us; /* between its start and that call */
} acts[] = {
    { "SYSTEM_OFF", &system_off, false, NULL, 0 },
    { "SYSTEM_OFF by SMC", &system_off, true, NULL, 0 },
    { "SYSTEM_RESET", &system_reset, false, NULL, 0 },
    { "SYSTEM_RESET by SMC", &system_reset, true, NULL, 0 },
    { "SYSTEM_RESET2", &system_reset2, false, NULL, 0 },
    { "SYSTEM_RESET2 (SMC64) by SMC", &system_reset2_64, true, NULL, 0 },
    { "CPU_OFF of the only CPU", &cpu_off, false, NULL, 0 },
    { "CPU_OFF by SMC of the only CPU", &cpu_off, true, NULL, 0 },
    { "CPU_OFF of both CPUs", &cpu_off, false, second_off, 0 },
    { "CPU_OFF, the second's later", &cpu_off, false, second_off, 500 },
    { "SYSTEM_OFF by both", &system_off, false, second_system_off, 0 },
    { "SYSTEM_RESET by both", &system_reset, false, second_system_reset, 0 },
    { "SYSTEM_OFF against SYSTEM_RESET", &system_off, false, second_system_reset, 0 },
    { "CPU_OFF, then SYSTEM_OFF by the second", &cpu_off, false, second_system_off, 0 },
    { "CPU_OFF, then SYSTEM_RESET by the second", &cpu_off, false, second_system_reset, 0 },
    { "SYSTEM_RESET, the second about to start", &system_reset, false, second_spins, 0 },
    { "SYSTEM_OFF, the second about to start", &system_off, false, second_waits, 0 },
    { "SYSTEM_RESET, the second in WFI", &system_reset, false, second_waits, 500 },
    { "SYSTEM_OFF, the second in CPU_SUSPEND", &system_off, false, second_suspends, 500 },
    { "SYSTEM_RESET, the second in a loop", &system_reset, false, second_spins, 500 },
    { "SYSTEM_RESET, the second calling", &system_reset, false, second_calls, 500 },
    { "SYSTEM_OFF, the second in aborts", &system_off, false, second_aborts, 500 },
    { "SYSTEM_RESET, the second in UNDEFs", &system_reset, false, second_undefs, 500 },
    { "SYSTEM_OFF, the second at the GIC", &system_off, false, second_accesses, 500 },
    { "SYSTEM_RESET, the second sending SGIs", &system_reset, false, second_sgis, 500 },
    { "SYSTEM_OFF, the second at the console", &system_off, false, second_types, 500 },
};

struct notes {
    uint64_t magic, lives, round;
};
static struct notes *const notes = (struct notes *)(0x41000000 - 4096);
static const uint64_t notes_magic = 0x766963746d;

static int64_t psci(uint64_t function, uint64_t a, uint64_t b)
{
    struct husk_smccc regs = { .x0 = function, .x1 = a, .x2 = b };

    husk_hvc(&regs);
    return (int64_t)regs.x0;
}

_Noreturn static void fail(const char *what, int64_t value)
{
    printf("FAIL: life %d: %s %#llx\n", (int)notes->lives, what, (unsigned long long)value);
    for (;;) {
        husk_wfi();
    }
}

int main(void)
{
    int64_t value;
    uint64_t act;

    if (notes->magic != notes_magic) {
        *notes = (struct notes){ .magic = notes_magic };
    }
    act = notes->lives++ % HUSK_COUNT(acts);
    if (act == 0) {
        printf("round %u of %u acts\n", (unsigned)notes->round++, (unsigned)HUSK_COUNT(acts));
    }
    value = psci(affinity_info, 1, 0);
    if (value != OFF) {
        fail("AFFINITY_INFO of the second CPU", value);
    }
    if (acts[act].second != NULL) {
        value = psci(cpu_on, 1, (uint64_t)(uintptr_t)acts[act].second);
        if (value != SUCCESS) {
            fail("CPU_ON of the second CPU", value);
        }
        if (acts[act].delay_us != 0) {
            husk_uk_sleep_ns(acts[act].delay_us * UINT64_C(1000));
        }
    }
    if (acts[act].smc) {
        struct husk_smccc regs = { .x0 = *acts[act].end };

        husk_smc(&regs);
    } else {
        (void)psci(*acts[act].end, 0, 0);
    }
    fail(acts[act].name, act);
}
