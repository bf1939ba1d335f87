// SPDX-License-Identifier: Apache-2.0
/* Not Husk: a bare program that drives two masters by the library, the DMA engine and the
 * VideoCore's mailbox. They have windows of their own (other bus addresses, another alignment) and
 * a pool together. Both wrap at 1 GiB: every place above it is filled all around, and so is its low
 * alias. With MASTERS_ALIAS the mailbox is used without the library. BCM2711 ARM Peripherals, "DMA
 * Controller"; mailbox: the firmware's wiki, "Mailbox property interface". */
#include "bare.h"
#include "pattern.h"

#include <husk/dma_bounce.h>

enum {
    MAILBOX = 0xfe00b880,
    MAILBOX_STATUS = 0x18,
    MAILBOX_WRITE = 0x20,
    MAILBOX_EMPTY = 1 << 30,
    MAILBOX_FULL = 1u << 31,
    MAILBOX_PROPERTIES = 8, /* channel */
    GET_BOARD_REVISION = 0x00010002,
    TRIES = 1000000,
};

/* 1 GiB is in reach of both. What a place above is wrapped to. */
#define REACH HUSK_GIB(1)
#define POOL  UINT64_C(0x20000000)
#define STAGE UINT64_C(0x18000000) /* in reach: where the engine copies to and from */
#define NEAR  UINT64_C(0x19000000)
#define FAR   UINT64_C(0x50000000)
#define EDGE  (REACH - 1000) /* of which the second half's alias is at 0 */

enum {
    SLOTS = 16,
    SLOT_BYTES = 1024,
    PLACE_BYTES = 16384,
    MARGIN = 512,
    SEGS = 24,
    LOW_BYTES = 16384, /* at 0: the firmware's, which is only compared */
    ENGINE_QUOTA = 12,
};

static uint8_t *slots[SLOTS];
static struct husk_dma_pool pool;
static struct husk_dma_master engine, mailbox;
static struct husk_dma_client engine_client, mailbox_client;
static struct husk_dma_seg engine_segs[SEGS], mailbox_segs[4];
static struct husk_dma_map engine_map, mailbox_map;
static uint32_t blocks[SEGS][8] __attribute__((aligned(32)));
static uint8_t low[LOW_BYTES];
static uint32_t revision;
static uint64_t transfers, messages;

static void print_decimal(uint64_t value)
{
    char digits[21];
    unsigned i = sizeof(digits) - 1;

    digits[i] = '\0';
    do {
        digits[--i] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    print(digits + i);
}

static void need(bool truth, const char *what)
{
    if (!truth) {
        print("husk-test: FAIL: ");
        print(what);
        end("\n");
    }
}

/* ---- the two masters ---- */

/* The engine does all segments in one chain, to the stage or from it. */
static void run_engine(bool writes_memory)
{
    const uint32_t stage = 0xc0000000 + (uint32_t)STAGE;
    uint64_t done = 0;

    for (uint32_t i = 0; i < engine_map.count; i++) {
        const struct husk_dma_seg *seg = &engine_segs[i];
        const uint32_t here = stage + (uint32_t)done;

        blocks[i][0] = 0x118; /* both addresses increment; responses are waited for */
        blocks[i][1] = writes_memory ? here : (uint32_t)seg->bus.value;
        blocks[i][2] = writes_memory ? (uint32_t)seg->bus.value : here;
        blocks[i][3] = seg->bus_bytes;
        blocks[i][4] = 0;
        blocks[i][5] =
            i + 1 < engine_map.count ? 0xc0000000 + (uint32_t)(uintptr_t)blocks[i + 1] : 0;
        done += seg->size_bytes;
    }
    husk_dsb_sy();
    husk_mmio_write32(CHAN, UINT32_C(1) << 31);
    husk_mmio_write32(CHAN + 4, 0xc0000000 + (uint32_t)(uintptr_t)blocks);
    husk_mmio_write32(CHAN, 1);
    for (unsigned i = 0; i < TRIES && husk_mmio_read32(CHAN + 4) != 0; i++) {
    }
    need(husk_mmio_read32(CHAN + 4) == 0, "the engine does not end");
    transfers++;
}

/* One message: the mailbox reads it at a bus address, a multiple of 16, and answers in place. */
static void run_mailbox(uint32_t bus)
{
    const uint32_t letter = bus | MAILBOX_PROPERTIES;

    husk_dsb_sy();
    for (unsigned i = 0;
         i < TRIES && (husk_mmio_read32(MAILBOX + MAILBOX_STATUS) & MAILBOX_FULL) != 0; i++) {
    }
    husk_mmio_write32(MAILBOX + MAILBOX_WRITE, letter);
    for (unsigned i = 0;
         i < TRIES && (husk_mmio_read32(MAILBOX + MAILBOX_STATUS) & MAILBOX_EMPTY) != 0; i++) {
    }
    need(husk_mmio_read32(MAILBOX) == letter, "the mailbox does not answer");
    messages++;
}

static struct husk_dma_piece piece(uint64_t pa, uint64_t bytes)
{
    return (struct husk_dma_piece){ { pa }, { pa }, bytes };
}

static void write_word(uint64_t pa, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        at(pa)[i] = (uint8_t)(value >> (8 * i));
    }
}

