// SPDX-License-Identifier: Apache-2.0
// The virtual GIC beside the specification, which sees every call of hv's under the VM's lock.
//
// A guest acknowledges and ends interrupts in list registers without an exit. Before each call
// meet() looks at the list registers of the vCPU loaded here, takes what its guest has done since
// to the specification, and only then the call itself. Afterwards the two states are compared: what
// the library holds in memory and in list registers, put together, is the state of an interrupt.
#include "oracle.h"

#include "spec_vgic.h"
#include "vgic_internal.h"
#include <husk/vtimer.h>

static struct shadow {
    const struct husk_vgic *vgic;
    struct spec_vgic spec;
    uint8_t seen[HUSK_VGIC_VCPU_MAX][HUSK_VGIC_LR_MAX]; /* state of list registers as last seen */
    uint32_t ticking[HUSK_VGIC_VCPU_MAX]; /* PPIs, SGIs in husk_vgic_v*_repeat(), to be taken */
    uint32_t sending;                     /* vCPUs in husk_vgic_v*_send() */
    unsigned turn;
    unsigned counted[HUSK_VGIC_VCPU_MAX]; /* EOIs that hardware has counted, but not named */
} shadows[ORACLE_VMS];
static struct husk_spinlock lock;

enum { PENDING = 1, ACTIVE = 2 };

static struct shadow *shadow_of(const struct husk_vgic *vgic)
{
    unsigned i = 0;

    husk_spin_lock(&lock);
    while (i < ORACLE_VMS && shadows[i].vgic != vgic && shadows[i].vgic != NULL) {
        i++;
    }
    HUSK_ASSERT(i < ORACLE_VMS);
    shadows[i].vgic = vgic;
    husk_spin_unlock(&lock);
    return &shadows[i];
}

static bool is_here(const struct husk_vgic_vcpu *vcpu)
{
    return vcpu->loaded && vcpu->cpu == husk_read(mpidr_el1);
}

static unsigned state_now(const struct husk_vgic *vgic, unsigned index)
{
    return (unsigned)(vgic_ops(vgic)->lr_read(vgic, index) >> 62);
}

static const struct husk_vgic_block *block_of(const struct husk_vgic *vgic, unsigned cpu,
                                              unsigned intid)
{
    return intid < SPEC_VGIC_PRIVATE ? &vgic->vcpus[cpu].bank : &vgic->spi[intid / 32];
}

/* What IAR gave, or would give, for an interrupt in a list register. */
static unsigned iar_of(const struct shadow *shadow, const struct husk_vgic_vcpu *vcpu,
                       unsigned index)
{
    const unsigned source = (unsigned)(vcpu->lr[index] >> VGIC_LR_PHYSICAL) & 7;
    const unsigned intid = (uint16_t)vcpu->lr[index];

    return intid | (shadow->spec.version == 2 && intid < 16 ? source << 10 : 0);
}

/* One list register: ends what was active, acknowledges what was pending, ends that too. Where it
 * was made pending again meanwhile from elsewhere, either order is right; which it was, is the
 * library's record. */
static void follow(struct shadow *shadow, unsigned cpu, unsigned index, unsigned now)
{
    const struct husk_vgic_vcpu *const vcpu = &shadow->vgic->vcpus[cpu];
    const unsigned before = shadow->seen[cpu][index];
    const unsigned iar = iar_of(shadow, vcpu, index);
    const unsigned intid = (uint16_t)vcpu->lr[index];
    struct spec_vgic_irq *const irq = spec_vgic_irq(&shadow->spec, cpu, intid);

    if ((before & ACTIVE) != 0 && (now != before)) {
        spec_vgic_deactivated(&shadow->spec, cpu, iar);
    }
    if ((before & PENDING) != 0 && (now & PENDING) == 0) {
        spec_vgic_activated(&shadow->spec, cpu, iar);
        if (intid < 16) {
            irq->sources |= vcpu->sgi_again[intid];
        }
        irq->latch = irq->latch || irq->sources != 0 ||
                     (block_of(shadow->vgic, cpu, intid)->repend >> intid % 32 & 1) != 0;
        if ((now & ACTIVE) == 0) {
            spec_vgic_deactivated(&shadow->spec, cpu, iar);
        }
    }
    shadow->seen[cpu][index] = (uint8_t)now;
}

