// SPDX-License-Identifier: Apache-2.0
// The DMA page as a guest sees it, and a channel's life: walk along a part of the guest's chain,
// run it on the real channel, retire it, go on. Source: BCM2711 ARM Peripherals, "DMA Controller",
// "DMA Channel Register Map".
#include "dma_bounce_internal.h"

/* Bytes from channel to channel, and what the engine's page has after them. */
enum { CHAN_BYTES = 0x100, INT_STATUS = 0xFE0, ENABLE = 0xFF0, FIRST_LITE = 7 };
/* Reads of CS until a paused channel must have had its last write acknowledged. A step ends with a
 * part of the walk, with a copy, or with so many lesser things. */
enum { POLLS_MAX = 10000, STEP_MAX = 10 };

static const uint32_t CS_ACTIVE = HUSK_BIT(0);
static const uint32_t CS_PAUSED = HUSK_BIT(4);
static const uint32_t CS_WAITING = HUSK_BIT(6); /* WAITING_FOR_OUTSTANDING_WRITES */
static const uint32_t CS_ERROR = HUSK_BIT(8);
static const uint32_t CS_WAIT_WRITES = HUSK_BIT(28); /* WAIT_FOR_OUTSTANDING_WRITES */
static const uint32_t CS_ABORT = HUSK_BIT(30);
static const uint32_t CS_RESET = HUSK_BIT(31);
/* What a guest sets and the real channel gets: DISDEBUG, WAIT_FOR_..., priorities, ACTIVE. */
static const uint32_t CS_KEPT = HUSK_BITS(29, 28) | HUSK_BITS(23, 16) | HUSK_BIT(0);
/* What the real channel says of a transfer under way: DREQ, DREQ_STOPS_DMA, WAITING_FOR_.... */
static const uint32_t CS_LIVE = HUSK_BIT(3) | HUSK_BITS(6, 5);
static const uint32_t DEBUG_ERRORS = HUSK_BITS(2, 0);
static const uint32_t DEBUG_READ_ERROR = HUSK_BIT(2);
/* A bit for each of channels 0 to 14; above them the page fields. */
static const uint32_t ENABLE_CHANS = HUSK_BITS(14, 0);
static const uint32_t ENABLE_PAGES = HUSK_BITS(31, 24);

enum husk_err husk_dma_engine_init(struct husk_dma_engine *engine)
{
    const struct husk_dma_window *window = &engine->master->window;
    const struct husk_range reach = { window->pa.value, window->size_bytes };

    engine->owned = 0;
    for (unsigned i = 0; i < HUSK_DMA_CHANS; i++) {
        struct husk_dma_chan *chan = engine->chans[i];

        if (chan == NULL) {
            continue;
        }
        if (chan->capacity == 0 || !husk_is_aligned(chan->shadow_pa.value, BLOCK_BYTES)) {
            return HUSK_EINVAL;
        }
        if (!husk_range_contains(reach, chan->shadow_pa.value,
                                 (uint64_t)chan->capacity * BLOCK_BYTES)) {
            return HUSK_ERANGE;
        }
        chan->shadow_bus = (uint32_t)bus_of(engine->master, chan->shadow_pa.value);
        chan->regs = engine->regs + (uintptr_t)i * CHAN_BYTES;
        chan->reg[DEBUG] = i >= FIRST_LITE ? DEBUG_LITE : 0;
        engine->owned |= 1u << i;
    }
    if (engine->owned == 0 || !husk_is_aligned(window->align_bytes, sizeof(uint32_t)) ||
        window->bus.value + window->size_bytes > UINT64_C(1) << 32) {
        return HUSK_EINVAL;
    }
    husk_dma_engine_stop(engine);
    /* No channel waits for slots of another, which may be waiting for a device. */
    engine->share =
        engine->master->pool->slot_count / (uint32_t)__builtin_popcount(engine->owned) / 2;
    return engine->share == 0 ? HUSK_ENOMEM : HUSK_OK;
}

enum husk_err husk_dma_engine_enable(uintptr_t regs, uint32_t chans)
{
    const uint32_t enable = husk_mmio_read32(regs + ENABLE);

    if ((enable & ENABLE_PAGES) != 0) {
        return HUSK_ENOTSUP;
    }
    husk_mmio_write32(regs + ENABLE, (enable | chans) & ENABLE_CHANS);
    return HUSK_OK;
}

/* Where a register of the real channel is. */
static inline uintptr_t real(const struct husk_dma_chan *chan, unsigned reg)
{
    return chan->regs + sizeof(uint32_t) * reg;
}

/* Value for the CS of a real channel that runs, or is paused, as the guest wants it; of any other
 * 0. A 1 in END or INT would clear it. */
static inline uint32_t real_cs(const struct husk_dma_chan *chan)
{
    return chan->phase == HUSK_DMA_RUN ? (chan->reg[CS] & CS_KEPT) | CS_WAIT_WRITES : 0;
}