static uint32_t read_word(uint64_t pa)
{
    return at(pa)[0] | (uint32_t)at(pa)[1] << 8 | (uint32_t)at(pa)[2] << 16 |
           (uint32_t)at(pa)[3] << 24;
}

/* A question of 7 words, in a buffer of `bytes`. */
static void write_message(uint64_t pa, uint32_t bytes)
{
    const uint32_t words[] = { bytes, 0, GET_BOARD_REVISION, 4, 0, 0, 0 };

    for (unsigned i = 0; i < HUSK_COUNT(words); i++) {
        write_word(pa + UINT64_C(4) * i, words[i]);
    }
}

/* ---- tests ---- */

/* All of one place and its aliases. */
static void prepare(uint64_t place)
{
    fill(place, PLACE_BYTES, 1);
    fill(FAR % REACH, PLACE_BYTES, 2);
}

static void compare(uint64_t place)
{
    need(holds(place, PLACE_BYTES, 1), "bytes beside the data");
    need(holds(FAR % REACH, PLACE_BYTES, 2), "the low alias");
    for (unsigned i = 0; i < LOW_BYTES; i++) {
        need(at(0)[i] == low[i], "the low alias of the edge");
    }
}

static void map_engine(enum husk_dma_dir dir, const struct husk_dma_piece *pieces, size_t count)
{
    engine_map.dir = dir;
    need(husk_dma_map(&engine_map, pieces, count) == HUSK_OK &&
             husk_dma_set_busy(&engine_map, true) == HUSK_OK,
         "map for the engine");
}

static void unmap_engine(void)
{
    need(husk_dma_set_busy(&engine_map, false) == HUSK_OK &&
             husk_dma_unmap(&engine_map) == HUSK_OK && engine_client.used == 0,
         "unmap for the engine");
}

/* Out to the stage, back to another part of the place; and, at once, in place, both ways. */
static void engine_there_and_back(uint64_t place, uint64_t offset, uint64_t bytes)
{
    const uint64_t from = place + MARGIN + offset;
    const uint64_t to = place + PLACE_BYTES / 2 + MARGIN + offset;
    const struct husk_dma_piece out = piece(from, bytes);
    const struct husk_dma_piece in = piece(to, bytes);

    prepare(place);
    map_engine(HUSK_DMA_TO_DEVICE, &out, 1);
    run_engine(false);
    unmap_engine();
    need(at(STAGE)[0] == noise(from, 1) && at(STAGE)[bytes - 1] == noise(from + bytes - 1, 1),
         "what the engine reads");
    map_engine(HUSK_DMA_FROM_DEVICE, &in, 1);
    run_engine(true);
    unmap_engine();
    for (uint64_t i = 0; i < bytes; i++) {
        need(at(to)[i] == noise(from + i, 1), "what the engine writes");
        at(to)[i] = noise(to + i, 1);
    }
    map_engine(HUSK_DMA_BOTH, &in, 1);
    run_engine(false);
    for (uint64_t i = 0; i < bytes; i++) {
        at(STAGE)[i] ^= 0xff;
    }
    run_engine(true);
    unmap_engine();
    for (uint64_t i = 0; i < bytes; i++) {
        at(to)[i] ^= 0xff;
    }
    compare(place);
}

