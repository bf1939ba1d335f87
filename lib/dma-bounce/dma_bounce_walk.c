// SPDX-License-Identifier: Apache-2.0
// From a guest's chain of control blocks to a shadow chain of our own. Guest memory is read once,
// and nothing here trusts what it says. Source: BCM2711 ARM Peripherals, "DMA Controller", "Control
// Block Data Structure".
#include "dma_bounce_internal.h"

static const uint32_t TI_KNOWN = HUSK_BITS(26, 3) | HUSK_BITS(1, 0); /* the rest is reserved */
static const uint32_t TI_TDMODE = HUSK_BIT(1);
static const uint32_t TI_WAIT_RESP = HUSK_BIT(3);
/* The same four for source and destination. */
static const uint32_t TI_INC[2] = { HUSK_BIT(8), HUSK_BIT(4) };
static const uint32_t TI_WIDTH[2] = { HUSK_BIT(9), HUSK_BIT(5) };
static const uint32_t TI_DREQ[2] = { HUSK_BIT(10), HUSK_BIT(6) };
static const uint32_t TI_IGNORE[2] = { HUSK_BIT(11), HUSK_BIT(7) };

enum {
    SOURCE,
    DEST,
    /* A copy of unequally aligned bytes goes one by one: less of it at a time. */
    ODD_COPY_BYTES = 256,
};

/* Source or destination of one shadow block. */
struct side {
    uint64_t pa;
    uint64_t bus;
    uint64_t limit; /* bytes from here on that go the same way */
    uint32_t bytes; /* of memory it touches: the length, or a word where it does not increment */
    bool used;      /* not ignored by TI */
    bool inc, ram, direct;
    uint8_t *slot;
};

void husk_dma_walk_on(struct husk_dma_chan *chan)
{
    chan->count = 0;
    chan->done = 0;
    chan->finished = 0;
    chan->wrote.size_bytes = 0;
    chan->wrote_slots = false;
    chan->holds_slots = false;
    chan->poll = false;
    chan->phase = HUSK_DMA_WALK;
}

/* True when blocks of this part of the chain write there: the engine would see what they wrote. */
static bool wrote(const struct husk_dma_chan *chan, uint64_t addr, uint64_t size_bytes)
{
    return husk_ranges_overlap(chan->wrote, (struct husk_range){ addr, size_bytes });
}

static bool is_peripheral(uint64_t addr)
{
    return addr - HUSK_DMA_PERIPHERALS_BASE < HUSK_DMA_PERIPHERALS_BYTES;
}

/* The guest's memory from `addr` on; it ends where peripherals and where 32 bits end. */
static inline bool translate(const struct husk_dma_engine *engine, uint64_t addr, bool write,
                             uint64_t *pa, uint64_t *size_bytes)
{
    const uint64_t end =
        addr < HUSK_DMA_PERIPHERALS_BASE ? HUSK_DMA_PERIPHERALS_BASE : UINT64_C(1) << 32;
    struct husk_pa at;

    if (addr >= end || is_peripheral(addr) ||
        !engine->translate(engine->context, (struct husk_ipa){ addr }, write, &at, size_bytes)) {
        return false;
    }
    *size_bytes = least(*size_bytes, end - addr);
    *pa = at.value;
    return true;
}

