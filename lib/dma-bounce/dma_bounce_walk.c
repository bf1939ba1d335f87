// SPDX-License-Identifier: Apache-2.0
// From a guest's chain of control blocks to a shadow chain of our own. Guest memory is read once,
// and nothing here trusts what it says. Source: BCM2711 ARM Peripherals, "DMA Controller", "Control
// Block Data Structure".
#include "dma_bounce_internal.h"

static const uint32_t TI_KNOWN = HUSK_BITS(26, 3) | HUSK_BITS(1, 0); /* the rest is reserved */
static const uint32_t TI_TDMODE = HUSK_BIT(1);
static const uint32_t TI_WAIT_RESP = HUSK_BIT(3);
/* TI has the same four flags for source and destination. */
enum { SOURCE, DEST };
static const unsigned ti_flags[2] = { 8, 4 };
enum { INC = 1, WIDTH = 2, DREQ = 4, IGNORE = 8 };
/* A copy of unequally aligned bytes goes one by one: less of it at a time. */
enum { ODD_COPY_BYTES = 256 };

/* Source or destination of one shadow block. */
struct side {
    struct husk_pa pa;
    uint64_t bus;
    uint64_t bytes; /* of memory that are touched */
    uint32_t word;  /* without increment: one word of so many bytes, again and again; else 0 */
    bool used;      /* not ignored by TI */
    bool ram, direct;
    uint8_t *slot;
};

void husk_dma_walk_on(struct husk_dma_chan *chan)
{
    chan->count = 0;
    chan->done = 0;
    chan->finished = 0;
    chan->wrote[0] = UINT64_MAX;
    chan->wrote[1] = 0;
    chan->bounced = false;
    chan->phase = HUSK_DMA_WALK;
}

/* True where blocks of this part of the chain may write: the engine would see what they wrote. */
static inline bool wrote(const struct husk_dma_chan *chan, uint64_t addr, uint64_t size_bytes)
{
    return addr < chan->wrote[1] && addr + size_bytes > chan->wrote[0];
}

static inline bool is_peripheral(uint64_t addr)
{
    return addr - HUSK_DMA_PERIPHERALS_BASE < HUSK_DMA_PERIPHERALS_BYTES;
}

/* The guest's memory from `addr` on; it ends where peripherals and where 32 bits end. */
static inline bool translate(const struct husk_dma_engine *engine, uint64_t addr, bool write,
                             struct husk_pa *pa, uint64_t *size_bytes)
{
    const uint64_t end =
        addr < HUSK_DMA_PERIPHERALS_BASE ? HUSK_DMA_PERIPHERALS_BASE : UINT64_C(1) << 32;

    if (addr >= end || is_peripheral(addr) ||
        !engine->translate(engine->context, (struct husk_ipa){ addr }, write, pa, size_bytes)) {
        return false;
    }
    *size_bytes = least(*size_bytes, end - addr);
    return true;
}

static enum husk_dma_outcome fetch(const struct husk_dma_engine *engine, struct husk_dma_chan *chan)
{
    const uint32_t addr = chan->reg[NEXTCONBK];
    const uint32_t *block;
    struct husk_pa pa;
    uint64_t size;

    if (wrote(chan, addr, sizeof(*chan->shadow))) {
        return HUSK_DMA_FULL; /* a chain that writes its own blocks */
    }
    chan->reg[CONBLK_AD] = addr;
    if (chan->blocks == HUSK_DMA_BLOCKS_MAX || !husk_is_aligned(addr, sizeof(*chan->shadow)) ||
        !translate(engine, addr, false, &pa, &size) || size < sizeof(*chan->shadow)) {
        return HUSK_DMA_REFUSED;
    }
    chan->blocks++;
    block = engine->open(engine->context, pa, sizeof(*chan->shadow));
    husk_dc_civac(block); /* it may have been written past the cache */
    husk_dsb_sy();
    for (int i = TI; i <= NEXTCONBK; i++) { /* once: it may change at any time */
        chan->reg[i] = __atomic_load_n(&block[i - TI], __ATOMIC_RELAXED);
    }
    const bool lite = (chan->reg[DEBUG] & DEBUG_LITE) != 0;
    const uint32_t ti = chan->reg[TI] & (lite ? TI_KNOWN & ~TI_TDMODE : TI_KNOWN);
    const bool is_2d = (ti & TI_TDMODE) != 0;
    const uint32_t dreqs = engine->dreqs | 1;

    chan->reg[TI] = ti;
    chan->addr[SOURCE] = chan->reg[SOURCE_AD];
    chan->addr[DEST] = chan->reg[DEST_AD];
    chan->left = chan->reg[TXFR_LEN] & (is_2d || lite ? 0xFFFF : 0x3FFFFFFF);
    /* YLENGTH is one less than there are rows: this one is not counted. */
    chan->rows = is_2d ? (uint32_t)husk_bits_get(chan->reg[TXFR_LEN], 29, 16) : 0;
    return chan->left == 0 || (ti >> ti_flags[SOURCE] & ti >> ti_flags[DEST] & IGNORE) != 0 ||
                   (((ti >> ti_flags[SOURCE] | ti >> ti_flags[DEST]) & DREQ) != 0 &&
                    (dreqs >> husk_bits_get(ti, 20, 16) & 1) == 0)
               ? HUSK_DMA_REFUSED
               : HUSK_DMA_STEPPED;
}

