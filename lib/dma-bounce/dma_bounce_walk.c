// SPDX-License-Identifier: Apache-2.0
// From a guest's chain of control blocks to a shadow chain of our own. Guest memory is read once,
// and nothing here trusts what it says. Source: BCM2711 ARM Peripherals, "DMA Controller", "Control
// Block Data Structure".
#include "dma_bounce_internal.h"

static const uint32_t TI_KNOWN = HUSK_BITS(26, 3) | HUSK_BITS(1, 0); /* the rest is reserved */
static const uint32_t TI_TDMODE = HUSK_BIT(1);
static const uint32_t TI_WAIT_RESP = HUSK_BIT(3);
static const uint32_t TI_DREQS = HUSK_BIT(10) | HUSK_BIT(6);
static const uint32_t TI_IGNORES = HUSK_BIT(11) | HUSK_BIT(7);
/* TI has the same four flags for source and destination. */
static const unsigned ti_flags[2] = { 8, 4 };
enum { INC = 1, WIDTH = 2, IGNORE = 8 };
/* A copy of unequally aligned bytes goes one by one: less of it at a time. */
enum { ODD_COPY_BYTES = 256 };

/* Source or destination of one shadow block. */
struct side {
    enum { IGNORED, PORT, DIRECT, BOUNCED } way; /* the last two: memory */
    struct husk_pa pa;
    uint64_t bus;
    uint32_t word;  /* without increment: one word of so many bytes, again and again; else 0 */
    uint32_t bytes; /* that are touched */
    uint8_t *slot;
};

/* True where blocks of this part of the chain may write: the engine would see what they wrote. */
static inline bool wrote(const struct husk_dma_chan *chan, uint64_t addr, uint64_t size_bytes)
{
    return addr < chan->part.wrote[1] && addr + size_bytes > chan->part.wrote[0];
}

/* Where the guest's memory at `addr` lies, and how much there is; 0 for what is none: peripherals,
 * and what is beyond 32 bits. */
static inline uint64_t translate(const struct husk_dma_engine *engine, uint64_t addr, bool write,
                                 struct husk_pa *pa)
{
    const bool below = addr < HUSK_DMA_PERIPHERALS_BASE + HUSK_DMA_PERIPHERALS_BYTES;
    const uint64_t end = below ? HUSK_DMA_PERIPHERALS_BASE : HUSK_BIT(32);
    uint64_t size;

    if (addr >= end ||
        !engine->translate(engine->context, (struct husk_ipa){ addr }, write, pa, &size)) {
        return 0;
    }
    return husk_min(size, end - addr);
}

/* Copies the chain's next control block into the channel's registers, and looks at its fields. */
static enum husk_err fetch(const struct husk_dma_engine *engine, struct husk_dma_chan *chan)
{
    const uint32_t addr = chan->reg[NEXTCONBK];
    const bool lite = (chan->reg[DEBUG] & DEBUG_LITE) != 0;
    struct husk_pa pa;

    if (wrote(chan, addr, BLOCK_BYTES)) {
        return HUSK_EAGAIN; /* a chain that writes its own blocks */
    }
    chan->reg[CONBLK_AD] = addr;
    if (chan->blocks == HUSK_DMA_BLOCKS_MAX || !husk_is_aligned(addr, BLOCK_BYTES) ||
        translate(engine, addr, false, &pa) < BLOCK_BYTES) {
        return HUSK_EINVAL;
    }
    chan->blocks++;
    const uint32_t *block = engine->open(engine->context, pa, BLOCK_BYTES);

    husk_dc_civac(block); /* it may have been written past the cache */
    husk_dsb_sy();
    for (int i = TI; i <= NEXTCONBK; i++) { /* once: it may change at any time */
        chan->reg[i] = __atomic_load_n(&block[i - TI], __ATOMIC_RELAXED);
    }
    chan->reg[TI] &= lite ? TI_KNOWN & ~TI_TDMODE : TI_KNOWN;
    const uint32_t ti = chan->reg[TI];
    const uint32_t length = chan->reg[TXFR_LEN];
    const bool is_2d = (ti & TI_TDMODE) != 0;

