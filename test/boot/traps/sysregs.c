// SPDX-License-Identifier: Apache-2.0
// System registers: what is hidden is UNDEFINED, what is given works. Source of the encodings: Arm
// ARM DDI 0487J.a D19; those a CPU lacks are UNDEFINED there too, so rows of hidden ones need no
// condition.
#include "rig.h"
#include <husk/unikernel.h>
#include <stdio.h>

/* ABSENT_ID: UNDEFINED; FEAT_IDST lets the CPU report it with the class of a trapped MRS. */
enum expect { UNDEF, ABSENT_ID, NONE, ZERO };
enum needs { ANY, SVE, PAUTH, LSE, SCXT };

struct row {
    const char *name;
    uint32_t insn;
    enum expect expect;
    enum needs needs;
};

#define READ(name, op0, op1, crn, crm, op2, expect)                                                \
    { "read " name, RIG_MRS(op0, op1, crn, crm, op2), expect, ANY }
#define WRITE(name, op0, op1, crn, crm, op2, expect)                                               \
    { "write " name, RIG_MSR(op0, op1, crn, crm, op2), expect, ANY }
#define BOTH(name, op0, op1, crn, crm, op2, expect)                                                \
    READ(name, op0, op1, crn, crm, op2, expect), WRITE(name, op0, op1, crn, crm, op2, expect)