/* Before a call. */
static struct shadow *meet(const struct husk_vgic *vgic)
{
    struct shadow *const shadow = shadow_of(vgic);

    for (unsigned cpu = 0; cpu < vgic->config.vcpu_count; cpu++) {
        const struct husk_vgic_vcpu *const vcpu = &vgic->vcpus[cpu];

        for (uint32_t used = is_here(vcpu) ? vcpu->lr_used : 0; used != 0; used &= used - 1) {
            const unsigned index = vgic_ctz(used);

            follow(shadow, cpu, index, state_now(vgic, index));
        }
        if (is_here(vcpu)) {
            const uint32_t vmcr = vgic_ops(vgic)->read_vmcr(vgic);
            struct spec_vgic_cpu *const interface = &shadow->spec.cpu[cpu];

            interface->enable[0] = (vmcr & VGIC_CTLR_GRP0) != 0;
            interface->enable[1] = (vmcr & VGIC_CTLR_GRP1) != 0;
            interface->split = (vmcr & VGIC_VMCR_VEOIM) != 0;
            shadow->counted[cpu] = (vcpu->hcr & VGIC_HCR_LRENPIE) != 0
                                       ? vgic_ops(vgic)->read_hcr(vgic) >> VGIC_HCR_EOICOUNT
                                       : 0;
        }
    }
    return shadow;
}

/* After a call: the list registers are as the library has written them, if it has. */
static void part(struct shadow *shadow)
{
    const struct husk_vgic *const vgic = shadow->vgic;

    for (unsigned cpu = 0; cpu < vgic->config.vcpu_count; cpu++) {
        for (unsigned i = 0; is_here(&vgic->vcpus[cpu]) && i < vgic->config.lr_count; i++) {
            shadow->seen[cpu][i] = (uint8_t)state_now(vgic, i);
        }
    }
}

/* ---- the library's state, as the specification has it ---- */

/* The list register of `intid` of vCPU `cpu`; LR_MAX: none has it. */
static unsigned lr_of(const struct husk_vgic_vcpu *vcpu, unsigned intid)
{
    for (uint32_t used = vcpu->lr_used; used != 0; used &= used - 1) {
        if ((uint16_t)vcpu->lr[vgic_ctz(used)] == intid) {
            return vgic_ctz(used);
        }
    }
    return HUSK_VGIC_LR_MAX;
}

static struct spec_vgic_irq state_of(const struct shadow *shadow, unsigned cpu, unsigned intid)
{
    const struct husk_vgic *const vgic = shadow->vgic;
    const struct husk_vgic_block *const block = block_of(vgic, cpu, intid);
    const unsigned bit = intid % 32;
    const unsigned owner = block->owner[bit];
    const struct husk_vgic_vcpu *const vcpu = &vgic->vcpus[owner % HUSK_VGIC_VCPU_MAX];
    struct spec_vgic_irq irq = {
        .enabled = (block->enabled >> bit & 1) != 0,
        .active = (block->active >> bit & 1) != 0,
        .group1 = (block->group1 >> bit & 1) != 0,
        .edge = (block->edge >> bit & 1) != 0,
        .latch = (block->pending >> bit & 1) != 0,
        .line = (block->line >> bit & 1) != 0,
        .priority = block->priority[bit],
        .sources = intid < 16 ? vcpu->sgi_source[intid] : 0,
        .route = intid < SPEC_VGIC_PRIVATE ? 0 : vgic->route[intid],
    };

