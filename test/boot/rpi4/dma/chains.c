// SPDX-License-Identifier: Apache-2.0
/* Random chains of control blocks, compared with what the data sheet says they do: blocks one after
 * the other, byte by byte, on a copy of the memory. Some go where the VM must not: the engine must
 * report an error. That nobody else's memory changes is for the neighbour to see, who has all low
 * aliases of this VM's. */
#include "engine.h"
#include "places.h"

#include <husk/arch.h>
#include <husk/unikernel.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHAINS = 1000,
    BLOCKS = 6,
    ARENA = 64 << 10, /* half of it in each of two pieces of the VM's memory */
    LENGTH_MAX = 6000,
    GATE_BELOW = 4096,
    TI_TDMODE = 1 << 1,
};

/* Around each hole in physical memory, and around the place where it goes on in reach. */
static uint8_t *const arenas[2] = {
    (uint8_t *)(uintptr_t)(HUSK_GIB(1) + HUSK_MIB(COPIER_MIB_0) - ARENA / 2),
    (uint8_t *)(uintptr_t)(HUSK_GIB(1) + HUSK_MIB(COPIER_MIB_0 + COPIER_MIB_1) - ARENA / 2),
};
static uint8_t *model[2];
static struct block blocks[BLOCKS];
static uint64_t state = 88172645463325252;
static unsigned refusals, transfers;

static uint32_t any(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 33) % below;
}

static uint32_t address(const void *at)
{
    return (uint32_t)(uintptr_t)at;
}

/* Where a byte of the arenas is in the model; NULL: it is not in them. */
static uint8_t *modelled(uint32_t addr)
{
    for (int i = 0; i < 2; i++) {
        if (addr - address(arenas[i]) < ARENA) {
            return &model[i][addr - address(arenas[i])];
        }
    }
    return NULL;
}

/* Places that are not this VM's. */
static uint32_t foreign(void)
{
    static const uint32_t places[] = {
        0,
        0x200000,
        0x10000000,
        0x11780000,
        0x3ffff000,
        0x41000000,
        0x50380000,
        0x51780000,
        0x7e007000,
        0x7e200000,
        0xc0200000,
        0xd1780000u,
        0x80000000u | 4096,
        0xfe007000,
        0xfffff000,
        POOL_PA,
        0xc0000000u | POOL_PA,
    };

    return places[any(HUSK_COUNT(places))] + any(2) * any(64);
}

/* Rows of a block: how many, and how many bytes each. */
static uint32_t rows_of(const struct block *block, uint32_t *bytes)
{
    if ((block->ti & TI_TDMODE) == 0) {
        *bytes = block->txfr_len;
        return 1;
    }
    *bytes = block->txfr_len & 0xffff;
    return (block->txfr_len >> 16) + 1;
}

/* Writes a block of which source and destination do not meet; mostly of memory of the VM's. */
static void make(struct block *block)
{
    const uint32_t to = any(2);
    const uint32_t length = 1 + (any(4) == 0 ? any(LENGTH_MAX) : any(200));
    const uint32_t half = ARENA / 2;

    *block = (struct block){ .ti = TI_SRC_INC | TI_DEST_INC | TI_WAIT_RESP,
                             .source_ad = address(arenas[1 - to]) + any(ARENA - LENGTH_MAX),
                             .dest_ad = address(arenas[to]) + any(ARENA - LENGTH_MAX),
                             .txfr_len = length };
    switch (any(8)) {
    case 0: /* within one arena: from its first half to the second */
        block->source_ad = address(arenas[to]) + any(half - LENGTH_MAX);
        block->dest_ad = address(arenas[to]) + half + any(half - LENGTH_MAX);
        break;
    case 1:
        block->ti |= TI_TDMODE;
        block->txfr_len = any(5) << 16 | (1 + any(500));
        block->stride = any(64) << 16 | any(64);
        break;
    case 2: /* words, at word boundaries */
        block->source_ad &= ~3u;
        block->dest_ad &= ~3u;
        block->txfr_len = (length + 3) & ~3u;
        break;
    default:
        break;
    }
    if (any(60) == 0) {
        block->source_ad = foreign();
    } else if (any(60) == 0) {
        block->dest_ad = foreign();
    }
}

