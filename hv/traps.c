// SPDX-License-Identifier: Apache-2.0
// The trap table: which control bits are set while a guest runs, what each guest sees of the CPU's
// features, and what a trapped system register access is answered with. All of it is in this file.
//
// A pinned VM has FP, Advanced SIMD, SVE, LSE, PAuth, its debug registers and both EL1 timers as
// the CPU has them. Never: SME, MTE, nested virtualization, SPE, TRBE, BRBE, AMU, MPAM, RAS
// records, PMU, LORegions, AArch32 at EL1. What is hidden in an ID register also traps, and is
// UNDEFINED. Source: Arm ARM DDI 0487J.a D19.2 (each register's description).
#include "access.h"

/* ---- control registers ---- */

/* HCR_EL2. WFI and WFE, TLB maintenance and cache maintenance by address stay with the guest. */
static const uint64_t hcr = HUSK_BIT(0)     /* VM: stage 2 on */
                            | HUSK_BIT(1)   /* SWIO: DC ISW cleans too */
                            | HUSK_BIT(3)   /* FMO: FIQ to EL2, virtual FIQ on */
                            | HUSK_BIT(4)   /* IMO: IRQ to EL2, virtual IRQ on */
                            | HUSK_BIT(5)   /* AMO: SError to EL2 */
                            | HUSK_BIT(16)  /* TID1: REVIDR_EL1, AIDR_EL1, SMIDR_EL1 */
                            | HUSK_BIT(18)  /* TID3: ID registers */
                            | HUSK_BIT(19)  /* TSC: SMC */
                            | HUSK_BIT(20)  /* TIDCP: implementation defined registers */
                            | HUSK_BIT(21)  /* TACR: ACTLR_EL1 */
                            | HUSK_BIT(22)  /* TSW: cache maintenance by set/way */
                            | HUSK_BIT(31)  /* RW: EL1 is AArch64 */
                            | HUSK_BIT(35)  /* TLOR: LORegion registers */
                            | HUSK_BIT(36)  /* TERR: RAS error records */
                            | HUSK_BIT(58); /* TID5: GMID_EL1 */
static const uint64_t hcr_pauth = HUSK_BIT(40) | HUSK_BIT(41); /* APK, API: not trapped */
static const uint64_t hcr_scxt = HUSK_BIT(53);                 /* EnSCXT: SCXTNUM not trapped */
static const uint64_t hcrx_mops = HUSK_BIT(11);                /* MSCEn: CPY and SET at EL1, EL0 */

/* CPTR_EL2, HCR_EL2.E2H = 0. FP and SVE stay with the guest; EL2 uses neither. */
static const uint64_t cptr = HUSK_BITS(13, 12) | HUSK_BIT(9) | HUSK_BITS(7, 0) /* RES1; TSM */
                             | HUSK_BIT(20)                                    /* TTA: trace */
                             | HUSK_BIT(30);                                   /* TAM: AMU */

/* MDCR_EL2. Debug registers stay with the guest: debug exceptions never reach EL2. */
static const uint64_t mdcr = HUSK_BIT(5)     /* TPMCR */
                             | HUSK_BIT(6)   /* TPM: performance monitors */
                             | HUSK_BIT(11)  /* TDRA: debug ROM address */
                             | HUSK_BIT(14)  /* TPMS: statistical profiling */
                             | HUSK_BIT(19); /* TTRF: trace filter; E2PB, E2TB 0: buffers trap */

static const uint64_t cnthctl = HUSK_BIT(0)    /* EL1PCTEN: physical counter */
                                | HUSK_BIT(1); /* EL1PCEN: physical timer */

static bool has(uint64_t id_register, unsigned lo)
{
    return husk_bits_get(id_register, lo + 3, lo) != 0;
}

static bool has_pmu(void)
{
    const uint64_t version = husk_bits_get(husk_read_id_aa64dfr0_el1(), 11, 8);

    return version != 0 && version != 0xf;
}

static uint64_t hcr_value(void)
{
    const uint64_t isar1 = husk_read_id_aa64isar1_el1();
    const bool apa3 = has(husk_read_id_aa64isar2_el1(), 12);
    uint64_t value = hcr;

    if (has(isar1, 4) || has(isar1, 8) || apa3) {
        value |= hcr_pauth;
    }
    if (husk_bits_get(husk_read_id_aa64pfr0_el1(), 59, 56) >= 2) {
        value |= hcr_scxt;
    }
    return value;
}

