// SPDX-License-Identifier: Apache-2.0
// Hypervisor and secure monitor calls, interrupts that a guest sends itself, waiting for one.
// Sources: PSCI DEN0022E; SMCCC DEN0028E; GIC architecture IHI 0069H chapter 12.
#include "rig.h"
#include <stdio.h>

#define HVC(imm) (UINT32_C(0xd4000002) | (imm) << 5)
#define SMC(imm) (UINT32_C(0xd4000003) | (imm) << 5)
#define WFI      UINT32_C(0xd503207f)
#define WFE      UINT32_C(0xd503205f)

enum {
    GICD = 0x08000000,
    GICR_SGI = 0x080b0000,
    IGROUPR = 0x80,
    ISENABLER = 0x100,
    ISPENDR = 0x200,
    ICPENDR = 0x280,
    ISACTIVER = 0x300,
    TIMER = 27,
};

/* Negative numbers as a function of the SMC32 and SMC64 conventions returns them. */
static const uint64_t not_supported = UINT64_MAX;
static const uint64_t invalid_parameters = UINT64_MAX - 1;
static const uint64_t already_on = UINT64_MAX - 3;
static const uint64_t invalid_address = UINT64_MAX - 8;

static const struct {
    const char *name;
    uint64_t x0, x1, x2, x3;
    uint64_t result;
} calls[] = {
    { "PSCI_VERSION", 0x84000000, 0, 0, 0, 0x10001 },
    { "AFFINITY_INFO of itself", 0xc4000004, 0, 0, 0, 0 },
    { "AFFINITY_INFO of the cluster", 0xc4000004, 0, 1, 0, 0 },
    { "AFFINITY_INFO of nobody", 0xc4000004, 1, 0, 0, invalid_parameters },
    { "AFFINITY_INFO, bad level", 0xc4000004, 0, 4, 0, invalid_parameters },
    { "CPU_ON of itself", 0xc4000003, 0, 0x40000000, 0, already_on },
    { "CPU_ON of nobody", 0xc4000003, 1, 0x40000000, 0, invalid_parameters },
    { "CPU_ON, reserved bits", 0xc4000003, 1 << 24, 0x40000000, 0, invalid_parameters },
    { "CPU_ON, entry outside RAM", 0xc4000003, 0, 0x41000000, 0, invalid_address },
    { "CPU_ON, entry in a device", 0xc4000003, 0, 0x09000000, 0, invalid_address },
    { "CPU_ON, misaligned entry", 0xc4000003, 0, 0x40000002, 0, invalid_address },
    { "CPU_SUSPEND, reserved bits", 0xc4000001, UINT64_C(1) << 20, 0, 0, invalid_parameters },
    { "MIGRATE_INFO_TYPE", 0x84000006, 0, 0, 0, 2 },
    { "PSCI_FEATURES of CPU_SUSPEND", 0x8400000a, 0xc4000001, 0, 0, 0 },
    { "PSCI_FEATURES of CPU_ON", 0x8400000a, 0xc4000003, 0, 0, 0 },
    { "PSCI_FEATURES of CPU_OFF", 0x8400000a, 0x84000002, 0, 0, 0 },
    { "PSCI_FEATURES of SYSTEM_OFF", 0x8400000a, 0x84000008, 0, 0, 0 },
    { "PSCI_FEATURES of SYSTEM_RESET", 0x8400000a, 0x84000009, 0, 0, 0 },
    { "PSCI_FEATURES of SMCCC_VERSION", 0x8400000a, 0x80000000, 0, 0, 0 },
    { "PSCI_FEATURES of MIGRATE", 0x8400000a, 0x84000005, 0, 0, not_supported },
    { "PSCI_FEATURES of SYSTEM_SUSPEND", 0x8400000a, 0xc400000e, 0, 0, not_supported },
    { "MIGRATE", 0x84000005, 0, 0, 0, not_supported },
    { "SYSTEM_RESET2, bad type", 0xc4000012, 1, 0, 0, invalid_parameters },
    { "SMCCC_VERSION", 0x80000000, 0, 0, 0, 0x10002 },
    { "SMCCC_ARCH_FEATURES of nothing", 0x80000001, 0x80001234, 0, 0, not_supported },
    { "unknown, function 0", 0, 1, 2, 3, not_supported },
    { "unknown, Arm architecture", 0x80001234, 0, 0, 0, not_supported },
    { "unknown, standard service", 0xc4001234, 0, 0, 0, not_supported },
    { "unknown, OEM", 0xc3000001, 0, 0, 0, not_supported },
    { "unknown, hypervisor (KVM's UID)", 0x8600ff01, 0, 0, 0, not_supported },
    { "unknown, trusted OS", 0xbf00ff01, 0, 0, 0, not_supported },
    { "unknown, yielding", 0x12345678, 0, 0, 0, not_supported },
};

