// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* Who wants a list register, best first. */

enum { NO_LIMIT = 0x100 };

/* Those of a word's `bits` that are this vCPU's: all, or where `whose` says so. They come in the
 * order of their INTIDs, so that none goes before one of the same priority. */
__attribute__((noinline)) static void rank(struct vgic_ranking *ranking, unsigned capacity,
                                           unsigned owner, const uint8_t *whose,
                                           const uint8_t *priority, unsigned first, uint32_t bits)
{
    uint32_t *const keys = ranking->key;
    uint32_t total = ranking->total;
    unsigned limit = NO_LIMIT; /* a priority that is not better comes too late */

    HUSK_ASSERT(capacity != 0); /* husk_vgic_init() has refused it */
    for (; bits != 0; bits &= bits - 1) {
        const unsigned bit = vgic_ctz(bits);
        uint32_t key = (uint32_t)priority[bit] << VGIC_KEY_PRIORITY | (first + bit);
        unsigned i = total;

        if (priority[bit] >= limit || (whose != NULL && whose[bit] != owner)) {
            continue;
        }
        total++;
        if (i >= capacity) { /* the worst one gives way */
            total = capacity + 1;
            i = capacity - 1;
            key = (uint32_t)husk_min(key, keys[i]);
        }
        for (; i > 0 && keys[i - 1] > key; i--) {
            keys[i] = keys[i - 1];
        }
        keys[i] = key;
        if (total > capacity) {
            limit = keys[capacity - 1] >> VGIC_KEY_PRIORITY;
        }
    }
    ranking->total = total;
}

SMALL static void rank_word(const struct husk_vgic *vgic, unsigned owner, unsigned first,
                            uint32_t ctlr, struct vgic_candidates *found)
{
    const struct husk_vgic_vcpu *vcpu = &vgic->vcpus[owner];
    const bool is_private = first < HUSK_VGIC_INTID_PRIVATE;
    const struct husk_vgic_word *word = is_private ? &vcpu->bank : &vgic->spi[first / 32];
    const uint8_t *priority = is_private ? vcpu->priority : &vgic->priority[first];

    rank(&found->pending, vgic->config.lr_count, owner, is_private ? NULL : &vgic->target[first],
         priority, first, vgic_deliverable(ctlr, word) & ~word->active & ~word->in_lr);
    rank(&found->active, vgic->config.lr_count, owner, is_private ? NULL : &vgic->owner[first],
         priority, first, word->active & ~word->in_lr);
}

void husk_vgic_rank(const struct husk_vgic *vgic, unsigned owner, unsigned intid, uint32_t bits,
                    struct vgic_candidates *found)
{
    found->pending.total = found->active.total = 0;
    rank(&found->pending, vgic->config.lr_count, owner, &vgic->target[intid],
         &vgic->priority[intid], intid, bits);
}

SMALL void husk_vgic_find_candidates(struct husk_vgic *vgic, unsigned owner, uint32_t ctlr,
                                     struct vgic_candidates *found)
{
    uint32_t busy = vgic->busy;

    found->pending.total = found->active.total = 0;
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
