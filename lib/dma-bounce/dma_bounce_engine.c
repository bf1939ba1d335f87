// SPDX-License-Identifier: Apache-2.0
// The DMA page as a guest sees it, and a channel's life: walk along a part of the guest's chain,
// run it on the real channel, retire it, go on. Source: BCM2711 ARM Peripherals, "DMA Controller",
// "DMA Channel Register Map".
#include "dma_bounce_internal.h"

enum {
    CHAN_BYTES = 0x100,
    CS = 0x00,
    CONBLK_AD = 0x04,
    BLOCK = 0x08, /* TI to NEXTCONBK, the words of a control block */
    DEBUG = 0x20,
    INT_STATUS = 0xFE0,
    ENABLE = 0xFF0,
    /* Reads of CS until a paused channel must have had its last write acknowledged. */
    POLLS_MAX = 10000,
    /* A step ends with a part of the walk, with a copy, or with this many lesser things. */
    STEP_COST = 10,
    OTHER_COST = 1,
};

static const uint32_t CS_ACTIVE = HUSK_BIT(0);
static const uint32_t CS_PAUSED = HUSK_BIT(4);
static const uint32_t CS_WAITING = HUSK_BIT(6); /* WAITING_FOR_OUTSTANDING_WRITES */
static const uint32_t CS_ERROR = HUSK_BIT(8);
static const uint32_t CS_WAIT_WRITES = HUSK_BIT(28); /* WAIT_FOR_OUTSTANDING_WRITES */
static const uint32_t CS_ABORT = HUSK_BIT(30);
static const uint32_t CS_RESET = HUSK_BIT(31);
/* What a guest sets and the real channel gets: DISDEBUG, WAIT_FOR_..., priorities. */
static const uint32_t CS_KEPT = HUSK_BITS(29, 28) | HUSK_BITS(23, 16);
/* What the real channel says of a transfer under way: DREQ, DREQ_STOPS_DMA, WAITING_FOR_.... */
static const uint32_t CS_LIVE = HUSK_BIT(3) | HUSK_BITS(6, 5);
static const uint32_t DEBUG_ERRORS = HUSK_BITS(2, 0);
static const uint32_t DEBUG_READ_ERROR = HUSK_BIT(2);
static const uint32_t DEBUG_LITE = HUSK_BIT(28);
/* A bit for each of channels 0 to 14; above them the page fields. */
static const uint32_t ENABLE_CHANS = HUSK_BITS(14, 0);
static const uint32_t ENABLE_PAGES = HUSK_BITS(31, 24);

enum husk_err husk_dma_engine_init(struct husk_dma_engine *engine)
{
    const struct husk_dma_window *window = &engine->master->window;
    const struct husk_range reach = { window->pa.value, window->size_bytes };
    uint32_t chan_count = 0;

    engine->owned = 0;
    engine->work = 0;
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
                                        .capacity = chan->capacity };
        engine->owned |= 1u << i;
        chan_count++;
    }
    if (chan_count == 0) {
        return HUSK_EINVAL;
    }
    /* No channel waits for slots of another, which may be waiting for a device. */
    engine->share = engine->master->pool->slot_count / chan_count;
    return engine->share < 2 ? HUSK_ENOMEM : HUSK_OK;
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

static uint32_t read_real(const struct husk_dma_engine *engine, unsigned number, unsigned offset)
{
    return husk_mmio_read32(engine->regs + (uintptr_t)number * CHAN_BYTES + offset);
}

static void write_real(const struct husk_dma_engine *engine, unsigned number, unsigned offset,
                       uint32_t value)
{
    husk_mmio_write32(engine->regs + (uintptr_t)number * CHAN_BYTES + offset, value);
}

/* Value for the CS of a real channel that runs, or is paused, as the guest wants it. A 1 in END or
 * INT would clear it. */
static uint32_t real_cs(const struct husk_dma_chan *chan)
{
    return (chan->cs & CS_KEPT) | CS_WAIT_WRITES | (chan->active ? CS_ACTIVE : 0);
}

