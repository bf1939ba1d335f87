// SPDX-License-Identifier: Apache-2.0
/* A hypervisor that fails when its guest, which has the console, asks for a random number. */
#include "fault.h"

#include <husk/parts.h>

extern char husk_ld_start[];

static void seed(const void *dtb)
{
    husk_entropy.seed(dtb);
}

static void offer(struct husk_psci *psci)
{
    husk_entropy.offer(psci);
}

static void misbehave(const struct husk_psci_action *action, uint64_t *regs)
{
    (void)action;
    (void)regs;
    FAULT("str x1, [x9]", husk_ld_start);
}

static const struct husk_entropy entropy = {
    .seed = seed,
    .offer = offer,
    .answer = misbehave,
};
const struct husk_parts husk_parts = {
    .load_tree = husk_tree_load,
    .entropy = &entropy,
    .gic = { &husk_gic_v3, &husk_gic_v2 },
};
