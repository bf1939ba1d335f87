// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

enum { PRI_BITS_MIN = 4, PRI_BITS_MAX = 8 };

/* Implementer Arm (JEP106 0x43b), as the field's drivers expect; product 'H'. */
static const uint32_t iidr = 0x4800043b;

static bool config_valid(const struct husk_vgic_config *config, unsigned intid_count)
{
    return (husk_vgic_known.vcpu_count == 0 || husk_vgic_known.vcpu_count == config->vcpu_count) &&
           (config->ops == NULL) == (husk_vgic_known.ops != NULL) &&
           (intid_count % 32 == 0 || intid_count == HUSK_VGIC_INTID_MAX) && intid_count >= 64 &&
           intid_count <= HUSK_VGIC_INTID_MAX && config->vcpu_count >= 1 &&
           config->vcpu_count <= HUSK_VGIC_VCPU_MAX && config->lr_count >= 1 &&
           config->lr_count <= HUSK_VGIC_LR_MAX && config->pri_bits >= PRI_BITS_MIN &&
           config->pri_bits <= PRI_BITS_MAX;
}

/* All but what the board gives. */
static void vcpu_reset(const struct husk_vgic *vgic, struct husk_vgic_vcpu *vcpu)
{
    __builtin_memset(vcpu, 0, offsetof(struct husk_vgic_vcpu, bank.hw));
    vcpu->bank.enabled = vgic_ops(vgic)->enabled;
    vcpu->bank.edge = 0xffff;
    vcpu->waker = 0x2; /* ProcessorSleep */
    vcpu->dirty = true;
}

enum husk_err husk_vgic_init(struct husk_vgic *vgic, const struct husk_vgic_config *config,
                             struct husk_vgic_vcpu *vcpus)
{
    const unsigned intid_count =
        config->intid_count == 0 ? HUSK_VGIC_INTID_DEFAULT : config->intid_count;
    int target;
    unsigned i;

    if (!config_valid(config, intid_count)) {
        return HUSK_EINVAL;
    }
    vgic->config = *config;
    vgic->config.intid_count = (uint16_t)intid_count;
    vgic->vcpus = vcpus;
    vgic->lock = (struct husk_spinlock){ 0 };
    /* One vCPU may deactivate an SPI that another took, which no list register of its own has. */
    vgic->hcr = config->vcpu_count > 1 ? VGIC_HCR_TDIR : 0;
    vgic->priority_mask = 0x01010101u * (0xff & 0xff00u >> config->pri_bits);
    vgic->ctlr = vgic->busy = vgic->waits = vgic->kick = vgic->holders = 0;
    vgic->head[0] = vgic_ops(vgic)->ctlr;
    vgic->head[1] = vgic_ops(vgic)->typer(vgic);
    vgic->head[2] = iidr;
    vgic->head[3] = 0;
    target = (int)vgic_ops(vgic)->target_of(vgic, 0);
    for (i = 0; i < config->vcpu_count; i++) {
        vcpu_reset(vgic, &vcpus[i]);
        vcpus[i].bank.hw = vcpus[i].bank.line = 0;
        __builtin_memset(vcpus[i].bank.target, (int)i, sizeof(vcpus[i].bank.target));
        __builtin_memset(vcpus[i].bank.owner, (int)i, sizeof(vcpus[i].bank.owner));
        vgic->sgi_list[i] = husk_vgic_sgi_list(config->mpidr[i]);
    }
    /* Only what exists is cleared: this runs on the way to a guest's first instruction. */
    __builtin_memset(vgic->route, 0, intid_count * sizeof(vgic->route[0]));
    __builtin_memset(vgic->spi, 0, (intid_count + 31) / 32 * sizeof(vgic->spi[0]));
    for (i = 1; i < (intid_count + 31) / 32; i++) {
        vgic->spi[i].first = 32 * i;
        __builtin_memset(vgic->spi[i].target, target, sizeof(vgic->spi[i].target));
    }
    return HUSK_OK;
}

void husk_vgic_reset_cpu(struct husk_vgic_locked v, unsigned vcpu)
{
    HUSK_ASSERT(!v.vgic->vcpus[vcpu].loaded);
    vcpu_reset(v.vgic, &v.vgic->vcpus[vcpu]);
}