/* Keeps engine->work up to date after a change of the channel. */
static void note_work(struct husk_dma_engine *engine, unsigned number)
{
    const struct husk_dma_chan *chan = engine->chans[number];
    const bool work = chan->phase == HUSK_DMA_STOP ||
                      (chan->phase == HUSK_DMA_WALK && chan->active) ||
                      (chan->phase == HUSK_DMA_RUN && (chan->poll || chan->done != chan->finished));

    engine->work = (engine->work & ~(1u << number)) | (uint32_t)work << number;
}

/* Gives up whatever is under way. */
static void halt(struct husk_dma_engine *engine, unsigned number)
{
    struct husk_dma_chan *chan = engine->chans[number];

    chan->active = false;
    if (chan->phase == HUSK_DMA_RUN) {
        write_real(engine, number, CS, 0);
        chan->polls = POLLS_MAX;
        chan->phase = HUSK_DMA_STOP;
    } else if (chan->phase == HUSK_DMA_WALK) {
        chan->polls = 0; /* the real channel has not started */
        chan->phase = HUSK_DMA_STOP;
    }
    note_work(engine, number);
}

/* Reads from the real channel how far it is; returns its CS. */
static uint32_t poll(struct husk_dma_engine *engine, unsigned number)
{
    struct husk_dma_chan *chan = engine->chans[number];
    const uint32_t cs = read_real(engine, number, CS);
    const uint32_t at = read_real(engine, number, CONBLK_AD);
    const uint32_t block = (at - shadow_bus(engine, chan)) / (uint32_t)sizeof(*chan->shadow);

    chan->poll = false;
    if ((cs & CS_ERROR) != 0) {
        chan->debug |= (read_real(engine, number, DEBUG) & DEBUG_ERRORS) | DEBUG_READ_ERROR;
        write_real(engine, number, DEBUG, DEBUG_ERRORS);
        halt(engine, number);
        return cs;
    }
    /* ACTIVE says nothing: it may be set of a channel that has no block left. */
    if (at == 0 && (cs & CS_WAITING) == 0) {
        chan->finished = chan->count;
    } else if (at != 0 && block < chan->count) {
        chan->finished = block;
    }
    note_work(engine, number);
    return cs;
}

/* Starts an idle channel that the guest has set ACTIVE. */
static void start(struct husk_dma_engine *engine, unsigned number)
{
    struct husk_dma_chan *chan = engine->chans[number];

    if (chan->phase == HUSK_DMA_IDLE && chan->active) {
        chan->active = chan->conblk_ad != 0;
        if (chan->active) {
            chan->block.word[NEXTCONBK] = chan->conblk_ad;
            chan->left = 0;
            chan->rows = 0;
            chan->blocks = 0;
            husk_dma_walk_on(chan);
        }
    }
    note_work(engine, number);
}

static void launch(struct husk_dma_engine *engine, unsigned number, bool ended)
{
    struct husk_dma_chan *chan = engine->chans[number];
    struct husk_dma_block *last = &chan->shadow[chan->count - 1];

    last->word[NEXTCONBK] = 0;
    if (!ended || chan->holds_slots) {
        last->word[TI] |= TI_INTEN; /* not the guest's: there is work to do afterwards */
    }
    clean_block(engine->master, last);
    husk_dsb_sy(); /* all blocks are where the engine reads them */
    chan->phase = HUSK_DMA_RUN;
    write_real(engine, number, CONBLK_AD, shadow_bus(engine, chan));
    write_real(engine, number, CS, real_cs(chan) | CS_END | CS_INT);
}

static void walk(struct husk_dma_engine *engine, unsigned number)
{
    struct husk_dma_chan *chan = engine->chans[number];
    const enum husk_dma_outcome outcome =
        husk_dma_walk(engine, chan, number >= HUSK_DMA_FIRST_LITE);

    if (outcome == HUSK_DMA_COPIED || outcome == HUSK_DMA_STEPPED) {
        return;
    }
    if (outcome == HUSK_DMA_REFUSED || (outcome == HUSK_DMA_FULL && chan->count == 0)) {
        chan->debug |= DEBUG_READ_ERROR;
        halt(engine, number);
    } else if (chan->count != 0) {
        launch(engine, number, outcome == HUSK_DMA_ENDED);
    } else {
        chan->conblk_ad = 0;
        chan->active = false;
        chan->phase = HUSK_DMA_IDLE;
    }
}

