// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* Who wants a list register, best first. */

static void rank(struct vgic_ranking *ranking, unsigned capacity, unsigned intid, uint8_t priority)
{
    unsigned i = ranking->count;

    HUSK_ASSERT(capacity != 0); /* husk_vgic_init() has refused it */
    ranking->total++;
    if (i == capacity) {
        if (ranking->priority[capacity - 1] <= priority) {
            return;
        }
        i--;
    } else {
        ranking->count++;
    }
    for (; i > 0 && ranking->priority[i - 1] > priority; i--) {
        ranking->priority[i] = ranking->priority[i - 1];
        ranking->intid[i] = ranking->intid[i - 1];
    }
    ranking->priority[i] = priority;
    ranking->intid[i] = (uint16_t)intid;
}

static void rank_word(const struct husk_vgic *vgic, unsigned owner, unsigned first, uint32_t ctlr,
                      struct vgic_candidates *found)
{
    const struct husk_vgic_vcpu *vcpu = &vgic->vcpus[owner];
    const bool is_private = first < HUSK_VGIC_INTID_PRIVATE;
    const struct husk_vgic_word *word = is_private ? &vcpu->bank : &vgic->spi[first / 32];
    const uint8_t *priority = is_private ? vcpu->priority : &vgic->priority[first];
    const unsigned capacity = vgic->config.lr_count;
    uint32_t pending = vgic_deliverable(ctlr, word) & ~word->active & ~word->in_lr;
    uint32_t active = word->active & ~word->in_lr;

    for (; pending != 0; pending &= pending - 1) {
        const unsigned bit = vgic_ctz(pending);

        if (is_private || vgic->target[first + bit] == owner) {
            rank(&found->pending, capacity, first + bit, priority[bit]);
        }
    }
    for (; active != 0; active &= active - 1) {
        const unsigned bit = vgic_ctz(active);

        if (is_private || vgic->owner[first + bit] == owner) {
            rank(&found->active, capacity, first + bit, priority[bit]);
        }
    }
}

void husk_vgic_find_candidates(struct husk_vgic *vgic, unsigned owner, uint32_t ctlr,
                               struct vgic_candidates *found)
{
    uint32_t busy = vgic->busy;

    found->pending.count = found->pending.total = 0;
    found->active.count = found->active.total = 0;
    rank_word(vgic, owner, 0, ctlr, found);
    for (; busy != 0; busy &= busy - 1) {
        const unsigned index = vgic_ctz(busy);
        const struct husk_vgic_word *word = &vgic->spi[index];

        if ((vgic_pending(word) | word->active | word->in_lr) == 0) {
            vgic->busy &= ~(1u << index);
        } else {
            rank_word(vgic, owner, index * 32, ctlr, found);
        }
    }
}