    if ((block->in_lr >> bit & 1) != 0) {
        const unsigned index = lr_of(vcpu, intid);
        const unsigned now = shadow->seen[owner][index % HUSK_VGIC_LR_MAX];

        oracle_same("list register of interrupt", intid, index < HUSK_VGIC_LR_MAX, true);
        irq.active = (now & ACTIVE) != 0;
        if ((vcpu->lr[index] & VGIC_LR_PENDING) != 0 && (now & PENDING) == 0) { /* acknowledged */
            irq.sources &= (uint8_t)~(1u << (iar_of(shadow, vcpu, index) >> 10));
            irq.latch = irq.sources != 0;
        }
    }
    irq.sources |= intid < 16 ? vcpu->sgi_again[intid] : 0;
    irq.latch = irq.latch || irq.sources != 0 || (block->repend >> bit & 1) != 0;
    return irq;
}

static bool is_same(const struct spec_vgic_irq *a, const struct spec_vgic_irq *b)
{
    return a->enabled == b->enabled && a->group1 == b->group1 && a->edge == b->edge &&
           a->priority == b->priority && a->route == b->route && a->line == b->line &&
           a->sources == b->sources && a->latch == b->latch && a->active == b->active;
}

static void compare(struct shadow *shadow, unsigned cpu, unsigned intid)
{
    const struct spec_vgic_irq got = state_of(shadow, cpu, intid);
    struct spec_vgic_irq *const want = spec_vgic_irq(&shadow->spec, cpu, intid);
    const unsigned owner = block_of(shadow->vgic, cpu, intid)->owner[intid % 32];
    unsigned *const counted = &shadow->counted[owner % HUSK_VGIC_VCPU_MAX];

    if (is_same(&got, want)) {
        return;
    }
    if (want->active && !got.active && *counted != 0) {
        (*counted)--; /* which one that was, is the library's choice */
        want->active = false;
    }
    oracle_same("enable of interrupt", intid, got.enabled, want->enabled);
    oracle_same("group of interrupt", intid, got.group1, want->group1);
    oracle_same("configuration of interrupt", intid, got.edge, want->edge);
    oracle_same("priority of interrupt", intid, got.priority, want->priority);
    oracle_same("route of interrupt", intid, got.route, want->route);
    oracle_same("input of interrupt", intid, got.line, want->line);
    oracle_same("senders of interrupt", intid, got.sources, want->sources);
    oracle_same("pending latch of interrupt", intid, got.latch, want->latch);
    oracle_same("active state of interrupt", intid, got.active, want->active);
}

/* The best interrupt that waits for the guest, of those of `words`; `intids`: none. One that is
 * pending by its line alone, which is HW-linked, does not wait: its physical interrupt is pending
 * too, is taken before the guest runs on, and brings it. */
static unsigned best_of(struct shadow *shadow, unsigned cpu, uint32_t words)
{
    unsigned priority = UINT8_MAX + 1;
    unsigned best = shadow->spec.intids;

    for (unsigned i = 0; i < shadow->spec.intids; i += (words >> i / 32 & 1) != 0 ? 1 : 32) {
        const struct spec_vgic_irq *const irq = spec_vgic_irq(&shadow->spec, cpu, i);
        const bool is_hw = (block_of(shadow->vgic, cpu, i)->hw >> i % 32 & 1) != 0;

        if ((words >> i / 32 & 1) != 0 && (irq->latch || (irq->line && !is_hw)) &&
            irq->priority < priority && shadow->spec.cpu[cpu].enable[irq->group1] &&
            spec_vgic_deliverable(&shadow->spec, cpu, i)) {
            priority = irq->priority;
            best = i;
        }
    }
    return best;
}

