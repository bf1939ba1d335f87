// SPDX-License-Identifier: Apache-2.0
// A guest that does whatever it can, at random: calls, accesses to devices and to nothing, system
// registers. EL2 must answer each as the architecture allows, change no other register, and go on;
// afterwards the guest's interrupt controller and timer work as ever. What ends the VM, and what
// the guest would break itself with, is left out.
#include "rig.h"
#include <stdio.h>

#define HVC(imm) (UINT32_C(0xd4000002) | (imm) << 5)
#define SMC(imm) (UINT32_C(0xd4000003) | (imm) << 5)

enum {
    ROUNDS = 20000,
    GICD = 0x08000000,
    GICR = 0x080a0000,
    GICR_SGI = GICR + 0x10000,
    UART = 0x09000000,
    TIMER = 27,
    EC_UNKNOWN = 0x00,
    EC_SYSREG = 0x18, /* FEAT_IDST: an ID register the CPU lacks */
    EC_DABT = 0x25,
    DFSC_EXTERNAL = 0x10,
    DFSC_ALIGNMENT = 0x21,
};

static const uint64_t seed = UINT64_C(0x6b737568);
static uint64_t state;
static unsigned wrong;

/* xorshift64* */
static uint64_t random_bits(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * UINT64_C(0x2545f4914f6cdd1d);
}

static unsigned below(unsigned limit)
{
    return (unsigned)((random_bits() >> 32) % limit);
}

/* Now small, now large, now with just some bits. */
static uint64_t random_value(void)
{
    const uint64_t bits = random_bits();

    switch (below(4)) {
    case 0:
        return bits & 0xff;
    case 1:
        return bits & UINT32_MAX;
    case 2:
        return bits & random_bits() & random_bits();
    default:
        return bits;
    }
}

static void complain(const char *what, uint32_t insn, const struct rig_regs *before)
{
    if (wrong++ < 20) {
        printf("husk-test: %s: FAIL instruction %#x, x0 %#llx, x1 %#llx: ESR_EL1 %#llx\n", what,
               (unsigned)insn, (unsigned long long)before->x[0], (unsigned long long)before->x[1],
               (unsigned long long)rig_record.esr);
    }
}

/* Registers from `first` on, but for `changed`, are as before. */
static bool kept(const struct rig_regs *before, const struct rig_regs *after, unsigned first,
                 unsigned changed)
{
    for (unsigned i = first; i < 31; i++) {
        if (i != changed && after->x[i] != before->x[i]) {
            return false;
        }
    }
    return true;
}

static struct rig_regs random_regs(void)
{
    struct rig_regs regs = { .nzcv = random_bits() & HUSK_BITS(31, 28) };

    for (unsigned i = 0; i < 31; i++) {
        regs.x[i] = random_value();
    }
    return regs;
}

/* ---- calls ---- */

/* What ends the VM or sleeps: CPU_SUSPEND, CPU_OFF, SYSTEM_OFF, SYSTEM_RESET, a warm SYSTEM_RESET2;
 * bit 16 is a hint. */
static bool is_end(uint32_t function, uint64_t x1)
{
    switch (function & ~UINT32_C(0x10000)) {
    case 0x84000001:
    case 0xc4000001:
    case 0x84000002:
    case 0x84000008:
    case 0x84000009:
        return true;
    case 0x84000012:
    case 0xc4000012:
        return (uint32_t)x1 == 0;
    default:
        return false;
    }
}

static uint32_t random_function(void)
{
    const uint32_t services[] = { 0x80000000, 0xc0000000, 0x84000000, 0xc4000000, 0x85000000,
                                  0xc5000000, 0x86000000, 0xc6000000, 0x04000000, 0xbf00ff00 };

    if (below(4) == 0) {
        return (uint32_t)random_bits();
    }
    return services[below(HUSK_COUNT(services))] | below(4) << 15 | below(0x60);
}

static void calls(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        const uint32_t imm = below(4) == 0 ? below(0x10000) : 0;
        const uint32_t insn = below(2) == 0 ? HVC(imm) : SMC(imm);
        struct rig_regs before = random_regs();
        struct rig_regs after;
        const uint32_t function = random_function();

        before.x[0] = (random_bits() & HUSK_BITS(63, 32)) | function;
        if (imm == 0 && is_end(function, before.x[1])) {
            continue;
        }
        after = before;
        rig_run(insn, &after);
        if (rig_record.count != 0 || !kept(&before, &after, 4, 31) || after.nzcv != before.nzcv) {
            complain("call", insn, &before);
        }
        if (imm != 0 && after.x[0] != UINT64_MAX) {
            complain("call with an immediate", insn, &before);
        }
    }
    rig_check("calls", wrong == 0);
}

/* ---- loads and stores ---- */

