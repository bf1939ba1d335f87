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

/* `hw` and `line` are what the board gives, not state of the guest's. */
static void vcpu_reset(const struct husk_vgic *vgic, struct husk_vgic_vcpu *vcpu, uint32_t hw,
                       uint32_t line)
{
    __builtin_memset(vcpu, 0, offsetof(struct husk_vgic_vcpu, hw_intid));
    vcpu->bank.enabled = vgic_ops(vgic)->enabled;
    vcpu->bank.edge = 0xffff;
    vcpu->bank.hw = hw;
    vcpu->bank.line = line;
    vcpu->waker = 0x2; /* ProcessorSleep */
    vcpu->dirty = true;
}

enum husk_err husk_vgic_init(struct husk_vgic *vgic, const struct husk_vgic_config *config,
                             struct husk_vgic_vcpu *vcpus)
{
    const unsigned intid_count =
        config->intid_count == 0 ? HUSK_VGIC_INTID_DEFAULT : config->intid_count;
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
    for (i = 0; i < config->vcpu_count; i++) {
        vcpu_reset(vgic, &vcpus[i], 0, 0);
        vgic->sgi_list[i] = husk_vgic_sgi_list(config->mpidr[i]);
    }
    /* Only what exists is cleared: this runs on the way to a guest's first instruction. */
    __builtin_memset(vgic->spi, 0, (intid_count + 31) / 32 * sizeof(vgic->spi[0]));
    __builtin_memset(vgic->priority, 0, intid_count * sizeof(vgic->priority[0]));
    __builtin_memset(vgic->route, 0, intid_count * sizeof(vgic->route[0]));
    __builtin_memset(vgic->target, (int)vgic_ops(vgic)->target_of(vgic, 0),
                     intid_count * sizeof(vgic->target[0]));
    return HUSK_OK;
}