static const struct row rows[] = {
    /* write only */
    READ("ICC_SGI1R_EL1", 3, 0, 12, 11, 5, UNDEF),
    READ("ICC_ASGI1R_EL1", 3, 0, 12, 11, 6, UNDEF),
    READ("ICC_SGI0R_EL1", 3, 0, 12, 11, 7, UNDEF),
    READ("ICC_DIR_EL1", 3, 0, 12, 11, 1, UNDEF),
    WRITE("ICC_DIR_EL1", 3, 0, 12, 11, 1, NONE),
    /* RAZ/WI */
    BOTH("ACTLR_EL1", 3, 0, 1, 0, 1, ZERO),
    READ("MDRAR_EL1", 2, 0, 1, 0, 0, ZERO),
    /* read only */
    WRITE("ID_AA64PFR0_EL1", 3, 0, 0, 4, 0, UNDEF),
    /* performance monitors */
    BOTH("PMCR_EL0", 3, 3, 9, 12, 0, UNDEF),
    BOTH("PMCNTENSET_EL0", 3, 3, 9, 12, 1, UNDEF),
    BOTH("PMOVSCLR_EL0", 3, 3, 9, 12, 3, UNDEF),
    BOTH("PMSELR_EL0", 3, 3, 9, 12, 5, UNDEF),
    READ("PMCEID0_EL0", 3, 3, 9, 12, 6, UNDEF),
    BOTH("PMCCNTR_EL0", 3, 3, 9, 13, 0, UNDEF),
    BOTH("PMXEVTYPER_EL0", 3, 3, 9, 13, 1, UNDEF),
    BOTH("PMXEVCNTR_EL0", 3, 3, 9, 13, 2, UNDEF),
    BOTH("PMUSERENR_EL0", 3, 3, 9, 14, 0, UNDEF),
    BOTH("PMINTENSET_EL1", 3, 0, 9, 14, 1, UNDEF),
    BOTH("PMINTENCLR_EL1", 3, 0, 9, 14, 2, UNDEF),
    READ("PMMIR_EL1", 3, 0, 9, 14, 6, UNDEF),
    BOTH("PMEVCNTR0_EL0", 3, 3, 14, 8, 0, UNDEF),
    BOTH("PMEVTYPER0_EL0", 3, 3, 14, 12, 0, UNDEF),
    BOTH("PMCCFILTR_EL0", 3, 3, 14, 15, 7, UNDEF),
    /* statistical profiling, trace, trace buffer, branch records, AMU, MPAM */
    BOTH("PMSCR_EL1", 3, 0, 9, 9, 0, UNDEF),
    READ("PMSIDR_EL1", 3, 0, 9, 9, 7, UNDEF),
    BOTH("PMBLIMITR_EL1", 3, 0, 9, 10, 0, UNDEF),
    BOTH("TRCPRGCTLR", 2, 1, 0, 1, 0, UNDEF),
    BOTH("TRCOSLAR", 2, 1, 1, 0, 4, UNDEF),
    BOTH("TRFCR_EL1", 3, 0, 1, 2, 1, UNDEF),
    BOTH("TRBLIMITR_EL1", 3, 0, 9, 11, 0, UNDEF),
    READ("TRBIDR_EL1", 3, 0, 9, 11, 7, UNDEF),
    BOTH("BRBCR_EL1", 2, 1, 9, 0, 0, UNDEF),
    READ("AMCR_EL0", 3, 3, 13, 2, 0, UNDEF),
    READ("AMEVCNTR00_EL0", 3, 3, 13, 4, 0, UNDEF),
    BOTH("MPAM1_EL1", 3, 0, 10, 5, 0, UNDEF),
    READ("MPAMIDR_EL1", 3, 0, 10, 4, 4, UNDEF),
    /* limited ordering regions, error records */
    BOTH("LORSA_EL1", 3, 0, 10, 4, 0, UNDEF),
    BOTH("LORC_EL1", 3, 0, 10, 4, 3, UNDEF),
    READ("LORID_EL1", 3, 0, 10, 4, 7, UNDEF),
    READ("ERRIDR_EL1", 3, 0, 5, 3, 0, UNDEF),
    BOTH("ERRSELR_EL1", 3, 0, 5, 3, 1, UNDEF),
    READ("ERXFR_EL1", 3, 0, 5, 4, 0, UNDEF),
    BOTH("ERXSTATUS_EL1", 3, 0, 5, 4, 2, UNDEF),
    /* memory tagging, scalable matrices, extended registers of what is hidden */
    BOTH("RGSR_EL1", 3, 0, 1, 0, 5, UNDEF),
    BOTH("GCR_EL1", 3, 0, 1, 0, 6, UNDEF),
    BOTH("TFSR_EL1", 3, 0, 5, 6, 0, UNDEF),
    BOTH("TFSRE0_EL1", 3, 0, 5, 6, 1, UNDEF),
    READ("GMID_EL1", 3, 1, 0, 0, 4, ABSENT_ID),
    BOTH("SVCR", 3, 3, 4, 2, 2, UNDEF),
    BOTH("SMCR_EL1", 3, 0, 1, 2, 6, UNDEF),
    BOTH("SMPRI_EL1", 3, 0, 1, 2, 4, UNDEF),
    READ("SMIDR_EL1", 3, 1, 0, 0, 6, ABSENT_ID),
    BOTH("TPIDR2_EL0", 3, 3, 13, 0, 5, UNDEF),
    { "SMSTART SM", 0xd503437f, UNDEF, ANY },
    BOTH("TCR2_EL1", 3, 0, 2, 0, 3, UNDEF),
    BOTH("SCTLR2_EL1", 3, 0, 1, 0, 3, UNDEF),
    BOTH("PIR_EL1", 3, 0, 10, 2, 3, UNDEF),
    /* implementation defined */
    BOTH("S3_0_C15_C0_0", 3, 0, 15, 0, 0, UNDEF),
    BOTH("S3_1_C11_C0_0", 3, 1, 11, 0, 0, UNDEF),
    BOTH("S3_1_C11_C0_2 (L2CTLR)", 3, 1, 11, 0, 2, UNDEF),
    BOTH("S3_1_C15_C2_0 (CPUACTLR)", 3, 1, 15, 2, 0, UNDEF),
    BOTH("S3_1_C15_C2_1 (CPUECTLR)", 3, 1, 15, 2, 1, UNDEF),
    BOTH("S3_1_C15_C3_0 (CBAR)", 3, 1, 15, 3, 0, UNDEF),
    { "SYS S1_0_C11_C0_0", RIG_SYS(1, 0, 11, 0, 0), UNDEF, ANY },
    /* EL2's own */
    READ("HCR_EL2", 3, 4, 1, 1, 0, UNDEF),
    READ("VTTBR_EL2", 3, 4, 2, 1, 0, UNDEF),
    READ("ICH_HCR_EL2", 3, 4, 12, 11, 0, UNDEF),
    READ("CNTPOFF_EL2", 3, 4, 14, 0, 6, UNDEF),
    READ("VNCR_EL2", 3, 4, 2, 2, 0, UNDEF),
    /* given: debug */
    READ("MDSCR_EL1", 2, 0, 0, 2, 2, NONE),
    WRITE("OSLAR_EL1", 2, 0, 1, 0, 4, NONE),
    READ("OSLSR_EL1", 2, 0, 1, 1, 4, NONE),
    BOTH("OSDLR_EL1", 2, 0, 1, 3, 4, NONE),
    BOTH("DBGBVR0_EL1", 2, 0, 0, 0, 4, NONE),
    BOTH("DBGBCR0_EL1", 2, 0, 0, 0, 5, NONE),
    BOTH("DBGWVR0_EL1", 2, 0, 0, 0, 6, NONE),
    READ("MDCCSR_EL0", 2, 3, 0, 1, 0, NONE),
    /* given: timers */
    READ("CNTPCT_EL0", 3, 3, 14, 0, 1, NONE),
    READ("CNTVCT_EL0", 3, 3, 14, 0, 2, NONE),
    BOTH("CNTP_CTL_EL0", 3, 3, 14, 2, 1, NONE),
    BOTH("CNTP_CVAL_EL0", 3, 3, 14, 2, 2, NONE),
    BOTH("CNTV_CTL_EL0", 3, 3, 14, 3, 1, NONE),
    /* given: virtual memory control, identification that no feature hides */
    READ("MIDR_EL1", 3, 0, 0, 0, 0, NONE),
    READ("MPIDR_EL1", 3, 0, 0, 0, 5, NONE),
    READ("REVIDR_EL1", 3, 0, 0, 0, 6, NONE),
    READ("AIDR_EL1", 3, 1, 0, 0, 7, NONE),
    READ("CLIDR_EL1", 3, 1, 0, 0, 1, NONE),
    BOTH("CSSELR_EL1", 3, 2, 0, 0, 0, NONE),
    READ("CCSIDR_EL1", 3, 1, 0, 0, 0, NONE),
    READ("CTR_EL0", 3, 3, 0, 0, 1, NONE),
    BOTH("CONTEXTIDR_EL1", 3, 0, 13, 0, 1, NONE),
    BOTH("AFSR0_EL1", 3, 0, 5, 1, 0, NONE),
    { "TLBI VMALLE1", RIG_SYS(1, 0, 8, 7, 0), NONE, ANY },
    { "IC IALLU", RIG_SYS(1, 0, 7, 5, 0), NONE, ANY },
    /* given: computing */
    { "FMOV d0, #1.0", 0x1e6e1000, NONE, ANY },
    { "RDVL x0, #1", 0x04bf5020, NONE, SVE },
    { "PTRUE p0.b", 0x2518e3e0, NONE, SVE },
    { "read ZCR_EL1", RIG_MRS(3, 0, 1, 2, 0), NONE, SVE },
    { "read APIAKeyLo_EL1", RIG_MRS(3, 0, 2, 1, 0), NONE, PAUTH },
    { "PACIA x0, x1", 0xdac10020, NONE, PAUTH },
    { "read SCXTNUM_EL1", RIG_MRS(3, 0, 13, 0, 7), NONE, SCXT },
    { "read SCXTNUM_EL0", RIG_MRS(3, 3, 13, 0, 7), NONE, SCXT },
};