/* By HVC #0 and by SMC #0, x0 has the answer and no other register changes. */
static void call(const char *name, uint32_t insn, const uint64_t in[4], uint64_t result)
{
    struct rig_regs regs = { .nzcv = HUSK_BITS(31, 30) };
    bool ok;

    for (unsigned i = 0; i < 31; i++) {
        regs.x[i] = i < 4 ? in[i] : 0x0123456789abcd00 + i;
    }
    rig_run(insn, &regs);
    ok = rig_equal(name, "exceptions", rig_record.count, 0) &&
         rig_equal(name, "x0", regs.x[0], result) &&
         rig_equal(name, "NZCV", regs.nzcv, HUSK_BITS(31, 30));
    for (unsigned i = 1; ok && i < 31; i++) {
        ok = rig_equal(name, "register", regs.x[i], i < 4 ? in[i] : 0x0123456789abcd00 + i);
    }
    if (ok) {
        rig_check(name, true);
    }
}

static void run_calls(void)
{
    for (size_t i = 0; i < HUSK_COUNT(calls); i++) {
        const uint64_t in[4] = { calls[i].x0, calls[i].x1, calls[i].x2, calls[i].x3 };
        const uint64_t version[4] = { 0x84000000, 1, 2, 3 };

        call(calls[i].name, HVC(0), in, calls[i].result);
        call(calls[i].name, SMC(0), in, calls[i].result);
        if (i == 0) {
            call("HVC #1", HVC(1), version, not_supported);
            call("HVC #0xffff", HVC(0xffff), version, not_supported);
            call("SMC #1", SMC(1), version, not_supported);
            call("BRK-like HVC #0x4a48 of another hypervisor", HVC(0x4a48), version, not_supported);
        }
    }
}

/* ---- interrupts ---- */

static void unmask(bool fiq)
{
    husk_write(daif, fiq ? 0x380 : 0x340); /* F, or I, clear */
    husk_isb();
    husk_write(daif, 0x3c0);
    husk_isb();
}

static bool is_pending(void)
{
    return (husk_read(isr_el1) & 0xc0) != 0;
}

static void clear(void)
{
    husk_mmio_write32(GICR_SGI + ICPENDR, UINT32_MAX);
    rig_record.irqs = 0;
    rig_record.fiqs = 0;
    rig_record.irq = 0;
    rig_record.fiq = 0;
}

/* ICC_SGI1R_EL1 to this CPU: affinity 0.0.0, target list bit 0. */
static void sgis(void)
{
    static const uint64_t to_self = 1;
    struct rig_regs regs = { 0 };

    husk_mmio_write32(GICD, 0x13);                     /* ARE, both groups */
    husk_mmio_write32(GICR_SGI + IGROUPR, 0xffffff7f); /* SGI 7: group 0 */
    husk_mmio_write32(GICR_SGI + ISENABLER, 0xffff);
    __asm__ volatile("msr S3_0_C12_C12_6, %0\n\tisb" ::"r"((uint64_t)1)); /* ICC_IGRPEN0_EL1 */

    clear();
    (void)rig_run2(RIG_MSR(3, 0, 12, 11, 5), 3 << 24 | to_self, 0);
    rig_expect_none("ICC_SGI1R_EL1");
    rig_check("ICC_SGI1R_EL1 pends", is_pending());
    unmask(false);
    rig_check("SGI 3 is taken", rig_record.irqs == 1 && rig_record.irq == 3);
    unmask(false);
    rig_check("SGI 3 once", rig_record.irqs == 1 && !is_pending());

    (void)rig_run2(RIG_MSR(3, 0, 12, 11, 5), UINT64_C(1) << 40 | 3 << 24, 0);
    rig_check("SGI to all but itself", !is_pending() && rig_record.count == 0);
    (void)rig_run2(RIG_MSR(3, 0, 12, 11, 5), 3 << 24 | 2, 0);
    rig_check("SGI to nobody", !is_pending() && rig_record.count == 0);
    for (unsigned i = 0; i < 31; i++) {
        regs.x[i] = 3 << 24 | to_self;
    }
    rig_run(RIG_MSR(3, 0, 12, 11, 5) | 31, &regs); /* SGI 0 to nobody */
    rig_check("ICC_SGI1R_EL1 from XZR", !is_pending() && rig_record.count == 0);
    (void)rig_run2(RIG_MSR(3, 0, 12, 11, 6), 3 << 24 | to_self, 0);
    rig_expect_none("ICC_ASGI1R_EL1");

    clear();
    (void)rig_run2(RIG_MSR(3, 0, 12, 11, 7), 7 << 24 | to_self, 0);
    rig_expect_none("ICC_SGI0R_EL1");
    unmask(true);
    rig_check("SGI 7 is an FIQ",
              rig_record.fiqs == 1 && rig_record.fiq == 7 && rig_record.irqs == 0);
    (void)rig_run2(RIG_MSR(3, 0, 12, 11, 7), 3 << 24 | to_self, 0);
    rig_check("ICC_SGI0R_EL1 to group 1", !is_pending());
}

