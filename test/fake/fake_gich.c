// SPDX-License-Identifier: Apache-2.0
#include "fake_gich.h"

#define STATE(lr)    ((lr) >> 28 & 3)
#define PENDING      (UINT32_C(1) << 28)
#define ACTIVE       (UINT32_C(1) << 29)
#define GROUP1(lr)   (((lr) >> 30 & 1) != 0)
#define HW(lr)       ((lr) >> 31 != 0)
#define PRIORITY(lr) ((lr) >> 23 & 31)
#define INTID(lr)    ((lr) & 0x3ff)
#define PHYSICAL(lr) ((lr) >> 10 & 0x3ff)

static void break_rule(struct fake_gich *gich, const char *what)
{
    if (gich->broken == NULL) {
        gich->broken = what;
    }
}

uint32_t fake_gich_misr(const struct fake_gich *gich)
{
    unsigned valid = 0;
    unsigned pending = 0;
    uint32_t misr = 0;
    unsigned i;

    if ((gich->hcr & 1) == 0) {
        return 0;
    }
    for (i = 0; i < gich->lr_count; i++) {
        const uint32_t lr = gich->lr[i];

        valid += STATE(lr) != 0;
        pending += STATE(lr) == 1;
        misr |= STATE(lr) == 0 && !HW(lr) ? lr >> 19 & 1 : 0;
    }
    misr |= (gich->hcr & 0x02) != 0 && valid <= 1 ? 0x02 : 0;
    misr |= (gich->hcr & 0x04) != 0 && gich->hcr >> 27 != 0 ? 0x04 : 0;
    misr |= (gich->hcr & 0x08) != 0 && pending == 0 ? 0x08 : 0;
    misr |= (gich->hcr & 0x10) != 0 && (gich->vmcr & 1) != 0 ? 0x10 : 0;
    misr |= (gich->hcr & 0x20) != 0 && (gich->vmcr & 1) == 0 ? 0x20 : 0;
    misr |= (gich->hcr & 0x40) != 0 && (gich->vmcr & 2) != 0 ? 0x40 : 0;
    misr |= (gich->hcr & 0x80) != 0 && (gich->vmcr & 2) == 0 ? 0x80 : 0;
    return misr;
}

static void deactivate_physical(struct fake_gich *gich, unsigned intid)
{
    if (intid >= 1020 || !gich->physical_active[intid]) {
        break_rule(gich, "deactivation of a physical interrupt that is not active");
        return;
    }
    gich->physical_active[intid] = false;
}

static uint64_t on_mmio(void *context, bool is_write, uintptr_t addr, unsigned size_bytes,
                        uint64_t value)
{
    struct fake_gich *gich = context;
    const uint64_t offset = addr - FAKE_GICH_BASE;
    uint32_t *reg = NULL;
    uint64_t misr;

    if (size_bytes != 4) {
        break_rule(gich, "an access that is not a word");
    }
    if (addr == FAKE_GICC_BASE + 0x1000 && is_write) {
        gich->dir_count++;
        deactivate_physical(gich, (unsigned)value);
        return 0;
    }
    switch (offset) {
    case 0x0:
        reg = &gich->hcr;
        break;
    case 0x8:
        reg = &gich->vmcr;
        break;
    case 0x10:
        misr = fake_gich_misr(gich);
        if (is_write) {
            break_rule(gich, "GICH_MISR is read only");
        }
        return misr;
    case 0xf0:
        reg = &gich->apr;
        break;
    default:
        if (offset >= 0x100 && offset < 0x100 + 4 * (uint64_t)gich->lr_count && offset % 4 == 0) {
            reg = &gich->lr[(offset - 0x100) / 4];
            *(is_write ? &gich->lr_writes : &gich->lr_reads) += 1;
        }
        break;
    }
    if (reg == NULL) {
        break_rule(gich, "a register that does not exist");
        return 0;
    }
    if (is_write) {
        if (reg == &gich->hcr && (value & 0x07ffff00) != 0) {
            break_rule(gich, "a reserved bit of GICH_HCR");
        }
        *reg = (uint32_t)value;
    }
    return *reg;
}

