// SPDX-License-Identifier: Apache-2.0
// Loads, stores and fetches where the guest machine has nothing, or a device that allows less than
// memory does. Syndromes: Arm ARM DDI 0487J.a D19.2 ESR_ELx "ISS encoding for an exception from a
// Data Abort"; an external abort is what the bus of a board would answer.
#include "rig.h"
#include <stdio.h>

/* Virtual addresses of this test; entries 4.. of the level 1 table. */
enum {
    GIB_DEVICE = 4, /* IPA GiB 0 as Device, and as Normal memory */
    GIB_NORMAL,
    GIB_RAM, /* the GiB that begins with RAM */
    GIB_RAM_TEXT,
    GIB_LOW_TEXT,
    GIB_FAR,    /* IPA 512 GiB */
    GIB_BEYOND, /* IPA 2 TiB: more than 40 bits */
    GIB_EL0,    /* IPA GiB 0, at EL0 too */
    GIB_WALK,
};

enum {
    GICD = 0x08000000,
    GICR = 0x080a0000,
    GICR_BYTES = 0x20000,
    UART = 0x09000000,
    RAM_BYTES = 16 << 20,
};

#define INSN_LDR_W  UINT32_C(0xb9400020) /* ldr w0, [x1] */
#define INSN_LDR_X  UINT32_C(0xf9400020)
#define INSN_LDRB   UINT32_C(0x39400020)
#define INSN_STR_W  UINT32_C(0xb9000020)
#define INSN_STR_X  UINT32_C(0xf9000020)
#define INSN_STRB   UINT32_C(0x39000020)
#define INSN_LDP_W  UINT32_C(0x29400820) /* ldp w0, w2, [x1] */
#define INSN_STP_W  UINT32_C(0x29000820)
#define INSN_POST   UINT32_C(0xb8404420) /* ldr w0, [x1], #4 */
#define INSN_STPOST UINT32_C(0xb8004420)
#define INSN_LDXR   UINT32_C(0x885f7c20) /* ldxr w0, [x1] */
#define INSN_LDAXR  UINT32_C(0x885ffc20)
#define INSN_LDR_Q  UINT32_C(0x3dc00020) /* ldr q0, [x1] */
#define INSN_BLR    UINT32_C(0xd63f0020) /* blr x1 */
#define INSN_ZVA    UINT32_C(0xd50b7421) /* dc zva, x1 */
#define INSN_CVAC   UINT32_C(0xd50b7a21)
#define INSN_CIVAC  UINT32_C(0xd50b7e21)
#define INSN_IVAC   UINT32_C(0xd5087621)
#define INSN_CVAU   UINT32_C(0xd50b7b21)
#define INSN_IVAU   UINT32_C(0xd50b7521)

#define ESR_READ  UINT64_C(0x96000010)
#define ESR_WRITE UINT64_C(0x96000050)
#define ESR_FETCH UINT64_C(0x86000010)

struct row {
    const char *name;
    uint32_t insn;
    unsigned window;
    uint64_t offset;
    uint64_t esr; /* 0: no exception */
};

