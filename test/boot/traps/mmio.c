// SPDX-License-Identifier: Apache-2.0
// Loads and stores that EL2 answers: sizes, extension, XZR, identification; a size that a register
// does not allow reads 0 and is ignored. Sources: Arm ARM DDI 0487J.a D19.2 ESR_ELx; PL011 TRM DDI
// 0183G; GIC architecture IHI 0069H chapter 12.
#include "rig.h"
#include <stdio.h>

enum {
    GICD = 0x08000000,
    GICR = 0x080a0000,
    UART = 0x09000000,
    UART_IBRD = UART + 0x24,
    UART_FBRD = UART + 0x28,
    IGROUPR1 = GICD + 0x84,
    ISENABLER1 = GICD + 0x104,
    IPRIORITYR = GICD + 0x400,
    IROUTER40 = GICD + 0x6000 + 8 * 40,
};

/* Loads [x1] to x0, stores x0 to [x1]. */
#define LDRB    UINT32_C(0x39400020)
#define LDRH    UINT32_C(0x79400020)
#define LDR_W   UINT32_C(0xb9400020)
#define LDR_X   UINT32_C(0xf9400020)
#define LDRSB_W UINT32_C(0x39c00020)
#define LDRSB_X UINT32_C(0x39800020)
#define LDRSH_W UINT32_C(0x79c00020)
#define LDRSH_X UINT32_C(0x79800020)
#define LDRSW   UINT32_C(0xb9800020)
#define LDAR_W  UINT32_C(0x88dffc20)
#define LDUR_W  UINT32_C(0xb85fc020) /* [x1, #-4] */
#define LDR_REG UINT32_C(0xb8626820) /* [x1, x2] */
#define STRB    UINT32_C(0x39000020)
#define STRH    UINT32_C(0x79000020)
#define STR_W   UINT32_C(0xb9000020)
#define STR_X   UINT32_C(0xf9000020)
#define STLR_W  UINT32_C(0x889ffc20)
#define STR_WZR UINT32_C(0xb900003f)
#define STR_XZR UINT32_C(0xf900003f)
#define LDR_WZR UINT32_C(0xb940003f)

static const uint64_t junk = 0xdeadbeefcafef00d;