/* Ends the chain: what is under way is given up, blocks that have not run are to be retired. */
static void halt(struct husk_dma_chan *chan)
{
    chan->reg[CS] &= ~CS_ACTIVE;
    if (chan->phase == HUSK_DMA_RUN) {
        husk_mmio_write32(real(chan, CS), 0);
        chan->polls = POLLS_MAX;
    }
    chan->phase = HUSK_DMA_IDLE;
    chan->part.finished = chan->part.count;
}

/* Brings up to date how far a running channel is, and what CS says of it. */
static void poll(struct husk_dma_chan *chan)
{
    uint32_t live = 0;

    if (chan->phase == HUSK_DMA_RUN) {
        const uint32_t at = husk_mmio_read32(real(chan, CONBLK_AD));
        const uint32_t block = at != 0 ? (at - chan->shadow_bus) / BLOCK_BYTES : chan->part.count;

        live = husk_mmio_read32(
            real(chan, CS)); /* after CONBLK_AD: of writes of its last block, too */
        if ((live & CS_ERROR) != 0) {
            chan->reg[DEBUG] |=
                (husk_mmio_read32(real(chan, DEBUG)) & DEBUG_ERRORS) | DEBUG_READ_ERROR;
            husk_mmio_write32(real(chan, DEBUG), DEBUG_ERRORS);
            halt(chan);
        } else if (block < chan->part.count || (at == 0 && (live & CS_WAITING) == 0)) {
            /* ACTIVE says nothing: it may be set of a channel that has no block left. */
            chan->part.finished = block;
        }
    }
    live &= CS_LIVE;
    live |= (chan->reg[CS] & CS_ACTIVE) != 0 ? 0 : CS_PAUSED;
    live |= (chan->reg[DEBUG] & DEBUG_ERRORS) != 0 ? CS_ERROR : 0;
    chan->reg[CS] = (chan->reg[CS] & ~(CS_LIVE | CS_PAUSED | CS_ERROR)) | live;
}

static void launch(struct husk_dma_chan *chan, bool ended)
{
    uint32_t *last = chan->shadow[chan->part.count - 1].word;

    last[NEXTCONBK - TI] = 0;
    if (!ended || chan->part.bounced) {
        last[0] |= TI_INTEN; /* not the guest's: there is work to do afterwards */
    }
    husk_dc_cvac(last);
    husk_dsb_sy(); /* all blocks are where the engine reads them */
    husk_mmio_write32(real(chan, CONBLK_AD), chan->shadow_bus);
    chan->phase = HUSK_DMA_RUN;
    husk_mmio_write32(real(chan, CS), real_cs(chan) | CS_END | CS_INT);
}

/* Goes on along the chain, and runs what there is at its end or where no more can be added. */
static void walk(const struct husk_dma_engine *engine, struct husk_dma_chan *chan)
{
    if (chan->part.done == chan->part.count) {
        chan->part = (struct husk_dma_part){ .wrote = { UINT64_MAX, 0 } };
    }
    const enum husk_err err = husk_dma_walk(engine, chan);
    const bool ended = chan->left == 0 && chan->reg[NEXTCONBK] == 0;

    if (err == HUSK_OK && !ended) {
        return;
    }
    if (err != HUSK_EINVAL && chan->part.count != 0) {
        launch(chan, ended);
        return;
    }
    if (err == HUSK_OK) {
        chan->reg[CONBLK_AD] = 0;
    } else {
        chan->reg[DEBUG] |= DEBUG_READ_ERROR;
    }
    halt(chan);
}

/* What a finished block wrote to its slot goes to the guest. */
static void deliver(const struct husk_dma_engine *engine, const struct husk_dma_note *note)
{
    void *to = engine->open(engine->context, note->dest, note->dest_bytes);

    refresh(engine->master, note->slots[DEST], note->dest_bytes);
    refresh(engine->master, to, note->dest_bytes); /* neighbours written past the cache */
    __builtin_memcpy(to, note->slots[DEST], note->dest_bytes);
    refresh(engine->master, to, note->dest_bytes); /* where the guest's driver looks */
    engine->client->copied_bytes += note->dest_bytes;
}

/* Ends one block, of which nobody gets anything if the channel was stopped; after the last one the
 * next part of the chain can be walked. Returns what that cost beyond the usual: a copy. */
static COLD unsigned retire(const struct husk_dma_engine *engine, struct husk_dma_chan *chan)
{
    const struct husk_dma_note *note = &chan->notes[chan->part.done++];
    const bool ran = chan->phase == HUSK_DMA_RUN;
    const bool copied = ran && note->slots[DEST] != NULL;

    if (copied) {
        deliver(engine, note);
    }
    chan->reg[CS] |= ran ? note->cs : 0;
    give(engine->master, engine->client, note->slots[SOURCE]);
    give(engine->master, engine->client, note->slots[DEST]);
    if (ran && chan->part.done == chan->part.count) {
        chan->phase = HUSK_DMA_WALK;
    }
    return copied ? STEP_MAX : 0;
}