static enum husk_dma_outcome fetch(struct husk_dma_engine *engine, struct husk_dma_chan *chan,
                                   bool lite)
{
    uint32_t *to = chan->block.word;
    const uint32_t addr = to[NEXTCONBK];
    const uint32_t *from;
    uint64_t size;
    uint64_t pa;

    if (wrote(chan, addr, sizeof(chan->block))) {
        return HUSK_DMA_FULL; /* a chain that writes its own blocks */
    }
    chan->conblk_ad = addr;
    if (chan->blocks == HUSK_DMA_BLOCKS_MAX || !husk_is_aligned(addr, sizeof(chan->block)) ||
        !translate(engine, addr, false, &pa, &size) || size < sizeof(chan->block)) {
        return HUSK_DMA_REFUSED;
    }
    chan->blocks++;
    from = engine->open(engine->context, (struct husk_pa){ pa }, sizeof(chan->block));
    refresh_block(engine->master, from);
    husk_dsb_sy();
    for (int i = TI; i <= NEXTCONBK; i++) {
        to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED); /* once: it may change at any time */
    }
    to[TI] &= lite ? TI_KNOWN & ~TI_TDMODE : TI_KNOWN;
    chan->addr[SOURCE] = to[SOURCE_AD];
    chan->addr[DEST] = to[DEST_AD];
    chan->left = to[TXFR_LEN] & 0x3FFFFFFF;
    if (lite || (to[TI] & TI_TDMODE) != 0) {
        chan->left &= 0xFFFF;
    }
    /* YLENGTH is one less than there are rows: this one is not counted. */
    chan->rows = (to[TI] & TI_TDMODE) != 0 ? (uint32_t)husk_bits_get(to[TXFR_LEN], 29, 16) : 0;
    if ((to[TI] & (TI_DREQ[SOURCE] | TI_DREQ[DEST])) != 0 &&
        (((engine->dreqs | 1) >> husk_bits_get(to[TI], 20, 16)) & 1) == 0) {
        return HUSK_DMA_REFUSED;
    }
    return chan->left == 0 ? HUSK_DMA_REFUSED : HUSK_DMA_STEPPED;
}

/* 2D: strides are signed and count from the end of a row. */
static void next_row(struct husk_dma_chan *chan)
{
    const uint32_t stride = chan->block.word[STRIDE];

    chan->rows--;
    chan->addr[SOURCE] += (uint64_t)(int16_t)(stride & 0xFFFF);
    chan->addr[DEST] += (uint64_t)(int16_t)(stride >> 16);
    chan->left = chan->block.word[TXFR_LEN] & 0xFFFF;
}

/* A peripheral must be in the list. */
static bool resolve_peripheral(const struct husk_dma_engine *engine, struct side *side,
                               uint64_t addr, uint32_t word)
{
    const uint64_t at = side->inc ? addr : husk_align_down(addr, word);

    for (size_t i = 0; i < engine->peripheral_count; i++) {
        const struct husk_range *range = &engine->peripherals[i];

        if (husk_range_contains(*range, at, side->inc ? 1 : word)) {
            side->limit = side->inc ? range->base + range->size_bytes - at : UINT64_MAX;
            side->bus = addr;
            return true;
        }
    }
    return false;
}

/* Finds out where one side leads; false where the guest must not go. Without increment it is one
 * word, of 32 or 128 bits, again and again. */
static bool resolve(const struct husk_dma_engine *engine, const struct husk_dma_chan *chan,
                    int which, struct side *side)
{
    const uint32_t ti = chan->block.word[TI];
    const uint32_t word = (ti & TI_WIDTH[which]) != 0 ? 16 : 4;
    const uint64_t addr = chan->addr[which];
    struct husk_dma_run run;

    *side = (struct side){ .limit = UINT64_MAX,
                           .used = (ti & TI_IGNORE[which]) == 0,
                           .inc = (ti & TI_INC[which]) != 0,
                           .direct = true };
    if (!side->used) {
        return true;
    }
    if (is_peripheral(addr)) {
        return resolve_peripheral(engine, side, addr, word);
    }
    side->ram = true;
    if (!translate(engine, addr, which == DEST, &side->pa, &side->limit) ||
        (!side->inc && (side->limit < word || !husk_is_aligned(addr, word)))) {
        return false;
    }
    run = cut(engine->master, side->pa, side->inc ? side->limit : word,
              engine->master->window.align_bytes);
    side->direct = run.direct && (side->inc || run.size_bytes == word);
    side->bus = run.bus;
    side->limit = side->inc ? run.size_bytes : UINT64_MAX;
    side->bytes = word;
    return true;
}

/* How much of the row both sides can do in one block, and with what length for the engine. False: a
 * length the engine does not have, where there is no slot to round it up in. */