/* More active interrupts than list registers: ICC_DIR_EL1 then traps, and ends just its own. */
static void deactivate(void)
{
    enum { COUNT = 7 };
    uint32_t active = 0;
    bool ok = true;

    clear();
    husk_write(icc_ctlr_el1, 2); /* EOImode: EOIR drops the priority, DIR deactivates */
    for (unsigned i = 8; i < 8 + COUNT; i++) {
        uint64_t intid;

        husk_write(icc_sgi1r_el1, i << 24 | 1);
        husk_isb();
        intid = husk_read(icc_iar1_el1);
        ok = rig_equal("ICC_DIR_EL1", "ICC_IAR1_EL1", intid, i) && ok;
        husk_write(icc_eoir1_el1, intid);
        husk_isb();
        active |= UINT32_C(1) << i;
        ok = rig_equal("ICC_DIR_EL1", "GICR_ISACTIVER0", husk_mmio_read32(GICR_SGI + ISACTIVER),
                       active) &&
             ok;
    }
    for (unsigned i = 8; i < 8 + COUNT; i++) {
        (void)rig_run2(RIG_MSR(3, 0, 12, 11, 1), i, 0);
        active &= ~(UINT32_C(1) << i);
        ok = rig_equal("ICC_DIR_EL1", "exceptions", rig_record.count, 0) && ok;
        ok = rig_equal("ICC_DIR_EL1", "GICR_ISACTIVER0", husk_mmio_read32(GICR_SGI + ISACTIVER),
                       active) &&
             ok;
    }
    rig_check("ICC_DIR_EL1", ok);
    (void)rig_run2(RIG_MRS(3, 0, 12, 11, 1), 0, 0);
    rig_expect("read ICC_DIR_EL1", RIG_ESR_UNDEF);
    husk_write(icc_ctlr_el1, 0);
}

static void pend_sgi(void)
{
    clear();
    husk_write(icc_sgi1r_el1, 5 << 24 | 1);
    husk_isb();
}

static void arm_timer(uint64_t us)
{
    const uint64_t ticks = husk_read(cntfrq_el0) / 1000000 * us;

    husk_mmio_write8(GICR_SGI + 0x400 + TIMER, 0xa0);
    husk_mmio_write32(GICR_SGI + ISENABLER, UINT32_C(1) << TIMER);
    husk_write(cntv_cval_el0, husk_read(cntvct_el0) + ticks);
    husk_write(cntv_ctl_el0, 1);
    husk_isb();
}

/* Off, and its interrupt taken: EL2 has passed it on, the guest deactivates it in hardware. */
static void take_timer(const char *row)
{
    husk_write(cntv_ctl_el0, 2);
    husk_isb();
    rig_record.irqs = 0;
    unmask(false);
    (void)rig_equal(row, "interrupt", rig_record.irq, TIMER);
    rig_check(row, rig_record.irqs == 1 && !is_pending());
}

/* What waits comes back when an interrupt is pending, though masked. */
static void waiting(void)
{
    const uint64_t suspend[4] = { 0xc4000001, 0, 0, 0 };
    const uint64_t suspend32[4] = { 0x84000001, 0x10000, 0, 0 };

    pend_sgi();
    (void)rig_run2(WFI, 0, 0);
    rig_check("WFI, SGI pending", rig_record.count == 0 && is_pending());
    __asm__ volatile("sevl");
    (void)rig_run2(WFE, 0, 0);
    rig_check("WFE, event pending", rig_record.count == 0);
    call("CPU_SUSPEND, SGI pending", HVC(0), suspend, 0);
    call("CPU_SUSPEND by SMC, SGI pending", SMC(0), suspend, 0);
    call("CPU_SUSPEND 32, SGI pending", HVC(0), suspend32, 0);
    rig_check("SGI still pending", is_pending());
    unmask(false);
    rig_check("SGI 5 is taken", rig_record.irqs == 1 && rig_record.irq == 5);

    arm_timer(2000);
    (void)rig_run2(WFI, 0, 0);
    rig_check("WFI until the timer", is_pending() && (husk_read(cntv_ctl_el0) & 4) != 0);
    take_timer("timer after WFI");
    arm_timer(2000);
    call("CPU_SUSPEND until the timer", HVC(0), suspend, 0);
    rig_check("CPU_SUSPEND waited", (husk_read(cntv_ctl_el0) & 4) != 0 && is_pending());
    take_timer("timer after CPU_SUSPEND");
}

int main(void)
{
    rig_init();
    run_calls();
    sgis();
    deactivate();
    waiting();
    return rig_done();
}
