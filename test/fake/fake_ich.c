// SPDX-License-Identifier: Apache-2.0
#include "fake_ich.h"

#define LR_STATE(lr)    ((unsigned)((lr) >> 62))
#define LR_PENDING      (UINT64_C(1) << 62)
#define LR_ACTIVE       (UINT64_C(1) << 63)
#define LR_HW(lr)       (((lr) >> 61 & 1) != 0)
#define LR_GROUP1(lr)   (((lr) >> 60 & 1) != 0)
#define LR_PRIORITY(lr) ((unsigned)((lr) >> 48) & 0xff)
#define LR_PHYSICAL(lr) ((unsigned)((lr) >> 32) & 0x1fff)
#define LR_VINTID(lr)   ((unsigned)(lr))

/* Their encodings are consecutive: CRm 12 and 13, op2 0 to 7. */
static const unsigned lr0 = HUSK_SYSREG_ENCODE(3, 4, 12, 12, 0);

static void break_rule(struct fake_ich *ich, const char *what)
{
    if (ich->broken == NULL) {
        ich->broken = what;
    }
}

uint32_t fake_ich_eisr(const struct fake_ich *ich)
{
    uint32_t bits = 0;
    unsigned i;

    for (i = 0; i < ich->lr_count; i++) {
        if (LR_STATE(ich->lr[i]) == 0 && !LR_HW(ich->lr[i]) && (ich->lr[i] >> 41 & 1) != 0) {
            bits |= 1u << i;
        }
    }
    return bits;
}

uint32_t fake_ich_elrsr(const struct fake_ich *ich)
{
    uint32_t bits = 0;
    unsigned i;

    for (i = 0; i < ich->lr_count; i++) {
        bits |= LR_STATE(ich->lr[i]) == 0 ? 1u << i : 0;
    }
    return bits & ~fake_ich_eisr(ich);
}

uint32_t fake_ich_misr(const struct fake_ich *ich)
{
    unsigned valid = 0;
    unsigned pending = 0;
    uint32_t misr = fake_ich_eisr(ich) != 0 ? 1 : 0;
    unsigned i;

    if ((ich->hcr & 1) == 0) {
        return 0;
    }
    for (i = 0; i < ich->lr_count; i++) {
        valid += LR_STATE(ich->lr[i]) != 0;
        pending += LR_STATE(ich->lr[i]) == 1;
    }
    misr |= (ich->hcr & 0x02) != 0 && valid <= 1 ? 0x02 : 0;
    misr |= (ich->hcr & 0x04) != 0 && ich->hcr >> 27 != 0 ? 0x04 : 0;
    misr |= (ich->hcr & 0x08) != 0 && pending == 0 ? 0x08 : 0;
    misr |= (ich->hcr & 0x10) != 0 && (ich->vmcr & 1) != 0 ? 0x10 : 0;
    misr |= (ich->hcr & 0x20) != 0 && (ich->vmcr & 1) == 0 ? 0x20 : 0;
    misr |= (ich->hcr & 0x40) != 0 && (ich->vmcr & 2) != 0 ? 0x40 : 0;
    misr |= (ich->hcr & 0x80) != 0 && (ich->vmcr & 2) == 0 ? 0x80 : 0;
    return misr;
}

static uint64_t *ap_register(struct fake_ich *ich, unsigned sysreg)
{
    static const unsigned regs[] = { HUSK_SYSREG_ich_ap0r0_el2, HUSK_SYSREG_ich_ap0r1_el2,
                                     HUSK_SYSREG_ich_ap0r2_el2, HUSK_SYSREG_ich_ap0r3_el2,
                                     HUSK_SYSREG_ich_ap1r0_el2, HUSK_SYSREG_ich_ap1r1_el2,
                                     HUSK_SYSREG_ich_ap1r2_el2, HUSK_SYSREG_ich_ap1r3_el2 };
    unsigned i;

    for (i = 0; i < HUSK_COUNT(regs); i++) {
        if (regs[i] == sysreg) {
            if (i % 4 >= 1u << (ich->pre_bits - 5)) {
                break_rule(ich, "an active-priority register that does not exist");
            }
            return i < 4 ? &ich->ap0r[i] : &ich->ap1r[i - 4];
        }
    }
    return NULL;
}

static void deactivate_physical(struct fake_ich *ich, unsigned intid)
{
    if (intid >= 1020 || !ich->physical_active[intid]) {
        break_rule(ich, "deactivation of a physical interrupt that is not active");
        return;
    }
    ich->physical_active[intid] = false;
}

static bool access_lr(struct fake_ich *ich, bool is_write, unsigned sysreg, uint64_t *value)
{
    const unsigned i = sysreg - lr0;

    if (i >= FAKE_ICH_LRS) {
        return false;
    }
    if (i >= ich->lr_count) {
        break_rule(ich, "a list register that does not exist");
    }
    if (is_write) {
        ich->lr[i] = *value;
        ich->lr_writes++;
    } else {
        *value = ich->lr[i];
        ich->lr_reads++;
    }
    return true;
}

