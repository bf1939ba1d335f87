// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* Several vCPUs run at once, and an access is about interrupts that sit in list registers of other
 * CPUs: those vCPUs are held. A held vCPU has its list registers in memory and is out of its guest,
 * so the access works on memory alone. All under the vgic's lock; the access that finds everything
 * in reach lets go of what it held, as nobody can run before the lock is given back.
 *
 * A caller that waits serves those who wait for it, and what is held stays held until the access is
 * done; so each repetition needs no more than before, and of several that wait one gets through. */

/* The INTIDs of a word that a shared access to a row changes, or shows the state of. */
static uint32_t covered(const struct husk_vgic_access *access, const struct husk_vgic_reg *row,
                        const uint64_t *value)
{
    const unsigned count = (8 * access->size_bytes) >> row->intid_bits_log2;
    /* Half a register is one; of a reserved register any size may be read. */
    const uint32_t bits = count < 32 ? ((1u << count) - 1) | 1 : UINT32_MAX;

    if (value == NULL) {
        return bits;
    }
    if (row->write == husk_vgic_write_group) {
        return (uint32_t)*value ^
               husk_vgic_word_of(access->vgic, access->bank, access->intid)->group1;
    }
    if (row->first - 0x100u < 0x300) {
        return bits & (uint32_t)*value; /* "set" and "clear": a 0 changes nothing */
    }
    return bits << (access->intid % 32);
}

/* The vCPUs that have any of what an access is about in a list register. */
static uint32_t owners(const struct husk_vgic_access *access, const struct husk_vgic_reg *row,
                       const uint64_t *value)
{
    const struct husk_vgic *vgic = access->vgic;
    unsigned intid = access->intid;
    uint32_t mask = 0;
    uint32_t held;
    unsigned i;

    if (row->write == husk_vgic_write_ctlr) {
        for (i = 0; i < vgic_vcpu_count(vgic); i++) {
            mask |= vgic->vcpus[i].lr_used != 0 ? 1u << i : 0;
        }
        return mask;
    }
    held = covered(access, row, value);
    if (value != NULL && row->intid_bits_log2 == VGIC_NAMED) {
        intid = (unsigned)husk_index_nospec(*value & vgic_ops(vgic)->dir_intid,
                                            vgic->config.intid_count);
        held = 1u << (intid % 32); /* too large: 0, private, in reach */
    }
    held &= husk_vgic_word_of(access->vgic, access->bank, intid)->in_lr;
    for (; held != 0; held &= held - 1) {
        mask |= 1u << vgic_owner(vgic, access->bank, (intid & ~31u) + vgic_ctz(held));
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

/* Whether an access may be about what is in a list register of another CPU: a write to any but the
 * registers that stand alone; a read of what hardware changes. */
static bool is_shared(const struct husk_vgic_reg *row, bool is_write)
{
    return is_write ? row->first != 0 || row->intid_bits_log2 == VGIC_NAMED ||
                          row->write == husk_vgic_write_ctlr
                    : (row->first & ~0x180u) == 0x200;
}

bool husk_vgic_reach(const struct husk_vgic_access *access, const struct husk_vgic_reg *row,
                     const uint64_t *value)
{
    struct husk_vgic *vgic = access->vgic;
    const uint32_t bit = 1u << access->self;
    uint32_t others;

    if (!is_shared(row, value != NULL)) {
        return true;
    }
    others = owners(access, row, value) & ~bit;
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
        husk_vgic_lr_take_back(vgic, vcpu, true);
        vgic_ops(vgic)->write_hcr(vgic, self->hcr); /* those EOIs are counted */
    }
    return true;
}