static bool available(enum needs needs)
{
    const uint64_t pfr0 = husk_read(id_aa64pfr0_el1);
    const uint64_t isar1 = husk_read(id_aa64isar1_el1);

    switch (needs) {
    case SVE:
        return husk_bits_get(pfr0, 35, 32) != 0;
    case SCXT:
        return husk_bits_get(pfr0, 59, 56) >= 2;
    case PAUTH:
        return husk_bits_get(isar1, 11, 4) != 0 ||
               husk_bits_get(husk_read(id_aa64isar2_el1), 15, 12) != 0;
    case LSE:
        return husk_bits_get(husk_read(id_aa64isar0_el1), 23, 20) != 0;
    default:
        return true;
    }
}

static void run_rows(void)
{
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        const struct row *const row = &rows[i];
        const bool is_read = (row->insn >> 21 & 1) != 0;
        uint64_t x0;

        if (!available(row->needs)) {
            continue;
        }
        x0 = rig_run2(row->insn, row->expect == ZERO && is_read ? 0x5555 : 0, 0);
        if (row->expect == ABSENT_ID && rig_record.esr >> 26 == 0x18) {
            rig_expect(row->name, rig_record.esr);
        } else if (row->expect == UNDEF || row->expect == ABSENT_ID) {
            rig_expect(row->name, RIG_ESR_UNDEF);
        } else if (row->expect != ZERO || rig_equal(row->name, "x0", x0, 0)) {
            rig_expect_none(row->name);
        }
    }
}