/* What the guest will be offered: each is one that it may get, and none that waits is better. */
static void check_offer(struct shadow *shadow, unsigned cpu, uint32_t words)
{
    const struct husk_vgic_vcpu *const vcpu = &shadow->vgic->vcpus[cpu];
    const unsigned best = best_of(shadow, cpu, words);
    const bool waits = best < shadow->spec.intids;
    const unsigned priority = waits ? spec_vgic_irq(&shadow->spec, cpu, best)->priority : 0;
    bool listed = !waits;

    for (uint32_t used = vcpu->lr_used; used != 0; used &= used - 1) {
        const unsigned index = vgic_ctz(used);
        const unsigned intid = (uint16_t)vcpu->lr[index];
        const uint64_t lr = vcpu->lr[index];
        const struct spec_vgic_irq *const irq = spec_vgic_irq(&shadow->spec, cpu, intid);

        oracle_same("priority in the list register of", intid, lr >> VGIC_LR_PRIORITY & 0xff,
                    irq->priority);
        oracle_same("group in the list register of", intid, (lr & VGIC_LR_GROUP1) != 0,
                    irq->group1);
        if (shadow->seen[cpu][index] == PENDING) {
            oracle_same("offer of interrupt", intid, true,
                        spec_vgic_deliverable(&shadow->spec, cpu, intid));
            oracle_same("sender in the list register of", intid, true,
                        irq->sources == 0 ||
                            (irq->sources >> (iar_of(shadow, vcpu, index) >> 10) & 1) != 0);
            listed =
                listed || (irq->priority == priority && shadow->spec.cpu[cpu].enable[irq->group1]);
        }
    }
    oracle_same("offer of the best interrupt, or its like,", best, listed, true);
}

/* When a vCPU's part is done: its own interrupts, the SPIs of which something is up, and, turn by
 * turn, the others. @return the words of interrupts that were compared. */
static uint32_t compare_states(struct shadow *shadow, unsigned cpu)
{
    const uint32_t busy = shadow->vgic->busy | 1 | 1u << shadow->turn++ % 32;

    for (unsigned i = 0; i < shadow->spec.intids; i += (busy >> i / 32 & 1) != 0 ? 1 : 32) {
        if ((busy >> i / 32 & 1) != 0 &&
            (i >= SPEC_VGIC_PRIVATE ||
             ((shadow->ticking[cpu] | (shadow->sending != 0 ? 0xffff : 0)) >> i & 1) == 0)) {
            compare(shadow, cpu, i);
        }
    }
    return busy;
}

static void compare_all(struct shadow *shadow, unsigned cpu)
{
    const struct husk_vgic_vcpu *const vcpu = &shadow->vgic->vcpus[cpu];
    const uint32_t words = compare_states(shadow, cpu);

    if (is_here(vcpu) && vcpu->held_by == 0 && !vcpu->dirty && shadow->sending == 0) {
        check_offer(shadow, cpu, words);
    }
}

/* husk_vgic_flush() may have anything to do, or to tell. */
static bool flush_due(const struct husk_vgic *vgic, unsigned vcpu)
{
    return (vgic->kick | husk_vgic_work(&vgic->vcpus[vcpu])) != 0;
}

/* ---- hv's calls ---- */

ORACLE_WRAP(enum husk_err, vgic_init, struct husk_vgic *vgic, const struct husk_vgic_config *config,
            struct husk_vgic_vcpu *vcpus)
{
    const enum husk_err err = __real_husk_vgic_init(vgic, config, vcpus);
    struct shadow *const shadow = shadow_of(vgic);

    shadow->spec.version = vgic_ops(vgic) == &husk_vgic_v2 ? 2 : 3;
    shadow->spec.intids = vgic->config.intid_count;
    shadow->spec.cpus = vgic->config.vcpu_count;
    shadow->spec.priority_bits = vgic->config.pri_bits;
    for (unsigned i = 0; i < shadow->spec.cpus; i++) {
        shadow->spec.affinity[i] = vgic->config.mpidr[i] & 0xff00ffffff;
        shadow->ticking[i] = shadow->counted[i] = 0;
    }
    spec_vgic_reset(&shadow->spec);
    for (unsigned i = 0; i < shadow->spec.cpus; i++) {
        compare_all(shadow, i);
    }
    return err;
}