void husk_traps_load(void)
{
    husk_write_hcr_el2(hcr_value());
    husk_write_cptr_el2(cptr);
    husk_write_mdcr_el2(mdcr | (has_pmu() ? husk_bits_get(husk_read_pmcr_el0(), 15, 11) : 0));
    husk_write_cnthctl_el2(cnthctl);
    husk_write_hstr_el2(0);
    if (has(husk_read_id_aa64mmfr1_el1(), 40)) { /* HCX */
        husk_write_hcrx_el2(has(husk_read_id_aa64isar2_el1(), 16) ? hcrx_mops : 0);
    }
    if (has(husk_read_id_aa64pfr0_el1(), 28)) { /* RAS: the syndrome of a virtual SError */
        husk_write_vsesr_el2(0);                /* uncategorized */
    }
    if (has(husk_read_id_aa64mmfr0_el1(), 56)) { /* FGT */
        /* Bits of positive sense trap nothing, those of negative sense trap what is hidden. */
        husk_write_hfgrtr_el2(0);
        husk_write_hfgwtr_el2(0);
        husk_write_hfgitr_el2(0);
        husk_write_hdfgrtr_el2(0);
        husk_write_hdfgwtr_el2(0);
    }
    if (has(husk_read_id_aa64pfr0_el1(), 32)) { /* SVE: all lengths the CPU has */
        husk_isb();
        husk_write_zcr_el2(0xf);
    }
    husk_write_vpidr_el2(husk_read_midr_el1());
    husk_isb();
}

/* ---- what a guest reads in the ID registers ---- */

/* Field [n*4+3 : n*4] of an ID register. */
#define F(n) (UINT64_C(0xf) << (4 * (n)))

/* Each register, and the fields of it a guest sees as they are; the others read 0, "not there".
 * Registers without a row read 0. */
#define ID_REGISTERS(ROW)                                                                          \
    ROW(revidr_el1, UINT64_MAX)                                                                    \
    /* AArch32 at EL0: no AMU, no RAS, no security, virtualization or GIC registers, no PMU. */    \
    ROW(id_pfr0_el1, ~(F(5) | F(7)))                                                               \
    ROW(id_pfr1_el1, F(0) | F(4))                                                                  \
    ROW(id_dfr0_el1, F(0) | F(2))                                                                  \
    ROW(id_mmfr0_el1, UINT64_MAX)                                                                  \
    ROW(id_mmfr1_el1, UINT64_MAX)                                                                  \
    ROW(id_mmfr2_el1, UINT64_MAX)                                                                  \
    ROW(id_mmfr3_el1, UINT64_MAX)                                                                  \
    ROW(id_isar0_el1, UINT64_MAX)                                                                  \
    ROW(id_isar1_el1, UINT64_MAX)                                                                  \
    ROW(id_isar2_el1, UINT64_MAX)                                                                  \
    ROW(id_isar3_el1, UINT64_MAX)                                                                  \
    ROW(id_isar4_el1, UINT64_MAX)                                                                  \
    ROW(id_isar5_el1, UINT64_MAX)                                                                  \
    ROW(id_mmfr4_el1, UINT64_MAX)                                                                  \
    ROW(id_isar6_el1, UINT64_MAX)                                                                  \
    ROW(mvfr0_el1, UINT64_MAX)                                                                     \
    ROW(mvfr1_el1, UINT64_MAX)                                                                     \
    ROW(mvfr2_el1, UINT64_MAX)                                                                     \
    ROW(id_pfr2_el1, F(0) | F(1))                                                                  \
    ROW(id_mmfr5_el1, F(0))                                                                        \
    /* EL0, FP, AdvSIMD, SVE, DIT, CSV2, CSV3; EL1 and GIC are set below. */                       \
    ROW(id_aa64pfr0_el1, F(0) | F(4) | F(5) | F(8) | F(12) | F(14) | F(15))                        \
    /* BT, SSBS, CSV2_frac. */                                                                     \
    ROW(id_aa64pfr1_el1, F(0) | F(1) | F(8))                                                       \
    ROW(id_aa64zfr0_el1, UINT64_MAX)                                                               \
    /* DebugVer, BRPs, WRPs, CTX_CMPs, DoubleLock. */                                              \
    ROW(id_aa64dfr0_el1, F(0) | F(3) | F(5) | F(7) | F(9))                                         \
    /* All but TME. */                                                                             \
    ROW(id_aa64isar0_el1, ~F(6))                                                                   \
    /* All but XS and LS64. */                                                                     \
    ROW(id_aa64isar1_el1, ~(F(14) | F(15)))                                                        \
    /* WFxT, RPRES, GPA3, APA3, MOPS, BC, PAC_frac, CLRBHB, PRFMSLC, RPRFM, CSSC. */               \
    ROW(id_aa64isar2_el1,                                                                          \
        F(0) | F(1) | F(2) | F(3) | F(4) | F(5) | F(6) | F(7) | F(10) | F(12) | F(13))             \
    /* All but SNSMem, stage-2 granules, FGT, ECV; PARange is capped below. */                     \
    ROW(id_aa64mmfr0_el1, F(0) | F(1) | F(2) | F(4) | F(5) | F(6) | F(7) | F(11))                  \
    /* HAFDBS, HPDS, PAN, SpecSEI, ETS, AFP, nTLBPA, ECBHB. */                                     \
    ROW(id_aa64mmfr1_el1, F(0) | F(3) | F(5) | F(6) | F(9) | F(11) | F(12) | F(15))                \
    /* CnP, UAO, LSM, VARange, CCIDX, ST, AT, IDS, TTL, BBM, E0PD. */                              \
    ROW(id_aa64mmfr2_el1,                                                                          \
        F(0) | F(1) | F(2) | F(4) | F(5) | F(7) | F(8) | F(9) | F(12) | F(13) | F(15))