/* In order: a store's value is what the next load finds. */
static const struct {
    const char *name;
    uint32_t insn;
    uint32_t addr;
    uint64_t value; /* x0 of a store; what a load must put there */
} rows[] = {
    /* widths of the UART's registers, and extension */
    { "STR w: 16 bits are kept", STR_W, UART_IBRD, 0x12348081 },
    { "LDR w", LDR_W, UART_IBRD, 0x8081 },
    { "LDAR w", LDAR_W, UART_IBRD, 0x8081 },
    { "LDRH", LDRH, UART_IBRD, 0x8081 },
    { "LDRB", LDRB, UART_IBRD, 0x81 },
    { "LDRSH w", LDRSH_W, UART_IBRD, 0xffff8081 },
    { "LDRSH x", LDRSH_X, UART_IBRD, 0xffffffffffff8081 },
    { "LDRSB w", LDRSB_W, UART_IBRD, 0xffffff81 },
    { "LDRSB x", LDRSB_X, UART_IBRD, 0xffffffffffffff81 },
    { "LDRSW, positive", LDRSW, UART_IBRD, 0x8081 },
    { "LDUR w", LDUR_W, UART_IBRD + 4, 0x8081 },
    { "STRH", STRH, UART_IBRD, 0x77774321 },
    { "LDRSH x, positive", LDRSH_X, UART_IBRD, 0x4321 },
    { "LDRSB x, positive", LDRSB_X, UART_IBRD, 0x21 },
    { "STRB", STRB, UART_IBRD, 0x123456fe },
    { "LDR w after STRB", LDR_W, UART_IBRD, 0xfe },
    { "STLR w", STLR_W, UART_IBRD, 0x99 },
    { "LDR w after STLR", LDR_W, UART_IBRD, 0x99 },
    { "LDR x from the UART", LDR_X, UART_IBRD - 4, 0 },
    { "STR x to the UART", STR_X, UART_IBRD - 4, 0x5500000055 },
    { "LDR w after STR x", LDR_W, UART_IBRD, 0x99 },
    { "STR wzr", STR_WZR, UART_IBRD, 1 },
    { "LDR w after STR wzr", LDR_W, UART_IBRD, 0 },
    /* identification of a PL011 */
    { "PeriphID0", LDR_W, UART + 0xfe0, 0x11 },
    { "PeriphID1", LDR_W, UART + 0xfe4, 0x10 },
    { "PeriphID2", LDR_W, UART + 0xfe8, 0x34 },
    { "PeriphID3", LDR_W, UART + 0xfec, 0x00 },
    { "PCellID0", LDR_W, UART + 0xff0, 0x0d },
    { "PCellID1", LDR_W, UART + 0xff4, 0xf0 },
    { "PCellID2", LDR_W, UART + 0xff8, 0x05 },
    { "PCellID3", LDR_W, UART + 0xffc, 0xb1 },
    /* the distributor: words, and what only words or bytes may do */
    { "GICD_TYPER: 288 INTIDs, 1 CPU", LDR_W, GICD + 4, 0x03480008 },
    { "GICD_TYPER by byte", LDRB, GICD + 4, 0 },
    { "GICD_TYPER by halfword", LDRH, GICD + 4, 0 },
    { "GICD_CTLR by doubleword", LDR_X, GICD, 0 },
    { "GICD_PIDR2", LDR_W, GICD + 0xffe8, 0x3b },
    { "STR w GICD_IGROUPR1", STR_W, IGROUPR1, 0xffffffff },
    { "LDR w GICD_IGROUPR1", LDR_W, IGROUPR1, 0xffffffff },
    { "LDRSW GICD_IGROUPR1", LDRSW, IGROUPR1, 0xffffffffffffffff },
    /* INTID 33, the console's, is on */
    { "STR w GICD_ISENABLER1", STR_W, ISENABLER1, 0x100 },
    { "STRB GICD_ISENABLER1", STRB, ISENABLER1, 0xff },
    { "STRH GICD_ISENABLER1", STRH, ISENABLER1, 0xffff },
    { "STR x GICD_ISENABLER0..1", STR_X, ISENABLER1 - 4, UINT64_MAX },
    { "LDR w GICD_ISENABLER1 after these", LDR_W, ISENABLER1, 0x102 },
    { "LDRB GICD_ISENABLER1", LDRB, ISENABLER1 + 1, 0 },
    { "STR w GICD_ICENABLER1", STR_W, ISENABLER1 + 0x80, 0x100 },
    { "STRB GICD_IPRIORITYR40", STRB, IPRIORITYR + 40, 0xa0 },
    { "STRB GICD_IPRIORITYR43", STRB, IPRIORITYR + 43, 0x80 },
    { "LDR w GICD_IPRIORITYR10", LDR_W, IPRIORITYR + 40, 0x800000a0 },
    { "LDRSW GICD_IPRIORITYR10", LDRSW, IPRIORITYR + 40, 0xffffffff800000a0 },
    { "LDRSB w GICD_IPRIORITYR40", LDRSB_W, IPRIORITYR + 40, 0xffffffa0 },
    { "LDRSB x GICD_IPRIORITYR40", LDRSB_X, IPRIORITYR + 40, 0xffffffffffffffa0 },
    { "STR x GICD_IROUTER40", STR_X, IROUTER40, 0x10203 },
    { "LDR x GICD_IROUTER40", LDR_X, IROUTER40, 0x10203 },
    { "LDR w GICD_IROUTER40", LDR_W, IROUTER40, 0x10203 },
    { "STR xzr GICD_IROUTER40", STR_XZR, IROUTER40, 1 },
    { "LDR x after STR xzr", LDR_X, IROUTER40, 0 },
    /* the redistributor, at its last frame too */
    { "GICR_TYPER", LDR_X, GICR + 8, 0x10 },
    { "GICR_PIDR2", LDR_W, GICR + 0xffe8, 0x3b },
    { "STR w GICR_IGROUPR0", STR_W, GICR + 0x10080, 0xffffffff },
    { "LDR w GICR_IGROUPR0", LDR_W, GICR + 0x10080, 0xffffffff },
};

