// SPDX-License-Identifier: Apache-2.0
/* Chains made to break the check. All end in ERROR, but where it says so; that nothing outside the
 * VM has changed is for the neighbour to see, who owns the low aliases. */
#include "engine.h"
#include "places.h"

#include <husk/arch.h>
#include <husk/unikernel.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PLAIN = TI_SRC_INC | TI_DEST_INC | TI_WAIT_RESP,
    TI_TDMODE = 1 << 1,
    TI_DEST_WIDTH = 1 << 5,
    TI_DEST_DREQ = 1 << 6,
    TI_DEST_IGNORE = 1 << 7,
    TI_SRC_IGNORE = 1 << 11,
    BLOCKS = 1100,
    RACES = 4000,
    BUS = 0xc0000000,
};

#define END     ((uint32_t)(HUSK_GIB(1) + HUSK_MIB(COPIER_MIB)))
#define FOREIGN UINT32_C(0xd1780000) /* the neighbour's, as the engine sees it */

static struct block *blocks;
static uint8_t *mine;

static uint32_t address(const void *at)
{
    return (uint32_t)(uintptr_t)at;
}

static uint32_t run(const struct block *first, uint32_t *at)
{
    husk_cache_clean(blocks, BLOCKS * sizeof(*blocks));
    return engine_run(first, at);
}

static bool failed;

static void expect(const char *what, bool refused, const struct block *first, uint32_t where)
{
    uint32_t at;
    const uint32_t cs = run(first, &at);
    const bool right = ((cs & CS_ERROR) != 0) == refused && (!refused || at == where);

    printf("hostile: %s: %s\n", what, right ? "as it should" : "FAIL");
    if (!right) {
        printf("hostile: CS %#" PRIx32 " at %#" PRIx32 "\n", cs, at);
    }
    failed = failed || !right;
}

/* One block. */
struct row {
    const char *what;
    bool refused;
    struct block block;
};

static void single_blocks(void)
{
    const uint32_t m = address(mine);
    const struct row rows[] = {
        { "the last byte of RAM", false, { PLAIN, m, END - 1, 1, 0, 0, { 0 } } },
        { "one byte past RAM", true, { PLAIN, m, END - 1, 2, 0, 0, { 0 } } },
        { "the first byte past RAM", true, { PLAIN, m, END, 1, 0, 0, { 0 } } },
        { "the byte below RAM", true, { PLAIN, m, 0x3fffffff, 1, 0, 0, { 0 } } },
        { "from below RAM into it", true, { PLAIN, 0x3ffffff0, m, 32, 0, 0, { 0 } } },
        { "length 0", true, { PLAIN, m, m + 64, 0, 0, 0, { 0 } } },
        { "length of 30 bits", true, { PLAIN, m, m + 64, 0x3fffffff, 0, 0, { 0 } } },
        { "length of 32 bits", true, { PLAIN, m, m + 64, 0xffffffff, 0, 0, { 0 } } },
        { "a range that wraps to 0", true, { PLAIN, m, 0xfffffff0, 32, 0, 0, { 0 } } },
        { "a range that wraps into RAM", true, { PLAIN, 0xfffffff0, m, 0x3fffffff, 0, 0, { 0 } } },
        { "rows that leave RAM",
          true,
          { PLAIN | TI_TDMODE, m, END - 64, 1 << 16 | 64, 0, 0, { 0 } } },
        { "a stride below RAM",
          true,
          { PLAIN | TI_TDMODE,
            m,
            UINT32_C(0x40000000),
            2 << 16 | 16,
            UINT32_C(0x8000) << 16,
            0,
            { 0 } } },
        { "a peripheral", true, { PLAIN, m, 0x7e201000, 4, 0, 0, { 0 } } },
        { "RAM below the peripherals", true, { PLAIN, m, 0x7dfffff0, 32, 0, 0, { 0 } } },
        { "registers by their physical address", true, { PLAIN, m, 0xfe007400, 4, 0, 0, { 0 } } },
        { "my own memory, as the engine sees it", true, { PLAIN, m, BUS + m, 4, 0, 0, { 0 } } },
        { "a fixed word off its place", true, { TI_SRC_INC, m, m + 66, 64, 0, 0, { 0 } } },
        { "a fixed word across the end",
          true,
          { TI_SRC_INC | TI_DEST_WIDTH, m, END - 8, 64, 0, 0, { 0 } } },
        { "neither source nor destination",
          true,
          { PLAIN | TI_SRC_IGNORE | TI_DEST_IGNORE, m, m, 64, 0, 0, { 0 } } },
        { "a DREQ line that is not mine",
          true,
          { PLAIN | TI_DEST_DREQ | 6 << 16, m, m + 64, 4, 0, 0, { 0 } } },
        { "a chain that goes on in the neighbour",
          true,
          { PLAIN, m, m + 64, 4, 0, FOREIGN, { 0 } } },
    };

    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        const uint32_t next = rows[i].block.nextconbk;

        blocks[0] = rows[i].block;
        expect(rows[i].what, rows[i].refused, blocks, next != 0 ? next : address(blocks));
    }
}

