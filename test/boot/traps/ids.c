// SPDX-License-Identifier: Apache-2.0
// What a guest reads in the ID registers: all of the CPU that a guest may use, nothing else.
// Sources: Arm ARM DDI 0487J.a D19.2; Cortex-A53 TRM DDI 0500, Cortex-A72 TRM 100095, tables of the
// AArch64 identification registers.
#include "rig.h"
#include <stdio.h>

/* Field [n*4+3 : n*4]. */
#define F(n)    (UINT64_C(0xf) << (4 * (n)))
#define V(n, v) (UINT64_C(v) << (4 * (n)))

enum {
    SLOTS = 7 * 8,
    MIDR_A53 = 0xd03,
    MIDR_A72 = 0xd08,
    MIDR_MAX = 0x051, /* QEMU's `max` */
};

#define SLOT(crm, op2) (((crm) - 1) * 8 + (op2))

/* Fields that always read 0, or `fixed`. */
static const struct {
    const char *name;
    unsigned slot;
    uint64_t fields, fixed;
} never[] = {
    { "ID_PFR0: no AMU, no RAS", SLOT(1, 0), F(5) | F(7), 0 },
    { "ID_PFR1: no security, EL2, GIC", SLOT(1, 1), F(1) | F(3) | F(5) | F(6) | F(7), 0 },
    { "ID_DFR0: no trace, PMU", SLOT(1, 2), F(1) | F(3) | F(4) | F(5) | F(6) | F(7), 0 },
    { "ID_AFR0", SLOT(1, 3), UINT64_MAX, 0 },
    { "ID_DFR1", SLOT(3, 5), UINT64_MAX, 0 },
    { "ID_PFR2: no RAS_frac", SLOT(3, 4), ~(F(0) | F(1)), 0 },
    { "PFR0: EL1 AArch64, no EL2, EL3", SLOT(4, 0), F(1) | F(2) | F(3), V(1, 1) },
    { "PFR0: GIC system registers", SLOT(4, 0), F(6), V(6, 1) },
    { "PFR0: no RAS, SEL2, MPAM, AMU, RME", SLOT(4, 0), F(7) | F(9) | F(10) | F(11) | F(13), 0 },
    { "PFR1: no MTE, RAS_frac, MPAM_frac", SLOT(4, 1), F(2) | F(3) | F(4) | F(5), 0 },
    { "PFR1: no SME, RNDR_trap, NMI", SLOT(4, 1), F(6) | F(7) | F(9) | F(10) | F(11), 0 },
    { "PFR1: no GCS, THE, MTEX, DF2, PFAR", SLOT(4, 1), UINT64_MAX << 44, 0 },
    { "PFR2", SLOT(4, 2), UINT64_MAX, 0 },
    { "SMFR0", SLOT(4, 5), UINT64_MAX, 0 },
    { "DFR0: no trace, PMU, PMS, TRF, TRB", SLOT(5, 0), F(1) | F(2) | F(4) | F(6) | F(8), 0 },
    { "DFR0: no TraceBuffer, MTPMU, BRBE, HPMN0", SLOT(5, 0), UINT64_MAX << 40, 0 },
    { "DFR1", SLOT(5, 1), UINT64_MAX, 0 },
    { "AFR0", SLOT(5, 4), UINT64_MAX, 0 },
    { "AFR1", SLOT(5, 5), UINT64_MAX, 0 },
    { "ISAR0: no TME", SLOT(6, 0), F(6), 0 },
    { "ISAR1: no XS, LS64", SLOT(6, 1), F(14) | F(15), 0 },
    { "ISAR2: no SYSREG_128, SYSINSTR_128", SLOT(6, 2), F(8) | F(9) | F(11), 0 },
    { "MMFR0: no SNSMem, stage-2 granules", SLOT(7, 0), F(3) | F(8) | F(9) | F(10), 0 },
    { "MMFR0: no FGT, ECV", SLOT(7, 0), F(12) | F(13) | F(14) | F(15), 0 },
    { "MMFR1: no VMIDBits, VH, LO, XNX", SLOT(7, 1), F(1) | F(2) | F(4) | F(7), 0 },
    { "MMFR1: no TWED, HCX, CMOW, TIDCP1", SLOT(7, 1), F(8) | F(10) | F(13) | F(14), 0 },
    { "MMFR2: no NV, FWB, EVT", SLOT(7, 2), F(6) | F(10) | F(11) | F(14), 0 },
    { "MMFR2: no NV's neighbour CCIDX reserved", SLOT(7, 2), F(3), 0 },
    { "MMFR3", SLOT(7, 3), UINT64_MAX, 0 },
    { "MMFR4", SLOT(7, 4), UINT64_MAX, 0 },
    { "C3_3", SLOT(3, 3), UINT64_MAX, 0 },
    { "C3_7", SLOT(3, 7), UINT64_MAX, 0 },
    { "C4_3", SLOT(4, 3), UINT64_MAX, 0 },
    { "C5_7", SLOT(5, 7), UINT64_MAX, 0 },
    { "C6_7", SLOT(6, 7), UINT64_MAX, 0 },
    { "C7_7", SLOT(7, 7), UINT64_MAX, 0 },
};

