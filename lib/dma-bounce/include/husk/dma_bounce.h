// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_DMA_BOUNCE_H
#define HUSK_DMA_BOUNCE_H

/** @file
 * DMA without an IOMMU: windows, bounce slots, and a checked shadow of a DMA engine.
 *
 * A bus master reaches a part of memory only, its window, at addresses of its own. What lies
 * outside is not refused by hardware: it wraps and corrupts. So a window belongs to a master.
 *
 * Two users, in one library because they share windows and slots:
 *  - a driver that owns its master maps buffers: husk_dma_map() and what follows;
 *  - a hypervisor whose guest drives a BCM2711 legacy DMA engine traps the engine's page and gives
 *    each access to husk_dma_engine_*(): control blocks are copied, checked and rewritten.
 *
 * No call allocates. All memory is the caller's and outlives what uses it; structs start
 * zero-filled. No locks: what shares a pool is used by one CPU at a time. A pool for each VM, under
 * that VM's lock, needs no other.
 *
 * Sources: BCM2711 ARM Peripherals, "DMA Controller"; Devicetree Specification, "dma-ranges"; Arm
 * ARM DDI 0487J.a B2 "Caches and memory hierarchy", D7.5 "Cache support".
 */

#include <husk/arch.h>
#include <husk/base.h>

/* ---- windows, pools, clients ---- */

/** What one master reaches: [pa, pa + size_bytes), which it calls [bus, bus + size_bytes). One line
 * of a device tree's dma-ranges. */
struct husk_dma_window {
    struct husk_pa pa;
    struct husk_bus bus;
    uint64_t size_bytes;
    uint32_t align_bytes; /**< unit of its addresses and lengths: a power of two, 1 to 512 */
    uint32_t line_bytes;  /**< 0: cache-coherent; else the largest cache line (CTR_EL0.CWG), 64 */
    uint64_t boundary_bytes; /**< no transfer crosses a multiple of it: a power of two; 0: none */
};

/** Equal pieces of memory, slots, that lie where a master reaches them. The caller sets all fields
 * but the last, which may be read. */
struct husk_dma_pool {
    uint8_t **slots; /**< `slot_count` elements, the caller's; the first `free_count`: free slots */
    /** The same slot_count * slot_bytes bytes, Normal write-back at `va`; both aligned to
     * slot_bytes. Nobody else writes there: not even to the same page. */
    uint8_t *va;
    struct husk_pa pa;
    uint32_t slot_count; /**< at least 1 */
    uint32_t slot_bytes; /**< a power of two, 64 to 4096: one slot is copied in a bounded time */
    uint32_t free_count;
};

/** Checks a pool, and makes all its slots free.
 * @return HUSK_OK; HUSK_EINVAL (a field is not as above). Once, at boot. O(slot_count). */
enum husk_err husk_dma_pool_init(struct husk_dma_pool *pool);

/** One master with its window and the pool it bounces through. Several masters may share a pool. */
struct husk_dma_master {
    struct husk_dma_window window;
    struct husk_dma_pool *pool;
    uint64_t slots_bus;   /**< bus address of a slot, less its virtual one */
    uint64_t masks[3];    /**< by direction: what must be 0 in a buffer's address and size */
    uint64_t plain_bytes; /**< of the window, up to 2 GiB; 0: it has a boundary */
};

/** Checks a window and a pool, and joins them.
 *
 * @return HUSK_OK; HUSK_EINVAL (size 0 or a wrap; align_bytes, line_bytes or boundary_bytes no
 * power of two; base, bus, size or slot no multiple of alignment and line; a boundary below the
 *         slot size); HUSK_ERANGE (the pool is not wholly inside the window). Boot time.
 */
enum husk_err husk_dma_master_init(struct husk_dma_master *master,
                                   const struct husk_dma_window *window,
                                   struct husk_dma_pool *pool);

/** Who takes slots, and how many at most: a VM, a driver. Set `quota`, the rest zero. Where the sum
 * of quotas fits the pool, nobody can starve anybody. */