struct husk_vgic_locked husk_vgic_lock(struct husk_vgic *vgic)
{
    husk_spin_lock(&vgic->lock);
    return (struct husk_vgic_locked){ vgic };
}

void husk_vgic_unlock(struct husk_vgic_locked locked)
{
    husk_spin_unlock(&locked.vgic->lock);
}

/* The arguments come from hv, not from a guest; out of range is answered, not asserted. */
static bool exists(const struct husk_vgic *vgic, unsigned vcpu, unsigned intid)
{
    return intid < vgic->config.intid_count &&
           (intid >= HUSK_VGIC_INTID_PRIVATE || vcpu < vgic_vcpu_count(vgic));
}

enum husk_err husk_vgic_link_hw(struct husk_vgic_locked v, unsigned vcpu, unsigned intid,
                                unsigned physical_intid)
{
    struct husk_vgic *vgic = v.vgic;
    struct husk_vgic_block *block;

    if (intid < HUSK_VGIC_INTID_SGI_COUNT || !exists(vgic, vcpu, intid) ||
        physical_intid < HUSK_VGIC_INTID_SGI_COUNT || physical_intid >= HUSK_VGIC_INTID_MAX) {
        return HUSK_EINVAL;
    }
    block = vgic_block(vgic, vcpu, intid);
    block->hw |= 1u << (intid % 32);
    block->hw_intid[intid % 32] = (uint16_t)physical_intid;
    return HUSK_OK;
}

/* Has the vCPUs that have `bits`, which changed, or are to get them, choose anew. */
static void look_again(struct husk_vgic *vgic, const struct husk_vgic_block *block, uint32_t bits)
{
    uint32_t live = bits & (vgic_pending(block) | block->active);
    uint32_t dirty = 0;

    vgic->busy |= (live != 0 ? 1u : 0) << (block->first / 32);
    live &= vgic_deliverable(vgic->ctlr, block) | block->active;
    for (; live != 0 && dirty + 1 != 1u << vgic_vcpu_count(vgic); live &= live - 1) {
        const unsigned bit = vgic_ctz(live);
        const unsigned vcpu =
            (block->active >> bit & 1) != 0 ? block->owner[bit] : block->target[bit];

        if (vcpu < vgic_vcpu_count(vgic)) {
            dirty |= 1u << husk_index_nospec(vcpu, vgic_vcpu_count(vgic));
        }
    }
    for (; dirty != 0; dirty &= dirty - 1) {
        vgic_mark_dirty(vgic, vgic_ctz(dirty));
    }
}

/* Who has acknowledged an SPI is only known by its list register. One made active by a register
 * write belongs to the vCPU it would have been delivered to. */
static void own_active(struct husk_vgic_block *block, uint32_t bits)
{
    for (; bits != 0; bits &= bits - 1) {
        const unsigned bit = vgic_ctz(bits);

        block->owner[bit] = block->target[bit] == VGIC_NO_VCPU ? 0 : block->target[bit];
    }
}

/* What is still in a list register after the pull is in another CPU's. */
void husk_vgic_change(struct husk_vgic *vgic, struct husk_vgic_block *block, enum vgic_change what,
                      uint32_t bits)
{
    uint32_t unlisted;

    husk_vgic_lr_pull(vgic, block, bits);
    unlisted = bits & ~block->in_lr;
    switch (what) {
    case VGIC_SET_ENABLED:
        block->enabled |= bits;
        break;
    case VGIC_CLEAR_ENABLED:
        block->enabled &= ~bits;
        break;
    case VGIC_SET_PENDING:
        block->repend |= bits & block->in_lr;
        block->pending |= unlisted;
        block->raised &= ~bits; /* stays when the line falls */
        break;
    case VGIC_CLEAR_PENDING:
        block->pending &= ~bits;
        block->repend &= ~bits;
        break;
    case VGIC_SET_ACTIVE:
        own_active(block, unlisted & ~block->active);
        block->active |= unlisted;
        break;
    case VGIC_CLEAR_ACTIVE:
        block->active &= ~bits;
        break;
    default: /* VGIC_LOOK, VGIC_GROUP */
        break;
    }
    husk_vgic_lr_settle(vgic, block, bits);
    look_again(vgic, block, unlisted);
}

