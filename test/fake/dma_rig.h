// SPDX-License-Identifier: Apache-2.0
#ifndef DMA_RIG_H
#define DMA_RIG_H

/** @file
 * A small board for tests of the checked DMA engine: 16 KiB of memory in pages of 256 bytes, of
 * which a window of 8 KiB is in reach of the engine; one VM whose pages are scattered over both;
 * and everybody else's pages, which must never change.
 */

#include <husk/dma_bounce.h>

#include "fake_dma.h"

enum {
    RIG_PAGE = 256,
    RIG_PAGES = 64,
    RIG_WINDOW_PAGES = 32,
    RIG_SHADOW_PAGE = 4, /* 4 pages: 16 blocks for each channel */
    RIG_BLOCKS_MAX = 16,
    RIG_SLOT_PAGE = 8, /* 6 pages: 12 slots */
    RIG_SLOT_BYTES = 128,
    RIG_SLOTS = 12,
    RIG_VM_PAGES = 24,
    RIG_READ_ONLY = 9, /* this one of the VM's pages */
};
#define RIG_BUS UINT32_C(0xC0000000)

/** The VM's pages: where it sees them, and where they are. */
struct rig_page {
    uint32_t ipa;
    uint8_t page;
};
extern const struct rig_page rig_pages[RIG_VM_PAGES];

struct rig {
    struct husk_fake cpu;
    struct fake_memory memory;
    struct fake_dma dma;
    uint8_t *slots[RIG_SLOTS];
    struct husk_dma_pool pool;
    struct husk_dma_master master;
    struct husk_dma_client client;
    struct husk_dma_note notes[2][RIG_BLOCKS_MAX];
    struct husk_dma_chan chans[2]; /* channels RIG_CHAN (full) and RIG_LITE (lite) */
    struct husk_dma_engine engine;
    uint8_t golden[RIG_PAGES * RIG_PAGE]; /* what is not the VM's holds this for ever */
    unsigned bad_opens;                   /* open() of what translate() has not answered */
    unsigned largest_open;
    void (*on_open)(struct rig *rig); /* another vCPU's moment */
};

enum {
    RIG_CHAN = 5,
    RIG_LITE = 8,
};

/** Everything as at boot; the memory holds noise. `capacity`: shadow blocks of a channel, to 16. */
void rig_init(struct rig *rig, unsigned capacity, uint64_t noise);

/** The index into rig_pages of the page that `ipa` lies in; RIG_VM_PAGES: none. */
unsigned rig_find(uint64_t ipa);

/** A byte of the VM, as memory holds it (what a guest sees past the cache); NULL: not the VM's. */
uint8_t *rig_guest(struct rig *rig, uint64_t ipa);

/** The VM writes a word past the cache, byte by byte; bytes that are not its own are dropped. */
void rig_store(struct rig *rig, uint64_t ipa, uint32_t value);

/** Writes a control block. */
void rig_block(struct rig *rig, uint32_t ipa, const uint32_t word[6]);

/** NULL, or what is wrong: a byte that is not the VM's has changed, or an access nobody may make.
 */
const char *rig_wrong(const struct rig *rig);

/** Guest accesses to a register of a channel. */
uint32_t rig_read(struct rig *rig, unsigned chan, unsigned reg);
void rig_write(struct rig *rig, unsigned chan, unsigned reg, uint32_t value);

/** Does what a hypervisor does: steps until there is nothing to do, and takes interrupts. */
void rig_settle(struct rig *rig);

#endif
