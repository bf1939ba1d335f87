// SPDX-License-Identifier: Apache-2.0
// Copies 1 MiB of its own memory by DMA; then tries to write, and to read, what is not its own.
#include "engine.h"
#include "places.h"

#include <husk/arch.h>
#include <husk/unikernel.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BYTES = 1 << 20,
    BUS_ALIAS = 0xc0000000, /* what the engine calls physical address 0 */
    HUSK_PA = 0x200000,
    DMA_BUS = 0x7e007000, /* the engine's own registers */
};

/* Memory across the first and the second hole: the program itself ends well before. */
static uint8_t *const from =
    (uint8_t *)(uintptr_t)(HUSK_GIB(1) + HUSK_MIB(COPIER_MIB_0) - BYTES / 2);
static uint8_t *const to =
    (uint8_t *)(uintptr_t)(HUSK_GIB(1) + HUSK_MIB(COPIER_MIB_0 + COPIER_MIB_1) - BYTES / 2);

static uint8_t pattern(size_t i)
{
    return (uint8_t)(i * 2654435761u >> 13);
}

/* Takes the heap, so that nobody else has `from` and `to`. */
static bool own(void)
{
    static uint8_t *heap;
    const size_t bytes = HUSK_MIB(COPIER_MIB - 3);

    heap = malloc(bytes);
    return heap != NULL && heap <= from && heap + bytes >= to + BYTES;
}

static bool copy(void)
{
    const unsigned before = engine_interrupts();
    size_t wrong = 0;

    for (size_t i = 0; i < BYTES; i++) {
        from[i] = pattern(i);
    }
    memset(to - 64, 0x5a, BYTES + 128);
    husk_cache_clean(from, BYTES);
    husk_cache_clean_invalidate(to - 64, BYTES + 128);
    if (!engine_copy((uint32_t)(uintptr_t)to, (uint32_t)(uintptr_t)from, BYTES)) {
        printf("copier: the engine reports an error\n");
        return false;
    }
    husk_cache_clean_invalidate(to - 64, BYTES + 128);
    for (size_t i = 0; i < BYTES; i++) {
        wrong += to[i] != pattern(i);
    }
    for (size_t i = 0; i < 64; i++) {
        wrong += to[-1 - (ptrdiff_t)i] != 0x5a || to[BYTES + i] != 0x5a;
    }
    printf("copier: 1 MiB from %#" PRIxPTR " to %#" PRIxPTR ": %zu bytes wrong, interrupts: %u\n",
           (uintptr_t)from, (uintptr_t)to, wrong, engine_interrupts() - before);
    return wrong == 0 && engine_interrupts() == before + 1;
}

static unsigned arrived;

static void attempt(const char *what, uint32_t dest, uint32_t source)
{
    const bool done = engine_copy(dest, source, 4096);

    arrived += done;
    printf("copier: %s (%#" PRIx32 "): %s\n", what, what[0] == 'w' ? dest : source,
           done ? "ARRIVED" : "refused");
}

static void foreign_block(uint32_t where)
{
    uint32_t at;
    const uint32_t cs = engine_run((const struct block *)(uintptr_t)where, &at);

    arrived += (cs & CS_ERROR) == 0;
    printf("copier: run a control block of the other VM (%#" PRIx32 "): %s\n", where,
           (cs & CS_ERROR) != 0 && at == where ? "refused" : "RUN");
}

int main(void)
{
    const uint32_t mine = (uint32_t)(uintptr_t)from;
    unsigned count;

    setvbuf(stdout, NULL, _IOLBF, 120);
    count = engine_init();
    if (count != 2 || !own()) {
        printf("copier: FAIL: %u channels\n", count);
        return 1;
    }
    printf("copier: channels %u and %u are mine\n", engine_channel(0), engine_channel(1));
    if (!copy()) {
        printf("copier: FAIL\n");
        return 1;
    }
    attempt("write to the other VM, as a physical address", NEIGHBOUR_PA, mine);
    attempt("write to the other VM, as the engine sees it", BUS_ALIAS + NEIGHBOUR_PA, mine);
    attempt("write to Husk, as a physical address", HUSK_PA, mine);
    attempt("write to Husk, as the engine sees it", BUS_ALIAS + HUSK_PA, mine);
    attempt("write to the engine's own registers", DMA_BUS, mine);
    attempt("write past the end of my memory",
            (uint32_t)(HUSK_GIB(1) + HUSK_MIB(COPIER_MIB)) - 2048, mine);
    attempt("read from the other VM", mine, NEIGHBOUR_PA);
    attempt("read from Husk", mine, BUS_ALIAS + HUSK_PA);
    foreign_block(NEIGHBOUR_PA + 0x1000000);
    foreign_block(BUS_ALIAS + NEIGHBOUR_PA + 0x1000000);
    if (arrived != 0 || !copy()) { /* refusals leave a channel that works */
        printf("copier: FAIL\n");
        return 1;
    }
    printf("copier: all that was not mine was refused\n");
    return 0;
}
