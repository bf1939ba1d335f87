// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* Which interrupt sits in which list register.
 *
 * After a change a flush folds all list registers back and chooses anew. While everything fits,
 * each deliverable or active interrupt has a list register of its own. When not (overflow): the
 * best pending interrupt always, then the active ones, best first, then further pending ones. A
 * maintenance interrupt asks for the next choice as soon as one is needed: no pending one left
 * (NPIE), a group enabled or disabled that the choice depended on, or the guest finished an active
 * interrupt that had to give way (LRENPIE, EOIcount).
 *
 * Nothing is lost, since what is not listed is in RAM, and nothing starves, since the highest
 * priority pending interrupt is always listed, whatever the guest keeps active. */

SMALL bool husk_vgic_is_here(const struct husk_vgic_vcpu *vcpu)
{
    return vcpu->loaded && vcpu->cpu == husk_read(mpidr_el1);
}

/* Takes a list register's interrupt back to RAM, and empties it. Pending that was loaded and is
 * gone was acknowledged, which takes the latch (IHI 0069H 4.1 "Interrupt handling state machine";
 * for level interrupts too: an ISPENDR write lasts until then). Of an SGI of GICv2 it takes one
 * source's (IHI 0048B, GICC_IAR); others stay pending. */
static uint64_t fold(struct husk_vgic *vgic, unsigned owner, unsigned index)
{
    struct husk_vgic_vcpu *vcpu = &vgic->vcpus[owner];
    const uint64_t loaded = vcpu->lr[index];
    const uint64_t now = vgic_ops(vgic)->lr_read(vgic, index);
    const bool acked = (loaded & ~now & VGIC_LR_PENDING) != 0;
    const unsigned intid = VGIC_LR_INTID(loaded);
    const uint32_t bit = 1u << (intid % 32);
    struct husk_vgic_block *block = vgic_block(vgic, owner, intid);

    vgic_ops(vgic)->lr_write(vgic, index, 0);
    block->pending &= acked ? ~bit : UINT32_MAX;
    if (intid < HUSK_VGIC_INTID_SGI_COUNT) {
        const unsigned source = (unsigned)(loaded >> VGIC_LR_PHYSICAL) & 7;

        if (acked) {
            vcpu->sgi_active[intid] = (uint8_t)source;
            vcpu->sgi_source[intid] &= (uint8_t)~(1u << source);
            block->pending |= vcpu->sgi_source[intid] != 0 ? bit : 0;
        }
        vcpu->sgi_source[intid] |= vcpu->sgi_again[intid];
        vcpu->sgi_again[intid] = 0;
    }
    if ((loaded & VGIC_LR_HW) != 0 && (now & VGIC_LR_STATE) == 0) {
        block->phys &= ~bit; /* hardware has passed the deactivation on */
    }
    block->active = (block->active & ~bit) | ((now & VGIC_LR_ACTIVE) != 0 ? bit : 0);
    block->pending |= block->repend & bit;
    block->repend &= ~bit;
    block->in_lr &= ~bit;
    block->again[intid % 32] = 0;
    vcpu->lr_used &= ~(1u << index);
    vcpu->lr_eoi &= ~(1u << index);
    return now;
}

void husk_vgic_lr_pull(struct husk_vgic *vgic, struct husk_vgic_block *block, uint32_t bits)
{
    uint32_t held;

    for (held = block->in_lr & bits; held != 0; held &= held - 1) {
        const unsigned owner = block->owner[vgic_ctz(held)];
        const unsigned index = block->lr_of[vgic_ctz(held)];

        HUSK_ASSERT((vgic->vcpus[owner].lr_used >> index & 1) != 0);
        if (husk_vgic_is_here(&vgic->vcpus[owner])) {
            fold(vgic, owner, index);
        }
        vgic_mark_dirty(vgic, owner);
    }
}

/* The physical GIC runs with EOImode 1: an injected interrupt is active there until the guest's
 * deactivation. Where the guest's registers end it instead, this does. A private interrupt can
 * only be deactivated by the CPU it belongs to. */
void husk_vgic_lr_settle(struct husk_vgic *vgic, struct husk_vgic_block *block, uint32_t bits)
{
    uint32_t over =
        block->phys & ~(block->pending | block->repend | block->active | block->in_lr) & bits;

    if (over == 0) {
        return;
    }
    if (block->first == 0 && !husk_vgic_is_here(&vgic->vcpus[block->owner[0]])) {
        vgic_mark_dirty(vgic, block->owner[0]);
        return;
    }
    block->phys &= ~over;
    for (; over != 0; over &= over - 1) {
        vgic_ops(vgic)->deactivate(vgic, block->hw_intid[vgic_ctz(over)]);
    }
}

