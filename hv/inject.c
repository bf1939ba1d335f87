// SPDX-License-Identifier: Apache-2.0
// Taking a guest to its EL1 vectors, as the hardware would have (Arm ARM DDI 0487J.a D1.3
// "Exceptions", pseudocode AArch64.TakeException).
#include "hv.h"

enum {
    EC_UNKNOWN = 0x00,
    EC_DABT_LOWER = 0x24,     /* or 0x20 for an instruction; 1 more: taken from the same EL */
    FSC_EXTERNAL = 0x10,      /* synchronous external abort, not on a walk */
    FSC_EXTERNAL_WALK = 0x14, /* or'ed with the level of the walk */
    PSTATE_PAN = 1 << 22,
};

static const uint64_t esr_il = HUSK_BIT(25); /* an AArch32 instruction may be of 16 bits */

static bool is_el0(uint64_t pstate)
{
    return (pstate & 0xf) == 0;
}

/* From VBAR_EL1: four entries of 128 bytes each for EL1 with SP_EL0, EL1, EL0, and EL0 in AArch32.
 */
static uint64_t vector_offset(uint64_t pstate)
{
    return 0x200 * (is_el0(pstate) ? 2 + husk_bits_get(pstate, 4, 4) : pstate & 1);
}

/* PSTATE at the first instruction of the handler. Bits a CPU does not have stay 0: their ID field
 * or SCTLR_EL1 bit says so. */
static uint64_t handler_pstate(uint64_t pstate)
{
    const uint64_t sctlr = husk_read(sctlr_el1);
    const uint64_t features = husk_read(id_aa64pfr1_el1);
    const bool has_pan = husk_bits_get(husk_read(id_aa64mmfr1_el1), 23, 20) != 0;
    const bool has_ssbs = husk_bits_get(features, 7, 4) != 0;
    uint64_t next = (pstate & (HUSK_BITS(31, 28) | HUSK_BIT(24))) /* NZCV, DIT */
                    | HUSK_BITS(9, 6) | 5;                        /* DAIF set, EL1h */

    if (has_pan && ((pstate & PSTATE_PAN) != 0 || (sctlr & HUSK_BIT(23)) == 0)) { /* SPAN */
        next |= PSTATE_PAN;
    }
    if (has_ssbs && (sctlr & HUSK_BIT(44)) != 0) { /* DSSBS */
        next |= HUSK_BIT(12);                      /* SSBS */
    }
    if (husk_bits_get(features, 11, 8) >= 2) {
        next |= HUSK_BIT(25); /* TCO: tag checks are off while the handler runs */
    }
    return next;
}

static void take(uint64_t esr)
{
    const uint64_t pstate = husk_read(spsr_el2);

    husk_write(spsr_el1, pstate);
    husk_write(elr_el1, husk_read(elr_el2));
    husk_write(esr_el1, esr);
    husk_write(elr_el2, husk_read(vbar_el1) + vector_offset(pstate));
    husk_write(spsr_el2, handler_pstate(pstate));
}

void husk_inject_undef(void)
{
    take((uint64_t)EC_UNKNOWN << 26 | (husk_read(esr_el2) & esr_il));
}

void husk_inject_abort(void)
{
    const uint64_t esr = husk_read(esr_el2);
    const uint64_t ec = husk_bits_get(esr, 31, 26); /* as if from EL0 */
    const bool is_walk = (esr & HUSK_BIT(7)) != 0;  /* S1PTW */
    uint64_t iss = is_walk ? FSC_EXTERNAL_WALK | (esr & 3) : FSC_EXTERNAL;

    if (ec == EC_DABT_LOWER) {
        iss |= esr & (HUSK_BIT(6) | HUSK_BIT(8)); /* WnR, CM */
    }
    husk_write(far_el1, husk_read(far_el2));
    take((is_el0(husk_read(spsr_el2)) ? ec : ec + 1) << 26 | (esr & esr_il) | iss);
}