/* To and from Rt by [x1]; x2 and x3 the second register and the status. */
static const uint32_t accesses[] = {
    0x39400020, 0x79400020, 0xb9400020, 0xf9400020, /* LDRB LDRH LDR w, x */
    0x39000020, 0x79000020, 0xb9000020, 0xf9000020, /* STRB STRH STR w, x */
    0x39c00020, 0x39800020, 0x79c00020, 0x79800020, /* LDRSB, LDRSH w, x */
    0xb9800020, 0xb8404c20, 0xb8004c20, 0xf8408420, /* LDRSW; pre- and post-index */
    0x29400820, 0x29000820, 0xa9400820, 0xa9000820, /* LDP STP w, x */
    0x085f7c20, 0x485f7c20, 0x885f7c20, 0xc85f7c20, /* LDXRB LDXRH LDXR w, x */
    0x08037c20, 0x48037c20, 0x88037c20, 0xc8037c20, /* STXRB STXRH STXR w, x */
    0x887f0820, 0xc87f0820, 0x88230820, 0xc8230820, /* LDXP STXP w, x */
    0x08dffc20, 0x88dffc20, 0xc8dffc20, 0x889ffc20, /* LDARB LDAR w, x; STLR w */
    0xb8200020, 0xf8200020, 0x88a07c20, 0xc8a07c20, /* LDADD, CAS w, x: FEAT_LSE */
    0x3dc00020, 0x3d800020, 0xad400820, 0x0d407020, /* LDR q, STR q, LDP q, LD1 */
    0xd50b7420, 0xd50b7a20, 0xd50b7e20, 0xd5087620, /* DC ZVA, CVAC, CIVAC, IVAC of Rt */
    0xf9800020,                                     /* PRFM */
};

static const struct {
    uint64_t base, bytes;
} frames[] = { { GICD, 0x10000 }, { GICR, 0x20000 }, { UART, 0x1000 }, { 0, HUSK_GIB(1) - 64 } };

/* An IPA of GiB 0: in a frame of a device, at its edges, or anywhere. */
static uint64_t random_ipa(void)
{
    const size_t frame = below(HUSK_COUNT(frames));
    uint64_t offset = random_bits() % frames[frame].bytes;

    switch (below(8)) {
    case 0:
        offset = below(64);
        break;
    case 1:
        offset = frames[frame].bytes - 32 + below(64);
        break;
    case 2:
        offset &= 0xfff;
        break;
    default:
        break;
    }
    return frames[frame].base + (below(8) == 0 ? offset : offset & ~UINT64_C(7)) + (below(2) << 2);
}

static bool is_answer(void)
{
    const uint64_t ec = rig_record.esr >> 26;
    const uint64_t fault = rig_record.esr & 0x3f;

    if (rig_record.count == 0 || (rig_record.count == 1 && ec == EC_UNKNOWN)) {
        return true;
    }
    return rig_record.count == 1 && ec == EC_DABT && rig_record.kind == 4 &&
           (fault == DFSC_EXTERNAL || fault == DFSC_ALIGNMENT);
}

static bool is_device(uint64_t ipa)
{
    return ipa - GICD < 0x10000 || ipa - GICR < 0x20000 || ipa - UART < 0x1000;
}

/* The first ones move a register of a size in [31:30], and a device answers if that is aligned; the
 * next, with writeback or two registers, have no syndrome that tells enough. The others may, on
 * some CPUs, not even get to an access. */
static bool is_count(size_t which, uint64_t ipa, bool nothing)
{
    const uint64_t size_bytes = UINT64_C(1) << (accesses[which] >> 30);
    const bool answered = !nothing && is_device(ipa) && ipa % size_bytes == 0;

    return which >= 20 || rig_record.count == (which < 13 && answered ? 0 : 1);
}

/* GiB 0 as Device and as Normal memory; nothing. */
static uint64_t windows[3];

static void loads_and_stores(void)
{
    wrong = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        const size_t which = below(HUSK_COUNT(accesses));
        const size_t window = below(HUSK_COUNT(windows));
        const uint64_t ipa = random_ipa();
        const uint32_t pattern = accesses[which];
        const bool is_dc = pattern >> 24 == 0xd5;
        const unsigned rt = is_dc ? 1 : (unsigned[]){ 0, 4 + below(28) }[below(2)];
        const uint32_t insn = pattern | rt;
        struct rig_regs before = random_regs();
        struct rig_regs after;

        before.x[1] = windows[window] + ipa;
        after = before;
        rig_run(insn, &after);
        if (!is_answer() || !is_count(which, ipa, window == 2) || !kept(&before, &after, 4, rt)) {
            complain("access", insn, &before);
        }
    }
    rig_check("loads and stores", wrong == 0);
}

/* ---- system registers ---- */

/* Registers the guest stands on: translation, its state, its vectors, its timers and its CPU
 * interface of the GIC, whose reads acknowledge; of the latter those that trap are tried. */
static bool is_own(unsigned op1, unsigned crn, unsigned crm, unsigned op2, bool is_read)
{
    if (op1 == 0 && crn == 12 && (crm == 8 || crm == 9 || crm == 12)) {
        return true;
    }
    if (is_read) {
        return false;
    }
    if (op1 == 3) {
        return crn == 4 || (crn == 13 && crm == 0) || (crn == 14 && crm < 8);
    }
    if (op1 != 0) {
        return false;
    }
    return crn == 2 || crn == 4 || (crn == 1 && crm == 0 && op2 != 1) ||
           (crn == 10 && (crm == 2 || crm == 3)) || (crn == 12 && crm == 0) ||
           (crn == 13 && crm == 0);
}