struct husk_dma_client {
    uint32_t quota; /**< slots held at a time at most; 0: what the pool has */
    uint32_t used;  /**< slots held now */
    /* Statistics, counting up. */
    uint64_t mapped;        /**< successful husk_dma_map() */
    uint64_t bounced;       /**< slots taken */
    uint64_t copied_bytes;  /**< between buffers and slots, either way */
    uint64_t refused_quota; /**< no slot because of `quota` */
    uint64_t refused_pool;  /**< no slot because the pool was empty */
    uint64_t misused;       /**< map twice, unmap twice, unmap while busy */
};

/* ---- a driver's buffers ---- */

enum husk_dma_dir { HUSK_DMA_TO_DEVICE, HUSK_DMA_FROM_DEVICE, HUSK_DMA_BOTH };

/** A part of a buffer that is contiguous in physical memory, mapped Normal write-back at `va`. A
 * buffer over scattered pages is a list of them. */
struct husk_dma_piece {
    struct husk_pa pa;
    struct husk_va va;
    uint64_t size_bytes;
};

/** What the master is told: one transfer. */
struct husk_dma_seg {
    struct husk_bus bus;
    uint32_t size_bytes; /**< bytes of the buffer */
    uint32_t bus_bytes; /**< length to program: more than size_bytes only to meet align_bytes at the
                             buffer's end; the excess is scratch */
    uint8_t *va;        /**< from here on the library's: the buffer's bytes */
    uint8_t *slot;      /**< where they are copied to; NULL: the master reaches the buffer itself */
};

/** One mapping. The caller sets the first five fields and zeroes the rest; it is not copied. After
 * husk_dma_map() program segs[0..count), which hold until it is unmapped. */
struct husk_dma_map {
    const struct husk_dma_master *master;
    struct husk_dma_client *client;
    struct husk_dma_seg *segs;
    uint32_t capacity;
    enum husk_dma_dir dir;
    uint32_t count;
    /** Its own address while it is mapped, 1 more while the master is at it: a copy of it isn't. */
    uintptr_t self;
};

/** Makes a buffer ready for a master: segments in order, cut at the window's ends and at
 * boundaries. Where the master reaches memory as it is, nothing is copied. Slots take the rest:
 * what is outside the window, or not aligned to align_bytes; and, where a non-coherent master
 * writes, a head and a tail that share a cache line with other data. A slot holds the buffer's
 * bytes also when the master only writes: what it does not write stays, and nothing of the slot's
 * last user is seen.
 *
 * @param pieces  `count` of them, each of 1 byte to 2 GiB; each but the last a multiple of
 *                align_bytes long.
 * @return HUSK_OK; HUSK_EINVAL (a size, a wrap, `count` 0, or `map` is mapped already); HUSK_ERANGE
 *         (more than `capacity` segments); HUSK_ENOMEM (quota or pool: `client` counts which; try
 *         again after an unmap). On error nothing has changed but the counts.
 * Run time; O(segments) and the copy. Ends with DSB where the master is not coherent.
 */
enum husk_err husk_dma_map(struct husk_dma_map *map, const struct husk_dma_piece *pieces,
                           size_t count);

/** Says that the master works on the mapping, which can't be unmapped meanwhile; or that it does no
 * longer: its interrupt or status says so, or it was stopped.
 * @return HUSK_OK; HUSK_EINVAL (not mapped, or said already: counted as misuse). */
enum husk_err husk_dma_set_busy(struct husk_dma_map *map, bool busy);

/** Ends a mapping: what the master wrote is in the buffer, the slots are free.
 * @return HUSK_OK; HUSK_EINVAL (not mapped: unmapped twice, or a copy of a mapping); HUSK_EAGAIN
 *         (the master is at it). Errors change nothing and are counted as misuse. */
enum husk_err husk_dma_unmap(struct husk_dma_map *map);

