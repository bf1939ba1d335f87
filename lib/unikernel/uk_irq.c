// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <husk/arch.h>

static const uint64_t daif_i = 1U << 7;
enum { INTID_PPI_FIRST = 16, INTID_SPECIAL = 1020 };

struct irq_slot {
    husk_uk_irq_fn *handler;
    void *context;
};
static const struct husk_uk_gic *gic; /* which one is the machine's is found at boot */
static struct irq_slot slots[HUSK_UK_INTID_COUNT];

void husk_uk_irq_init(void)
{
    const bool gicv3 = husk_bits_get(husk_read(id_aa64pfr0_el1), 27, 24) != 0;

    gic = gicv3 ? &husk_uk_gicv3 : &husk_uk_gicv2;
    gic->init();
}

uint64_t husk_uk_irq_mask(void)
{
    const uint64_t state = husk_read(daif);

    husk_write(daif, state | daif_i);
    return state;
}

void husk_uk_irq_restore(uint64_t state)
{
    husk_write(daif, state);
}

enum husk_err husk_uk_irq_set(unsigned intid, husk_uk_irq_fn *handler, void *context)
{
    uint64_t state;

    if (intid < INTID_PPI_FIRST || intid >= HUSK_UK_INTID_COUNT || intid >= gic->count()) {
        return HUSK_EINVAL;
    }
    state = husk_uk_irq_mask();
    if (slots[intid].handler != NULL) {
        gic->disable(intid);
    }
    slots[intid] = (struct irq_slot){ handler, context };
    if (handler != NULL) {
        gic->enable(intid);
    }
    husk_uk_irq_restore(state);
    return HUSK_OK;
}

void husk_uk_irq_take(void)
{
    for (;;) {
        const unsigned intid = gic->ack();

        if (intid >= INTID_SPECIAL) {
            return;
        }
        if (intid < HUSK_UK_INTID_COUNT && slots[intid].handler != NULL) {
            slots[intid].handler(slots[intid].context);
        }
        gic->end(intid);
    }
}

void husk_uk_wait(void)
{
    const uint64_t state = husk_uk_irq_mask();

    husk_dsb_sy(); /* what an interrupt shall see is written before the CPU sleeps */
    husk_wfi();    /* wakes for a pending interrupt although it is masked */
    husk_write(daif, state & ~daif_i);
    husk_isb(); /* it is taken here */
    husk_write(daif, state);
}
