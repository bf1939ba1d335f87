// SPDX-License-Identifier: Apache-2.0
#ifndef GUEST_CHAIN_H
#define GUEST_CHAIN_H

/** @file
 * What a guest's chain of control blocks does, by the data sheet: one block after the other, byte
 * by byte, on a copy of the VM's memory. Shares nothing with the library.
 */

#include "dma_rig.h"

struct guest_chain {
    uint8_t page[RIG_VM_PAGES][RIG_PAGE];
    uint8_t peripheral[FAKE_DMA_PERIPHERAL_BYTES];
    uint32_t dreqs;
    bool lite;
    /* the result */
    bool refused;    /**< the chain goes where it must not, or has no sense */
    bool may_refuse; /**< whole words over odd places to or from a port: Husk need not do it */
    bool ambiguous;  /**< a block reads what it writes, and the like: the data may be anything */
    bool interrupts; /**< a block with INTEN was done */
    unsigned blocks;
};

void guest_chain_load(struct guest_chain *chain, struct rig *rig);
void guest_chain_run(struct guest_chain *chain, uint32_t conblk_ad);
/** NULL, or what differs between the VM's memory and what it should be. */
const char *guest_chain_differs(const struct guest_chain *chain, struct rig *rig);

#endif