    chan->addr[SOURCE] = chan->reg[SOURCE_AD];
    chan->addr[DEST] = chan->reg[DEST_AD];
    chan->left = length & (is_2d || lite ? 0xFFFF : 0x3FFFFFFF);
    /* YLENGTH is one less than there are rows: this one is not counted. */
    chan->rows = is_2d ? length >> 16 & 0x3FFF : 0;
    if (chan->left == 0 || (ti & TI_IGNORES) == TI_IGNORES ||
        ((ti & TI_DREQS) != 0 && ((engine->dreqs | 1) >> husk_bits_get(ti, 20, 16) & 1) == 0)) {
        return HUSK_EINVAL;
    }
    return HUSK_OK;
}

/* How much of a peripheral of the list there is from `addr` on. */
static COLD uint64_t port_bytes(const struct husk_dma_engine *engine, uint64_t addr)
{
    for (size_t i = 0; i < engine->peripheral_count; i++) {
        const uint64_t offset = addr - engine->peripherals[i].base;

        if (offset < engine->peripherals[i].size_bytes) {
            return engine->peripherals[i].size_bytes - offset;
        }
    }
    return 0;
}

/* Finds out where one side leads, and lowers `bytes` to what goes one way from there; false where
 * the guest must not go. */
static INLINE bool resolve(const struct husk_dma_engine *engine, const struct husk_dma_chan *chan,
                           int which, struct side *side, uint64_t *bytes)
{
    const struct husk_dma_master *master = engine->master;
    const uint32_t flags = chan->reg[TI] >> ti_flags[which];
    const uint64_t addr = chan->addr[which];
    struct husk_pa pa = { 0 };
    uint64_t size;
    bool direct;

    *side = (struct side){ .way = IGNORED, .bus = addr };
    if ((flags & IGNORE) != 0) {
        return true;
    }
    if ((flags & INC) == 0) {
        side->word = (flags & WIDTH) != 0 ? 16 : 4;
    }
    size = translate(engine, addr, which == DEST, &pa);
    size = husk_min(size, side->word != 0 ? side->word : *bytes);
    if (size == 0) {
        side->way = PORT;
        size = husk_min(port_bytes(engine, addr), *bytes);
    } else {
        if (side->word != 0 && (size < side->word || !husk_is_aligned(addr, side->word))) {
            return false;
        }
        side->way = DIRECT;
        side->pa = pa;
        side->bus = bus_of(master, pa.value);
        if (side->word != 0 || !husk_is_aligned(pa.value | size, master->window.align_bytes) ||
            !is_plain(master, pa.value, size)) {
            size = cut(master, HUSK_DMA_TO_DEVICE, pa.value, size, &direct);
            side->way = direct && size >= side->word ? DIRECT : BOUNCED;
        }
        if (side->way == BOUNCED && !husk_is_aligned(pa.value, 8)) {
            size = husk_min(size, ODD_COPY_BYTES);
        }
    }
    *bytes = side->word != 0 && size != 0 ? *bytes : size;
    return *bytes != 0;
}

/* Makes one side ready for `bytes`, and `padding` beyond them; with a slot, if it needs one. */
static INLINE enum husk_err enter(const struct husk_dma_engine *engine, struct husk_dma_chan *chan,
                                  struct side sides[2], int which, uint32_t bytes, uint32_t padding)
{
    struct side *side = &sides[which];
    /* A slot holds what memory has where the engine reads it, or might not write it. */
    const bool is_filled = which == SOURCE || sides[SOURCE].way == IGNORED;

    side->bytes = side->word != 0 ? side->word : bytes;
    if (padding != 0 && (side->way == PORT || side->word != 0)) {
        return HUSK_EINVAL; /* a length the engine does not have */
    }
    if (padding != 0 && side->way == DIRECT) {
        side->way = BOUNCED;
    }
    /* What goes through a slot is read early and written late. Where that would put the writes
     * of this part of the chain in the wrong order, the part ends here and runs first. */
    if ((side->way == DIRECT ? chan->part.bounced : side->way == BOUNCED && is_filled) &&
        wrote(chan, chan->addr[which], side->bytes)) {
        return HUSK_EAGAIN;
    }
    if (side->way != BOUNCED) {
        return HUSK_OK;
    }
    if (chan->part.count >= engine->share ||
        !take(engine->master, engine->client, &side->slot, &side->bus)) {
        return HUSK_EAGAIN;
    }
    chan->part.bounced = true;
    if (is_filled) {
        const void *from = engine->open(engine->context, side->pa, side->bytes);

        refresh(engine->master, from, side->bytes);
        fill(engine->client, side->slot, from, side->bytes, side->bytes + padding);
        clean(engine->master, side->slot, side->bytes + padding);
    }
    return HUSK_OK;
}