static void give_slots(struct husk_dma_engine *engine, const struct husk_dma_note *note)
{
    struct husk_dma_pool *pool = engine->master->pool;

    for (int i = 0; i < 2; i++) {
        if (note->slots[i] != NULL) {
            const uint32_t index = slot_index(pool, note->slots[i]);

            give(pool, engine->client, index, index, 1);
        }
    }
}

/* What a finished block wrote to its slot goes to the guest. */
static bool deliver(struct husk_dma_engine *engine, const struct husk_dma_note *note)
{
    const uint8_t *slot = note->slots[1];
    struct husk_pa pa;
    uint64_t size;
    void *to;

    if (slot == NULL ||
        !engine->translate(engine->context, (struct husk_ipa){ note->dest_ad }, true, &pa, &size) ||
        size < note->dest_bytes) {
        return false;
    }
    to = engine->open(engine->context, pa, note->dest_bytes);
    refresh(engine->master, slot, note->dest_bytes);
    refresh(engine->master, to, note->dest_bytes); /* neighbours written past the cache */
    __builtin_memcpy(to, slot, note->dest_bytes);
    refresh(engine->master, to, note->dest_bytes); /* where the guest's driver looks */
    engine->client->copied_bytes += note->dest_bytes;
    return true;
}

static unsigned retire(struct husk_dma_engine *engine, unsigned number)
{
    struct husk_dma_chan *chan = engine->chans[number];
    const struct husk_dma_note *note = &chan->notes[chan->done];
    const bool copied = deliver(engine, note);

    give_slots(engine, note);
    chan->cs |= note->cs;
    chan->done++;
    if (chan->done == chan->count) {
        husk_dma_walk_on(chan);
    }
    return copied ? STEP_COST : OTHER_COST;
}

/* One unit of giving up: wait for the real channel, reset it, free what it held. */
static void stop(struct husk_dma_engine *engine, unsigned number)
{
    struct husk_dma_chan *chan = engine->chans[number];

    if (chan->polls != 0) {
        chan->polls--;
        if ((read_real(engine, number, CS) & CS_WAITING) == 0 || chan->polls == 0) {
            write_real(engine, number, CS, CS_RESET | CS_INT | CS_END);
            chan->polls = 0;
        }
    } else if (chan->done != chan->count) {
        give_slots(engine, &chan->notes[chan->done]);
        chan->done++;
    } else {
        chan->phase = HUSK_DMA_IDLE;
        start(engine, number);
    }
}

bool husk_dma_engine_step(struct husk_dma_engine *engine)
{
    for (unsigned cost = 0; engine->work != 0 && cost < STEP_COST; cost += OTHER_COST) {
        const unsigned number = (unsigned)__builtin_ctz(engine->work);
        const struct husk_dma_chan *chan = engine->chans[number];

        if (chan->phase == HUSK_DMA_WALK) {
            walk(engine, number);
            cost += STEP_COST;
        } else if (chan->phase == HUSK_DMA_STOP) {
            stop(engine, number);
        } else if (chan->done != chan->finished) {
            cost += retire(engine, number);
        } else {
            (void)poll(engine, number);
        }
        note_work(engine, number);
    }
    return engine->work != 0;
}

void husk_dma_engine_irq(struct husk_dma_engine *engine, unsigned number)
{
    struct husk_dma_chan *chan = engine->chans[number];

    if (chan != NULL && (read_real(engine, number, CS) & CS_INT) != 0) {
        chan->poll = chan->phase == HUSK_DMA_RUN;
        write_real(engine, number, CS, chan->poll ? real_cs(chan) | CS_INT : CS_INT);
        note_work(engine, number);
    }
}

uint32_t husk_dma_engine_lines(const struct husk_dma_engine *engine)
{
    uint32_t lines = 0;

    for (unsigned i = 0; i < HUSK_DMA_CHANS; i++) {
        if (engine->chans[i] != NULL && (engine->chans[i]->cs & CS_INT) != 0) {
            lines |= 1u << i;
        }
    }
    return lines;
}