static void mailbox_message(uint64_t place, uint64_t offset, uint32_t bytes)
{
    const uint64_t message = place + MARGIN + offset;
    const struct husk_dma_piece one = piece(message, bytes);

    prepare(place);
    write_message(message, bytes);
    need(husk_dma_map(&mailbox_map, &one, 1) == HUSK_OK, "map for the mailbox");
    if (mailbox_map.count != 1) { /* in reach, with a part of a line at an end: nothing for it */
        need(place != FAR && husk_dma_unmap(&mailbox_map) == HUSK_OK, "a message in one piece");
        fill(message, 28, 1);
        return;
    }
    run_mailbox((uint32_t)mailbox_segs[0].bus.value);
    need(husk_dma_unmap(&mailbox_map) == HUSK_OK && mailbox_client.used == 0,
         "unmap for the mailbox");
    need(read_word(message + 4) == 0x80000000 && read_word(message + 20) == revision, "the answer");
    fill(message, 28, 1);
    compare(place);
}

static void all_classes(void)
{
    static const uint64_t places[] = { NEAR, FAR, EDGE - MARGIN, EDGE - PLACE_BYTES / 2 - MARGIN };
    static const uint16_t lengths[] = { 1, 3, 4, 63, 64, 100, 1023, 1024, 1028, 4096, 5000 };
    static const uint8_t offsets[] = { 0, 1, 4, 8, 60 };
    static const uint16_t sizes[] = { 28, 32, 100, 256, 1000 };
    static const uint8_t starts[] = { 0, 4, 8, 16, 48 };

    for (size_t p = 0; p < HUSK_COUNT(places); p++) {
        for (size_t o = 0; o < HUSK_COUNT(offsets); o++) {
            for (size_t i = 0; i < HUSK_COUNT(lengths); i++) {
                engine_there_and_back(places[p], offsets[o], lengths[i]);
            }
        }
        if (p < 2) { /* a message can't be in two pieces */
            for (size_t o = 0; o < HUSK_COUNT(starts); o++) {
                for (size_t i = 0; i < HUSK_COUNT(sizes); i++) {
                    mailbox_message(places[p], starts[o], sizes[i]);
                }
            }
        }
    }
    print_decimal(transfers);
    print(" transfers, ");
    print_decimal(messages);
    print(" messages: all arrived\n");
}

static void scattered(void)
{
    const struct husk_dma_piece out[] = { piece(FAR + 5, 400), piece(NEAR + 64, 700),
                                          piece(EDGE + 500, 1200), piece(FAR + 0x1003, 33) };
    const struct husk_dma_piece in = piece(FAR + 0x2001, 2333);
    size_t done = 0;

    prepare(FAR);
    fill(NEAR, PLACE_BYTES, 5);
    fill(EDGE, 2000, 6);
    map_engine(HUSK_DMA_TO_DEVICE, out, HUSK_COUNT(out));
    run_engine(false);
    unmap_engine();
    map_engine(HUSK_DMA_FROM_DEVICE, &in, 1);
    run_engine(true);
    unmap_engine();
    for (size_t i = 0; i < HUSK_COUNT(out); i++) {
        for (uint64_t k = 0; k < out[i].size_bytes; k++, done++) {
            need(at(in.pa.value)[done] == at(out[i].pa.value)[k], "scattered data");
        }
    }
    fill(in.pa.value, in.size_bytes, 1);
    compare(FAR);
    print("a list of four pieces: in order\n");
}

/* While the engine has all that its quota gives, the mailbox finds a slot; without a quota it finds
 * none, and says so; nothing is lost, and then there is one again. */
