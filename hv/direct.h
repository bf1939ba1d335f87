// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_DIRECT_H
#define HUSK_DIRECT_H

/** @file
 * What direct_v2.c and direct_v3.c have in common: of struct husk_gic_driver, for a guest that has
 * the board's GIC. In direct.c.
 */

#include "hv.h"

/** As if the list registers were not known: nothing is in one. */
void husk_direct_vgic_config(struct husk_vgic_config *config);
/** By an event, for all CPUs: no interrupt is EL2's. */
void husk_direct_kick(unsigned index);
/** Nothing: it is the guest's to do. */
void husk_direct_enable(unsigned intid);

#endif