/* ---- registers that keep what is written ---- */

static const struct {
    const char *name;
    uint32_t write, read;
    uint64_t value, mask;
} kept[] = {
#define KEPT(name, op0, op1, crn, crm, op2, value, mask)                                           \
    { name " keeps", RIG_MSR(op0, op1, crn, crm, op2), RIG_MRS(op0, op1, crn, crm, op2), value,    \
      mask }
    KEPT("DBGBVR0_EL1", 2, 0, 0, 0, 4, 0x40001234, UINT64_MAX),
    KEPT("DBGBVR0_EL1 0", 2, 0, 0, 0, 4, 0, UINT64_MAX),
    KEPT("DBGWVR0_EL1", 2, 0, 0, 0, 6, 0x40005678, UINT64_MAX),
    KEPT("DBGWVR0_EL1 0", 2, 0, 0, 0, 6, 0, UINT64_MAX),
    KEPT("MDSCR_EL1 TDCC", 2, 0, 0, 2, 2, 0x1000, 0x1000),
    KEPT("MDSCR_EL1 0", 2, 0, 0, 2, 2, 0, 0x1000),
    KEPT("CNTP_CVAL_EL0", 3, 3, 14, 2, 2, 0x123456789a, UINT64_MAX),
    KEPT("CNTKCTL_EL1", 3, 0, 14, 1, 0, 3, 3),
    KEPT("CONTEXTIDR_EL1", 3, 0, 13, 0, 1, 0x77, UINT64_MAX),
    KEPT("TPIDR_EL1", 3, 0, 13, 0, 4, 0x123456789abcdef0, UINT64_MAX),
    KEPT("ACTLR_EL1 nothing", 3, 0, 1, 0, 1, UINT64_MAX, 0),
};

static void run_kept(void)
{
    for (size_t i = 0; i < HUSK_COUNT(kept); i++) {
        uint64_t got;

        (void)rig_run2(kept[i].write, kept[i].value, 0);
        got = rig_run2(kept[i].read, 0x5555, 0);
        if (kept[i].mask != 0) {
            got &= kept[i].mask;
        }
        if (rig_equal(kept[i].name, "x0", got, kept[i].value & kept[i].mask)) {
            rig_expect_none(kept[i].name);
        }
    }
}

/* ---- more than one instruction ---- */

/* OSLAR_EL1 locks, and OSLSR_EL1 says so. */
static void os_lock(void)
{
    husk_write(oslar_el1, 1);
    husk_isb();
    (void)rig_equal("OS lock", "OSLSR_EL1.OSLK", husk_read(oslsr_el1) >> 1 & 1, 1);
    husk_write(oslar_el1, 0);
    husk_isb();
    rig_check("OS lock", (husk_read(oslsr_el1) >> 1 & 1) == 0);
}

/* All vector lengths the CPU has: a length register of its own, not EL2's. */
static void sve(void)
{
    uint64_t vl;

    if (!available(SVE)) {
        return;
    }
    husk_write(S3_0_C1_C2_0, 0xf); /* ZCR_EL1 */
    husk_isb();
    vl = rig_run2(0x04bf5020, 0, 0);
    rig_check("SVE vectors of 256 bytes", vl == 256 && rig_record.count == 0);
    husk_write(S3_0_C1_C2_0, 0); /* ZCR_EL1 */
    husk_isb();
    rig_check("SVE vectors of 16 bytes", rig_run2(0x04bf5020, 0, 0) == 16);
}

