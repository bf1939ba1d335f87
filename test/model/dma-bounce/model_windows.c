// SPDX-License-Identifier: Apache-2.0
// Every buffer of up to 72 bytes at every place of a memory of 512 bytes, against windows of all
// kinds: each alignment, with and without a boundary, coherent or not, all directions. A device
// does what the segments say, on its own view of memory.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <husk/dma_bounce.h>

#include "fake_memory.h"

enum {
    BYTES = 512,
    LINE = 16,
    WINDOW = 128,
    WINDOW_BYTES = 320,
    POOL = 256, /* inside the window, a boundary between its beginning and this */
    SLOT = 64,
    SLOTS = 3,
    BUS = 0xC0000040, /* a boundary is not at the same place as in physical addresses */
    LENGTH_MAX = 72,
    SEGS = 8,
};

static struct fake_memory memory;
static struct husk_fake cpu;
static struct husk_dma_pool pool;
static uint8_t *slots[SLOTS];
static struct husk_dma_master master;
static uint8_t before[BYTES];

static struct {
    uint32_t align, line, boundary;
    enum husk_dma_dir dir;
    unsigned at, length;
} now;

static void check(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr,
                "model_windows: %s: align %u line %u boundary %u dir %d buffer %u, %u bytes\n",
                what, now.align, now.line, now.boundary, (int)now.dir, now.at, now.length);
        exit(1);
    }
}

static uint8_t *device_at(struct husk_bus bus)
{
    check(bus.value >= BUS && bus.value < BUS + WINDOW_BYTES, "a bus address in the window");
    return (now.line != 0 ? memory.device : memory.cpu) + WINDOW + (bus.value - BUS);
}

/* What may be said of each segment whatever the buffer is. */
static void check_seg(const struct husk_dma_seg *seg, unsigned at)
{
    const uint64_t first = seg->bus.value;
    const uint64_t last = first + seg->bus_bytes - 1;
    const unsigned pa = (unsigned)(first - BUS) + WINDOW;

    check(seg->size_bytes != 0 && seg->bus_bytes >= seg->size_bytes, "a length");
    check(first % now.align == 0 && seg->bus_bytes % now.align == 0, "aligned");
    check(last < BUS + WINDOW_BYTES, "inside the window");
    check(now.boundary == 0 || first / now.boundary == last / now.boundary, "inside a boundary");
    if (seg->slot == NULL) {
        check(pa == at && seg->bus_bytes == seg->size_bytes, "direct: the buffer itself");
        check(now.dir == HUSK_DMA_TO_DEVICE || now.line == 0 ||
                  (first % LINE == 0 && seg->size_bytes % LINE == 0),
              "direct: whole lines where the device writes");
    } else {
        check(at % now.align != 0 || at >= WINDOW || at + seg->size_bytes <= WINDOW,
              "copied up to the window, no further");
        check(pa >= POOL && pa + seg->bus_bytes <= POOL + SLOT * SLOTS &&
                  (pa - POOL) / SLOT == (pa - POOL + seg->bus_bytes - 1) / SLOT,
              "in one slot");
    }
}

/* A slot is used only for what can't be direct. */
static void check_need(const struct husk_dma_map *map)
{
    const unsigned grain =
        now.dir != HUSK_DMA_TO_DEVICE && now.line > now.align ? now.line : now.align;
    const bool inside = now.at >= WINDOW && now.at + now.length <= WINDOW + WINDOW_BYTES;

    if (inside && now.at % grain == 0 && now.length % grain == 0) {
        for (uint32_t i = 0; i < map->count; i++) {
            check(map->segs[i].slot == NULL, "no copy of what is inside and aligned");
        }
    }
}

static void evict_some(unsigned salt)
{
    for (unsigned at = 0; at < BYTES; at += LINE) {
        if (((salt * 2654435761u + at * 40503u) >> 7) & 1) {
            fake_memory_evict(&memory, at);
        }
    }
}