enum {
    ID_SLOTS = 8 * 8, /* CRm 0..7, op2 0..7 of op0 3, op1 0, CRn 0: what HCR_EL2.TID3 traps, and
                         REVIDR_EL1 */
    PARANGE_40_BITS = 2,
};

static uint64_t id_values[ID_SLOTS];

#define ID_SLOT(sysreg) ((sysreg) - HUSK_SYSREG_ENCODE(3, 0, 0, 0, 0))

void husk_traps_init(bool gicv3)
{
    uint64_t *const pfr0 = &id_values[ID_SLOT(HUSK_SYSREG_id_aa64pfr0_el1)];
    uint64_t *const mmfr0 = &id_values[ID_SLOT(HUSK_SYSREG_id_aa64mmfr0_el1)];

#define ROW(name, keep) id_values[ID_SLOT(HUSK_SYSREG_##name)] = husk_read_##name() & (keep);
    ID_REGISTERS(ROW)
#undef ROW
    *pfr0 = husk_bits_set(*pfr0, 7, 4, 1);               /* EL1: AArch64 only */
    *pfr0 = husk_bits_set(*pfr0, 27, 24, gicv3 ? 1 : 0); /* GIC: system registers */
    if (husk_bits_get(*mmfr0, 3, 0) > PARANGE_40_BITS) {
        *mmfr0 = husk_bits_set(*mmfr0, 3, 0, PARANGE_40_BITS);
    }
}

static uint64_t id_value(uint32_t iss)
{
    return id_values[husk_index_nospec((iss >> 1 & 15) * 8 + (iss >> 17 & 7), ID_SLOTS)];
}

/* ---- the answer to each trapped system register ---- */

enum {
    ONE_REGISTER = HUSK_ISS_OF(HUSK_SYSREG_ENCODE(3u, 7, 15, 15, 7)),
    CRM_BELOW_8 = HUSK_ISS_OF(HUSK_SYSREG_ENCODE(3u, 7, 15, 8, 0)),
    DC_ISW = HUSK_ISS_OF(HUSK_SYSREG_ENCODE(1, 0, 7, 6, 2)),
    DC_CSW = HUSK_ISS_OF(HUSK_SYSREG_ENCODE(1, 0, 7, 10, 2)),
    DC_CISW = HUSK_ISS_OF(HUSK_SYSREG_ENCODE(1, 0, 7, 14, 2)),
};

/* What is not here is UNDEFINED: performance monitors, statistical profiling, trace, AMU,
 * LORegions, error records, implementation defined registers, everything not offered. */
enum husk_exit_action husk_traps_sysreg(struct husk_vcpu *vcpu, uint32_t iss)
{
    const unsigned reg = iss >> 5 & 31;
    uint64_t value = 0;

    switch (iss & ONE_REGISTER) {
    case DC_ISW:
    case DC_CSW:
    case DC_CISW: /* on this pCPU */
        husk_cache_clean_invalidate_set_way(vcpu->frame->x[reg]);
        break;
    case HUSK_ISS_OF(HUSK_SYSREG_actlr_el1): /* these read zero, writes are ignored */
    case HUSK_ISS_OF(HUSK_SYSREG_aidr_el1):
    case HUSK_ISS_OF(HUSK_SYSREG_mdrar_el1):
        break;
    default:
        if ((iss & CRM_BELOW_8) != HUSK_ISS_OF(HUSK_SYSREG_ENCODE(3, 0, 0, 0, 0))) {
            return HUSK_EXIT_UNDEF;
        }
        value = id_value(iss);
        break;
    }
    if ((iss & HUSK_ISS_READ) != 0) {
        vcpu->frame->x[reg] = value;
    }
    return HUSK_EXIT_SKIP;
}