/* An LDADD, where the CPU has FEAT_LSE. */
static void lse(void)
{
    static uint64_t word;

    if (!available(LSE)) {
        return;
    }
    word = 40;
    (void)rig_run2(0xf8200021, 2, (uintptr_t)&word); /* LDADD x0, x1, [x1] */
    rig_expect_none("LDADD");
    rig_check("LDADD adds", word == 42);
}

/* SETP, SETM, SETE fill memory where the guest is told of FEAT_MOPS. */
static void mops(void)
{
    static char buffer[64];
    char *to = buffer;
    size_t left = sizeof(buffer);

    if (husk_bits_get(husk_read(id_aa64isar2_el1), 19, 16) == 0) {
        return;
    }
    __asm__ volatile(".arch_extension mops\n\t"
                     "setp [%0]!, %1!, %2\n\tsetm [%0]!, %1!, %2\n\tsete [%0]!, %1!, %2"
                     : "+r"(to), "+r"(left)
                     : "r"((uint64_t)0x5a)
                     : "memory", "cc");
    rig_check("SETP, SETM, SETE", left == 0 && buffer[0] == 0x5a && buffer[63] == 0x5a);
}

/* A pointer signed with one key does not authenticate with another. */
static void pauth(void)
{
    const uint64_t pointer = 0x40001000;
    uint64_t signed_pointer;

    if (!available(PAUTH)) {
        return;
    }
    husk_write(sctlr_el1, husk_read(sctlr_el1) | HUSK_BIT(31)); /* EnIA */
    husk_isb();
    (void)rig_run2(RIG_MSR(3, 0, 2, 1, 0), 0x0123456789abcdef, 0);
    (void)rig_run2(RIG_MSR(3, 0, 2, 1, 1), 0xfedcba9876543210, 0);
    signed_pointer = rig_run2(0xdac10020, pointer, 7);
    rig_check("PACIA signs", signed_pointer != pointer && rig_record.count == 0);
    rig_check("AUTIA", rig_run2(0xdac11020, signed_pointer, 7) == pointer);
    husk_write(sctlr_el1, husk_read(sctlr_el1) & ~HUSK_BIT(31));
    husk_isb();
}

/* Every set, three kinds, executed by the CPU (parts.c looks at HCR_EL2): memory stays as written,
 * and the guest goes on. On a CPU for which a set and way beyond the cache is UNDEFINED, the last
 * of each kind is. */
static void set_way(void)
{
    static uint64_t data[512];
    static const struct {
        const char *name;
        uint32_t insn;
    } ops[] = {
        { "DC ISW", RIG_SYS(1, 0, 7, 6, 2) },
        { "DC CSW", RIG_SYS(1, 0, 7, 10, 2) },
        { "DC CISW", RIG_SYS(1, 0, 7, 14, 2) },
    };

    for (size_t op = 0; op < HUSK_COUNT(ops); op++) {
        bool ok = true;

        for (size_t i = 0; i < HUSK_COUNT(data); i++) {
            data[i] = i * 0x9e3779b97f4a7c15 + op;
        }
        for (uint64_t set = 0; ok && set < 256; set++) {
            (void)rig_run2(ops[op].insn, set << 6 | (set & 3) << 30, 0);
            ok = rig_equal(ops[op].name, "exceptions", rig_record.count, 0);
        }
        (void)rig_run2(ops[op].insn, UINT64_MAX, 0);
        ok = ok && rig_equal(ops[op].name, "exceptions", rig_record.count, 0);
        for (size_t i = 0; ok && i < HUSK_COUNT(data); i++) {
            ok = rig_equal(ops[op].name, "data", data[i], i * 0x9e3779b97f4a7c15 + op);
        }
        rig_check(ops[op].name, ok);
    }
}