static uint32_t random_sysreg(bool is_read)
{
    /* DC ISW, CSW, CISW */
    const uint32_t set_way[] = { RIG_SYS(1, 0, 7, 6, 2), RIG_SYS(1, 0, 7, 10, 2),
                                 RIG_SYS(1, 0, 7, 14, 2) };

    if (!is_read && below(16) == 0) {
        return set_way[below(3)];
    }
    for (;;) {
        const unsigned op1 = below(2) == 0 ? below(8) : 3 * below(2);
        const unsigned crn = below(16);
        const unsigned crm = below(16);
        const unsigned op2 = below(8);

        if (!is_own(op1, crn, crm, op2, is_read)) {
            return is_read ? RIG_MRS(3u, op1, crn, crm, op2) : RIG_MSR(3u, op1, crn, crm, op2);
        }
    }
}

static void system_registers(void)
{
    wrong = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        const bool is_read = below(2) == 0;
        const uint32_t insn = random_sysreg(is_read);
        struct rig_regs before = random_regs();
        struct rig_regs after = before;
        uint64_t ec;

        rig_run(insn, &after);
        ec = rig_record.esr >> 26;
        if (rig_record.count > 1 ||
            (rig_record.count == 1 && ec != EC_UNKNOWN && ec != EC_SYSREG)) {
            complain("system register", insn, &before);
        }
        if (!kept(&before, &after, is_read && rig_record.count == 0 ? 1 : 0, 31)) {
            complain("system register changes another", insn, &before);
        }
    }
    rig_check("system registers", wrong == 0);
}

/* ---- afterwards ---- */

/* The UART on; the interrupt controller as a kernel that starts would set it up. */
static void tidy_up(void)
{
    husk_mmio_write32(UART + 0x38, 0);     /* UARTIMSC */
    husk_mmio_write32(UART + 0x48, 0);     /* UARTDMACR */
    husk_mmio_write32(UART + 0x2c, 0x70);  /* UARTLCR_H: 8 bits, FIFOs */
    husk_mmio_write32(UART + 0x30, 0x301); /* UARTCR: on, no loopback */
    husk_mmio_write32(GICD, 0x13);
    husk_mmio_write32(GICR + 0x14, 0); /* GICR_WAKER */
    for (uintptr_t word = 0; word < 9; word++) {
        const uintptr_t frame = word == 0 ? GICR_SGI : GICD;

        husk_mmio_write32(frame + 0x080 + 4 * word, UINT32_MAX); /* IGROUPR */
        husk_mmio_write32(frame + 0x180 + 4 * word, UINT32_MAX); /* ICENABLER */
        husk_mmio_write32(frame + 0x280 + 4 * word, UINT32_MAX); /* ICPENDR */
        husk_mmio_write32(frame + 0x380 + 4 * word, UINT32_MAX); /* ICACTIVER */
    }
}

static void timer_ticks(void)
{
    const uint64_t per_s = husk_read(cntfrq_el0);

    tidy_up();
    husk_isb();
    rig_check("nothing is pending", (husk_read(isr_el1) & 0xc0) == 0);
    husk_mmio_write8(GICR_SGI + 0x400 + TIMER, 0xa0);
    husk_mmio_write32(GICR_SGI + 0x100, UINT32_C(1) << TIMER);
    for (unsigned tick = 1; tick <= 3; tick++) {
        const uint64_t start = husk_read(cntvct_el0);

        rig_record.irqs = 0;
        husk_write(cntv_cval_el0, start + per_s / 1000);
        husk_write(cntv_ctl_el0, 1);
        husk_isb();
        while ((husk_read(isr_el1) & 0x80) == 0 && husk_read(cntvct_el0) - start < 5 * per_s) {
        }
        husk_write(cntv_ctl_el0, 2);
        husk_isb();
        husk_write(daif, 0x340); /* I clear: taken here */
        husk_isb();
        husk_write(daif, 0x3c0);
        (void)rig_equal("timer", "interrupt", rig_record.irq, TIMER);
        rig_check("timer ticks", rig_record.irqs == 1);
    }
}

int main(void)
{
    rig_init();
    windows[0] = rig_window(4, 0, RIG_DEVICE);
    windows[1] = rig_window(5, 0, 0);
    windows[2] = rig_window(6, HUSK_GIB(2), 0);
    /* FP, SVE and SME on for EL1 itself: what traps is EL2's doing. */
    husk_write(cpacr_el1, HUSK_BITS(25, 24) | HUSK_BITS(21, 20) | HUSK_BITS(17, 16));
    husk_write(sctlr_el1, husk_read(sctlr_el1) & ~HUSK_BIT(1)); /* A: EL2 sees what is unaligned */
    husk_isb();
    state = seed;
    printf("husk-test: seed %#llx\n", (unsigned long long)seed);
    calls();
    loads_and_stores();
    tidy_up(); /* says how that went */
    system_registers();
    timer_ticks();
    return rig_done();
}