/* On QEMU's `max` these are not 0, and a guest sees them. */
static const struct {
    const char *name;
    unsigned slot;
    uint64_t fields;
} seen[] = {
    { "ID_PFR0", SLOT(1, 0), F(0) | F(1) | F(2) | F(4) | F(6) },
    { "ID_PFR1", SLOT(1, 1), F(0) | F(4) },
    { "ID_DFR0", SLOT(1, 2), F(0) },
    { "ID_MMFR0", SLOT(1, 4), F(0) | F(2) | F(3) | F(5) | F(7) },
    { "ID_MMFR1", SLOT(1, 5), F(7) },
    { "ID_MMFR2", SLOT(1, 6), F(4) | F(5) | F(6) },
    { "ID_MMFR3", SLOT(1, 7), F(0) | F(1) | F(2) | F(3) | F(4) | F(5) },
    { "ID_ISAR0", SLOT(2, 0), F(1) | F(2) | F(3) | F(5) | F(6) },
    { "ID_ISAR1", SLOT(2, 1), F(0) | F(7) },
    { "ID_ISAR2", SLOT(2, 2), F(0) | F(7) },
    { "ID_ISAR3", SLOT(2, 3), F(0) | F(6) },
    { "ID_ISAR4", SLOT(2, 4), F(0) | F(4) },
    { "ID_ISAR5", SLOT(2, 5), F(0) | F(1) | F(6) | F(7) },
    { "ID_MMFR4", SLOT(2, 6), F(1) | F(4) | F(7) },
    { "ID_ISAR6", SLOT(2, 7), F(0) | F(3) | F(6) },
    { "MVFR0", SLOT(3, 0), F(0) | F(7) },
    { "MVFR1", SLOT(3, 1), F(0) | F(7) },
    { "MVFR2", SLOT(3, 2), F(0) | F(1) },
    { "ID_PFR2", SLOT(3, 4), F(0) | F(1) },
    { "ID_MMFR5", SLOT(3, 6), F(0) },
    { "PFR0: EL0, FP16, SIMD16, SVE, DIT, CSV2, CSV3", SLOT(4, 0),
      F(0) | F(4) | F(5) | F(8) | F(12) | F(14) | F(15) },
    { "PFR1: BT, SSBS", SLOT(4, 1), F(0) | F(1) },
    { "ZFR0", SLOT(4, 4), F(0) | F(1) | F(4) | F(5) | F(8) | F(10) | F(11) | F(13) | F(14) },
    { "DFR0: DebugVer, BRPs, WRPs, CTX_CMPs", SLOT(5, 0), F(0) | F(3) | F(5) | F(7) },
    { "ISAR0: AES, SHA1, SHA2, CRC32, Atomic", SLOT(6, 0), F(1) | F(2) | F(3) | F(4) | F(5) },
    { "ISAR0: RDM, SHA3, SM3, SM4, DP, FHM", SLOT(6, 0), F(7) | F(8) | F(9) | F(10) | F(11) },
    { "ISAR0: FHM, TS, TLB, RNDR", SLOT(6, 0), F(12) | F(13) | F(14) | F(15) },
    { "ISAR1: DPB, APA or API, JSCVT, FCMA", SLOT(6, 1), F(0) | F(3) | F(4) },
    { "ISAR1: LRCPC, GPI or GPA, FRINTTS, SB", SLOT(6, 1), F(5) | F(8) | F(9) },
    { "ISAR1: SPECRES, BF16, DGH, I8MM", SLOT(6, 1), F(10) | F(11) | F(12) | F(13) },
    { "ISAR2: WFxT, RPRES, MOPS, BC", SLOT(6, 2), F(0) | F(1) | F(4) | F(5) },
    { "MMFR0: PARange, ASIDBits, BigEnd", SLOT(7, 0), F(0) | F(1) | F(2) },
    { "MMFR0: TGran16, TGran4 with 52 bits", SLOT(7, 0), F(5) | F(7) },
    { "MMFR1: HAFDBS, HPDS, PAN, ETS, AFP", SLOT(7, 1), F(0) | F(3) | F(5) | F(9) | F(11) },
    { "MMFR2: CnP, UAO, VARange, ST, AT, IDS", SLOT(7, 2),
      F(0) | F(1) | F(4) | F(7) | F(8) | F(9) },
    { "MMFR2: TTL, BBM, E0PD", SLOT(7, 2), F(12) | F(13) | F(15) },
};