static const struct row rows[] = {
    /* nothing there: below RAM, between devices, above RAM, beyond */
    { "load at IPA 0", INSN_LDR_W, GIB_DEVICE, 0, ESR_READ },
    { "store at IPA 0", INSN_STR_W, GIB_DEVICE, 0, ESR_WRITE },
    { "byte load below GICD", INSN_LDRB, GIB_DEVICE, GICD - 1, ESR_READ },
    { "load above GICD", INSN_LDR_W, GIB_DEVICE, GICD + 0x10000, ESR_READ },
    { "load below GICR", INSN_LDR_W, GIB_DEVICE, GICR - 4, ESR_READ },
    { "GICR's last word", INSN_LDR_W, GIB_DEVICE, GICR + GICR_BYTES - 4, 0 },
    { "GICR of no vCPU, load", INSN_LDR_W, GIB_DEVICE, GICR + GICR_BYTES, ESR_READ },
    { "GICR of no vCPU, GICR_TYPER", INSN_LDR_X, GIB_DEVICE, GICR + GICR_BYTES + 8, ESR_READ },
    { "GICR of no vCPU, store", INSN_STR_W, GIB_DEVICE, GICR + GICR_BYTES + 0x14, ESR_WRITE },
    { "GICR of no vCPU, SGI frame", INSN_LDR_W, GIB_DEVICE, GICR + 0x30000, ESR_READ },
    { "load below UART", INSN_LDR_W, GIB_DEVICE, UART - 4, ESR_READ },
    { "UART's last word", INSN_LDR_W, GIB_DEVICE, UART + 0xffc, 0 },
    { "load above UART", INSN_LDR_W, GIB_DEVICE, UART + 0x1000, ESR_READ },
    { "virtio-mmio slot 0", INSN_LDR_W, GIB_DEVICE, 0x0a000000, ESR_READ },
    { "load below RAM", INSN_LDR_W, GIB_DEVICE, 0x3ffffffc, ESR_READ },
    { "RAM's last word", INSN_LDR_X, GIB_RAM, RAM_BYTES - 8, 0 },
    { "load above RAM", INSN_LDR_X, GIB_RAM, RAM_BYTES, ESR_READ },
    { "store above RAM", INSN_STR_X, GIB_RAM, RAM_BYTES, ESR_WRITE },
    { "byte store above RAM", INSN_STRB, GIB_RAM, RAM_BYTES + 0xfff, ESR_WRITE },
    { "vector load above RAM", INSN_LDR_Q, GIB_RAM, RAM_BYTES + 0x20, ESR_READ },
    { "exclusive above RAM", INSN_LDXR, GIB_RAM, RAM_BYTES + 0x30, ESR_READ },
    { "DC ZVA above RAM", INSN_ZVA, GIB_RAM, RAM_BYTES, ESR_WRITE },
    { "load at IPA 512 GiB", INSN_LDR_W, GIB_FAR, 0x18, ESR_READ },
    /* fetches */
    { "fetch above RAM", INSN_BLR, GIB_RAM_TEXT, RAM_BYTES + 0x104, ESR_FETCH },
    { "fetch at IPA 0x100", INSN_BLR, GIB_LOW_TEXT, 0x100, ESR_FETCH },
    { "fetch from the UART", INSN_BLR, GIB_LOW_TEXT, UART + 0x18, ESR_FETCH },
    { "fetch from GICD", INSN_BLR, GIB_LOW_TEXT, GICD + 8, ESR_FETCH },
    /* devices: what has no syndrome */
    { "exclusive on GICD", INSN_LDXR, GIB_NORMAL, GICD + 4, ESR_READ },
    { "exclusive on the UART", INSN_LDAXR, GIB_NORMAL, UART + 0x18, ESR_READ },
    { "pair load on GICD", INSN_LDP_W, GIB_DEVICE, GICD + 0x100, ESR_READ },
    { "pair store on GICD", INSN_STP_W, GIB_DEVICE, GICD + 0x100, ESR_WRITE },
    { "pair load on the UART", INSN_LDP_W, GIB_DEVICE, UART + 0x30, ESR_READ },
    { "post-index load on the UART", INSN_POST, GIB_DEVICE, UART + 0x18, ESR_READ },
    { "post-index store on the UART", INSN_STPOST, GIB_DEVICE, UART + 0x24, ESR_WRITE },
    { "post-index load on GICD", INSN_POST, GIB_DEVICE, GICD + 4, ESR_READ },
    { "vector load on the UART", INSN_LDR_Q, GIB_DEVICE, UART + 0x20, ESR_READ },
    { "unaligned load on GICD", INSN_LDR_W, GIB_NORMAL, GICD + 2, ESR_READ },
    { "unaligned load on the UART", INSN_LDR_W, GIB_NORMAL, UART + 0x19, ESR_READ },
    { "unaligned store on the UART", INSN_STR_W, GIB_NORMAL, UART + 0x22, ESR_WRITE },
    { "DC ZVA on GICD", INSN_ZVA, GIB_NORMAL, GICD + 0x100, ESR_WRITE },
    /* cache maintenance by address: nothing to maintain */
    { "DC CVAC on GICD", INSN_CVAC, GIB_NORMAL, GICD, 0 },
    { "DC CIVAC on the UART", INSN_CIVAC, GIB_NORMAL, UART, 0 },
    { "DC CVAC at IPA 0", INSN_CVAC, GIB_NORMAL, 0, 0 },
    { "DC CIVAC above RAM", INSN_CIVAC, GIB_RAM, RAM_BYTES, 0 },
    { "DC IVAC above RAM", INSN_IVAC, GIB_RAM, RAM_BYTES, 0 },
    { "DC CVAU above RAM", INSN_CVAU, GIB_RAM, RAM_BYTES, 0 },
    { "IC IVAU above RAM", INSN_IVAU, GIB_RAM_TEXT, RAM_BYTES, 0 },
};