static void one(void)
{
    struct husk_dma_client client = { .quota = 0 };
    struct husk_dma_seg segs[SEGS];
    struct husk_dma_map map = { &master, &client, segs, SEGS, now.dir, 0, 0 };
    const struct husk_dma_piece piece = { { now.at },
                                          { (uintptr_t)memory.cpu + now.at },
                                          now.length };
    uint8_t expect[BYTES];
    unsigned done = 0;

    /* Dirty lines wherever the last round left others; the slots are not the CPU's to write. */
    memcpy(memory.cpu, before, POOL);
    memcpy(memory.cpu + POOL + SLOT * SLOTS, before + POOL + SLOT * SLOTS,
           BYTES - POOL - SLOT * SLOTS);
    memcpy(expect, before, BYTES);
    check(husk_dma_map(&map, &piece, 1) == HUSK_OK, "mapped");
    check_need(&map);
    evict_some(now.at);
    for (uint32_t i = 0; i < map.count; i++) {
        uint8_t *device;

        check_seg(&segs[i], now.at + done);
        device = device_at(segs[i].bus);
        check(memcmp(device, before + now.at + done, segs[i].size_bytes) == 0, "the device reads");
        if (now.dir != HUSK_DMA_TO_DEVICE) {
            for (uint32_t j = 0; j < segs[i].bus_bytes; j++) {
                device[j] = (uint8_t)(0x80 + done + j);
            }
            /* The device leaves the last byte of each alone: it keeps what it was. */
            device[segs[i].size_bytes - 1] = before[now.at + done + segs[i].size_bytes - 1];
            memcpy(expect + now.at + done, device, segs[i].size_bytes);
        }
        done += segs[i].size_bytes;
    }
    check(done == now.length, "all of the buffer");
    evict_some(now.at + 1);
    check(husk_dma_unmap(&map) == HUSK_OK, "unmapped");
    check(client.used == 0 && pool.free_count == SLOTS, "slots given back");
    memcpy(expect + POOL, memory.cpu + POOL, (size_t)SLOT * SLOTS);
    check(memcmp(memory.cpu, expect, BYTES) == 0, "the CPU reads, and nothing else changed");
    for (unsigned at = POOL; at < POOL + SLOT * SLOTS; at += LINE) {
        check(now.line == 0 || memcmp(memory.cpu + at, memory.loaded + at, LINE) == 0,
              "no dirty line in a free slot");
    }
}

static unsigned long every_buffer(void)
{
    unsigned long count = 0;

    for (now.length = 1; now.length <= LENGTH_MAX; now.length++) {
        for (now.at = 0; now.at + now.length <= BYTES; now.at++) {
            if (now.at + now.length > POOL && now.at < POOL + SLOT * SLOTS) {
                continue;
            }
            one();
            count++;
        }
    }
    return count;
}

int main(void)
{
    static const enum husk_dma_dir dirs[] = { HUSK_DMA_TO_DEVICE, HUSK_DMA_FROM_DEVICE,
                                              HUSK_DMA_BOTH };
    unsigned long count = 0;

    husk_fake = &cpu;
    for (unsigned i = 0; i < BYTES; i++) {
        before[i] = (uint8_t)(i % 127);
    }
    for (now.align = 1; now.align <= 32; now.align *= 2) {
        for (now.line = 0; now.line <= LINE; now.line += LINE) {
            for (now.boundary = 0; now.boundary <= 128; now.boundary += 64) {
                const struct husk_dma_window window = {
                    .pa = { WINDOW },
                    .bus = { BUS },
                    .size_bytes = WINDOW_BYTES,
                    .align_bytes = now.align,
                    .line_bytes = now.line,
                    .boundary_bytes = now.boundary,
                };

                fake_memory_init(&memory, &cpu, 0, BYTES, LINE);
                pool = (struct husk_dma_pool){ slots, memory.cpu + POOL, { POOL }, SLOTS, SLOT, 0 };
                check(husk_dma_pool_init(&pool) == HUSK_OK &&
                          husk_dma_master_init(&master, &window, &pool) == HUSK_OK,
                      "set up");
                for (size_t i = 0; i < HUSK_COUNT(dirs); i++) {
                    now.dir = dirs[i];
                    count += every_buffer();
                }
            }
        }
    }
    printf("model_windows: %lu buffers\n", count);
    return 0;
}
