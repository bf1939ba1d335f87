// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* Several vCPUs run at once, and an access is about interrupts that sit in list registers of other
 * CPUs: those vCPUs are held. A held vCPU has its list registers in memory and is out of its guest,
 * so the access works on memory alone. All under the vgic's lock; the access that finds everything
 * in reach lets go of what it held, as nobody can run before the lock is given back.
 *
 * A caller that waits serves those who wait for it, and what is held stays held until the access is
 * done; so each repetition needs no more than before, and of several that wait one gets through. */

/* Whether an access may be about what is in a list register of another CPU: a write to any but the
 * registers that stand alone; a read of what hardware changes. */
static bool is_shared(const struct husk_vgic_access *access, bool is_write)
{
    const struct husk_vgic_reg *const reg = access->reg;

    if (is_write) {
        return reg->intid_bits_log2 != VGIC_ALONE || reg->write == husk_vgic_write_dir ||
               reg->write == husk_vgic_write_ctlr;
    }
    return reg->intid_bits_log2 == 0 && vgic_change_of(access) >= VGIC_SET_PENDING;
}

/* The INTIDs of a block that a shared access changes, or shows the state of. */
static uint32_t covered(const struct husk_vgic_access *access, const uint64_t *value)
{
    const unsigned bits_log2 = access->reg->intid_bits_log2;
    const unsigned count = 8 * access->size_bytes >> bits_log2;

    if (value != NULL && bits_log2 == 0) { /* "set" and "clear": a 0 changes nothing */
        return (uint32_t)*value ^
               (vgic_change_of(access) == VGIC_GROUP ? access->block->group1 : 0);
    }
    /* Half a register is one. */
    return (count < 32 ? ((1u << count) - 1) | 1 : UINT32_MAX) << access->bit;
}

/* The vCPUs that have any of what an access is about in a list register. */
static uint32_t owners(const struct husk_vgic_access *access, const uint64_t *value)
{
    struct husk_vgic *vgic = access->vgic;
    const struct husk_vgic_block *block = access->block;
    uint32_t mask = 0;
    uint32_t held;
    unsigned i;

    if (access->reg->write == husk_vgic_write_ctlr) {
        for (i = 0; i < vgic_vcpu_count(vgic); i++) {
            mask |= vgic->vcpus[i].lr_used != 0 ? 1u << i : 0;
        }
        return mask;
    }
    if (value != NULL && access->reg->write == husk_vgic_write_dir) {
        i = (unsigned)husk_index_nospec(*value & vgic_ops(vgic)->dir_intid,
                                        vgic->config.intid_count);
        block = vgic_block(vgic, access->self, i);
        held = 1u << (i % 32); /* too large: 0, private, in reach */
    } else {
        held = covered(access, value);
    }
    for (held &= block->in_lr; held != 0; held &= held - 1) {
        mask |= 1u << block->owner[vgic_ctz(held)];
    }
    return mask;
}

static void release(struct husk_vgic *vgic, unsigned self)
{
    const uint32_t bit = 1u << self;
    unsigned i;

    if ((vgic->holders & bit) == 0) {
        return;
    }
    vgic->holders &= ~bit;
    for (i = 0; i < vgic_vcpu_count(vgic); i++) {
        if (vgic->vcpus[i].held_by == bit) {
            vgic_mark_dirty(vgic, i);
        }
        vgic->vcpus[i].held_by &= ~bit;
    }
}

bool husk_vgic_reach(const struct husk_vgic_access *access, const uint64_t *value)
{
    struct husk_vgic *vgic = access->vgic;
    const uint32_t bit = 1u << access->self;
    uint32_t others;

    if (!is_shared(access, value != NULL)) {
        return true;
    }
    others = owners(access, value) & ~bit;
    if (others == 0) {
        release(vgic, access->self);
        return true;
    }
    vgic->holders |= bit;
    for (; others != 0; others &= others - 1) {
        struct husk_vgic_vcpu *other = &vgic->vcpus[vgic_ctz(others)];

        if ((other->held_by & bit) == 0) {
            other->held_by |= bit;
            vgic->kick |= others & -others;
        }
    }
    return false;
}

void husk_vgic_release(struct husk_vgic_locked v, unsigned vcpu)
{
    release(v.vgic, vcpu);
}

bool husk_vgic_serve(struct husk_vgic_locked v, unsigned vcpu)
{
    struct husk_vgic *const vgic = v.vgic;
    struct husk_vgic_vcpu *const self = &vgic->vcpus[vcpu];

    if (self->held_by == 0) {
        return false;
    }
    if (husk_vgic_is_here(self)) {
        husk_vgic_lr_take_back(vgic, vcpu);
        vgic_ops(vgic)->write_hcr(vgic, self->hcr); /* those EOIs are counted */
    }
    return true;
}