static uint64_t windows[GIB_WALK + 1];

static void map(void)
{
    windows[GIB_DEVICE] = rig_window(GIB_DEVICE, 0, RIG_DEVICE);
    windows[GIB_NORMAL] = rig_window(GIB_NORMAL, 0, 0);
    windows[GIB_RAM] = rig_window(GIB_RAM, 0x40000000, 0);
    windows[GIB_RAM_TEXT] = rig_window(GIB_RAM_TEXT, 0x40000000, RIG_READ_EXEC);
    windows[GIB_LOW_TEXT] = rig_window(GIB_LOW_TEXT, 0, RIG_READ_EXEC);
    windows[GIB_FAR] = rig_window(GIB_FAR, HUSK_GIB(512), RIG_DEVICE);
    windows[GIB_EL0] = rig_window(GIB_EL0, 0, RIG_DEVICE | RIG_EL0);
}

static void run_rows(void)
{
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        const struct row *const row = &rows[i];
        const uint64_t va = windows[row->window] + row->offset;
        struct rig_regs regs = { .x = { 0x1234, va, 0x5678 } };

        rig_run(row->insn, &regs);
        if (row->esr == 0) {
            rig_expect_none(row->name);
            continue;
        }
        rig_expect_abort(row->name, row->esr, va);
        (void)rig_equal(row->name, "x0", regs.x[0], 0x1234);
        (void)rig_equal(row->name, "x1", regs.x[1], va);
        (void)rig_equal(row->name, "x2", regs.x[2], 0x5678);
    }
}

/* An IPA of more than 40 bits, which stage 1 of a larger CPU can make though MMFR0 says it can't.
 */
static void beyond_40_bits(void)
{
    const uint64_t tcr = husk_read(tcr_el1);
    uint64_t va;

    husk_write(tcr_el1, tcr | HUSK_BITS(34, 32)); /* IPS: all the CPU has */
    husk_isb();
    va = rig_window(GIB_BEYOND, HUSK_GIB(2048), RIG_DEVICE) + 0x123450;
    (void)rig_run2(INSN_LDR_W, 0, va);
    if (rig_record.esr == 0x96000001 || rig_record.esr == 0x96000000) {
        printf("husk-test: IPA 2 TiB: stage 1 refuses it\n"); /* a 40-bit CPU: address size fault */
    } else {
        rig_expect_abort("load at IPA 2 TiB", ESR_READ, va);
    }
    husk_write(tcr_el1, tcr);
    husk_isb();
}

/* A stage 1 table where there is no memory: external abort on the walk. Its level is not compared:
 * hardware gives EL2 that of stage 2. */
static void walks(void)
{
    static const struct {
        const char *name;
        uint64_t table;
    } tables[] = {
        { "table in the UART", UART },
        { "table in GICD", GICD },
        { "table above RAM", 0x40000000 + RAM_BYTES },
        { "table at IPA 0", 0 },
    };
    static const struct {
        const char *name;
        uint32_t insn;
        uint64_t esr;
    } kinds[] = {
        { "load", INSN_LDR_W, 0x96000014 },
        { "store", INSN_STR_W, 0x96000054 },
        { "fetch", INSN_BLR, 0x86000014 },
    };

    for (size_t i = 0; i < HUSK_COUNT(tables); i++) {
        for (size_t kind = 0; kind < HUSK_COUNT(kinds); kind++) {
            const uint64_t va = rig_window_table(GIB_WALK, tables[i].table) + 0x3456788;
            char name[64];

            (void)snprintf(name, sizeof(name), "%s, %s", tables[i].name, kinds[kind].name);
            (void)rig_run2(kinds[kind].insn, 0, va);
            rig_record.esr &= ~UINT64_C(3);
            rig_expect_abort(name, kinds[kind].esr, va);
        }
    }
}

