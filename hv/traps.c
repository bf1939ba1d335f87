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

/* HCR_EL2. WFI and WFE, TLB and cache maintenance stay with the guest. By set/way, too: a vCPU
 * never leaves its pCPU, and no data is lost, as SWIO has DC ISW clean, too. A set or way beyond
 * the cache is UNDEFINED, or maintains any lines or none (Arm ARM DDI 0487J.a K1.2 "Out of range
 * values of the Set/Way/Index fields in cache maintenance instructions"). */
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
                            | HUSK_BIT(31)  /* RW: EL1 is AArch64 */
                            | HUSK_BIT(35)  /* TLOR: LORegion registers */
                            | HUSK_BIT(36)  /* TERR: RAS error records */
                            | HUSK_BIT(58); /* TID5: GMID_EL1 */
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

static bool has(uint64_t id_register, unsigned lo)
{
    return husk_bits_get(id_register, lo + 3, lo) != 0;
}

/* PMUVer 0 is none, 0xf not Arm's. */
static bool has_pmu(void)
{
    return (husk_bits_get(husk_read(id_aa64dfr0_el1), 11, 8) + 1) % 16 > 1;
}

static uint64_t hcr_value(void)
{
    uint64_t value = hcr;

    if (husk_bits_get(husk_read(id_aa64isar1_el1), 11, 4) != 0 || /* API, APA; APA3 */
        has(husk_read(id_aa64isar2_el1), 12)) {
        value |= HUSK_BIT(40) | HUSK_BIT(41); /* APK, API: PAuth is not trapped */
    }
    if (husk_bits_get(husk_read(id_aa64pfr0_el1), 59, 56) >= 2) {
        value |= HUSK_BIT(53); /* EnSCXT: SCXTNUM is not trapped */
    }
    return value;
}

void husk_traps_load(void)
{
    husk_write(hcr_el2, hcr_value());
    husk_write(cptr_el2, cptr);
    husk_write(mdcr_el2, mdcr | (has_pmu() ? husk_bits_get(husk_read(pmcr_el0), 15, 11) : 0));
    husk_write(cnthctl_el2, HUSK_BIT(0) | HUSK_BIT(1)); /* EL1PCTEN, EL1PCEN: not trapped */
    husk_write(hstr_el2, 0);
    if (has(husk_read(id_aa64mmfr1_el1), 40)) { /* HCX: HCRX_EL2.MSCEn, CPY and SET at EL1, EL0 */
        husk_write(S3_4_C1_C2_2, has(husk_read(id_aa64isar2_el1), 16) ? HUSK_BIT(11) : 0);
    }
    if (has(husk_read(id_aa64pfr0_el1), 28)) { /* RAS: the syndrome of a virtual SError */
        husk_write(S3_4_C5_C2_3, 0);           /* VSESR_EL2: uncategorized */
    }
    if (has(husk_read(id_aa64mmfr0_el1), 56)) { /* FGT */
        /* Bits of positive sense trap nothing, those of negative sense trap what is hidden. */
        husk_write(S3_4_C1_C1_4, 0); /* HFGRTR_EL2 */
        husk_write(S3_4_C1_C1_5, 0); /* HFGWTR_EL2 */
        husk_write(S3_4_C1_C1_6, 0); /* HFGITR_EL2 */
        husk_write(S3_4_C3_C1_4, 0); /* HDFGRTR_EL2 */
        husk_write(S3_4_C3_C1_5, 0); /* HDFGWTR_EL2 */
    }
    if (has(husk_read(id_aa64pfr0_el1), 32)) { /* SVE: all lengths the CPU has */
        husk_isb();
        husk_write(S3_4_C1_C2_0, 0xf); /* ZCR_EL2 */
    }
    husk_write(vpidr_el2, husk_read(midr_el1));
    husk_isb();
}

/* ---- what a guest reads in the ID registers ---- */

/* S3_0_C0_C<crm>_<op2>, as id_values[] counts them. */
#define ID(crm, op2) ((crm) * 8 + (op2))

enum {
    ID_SLOTS = ID(8, 0), /* what HCR_EL2.TID3 traps, and REVIDR_EL1 */
    PARANGE_40_BITS = 2,
};

/* Field [n*4+3 : n*4] of an ID register. */
#define F(n) (UINT64_C(0xf) << (4 * (n)))

/* Registers in ascending order, and the fields of them that a guest sees as they are. The others,
 * and registers that are not here, read 0, "not there". */
