// SPDX-License-Identifier: Apache-2.0
// What the image has by itself, and a look at EL2, which no guest can take: whenever a vCPU starts.
#include <husk/arch.h>
#include <husk/parts.h>

/* HCR_EL2.TSW is not set: the CPU executes maintenance by set/way. SWIO is: DC ISW cleans, too. */
static void check_hcr(const struct husk_psci *psci)
{
    (void)psci;
    HUSK_ASSERT((husk_read(hcr_el2) & (HUSK_BIT(22) | HUSK_BIT(1))) == HUSK_BIT(1));
}

static void offer_nothing(const void *dtb, struct husk_psci *psci)
{
    (void)dtb;
    (void)psci;
}

static const struct husk_firmware firmware = { .offer = offer_nothing, .enter = check_hcr };
const struct husk_parts husk_parts = {
    .images = &husk_images,
    .firmware = &firmware,
    .gic = { &husk_gic_v3 },
};