static bool agree(const struct husk_dma_engine *engine, struct side sides[2], uint32_t left,
                  uint32_t *bytes, uint32_t *bus_bytes)
{
    const uint32_t align = engine->master->window.align_bytes;
    uint64_t most = least(left, least(sides[SOURCE].limit, sides[DEST].limit));

    for (struct side *side = sides; side != sides + 2; side++) {
        if (!side->direct && (side->pa & 7) != slot_offset(engine->master, side->pa)) {
            most = least(most, ODD_COPY_BYTES);
        }
    }
    *bytes = (uint32_t)(most >= align ? husk_align_down(most, align) : most);
    *bus_bytes = (uint32_t)husk_align_up(*bytes, align);
    for (struct side *side = sides; side != sides + 2; side++) {
        if (side->used && *bytes != *bus_bytes) {
            if (!side->ram || !side->inc) {
                return false;
            }
            side->direct = false;
        }
        side->bytes = side->inc ? *bytes : side->bytes;
    }
    return true;
}

/* True when the order of writes within this part of the chain would come out wrong: what goes
 * through a slot is read early, and written late. Then the part ends here, and runs first. */
static bool must_wait(const struct husk_dma_chan *chan, const struct side sides[2])
{
    const struct side *source = &sides[SOURCE];
    const struct side *dest = &sides[DEST];

    return (source->ram && (chan->wrote_slots || !source->direct) &&
            wrote(chan, chan->addr[SOURCE], source->bytes)) ||
           (dest->ram && (dest->direct ? chan->wrote_slots : !source->used) &&
            wrote(chan, chan->addr[DEST], dest->bytes));
}

/* Slots for the sides that need one, filled where the engine reads, or might not write. `blocks` is
 * how many the channel has written: each may have two slots. */
static enum husk_dma_outcome take_slots(struct husk_dma_engine *engine, struct side sides[2],
                                        uint32_t padding, uint32_t blocks)
{
    const struct husk_dma_master *master = engine->master;
    const uint32_t count = (uint32_t)!sides[SOURCE].direct + (uint32_t)!sides[DEST].direct;
    uint32_t index;

    if (count == 0) {
        return HUSK_DMA_STEPPED;
    }
    if (2 * blocks + count > engine->share || !take(master->pool, engine->client, count, &index)) {
        return HUSK_DMA_FULL;
    }
    for (struct side *side = sides; side != sides + 2; side++) {
        if (side->direct) {
            continue;
        }
        side->slot = slot_at(master->pool, index) + slot_offset(master, side->pa);
        side->bus = slot_bus(master, side->slot);
        index = master->pool->slots[index].next;
        if (side == &sides[SOURCE] || !sides[SOURCE].used) {
            const void *from =
                engine->open(engine->context, (struct husk_pa){ side->pa }, side->bytes);

            refresh(master, from, side->bytes);
            fill(master, engine->client, side->slot, from, side->bytes, side->bytes + padding);
        }
    }
    return HUSK_DMA_COPIED;
}

/* Writes one shadow block with its note, and moves on. */
__attribute__((always_inline)) static inline void emit(struct husk_dma_engine *engine,
                                                       struct husk_dma_chan *chan,
                                                       const struct side sides[2], uint32_t bytes,
                                                       uint32_t bus_bytes)
{
    const bool ends = bytes == chan->left && chan->rows == 0;
    struct husk_dma_block *block = &chan->shadow[chan->count];
    uint32_t ti = chan->block.word[TI] & ~TI_TDMODE;

    ti &= ends ? UINT32_MAX : ~TI_INTEN;
    chan->notes[chan->count] = (struct husk_dma_note){
        .slots = { sides[SOURCE].slot, sides[DEST].slot },
        .dest_ad = (uint32_t)chan->addr[DEST],
        .dest_bytes = sides[DEST].bytes,
        .cs = (ends ? CS_END : 0) | ((ti & TI_INTEN) != 0 ? CS_INT : 0),
    };
    chan->count++;
    /* What is ignored gets the other's address: should it be used, it is one the guest may use. */
    *block = (struct husk_dma_block){ {
        [TI] = sides[DEST].slot != NULL ? ti | TI_WAIT_RESP : ti, /* ended means written */
        [SOURCE_AD] = (uint32_t)sides[sides[SOURCE].used ? SOURCE : DEST].bus,
        [DEST_AD] = (uint32_t)sides[sides[DEST].used ? DEST : SOURCE].bus,
        [TXFR_LEN] = bus_bytes,
        [NEXTCONBK] = shadow_bus(engine, chan) + chan->count * (uint32_t)sizeof(*block),
    } };
    if (chan->count > 1) {
        clean_block(engine->master, block - 1); /* the last one changes once more */
    }
    if (sides[DEST].ram) {
        const uint64_t base = chan->addr[DEST];
        const uint64_t end = base + sides[DEST].bytes;
        const uint64_t old_end = chan->wrote.base + chan->wrote.size_bytes;
        const bool first = chan->wrote.size_bytes == 0;

        chan->wrote.base = first ? base : least(base, chan->wrote.base);
        chan->wrote.size_bytes = (first || end > old_end ? end : old_end) - chan->wrote.base;
        chan->wrote_slots |= sides[DEST].slot != NULL;
    }
    chan->holds_slots |= sides[SOURCE].slot != NULL || sides[DEST].slot != NULL;
    chan->left -= bytes;
    chan->addr[SOURCE] += sides[SOURCE].inc ? bytes : 0;
    chan->addr[DEST] += sides[DEST].inc ? bytes : 0;
}

