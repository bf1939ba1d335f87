// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* Handlers of the registers that have one or more bits for each INTID. IHI 0069H 12.9 "The GIC
 * Distributor register descriptions" and 12.11 "The GIC Redistributor register descriptions"; the
 * SGI_base registers of a redistributor are the same for INTIDs 0..31. */

/* GICD_IROUTER<n>: Aff3 [39:32], Aff2..Aff0 [23:0]. Interrupt_Routing_Mode [31] is RES0, as
 * GICD_TYPER.No1N is 1. */
#define ROUTE_MASK (HUSK_BITS(39, 32) | HUSK_BITS(23, 0))

static struct husk_vgic_word *word_of(const struct husk_vgic_access *access)
{
    return husk_vgic_word_of(access->vgic, access->bank, access->intid);
}

/* INTIDs 1020..1023 are not interrupts: no bit in the last word of a full distributor. */
static uint32_t implemented(const struct husk_vgic_access *access, uint64_t value)
{
    const unsigned left = access->vgic->config.intid_count - (access->intid & ~31u);

    return (uint32_t)value & (left >= 32 ? UINT32_MAX : (1u << left) - 1);
}

uint64_t husk_vgic_read_zero(const struct husk_vgic_access *access)
{
    (void)access;
    return 0;
}

void husk_vgic_write_ignored(const struct husk_vgic_access *access, uint64_t value)
{
    (void)access;
    (void)value;
}

/* Changes of the group enables reach everything that sits in a list register. */
void husk_vgic_write_ctlr(const struct husk_vgic_access *access, uint64_t value)
{
    const uint32_t ctlr = (uint32_t)value & (VGIC_CTLR_GRP0 | VGIC_CTLR_GRP1);

    if (ctlr != access->vgic->ctlr) {
        access->vgic->ctlr = ctlr;
        __atomic_store_n(&access->vgic->head[0], vgic_ops(access->vgic)->ctlr | ctlr,
                         __ATOMIC_RELAXED);
        husk_vgic_lr_pull_all(access->vgic);
    }
}

uint64_t husk_vgic_read_group(const struct husk_vgic_access *access)
{
    return word_of(access)->group1;
}

uint64_t husk_vgic_read_enabled(const struct husk_vgic_access *access)
{
    return word_of(access)->enabled;
}

uint64_t husk_vgic_read_pending(const struct husk_vgic_access *access)
{
    const struct husk_vgic_word *word = word_of(access);

    if (word->in_lr != 0) {
        (void)husk_vgic_lr_refresh(access->vgic, access->bank, access->intid);
    }
    return vgic_pending(word);
}

uint64_t husk_vgic_read_active(const struct husk_vgic_access *access)
{
    const struct husk_vgic_word *word = word_of(access);
    uint32_t in_lr = 0;

    if (word->in_lr != 0) {
        in_lr = husk_vgic_lr_refresh(access->vgic, access->bank, access->intid);
    }
    return word->active | in_lr;
}

void husk_vgic_write_group(const struct husk_vgic_access *access, uint64_t value)
{
    struct husk_vgic_word *word = word_of(access);
    const uint32_t bits = (word->group1 ^ (uint32_t)value) & implemented(access, UINT32_MAX);

    husk_vgic_pull(access->vgic, access->bank, access->intid, bits);
    word->group1 ^= bits;
    husk_vgic_changed(access->vgic, access->bank, access->intid, bits);
}

void husk_vgic_write_set_enabled(const struct husk_vgic_access *access, uint64_t value)
{
    struct husk_vgic_word *word = word_of(access);
    const uint32_t bits = implemented(access, value) & ~word->enabled;

    husk_vgic_pull(access->vgic, access->bank, access->intid, bits);
    word->enabled |= bits;
    husk_vgic_changed(access->vgic, access->bank, access->intid, bits);
}

void husk_vgic_write_clear_enabled(const struct husk_vgic_access *access, uint64_t value)
{
    struct husk_vgic_word *word = word_of(access);
    const uint32_t bits = (uint32_t)value & word->enabled;

    husk_vgic_pull(access->vgic, access->bank, access->intid, bits);
    word->enabled &= ~bits;
    husk_vgic_changed(access->vgic, access->bank, access->intid, bits);
}

void husk_vgic_write_set_pending(const struct husk_vgic_access *access, uint64_t value)
{
    const uint32_t bits = implemented(access, value);

    husk_vgic_set_pending(access->vgic, access->bank, access->intid, bits);
    word_of(access)->raised &= ~bits; /* the guest's own: stays when the line falls */
}

void husk_vgic_write_clear_pending(const struct husk_vgic_access *access, uint64_t value)
{
    husk_vgic_clear_pending(access->vgic, access->bank, access->intid, implemented(access, value));
}

void husk_vgic_write_set_active(const struct husk_vgic_access *access, uint64_t value)
{
    husk_vgic_set_active(access->vgic, access->bank, access->intid, implemented(access, value));
}