static const struct {
    uint8_t first, last; /* ID() */
    uint64_t keep;
} shown[] = {
    { ID(0, 6), ID(0, 6), UINT64_MAX }, /* REVIDR_EL1 */
    /* AArch32 at EL0: no AMU, no RAS, no security, virtualization or GIC registers, no PMU. */
    { ID(1, 0), ID(1, 0), ~(F(5) | F(7)) }, /* ID_PFR0_EL1 */
    { ID(1, 1), ID(1, 1), F(0) | F(4) },    /* ID_PFR1_EL1 */
    { ID(1, 2), ID(1, 2), F(0) | F(2) },    /* ID_DFR0_EL1 */
    { ID(1, 4), ID(3, 2), UINT64_MAX },  /* ID_MMFR0_EL1 to 4, ID_ISAR0_EL1 to 6, MVFR0_EL1 to 2 */
    { ID(3, 4), ID(3, 4), F(0) | F(1) }, /* ID_PFR2_EL1 */
    { ID(3, 6), ID(3, 6), F(0) },        /* ID_MMFR5_EL1 */
    /* ID_AA64PFR0_EL1: EL0, EL1, FP, AdvSIMD, GIC, SVE, DIT, CSV2, CSV3. */
    { ID(4, 0), ID(4, 0), F(0) | F(1) | F(4) | F(5) | F(6) | F(8) | F(12) | F(14) | F(15) },
    { ID(4, 1), ID(4, 1), F(0) | F(1) | F(8) }, /* ID_AA64PFR1_EL1: BT, SSBS, CSV2_frac */
    { ID(4, 4), ID(4, 4), UINT64_MAX },         /* ID_AA64ZFR0_EL1 */
    /* ID_AA64DFR0_EL1: DebugVer, BRPs, WRPs, CTX_CMPs, DoubleLock. */
    { ID(5, 0), ID(5, 0), F(0) | F(3) | F(5) | F(7) | F(9) },
    { ID(6, 0), ID(6, 0), ~F(6) },            /* ID_AA64ISAR0_EL1: all but TME */
    { ID(6, 1), ID(6, 1), ~(F(14) | F(15)) }, /* ID_AA64ISAR1_EL1: all but XS and LS64 */
    /* ID_AA64ISAR2_EL1: all but SYSREG_128, SYSINSTR_128, and what has no name. */
    { ID(6, 2), ID(6, 2), ~(F(8) | F(9) | F(11) | F(14) | F(15)) },
    /* ID_AA64MMFR0_EL1: all but SNSMem, stage-2 granules, FGT, ECV, and what has no name. */
    { ID(7, 0), ID(7, 0), F(0) | F(1) | F(2) | F(4) | F(5) | F(6) | F(7) | F(11) },
    /* ID_AA64MMFR1_EL1: HAFDBS, HPDS, PAN, SpecSEI, ETS, AFP, nTLBPA, ECBHB. */
    { ID(7, 1), ID(7, 1), F(0) | F(3) | F(5) | F(6) | F(9) | F(11) | F(12) | F(15) },
    /* ID_AA64MMFR2_EL1: all but NV, FWB, EVT, and what has no name. */
    { ID(7, 2), ID(7, 2), ~(F(3) | F(6) | F(10) | F(11) | F(14)) },
    { ID(7, 3), ID(7, 7), 0 },
};

static uint64_t id_values[ID_SLOTS];

void husk_traps_init(bool gicv3)
{
    uint64_t *const pfr0 = &id_values[ID(4, 0)];
    uint64_t *const mmfr0 = &id_values[ID(7, 0)];

    husk_read_id_registers(id_values);
    id_values[ID(0, 6)] = husk_read(revidr_el1);
    *pfr0 = husk_bits_set(*pfr0, 7, 4, 1);               /* EL1: AArch64 only */
    *pfr0 = husk_bits_set(*pfr0, 27, 24, gicv3 ? 1 : 0); /* GIC: system registers */
    if (husk_bits_get(*mmfr0, 3, 0) > PARANGE_40_BITS) {
        *mmfr0 = husk_bits_set(*mmfr0, 3, 0, PARANGE_40_BITS);
    }
}

static uint64_t id_value(uint32_t iss)
{
    const size_t slot = husk_index_nospec(ID(iss >> 1 & 15, iss >> 17 & 7), ID_SLOTS);
    size_t i = 0;

    while (shown[i].last < slot) {
        i++;
    }
    return shown[i].first <= slot ? id_values[slot] & shown[i].keep : 0;
}

/* ---- the answer to each trapped system register ---- */

enum {
    ONE_REGISTER = HUSK_ISS_OF(HUSK_SYSREG_ENCODE(3u, 7, 15, 15, 7)),
    CRM_BELOW_8 = HUSK_ISS_OF(HUSK_SYSREG_ENCODE(3u, 7, 15, 8, 0)),
    /* These read zero, writes are ignored. */
    ACTLR_EL1 = HUSK_ISS_OF(HUSK_SYSREG_ENCODE(3, 0, 1, 0, 1)),
    AIDR_EL1 = HUSK_ISS_OF(HUSK_SYSREG_ENCODE(3, 1, 0, 0, 7)),
    MDRAR_EL1 = HUSK_ISS_OF(HUSK_SYSREG_ENCODE(2, 0, 1, 0, 0)),
};

/* What is not here is UNDEFINED: performance monitors, statistical profiling, trace, AMU,
 * LORegions, error records, implementation defined registers, everything not offered. */
enum husk_exit_action husk_traps_sysreg(struct husk_vcpu *vcpu, uint32_t iss)
{
    const uint32_t which = iss & ONE_REGISTER;
    uint64_t value = 0;

    if ((iss & CRM_BELOW_8) == HUSK_ISS_OF(HUSK_SYSREG_ENCODE(3, 0, 0, 0, 0))) {
        value = id_value(iss);
    } else if (which != ACTLR_EL1 && which != AIDR_EL1 && which != MDRAR_EL1) {
        return HUSK_EXIT_UNDEF;
    }
    if ((iss & HUSK_ISS_READ) != 0) {
        vcpu->frame->x[iss >> 5 & 31] = value;
    }
    return HUSK_EXIT_SKIP;
}
