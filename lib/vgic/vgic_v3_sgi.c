// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* ICC_SGI1R_EL1 and its kin: TargetList [15:0], Aff1 [23:16], INTID [27:24], Aff2 [39:32], IRM
 * [40], RS [47:44], Aff3 [55:48]. IHI 0069H 12.2 "AArch64 System register descriptions". */

static bool addressed(uint64_t value, uint64_t mpidr)
{
    const uint64_t aff0 = husk_bits_get(mpidr, 7, 0);

    return husk_bits_get(value, 55, 48) == husk_bits_get(mpidr, 39, 32) &&
           husk_bits_get(value, 39, 32) == husk_bits_get(mpidr, 23, 16) &&
           husk_bits_get(value, 23, 16) == husk_bits_get(mpidr, 15, 8) &&
           husk_bits_get(value, 47, 44) == aff0 / 16 && (value & HUSK_BIT(aff0 % 16)) != 0;
}

void husk_vgic_send_sgi(struct husk_vgic_locked v, unsigned vcpu, uint64_t value, bool group1)
{
    struct husk_vgic *vgic = v.vgic;
    const unsigned intid = (unsigned)husk_bits_get(value, 27, 24);
    const uint32_t bit = 1u << intid;
    const bool all_but_self = (value & HUSK_BIT(40)) != 0;
    unsigned i;

    for (i = 0; i < vgic->config.vcpu_count; i++) {
        const bool wanted = all_but_self ? i != vcpu : addressed(value, vgic->config.mpidr[i]);

        /* With DS = 1 ICC_SGI1R_EL1 reaches either group, the other two registers group 0 only:
         * IHI 0069H table "Forwarding of SGIs", whose case is a single Security state. */
        if (wanted && (group1 || (vgic->vcpus[i].bank.group1 & bit) == 0)) {
            husk_vgic_set_pending(vgic, i, intid, bit);
        }
    }
}
