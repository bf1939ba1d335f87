// SPDX-License-Identifier: Apache-2.0
// test_model_dma_bounce_buffers [SEED [COUNT]]: random mappings of three masters (two windows, one
// of them coherent) that share a pool, by two clients, against a byte-wise oracle. Devices work at
// any time, as long as a mapping is busy; lines leave and enter the cache at any time.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <husk/dma_bounce.h>

#include "fake_memory.h"

enum {
    BYTES = 16384,
    LINE = 64,
    POOL = 8192,
    SLOT = 128,
    SLOTS = 12,
    QUOTA = 8,
    MAPS = 6,
    SEGS = 24,
    PIECES = 3,
    LENGTH_MAX = 700,
};

static struct fake_memory memory;
static struct husk_fake cpu;
static struct husk_dma_pool pool;
static uint8_t *slots[SLOTS];
static struct husk_dma_master masters[3];
static struct husk_dma_client clients[2];
static uint64_t seed;
static uint64_t step;

/* What the CPU must read at each byte, unless a device has written there since the last sync. */
static uint8_t expect[BYTES];
static bool unsynced[BYTES];

static struct live {
    struct husk_dma_map map;
    struct husk_dma_seg segs[SEGS];
    struct husk_dma_piece pieces[PIECES];
    size_t piece_count;
    const struct husk_dma_master *master;
    unsigned client, bytes;
    bool busy;
    unsigned pa[PIECES * LENGTH_MAX];    /* of each byte of the buffer */
    uint8_t device[PIECES * LENGTH_MAX]; /* what the device must read */
} lives[MAPS];

static uint64_t random64(void)
{
    static uint64_t state;

    if (state == 0) {
        state = seed;
    }
    state += 0x9E3779B97F4A7C15; /* SplitMix64 */
    uint64_t z = state;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

static unsigned below(unsigned limit)
{
    return (unsigned)(random64() % limit);
}

static void check(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "model_buffers: %s: seed %" PRIu64 " step %" PRIu64 "\n", what, seed, step);
        exit(1);
    }
}

static bool taken(unsigned at, unsigned length)
{
    if (at + length > BYTES || (at + length > POOL && at < POOL + SLOTS * SLOT)) {
        return true;
    }
    for (size_t i = 0; i < MAPS; i++) {
        for (size_t j = 0; j < lives[i].piece_count; j++) {
            const struct husk_dma_piece *piece = &lives[i].pieces[j];

            if (at < piece->pa.value + piece->size_bytes && at + length > piece->pa.value) {
                return true;
            }
        }
    }
    return false;
}

static bool add_piece(struct live *live, bool last)
{
    const unsigned align = live->master->window.align_bytes;
    unsigned length = 1 + below(below(2) ? 40 : LENGTH_MAX);
    unsigned at = below(BYTES);

    if (below(3) == 0) {
        at &= ~63u;
    }
    length = last && below(2) ? length : (unsigned)husk_align_up(length, align);
    if (length > LENGTH_MAX || taken(at, length)) {
        return false;
    }
    live->pieces[live->piece_count++] =
        (struct husk_dma_piece){ { at }, { (uintptr_t)memory.cpu + at }, length };
    for (unsigned i = 0; i < length; i++) {
        live->pa[live->bytes++] = at + i;
    }
    return true;
}

static uint8_t *view(const struct live *live)
{
    return live->master->window.line_bytes != 0 ? memory.device : memory.cpu;
}

/* Where the device finds byte `at` of the buffer. */
static uint8_t *device_byte(struct live *live, unsigned at)
{
    const struct husk_dma_window *window = &live->master->window;

    for (uint32_t i = 0; i < live->map.count; i++) {
        if (at < live->segs[i].size_bytes) {
            const uint64_t offset = live->segs[i].bus.value + at - window->bus.value;

            check(offset < window->size_bytes, "a bus address in the window");
            return view(live) + window->pa.value + offset;
        }
        at -= live->segs[i].size_bytes;
    }
    check(false, "segments for all of the buffer");
    return NULL;
}

static uint32_t slots_of(const struct husk_dma_map *map)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < map->count; i++) {
        count += map->segs[i].slot != NULL;
    }
    return count;
}

