// SPDX-License-Identifier: Apache-2.0
/* A driver of QEMU's edu (docs/specs/edu.rst), a PCI device that copies up to 4 KiB between memory
 * and a buffer of its own, 100 ms after it was told to, and then interrupts by INTx. All of its
 * transfers go by the library; with EDU_ALIAS none does. */
#include "bare.h"
#include "pattern.h"

#include <husk/dma_bounce.h>

void guest_main(uint64_t context, uint64_t vcpu, uint64_t entry);
void guest_exception(uint64_t esr, uint64_t elr, uint64_t far);

enum {
    GICD = 0x08000000,
    GICC = 0x08010000,
    CONFIG = 0x3f008000, /* of slot 1, in the ECAM of bus 0 */
    BAR = 0x10000000,
    INTID = 36, /* INTA of slot 1: SPI 3 + 1 */
    IRQ_STATUS = 0x24,
    IRQ_ACK = 0x64,
    DMA_FROM = 0x80,
    DMA_TO = 0x88,
    DMA_COUNT = 0x90,
    DMA_COMMAND = 0x98,
    DMA_START = 1,
    DMA_WRITES_MEMORY = 2,
    DMA_INTERRUPTS = 4,
    DMA_DONE = 0x100, /* in IRQ_STATUS */
    BUFFER = 0x40000, /* the device's own */
    BUFFER_BYTES = 4096,
};

/* What the device reaches, and 256 MiB above it, of which each byte has an alias in there. */
#define WINDOW       UINT64_C(0x40000000)
#define WINDOW_BYTES UINT64_C(0x10000000)
#define POOL         UINT64_C(0x44000000)
#define NEAR         UINT64_C(0x46000000)
#define FAR          UINT64_C(0x58000000)
#define EDGE         (WINDOW + WINDOW_BYTES - 1000)

enum {
    SLOTS = 8,
    SLOT_BYTES = 1024,
    PLACE_BYTES = 16384, /* of one place: what is sent, and in its second half what comes back */
    MARGIN = 256,
    SEGS = 12,
};

static uint8_t *slots[SLOTS];
static struct husk_dma_pool pool;
static struct husk_dma_master master;
static struct husk_dma_client client;
static struct husk_dma_seg segs[SEGS];
static struct husk_dma_map map;
static uint64_t transfers;

_Noreturn static void end(const char *text)
{
    print(text);
    (void)psci(psci_system_off, 0, 0, 0);
    for (;;) {
        husk_wfi();
    }
}

static void need(bool truth, const char *what)
{
    if (!truth) {
        print("husk-test: FAIL: ");
        print(what);
        end("\n");
    }
}

/* ---- the device ---- */

static void find_device(void)
{
    need(husk_mmio_read32(CONFIG) == 0x11e81234, "no edu in slot 1");
    husk_mmio_write32(CONFIG + 0x10, BAR);
    husk_mmio_write32(CONFIG + 0x04, 0x6); /* memory space, bus master */
    need((husk_mmio_read32(BAR) & 0xffff) == 0x00ed, "the device's registers");
    husk_mmio_write32(GICD + 0x100 + 4 * (INTID / 32), 1u << (INTID % 32));
    husk_mmio_write32(GICD + 0x800 + INTID / 4 * 4, 0x01010101);
    husk_mmio_write32(GICD, 1);
    husk_mmio_write32(GICC + 0x4, 0xff);
    husk_mmio_write32(GICC, 1);
}

static void start(uint64_t bus, uint64_t bytes, uint64_t buffer, bool writes_memory)
{
    husk_mmio_write64(BAR + DMA_FROM, writes_memory ? BUFFER + buffer : bus);
    husk_mmio_write64(BAR + DMA_TO, writes_memory ? bus : BUFFER + buffer);
    husk_mmio_write64(BAR + DMA_COUNT, bytes);
    husk_mmio_write64(BAR + DMA_COMMAND,
                      DMA_START | DMA_INTERRUPTS | (writes_memory ? DMA_WRITES_MEMORY : 0));
    transfers++;
}

static bool is_busy(void)
{
    return (husk_mmio_read64(BAR + DMA_COMMAND) & DMA_START) != 0;
}

