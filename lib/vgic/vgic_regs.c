// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* Registers that both versions have. Those with one or more bits for each INTID: IHI 0069H 12.9
 * "The GIC Distributor register descriptions" and 12.11 "The GIC Redistributor register
 * descriptions"; the SGI_base registers of a redistributor are the same for INTIDs 0..31. */

/* A kind of register has bits for 1024 INTIDs, one after the other kind. */
const struct husk_vgic_reg *husk_vgic_find(struct husk_vgic_access *access,
                                           const struct husk_vgic_reg *reg,
                                           enum husk_vgic_frame frame, uint64_t offset)
{
    unsigned intid;

    while (reg->frame != frame || offset - reg->first >= reg->size_bytes) {
        if (reg->size_bytes == 0) {
            return NULL;
        }
        reg++;
    }
    access->offset = (unsigned)offset;
    intid = ((access->offset - reg->first) * 8 >> reg->intid_bits_log2) % 1024;
    if (reg->intid_bits_log2 != VGIC_ALONE) {
        if (intid < access->first_intid || intid >= access->end_intid) {
            return NULL;
        }
        intid = (unsigned)husk_index_nospec(intid, access->end_intid);
        access->block = vgic_block(access->vgic, access->bank, intid);
        access->bit = intid % 32;
    }
    return reg;
}

/* Changes of the group enables reach everything that sits in a list register. */
void husk_vgic_write_ctlr(const struct husk_vgic_access *access, uint64_t value)
{
    struct husk_vgic *const vgic = access->vgic;
    const uint32_t ctlr = (uint32_t)value & (VGIC_CTLR_GRP0 | VGIC_CTLR_GRP1);
    unsigned i;

    for (i = 0; i < vgic_vcpu_count(vgic); i++) {
        vgic_mark_dirty(vgic, i);
    }
    vgic->ctlr = ctlr;
    __atomic_store_n(&vgic->head[0], vgic_ops(vgic)->ctlr | ctlr, __ATOMIC_RELAXED);
}

/* What hardware changes is read in RAM. On another CPU that is what was loaded, not what its guest
 * did since: only who does not serve HUSK_EAGAIN sees that. */
uint64_t husk_vgic_read_bits(const struct husk_vgic_access *access)
{
    struct husk_vgic_block *const block = access->block;
    const enum vgic_change what = vgic_change_of(access);

    husk_vgic_lr_pull(access->vgic, block, what >= VGIC_SET_PENDING ? UINT32_MAX : 0);
    husk_vgic_lr_settle(access->vgic, block, UINT32_MAX); /* what the guest has ended since */
    switch (what) {
    case VGIC_GROUP:
        return block->group1;
    case VGIC_SET_ENABLED:
    case VGIC_CLEAR_ENABLED:
        return block->enabled;
    case VGIC_SET_PENDING:
    case VGIC_CLEAR_PENDING:
        return vgic_pending(block);
    default:
        return block->active;
    }
}

/* INTIDs 1020..1023 are not interrupts: no bit in the last block of a full distributor. */
static uint32_t implemented(const struct husk_vgic_access *access)
{
    return access->block->first + 32 > HUSK_VGIC_INTID_MAX ? UINT32_MAX >> 4 : UINT32_MAX;
}

void husk_vgic_write_bits(const struct husk_vgic_access *access, uint64_t value)
{
    struct husk_vgic_block *const block = access->block;
    const enum vgic_change what = vgic_change_of(access);
    uint32_t bits = (uint32_t)value & implemented(access);

    if (what == VGIC_GROUP) {
        bits ^= block->group1;
        block->group1 ^= bits;
    }
    husk_vgic_change(access->vgic, block, what, bits);
}

void husk_vgic_write_dir(const struct husk_vgic_access *access, uint64_t value)
{
    struct husk_vgic *const vgic = access->vgic;
    unsigned intid = (unsigned)value & vgic_ops(vgic)->dir_intid;

    if (intid < vgic->config.intid_count &&
        (vgic_ops(vgic)->read_vmcr(vgic) & VGIC_VMCR_VEOIM) != 0) {
        intid = (unsigned)husk_index_nospec(intid, vgic->config.intid_count);
        husk_vgic_change(vgic, vgic_block(vgic, access->self, intid), VGIC_CLEAR_ACTIVE,
                         1u << (intid % 32));
    }
}

uint64_t husk_vgic_read_priority(const struct husk_vgic_access *access)
{
    uint64_t value = 0;

    __builtin_memcpy(&value, &access->block->priority[access->bit], access->size_bytes);
    return value;
}

void husk_vgic_write_priority(const struct husk_vgic_access *access, uint64_t value)
{
    value &= access->vgic->priority_mask;
    __builtin_memcpy(&access->block->priority[access->bit], &value, access->size_bytes);
    husk_vgic_change(access->vgic, access->block, VGIC_LOOK,
                     ((1u << access->size_bytes) - 1) << access->bit);
}

/* Two bits an INTID, of which the upper one is the configuration. */

uint64_t husk_vgic_read_config(const struct husk_vgic_access *access)
{
    uint64_t value = 0;
    unsigned i;

    for (i = 0; i < 16; i++) {
        value |= (uint64_t)(access->block->edge >> (access->bit + i) & 1) << (2 * i + 1);
    }
    return value;
}

void husk_vgic_write_config(const struct husk_vgic_access *access, uint64_t value)
{
    uint32_t bits = access->block->edge;
    unsigned i;

    for (i = 0; i < 16; i++) {
        bits ^= (uint32_t)(value >> (2 * i + 1) & 1) << (access->bit + i);
    }
    if (access->block->first + access->bit != 0) { /* SGIs are edge, fixed */
        bits &= 0xffffu << access->bit & implemented(access);
        access->block->edge ^= bits;
        husk_vgic_change(access->vgic, access->block, VGIC_LOOK, bits);
    }
}