/* Tells map() of a random buffer; whether it must work is known. */
static void map_one(struct live *live)
{
    static const enum husk_dma_dir dirs[] = { HUSK_DMA_TO_DEVICE, HUSK_DMA_FROM_DEVICE,
                                              HUSK_DMA_BOTH };
    const unsigned pieces = 1 + below(PIECES);
    struct husk_dma_client *client;
    struct husk_dma_client old;
    const uint32_t free_before = pool.free_count;
    enum husk_err err;

    memset(live, 0, sizeof(*live));
    live->master = &masters[below(3)];
    live->client = below(2);
    client = &clients[live->client];
    old = *client;
    for (unsigned i = 0; i < pieces; i++) {
        if (!add_piece(live, i == pieces - 1)) {
            live->piece_count = 0;
            return;
        }
    }
    live->map = (struct husk_dma_map){ .master = live->master,
                                       .client = client,
                                       .segs = live->segs,
                                       .capacity = SEGS,
                                       .dir = dirs[below(3)] };
    err = husk_dma_map(&live->map, live->pieces, live->piece_count);
    if (err != HUSK_OK) {
        const uint64_t refused =
            client->refused_pool - old.refused_pool + client->refused_quota - old.refused_quota;

        check(err == (refused != 0 ? HUSK_ENOMEM : HUSK_ERANGE), "the error");
        check(pool.free_count == free_before && client->used == old.used, "nothing taken");
        check(live->map.self == 0, "not mapped");
        check(refused == 0 || client->bounced - old.bounced == free_before ||
                  client->bounced - old.bounced + old.used == QUOTA,
              "refused with slots to be had");
        live->piece_count = 0;
        return;
    }
    check(client->used == old.used + slots_of(&live->map) && client->used <= QUOTA, "the quota");
    check(pool.free_count == free_before - slots_of(&live->map), "slots of the pool");
    for (unsigned i = 0; i < live->bytes; i++) {
        live->device[i] = expect[live->pa[i]];
    }
}

static void device_works(struct live *live)
{
    const unsigned at = below(live->bytes);
    const unsigned length = 1 + below(live->bytes - at);

    for (unsigned i = at; i < at + length; i++) {
        uint8_t *byte = device_byte(live, i);

        check(*byte == live->device[i], "the device reads");
        if (live->map.dir != HUSK_DMA_TO_DEVICE) {
            *byte = live->device[i] = (uint8_t)random64();
            unsynced[live->pa[i]] = true;
        }
    }
}

static void to_cpu(struct live *live, unsigned at, unsigned length)
{
    for (unsigned i = at; i < at + length && live->map.dir != HUSK_DMA_TO_DEVICE; i++) {
        expect[live->pa[i]] = live->device[i];
        unsynced[live->pa[i]] = false;
    }
}

static void sync_some(struct live *live)
{
    unsigned at = below(live->bytes);
    unsigned length = below(live->bytes - at + 1);

    check(husk_dma_sync(&live->map, below(2), below(live->bytes), live->bytes + 1) == HUSK_EINVAL,
          "a sync beyond the buffer");
    check(husk_dma_sync(&live->map, false, at, length) == HUSK_OK, "sync for the CPU");
    to_cpu(live, at, length);
    if (below(2)) {
        return;
    }
    /* A CPU writes only where it has seen the device's bytes of the same lines. */
    check(husk_dma_sync(&live->map, false, 0, live->bytes) == HUSK_OK, "sync for the CPU");
    to_cpu(live, 0, live->bytes);
    for (unsigned i = at; i < at + length; i++) {
        memory.cpu[live->pa[i]] = expect[live->pa[i]] = (uint8_t)random64();
        live->device[i] = expect[live->pa[i]];
    }
    check(husk_dma_sync(&live->map, true, at, length) == HUSK_OK, "sync for the device");
}

static void unmap_one(struct live *live)
{
    const struct husk_dma_client *client = &clients[live->client];
    const uint32_t used = client->used;
    const uint32_t slots = slots_of(&live->map);
    const uint64_t misused = client->misused;

    if (live->busy) {
        check(husk_dma_unmap(&live->map) == HUSK_EAGAIN, "unmap while busy");
        check(client->misused == misused + 1 && client->used == used, "counted, nothing freed");
        return;
    }
    check(husk_dma_unmap(&live->map) == HUSK_OK, "unmap");
    to_cpu(live, 0, live->bytes);
    check(client->used == used - slots, "slots given back");
    check(husk_dma_unmap(&live->map) == HUSK_EINVAL && client->misused == misused + 1,
          "unmap twice");
    live->piece_count = 0;
}