/* The guest has finished interrupts that were active in RAM only. Deactivation by EOI follows the
 * order of priority (IHI 0069H 4.1, priority drop), so it was the best of them each time. */
static void finish_unlisted(struct husk_vgic *vgic, unsigned owner)
{
    unsigned count = vgic_ops(vgic)->read_hcr(vgic) >> VGIC_HCR_EOICOUNT & 31;
    struct vgic_candidates found;

    for (; count != 0; count--) {
        unsigned intid;

        husk_vgic_find_candidates(vgic, owner, 0, &found);
        if (found.active.total == 0) {
            return;
        }
        intid = (uint16_t)found.active.key[0];
        husk_vgic_change(vgic, vgic_block(vgic, owner, intid), VGIC_CLEAR_ACTIVE,
                         1u << (intid % 32));
    }
}

/* List registers are read one by one, not through ICH_ELRSR_EL2: that may not yet show what this
 * CPU has written. */
void husk_vgic_lr_take_back(struct husk_vgic *vgic, unsigned owner)
{
    struct husk_vgic_vcpu *vcpu = &vgic->vcpus[owner];
    uint32_t used;

    if ((vcpu->hcr & VGIC_HCR_LRENPIE) != 0) {
        finish_unlisted(vgic, owner);
    }
    for (used = vcpu->lr_used; used != 0; used &= used - 1) {
        const unsigned intid = VGIC_LR_INTID(vcpu->lr[vgic_ctz(used)]);
        struct husk_vgic_block *const block = vgic_block(vgic, owner, intid);
        const uint64_t now = fold(vgic, owner, vgic_ctz(used));

        if (block->target[intid % 32] != owner && (now & VGIC_LR_ACTIVE) == 0) {
            vgic_mark_dirty(vgic, block->target[intid % 32]); /* rerouted meanwhile */
        }
        husk_vgic_lr_settle(vgic, block, 1u << (intid % 32));
    }
}

/* Overflow: the groups the guest has enabled at its CPU interface decide, so the other ones are
 * not listed at all, and a change that calls for another choice is signalled: enabling a group, and
 * disabling one of two. Disabling the only one leaves nothing to choose (and QEMU, to 10.0 at
 * least, signals group 0 as disabled whenever group 1 is: such a guest would never run on). */
static uint32_t overflow_groups(const struct husk_vgic *vgic, uint32_t *hcr)
{
    static const uint32_t asks[] = {
        VGIC_HCR_VGRP0EIE | VGIC_HCR_VGRP1EIE,
        VGIC_HCR_VGRP1EIE,
        VGIC_HCR_VGRP0EIE,
        VGIC_HCR_VGRP0DIE | VGIC_HCR_VGRP1DIE,
    };
    const uint32_t groups = vgic_ops(vgic)->read_vmcr(vgic) & (VGIC_CTLR_GRP0 | VGIC_CTLR_GRP1);

    *hcr = asks[groups];
    return groups & vgic->ctlr;
}

/* Chooses anew from everything: of `found`, all that is not listed, the best ones are kept. @return
 * the maintenance interrupts that the choice needs. */
static uint32_t choose(struct husk_vgic *vgic, unsigned owner, struct vgic_candidates *found)
{
    const unsigned capacity = vgic->config.lr_count;
    uint32_t hcr;
    const uint32_t groups = overflow_groups(vgic, &hcr);
    unsigned pending;
    unsigned active;

    if (groups != vgic->ctlr) {
        husk_vgic_find_candidates(vgic, owner, groups, found);
    }
    active =
        (unsigned)husk_min(found->active.total, capacity - (found->pending.total != 0 ? 1 : 0));
    pending = (unsigned)husk_min(found->pending.total, capacity - active);
    if (found->pending.total > pending) {
        hcr |= VGIC_HCR_NPIE;
    }
    if (found->active.total > active) {
        hcr |= VGIC_HCR_LRENPIE | VGIC_HCR_TDIR;
    }
    found->pending.total = pending;
    found->active.total = active;
    return hcr;
}

