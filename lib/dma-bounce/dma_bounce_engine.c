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
    uint32_t chan_count = 0;

    engine->owned = 0;
    if (!husk_is_aligned(window->align_bytes, 4) ||
        window->bus.value + window->size_bytes > UINT64_C(1) << 32) {
        return HUSK_EINVAL;
    }
    for (unsigned i = 0; i < HUSK_DMA_CHANS; i++) {
        struct husk_dma_chan *chan = engine->chans[i];

        if (chan == NULL) {
            continue;
        }
        if (chan->capacity == 0 || !husk_is_aligned(chan->shadow_pa.value, sizeof(*chan->shadow))) {
            return HUSK_EINVAL;
        }
        if (!husk_range_contains(reach, chan->shadow_pa.value,
                                 chan->capacity * sizeof(*chan->shadow))) {
            return HUSK_ERANGE;
        }
        *chan = (struct husk_dma_chan){ .shadow = chan->shadow,
                                        .notes = chan->notes,
                                        .shadow_pa = chan->shadow_pa,
                                        .capacity = chan->capacity,
                                        .reg = { [DEBUG] = i >= FIRST_LITE ? DEBUG_LITE : 0 },
                                        .regs = engine->regs + (uintptr_t)i * CHAN_BYTES };
        chan->shadow_bus =
            (uint32_t)(window->bus.value + (chan->shadow_pa.value - window->pa.value));
        engine->owned |= 1u << i;
        chan_count++;
    }
    if (chan_count == 0) {
        return HUSK_EINVAL;
    }
    /* No channel waits for slots of another, which may be waiting for a device. */
    engine->share = engine->master->pool->slot_count / chan_count / 2;
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

static inline uint32_t read_real(const struct husk_dma_chan *chan, unsigned reg)
{
    return husk_mmio_read32(chan->regs + sizeof(uint32_t) * reg);
}

static inline void write_real(const struct husk_dma_chan *chan, unsigned reg, uint32_t value)
{
    husk_mmio_write32(chan->regs + sizeof(uint32_t) * reg, value);
}

/* Value for the CS of a real channel that runs, or is paused, as the guest wants it. A 1 in END or
 * INT would clear it. */
static inline uint32_t real_cs(const struct husk_dma_chan *chan)
{
    return (chan->reg[CS] & CS_KEPT) | CS_WAIT_WRITES;
}

/* Gives up whatever is under way. */
static void halt(struct husk_dma_chan *chan)
{
    chan->reg[CS] &= ~CS_ACTIVE;
    if (chan->phase == HUSK_DMA_RUN) {
        write_real(chan, CS, 0);
        chan->polls = POLLS_MAX;
    }
    if (chan->phase != HUSK_DMA_IDLE) {
        chan->phase = HUSK_DMA_STOP;
    }
}

/* Reads from the real channel how far it is; returns its CS. */
static uint32_t poll(struct husk_dma_chan *chan)
{
    const uint32_t cs = read_real(chan, CS);
    const uint32_t at = read_real(chan, CONBLK_AD);
    const uint32_t block = (at - chan->shadow_bus) / (uint32_t)sizeof(*chan->shadow);

    if ((cs & CS_ERROR) != 0) {
        chan->reg[DEBUG] |= (read_real(chan, DEBUG) & DEBUG_ERRORS) | DEBUG_READ_ERROR;
        write_real(chan, DEBUG, DEBUG_ERRORS);
        halt(chan);
    } else if (at != 0 && block < chan->count) {
        chan->finished = block;
    } else if (at == 0 && (cs & CS_WAITING) == 0) {
        /* ACTIVE says nothing: it may be set of a channel that has no block left. */
        chan->finished = chan->count;
    }
    return cs;
}

/* Starts an idle channel that the guest has set ACTIVE. */
static void start(struct husk_dma_chan *chan)
{
    if (chan->phase == HUSK_DMA_IDLE && (chan->reg[CS] & CS_ACTIVE) != 0) {
        chan->reg[NEXTCONBK] = chan->reg[CONBLK_AD];
        chan->left = 0;
        chan->rows = 0;
        chan->blocks = 0;
        husk_dma_walk_on(chan);
    }
}

static void launch(struct husk_dma_chan *chan, bool ended)
{
    uint32_t *last = chan->shadow[chan->count - 1].word;

    last[NEXTCONBK - TI] = 0;
    if (!ended || chan->bounced) {
        last[0] |= TI_INTEN; /* not the guest's: there is work to do afterwards */
    }
    husk_dc_cvac(last);
    husk_dsb_sy(); /* all blocks are where the engine reads them */
    chan->phase = HUSK_DMA_RUN;
    write_real(chan, CONBLK_AD, chan->shadow_bus);
    write_real(chan, CS, real_cs(chan) | CS_END | CS_INT);
}

static void walk(const struct husk_dma_engine *engine, struct husk_dma_chan *chan)
{
    const enum husk_dma_outcome outcome = husk_dma_walk(engine, chan);

    if (outcome == HUSK_DMA_REFUSED || (outcome == HUSK_DMA_FULL && chan->count == 0)) {
        chan->reg[DEBUG] |= DEBUG_READ_ERROR;
        halt(chan);
    } else if (outcome != HUSK_DMA_STEPPED && chan->count != 0) {
        launch(chan, outcome == HUSK_DMA_ENDED);
    } else if (outcome == HUSK_DMA_ENDED) {
        chan->reg[CONBLK_AD] = 0;
        chan->reg[CS] &= ~CS_ACTIVE;
        chan->phase = HUSK_DMA_IDLE;
    }
}