/* Does a block on the model; false: it goes where it must not. */
static bool follow(const struct block *block)
{
    uint32_t source = block->source_ad;
    uint32_t dest = block->dest_ad;
    uint32_t bytes;
    const uint32_t rows = rows_of(block, &bytes);

    for (uint32_t row = 0; row < rows; row++) {
        for (uint32_t i = 0; i < bytes; i++) {
            const uint8_t *const from = modelled(source + i);
            uint8_t *const into = modelled(dest + i);

            if (from == NULL || into == NULL) {
                return false;
            }
            *into = *from;
        }
        source += bytes + block->stride % 65536;
        dest += bytes + block->stride / 65536;
    }
    transfers++;
    return true;
}

static bool run(unsigned number)
{
    const uint32_t count = 1 + any(BLOCKS);
    bool allowed = true;
    uint32_t cs;
    uint32_t at;

    for (uint32_t i = 0; i < count; i++) {
        make(&blocks[i]);
        blocks[i].nextconbk = i + 1 < count ? address(&blocks[i + 1]) : 0;
    }
    blocks[count - 1].ti |= TI_INTEN;
    for (uint32_t i = 0; i < count && allowed; i++) {
        allowed = follow(&blocks[i]);
    }
    husk_cache_clean(blocks, sizeof(blocks));
    husk_cache_clean_invalidate(arenas[0], ARENA);
    husk_cache_clean_invalidate(arenas[1], ARENA);
    cs = engine_run(blocks, &at);
    husk_cache_clean_invalidate(arenas[0], ARENA);
    husk_cache_clean_invalidate(arenas[1], ARENA);
    if (((cs & CS_ERROR) == 0) != allowed) {
        printf("chains: FAIL: chain %u: CS %#" PRIx32 ", to be %s\n", number, cs,
               allowed ? "done" : "refused");
        return false;
    }
    for (int i = 0; i < 2; i++) {
        if (!allowed) { /* how much of it was done is not said */
            memcpy(model[i], arenas[i], ARENA);
        } else if (memcmp(model[i], arenas[i], ARENA) != 0) {
            printf("chains: FAIL: chain %u: the data\n", number);
            return false;
        }
    }
    refusals += !allowed;
    return true;
}

/* The test keeps a copy of all of the board's memory before the first chain, then opens the gate:
 * a word below the first arena, which it writes from outside. */
static void wait_at_gate(void)
{
    volatile uint32_t *const gate = (volatile uint32_t *)(uintptr_t)(arenas[0] - GATE_BELOW);

    *gate = 0;
    husk_cache_clean_invalidate((const void *)(uintptr_t)gate, sizeof(*gate));
    while (*gate == 0) {
        printf("chains: go?\n"); /* again: nobody knows when the neighbour is ready */
        husk_uk_sleep_ns(500000000);
        husk_cache_clean_invalidate((const void *)(uintptr_t)gate, sizeof(*gate));
    }
}

int main(void)
{
    const size_t bytes = HUSK_MIB(COPIER_MIB - 3);
    uint8_t *heap;

    setvbuf(stdout, NULL, _IOLBF, 120);
    model[0] = malloc(ARENA);
    model[1] = malloc(ARENA);
    heap = malloc(bytes);
    if (engine_init() != 2 || heap == NULL || heap > arenas[0] ||
        heap + bytes < arenas[1] + ARENA) {
        printf("chains: FAIL: no engine, or no memory\n");
        free(heap);
        return 1;
    }
    for (int i = 0; i < 2; i++) {
        for (size_t k = 0; k < ARENA; k++) {
            arenas[i][k] = (uint8_t)any(256);
        }
        memcpy(model[i], arenas[i], ARENA);
    }
    wait_at_gate();
    for (unsigned i = 0; i < CHAINS; i++) {
        if (!run(i)) {
            return 1;
        }
    }
    printf("chains: %u chains, %u blocks done, %u chains refused\n", CHAINS, transfers, refusals);
    printf("chains: %s\n",
           refusals > CHAINS / 20 && transfers > CHAINS ? "done" : "FAIL: too tame");
    return 0;
}
