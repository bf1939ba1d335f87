// SPDX-License-Identifier: Apache-2.0
// SYSTEM_RESET of a VM: it starts again from the untouched copy of its image, with registers,
// interrupt controller, timers and console as after power-on. Three runs: the first is the
// power-on, the second follows SYSTEM_RESET, the third SYSTEM_RESET2.
#include <husk/arch.h>
#include <husk/unikernel.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    GICD = 0x08000000,
    GICR = 0x080a0000,
    GICR_SGI = 0x080b0000,
    UART = 0x09000000,
    TIMER = 27,
    TIMER_PHYS = 30,
    RUNS = 3,
};

/* What reset_entry.S saved: x0, x2..x30, x1, SP and the registers by name, in its order. */
extern const uint64_t reset_entry[128];
enum { ENTRY_X_COUNT = 32, ENTRY_NAMED = 32, COUNTER = 27 };

static const struct {
    const char *name;
    uint64_t value, mask;
} entry[] = {
#define ZERO(name) { name, 0, UINT64_MAX }
    { "SCTLR_EL1", 0x30d00800, UINT64_MAX },
    ZERO("TTBR0_EL1"),
    ZERO("TTBR1_EL1"),
    ZERO("TCR_EL1"),
    ZERO("MAIR_EL1"),
    ZERO("AMAIR_EL1"),
    ZERO("CONTEXTIDR_EL1"),
    ZERO("TPIDR_EL1"),
    ZERO("TPIDR_EL0"),
    ZERO("TPIDRRO_EL0"),
    ZERO("SP_EL0"),
    ZERO("ELR_EL1"),
    ZERO("SPSR_EL1"),
    ZERO("ESR_EL1"),
    ZERO("FAR_EL1"),
    ZERO("PAR_EL1"),
    ZERO("AFSR0_EL1"),
    ZERO("AFSR1_EL1"),
    ZERO("CSSELR_EL1"),
    ZERO("MDSCR_EL1"),
    { "CNTV_CTL_EL0.ENABLE", 0, 1 },
    { "CNTP_CTL_EL0.ENABLE", 0, 1 },
    ZERO("CPACR_EL1"),
    ZERO("VBAR_EL1"),
    { "DAIF", 0x3c0, UINT64_MAX },
    { "CurrentEL", 4, UINT64_MAX },
    ZERO("CNTKCTL_EL1"),
    { "CNTVCT_EL0 starts at 0", 0, 0 },
    { "ISR_EL1", 0, UINT64_MAX },
    ZERO("ICC_PMR_EL1"),
    ZERO("ICC_IGRPEN1_EL1"),
    { "ICC_CTLR_EL1.EOImode, CBPR", 0, 3 },
    { "ICC_BPR1_EL1", 0, 0 },
    ZERO("ICC_AP1R0_EL1"),
#undef ZERO
};

/* At the end of RAM, outside the image: what lies there stays over a reset of the VM. */
struct notes {
    uint64_t magic, runs, failures, counter;
};
static struct notes *const notes = (struct notes *)(0x41000000 - 4096);
static const uint64_t notes_magic = 0x68757368;

static volatile uint64_t data_word = 0x600dda7a;
static volatile uint64_t bss_word;
static volatile unsigned timer_count;

static void check(const char *row, uint64_t got, uint64_t expected)
{
    if (got == expected) {
        printf("husk-test: %d: %s: ok\n", (int)notes->runs, row);
        return;
    }
    notes->failures++;
    printf("husk-test: %d: %s: FAIL expected %#llx got %#llx\n", (int)notes->runs, row,
           (unsigned long long)expected, (unsigned long long)got);
}

static uint32_t gicd(unsigned offset)
{
    return husk_mmio_read32((uintptr_t)GICD + offset);
}

static uint32_t gicr_sgi(unsigned offset)
{
    return husk_mmio_read32((uintptr_t)GICR_SGI + offset);
}

static void check_entry(void)
{
    uint64_t all = 0;

    for (unsigned i = 0; i < ENTRY_X_COUNT; i++) {
        all |= reset_entry[i];
    }
    check("x0..x30, SP", all, 0);
    for (size_t i = 0; i < HUSK_COUNT(entry); i++) {
        check(entry[i].name, reset_entry[ENTRY_NAMED + i] & entry[i].mask, entry[i].value);
    }
    check("CNTVCT_EL0 below 100 s",
          reset_entry[ENTRY_NAMED + COUNTER] < 100 * husk_read(cntfrq_el0), true);
    if (notes->runs > 1) {
        check("CNTVCT_EL0 started again", reset_entry[ENTRY_NAMED + COUNTER] < notes->counter,
              true);
    }
}

