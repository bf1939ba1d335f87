// SPDX-License-Identifier: Apache-2.0
/* Each event of events.def, SAMPLES times, between marks that QEMU's counting plugin sees: HINTs,
 * which do nothing anywhere. All of an event lies inside, down to the end of its interrupt. */
#include "bench.h"

enum {
    ISENABLER = 0x100,
    ICENABLER = 0x180,
    ISPENDR = 0x200,
    IPRIORITYR = 0x400,
    TYPER = 4,
    WORD = SPI_WORD / 8, /* offset of the word with SPI_WORD in a register of one bit each */
    HALF = 0x55555555,
    IN_LIST_REGISTERS = 0xff, /* more than any GIC-400 has */
    NOTHING = 0x0b000000,     /* an address of QEMU's virt where no device is */
    RTC = 0x09010000,         /* a PL031 that QEMU's virt has: time, match, mask, clear */
    RTC_DR = 0x00,
    RTC_MR = 0x04,
    RTC_IMSC = 0x10,
    RTC_ICR = 0x1c,
    RTC_INTID = 34,
    TIMER_TICKS = 500,
    TICKS_OF_CALM = 200000,
    TICKS_TO_REST = 125000000, /* at QEMU's 62.5 MHz */
};

static const uint64_t psci_version = 0x84000000, psci_cpu_off = 0x84000002,
                      psci_cpu_on = 0xc4000003, psci_affinity_info = 0xc4000004,
                      psci_system_off = 0x84000008;

enum command {
    STAY_BUSY,
    STAY_IDLE,
    GO_OFF,
};
static volatile enum command command; /* to the second CPU */
static volatile bool is_up;           /* the second CPU has been entered */
static volatile unsigned taken[2];    /* interrupts, per CPU */
static volatile bool refused;         /* an instruction was, since the sample began */

_Noreturn void guest_main(uint64_t context, unsigned cpu);
void guest_interrupt(void);
void guest_refused(void);

static inline void begin(enum event event)
{
    register uint64_t x0 __asm__("x0") = event;

    refused = false;
    __asm__ volatile("hint #0x60" : : "r"(x0) : "memory");
}

static inline void end(void)
{
    __asm__ volatile("hint #0x61" : : : "memory");
}

/* The end, if what was to be measured was not refused: by a machine that has no such thing. */
static void end_or_drop(void)
{
    if (refused) {
        __asm__ volatile("hint #0x62" : : : "memory");
    } else {
        end();
    }
}

static void mask(void)
{
    __asm__ volatile("msr daifset, #2" : : : "memory");
}

static void unmask(void)
{
    __asm__ volatile("msr daifclr, #2\n isb" : : : "memory");
}

/* Lets another CPU run, where QEMU runs one at a time. */
static void yield(void)
{
    __asm__ volatile("yield" : : : "memory");
}

static void settle(void)
{
    __asm__ volatile("dsb sy\n isb" : : : "memory");
}

