// SPDX-License-Identifier: Apache-2.0
#include "vgic_internal.h"

/* Who wants a list register, best first. */

enum { NO_LIMIT = 0x100 };

__attribute__((noinline)) void husk_vgic_rank(struct vgic_ranking *ranking, unsigned capacity,
                                              unsigned owner, const uint8_t *whose,
                                              const struct husk_vgic_block *block, uint32_t bits)
{
    uint32_t *const keys = ranking->key;
    uint32_t total = ranking->total;
    unsigned limit = NO_LIMIT; /* a priority that is not better comes too late */

    HUSK_ASSERT(capacity != 0); /* husk_vgic_init() has refused it */
    for (; bits != 0; bits &= bits - 1) {
        const unsigned bit = vgic_ctz(bits);
        uint32_t key = (uint32_t)block->priority[bit] << VGIC_KEY_PRIORITY | (block->first + bit);
        unsigned i = total;

        if (block->priority[bit] >= limit || whose[bit] != owner) {
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

SMALL void husk_vgic_find_candidates(struct husk_vgic *vgic, unsigned owner, uint32_t ctlr,
                                     struct vgic_candidates *found)
{
    uint32_t busy;

    found->pending.total = found->active.total = 0;
    for (busy = vgic->busy | 1; busy != 0; busy &= busy - 1) { /* 1: private ones */
        const unsigned index = vgic_ctz(busy);
        const struct husk_vgic_block *block = vgic_block(vgic, owner, 32 * index);

        if ((vgic_pending(block) | block->active | block->in_lr) == 0) {
            vgic->busy &= ~(1u << index);
            continue;
        }
        husk_vgic_rank(&found->pending, vgic->config.lr_count, owner, block->target, block,
                       vgic_deliverable(ctlr, block) & ~block->active & ~block->in_lr);
        husk_vgic_rank(&found->active, vgic->config.lr_count, owner, block->owner, block,
                       block->active & ~block->in_lr);
    }
}
