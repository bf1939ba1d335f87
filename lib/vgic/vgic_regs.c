// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* Handlers of the registers that have one or more bits for each INTID. IHI 0069H 12.9 "The GIC
 * Distributor register descriptions" and 12.11 "The GIC Redistributor register descriptions"; the
 * SGI_base registers of a redistributor are the same for INTIDs 0..31. */

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
    (void)husk_vgic_lr_refresh(access->vgic, access->bank, access->intid);
    return vgic_pending(word_of(access));
}

uint64_t husk_vgic_read_active(const struct husk_vgic_access *access)
{
    const uint32_t listed = husk_vgic_lr_refresh(access->vgic, access->bank, access->intid);

    return word_of(access)->active | listed;
}

/* Toggles `bits` of a field of the word. */
static void toggle(const struct husk_vgic_access *access, uint32_t *field, uint32_t bits)
{
    husk_vgic_pull(access->vgic, access->bank, access->intid, bits);
    *field ^= bits;
    husk_vgic_changed(access->vgic, access->bank, access->intid, bits);
}

void husk_vgic_write_group(const struct husk_vgic_access *access, uint64_t value)
{
    uint32_t *const field = &word_of(access)->group1;

    toggle(access, field, implemented(access, *field ^ value));
}

void husk_vgic_write_set_enabled(const struct husk_vgic_access *access, uint64_t value)
{
    uint32_t *const field = &word_of(access)->enabled;

    toggle(access, field, implemented(access, value) & ~*field);
}

void husk_vgic_write_clear_enabled(const struct husk_vgic_access *access, uint64_t value)
{
    uint32_t *const field = &word_of(access)->enabled;

    toggle(access, field, (uint32_t)value & *field);
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

/* Who has acknowledged an SPI is only known by its list register. One made active by a register
 * write belongs to the vCPU it would have been delivered to. */
static void own_active(struct husk_vgic *vgic, unsigned intid, uint32_t bits)
{
    for (; bits != 0; bits &= bits - 1) {
        const unsigned one = (intid & ~31u) + vgic_ctz(bits);

        vgic->owner[one] = vgic->target[one] == VGIC_NO_VCPU ? 0 : vgic->target[one];
    }
}

void husk_vgic_write_set_active(const struct husk_vgic_access *access, uint64_t value)
{
    struct husk_vgic_word *const word = word_of(access);
    const uint32_t bits = implemented(access, value);

    husk_vgic_pull(access->vgic, access->bank, access->intid, bits);
    if (access->intid >= HUSK_VGIC_INTID_PRIVATE) {
        own_active(access->vgic, access->intid, bits & ~word->active & ~word->in_lr);
    }
    word->active |= bits & ~word->in_lr;
    husk_vgic_changed(access->vgic, access->bank, access->intid, bits);
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
    uint64_t value = 0;

    __builtin_memcpy(&value, vgic_priority(access->vgic, access->bank, access->intid),
                     access->size_bytes);
    return value;
}

void husk_vgic_write_priority(const struct husk_vgic_access *access, uint64_t value)
{
    uint8_t *priority = vgic_priority(access->vgic, access->bank, access->intid);
    const unsigned mask = (uint8_t)access->vgic->priority_mask;
    uint32_t bits = 0;
    unsigned i;

    for (i = 0; i < access->size_bytes; i++, value >>= 8) {
        const uint8_t wanted = (uint8_t)(value & mask);

        if (priority[i] != wanted) {
            priority[i] = wanted;
            bits |= 1u << (access->intid % 32 + i);
        }
    }
    husk_vgic_pull(access->vgic, access->bank, access->intid, bits);
    husk_vgic_changed(access->vgic, access->bank, access->intid, bits);
}

/* Two bits an INTID, of which the upper one is the configuration. */

uint64_t husk_vgic_read_config(const struct husk_vgic_access *access)
{
    const uint32_t edge = word_of(access)->edge >> access->intid % 32;
    uint32_t value = 0;
    unsigned i;

    for (i = 0; i < 16; i++) {
        value |= (edge >> i & 1) << (2 * i + 1);
    }
    return value;
}

void husk_vgic_write_config(const struct husk_vgic_access *access, uint64_t value)
{
    uint32_t *const field = &word_of(access)->edge;
    const unsigned shift = access->intid % 32;
    uint32_t bits = 0;
    unsigned i;

    for (i = 0; i < 16; i++) {
        bits |= (uint32_t)((value >> (2 * i + 1) ^ *field >> (shift + i)) & 1) << (shift + i);
    }
    if (access->intid >= HUSK_VGIC_INTID_SGI_COUNT) { /* SGIs are edge, fixed */
        toggle(access, field, implemented(access, bits));
    }
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
        if ((vgic->config.mpidr[i] & VGIC_ROUTE_MASK) == affinity) {
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
    route &= VGIC_ROUTE_MASK;
    if (route == vgic->route[access->intid]) {
        return;
    }
    husk_vgic_pull(vgic, access->bank, access->intid, bit);
    vgic->route[access->intid] = route;
    vgic->target[access->intid] = (uint8_t)husk_vgic_vcpu_of_affinity(vgic, route);
    husk_vgic_changed(vgic, access->bank, access->intid, bit);
}