/* The emulated instruction writes its register only, for each of them. */
static void registers_read(const char *name, uint32_t mrs, uint64_t value)
{
    bool ok = true;

    for (unsigned reg = 0; reg <= 31; reg++) {
        struct rig_regs regs = { .nzcv = HUSK_BIT(29) };

        for (unsigned i = 0; i < 31; i++) {
            regs.x[i] = 0x1111111111111111 * (i % 15 + 1) + i;
        }
        rig_run(mrs | reg, &regs);
        for (unsigned i = 0; i < 31; i++) {
            const uint64_t kept_value = 0x1111111111111111 * (i % 15 + 1) + i;

            ok = rig_equal(name, "register", regs.x[i], i == reg ? value : kept_value) && ok;
        }
        ok = rig_equal(name, "NZCV", regs.nzcv, HUSK_BIT(29)) && ok;
    }
    rig_check(name, ok);
}

/* An emulated write changes no register. */
static void registers_written(void)
{
    bool ok = true;

    for (unsigned reg = 0; reg <= 31; reg++) {
        struct rig_regs regs = { .nzcv = HUSK_BIT(29) };

        for (unsigned i = 0; i < 31; i++) {
            regs.x[i] = 0x2222222222222222 + i;
        }
        rig_run(RIG_MSR(3, 0, 1, 0, 1) | reg, &regs);
        for (unsigned i = 0; i < 31; i++) {
            ok = rig_equal("MSR", "register", regs.x[i], 0x2222222222222222 + i) && ok;
        }
    }
    rig_check("MSR from each register", ok);
}

/* An emulated instruction is no branch: the next one is no branch target. It stands at the end of a
 * block, and behind it begins one whose pages are guarded (FEAT_BTI). */
static void branch_type(void)
{
    static _Alignas(4096) uint64_t table[512];
    const uint64_t ram = 0x40000000;
    const uint64_t read_exec = 1 | HUSK_BIT(7) | HUSK_BITS(9, 8) | HUSK_BIT(10);
    volatile uint32_t *const code = (volatile uint32_t *)(ram + HUSK_MIB(6) - 4);
    uint64_t pfr1;
    uint64_t va;

    __asm__("mrs %0, id_aa64pfr1_el1" : "=r"(pfr1));
    if ((pfr1 & 0xf) == 0) {
        return;
    }
    code[0] = RIG_MRS(3, 0, 0, 4, 0);
    code[1] = 0xd65f03c0; /* RET */
    for (unsigned i = 0; i < 2; i++) {
        __asm__ volatile("dc cvau, %0\n\tdsb ish" ::"r"(&code[i]) : "memory");
    }
    husk_ic_ialluis();
    husk_dsb_ish();
    husk_pte_write(&table[2], (ram + HUSK_MIB(4)) | read_exec);
    husk_pte_write(&table[3], (ram + HUSK_MIB(6)) | read_exec | HUSK_BIT(50)); /* GP */
    va = rig_window_table(8, (uintptr_t)table) + HUSK_MIB(6) - 4;
    (void)rig_run2(0xd63f0020, 0, va); /* BLR x1 */
    rig_expect_none("BTYPE is cleared");
    (void)rig_run2(0xd63f0020, 0, va + 4);
    rig_check("BTYPE counts there", rig_record.esr >> 26 == 0x0d);
}

/* An exception the CPU takes by itself, and one EL2 makes, lead to the same PSTATE. */
static void same_as_hardware(void)
{
    struct rig_record own;

    (void)rig_run2(0, 0, 0); /* UDF #0 */
    own = rig_record;
    (void)rig_run2(RIG_MRS(3, 0, 15, 0, 0), 0, 0);
    (void)rig_equal("same as hardware", "ESR_EL1", rig_record.esr, own.esr);
    (void)rig_equal("same as hardware", "ELR_EL1", rig_record.elr, own.elr);
    (void)rig_equal("same as hardware", "SPSR_EL1", rig_record.spsr, own.spsr);
    (void)rig_equal("same as hardware", "DAIF", rig_record.daif, own.daif);
    (void)rig_equal("same as hardware", "PAN", rig_record.pan, own.pan);
    (void)rig_equal("same as hardware", "SSBS", rig_record.ssbs, own.ssbs);
    (void)rig_equal("same as hardware", "DIT", rig_record.dit, own.dit);
    (void)rig_equal("same as hardware", "TCO", rig_record.tco, own.tco);
    rig_check("same as hardware", rig_record.kind == own.kind);
}