/* PSTATE.I is set all the time: a pending interrupt ends a WFI, and is taken here. */
static void wait_for_interrupt(void)
{
    uint32_t intid = husk_mmio_read32(GICC + 0xc);

    while (intid == 1023) {
        husk_wfi();
        intid = husk_mmio_read32(GICC + 0xc);
    }
    need(intid == INTID, "an interrupt of somebody else");
    need(husk_mmio_read32(BAR + IRQ_STATUS) == DMA_DONE && !is_busy(), "done, it says");
    husk_mmio_write32(BAR + IRQ_ACK, DMA_DONE);
    husk_mmio_write32(GICC + 0x10, intid);
}

/* ---- memory ---- */

static uint64_t alias(uint64_t pa)
{
    return WINDOW + (pa & (WINDOW_BYTES - 1));
}

/* ---- transfers ---- */

/* Maps a list of pieces, has the device do each segment, unmaps. */
static void transfer(const struct husk_dma_piece *pieces, size_t count, bool writes_memory)
{
    uint64_t done = 0;

    map.dir = writes_memory ? HUSK_DMA_FROM_DEVICE : HUSK_DMA_TO_DEVICE;
    need(husk_dma_map(&map, pieces, count) == HUSK_OK, "map");
    need(husk_dma_set_busy(&map, true) == HUSK_OK, "busy");
    for (uint32_t i = 0; i < map.count; i++) {
        start(segs[i].bus.value, segs[i].bus_bytes, done, writes_memory);
        wait_for_interrupt();
        done += segs[i].size_bytes;
    }
    need(husk_dma_set_busy(&map, false) == HUSK_OK, "idle");
    need(husk_dma_unmap(&map) == HUSK_OK && client.used == 0, "unmap");
}

static struct husk_dma_piece piece(uint64_t pa, uint64_t bytes)
{
    return (struct husk_dma_piece){ { pa }, { pa }, bytes };
}

/* There and back: `bytes` at `from` arrive at `to`, and no other byte near either changes, nor one
 * where they would be for a device that wraps. */
static void there_and_back(uint64_t place, uint64_t offset, uint64_t bytes)
{
    const uint64_t from = place + MARGIN + offset;
    const uint64_t to = place + PLACE_BYTES / 2 + MARGIN + offset;
    const struct husk_dma_piece out = piece(from, bytes);
    const struct husk_dma_piece in = piece(to, bytes);
    const bool low = alias(place) == place && alias(place + PLACE_BYTES) == place + PLACE_BYTES;

    fill(place, PLACE_BYTES, 1);
    if (!low) {
        fill(alias(FAR), PLACE_BYTES, 2);
        fill(WINDOW, PLACE_BYTES, 3); /* of the place behind the edge */
    }
    transfer(&out, 1, false);
    transfer(&in, 1, true);
    for (uint64_t i = 0; i < bytes; i++) {
        need(at(to)[i] == noise(from + i, 1), "the data");
        at(to)[i] = noise(to + i, 1);
    }
    need(holds(place, PLACE_BYTES, 1), "bytes beside the data");
    need(low || (holds(alias(FAR), PLACE_BYTES, 2) && holds(WINDOW, PLACE_BYTES, 3)),
         "the low alias");
}

static void all_classes(void)
{
    static const uint64_t places[] = { NEAR, FAR, EDGE - MARGIN, EDGE - PLACE_BYTES / 2 - MARGIN };
    static const uint16_t lengths[] = { 1, 2, 5, 63, 64, 65, 1000, 1024, 1025, 2047, 4096 };
    static const uint8_t offsets[] = { 0, 1, 4, 7, 60 };

    for (size_t p = 0; p < HUSK_COUNT(places); p++) {
        for (size_t i = 0; i < HUSK_COUNT(lengths); i++) {
            for (size_t o = 0; o < HUSK_COUNT(offsets); o++) {
                there_and_back(places[p], offsets[o], lengths[i]);
            }
        }
    }
    print("there and back: ");
    print_decimal(transfers);
    print(" transfers\n");
}

static void scattered(void)
{
    const struct husk_dma_piece out[] = { piece(FAR + 5, 300), piece(NEAR + 64, 700),
                                          piece(EDGE + 900, 200) };
    const struct husk_dma_piece in = piece(FAR + 0x2001, 1200);
    const uint8_t *got = at(FAR + 0x2001);

    fill(alias(FAR), PLACE_BYTES, 2);
    fill(FAR, PLACE_BYTES, 4);
    fill(NEAR, PLACE_BYTES, 5);
    fill(EDGE, 2000, 6);
    transfer(out, HUSK_COUNT(out), false);
    transfer(&in, 1, true);
    for (size_t i = 0, done = 0; i < HUSK_COUNT(out); done += out[i++].size_bytes) {
        for (uint64_t k = 0; k < out[i].size_bytes; k++) {
            need(got[done + k] == at(out[i].pa.value)[k], "scattered data");
        }
    }
    need(holds(alias(FAR), PLACE_BYTES, 2), "the low alias");
    print("a list of three pieces: in order\n");
}