/* 2D: strides are signed and count from the end of a row. */
static void next_row(struct husk_dma_chan *chan)
{
    chan->rows--;
    chan->addr[SOURCE] += (uint64_t)(int16_t)(chan->reg[STRIDE] & 0xFFFF);
    chan->addr[DEST] += (uint64_t)(int16_t)(chan->reg[STRIDE] >> 16);
    chan->left = chan->reg[TXFR_LEN] & 0xFFFF;
}

/* A peripheral must be in the list. */
static bool find_peripheral(const struct husk_dma_engine *engine, const struct side *side,
                            uint64_t *size_bytes)
{
    const uint64_t unit = side->word != 0 ? side->word : 1;
    const uint64_t at = husk_align_down(side->bus, unit);

    for (size_t i = 0; i < engine->peripheral_count; i++) {
        const struct husk_range *range = &engine->peripherals[i];

        if (husk_range_contains(*range, at, unit)) {
            *size_bytes = range->base + range->size_bytes - at;
            return true;
        }
    }
    return false;
}

/* Finds out where one side leads, and lowers `bytes` to what goes one way from there; false where
 * the guest must not go. */
static bool resolve(const struct husk_dma_engine *engine, const struct husk_dma_chan *chan,
                    int which, struct side *side, uint64_t *bytes)
{
    const struct husk_dma_master *master = engine->master;
    const uint32_t flags = chan->reg[TI] >> ti_flags[which];
    uint64_t size = UINT64_MAX;

    *side = (struct side){ .bus = chan->addr[which],
                           .word = (flags & INC) != 0     ? 0
                                   : (flags & WIDTH) != 0 ? 16
                                                          : 4,
                           .used = (flags & IGNORE) == 0,
                           .direct = true };
    side->ram = side->used && !is_peripheral(side->bus);
    if (side->ram) {
        if (!translate(engine, side->bus, which == DEST, &side->pa, &size) || size < side->word ||
            (side->word != 0 && !husk_is_aligned(side->bus, side->word))) {
            return false;
        }
        side->bus = bus_of(master, side->pa.value);
        size = cut(master, side->pa.value, side->word != 0 ? side->word : least(size, *bytes),
                   master->window.align_bytes, &side->direct);
        side->direct = side->direct && size >= side->word;
        if (!side->direct && !husk_is_aligned(side->pa.value, 8)) {
            size = least(size, ODD_COPY_BYTES);
        }
    } else if (side->used && !find_peripheral(engine, side, &size)) {
        return false;
    }
    *bytes = side->word != 0 ? *bytes : least(*bytes, size);
    return true;
}

/* A slot holds what memory has where the engine reads it, or might not write it. */
static inline bool is_filled(const struct side sides[2], int which)
{
    return which == SOURCE || !sides[SOURCE].used;
}

/* Slots for the sides that need one. */
static bool take_slots(const struct husk_dma_engine *engine, struct side sides[2], uint32_t padding)
{
    const struct husk_dma_master *master = engine->master;

    for (int i = SOURCE; i <= DEST; i++) {
        struct side *side = &sides[i];

        if (side->direct) {
            continue;
        }
        if (!take(master, engine->client, &side->slot, &side->bus)) {
            if (sides[SOURCE].slot != NULL) {
                give(master, engine->client, sides[SOURCE].slot);
            }
            return false;
        }
        if (is_filled(sides, i)) {
            const void *from = engine->open(engine->context, side->pa, side->bytes);

            refresh(master, from, side->bytes);
            fill(master, engine->client, side->slot, from, side->bytes, side->bytes + padding);
        }
    }
    return true;
}