ORACLE_WRAP(void, vgic_reset_cpu, struct husk_vgic_locked v, unsigned vcpu)
{
    struct shadow *const shadow = meet(v.vgic);

    spec_vgic_reset_cpu(&shadow->spec, vcpu);
    __real_husk_vgic_reset_cpu(v, vcpu);
    part(shadow);
    compare_all(shadow, vcpu);
}

static void read_is_specified(struct shadow *shadow, unsigned vcpu, const struct husk_vgic_op *op)
{
    const bool is_gicr = op->frame == HUSK_VGIC_GICR;
    const uint64_t want = op->frame == HUSK_VGIC_GICC /* write only */
                              ? 0
                              : spec_vgic_read(&shadow->spec, vcpu, is_gicr ? SPEC_GICR : SPEC_GICD,
                                               op->offset, op->size_bytes);
    const uint64_t bank = op->offset / HUSK_VGIC_REDIST_BYTES;
    const uint64_t ticking = is_gicr && bank < shadow->spec.cpus ? shadow->ticking[bank] : 0;

    oracle_same(is_gicr ? "read of GICR +" : "read of GICD +", op->offset, op->value & ~ticking,
                want & ~ticking);
}

static uint64_t low(unsigned size_bytes, uint64_t value)
{
    return value & UINT64_MAX >> (64 - 8 * size_bytes);
}

ORACLE_WRAP(bool, vgic_poke, struct husk_vgic_locked v, unsigned vcpu, uint64_t offset,
            unsigned size_bytes, uint64_t value)
{
    struct shadow *const shadow = meet(v.vgic);
    const bool done = __real_husk_vgic_poke(v, vcpu, offset, size_bytes, value);

    if (done) {
        spec_vgic_write(&shadow->spec, vcpu, SPEC_GICD, offset, size_bytes, low(size_bytes, value));
    }
    part(shadow);
    if (done && flush_due(v.vgic, vcpu)) {
        (void)compare_states(shadow, vcpu); /* that comes with a kick or a maintenance interrupt */
    } else if (done) {
        compare_all(shadow, vcpu);
    }
    return done;
}

/* DIR: ICC_DIR_EL1 INTID [23:0], GICC_DIR CPUID [12:10] and INTID [9:0]. */
static void deactivate(struct shadow *shadow, unsigned vcpu, uint64_t offset, uint64_t value)
{
    const unsigned iar = (unsigned)value & (shadow->spec.version == 2 ? 0x1fff : 0xffffff);

    if (offset == 0 && (shadow->spec.version == 2 ? iar & 0x3ff : iar) < shadow->spec.intids) {
        spec_vgic_deactivate(&shadow->spec, vcpu, iar);
    }
}

static void write_as_specified(struct shadow *shadow, unsigned vcpu, const struct husk_vgic_op *op)
{
    spec_vgic_write(&shadow->spec, vcpu, op->frame == HUSK_VGIC_GICR ? SPEC_GICR : SPEC_GICD,
                    op->offset, op->size_bytes, low(op->size_bytes, op->value));
    oracle_same("group enables by GICD +", op->offset, shadow->vgic->ctlr,
                (shadow->spec.enable[0] ? 1 : 0) | (shadow->spec.enable[1] ? 2 : 0));
}

ORACLE_WRAP(enum husk_err, vgic_access, struct husk_vgic_locked v, unsigned vcpu,
            struct husk_vgic_op *op)
{
    struct shadow *const shadow = meet(v.vgic);
    const enum husk_err err = __real_husk_vgic_access(v, vcpu, op);