static uint64_t now(void)
{
    uint64_t ticks;

    __asm__ volatile("isb\n mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
}

static void wait_ticks(uint64_t ticks)
{
    const uint64_t start = now();

    while (now() - start < ticks) {
        yield();
    }
}

static void print(const char *text)
{
    for (; machine.uart != 0 && *text != '\0'; text++) {
        husk_mmio_write32(machine.uart, (uint8_t)*text);
    }
}

static unsigned this_cpu(void)
{
    uint64_t mpidr;

    __asm__("mrs %0, mpidr_el1" : "=r"(mpidr));
    return (mpidr & UINT64_C(0xff00ffffff)) == machine.mpidr[0] ? 0 : 1;
}

void guest_interrupt(void)
{
    const unsigned intid = gic_ack();

    if ((intid & 1023) >= 1020) {
        return;
    }
    if ((intid & 1023) == TIMER) {
        __asm__ volatile("msr cntv_ctl_el0, xzr\n isb");
    } else if ((intid & 1023) == RTC_INTID) {
        husk_mmio_write32(RTC + RTC_ICR, 1);
    }
    gic_end(intid);
    taken[this_cpu()]++;
}

void guest_refused(void)
{
    refused = true;
}

/* ---- calls and registers ---- */

static void calls(void)
{
    for (unsigned i = 0; i < SAMPLES; i++) {
        begin(EVENT_hypercall);
        if (machine.xen) {
            call_xen_version();
        } else {
            call_null();
        }
        end_or_drop();
        begin(EVENT_psci_hvc);
        (void)call_hvc(psci_version, 0, 0, 0);
        end_or_drop();
        begin(EVENT_psci_smc);
        (void)call_smc(psci_version);
        end_or_drop();
        begin(EVENT_unmapped);
        (void)husk_mmio_read32(NOTHING);
        end();
    }
}

static void registers(void)
{
    for (unsigned i = 0; i < SAMPLES; i++) {
        begin(EVENT_gicd_typer);
        (void)husk_mmio_read32(gicd(TYPER));
        end_or_drop();
    }
    for (unsigned i = 0; i < SAMPLES; i++) {
        begin(EVENT_isenabler_idle);
        husk_mmio_write32(gicd(ISENABLER + SPI_IDLE / 32 * 4), 1u << SPI_IDLE % 32);
        end_or_drop();
        husk_mmio_write32(gicd(ICENABLER + SPI_IDLE / 32 * 4), 1u << SPI_IDLE % 32);
    }
}

/* What is pending is taken, and disabled then: not every hypervisor can clear a pending bit. */
static void take_all(void)
{
    unmask();
    settle();
    husk_mmio_write32(gicd(ICENABLER + WORD), UINT32_MAX);
    mask();
}

static void pending_registers(void)
{
    mask();
    for (unsigned i = 0; i < SAMPLES; i++) {
        husk_mmio_write32(gicd(ISENABLER + WORD), 1);
        husk_mmio_write32(gicd(ISPENDR + WORD), 1);
        begin(EVENT_ipriorityr_lr);
        husk_mmio_write32(gicd(IPRIORITYR + SPI_WORD), i % 2 == 0 ? 0xb0b0b0b0 : 0xc0c0c0c0);
        end_or_drop();
        take_all();
    }
    for (unsigned i = 0; i < SAMPLES; i++) {
        husk_mmio_write32(gicd(ISPENDR + WORD), HALF);
        begin(EVENT_isenabler_pending);
        husk_mmio_write32(gicd(ISENABLER + WORD), UINT32_MAX);
        end_or_drop();
        take_all();
    }
    unmask();
}

/* ---- interrupts ---- */

static void sgi_self(enum event event)
{
    for (unsigned i = 0; i < SAMPLES; i++) {
        const unsigned before = taken[0];

        begin(event);
        gic_send(0, true);
        while (taken[0] == before) {
        }
        end_or_drop();
    }
}

/* With more interrupts pending than list registers, none of which gets through. */
static void sgi_self_full(void)
{
    gic_set_mask(0x80);
    husk_mmio_write32(gicd(ISENABLER + WORD), IN_LIST_REGISTERS);
    husk_mmio_write32(gicd(ISPENDR + WORD), IN_LIST_REGISTERS);
    settle();
    sgi_self(EVENT_sgi_self_full);
    gic_set_mask(0xf0);
    take_all();
    unmask();
}

static void timer(enum event event)
{
    for (unsigned i = 0; i < SAMPLES; i++) {
        const unsigned before = taken[0];

        mask();
        begin(event);
        __asm__ volatile("msr cntv_tval_el0, %0\n msr cntv_ctl_el0, %1\n isb"
                         :
                         : "r"((uint64_t)TIMER_TICKS), "r"(UINT64_C(1)));
        if (event == EVENT_timer_wfi) {
            __asm__ volatile("dsb sy\n wfi");
        }
        unmask();
        while (taken[0] == before) {
        }
        end_or_drop();
    }
}

/* Other VMs start beside this one: two seconds of the machine's time, asleep. */
static void come_to_rest(void)
{
    const unsigned before = taken[0];

    mask();
    __asm__ volatile("msr cntv_tval_el0, %0\n msr cntv_ctl_el0, %1\n isb\n wfi"
                     :
                     : "r"((uint64_t)TICKS_TO_REST), "r"(UINT64_C(1)));
    unmask();
    while (taken[0] == before) {
    }
}

/* Nothing of what went before comes late: on QEMU's GICv2 Husk looks a millisecond after each
 * interrupt whether QEMU has forgotten one (hv/gic_v2.c). */
static void calm(void)
{
    wait_ticks(TICKS_OF_CALM);
}

/* The clock's alarm, set to the second that it is; anew if that has just passed. Xen gives it to
 * nobody. */
static void device(void)
{
    if (machine.xen) {
        return;
    }
    husk_mmio_write32(gicd(ISENABLER + RTC_INTID / 32 * 4), 1u << RTC_INTID % 32);
    for (unsigned i = 0; i < SAMPLES; i++) {
        const unsigned before = taken[0];

        husk_mmio_write32(RTC + RTC_IMSC, 1);
        begin(EVENT_device);
        while (taken[0] == before) {
            husk_mmio_write32(RTC + RTC_MR, husk_mmio_read32(RTC + RTC_DR));
        }
        end_or_drop();
        husk_mmio_write32(RTC + RTC_IMSC, 0);
        calm();
    }
    husk_mmio_write32(gicd(ICENABLER + RTC_INTID / 32 * 4), 1u << RTC_INTID % 32);
}

/* A character, and time for what the UART does about it. */
static void uart(void)
{
    for (unsigned i = 0; machine.uart != 0 && i < SAMPLES; i++) {
        begin(EVENT_uart_char);
        husk_mmio_write32(machine.uart, '.');
        wait_ticks(50);
        end_or_drop();
    }
    print("\n");
}

/* ---- the second CPU ---- */

_Noreturn static void second_main(unsigned cpu)
{
    is_up = true;
    gic_cpu_init(cpu);
    for (;;) {
        const enum command todo = command;

        if (todo == GO_OFF) {
            (void)call_hvc(psci_cpu_off, 0, 0, 0);
        } else if (todo == STAY_IDLE) {
            mask();
            __asm__ volatile("dsb sy\n wfi");
            unmask();
        } else {
            unmask();
            yield();
        }
    }
}

static void cpu_on(void)
{
    for (unsigned i = 0; i < SAMPLES; i++) {
        while (call_hvc(psci_affinity_info, machine.mpidr[1], 0, 0) != 1) {
            yield();
        }
        wait_ticks(100); /* off is what the call says; now it is asleep */
        is_up = false;
        command = i + 1 == SAMPLES ? STAY_BUSY : GO_OFF;
        settle();
        begin(EVENT_cpu_on);
        (void)call_hvc(psci_cpu_on, machine.mpidr[1], (uintptr_t)secondary, 1);
        while (!is_up) {
            yield();
        }
        end_or_drop();
    }
}

static void sgi_other(enum event event, enum command state)
{
    command = state;
    for (unsigned i = 0; i < SAMPLES + 1; i++) {
        const unsigned before = taken[1];

        wait_ticks(100); /* it is where it is to be */
        if (i != 0) {    /* the first only tells it the command */
            begin(event);
        }
        gic_send(1, false);
        while (taken[1] == before) {
            yield();
        }
        end_or_drop();
    }
}

_Noreturn void guest_main(uint64_t context, unsigned cpu)
{
    if (cpu != 0) {
        second_main(cpu);
    }
    if (tree_read((const void *)(uintptr_t)context) && machine.gic_version != 0) {
        gic_init();
        gic_cpu_init(0);
        print(machine.gic_version == 3 ? "bench: GICv3\n" : "bench: GICv2\n");
        come_to_rest();
        calm();
        calls();
        registers();
        pending_registers();
        calm();
        sgi_self(EVENT_sgi_self);
        sgi_self_full();
        calm();
        timer(EVENT_timer_busy);
        timer(EVENT_timer_wfi);
        calm();
        uart();
        calm();
        device();
        calm();
        if (machine.cpu_count > 1) {
            cpu_on();
            sgi_other(EVENT_sgi_busy, STAY_BUSY);
            sgi_other(EVENT_sgi_wfi, STAY_IDLE);
        }
        print("bench: done\n");
        __asm__ volatile("hint #0x63");
    }
    for (;;) {
        (void)call_hvc(psci_system_off, 0, 0, 0);
    }
}