static void on_sysreg(void *context, bool is_write, unsigned sysreg, uint64_t *value)
{
    struct fake_ich *ich = context;
    uint64_t *ap;

    if (access_lr(ich, is_write, sysreg, value)) {
        return;
    }
    ap = ap_register(ich, sysreg);
    if (ap != NULL) {
        *(is_write ? ap : value) = is_write ? *value : *ap;
    } else if (sysreg == HUSK_SYSREG_ich_hcr_el2) {
        if (is_write) {
            ich->hcr = (uint32_t)*value;
        }
        *value = ich->hcr;
    } else if (sysreg == HUSK_SYSREG_ich_vmcr_el2) {
        if (is_write) {
            ich->vmcr = (uint32_t)*value;
        }
        *value = ich->vmcr;
    } else if (sysreg == HUSK_SYSREG_ich_elrsr_el2) {
        *value = fake_ich_elrsr(ich);
    } else if (sysreg == HUSK_SYSREG_ich_misr_el2) {
        *value = fake_ich_misr(ich);
    } else if (sysreg == HUSK_SYSREG_ich_vtr_el2) {
        *value = (uint64_t)(ich->pre_bits - 1) << 26 | (ich->lr_count - 1);
    } else if (sysreg == HUSK_SYSREG_icc_dir_el1 && is_write) {
        ich->dir_count++;
        ich->dir_last = (unsigned)*value;
        deactivate_physical(ich, (unsigned)*value);
    }
}

void fake_ich_attach(struct fake_ich *ich, struct husk_fake *cpu)
{
    cpu->on_sysreg = on_sysreg;
    cpu->context = ich;
}

/* The running group priority as an index into the active-priority bits; binary points are at their
 * least, so each implemented priority preempts. */
static unsigned running(const struct fake_ich *ich)
{
    unsigned i;

    for (i = 0; i < 128; i++) {
        if (((ich->ap0r[i / 32] | ich->ap1r[i / 32]) >> (i % 32) & 1) != 0) {
            return i;
        }
    }
    return 128;
}

static unsigned best_lr(const struct fake_ich *ich)
{
    unsigned best = FAKE_ICH_LRS;
    unsigned i;

    for (i = 0; i < ich->lr_count; i++) {
        const uint64_t lr = ich->lr[i];
        const uint32_t enable = LR_GROUP1(lr) ? 2 : 1;

        if (LR_STATE(lr) == 1 && (ich->vmcr & enable) != 0 &&
            (best == FAKE_ICH_LRS || LR_PRIORITY(lr) < LR_PRIORITY(ich->lr[best]))) {
            best = i;
        }
    }
    if (best != FAKE_ICH_LRS) {
        const unsigned priority = LR_PRIORITY(ich->lr[best]);

        if (priority >= ich->vmcr >> 24 || priority >> (8 - ich->pre_bits) >= running(ich)) {
            return FAKE_ICH_LRS;
        }
    }
    return (ich->hcr & 1) != 0 ? best : FAKE_ICH_LRS;
}

unsigned fake_ich_highest(const struct fake_ich *ich, bool *group1)
{
    const unsigned best = best_lr(ich);

    if (best == FAKE_ICH_LRS) {
        return FAKE_ICH_NONE;
    }
    *group1 = LR_GROUP1(ich->lr[best]);
    return LR_VINTID(ich->lr[best]);
}

unsigned fake_ich_ack(struct fake_ich *ich, bool group1)
{
    const unsigned best = best_lr(ich);
    unsigned bit;

    if (best == FAKE_ICH_LRS || LR_GROUP1(ich->lr[best]) != group1) {
        return FAKE_ICH_NONE;
    }
    bit = LR_PRIORITY(ich->lr[best]) >> (8 - ich->pre_bits);
    *(group1 ? &ich->ap1r[bit / 32] : &ich->ap0r[bit / 32]) |= UINT64_C(1) << (bit % 32);
    ich->lr[best] = (ich->lr[best] & ~LR_PENDING) | LR_ACTIVE;
    return LR_VINTID(ich->lr[best]);
}

/* What is active in no list register is counted: also an EOI that only drops the priority. */
static void deactivate(struct fake_ich *ich, unsigned intid, bool drop_only)
{
    unsigned i;

    for (i = 0; i < ich->lr_count; i++) {
        if (LR_VINTID(ich->lr[i]) == intid && (ich->lr[i] & LR_ACTIVE) != 0) {
            if (drop_only) {
                return;
            }
            ich->lr[i] &= ~LR_ACTIVE;
            if (LR_HW(ich->lr[i])) {
                deactivate_physical(ich, LR_PHYSICAL(ich->lr[i]));
            }
            return;
        }
    }
    ich->hcr += 1u << 27;
}

void fake_ich_eoi(struct fake_ich *ich, unsigned intid)
{
    const unsigned bit = running(ich);

    if (bit < 128) {
        if ((ich->ap0r[bit / 32] >> (bit % 32) & 1) != 0) {
            ich->ap0r[bit / 32] &= ~(UINT64_C(1) << (bit % 32));
        } else {
            ich->ap1r[bit / 32] &= ~(UINT64_C(1) << (bit % 32));
        }
    }
    deactivate(ich, intid, (ich->vmcr & 0x200) != 0);
}

bool fake_ich_dir(struct fake_ich *ich, unsigned intid)
{
    if ((ich->hcr & 0x4000) != 0) {
        return false;
    }
    if ((ich->vmcr & 0x200) != 0) {
        deactivate(ich, intid, false);
    }
    return true;
}

void fake_ich_check(struct fake_ich *ich)
{
    unsigned i;
    unsigned j;

    for (i = 0; i < ich->lr_count; i++) {
        const uint64_t lr = ich->lr[i];

        if (LR_STATE(lr) == 0) {
            continue;
        }
        if (LR_HW(lr) && LR_STATE(lr) == 3) {
            break_rule(ich, "HW with pending and active");
        }
        if (LR_HW(lr) && !ich->physical_active[LR_PHYSICAL(lr) % 1024]) {
            break_rule(ich, "HW while the physical interrupt is not active");
        }
        for (j = 0; j < i; j++) {
            if (LR_STATE(ich->lr[j]) != 0 && LR_VINTID(ich->lr[j]) == LR_VINTID(lr)) {
                break_rule(ich, "one INTID in two list registers");
            }
        }
    }
}