    if (op->frame == HUSK_VGIC_GICC && op->is_write) {
        if (err == HUSK_OK) {
            deactivate(shadow, vcpu, op->offset, op->value);
        }
    } else if (err != HUSK_EAGAIN && op->is_write) {
        write_as_specified(shadow, vcpu, op);
    } else if (err != HUSK_EAGAIN) {
        read_is_specified(shadow, vcpu, op);
    }
    part(shadow);
    return err;
}

ORACLE_WRAP(void, vgic_send_sgi, struct husk_vgic_locked v, unsigned vcpu, uint64_t value,
            bool group1)
{
    struct shadow *const shadow = meet(v.vgic);

    spec_vgic_send(&shadow->spec, vcpu, value, group1);
    __real_husk_vgic_send_sgi(v, vcpu, value, group1);
    part(shadow);
}

ORACLE_WRAP(void, vgic_set_line, struct husk_vgic_locked v, unsigned vcpu, unsigned intid,
            bool high)
{
    struct shadow *const shadow = meet(v.vgic);

    if (intid >= 16 && intid < shadow->spec.intids) {
        spec_vgic_line(&shadow->spec, vcpu, intid, high);
    }
    __real_husk_vgic_set_line(v, vcpu, intid, high);
    part(shadow);
}

ORACLE_WRAP(void, vgic_inject_hw, struct husk_vgic_locked v, unsigned vcpu, unsigned intid)
{
    struct shadow *const shadow = meet(v.vgic);

    if (intid < shadow->spec.intids) {
        spec_vgic_sample(&shadow->spec, vcpu, intid);
    }
    __real_husk_vgic_inject_hw(v, vcpu, intid);
    part(shadow);
}

/* The library takes the lock by itself; until it has given it back, others don't look at it. */
static unsigned repeat(unsigned intid, struct husk_vgic *vgic, unsigned vcpu,
                       husk_vgic_repeat_fn *real)
{
    struct shadow *shadow;
    unsigned left;
    bool done;

    if (intid == HUSK_VTIMER_INTID_VIRT || intid == HUSK_VTIMER_INTID_PHYS) {
        oracle_tick(intid);
    } else if (intid >= 16) { /* maintenance: what it is about is looked at by the flush */
        return real(intid, vgic, vcpu);
    }
    husk_spin_lock(&vgic->lock);
    shadow = meet(vgic);
    shadow->ticking[vcpu] |= 1u << intid;
    husk_spin_unlock(&vgic->lock);
    left = real(intid, vgic, vcpu);
    done = left == HUSK_VGIC_INTID_NONE;
    husk_spin_lock(&vgic->lock);
    shadow->ticking[vcpu] = 0;
    if (done && intid >= 16) {
        spec_vgic_sample(&shadow->spec, vcpu, intid);
    } else if (done) {
        spec_vgic_send(&shadow->spec, vcpu, vgic->sgi_list[vcpu] | intid << 24, true);
    }
    part(shadow);
    if (done && vgic->vcpus[vcpu].bank.repend == 0 && (intid >= 16 || !flush_due(vgic, vcpu))) {
        compare_all(shadow, vcpu);
    } else {
        (void)compare_states(shadow, vcpu); /* what others have posted comes with their kick */
    }
    husk_spin_unlock(&vgic->lock);
    return left;
}

ORACLE_WRAP(unsigned, vgic_v2_repeat, unsigned intid, struct husk_vgic *vgic, unsigned vcpu)
{
    return repeat(intid, vgic, vcpu, __real_husk_vgic_v2_repeat);
}

ORACLE_WRAP(unsigned, vgic_v3_repeat, unsigned intid, struct husk_vgic *vgic, unsigned vcpu)
{
    return repeat(intid, vgic, vcpu, __real_husk_vgic_v3_repeat);
}