void fake_gich_attach(struct fake_gich *gich, struct husk_fake *cpu)
{
    cpu->mmio = on_mmio;
    cpu->context = gich;
}

static unsigned running(const struct fake_gich *gich)
{
    return gich->apr != 0 ? (unsigned)__builtin_ctz(gich->apr) : 32;
}

static unsigned best_lr(const struct fake_gich *gich)
{
    unsigned best = FAKE_GICH_LRS;
    unsigned i;

    for (i = 0; i < gich->lr_count; i++) {
        const uint32_t lr = gich->lr[i];

        if (STATE(lr) == 1 && (gich->vmcr & (GROUP1(lr) ? 2 : 1)) != 0 &&
            (best == FAKE_GICH_LRS || PRIORITY(lr) < PRIORITY(gich->lr[best]))) {
            best = i;
        }
    }
    if ((gich->hcr & 1) == 0 ||
        (best != FAKE_GICH_LRS && (PRIORITY(gich->lr[best]) >= gich->vmcr >> 27 ||
                                   PRIORITY(gich->lr[best]) >= running(gich)))) {
        return FAKE_GICH_LRS;
    }
    return best;
}

static unsigned iar_of(uint32_t lr)
{
    return INTID(lr) | (INTID(lr) < 16 && !HW(lr) ? lr & 0x1c00 : 0);
}

unsigned fake_gich_highest(const struct fake_gich *gich)
{
    const unsigned best = best_lr(gich);

    return best == FAKE_GICH_LRS ? FAKE_GICH_NONE : iar_of(gich->lr[best]);
}

unsigned fake_gich_ack(struct fake_gich *gich, bool group1)
{
    const unsigned best = best_lr(gich);

    if (best == FAKE_GICH_LRS || GROUP1(gich->lr[best]) != group1) {
        return best != FAKE_GICH_LRS && !group1 ? FAKE_GICH_GROUP1 : FAKE_GICH_NONE;
    }
    gich->apr |= 1u << PRIORITY(gich->lr[best]);
    gich->lr[best] = (gich->lr[best] & ~PENDING) | ACTIVE;
    return iar_of(gich->lr[best]);
}

static void deactivate(struct fake_gich *gich, unsigned iar)
{
    unsigned i;

    for (i = 0; i < gich->lr_count; i++) {
        if (iar_of(gich->lr[i]) == iar && (gich->lr[i] & ACTIVE) != 0) {
            gich->lr[i] &= ~ACTIVE;
            if (HW(gich->lr[i])) {
                deactivate_physical(gich, PHYSICAL(gich->lr[i]));
            }
            return;
        }
    }
    gich->hcr += 1u << 27;
}

void fake_gich_eoi(struct fake_gich *gich, unsigned iar)
{
    gich->apr &= gich->apr - 1;
    if ((gich->vmcr & 0x200) == 0) {
        deactivate(gich, iar);
    }
}

void fake_gich_check(struct fake_gich *gich)
{
    unsigned i;
    unsigned j;

    for (i = 0; i < gich->lr_count; i++) {
        const uint32_t lr = gich->lr[i];

        if (STATE(lr) == 0) {
            continue;
        }
        if (HW(lr) && STATE(lr) == 3) {
            break_rule(gich, "HW with pending and active");
        }
        if (HW(lr) && !gich->physical_active[PHYSICAL(lr)]) {
            break_rule(gich, "HW while the physical interrupt is not active");
        }
        for (j = 0; j < i; j++) {
            if (STATE(gich->lr[j]) != 0 && INTID(gich->lr[j]) == INTID(lr)) {
                break_rule(gich, "one INTID in two list registers");
            }
        }
    }
}