static void reset(struct husk_dma_engine *engine, unsigned number)
{
    struct husk_dma_chan *chan = engine->chans[number];

    halt(engine, number);
    chan->cs = 0;
    chan->debug = 0;
    chan->conblk_ad = 0;
}

void husk_dma_engine_stop(struct husk_dma_engine *engine)
{
    for (unsigned i = 0; i < HUSK_DMA_CHANS; i++) {
        if (engine->chans[i] != NULL) {
            reset(engine, i);
        }
    }
}

/* The channel an access is for; NULL: none of this VM's. */
static struct husk_dma_chan *chan_of(const struct husk_dma_engine *engine, uint64_t offset,
                                     unsigned size_bytes)
{
    const uint64_t number = offset / CHAN_BYTES;

    if (number >= HUSK_DMA_CHANS || size_bytes != 4) {
        return NULL;
    }
    return engine->chans[husk_index_nospec(number, HUSK_DMA_CHANS)];
}

uint32_t husk_dma_engine_read(struct husk_dma_engine *engine, uint64_t offset, unsigned size_bytes)
{
    struct husk_dma_chan *chan = chan_of(engine, offset, size_bytes);
    const unsigned number = (unsigned)(offset / CHAN_BYTES);
    const unsigned reg = (unsigned)(offset % CHAN_BYTES);
    uint32_t live = 0;

    if (chan == NULL) {
        return size_bytes != 4        ? 0
               : offset == INT_STATUS ? husk_dma_engine_lines(engine)
               : offset == ENABLE     ? engine->owned
                                      : 0;
    }
    if (chan->phase == HUSK_DMA_RUN) {
        live = poll(engine, number) & CS_LIVE;
    }
    switch (reg) {
    case CS:
        return live | chan->cs | (chan->active ? CS_ACTIVE : CS_PAUSED) |
               (chan->debug != 0 ? CS_ERROR : 0);
    case CONBLK_AD:
        return chan->conblk_ad;
    case DEBUG:
        return chan->debug | (number >= HUSK_DMA_FIRST_LITE ? DEBUG_LITE : 0);
    default:
        return reg < BLOCK || reg >= DEBUG || !husk_is_aligned(reg, 4)
                   ? 0
                   : chan->block.word[husk_index_nospec((reg - BLOCK) / 4, NEXTCONBK + 1)];
    }
}

static void write_cs(struct husk_dma_engine *engine, unsigned number, uint32_t value)
{
    struct husk_dma_chan *chan = engine->chans[number];
    const uint32_t before = chan->phase == HUSK_DMA_RUN ? real_cs(chan) : 0;

    chan->cs = (chan->cs & ~(CS_KEPT | (value & (CS_END | CS_INT)))) | (value & CS_KEPT);
    if ((value & CS_RESET) != 0) {
        reset(engine, number);
        return;
    }
    if ((value & CS_ABORT) != 0) {
        halt(engine, number);
        chan->conblk_ad = 0;
        chan->cs |= CS_END;
        return;
    }
    chan->active = (value & CS_ACTIVE) != 0;
    if (chan->phase == HUSK_DMA_RUN && real_cs(chan) != before) {
        write_real(engine, number, CS, real_cs(chan));
    }
    start(engine, number);
}

void husk_dma_engine_write(struct husk_dma_engine *engine, uint64_t offset, unsigned size_bytes,
                           uint32_t value)
{
    struct husk_dma_chan *chan = chan_of(engine, offset, size_bytes);
    const unsigned reg = (unsigned)(offset % CHAN_BYTES);

    if (chan == NULL) {
        return;
    }
    if (reg == CS) {
        write_cs(engine, (unsigned)(offset / CHAN_BYTES), value);
    } else if (reg == DEBUG) {
        chan->debug &= ~value;
    } else if (reg == CONBLK_AD && chan->phase != HUSK_DMA_WALK && chan->phase != HUSK_DMA_RUN) {
        chan->conblk_ad = value; /* not while the channel is at one */
    }
}