/** Without unmapping, for bytes [offset, offset + size_bytes) of the buffer: shows the CPU what the
 * master has written there, or (`for_device`) the master what the CPU has. Also while busy, for
 * bytes the master does not work on just then.
 * @return HUSK_OK; HUSK_EINVAL (not mapped, or beyond the buffer). O(segments) and the copy. */
enum husk_err husk_dma_sync(struct husk_dma_map *map, bool for_device, uint64_t offset,
                            uint64_t size_bytes);

/* ---- a guest's DMA engine: BCM2711 legacy channels 0 to 10 ---- */

/** Channels, and how many control blocks a guest's chain may have. */
enum { HUSK_DMA_CHANS = 11, HUSK_DMA_BLOCKS_MAX = 1024 };

/** Bus addresses of peripherals; never RAM, also where a guest's RAM would reach up to here. */
#define HUSK_DMA_PERIPHERALS_BASE  UINT64_C(0x7E000000)
#define HUSK_DMA_PERIPHERALS_BYTES UINT64_C(0x01000000)

/** A control block as the engine reads it: TI, SOURCE_AD, DEST_AD, TXFR_LEN, STRIDE, NEXTCONBK. */
struct husk_dma_block {
    _Alignas(32) uint32_t word[8];
};

/** What a block of the shadow chain stands for; the library's. */
struct husk_dma_note {
    uint8_t *slots[2];   /**< of source and destination; NULL: direct */
    struct husk_pa dest; /**< where the guest expects what it writes */
    uint32_t dest_bytes;
    uint32_t cs; /**< what shows in the guest's CS once it is done */
};

/** A part of a guest's chain that is run at a time; the library's. */
struct husk_dma_part {
    uint64_t wrote[2];       /**< covers what it writes, in the guest's addresses: from, to */
    uint32_t count;          /**< shadow blocks written */
    uint32_t done, finished; /**< retired; finished by the engine, or given up */
    bool bounced;            /**< something of it goes through slots */
};

/** One channel as one VM sees it. The caller sets the first four fields. */
struct husk_dma_chan {
    struct husk_dma_block *shadow; /**< `capacity` blocks, no guest page, Normal write-back */
    struct husk_dma_note *notes;   /**< `capacity` of them */
    struct husk_pa shadow_pa;      /**< of `shadow`; inside the engine's window */
    /** Blocks the engine is given at a time, at least 1. A chain that needs more runs in several
     * parts with a gap between them: make it larger than chains that may not pause. */
    uint32_t capacity;

    /* From here on the library's. */
    uint32_t reg[9];     /**< what the guest sees: CS, CONBLK_AD, a control block's words, DEBUG */
    uint32_t shadow_bus; /**< bus address of `shadow` */
    uintptr_t regs;      /**< the real channel's registers */
    enum { HUSK_DMA_IDLE, HUSK_DMA_WALK, HUSK_DMA_RUN } phase;
    uint32_t blocks;     /**< of the guest, so far */
    uint32_t left, rows; /**< bytes left in this row; rows after it */
    uint64_t addr[2];    /**< guest bus addresses of the next byte: source, destination */
    struct husk_dma_part part;
    uint32_t polls; /**< reads of CS until a stopped channel is reset anyhow */
};

/** One VM's view of the DMA page. The caller sets all but the last two fields. Calls for one
 * engine come from one CPU at a time (the VM's lock). */
struct husk_dma_engine {
    const struct husk_dma_master *master; /**< the engine's window and slots */
    struct husk_dma_client *client;
    uintptr_t regs; /**< mapped address of the real page (4 KiB) */
    /** Channels by number; NULL: not this VM's, reads as zero and ignores writes. */
    struct husk_dma_chan *chans[HUSK_DMA_CHANS];
    /** Peripherals it may name, as bus addresses in multiples of 32 bytes; and the DREQ lines it
     * may wait for, bit n for TI.PERMAP n. Bit 0, "always on", is everybody's. */
    const struct husk_range *peripherals;
    size_t peripheral_count;
    uint32_t dreqs;
    /** The guest's memory: says where the byte at `ipa` lies, and how many bytes from there on, at
     * least 1, are contiguous in physical memory and (for `write`) writable. False: not its memory.
     * Must not change for memory a transfer is running on. */
    bool (*translate)(void *context, struct husk_ipa ipa, bool write, struct husk_pa *pa,
                      uint64_t *size_bytes);
    /** Maps [pa, pa + size_bytes), in an answer of translate(), at most 4096 bytes, for this CPU
     * until the next call: Normal write-back. */
    void *(*open)(void *context, struct husk_pa pa, size_t size_bytes);
    void *context;