static inline bool has_work(const struct husk_dma_chan *chan)
{
    return chan->part.done != chan->part.finished ||
           (chan->phase == HUSK_DMA_WALK && (chan->reg[CS] & CS_ACTIVE) != 0);
}

bool husk_dma_engine_step(struct husk_dma_engine *engine)
{
    unsigned cost = 0;

    for (uint32_t left = engine->owned; left != 0; left &= left - 1) {
        struct husk_dma_chan *chan = engine->chans[__builtin_ctz(left)];

        for (; has_work(chan); cost++) {
            if (cost >= STEP_MAX) {
                return true;
            }
            if (chan->part.done == chan->part.finished) {
                walk(engine, chan);
                cost = STEP_MAX;
            } else if (chan->polls == 0) {
                cost += retire(engine, chan);
            } else if (--chan->polls == 0 || (husk_mmio_read32(real(chan, CS)) & CS_WAITING) == 0) {
                /* It has been paused, and its writes are done. */
                husk_mmio_write32(real(chan, CS), CS_RESET | CS_INT | CS_END);
                chan->polls = 0;
            }
        }
    }
    return false;
}

void husk_dma_engine_irq(struct husk_dma_engine *engine, unsigned number)
{
    struct husk_dma_chan *chan = engine->chans[number];

    if (chan != NULL) {
        husk_mmio_write32(real(chan, CS), real_cs(chan) | CS_INT);
        poll(chan);
    }
}

uint32_t husk_dma_engine_lines(const struct husk_dma_engine *engine)
{
    uint32_t lines = 0;

    for (unsigned i = 0; i < HUSK_DMA_CHANS; i++) {
        const struct husk_dma_chan *chan = engine->chans[i];

        lines |= chan != NULL && (chan->reg[CS] & CS_INT) != 0 ? 1u << i : 0;
    }
    return lines;
}

void husk_dma_engine_stop(struct husk_dma_engine *engine)
{
    for (unsigned i = 0; i < HUSK_DMA_CHANS; i++) {
        husk_dma_engine_write(engine, (uint64_t)i * CHAN_BYTES, sizeof(uint32_t), CS_RESET);
    }
}

/* The channel an access is for, if it is this VM's and the access one of an aligned word. */
static struct husk_dma_chan *chan_of(const struct husk_dma_engine *engine, uint64_t offset,
                                     unsigned size_bytes)
{
    const uint64_t number = offset / CHAN_BYTES;

    return number < HUSK_DMA_CHANS && size_bytes == sizeof(uint32_t) && offset % size_bytes == 0
               ? engine->chans[husk_index_nospec(number, HUSK_DMA_CHANS)]
               : NULL;
}

uint32_t husk_dma_engine_read(struct husk_dma_engine *engine, uint64_t offset, unsigned size_bytes)
{
    struct husk_dma_chan *chan = chan_of(engine, offset, size_bytes);
    const uint64_t reg = offset % CHAN_BYTES / sizeof(uint32_t);

    if (chan == NULL || reg > DEBUG) {
        return size_bytes != sizeof(uint32_t) ? 0
               : offset == INT_STATUS         ? husk_dma_engine_lines(engine)
               : offset == ENABLE             ? engine->owned
                                              : 0;
    }
    poll(chan);
    return chan->reg[husk_index_nospec(reg, DEBUG + 1)];
}

static void write_cs(struct husk_dma_chan *chan, uint32_t value)
{
    chan->reg[CS] &= ~(CS_KEPT | (value & (CS_END | CS_INT)));
    chan->reg[CS] |= value & CS_KEPT;
    if ((value & (CS_RESET | CS_ABORT)) != 0) {
        halt(chan);
        chan->reg[CONBLK_AD] = 0;
        chan->reg[CS] |= CS_END;
    } else if (chan->phase == HUSK_DMA_RUN) {
        husk_mmio_write32(real(chan, CS), real_cs(chan));
    }
    if ((value & CS_RESET) != 0) {
        chan->reg[CS] = 0;
        chan->reg[DEBUG] &= DEBUG_LITE;
    }
    if (chan->phase == HUSK_DMA_IDLE && (chan->reg[CS] & CS_ACTIVE) != 0) {
        chan->reg[NEXTCONBK] = chan->reg[CONBLK_AD];
        chan->left = 0;
        chan->blocks = 0;
        chan->phase = HUSK_DMA_WALK;
    }
}

void husk_dma_engine_write(struct husk_dma_engine *engine, uint64_t offset, unsigned size_bytes,
                           uint32_t value)
{
    struct husk_dma_chan *chan = chan_of(engine, offset, size_bytes);
    const uint64_t reg = offset % CHAN_BYTES / sizeof(uint32_t);

    if (chan == NULL) {
        return;
    }
    if (reg == CS) {
        write_cs(chan, value);
    } else if (reg == DEBUG) {
        chan->reg[DEBUG] &= ~(value & DEBUG_ERRORS);
    } else if (reg == CONBLK_AD && chan->phase == HUSK_DMA_IDLE) {
        chan->reg[CONBLK_AD] = value; /* not while the channel is at one */
    }
}