/* ---- EL0 ---- */

static void expect_el0(const char *row, uint64_t kind, uint64_t esr, uint64_t far, uint64_t elr)
{
    bool ok = rig_equal(row, "exceptions", rig_record.count, 1);

    ok = rig_equal(row, "vector", rig_record.kind, kind) && ok;
    ok = rig_equal(row, "ESR_EL1", rig_record.esr, esr) && ok;
    ok = rig_equal(row, "ELR_EL1", rig_record.elr, elr) && ok;
    ok = rig_equal(row, "DAIF", rig_record.daif, 0x3c0) && ok;
    ok = rig_equal(row, "SPSel", rig_record.spsel, 1) && ok;
    ok = rig_equal(row, "FAR_EL1", rig_record.far, far) && ok;
    if (ok) {
        rig_check(row, true);
    }
}

static void el0(void)
{
    const uint64_t device = windows[GIB_EL0];
    const uint64_t above_text = 0x82000000; /* rig.c's window of RAM for EL0, beyond its end */

    rig_run_el0(INSN_LDR_W, 0, device, 0);
    expect_el0("EL0 load", 8, 0x92000010, device, rig_pc_el0());
    rig_equal("EL0 load", "SPSR_EL1", rig_record.spsr & 0x3df, 0);
    rig_run_el0(INSN_STR_W, 0, device + 0x20, 0);
    expect_el0("EL0 store", 8, 0x92000050, device + 0x20, rig_pc_el0());
    rig_run_el0(INSN_LDP_W, 0, device + UART + 0x30, 0);
    expect_el0("EL0 pair load on the UART", 8, 0x92000010, device + UART + 0x30, rig_pc_el0());
    rig_run_el0(INSN_BLR, 0, above_text, 0);
    expect_el0("EL0 fetch", 8, 0x82000010, above_text, above_text);
    rig_run_el0(INSN_LDR_W, 0, device + UART + 0x18, 0);
    expect_el0("EL0 load from the UART", 8, 0x56000000, 0, rig_pc_el0() + 8); /* its SVC */
    rig_run_el0(UINT32_C(0xd4000003), 0, 0, 0);                               /* SMC: not for EL0 */
    expect_el0("EL0 SMC", 8, RIG_ESR_UNDEF, 0, rig_pc_el0());
    /* AArch32, A32 and T32: ldr r1, [r0] */
    if (husk_bits_get(husk_read(id_aa64pfr0_el1), 3, 0) == 2) {
        rig_run_el0(UINT32_C(0xe5901000), above_text, 0, 0x10);
        expect_el0("A32 load", 12, 0x92000010, above_text, rig_pc_el0());
        rig_run_el0(UINT32_C(0x6801), above_text, 0, 0x30);
        expect_el0("T32 load", 12, 0x90000010, above_text, rig_pc_el0());
    }
}

/* A single step over an instruction that EL2 emulates ends behind it. EC 0x32. */
static void single_step(void)
{
    const uint64_t device = windows[GIB_EL0];
    const uint64_t mdscr = husk_read(mdscr_el1);

    husk_write(oslar_el1, 0);
    husk_write(mdscr_el1, mdscr | 1); /* SS */
    husk_isb();
    rig_run_el0(INSN_LDR_W, 0, device + UART + 0x18, HUSK_BIT(21));
    husk_write(mdscr_el1, mdscr);
    husk_isb();
    rig_equal("single step", "ESR_EL1.EC", rig_record.esr >> 26, 0x32);
    rig_check("single step", rig_record.elr == rig_pc_el0() + 4);
}

int main(void)
{
    rig_init();
    husk_write(sctlr_el1, husk_read(sctlr_el1) & ~HUSK_BIT(1)); /* A: unaligned is allowed */
    husk_isb();
    map();
    run_rows();
    beyond_40_bits();
    walks();
    el0();
    single_step();
    return rig_done();
}