/* The slots of a transfer under way are nobody's: not to be given back, nor to be had. */
static void unmap_while_busy(void)
{
    struct husk_dma_seg other_segs[SLOTS];
    struct husk_dma_map other = { .master = &master,
                                  .client = &client,
                                  .segs = other_segs,
                                  .capacity = SLOTS,
                                  .dir = HUSK_DMA_TO_DEVICE };
    const struct husk_dma_piece mine = piece(FAR + 100, 1000);
    const struct husk_dma_piece others = piece(FAR + 0x2000, SLOTS * SLOT_BYTES);
    const struct husk_dma_piece sent = piece(NEAR, 1000);

    fill(NEAR, 1000, 7);
    transfer(&sent, 1, false);
    fill(FAR, PLACE_BYTES, 8);
    map.dir = HUSK_DMA_FROM_DEVICE;
    need(husk_dma_map(&map, &mine, 1) == HUSK_OK && husk_dma_set_busy(&map, true) == HUSK_OK,
         "map");
    start(segs[0].bus.value, segs[0].bus_bytes, 0, true);
    need(is_busy() && husk_dma_unmap(&map) == HUSK_EAGAIN, "unmap must be refused");
    need(husk_dma_map(&other, &others, 1) == HUSK_ENOMEM && client.used == 1, "its slot is taken");
    need(is_busy() && husk_dma_unmap(&map) == HUSK_EAGAIN, "unmap must be refused again");
    wait_for_interrupt();
    need(client.misused == 2 && holds(FAR, PLACE_BYTES, 8), "nothing has happened yet");
    need(husk_dma_set_busy(&map, false) == HUSK_OK && husk_dma_unmap(&map) == HUSK_OK, "unmap");
    for (uint64_t i = 0; i < 1000; i++) {
        need(at(FAR + 100)[i] == noise(NEAR + i, 7), "the data of a busy mapping");
    }
    need(husk_dma_map(&other, &others, 1) == HUSK_OK && husk_dma_unmap(&other) == HUSK_OK,
         "all slots to be had again");
    print("unmap while the device writes: refused, twice\n");
}

static void by_the_library(void)
{
    const struct husk_dma_window window = { { WINDOW }, { WINDOW }, WINDOW_BYTES, 1, 64, 0 };

    pool = (struct husk_dma_pool){ slots, at(POOL), { POOL }, SLOTS, SLOT_BYTES, 0 };
    need(husk_dma_pool_init(&pool) == HUSK_OK, "pool");
    need(husk_dma_master_init(&master, &window, &pool) == HUSK_OK, "master");
    map = (struct husk_dma_map){
        .master = &master, .client = &client, .segs = segs, .capacity = SEGS
    };
    fill(POOL - 4096, 4096, 9);
    fill(POOL + (uint64_t)SLOTS * SLOT_BYTES, 4096, 10);
    all_classes();
    scattered();
    unmap_while_busy();
    need(holds(POOL - 4096, 4096, 9) && holds(POOL + (uint64_t)SLOTS * SLOT_BYTES, 4096, 10),
         "bytes beside the pool");
}

static void by_nobody(void)
{
    fill(NEAR, 1000, 1);
    fill(FAR, 1000, 2);
    fill(alias(FAR), 1000, 3);
    start(NEAR, 1000, 0, false);
    wait_for_interrupt();
    start(FAR, 1000, 0, true);
    wait_for_interrupt();
    need(holds(FAR, 1000, 2) && !holds(alias(FAR), 1000, 3), "the device has lost its limit");
    print("the canary is destroyed\n");
}

void guest_main(uint64_t context, uint64_t vcpu, uint64_t entry)
{
    (void)context;
    (void)vcpu;
    (void)entry;
    find_device();
#ifdef EDU_ALIAS
    by_nobody();
    (void)by_the_library;
#else
    by_the_library();
    (void)by_nobody;
#endif
    end("husk-test: pass\n");
}

void guest_exception(uint64_t esr, uint64_t elr, uint64_t far)
{
    print("husk-test: FAIL: exception ");
    print_hex(esr);
    print(" at ");
    print_hex(elr);
    print(", ");
    print_hex(far);
    end("\n");
}
