// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

void husk_vgic_raise(struct husk_vgic *vgic, unsigned vcpu, unsigned intid)
{
    struct husk_vgic_vcpu *const self = &vgic->vcpus[vcpu];
    const unsigned slot = self->bank.again[intid];
    const unsigned sgi = intid % HUSK_VGIC_INTID_SGI_COUNT;

    /* A source (GICv2) makes each SGI another one. */
    if (slot != 0 && (self->sgi_source[sgi] | self->sgi_again[sgi]) == 0 &&
        vgic_ops(vgic)->again(vgic, slot - 1, self->lr[slot - 1])) {
        self->bank.pending |= 1u << intid;
    } else {
        husk_vgic_change(vgic, &self->bank, VGIC_SET_PENDING, 1u << intid);
    }
}

/* ICC_SGI1R_EL1 and its kin: TargetList [15:0], Aff1 [23:16], INTID [27:24], Aff2 [39:32], IRM
 * [40], RS [47:44], Aff3 [55:48]. IHI 0069H 12.2 "AArch64 System register descriptions". */

uint64_t husk_vgic_sgi_list(uint64_t mpidr)
{
    return HUSK_BIT(mpidr & 15) | (mpidr & 0xff) >> 4 << 44 | (mpidr >> 8 & 0xff) << 16 |
           (mpidr >> 16 & 0xff) << 32 | (mpidr >> 32 & 0xff) << 48;
}

static bool addressed(uint64_t value, uint64_t list)
{
    return ((value ^ list) & UINT64_C(0x00fff0ff00ff0000)) == 0 && (value & list & 0xffff) != 0;
}

void husk_vgic_send_sgi(struct husk_vgic_locked v, unsigned vcpu, uint64_t value, bool group1)
{
    struct husk_vgic *vgic = v.vgic;
    const unsigned intid = (unsigned)husk_bits_get(value, 27, 24);
    const uint32_t bit = 1u << intid;
    const bool all_but_self = (value & HUSK_BIT(40)) != 0;
    unsigned i;

    for (i = 0; i < vgic_vcpu_count(vgic); i++) {
        const bool wanted = all_but_self ? i != vcpu : addressed(value, vgic->sgi_list[i]);

        /* With DS = 1 ICC_SGI1R_EL1 reaches either group, the other two registers group 0 only:
         * IHI 0069H table "Forwarding of SGIs", whose case is a single Security state. */
        if (wanted && (group1 || (vgic->vcpus[i].bank.group1 & bit) == 0)) {
            if (vgic_vcpu_count(vgic) == 1 || i == vcpu) {
                husk_vgic_raise(vgic, i, intid);
            } else {
                husk_vgic_post(vgic, i, intid);
            }
        }
    }
}