/* The usual case by itself: a flat copy between memory in reach, all of it in one go. */
static inline bool is_plain(const struct husk_dma_engine *engine, const struct husk_dma_chan *chan,
                            struct side sides[2])
{
    const struct husk_dma_master *master = engine->master;
    const uint32_t ti = chan->block.word[TI];
    const uint64_t left = chan->left;

    if ((ti & (TI_INC[0] | TI_INC[1] | TI_IGNORE[0] | TI_IGNORE[1])) != (TI_INC[0] | TI_INC[1]) ||
        chan->wrote_slots || chan->count == chan->capacity) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        uint64_t size;
        uint64_t pa;

        if (!translate(engine, chan->addr[i], i == DEST, &pa, &size) || size < left ||
            ((pa | left) & master->masks[0]) != 0) {
            return false;
        }
        pa -= master->window.pa.value;
        if (pa >= master->plain_bytes || left > master->plain_bytes - pa) {
            return false;
        }
        sides[i].bus = master->window.bus.value + pa;
        sides[i].bytes = (uint32_t)left;
        sides[i].used = sides[i].inc = sides[i].ram = sides[i].direct = true;
        sides[i].slot = NULL;
    }
    return true;
}

/* One block as it comes: cut, through slots, or refused. */
__attribute__((noinline)) static enum husk_dma_outcome transfer_any(struct husk_dma_engine *engine,
                                                                    struct husk_dma_chan *chan)
{
    enum husk_dma_outcome outcome;
    struct side sides[2];
    uint32_t bus_bytes;
    uint32_t bytes;

    if (!resolve(engine, chan, SOURCE, &sides[SOURCE]) ||
        !resolve(engine, chan, DEST, &sides[DEST]) || (!sides[SOURCE].used && !sides[DEST].used) ||
        !agree(engine, sides, chan->left, &bytes, &bus_bytes)) {
        return HUSK_DMA_REFUSED;
    }
    if (chan->count == chan->capacity || must_wait(chan, sides)) {
        return HUSK_DMA_FULL;
    }
    outcome = take_slots(engine, sides, bus_bytes - bytes, chan->count);
    if (outcome != HUSK_DMA_FULL) {
        emit(engine, chan, sides, bytes, bus_bytes);
    }
    return outcome;
}

enum husk_dma_outcome husk_dma_walk(struct husk_dma_engine *engine, struct husk_dma_chan *chan,
                                    bool lite)
{
    enum husk_dma_outcome outcome = HUSK_DMA_STEPPED;
    const bool fetches = chan->left == 0 && chan->rows == 0;
    struct side sides[2];

    if (chan->left == 0 && chan->rows != 0) {
        next_row(chan);
    } else if (fetches) {
        outcome = chan->block.word[NEXTCONBK] == 0 ? HUSK_DMA_ENDED : fetch(engine, chan, lite);
    }
    if (outcome == HUSK_DMA_STEPPED) {
        if (is_plain(engine, chan, sides)) {
            emit(engine, chan, sides, chan->left, chan->left);
        } else if (!fetches) { /* else it is a part by itself, as it may take a copy */
            outcome = transfer_any(engine, chan);
        }
    }
    if (outcome == HUSK_DMA_STEPPED && chan->left == 0 && chan->rows == 0 &&
        chan->block.word[NEXTCONBK] == 0) {
        outcome = HUSK_DMA_ENDED;
    }
    return outcome;
}