    uint32_t owned; /**< channels that are not NULL */
    uint32_t share; /**< blocks of one of them that may go through slots at a time: two each */
};

/** Checks what the caller has set; all channels as after reset.
 * @return HUSK_OK; HUSK_EINVAL (capacity 0, a shadow not 32-byte aligned, align_bytes no multiple
 * of 4, bus addresses beyond 32 bits, no channel); HUSK_ERANGE (a shadow not inside the window);
 * HUSK_ENOMEM (a pool with less than two slots for each channel). Boot time; touches no register.
 */
enum husk_err husk_dma_engine_init(struct husk_dma_engine *engine);

/** Turns real channels on, at boot, before any guest runs. `regs` as in the engine, `chans` a bit
 * each.
 * @return HUSK_OK; HUSK_ENOTSUP (firmware has set a page field of ENABLE: the window is elsewhere).
 */
enum husk_err husk_dma_engine_enable(uintptr_t regs, uint32_t chans);

/** A guest's read of the DMA page. Anything but an aligned 32-bit access, a channel that is not the
 * VM's, or a register that does not exist reads as 0. `offset` below 4096. */
uint32_t husk_dma_engine_read(struct husk_dma_engine *engine, uint64_t offset, unsigned size_bytes);

/** A guest's write. As the read; call husk_dma_engine_step() afterwards, until false.
 * Setting CS.ACTIVE starts the walk along the chain from CONBLK_AD:
 *  - every word of a control block is copied once. Each source and destination must be the VM's
 *    memory or a peripheral of its list; then blocks with real addresses are written and started,
 *    cut where memory is not contiguous, through slots where it is out of reach;
 *  - otherwise, and for more than 1,024 blocks, a length of 0 or a range that wraps, the channel
 *    stops with CS.ERROR and DEBUG.READ_ERROR, CONBLK_AD naming the block. What earlier parts of
 * the chain have done, stays;
 *  - no slot to be had, with nothing of this channel under way: the same. Each channel has a share
 *    of the pool; it can't happen where nobody else uses the pool and the client has no quota.
 * ABORT ends the chain, not only one block. ENABLE reads as the VM's channels, its page fields as
 * 0; it and NEXTCONBK can't be written. TI to NEXTCONBK read as in the block copied last. Source:
 * BCM2711 ARM Peripherals, "DMA Controller", "DMA Channel Register Map". */
void husk_dma_engine_write(struct husk_dma_engine *engine, uint64_t offset, unsigned size_bytes,
                           uint32_t value);

/** Does a bounded part of the work under way: at most a few blocks, or one slot's copy.
 * @return true: call again, at once or after interrupts were taken. */
bool husk_dma_engine_step(struct husk_dma_engine *engine);

/** The real interrupt of channel `number` is pending: acknowledges it at the channel. Then call
 * husk_dma_engine_step() until false, then set the guest's lines. Where an interrupt is
 * shared, call it for each channel that shares it. */
void husk_dma_engine_irq(struct husk_dma_engine *engine, unsigned number);

/** Level of each channel's interrupt, a bit each, as the guest is to see it. Pure. */
uint32_t husk_dma_engine_lines(const struct husk_dma_engine *engine);

/** Resets all of the VM's channels, as at its end: step until false, then nothing of it is under
 * way and all its slots are free. */
void husk_dma_engine_stop(struct husk_dma_engine *engine);

#endif