/* Loads what was found, all that wants a list register and has none. */
static void fill(struct husk_vgic *vgic, unsigned owner, struct vgic_candidates *found)
{
    struct husk_vgic_vcpu *vcpu = &vgic->vcpus[owner];
    const bool is_choice = found->pending.total + found->active.total > vgic->config.lr_count;
    const uint32_t hcr = VGIC_HCR_EN | (is_choice ? choose(vgic, owner, found) : 0);

    if (found->active.total != 0) { /* seldom */
        husk_vgic_lr_load(vgic, owner, found->active.key, found->active.total, is_choice);
    }
    husk_vgic_lr_load(vgic, owner, found->pending.key, found->pending.total, is_choice);
    /* EOIcount is cleared by the same write, which is due when any of it was on. */
    if (hcr != vcpu->hcr || hcr != VGIC_HCR_EN) {
        vcpu->hcr = hcr;
        vgic->waits &= ~(1u << owner);
        vgic->waits |= (hcr != VGIC_HCR_EN ? 1u : 0) << owner;
        vgic_ops(vgic)->write_hcr(vgic, hcr);
    }
}

/* Brings the list registers of the vCPU loaded here in line with RAM. */
static void refill(struct husk_vgic *vgic, unsigned owner)
{
    struct husk_vgic_vcpu *vcpu = &vgic->vcpus[owner];
    struct vgic_candidates found;

    husk_vgic_lr_take_back(vgic, owner);
    husk_vgic_lr_settle(vgic, &vcpu->bank, UINT32_MAX);
    husk_vgic_find_candidates(vgic, owner, vgic->ctlr, &found);
    fill(vgic, owner, &found);
    vcpu->dirty = false;
    vgic->kick &= ~(1u << owner);
}

bool husk_vgic_lr_enable(struct husk_vgic *vgic, unsigned vcpu, struct husk_vgic_block *block,
                         uint32_t bits)
{
    const struct husk_vgic_vcpu *const self = &vgic->vcpus[vcpu];
    struct vgic_candidates found;

    if (self->lr_used != 0 || self->hcr != VGIC_HCR_EN ||
        (vgic_vcpu_count(vgic) > 1 && !husk_vgic_concerns_only(vgic, vcpu, block, bits))) {
        return false;
    }
    block->enabled |= bits;
    found.pending.total = found.active.total = 0;
    husk_vgic_rank(&found.pending, vgic->config.lr_count, vcpu, block->target, block,
                   bits & vgic_deliverable(vgic->ctlr, block));
    fill(vgic, vcpu, &found);
    return true;
}

uint32_t husk_vgic_flush(struct husk_vgic_locked v, unsigned vcpu)
{
    struct husk_vgic *vgic = v.vgic;
    uint32_t kick;

    if (vcpu < vgic_vcpu_count(vgic)) {
        const struct husk_vgic_vcpu *self = &vgic->vcpus[vcpu];

        if (husk_vgic_work(self) != 0 && self->held_by == 0 && husk_vgic_is_here(self)) {
            if (vgic_vcpu_count(vgic) > 1 && self->bank.repend != 0) {
                husk_vgic_take_posted(vgic, vcpu);
            }
            if (self->dirty || vgic_ops(vgic)->read_misr(vgic) != 0) {
                refill(vgic, vcpu);
            }
            vgic->kick &= ~(1u << vcpu);
        }
    }
    kick = vgic->kick;
    vgic->kick = 0;
    return kick;
}

void husk_vgic_load(struct husk_vgic_locked v, unsigned vcpu)
{
    struct husk_vgic *vgic = v.vgic;
    struct husk_vgic_vcpu *self = &vgic->vcpus[vcpu];
    unsigned i;

    vgic_ops(vgic)->load(vgic, self);
    for (i = 0; i < vgic->config.lr_count; i++) {
        vgic_ops(vgic)->lr_write(vgic, i, 0);
    }
    self->cpu = husk_read(mpidr_el1);
    self->loaded = true;
    self->hcr = 0; /* not yet enabled: refill() writes it */
    if (self->held_by == 0) {
        if (vgic_vcpu_count(vgic) > 1) {
            husk_vgic_take_posted(vgic, vcpu);
        }
        refill(vgic, vcpu);
    }
}

bool husk_vgic_has_pending(struct husk_vgic_locked v, unsigned vcpu)
{
    uint32_t used;

    for (used = v.vgic->vcpus[vcpu].lr_used; used != 0; used &= used - 1) {
        if ((vgic_ops(v.vgic)->lr_read(v.vgic, vgic_ctz(used)) & VGIC_LR_STATE) ==
            VGIC_LR_PENDING) {
            return true;
        }
    }
    return false;
}