/* The unikernel has turned on the distributor and INTID 33, and set the console up. */
static void check_devices(void)
{
    check("GICD_CTLR", gicd(0), 0x52);
    check("GICD_ISENABLER1", gicd(0x104), 2);
    check("GICD_ISENABLER2", gicd(0x108), 0);
    check("GICD_IGROUPR1", gicd(0x84), 2);
    check("GICD_ISPENDR2", gicd(0x208), 0);
    check("GICD_ISACTIVER2", gicd(0x308), 0);
    check("GICD_IPRIORITYR16", gicd(0x440), 0);
    check("GICD_IROUTER64", husk_mmio_read64(GICD + 0x6000 + 8 * 64), 0);
    check("GICR_IGROUPR0", gicr_sgi(0x80), UINT32_C(1) << TIMER);
    check("GICR_ISENABLER0", gicr_sgi(0x100), UINT32_C(1) << TIMER);
    check("GICR_ISPENDR0", gicr_sgi(0x200), 0);
    check("GICR_ISACTIVER0", gicr_sgi(0x300), 0);
    check("GICR_IPRIORITYR0", gicr_sgi(0x400), 0);
    check("UARTIBRD", husk_mmio_read32(UART + 0x24), 0);
    check("UARTFBRD", husk_mmio_read32(UART + 0x28), 0);
    check("UARTDMACR", husk_mmio_read32(UART + 0x48), 0);
}

static void on_timer(void *context)
{
    (void)context;
    timer_count++;
    husk_write(cntp_ctl_el0, 0);
}

/* Timers work in each run: what the last one left active in the board's controller is gone. */
static void check_timers(void)
{
    husk_uk_timer_set(husk_uk_now_ns() + 1000000, on_timer, NULL);
    husk_uk_sleep_ns(3000000);
    check("virtual timer", timer_count, 1);
    (void)husk_uk_irq_set(TIMER_PHYS, on_timer, NULL);
    husk_write(cntp_cval_el0, husk_read(cntpct_el0));
    husk_write(cntp_ctl_el0, 1);
    husk_isb();
    husk_uk_sleep_ns(1000000);
    check("physical timer", timer_count, 2);
}

/* Everything dirty that a reset must clean: an SGI active and another pending, both timers fired
 * and one of them acknowledged, registers, distributor, console. */
static void make_a_mess(void)
{
    data_word = 0;
    bss_word = 0xbad;
    (void)husk_uk_irq_mask();
    husk_mmio_write32(GICD, 0x13);
    husk_mmio_write32(GICD + 0x88, UINT32_MAX);
    husk_mmio_write32(GICD + 0x108, UINT32_MAX);
    husk_mmio_write32(GICD + 0x208, 0xff);
    husk_mmio_write32(GICD + 0x308, 0xff00);
    husk_mmio_write32(GICD + 0x440, 0x80808080);
    husk_mmio_write64(GICD + 0x6000 + 8 * 64, 0x10203);
    husk_mmio_write32(GICR_SGI + 0x80, UINT32_MAX);
    husk_mmio_write32(GICR_SGI + 0x100, UINT32_MAX);
    husk_mmio_write32(GICR_SGI + 0x400, 0x50505050);
    husk_mmio_write32(UART + 0x24, 0x1234);
    husk_mmio_write32(UART + 0x28, 0x15);
    husk_mmio_write32(UART + 0x48, 7);
    husk_mmio_write32(UART + 0x38, 0x7ff);
    husk_write(cntv_cval_el0, 0);
    husk_write(cntv_ctl_el0, 1);
    husk_write(cntp_cval_el0, 0);
    husk_write(cntp_ctl_el0, 1);
    husk_write(icc_sgi1r_el1, 1 << 24 | 1);
    husk_write(icc_sgi1r_el1, 2 << 24 | 1);
    husk_isb();
    while ((husk_read(isr_el1) & 0x80) == 0) {
    }
    (void)husk_read(icc_iar1_el1);
    (void)husk_read(icc_iar1_el1);
    husk_write(icc_ctlr_el1, 3);
    husk_write(contextidr_el1, 7);
    husk_write(tpidr_el1, 7);
    husk_write(tpidrro_el0, 7);
    husk_write(sp_el0, 7);
    husk_write(elr_el1, 7);
    husk_write(spsr_el1, 5);
    husk_write(esr_el1, 7);
    husk_write(far_el1, 7);
    husk_write(par_el1, 1);
    husk_write(afsr0_el1, 7);
    husk_write(afsr1_el1, 7);
    husk_write(csselr_el1, 2);
    husk_write(mdscr_el1, 0x1000);
    husk_write(cntkctl_el1, 3);
    husk_write(ttbr1_el1, 0x40002000);
    husk_isb();
}

int main(void)
{
    struct husk_smccc regs = { .x0 = 0x84000009 }; /* SYSTEM_RESET */

    if (notes->magic != notes_magic) {
        *notes = (struct notes){ .magic = notes_magic };
    }
    notes->runs++;
    check(".data", data_word, 0x600dda7a);
    check(".bss", bss_word, 0);
    check_entry();
    check_devices();
    check_timers();
    if (notes->runs == RUNS) {
        printf("husk-test: %s\n", notes->failures == 0 ? "pass" : "fail");
        return EXIT_SUCCESS;
    }
    printf("husk-test: reset %d\n", (int)notes->runs);
    if (notes->runs == 2) {
        regs.x0 = 0xc4000012; /* SYSTEM_RESET2, SYSTEM_WARM_RESET */
    }
    make_a_mess();
    notes->counter = husk_read(cntvct_el0);
    husk_hvc(&regs);
    printf("husk-test: FAIL runs on after SYSTEM_RESET\n");
    return EXIT_FAILURE;
}