void husk_vgic_write_clear_active(const struct husk_vgic_access *access, uint64_t value)
{
    husk_vgic_clear_active(access->vgic, access->bank, access->intid, implemented(access, value));
}

void husk_vgic_write_dir(const struct husk_vgic_access *access, uint64_t value)
{
    struct husk_vgic *const vgic = access->vgic;
    const unsigned intid = (unsigned)value & vgic_ops(vgic)->dir_intid;

    if (intid < vgic->config.intid_count &&
        (vgic_ops(vgic)->read_vmcr(vgic) & VGIC_VMCR_VEOIM) != 0) {
        husk_vgic_clear_active(vgic, access->self,
                               (unsigned)husk_index_nospec(intid, vgic->config.intid_count),
                               1u << (intid % 32));
    }
}

uint64_t husk_vgic_read_priority(const struct husk_vgic_access *access)
{
    const uint8_t *priority = vgic_priority(access->vgic, access->bank, access->intid);
    uint64_t value = 0;
    unsigned i;

    for (i = 0; i < access->size_bytes; i++) {
        value |= (uint64_t)priority[i] << (8 * i);
    }
    return value;
}

void husk_vgic_write_priority(const struct husk_vgic_access *access, uint64_t value)
{
    uint8_t *priority = vgic_priority(access->vgic, access->bank, access->intid);
    const unsigned mask = 0xff00u >> access->vgic->config.pri_bits;
    uint32_t bits = 0;
    unsigned i;

    for (i = 0; i < access->size_bytes; i++) {
        const uint8_t wanted = (uint8_t)((value >> (8 * i)) & mask);

        if (priority[i] != wanted) {
            priority[i] = wanted;
            bits |= 1u << (access->intid % 32 + i);
        }
    }
    husk_vgic_pull(access->vgic, access->bank, access->intid, bits);
    husk_vgic_changed(access->vgic, access->bank, access->intid, bits);
}

/* Two bits an INTID, of which the upper one is the configuration: spreads 16 bits to 32. */
static uint32_t spread(uint32_t bits)
{
    bits = (bits | (bits << 8)) & 0x00ff00ffu;
    bits = (bits | (bits << 4)) & 0x0f0f0f0fu;
    bits = (bits | (bits << 2)) & 0x33333333u;
    bits = (bits | (bits << 1)) & 0x55555555u;
    return bits << 1;
}

static uint32_t gather(uint32_t bits)
{
    bits = (bits >> 1) & 0x55555555u;
    bits = (bits | (bits >> 1)) & 0x33333333u;
    bits = (bits | (bits >> 2)) & 0x0f0f0f0fu;
    bits = (bits | (bits >> 4)) & 0x00ff00ffu;
    return (bits | (bits >> 8)) & 0xffffu;
}

uint64_t husk_vgic_read_config(const struct husk_vgic_access *access)
{
    return spread((word_of(access)->edge >> (access->intid % 32)) & 0xffffu);
}

void husk_vgic_write_config(const struct husk_vgic_access *access, uint64_t value)
{
    struct husk_vgic_word *word = word_of(access);
    const unsigned shift = access->intid % 32;
    uint32_t bits = (word->edge ^ (gather((uint32_t)value) << shift)) & (0xffffu << shift);

    if (access->intid < HUSK_VGIC_INTID_SGI_COUNT) {
        return; /* SGIs are edge, fixed */
    }
    bits &= implemented(access, UINT32_MAX);
    husk_vgic_pull(access->vgic, access->bank, access->intid, bits);
    word->edge ^= bits;
    husk_vgic_changed(access->vgic, access->bank, access->intid, bits);
}

uint64_t husk_vgic_read_route(const struct husk_vgic_access *access)
{
    const uint64_t value = access->vgic->route[access->intid] >> (8 * access->shift);

    return access->size_bytes == 8 ? value : (uint32_t)value;
}

unsigned husk_vgic_vcpu_of_affinity(const struct husk_vgic *vgic, uint64_t affinity)
{
    unsigned i;

    for (i = 0; i < vgic_vcpu_count(vgic); i++) {
        if ((vgic->config.mpidr[i] & ROUTE_MASK) == affinity) {
            return i;
        }
    }
    return VGIC_NO_VCPU;
}

void husk_vgic_write_route(const struct husk_vgic_access *access, uint64_t value)
{
    struct husk_vgic *vgic = access->vgic;
    const uint32_t bit = 1u << (access->intid % 32);
    uint64_t route = value;

    if (access->size_bytes == 4) {
        route = husk_bits_set(vgic->route[access->intid], 8 * access->shift + 31, 8 * access->shift,
                              value);
    }
    route &= ROUTE_MASK;
    if (route == vgic->route[access->intid]) {
        return;
    }
    husk_vgic_pull(vgic, access->bank, access->intid, bit);
    vgic->route[access->intid] = route;
    vgic->target[access->intid] = (uint8_t)husk_vgic_vcpu_of_affinity(vgic, route);
    husk_vgic_changed(vgic, access->bank, access->intid, bit);
}