void husk_vgic_set_line(struct husk_vgic_locked v, unsigned vcpu, unsigned intid, bool high)
{
    struct husk_vgic *vgic = v.vgic;
    const uint32_t bit = 1u << (intid % 32);
    struct husk_vgic_block *block;

    if (!exists(vgic, vcpu, intid) || intid < HUSK_VGIC_INTID_SGI_COUNT) {
        return;
    }
    block = vgic_block(vgic, vcpu, intid);
    if (((block->line & bit) != 0) == high) {
        return;
    }
    block->line ^= bit;
    if ((block->edge & bit) != 0) {
        if (high) {
            husk_vgic_change(vgic, block, VGIC_SET_PENDING, bit);
        }
    } else if ((block->hw & bit) == 0) {
        husk_vgic_change(vgic, block, VGIC_LOOK, bit);
    } else if (!high && (block->raised & bit) != 0) {
        husk_vgic_change(vgic, block, VGIC_CLEAR_PENDING, bit);
    }
}

void husk_vgic_inject_hw(struct husk_vgic_locked v, unsigned vcpu, unsigned intid)
{
    struct husk_vgic *vgic = v.vgic;
    const uint32_t bit = 1u << (intid % 32);
    struct husk_vgic_vcpu *owner;
    struct husk_vgic_block *block;
    uint32_t raised;

    if (!exists(vgic, vcpu, intid)) {
        return;
    }
    block = vgic_block(vgic, vcpu, intid);
    owner = &vgic->vcpus[block->owner[intid % 32]];
    if (husk_vgic_is_here(owner) &&
        vgic_repeat(vgic, block, intid % 32, owner, vgic_ops(vgic)->again)) {
        block->raised |= bit;
        return;
    }
    husk_vgic_lr_pull(vgic, block, bit);
    if ((block->in_lr & bit) != 0) {
        /* Taken again while in a list register of another CPU, so that one's guest has ended the
         * last one: whoever folds it must not take the empty register for the end of this one. */
        owner->lr[block->lr_of[intid % 32]] &= ~VGIC_LR_HW;
    }
    block->phys |= bit & block->hw;
    raised = bit & (block->raised | ~(block->pending | block->repend));
    husk_vgic_change(vgic, block, VGIC_SET_PENDING, bit);
    block->raised |= raised;
}

/* The register, whether it is in reach, its handler. */
enum husk_err husk_vgic_access(struct husk_vgic_locked v, unsigned vcpu, struct husk_vgic_op *op)
{
    struct husk_vgic *const vgic = v.vgic;
    const unsigned size_bytes = op->size_bytes;
    struct husk_vgic_access access = {
        .vgic = vgic,
        .self = vcpu,
        .bank = vcpu,
        .end_intid = vgic->config.intid_count,
        .size_bytes = size_bytes,
    };
    husk_vgic_reach_fn *const reach = vgic->config.reach;
    const struct husk_vgic_reg *reg;
    unsigned shift; /* of the half of a 64-bit register */

    op->value = op->is_write ? op->value : 0;
    if (size_bytes == 0 || size_bytes > 8 || (size_bytes & (size_bytes - 1)) != 0 ||
        !husk_is_aligned(op->offset, size_bytes)) {
        return HUSK_EINVAL;
    }
    reg = access.reg = vgic_ops(vgic)->locate(&access, op->frame, op->offset);
    if (reg == NULL || (reg->sizes & size_bytes) == 0) {
        return reg == NULL ? HUSK_OK : HUSK_EINVAL;
    }
    if (reach != NULL && !reach(&access, op->is_write ? &op->value : NULL)) {
        return HUSK_EAGAIN;
    }
    if (op->is_write && reg->write != NULL) {
        reg->write(&access, op->value);
    }
    if (!op->is_write && reg->read != NULL) {
        shift = (reg->sizes & sizeof(uint64_t)) != 0 ? 8 * (access.offset % 8) : 0;
        op->value = reg->read(&access) >> shift & UINT64_MAX >> (64 - 8 * size_bytes);
    }
    return HUSK_OK;
}
