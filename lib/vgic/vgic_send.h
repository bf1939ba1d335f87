// SPDX-License-Identifier: Apache-2.0
#ifndef VGIC_SEND_H
#define VGIC_SEND_H

/** @file
 * The short way of an SGI from one vCPU to another: noted by the sender, taken by the other's CPU.
 */

#include "vgic_internal.h"

/** An SGI of GICv2 is pending from these CPUs, too. Whoever folds its list register adds them. */
static inline void vgic_add_sources(struct husk_vgic_vcpu *target, unsigned intid, uint32_t sources)
{
    uint8_t *const list =
        (target->bank.in_lr >> intid & 1) != 0 ? target->sgi_again : target->sgi_source;

    list[intid] |= (uint8_t)sources;
}

/* What others have sent. An SGI of GICv2 must be from whom its list register has it. */
__attribute__((always_inline)) static inline bool vgic_take(struct husk_vgic *vgic, unsigned vcpu,
                                                            vgic_again_fn *again)
{
    struct husk_vgic_vcpu *const self = &vgic->vcpus[vcpu];
    uint32_t sent;
    bool done = false;

    husk_spin_lock(&vgic->lock);
    sent = self->bank.repend;
    if ((sent & (sent - 1)) == 0 && sent - 1 < 0xffff) { /* one, and an SGI */
        const unsigned intid = vgic_ctz(sent);

        done = self->sgi_again[intid] == self->sgi_source[intid] &&
               vgic_repeat(vgic, &self->bank, intid, self, again);
        if (done) {
            self->sgi_again[intid] = 0;
            self->bank.repend = 0;
        }
    }
    husk_spin_unlock(&vgic->lock);
    return done;
}

#endif