/* PSTATE in the handler, and in SPSR_EL1. */
static void pstate(void)
{
    const uint64_t sctlr = husk_read(sctlr_el1);
    const uint32_t undefined = RIG_MRS(3, 0, 15, 0, 0);
    struct rig_regs regs = { .nzcv = HUSK_BIT(31) | HUSK_BIT(28) };

    rig_run(undefined, &regs);
    rig_equal("NZCV kept", "SPSR_EL1", rig_record.spsr & HUSK_BITS(31, 28), regs.nzcv);
    rig_expect("NZCV kept", RIG_ESR_UNDEF);
    regs.sp0 = 1;
    rig_run(undefined, &regs);
    rig_equal("from EL1t", "SPSR_EL1.M", rig_record.spsr & 0x1f, 4);
    rig_expect("from EL1t", RIG_ESR_UNDEF);
    husk_write(daif, 0);
    (void)rig_run2(undefined, 0, 0);
    husk_write(daif, 0x3c0);
    rig_equal("from unmasked", "SPSR_EL1.DAIF", rig_record.spsr & 0x3c0, 0);
    rig_expect("from unmasked", RIG_ESR_UNDEF);
    if ((rig_record.features & HUSK_BIT(RIG_HAS_PAN_BIT)) != 0) {
        husk_write(sctlr_el1, sctlr & ~HUSK_BIT(23));
        husk_isb();
        (void)rig_run2(undefined, 0, 0);
        rig_expect("SCTLR_EL1.SPAN 0", RIG_ESR_UNDEF);
        husk_write(sctlr_el1, sctlr);
        __asm__ volatile("msr S0_0_C4_C1_4, xzr\n\tisb"); /* MSR PAN, #1 */
        (void)rig_run2(undefined, 0, 0);
        __asm__ volatile("msr S0_0_C4_C0_4, xzr\n\tisb");
        rig_equal("PAN kept", "SPSR_EL1.PAN", rig_record.spsr & HUSK_BIT(22), HUSK_BIT(22));
        rig_expect("PAN kept", RIG_ESR_UNDEF);
    }
    if ((rig_record.features & HUSK_BIT(RIG_HAS_SSBS_BIT)) != 0) {
        husk_write(sctlr_el1, sctlr | HUSK_BIT(44));
        husk_isb();
        (void)rig_run2(undefined, 0, 0);
        rig_expect("SCTLR_EL1.DSSBS 1", RIG_ESR_UNDEF);
        husk_write(sctlr_el1, sctlr);
        husk_isb();
    }
    if ((rig_record.features & HUSK_BIT(RIG_HAS_DIT_BIT)) != 0) {
        __asm__ volatile("msr S3_3_C4_C2_5, %0" ::"r"(HUSK_BIT(24)));
        (void)rig_run2(undefined, 0, 0);
        __asm__ volatile("msr S3_3_C4_C2_5, %0" ::"r"((uint64_t)0));
        rig_equal("DIT kept", "SPSR_EL1.DIT", rig_record.spsr & HUSK_BIT(24), HUSK_BIT(24));
        rig_expect("DIT kept", RIG_ESR_UNDEF);
    }
}

int main(void)
{
    rig_init();
    /* FP, SVE and SME on for EL1 itself: what traps from here on is EL2's doing. */
    husk_write(cpacr_el1, HUSK_BITS(25, 24) | HUSK_BITS(21, 20) | HUSK_BITS(17, 16));
    husk_isb();
    run_rows();
    run_kept();
    os_lock();
    sve();
    lse();
    mops();
    pauth();
    set_way();
    registers_read("MRS ID_AA64PFR0_EL1 to each register", RIG_MRS(3, 0, 0, 4, 0),
                   husk_read(id_aa64pfr0_el1));
    registers_read("MRS MDRAR_EL1 to each register", RIG_MRS(2, 0, 1, 0, 0), 0);
    registers_written();
    branch_type();
    same_as_hardware();
    pstate();
    return rig_done();
}