/* What a finished block wrote to its slot goes to the guest. */
static bool deliver(const struct husk_dma_engine *engine, const struct husk_dma_note *note)
{
    const uint8_t *slot = note->slots[1];
    void *to;

    if (slot == NULL) {
        return false;
    }
    to = engine->open(engine->context, note->dest, note->dest_bytes);
    refresh(engine->master, slot, note->dest_bytes);
    refresh(engine->master, to, note->dest_bytes); /* neighbours written past the cache */
    __builtin_memcpy(to, slot, note->dest_bytes);
    refresh(engine->master, to, note->dest_bytes); /* where the guest's driver looks */
    engine->client->copied_bytes += note->dest_bytes;
    return true;
}

/* Ends one block, of which nobody gets anything if the channel was stopped; after the last one the
 * channel goes on. True: it was a copy. */
static bool retire(struct husk_dma_engine *engine, struct husk_dma_chan *chan)
{
    const bool ran = chan->phase == HUSK_DMA_RUN;
    bool copied = false;

    if (chan->done != chan->count) {
        const struct husk_dma_note *note = &chan->notes[chan->done++];

        if (ran) {
            copied = deliver(engine, note);
            chan->reg[CS] |= note->cs;
        }
        for (int i = 0; i < 2; i++) {
            if (note->slots[i] != NULL) {
                give(engine->master, engine->client, note->slots[i]);
            }
        }
    }
    if (chan->done == chan->count && ran) {
        husk_dma_walk_on(chan);
    } else if (chan->done == chan->count) {
        chan->phase = HUSK_DMA_IDLE;
        start(chan);
    }
    return copied;
}

/* The real channel has been paused: once its writes are done, it is reset. */
static void await(struct husk_dma_chan *chan)
{
    chan->polls--;
    if ((read_real(chan, CS) & CS_WAITING) == 0 || chan->polls == 0) {
        write_real(chan, CS, CS_RESET | CS_INT | CS_END);
        chan->polls = 0;
    }
}

static bool has_work(const struct husk_dma_chan *chan)
{
    return chan->phase == HUSK_DMA_STOP ||
           (chan->phase == HUSK_DMA_WALK && (chan->reg[CS] & CS_ACTIVE) != 0) ||
           (chan->phase == HUSK_DMA_RUN && chan->done != chan->finished);
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
            if (chan->phase == HUSK_DMA_WALK) {
                walk(engine, chan);
                cost = STEP_MAX;
            } else if (chan->polls != 0) {
                await(chan);
            } else if (retire(engine, chan)) {
                cost = STEP_MAX;
            }
        }
    }
    return false;
}

void husk_dma_engine_irq(struct husk_dma_engine *engine, unsigned number)
{
    struct husk_dma_chan *chan = engine->chans[number];

    if (chan != NULL && chan->phase == HUSK_DMA_RUN) {
        write_real(chan, CS, real_cs(chan) | CS_INT);
        (void)poll(chan);
    } else if (chan != NULL) {
        write_real(chan, CS, CS_INT);
    }
}

uint32_t husk_dma_engine_lines(const struct husk_dma_engine *engine)
{
    uint32_t lines = 0;

    for (uint32_t left = engine->owned; left != 0; left &= left - 1) {
        if ((engine->chans[__builtin_ctz(left)]->reg[CS] & CS_INT) != 0) {
            lines |= left & (0 - left);
        }
    }
    return lines;
}

static void reset(struct husk_dma_chan *chan)
{
    halt(chan);
    chan->reg[CS] = 0;
    chan->reg[CONBLK_AD] = 0;
    chan->reg[DEBUG] &= DEBUG_LITE;
}

void husk_dma_engine_stop(struct husk_dma_engine *engine)
{
    for (uint32_t left = engine->owned; left != 0; left &= left - 1) {
        reset(engine->chans[__builtin_ctz(left)]);
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
    uint32_t value = 0;

    if (chan == NULL || reg > DEBUG) {
        return size_bytes != sizeof(uint32_t) ? 0
               : offset == INT_STATUS         ? husk_dma_engine_lines(engine)
               : offset == ENABLE             ? engine->owned
                                              : 0;
    }
    if (chan->phase == HUSK_DMA_RUN) {
        value = poll(chan) & CS_LIVE;
    }
    if (reg == CS) {
        return value | chan->reg[CS] | ((chan->reg[CS] & CS_ACTIVE) != 0 ? 0 : CS_PAUSED) |
               ((chan->reg[DEBUG] & DEBUG_ERRORS) != 0 ? CS_ERROR : 0);
    }
    return chan->reg[husk_index_nospec(reg, DEBUG + 1)];
}

static void write_cs(struct husk_dma_chan *chan, uint32_t value)
{
    const uint32_t before = real_cs(chan);

    chan->reg[CS] &= ~(CS_KEPT | (value & (CS_END | CS_INT)));
    chan->reg[CS] |= value & CS_KEPT;
    if ((value & CS_RESET) != 0) {
        reset(chan);
    } else if ((value & CS_ABORT) != 0) {
        halt(chan);
        chan->reg[CONBLK_AD] = 0;
        chan->reg[CS] |= CS_END;
    } else {
        if (chan->phase == HUSK_DMA_RUN && real_cs(chan) != before) {
            write_real(chan, CS, real_cs(chan));
        }
        start(chan);
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
    } else if (reg == CONBLK_AD && chan->phase < HUSK_DMA_WALK) {
        chan->reg[CONBLK_AD] = value; /* not while the channel is at one */
    }
}