/* Writes one shadow block, with what it stands for, and moves on. */
static INLINE void emit(struct husk_dma_chan *chan, const struct side sides[2], uint32_t bytes,
                        uint32_t padding)
{
    const struct side *source = &sides[SOURCE];
    const struct side *dest = &sides[DEST];
    struct husk_dma_part *part = &chan->part;
    struct husk_dma_note *note = &chan->notes[part->count];
    struct husk_dma_block *block = &chan->shadow[part->count++];
    uint32_t ti = chan->reg[TI] & ~TI_TDMODE;

    if (dest->way >= DIRECT) {
        const uint64_t end = chan->addr[DEST] + dest->bytes;

        part->wrote[0] = husk_min(part->wrote[0], chan->addr[DEST]);
        part->wrote[1] = end > part->wrote[1] ? end : part->wrote[1];
    }
    *note = (struct husk_dma_note){ { source->slot, dest->slot }, dest->pa, dest->bytes, 0 };
    chan->left -= bytes;
    if (chan->left == 0 && chan->rows == 0) {
        note->cs = CS_END | ((ti & TI_INTEN) != 0 ? CS_INT : 0);
    } else {
        ti &= ~TI_INTEN;
        chan->addr[SOURCE] += source->word != 0 ? 0 : bytes;
        chan->addr[DEST] += dest->word != 0 ? 0 : bytes;
    }
    if (chan->left == 0 && chan->rows != 0) {
        /* Strides are signed and count from the end of a row. */
        chan->rows--;
        chan->addr[SOURCE] += (uint64_t)(int16_t)(chan->reg[STRIDE] & 0xFFFF);
        chan->addr[DEST] += (uint64_t)(int16_t)(chan->reg[STRIDE] >> 16);
        chan->left = chan->reg[TXFR_LEN] & 0xFFFF;
    }
    /* Ended means written. What is ignored gets the other's address: should it be used, it is one
     * the guest may use. */
    ti |= dest->way == BOUNCED ? TI_WAIT_RESP : 0;
    *block = (struct husk_dma_block){ { ti, (uint32_t)(source->way != IGNORED ? source : dest)->bus,
                                        (uint32_t)(dest->way != IGNORED ? dest : source)->bus,
                                        bytes + padding, 0,
                                        chan->shadow_bus + part->count * BLOCK_BYTES } };
    husk_dc_cvac(block);
}

/* Of as much of a row as goes one way, direct or through slots, a block is made. */
enum husk_err husk_dma_walk(const struct husk_dma_engine *engine, struct husk_dma_chan *chan)
{
    const uint32_t align = engine->master->window.align_bytes;
    enum husk_err err = HUSK_OK;
    struct side sides[2];
    uint64_t most;

    if (chan->left == 0 && chan->reg[NEXTCONBK] != 0) {
        err = fetch(engine, chan);
    }
    if (err != HUSK_OK || chan->left == 0) {
        return err;
    }
    if (chan->part.count == chan->capacity) {
        return HUSK_EAGAIN;
    }
    most = chan->left;
    if (!resolve(engine, chan, SOURCE, &sides[SOURCE], &most) ||
        !resolve(engine, chan, DEST, &sides[DEST], &most)) {
        return HUSK_EINVAL;
    }
    const uint32_t bytes = (uint32_t)(most < align ? most : husk_align_down(most, align));
    const uint32_t padding = most < align ? align - bytes : 0;

    err = enter(engine, chan, sides, SOURCE, bytes, padding);
    if (err == HUSK_OK) {
        err = enter(engine, chan, sides, DEST, bytes, padding);
    }
    if (err == HUSK_OK) {
        emit(chan, sides, bytes, padding);
    } else {
        give(engine->master, engine->client, sides[SOURCE].slot);
    }
    return err;
}