static void shortage(void)
{
    const struct husk_dma_piece most = piece(FAR, (uint64_t)ENGINE_QUOTA * SLOT_BYTES);
    const struct husk_dma_piece more = piece(FAR, (uint64_t)ENGINE_QUOTA * SLOT_BYTES + 4);
    const struct husk_dma_piece all = piece(FAR, (uint64_t)SLOTS * SLOT_BYTES);
    const struct husk_dma_piece message = piece(NEAR + 4, 28);

    prepare(FAR);
    engine_client.quota = ENGINE_QUOTA;
    engine_map.dir = HUSK_DMA_TO_DEVICE;
    need(husk_dma_map(&engine_map, &more, 1) == HUSK_ENOMEM && engine_client.refused_quota == 1 &&
             engine_client.used == 0 && pool.free_count == SLOTS,
         "beyond the quota");
    map_engine(HUSK_DMA_TO_DEVICE, &most, 1);
    fill(NEAR, PLACE_BYTES, 1);
    mailbox_message(NEAR, 4, 28);
    prepare(FAR);
    run_engine(false);
    unmap_engine();
    engine_client.quota = 0;
    map_engine(HUSK_DMA_TO_DEVICE, &all, 1);
    need(husk_dma_map(&mailbox_map, &message, 1) == HUSK_ENOMEM &&
             mailbox_client.refused_pool == 1 && mailbox_client.used == 0 && pool.free_count == 0,
         "an empty pool");
    run_engine(false);
    unmap_engine();
    for (uint64_t i = 0; i < all.size_bytes; i++) {
        need(at(STAGE)[i] == noise(FAR + i, 1), "what was mapped before the shortage");
    }
    mailbox_message(FAR, 4, 28);
    need(pool.free_count == SLOTS, "all slots back");
    print("quota and pool: refused, and had again\n");
}

static void set_up(void)
{
    const struct husk_dma_window to_engine = { { 0 }, { 0xc0000000 }, REACH, 4, 64, 0 };
    const struct husk_dma_window to_mailbox = { { 0 }, { 0x40000000 }, REACH, 16, 64, 0 };

    pool = (struct husk_dma_pool){ slots, at(POOL), { POOL }, SLOTS, SLOT_BYTES, 0 };
    need(husk_dma_pool_init(&pool) == HUSK_OK &&
             husk_dma_master_init(&engine, &to_engine, &pool) == HUSK_OK &&
             husk_dma_master_init(&mailbox, &to_mailbox, &pool) == HUSK_OK,
         "the masters");
    engine_map = (struct husk_dma_map){
        .master = &engine, .client = &engine_client, .segs = engine_segs, .capacity = SEGS
    };
    mailbox_map = (struct husk_dma_map){ .master = &mailbox,
                                         .client = &mailbox_client,
                                         .segs = mailbox_segs,
                                         .capacity = HUSK_COUNT(mailbox_segs),
                                         .dir = HUSK_DMA_BOTH };
    husk_mmio_write32(ENABLE, 0x10);
    for (unsigned i = 0; i < LOW_BYTES; i++) {
        low[i] = at(0)[i];
    }
    fill(POOL - 4096, 4096, 9);
    fill(POOL + (uint64_t)SLOTS * SLOT_BYTES, 4096, 10);
}

/* In reach, without the library; the answer is what all others are compared with. */
static void ask_revision(void)
{
    write_message(NEAR, 32);
    run_mailbox(0x40000000 + (uint32_t)NEAR);
    revision = read_word(NEAR + 20);
    need(read_word(NEAR + 4) == 0x80000000 && revision != 0, "no answer in reach");
}

static void by_nobody(void)
{
    fill(FAR % REACH, PLACE_BYTES, 2);
    write_message(FAR % REACH, 32);
    write_message(FAR, 32);
    run_mailbox((uint32_t)FAR);
    need(read_word(FAR + 4) == 0 && read_word(FAR % REACH + 4) == 0x80000000,
         "the bench has lost its teeth");
    print("the canary is destroyed\n");
}

void guest_main(uint64_t context, uint64_t cpu, uint64_t entry)
{
    (void)context;
    (void)cpu;
    (void)entry;
#ifdef MASTERS_ALIAS
    by_nobody();
    end("husk-test: pass\n");
#endif
    set_up();
    ask_revision();
    all_classes();
    scattered();
    shortage();
    need(holds(POOL - 4096, 4096, 9) && holds(POOL + (uint64_t)SLOTS * SLOT_BYTES, 4096, 10),
         "bytes beside the pool");
    (void)by_nobody;
    end("husk-test: pass\n");
}

void guest_exception(uint64_t esr, uint64_t elr, uint64_t far)
{
    (void)esr;
    (void)elr;
    (void)far;
    end("husk-test: FAIL: an exception\n");
}