/* Writes one shadow block, with what it stands for, and moves on. */
static inline void emit(struct husk_dma_chan *chan, const struct side sides[2], uint32_t bytes,
                        uint32_t bus_bytes)
{
    const struct side *source = &sides[SOURCE];
    const struct side *dest = &sides[DEST];
    struct husk_dma_note *note = &chan->notes[chan->count];
    uint32_t *block = chan->shadow[chan->count++].word;
    uint32_t ti = chan->reg[TI] & ~TI_TDMODE;

    if (dest->ram) {
        const uint64_t end = chan->addr[DEST] + dest->bytes;

        chan->wrote[0] = least(chan->wrote[0], chan->addr[DEST]);
        chan->wrote[1] = end > chan->wrote[1] ? end : chan->wrote[1];
    }
    chan->left -= bytes;
    chan->addr[SOURCE] += source->word != 0 ? 0 : bytes;
    chan->addr[DEST] += dest->word != 0 ? 0 : bytes;
    *note =
        (struct husk_dma_note){ { source->slot, dest->slot }, dest->pa, (uint32_t)dest->bytes, 0 };
    if (chan->left != 0 || chan->rows != 0) {
        ti &= ~TI_INTEN;
    } else {
        note->cs = CS_END | ((ti & TI_INTEN) != 0 ? CS_INT : 0);
    }
    /* Ended means written. What is ignored gets the other's address: should it be used, it is one
     * the guest may use. */
    block[0] = dest->direct ? ti : ti | TI_WAIT_RESP;
    block[SOURCE_AD - TI] = (uint32_t)(source->used ? source : dest)->bus;
    block[DEST_AD - TI] = (uint32_t)(dest->used ? dest : source)->bus;
    block[TXFR_LEN - TI] = bus_bytes;
    block[STRIDE - TI] = 0;
    block[NEXTCONBK - TI] = chan->shadow_bus + chan->count * (uint32_t)sizeof(*chan->shadow);
    husk_dc_cvac(block);
}

/* The usual case by itself: a flat copy between memory in reach, all of it in one go. */
static inline bool is_flat(const struct husk_dma_engine *engine, const struct husk_dma_chan *chan,
                           struct side sides[2])
{
    const uint32_t both = INC | IGNORE;

    if ((chan->reg[TI] & (both << 8 | both << 4)) != (INC << 8 | INC << 4) || chan->bounced ||
        chan->count == chan->capacity) {
        return false;
    }
    for (int i = SOURCE; i <= DEST; i++) {
        struct side *side = &sides[i];

        if (!translate(engine, chan->addr[i], i == DEST, &side->pa, &side->bytes) ||
            side->bytes < chan->left ||
            ((side->pa.value | chan->left) & engine->master->masks[0]) != 0 ||
            !is_plain(engine->master, side->pa.value, chan->left)) {
            return false;
        }
        side->bus = bus_of(engine->master, side->pa.value);
        side->bytes = chan->left;
        side->word = 0;
        side->used = side->ram = side->direct = true;
        side->slot = NULL;
    }
    return true;
}

/* One block, of as much of the row as goes one way: direct, through slots, or refused. */
static enum husk_dma_outcome transfer(const struct husk_dma_engine *engine,
                                      struct husk_dma_chan *chan)
{
    const uint32_t align = engine->master->window.align_bytes;
    bool bounced = false;
    bool waits = false;
    struct side sides[2];
    uint64_t most = chan->left;

    if (is_flat(engine, chan, sides)) {
        emit(chan, sides, chan->left, chan->left);
        return HUSK_DMA_STEPPED;
    }
    if (!resolve(engine, chan, SOURCE, &sides[SOURCE], &most) ||
        !resolve(engine, chan, DEST, &sides[DEST], &most)) {
        return HUSK_DMA_REFUSED;
    }
    const uint32_t bytes = (uint32_t)(most >= align ? husk_align_down(most, align) : most);
    const uint32_t bus_bytes = (uint32_t)husk_align_up(bytes, align);

    for (int i = SOURCE; i <= DEST; i++) {
        struct side *side = &sides[i];

        if (bytes != bus_bytes && side->used) {
            if (!side->ram || side->word != 0) {
                return HUSK_DMA_REFUSED; /* a length the engine does not have */
            }
            side->direct = false;
        }
        side->bytes = side->word != 0 ? side->word : bytes;
        bounced |= !side->direct;
        /* What goes through a slot is read early and written late. Where that would put the writes
         * of this part of the chain in the wrong order, the part ends here and runs first. */
        waits |= (side->direct ? chan->bounced : is_filled(sides, i)) && side->ram &&
                 wrote(chan, chan->addr[i], side->bytes);
    }
    if (chan->count == chan->capacity || (bounced && chan->count >= engine->share) || waits ||
        !take_slots(engine, sides, bus_bytes - bytes)) {
        return HUSK_DMA_FULL;
    }
    chan->bounced |= bounced;
    emit(chan, sides, bytes, bus_bytes);
    return HUSK_DMA_STEPPED;
}

static inline bool at_end(const struct husk_dma_chan *chan)
{
    return chan->left == 0 && chan->rows == 0 && chan->reg[NEXTCONBK] == 0;
}

enum husk_dma_outcome husk_dma_walk(const struct husk_dma_engine *engine,
                                    struct husk_dma_chan *chan)
{
    enum husk_dma_outcome outcome = at_end(chan) ? HUSK_DMA_ENDED : HUSK_DMA_STEPPED;

    if (chan->left == 0 && chan->rows != 0) {
        next_row(chan);
    } else if (chan->left == 0 && outcome == HUSK_DMA_STEPPED) {
        outcome = fetch(engine, chan);
    }
    if (outcome == HUSK_DMA_STEPPED) {
        outcome = transfer(engine, chan);
    }
    return outcome == HUSK_DMA_STEPPED && at_end(chan) ? HUSK_DMA_ENDED : outcome;
}