static void control_blocks(void)
{
    static const uint32_t places[] = {
        NEIGHBOUR_PA + 0x1000000,
        FOREIGN,
        0x200000,
        BUS + 0x200000,
        POOL_PA,
        0x7e007400,
        0xfe007400,
        END,
        0x3fffffe0,
        0xffffffe0,
    };
    char what[40];

    for (size_t i = 0; i < HUSK_COUNT(places); i++) {
        (void)snprintf(what, sizeof(what), "a control block at %#" PRIx32, places[i]);
        expect(what, true, (const struct block *)(uintptr_t)places[i], places[i]);
    }
    blocks[0] = (struct block){ PLAIN, address(mine), address(mine) + 64, 4, 0, 0, { 0 } };
    expect("a control block off its place", true,
           (const struct block *)(uintptr_t)(address(blocks) + 4), address(blocks) + 4);
}

static void chain(unsigned count, uint32_t last)
{
    for (unsigned i = 0; i < count; i++) {
        blocks[i] = (struct block){ PLAIN,
                                    address(mine),
                                    address(mine) + 4096,
                                    4,
                                    0,
                                    i + 1 < count ? address(&blocks[i + 1]) : last,
                                    { 0 } };
    }
}

static void loops(void)
{
    chain(1, address(&blocks[0]));
    expect("a block that is its own next", true, blocks, address(&blocks[0]));
    chain(3, address(&blocks[1]));
    expect("a loop of two", true, blocks, address(&blocks[2]));
    chain(1024, 0);
    expect("1,024 blocks", false, blocks, 0);
    chain(1025, 0);
    expect("1,025 blocks", true, blocks, address(&blocks[1024]));
}

/* A block that changes the next one: the engine itself would then run what it has written. */
static void self_modification(void)
{
    const uint32_t bad[8] = { PLAIN, address(mine), FOREIGN, 64, 0, 0, 0, 0 };
    const uint32_t good[8] = { PLAIN, address(mine), address(mine) + 8192, 64, 0, 0, 0, 0 };

    memset(mine, 0x77, 64);
    memset(mine + 8192, 0, 64);
    memcpy(mine + 256, bad, sizeof(bad));
    memcpy(mine + 512, good, sizeof(good));
    husk_cache_clean(mine, 16384);
    chain(2, 0);
    blocks[0].source_ad = address(mine) + 256;
    blocks[0].dest_ad = address(&blocks[1]);
    blocks[0].txfr_len = 32;
    expect("a block that sends the next one to the neighbour", true, blocks, address(&blocks[1]));
    chain(2, 0);
    blocks[0].source_ad = address(mine) + 512;
    blocks[0].dest_ad = address(&blocks[1]);
    blocks[0].txfr_len = 32;
    expect("a block that sends the next one elsewhere in my memory", false, blocks, 0);
    husk_cache_clean_invalidate(mine, 16384);
    failed = failed || mine[8192] != 0x77 || mine[8192 + 63] != 0x77;
}

/* Another CPU writes a destination of its own and a foreign one by turns, all the time: whichever
 * the check sees is the one that is used. */
void hostile_toggle(void);
__asm__(".text\n.globl hostile_toggle\nhostile_toggle:\n"
        "ldp w1, w2, [x0, #8]\n" /* own, foreign */
        "ldr x3, [x0]\n"
        "1: str w1, [x3]\n str w2, [x3]\n b 1b\n");

static void race(void)
{
    static struct {
        uint64_t word;
        uint32_t own, foreign;
    } job;
    struct husk_smccc on = {
        .x0 = 0xc4000003, .x1 = 1, .x2 = (uintptr_t)hostile_toggle, .x3 = (uintptr_t)&job
    };
    unsigned done = 0;
    unsigned refused = 0;

    chain(2, 0);
    job.word = address(&blocks[1].dest_ad);
    job.own = address(mine) + 4096;
    job.foreign = FOREIGN;
    husk_cache_clean(&job, sizeof(job));
    husk_cache_clean_invalidate(blocks, 64);
    husk_hvc(&on);
    for (unsigned i = 0; i < RACES; i++) {
        uint32_t at;

        if ((engine_run(blocks, &at) & CS_ERROR) == 0) {
            done++;
        } else {
            refused++;
        }
    }
    printf("hostile: raced %u times: %u done, %u refused\n", RACES, done, refused);
    failed = failed || done == 0 || refused == 0;
}

int main(void)
{
    const struct row after = { NULL, false, { PLAIN, 0, 0, 4096, 0, 0, { 0 } } };

    setvbuf(stdout, NULL, _IOLBF, 120);
    mine = aligned_alloc(4096, 16384);
    blocks = aligned_alloc(4096, (BLOCKS * sizeof(*blocks) + 4095) & ~(size_t)4095);
    if (engine_init() != 2 || mine == NULL || blocks == NULL) {
        printf("hostile: FAIL: no engine, or no memory\n");
        return 1;
    }
    single_blocks();
    control_blocks();
    loops();
    self_modification();
    blocks[0] = after.block;
    blocks[0].source_ad = address(mine);
    blocks[0].dest_ad = address(mine) + 4096;
    expect("an honest copy after all that", false, blocks, 0);
    race();
    printf("hostile: %s\n", failed ? "FAIL" : "done");
    return 0;
}
