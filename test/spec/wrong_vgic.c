// SPDX-License-Identifier: Apache-2.0
// A mistake in husk::vgic: GICD_ISENABLER does not know the highest of the interrupts it is to
// enable.
#include "vgic_internal.h"

void __real_husk_vgic_change(struct husk_vgic *vgic, struct husk_vgic_block *block,
                             enum vgic_change what, uint32_t bits);
void __wrap_husk_vgic_change(struct husk_vgic *vgic, struct husk_vgic_block *block,
                             enum vgic_change what, uint32_t bits);

void __wrap_husk_vgic_change(struct husk_vgic *vgic, struct husk_vgic_block *block,
                             enum vgic_change what, uint32_t bits)
{
    if (what == VGIC_SET_ENABLED && bits != 0) {
        bits &= ~(1u << (31 - __builtin_clz(bits)));
    }
    __real_husk_vgic_change(vgic, block, what, bits);
}