/* All that is not 0 on two cores, as QEMU has them: a change of what a guest reads shows here. */
static const struct {
    unsigned slot;
    uint64_t a53, a72;
} fixed[] = {
    { SLOT(1, 0), 0x131, 0x131 },
    { SLOT(1, 1), 0x10001, 0x10001 },
    { SLOT(1, 2), 0x6, 0x6 },
    { SLOT(1, 4), 0x10101105, 0x10201105 },
    { SLOT(1, 5), 0x40000000, 0x40000000 },
    { SLOT(1, 6), 0x1260000, 0x1260000 },
    { SLOT(1, 7), 0x2102211, 0x2102211 },
    { SLOT(2, 0), 0x2101110, 0x2101110 },
    { SLOT(2, 1), 0x13112111, 0x13112111 },
    { SLOT(2, 2), 0x21232042, 0x21232042 },
    { SLOT(2, 3), 0x1112131, 0x1112131 },
    { SLOT(2, 4), 0x11142, 0x11142 },
    { SLOT(2, 5), 0x11121, 0x11121 },
    { SLOT(3, 0), 0x10110222, 0x10110222 },
    { SLOT(3, 1), 0x12111111, 0x12111111 },
    { SLOT(3, 2), 0x43, 0x43 },
    { SLOT(4, 0), 0x1000012, 0x1000012 },
    { SLOT(5, 0), 0x10305006, 0x10305006 },
    { SLOT(6, 0), 0x11120, 0x11120 },
    { SLOT(7, 0), 0x122, 0x122 },
};

static uint64_t values[SLOTS];

static const char *name_of(unsigned slot)
{
    static char name[16];

    (void)snprintf(name, sizeof(name), "C%u_%u", slot / 8 + 1, slot % 8);
    return name;
}

/* Each can be read, into a register and into XZR. */
static void read_all(void)
{
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        const uint32_t insn = RIG_MRS(3, 0, 0, slot / 8 + 1, slot % 8);

        (void)rig_run2(insn | 31, 0, 0);
        (void)rig_equal(name_of(slot), "exceptions to XZR", rig_record.count, 0);
        values[slot] = rig_run2(insn, 0x5555, 0);
        rig_expect_none(name_of(slot));
    }
}

static void run_seen(void)
{
    for (size_t i = 0; i < HUSK_COUNT(seen); i++) {
        const uint64_t value = values[seen[i].slot];
        bool ok = true;

        for (unsigned n = 0; n < 16; n++) {
            ok = ok && ((seen[i].fields & F(n)) == 0 || (value & F(n)) != 0);
        }
        if (!ok) {
            (void)rig_equal(seen[i].name, "fields", value, seen[i].fields);
        }
        rig_check(seen[i].name, ok);
    }
}

static void run_fixed(bool a72)
{
    uint64_t expected[SLOTS] = { 0 };

    for (size_t i = 0; i < HUSK_COUNT(fixed); i++) {
        expected[fixed[i].slot] = a72 ? fixed[i].a72 : fixed[i].a53;
    }
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        rig_check(name_of(slot), rig_equal(name_of(slot), "value", values[slot], expected[slot]));
    }
}

int main(void)
{
    unsigned part;

    rig_init();
    part = (unsigned)husk_bits_get(husk_read(midr_el1), 15, 4);
    read_all();
    for (size_t i = 0; i < HUSK_COUNT(never); i++) {
        rig_check(never[i].name,
                  rig_equal(never[i].name, "fields", values[never[i].slot] & never[i].fields,
                            never[i].fixed));
    }
    rig_check("MMFR0: PARange at most 40 bits", (values[SLOT(7, 0)] & F(0)) <= 2);
    if (part == MIDR_A53 || part == MIDR_A72) {
        run_fixed(part == MIDR_A72);
    } else if (part == MIDR_MAX) {
        run_seen();
    } else {
        (void)rig_equal("MIDR_EL1", "part", part, MIDR_MAX);
    }
    return rig_done();
}