/* Somebody else's data, also in the lines that a buffer only shares. */
static void cpu_works(void)
{
    const unsigned at = below(BYTES);

    if (!taken(at, 1)) {
        memory.cpu[at] = expect[at] = (uint8_t)random64();
    }
}

static void act(void)
{
    struct live *live = &lives[below(MAPS)];

    for (unsigned i = below(4); i != 0; i--) {
        cpu_works();
        fake_memory_evict(&memory, below(BYTES));
    }
    if (live->piece_count == 0) {
        map_one(live);
        return;
    }
    switch (below(6)) {
    case 0:
        check(husk_dma_set_busy(&live->map, !live->busy) == HUSK_OK, "busy");
        live->busy = !live->busy;
        break;
    case 1:
        check(husk_dma_set_busy(&live->map, live->busy) == HUSK_EINVAL, "busy twice");
        break;
    case 2:
        sync_some(live);
        break;
    case 3:
        unmap_one(live);
        break;
    default:
        if (live->busy) {
            device_works(live);
        }
        break;
    }
}

static void check_memory(void)
{
    for (unsigned i = 0; i < BYTES; i++) {
        if (i == POOL) {
            i += SLOTS * SLOT;
        }
        check(unsynced[i] || memory.cpu[i] == expect[i], "the CPU reads");
    }
}

static void set_up(void)
{
    static const struct husk_dma_window windows[3] = {
        { .pa = { 0 },
          .bus = { 0xC0000000 },
          .size_bytes = 12288,
          .align_bytes = 4,
          .line_bytes = LINE },
        { .pa = { 4096 },
          .bus = { 0 },
          .size_bytes = 8192,
          .align_bytes = 16,
          .line_bytes = LINE,
          .boundary_bytes = 512 },
        { .pa = { 4096 }, .bus = { 4096 }, .size_bytes = 8192, .align_bytes = 1 },
    };

    husk_fake = &cpu;
    fake_memory_init(&memory, &cpu, 0, BYTES, LINE);
    pool = (struct husk_dma_pool){ slots, memory.cpu + POOL, { POOL }, SLOTS, SLOT, 0 };
    check(husk_dma_pool_init(&pool) == HUSK_OK, "a pool");
    for (int i = 0; i < 3; i++) {
        check(husk_dma_master_init(&masters[i], &windows[i], &pool) == HUSK_OK, "a master");
    }
    clients[0].quota = clients[1].quota = QUOTA;
    for (unsigned i = 0; i < BYTES; i++) {
        memory.cpu[i] = expect[i] = (uint8_t)random64();
    }
}

int main(int argc, char **argv)
{
    uint64_t count;

    seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);
    count = argc > 2 ? strtoull(argv[2], NULL, 0) : 300000;
    printf("model_buffers: seed %" PRIu64 ", %" PRIu64 " steps\n", seed, count);
    fflush(stdout);
    set_up();
    for (step = 0; step < count; step++) {
        act();
        if (step % 64 == 0) {
            check_memory();
        }
    }
    for (size_t i = 0; i < MAPS; i++) {
        if (lives[i].piece_count != 0) {
            check(!lives[i].busy || husk_dma_set_busy(&lives[i].map, false) == HUSK_OK, "idle");
            lives[i].busy = false;
            unmap_one(&lives[i]);
        }
    }
    check_memory();
    check(pool.free_count == SLOTS && clients[0].used + clients[1].used == 0, "all slots back");
    printf("model_buffers: %" PRIu64 " mapped, %" PRIu64 " slots, refused %" PRIu64
           " by quota, %" PRIu64 " by pool\n",
           clients[0].mapped + clients[1].mapped, clients[0].bounced + clients[1].bounced,
           clients[0].refused_quota + clients[1].refused_quota,
           clients[0].refused_pool + clients[1].refused_pool);
    check(clients[0].refused_quota != 0 && clients[0].refused_pool != 0, "both ways to be refused");
    return 0;
}