static bool is_store(uint32_t insn)
{
    const uint32_t op = insn & 0x3fe00000; /* any size: STR, STLR */

    return op == 0x39000000 || op == 0x08800000;
}

static void run_rows(uint64_t base)
{
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        const uint64_t va = base + rows[i].addr;
        const bool store = is_store(rows[i].insn);
        struct rig_regs regs = { .x = { store ? rows[i].value : junk, va, 0x77 },
                                 .nzcv = HUSK_BIT(30) };

        rig_run(rows[i].insn, &regs);
        if (rig_equal(rows[i].name, "x0", regs.x[0], rows[i].value) &&
            rig_equal(rows[i].name, "x1", regs.x[1], va) &&
            rig_equal(rows[i].name, "x2", regs.x[2], 0x77) &&
            rig_equal(rows[i].name, "NZCV", regs.nzcv, HUSK_BIT(30))) {
            rig_expect_none(rows[i].name);
        }
    }
}

/* A load to XZR changes no register; one by register offset is as good as one without. */
static void forms(uint64_t base)
{
    struct rig_regs regs = { .x = { junk, base + UART_FBRD, 3 } };
    bool ok = true;

    rig_run(LDR_WZR, &regs);
    for (unsigned i = 3; i < 31; i++) {
        ok = ok && regs.x[i] == 0;
    }
    rig_check("LDR wzr", ok && regs.x[0] == junk && regs.x[2] == 3 && rig_record.count == 0);
    (void)rig_run2(STR_W, 0x2a, base + UART_FBRD);
    regs = (struct rig_regs){ .x = { junk, base + UART, UART_FBRD - UART } };
    rig_run(LDR_REG, &regs);
    rig_check("LDR w, register offset", regs.x[0] == 0x2a && rig_record.count == 0);
}

/* To and from each register: x0 the address, the register the value. */
static void registers(uint64_t base)
{
    bool ok = true;

    for (unsigned reg = 0; reg < 31; reg++) {
        const unsigned at = reg == 0 ? 1 : 0;
        struct rig_regs regs = { 0 };

        for (unsigned i = 0; i < 31; i++) {
            regs.x[i] = 0x3000 + i;
        }
        regs.x[at] = base + UART_IBRD;
        rig_run((STR_W & ~UINT32_C(0x3ff)) | at << 5 | reg, &regs);
        ok = ok && rig_equal("each register", "stored", rig_run2(LDR_W, 0, base + UART_IBRD),
                             0x3000 + reg);
        regs.x[reg] = junk;
        regs.x[at] = base + UART_IBRD;
        rig_run((LDR_W & ~UINT32_C(0x3ff)) | at << 5 | reg, &regs);
        for (unsigned i = 0; ok && i < 31; i++) {
            ok = i == at || rig_equal("each register", "loaded", regs.x[i], 0x3000 + i);
        }
    }
    rig_check("each register", ok);
}

int main(void)
{
    const uint64_t sctlr = husk_read(sctlr_el1);

    rig_init();
    husk_write(sctlr_el1, sctlr & ~HUSK_BIT(1));
    husk_isb();
    run_rows(rig_window(4, 0, RIG_DEVICE));
    forms(rig_window(4, 0, RIG_DEVICE));
    registers(rig_window(5, 0, 0)); /* Normal memory of stage 1 makes no difference */
    return rig_done();
}