void husk_vgic_reset_cpu(struct husk_vgic_locked v, unsigned vcpu)
{
    struct husk_vgic_vcpu *self = &v.vgic->vcpus[vcpu];

    HUSK_ASSERT(!self->loaded);
    vcpu_reset(v.vgic, self, self->bank.hw, self->bank.line);
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

__attribute__((always_inline)) static inline struct husk_vgic_word *
word_of(struct husk_vgic *vgic, unsigned bank, unsigned intid)
{
    return intid < HUSK_VGIC_INTID_PRIVATE ? &vgic->vcpus[bank].bank : &vgic->spi[intid / 32];
}

struct husk_vgic_word *husk_vgic_word_of(struct husk_vgic *vgic, unsigned bank, unsigned intid)
{
    return word_of(vgic, bank, intid);
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

    if (intid < HUSK_VGIC_INTID_SGI_COUNT || !exists(vgic, vcpu, intid) ||
        physical_intid < HUSK_VGIC_INTID_SGI_COUNT || physical_intid >= HUSK_VGIC_INTID_MAX) {
        return HUSK_EINVAL;
    }
    husk_vgic_word_of(vgic, vcpu, intid)->hw |= 1u << (intid % 32);
    if (intid < HUSK_VGIC_INTID_PRIVATE) {
        vgic->vcpus[vcpu].hw_intid[intid] = (uint16_t)physical_intid;
    } else {
        vgic->hw_intid[intid] = (uint16_t)physical_intid;
    }
    return HUSK_OK;
}

__attribute__((noinline)) static void pull_held(struct husk_vgic *vgic, unsigned bank,
                                                unsigned intid, uint32_t held)
{
    for (; held != 0; held &= held - 1) {
        const unsigned one = (intid & ~31u) + vgic_ctz(held);

        husk_vgic_lr_pull(vgic, vgic_owner(vgic, bank, one), one);
    }
}

void husk_vgic_pull(struct husk_vgic *vgic, unsigned bank, unsigned intid, uint32_t bits)
{
    const uint32_t held = word_of(vgic, bank, intid)->in_lr & bits;

    if (held != 0) {
        pull_held(vgic, bank, intid, held);
    }
}

/* The vCPU that has a changed interrupt, or is to get it; VGIC_NO_VCPU. */
static unsigned concerned(const struct husk_vgic *vgic, const struct husk_vgic_word *word,
                          unsigned bank, unsigned intid)
{
    return (word->active >> (intid % 32) & 1) != 0 ? vgic_owner(vgic, bank, intid)
                                                   : vgic_target(vgic, bank, intid);
}

/* `live`: those of the word that changed, and are pending or active in RAM. */
__attribute__((noinline)) static void changed_live(struct husk_vgic *vgic, unsigned bank,
                                                   unsigned intid, uint32_t live)
{
    const struct husk_vgic_word *const word = word_of(vgic, bank, intid);
    const uint32_t all = (1u << vgic_vcpu_count(vgic)) - 1;
    uint32_t dirty = 0;
    unsigned vcpu;

    if (intid >= HUSK_VGIC_INTID_PRIVATE) {
        vgic->busy |= 1u << (intid / 32);
    }
    live &= vgic_deliverable(vgic->ctlr, word) | word->active;
    if (live != 0 && (live & (live - 1)) == 0) {
        const unsigned one = (intid & ~31u) + vgic_ctz(live);

        vcpu = concerned(vgic, word, bank, one);
        if (vcpu < vgic_vcpu_count(vgic)) {
            vcpu = (unsigned)husk_index_nospec(vcpu, vgic_vcpu_count(vgic));
            live = husk_vgic_lr_try_load(vgic, vcpu, one) ? 0 : live;
        }
    }
    for (; live != 0 && dirty != all; live &= live - 1) { /* several are chosen together */
        vcpu = concerned(vgic, word, bank, (intid & ~31u) + vgic_ctz(live));
        dirty |= vcpu < vgic_vcpu_count(vgic) ? 1u << vcpu : 0;
    }
    for (; dirty != 0; dirty &= dirty - 1) {
        vgic_mark_dirty(vgic, vgic_ctz(dirty));
    }
}

void husk_vgic_changed(struct husk_vgic *vgic, unsigned bank, unsigned intid, uint32_t bits)
{
    const struct husk_vgic_word *const word = word_of(vgic, bank, intid);
    const uint32_t live = (vgic_pending(word) | word->active) & ~word->in_lr & bits;

    if (live != 0) {
        changed_live(vgic, bank, intid, live);
    }
}

/* What is still in a list register now, after a pull, is in another CPU's. */
static void latch(struct husk_vgic *vgic, unsigned bank, unsigned intid, uint32_t bits)
{
    struct husk_vgic_word *word = husk_vgic_word_of(vgic, bank, intid);

    word->repend |= bits & word->in_lr;
    word->pending |= bits & ~word->in_lr;
    husk_vgic_changed(vgic, bank, intid, bits);
}

void husk_vgic_set_pending(struct husk_vgic *vgic, unsigned bank, unsigned intid, uint32_t bits)
{
    husk_vgic_pull(vgic, bank, intid, bits);
    latch(vgic, bank, intid, bits);
}

void husk_vgic_clear_pending(struct husk_vgic *vgic, unsigned bank, unsigned intid, uint32_t bits)
{
    struct husk_vgic_word *word = husk_vgic_word_of(vgic, bank, intid);

    husk_vgic_pull(vgic, bank, intid, bits);
    word->pending &= ~bits;
    word->repend &= ~bits;
    husk_vgic_lr_settle(vgic, bank, intid, bits);
    husk_vgic_changed(vgic, bank, intid, bits);
}

void husk_vgic_clear_active(struct husk_vgic *vgic, unsigned bank, unsigned intid, uint32_t bits)
{
    struct husk_vgic_word *word = husk_vgic_word_of(vgic, bank, intid);

    husk_vgic_pull(vgic, bank, intid, bits);
    word->active &= ~bits;
    husk_vgic_lr_settle(vgic, bank, intid, bits);
    husk_vgic_changed(vgic, bank, intid, bits);
}

void husk_vgic_set_line(struct husk_vgic_locked v, unsigned vcpu, unsigned intid, bool high)
{
    struct husk_vgic *vgic = v.vgic;
    const uint32_t bit = 1u << (intid % 32);
    struct husk_vgic_word *word;

    if (!exists(vgic, vcpu, intid) || intid < HUSK_VGIC_INTID_SGI_COUNT) {
        return;
    }
    word = husk_vgic_word_of(vgic, vcpu, intid);
    if (((word->line & bit) != 0) == high) {
        return;
    }
    word->line ^= bit;
    if ((word->edge & bit) != 0) {
        if (high) {
            husk_vgic_set_pending(vgic, vcpu, intid, bit);
        }
    } else if ((word->hw & bit) == 0) {
        husk_vgic_pull(vgic, vcpu, intid, bit);
        husk_vgic_changed(vgic, vcpu, intid, bit);
    } else if (!high && (word->raised & bit) != 0) {
        husk_vgic_clear_pending(vgic, vcpu, intid, bit);
    }
}

void husk_vgic_inject_hw(struct husk_vgic_locked v, unsigned vcpu, unsigned intid)
{
    struct husk_vgic *vgic = v.vgic;
    const uint32_t bit = 1u << (intid % 32);
    struct husk_vgic_word *word;

    if (!exists(vgic, vcpu, intid)) {
        return;
    }
    word = husk_vgic_word_of(vgic, vcpu, intid);
    husk_vgic_pull(vgic, vcpu, intid, bit);
    if ((word->in_lr & bit) != 0) {
        struct husk_vgic_vcpu *const owner = &vgic->vcpus[vgic_owner(vgic, vcpu, intid)];

        /* Taken again while in a list register of another CPU, so that one's guest has ended the
         * last one: whoever folds it must not take the empty register for the end of this one. */
        owner->lr[husk_vgic_lr_of(vgic, owner, intid)] &= ~VGIC_LR_HW;
    }
    word->phys |= bit & word->hw;
    word->raised |= bit & ~(word->pending | word->repend);
    latch(vgic, vcpu, intid, bit);
}

/* The register, whether it is in reach, its handler. */
enum husk_err husk_vgic_access(struct husk_vgic_locked v, unsigned vcpu, struct husk_vgic_op *op)
{
    struct husk_vgic *const vgic = v.vgic;
    const unsigned size_bytes = op->size_bytes;
    struct husk_vgic_access access = { vgic, vcpu, 0, 0, 0, 0, size_bytes };
    husk_vgic_reach_fn *const reach = vgic->config.reach;
    const struct husk_vgic_reg *row;

    if (!op->is_write) {
        op->value = 0;
    }
    if (size_bytes == 0 || size_bytes > 8 || (size_bytes & (size_bytes - 1)) != 0 ||
        !husk_is_aligned(op->offset, size_bytes)) {
        return HUSK_EINVAL;
    }
    row = vgic_ops(vgic)->locate(&access, op->frame, op->offset);
    if ((row->sizes & size_bytes) == 0) {
        return HUSK_EINVAL;
    }
    if (reach != NULL && !reach(&access, row, op->is_write ? &op->value : NULL)) {
        return HUSK_EAGAIN;
    }
    if (op->is_write && row->write != NULL) {
        row->write(&access, op->value);
    }
    if (!op->is_write && row->read != NULL) {
        op->value = row->read(&access);
    }
    return HUSK_OK;
}