static unsigned send(struct husk_vgic *vgic, unsigned vcpu, uint64_t value, husk_vgic_send_fn *real)
{
    struct shadow *shadow;
    unsigned to;

    husk_spin_lock(&vgic->lock);
    shadow = meet(vgic);
    shadow->sending |= 1u << vcpu;
    husk_spin_unlock(&vgic->lock);
    to = real(vgic, vcpu, value);
    husk_spin_lock(&vgic->lock);
    shadow->sending &= ~(1u << vcpu);
    if (to < shadow->spec.cpus && shadow->spec.version == 2) {
        spec_vgic_write(&shadow->spec, vcpu, SPEC_GICD, 0xf00, 4, value);
    } else if (to < shadow->spec.cpus) {
        spec_vgic_send(&shadow->spec, vcpu, value, true);
    }
    part(shadow);
    (void)compare_states(shadow, vcpu);
    husk_spin_unlock(&vgic->lock);
    return to;
}

ORACLE_WRAP(unsigned, vgic_v2_send, struct husk_vgic *vgic, unsigned vcpu, uint64_t value)
{
    return send(vgic, vcpu, value, __real_husk_vgic_v2_send);
}

ORACLE_WRAP(unsigned, vgic_v3_send, struct husk_vgic *vgic, unsigned vcpu, uint64_t value)
{
    return send(vgic, vcpu, value, __real_husk_vgic_v3_send);
}

/* Nothing that the specification knows of happens, but the library may take it too soon. */
static bool take(struct husk_vgic *vgic, unsigned vcpu, husk_vgic_take_fn *real)
{
    struct shadow *shadow;
    bool done;

    husk_spin_lock(&vgic->lock);
    shadow = meet(vgic);
    shadow->ticking[vcpu] |= 0xffff;
    husk_spin_unlock(&vgic->lock);
    done = real(vgic, vcpu);
    husk_spin_lock(&vgic->lock);
    shadow->ticking[vcpu] = 0;
    part(shadow);
    (void)compare_states(shadow, vcpu);
    husk_spin_unlock(&vgic->lock);
    return done;
}

ORACLE_WRAP(bool, vgic_v2_take, struct husk_vgic *vgic, unsigned vcpu)
{
    return take(vgic, vcpu, __real_husk_vgic_v2_take);
}

ORACLE_WRAP(bool, vgic_v3_take, struct husk_vgic *vgic, unsigned vcpu)
{
    return take(vgic, vcpu, __real_husk_vgic_v3_take);
}

ORACLE_WRAP(uint32_t, vgic_flush, struct husk_vgic_locked v, unsigned vcpu)
{
    struct shadow *const shadow = meet(v.vgic);
    const uint32_t kick = __real_husk_vgic_flush(v, vcpu);

    part(shadow);
    if (vcpu < shadow->spec.cpus) {
        const struct husk_vgic_vcpu *const self = &v.vgic->vcpus[vcpu];

        oracle_same("flush of vCPU", vcpu, self->dirty && self->held_by == 0 && is_here(self),
                    false);
        compare_all(shadow, vcpu);
    }
    return kick;
}

ORACLE_WRAP(bool, vgic_serve, struct husk_vgic_locked v, unsigned vcpu)
{
    struct shadow *const shadow = meet(v.vgic);
    const bool held = __real_husk_vgic_serve(v, vcpu);

    part(shadow);
    (void)compare_states(shadow, vcpu); /* a flush follows, which takes what others have posted */
    return held;
}

ORACLE_WRAP(void, vgic_load, struct husk_vgic_locked v, unsigned vcpu)
{
    struct shadow *const shadow = meet(v.vgic);

    __real_husk_vgic_load(v, vcpu);
    part(shadow);
    (void)meet(v.vgic); /* its interface is known only now */
    compare_all(shadow, vcpu);
}

ORACLE_WRAP(void, vgic_save, struct husk_vgic_locked v, unsigned vcpu)
{
    struct shadow *const shadow = meet(v.vgic);

    __real_husk_vgic_save(v, vcpu);
    part(shadow);
    compare_all(shadow, vcpu);
}
