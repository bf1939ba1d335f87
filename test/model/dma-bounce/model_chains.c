// SPDX-License-Identifier: Apache-2.0
// test_model_dma_bounce_chains [SEED [COUNT]]: random and hostile chains of control blocks on a
// shadowed engine. After each, no byte outside the VM has changed; and where the guest kept still,
// its memory is what the data sheet says (guest_chain.c), or the chain was refused for a reason.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "guest_chain.h"

static struct rig rig;
static struct guest_chain oracle;
static uint64_t seed, round_number, random_state;
static struct {
    unsigned long done, refused, compared, blocks, slots, hostile;
} seen;

static uint64_t random64(void)
{
    random_state += 0x9E3779B97F4A7C15; /* SplitMix64 */
    uint64_t z = random_state;

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
        fprintf(stderr, "model_chains: %s: seed %" PRIu64 " (round %" PRIu64 ")\n", what,
                seed + round_number, round_number);
        exit(1);
    }
}

/* Mostly addresses of the VM, often at an edge; sometimes anything. */
static uint32_t random_addr(void)
{
    static const uint32_t odd[] = { FAKE_DMA_PERIPHERAL,
                                    FAKE_DMA_PERIPHERAL + 124,
                                    FAKE_DMA_PERIPHERAL + 126,
                                    FAKE_DMA_PERIPHERAL - 4,
                                    0x7E000000,
                                    0x7DFFFFFC,
                                    0x7EFFFFFC,
                                    0xFFFFFFFC,
                                    0x40000A00,
                                    RIG_BUS,
                                    0x80000,
                                    0 };
    const uint32_t page = rig_pages[below(RIG_VM_PAGES)].ipa;

    switch (below(16)) {
    case 0:
        return odd[below(HUSK_COUNT(odd))];
    case 1:
        return FAKE_DMA_PERIPHERAL + 4 * below(32);
    case 2:
        return below(8) == 0 ? (uint32_t)random64() : RIG_BUS + below(RIG_WINDOW_PAGES * RIG_PAGE);
    case 3:
        return page + RIG_PAGE - 1 - below(20);
    case 4:
    case 5:
        return page + below(RIG_PAGE);
    default:
        return 0x40000000 + 4 * below(0x1300 / 4);
    }
}

static uint32_t random_length(void)
{
    switch (below(12)) {
    case 0:
        return below(2) ? 0 : (uint32_t)random64();
    case 1:
        return 0x3FFFFFF0 + below(32);
    case 2:
        return below(2000);
    case 3:
        return 1 + below(8);
    default:
        return 4 * (1 + below(100));
    }
}

static uint32_t random_ti(void)
{
    uint32_t ti = 0x110; /* both increment */

    if (below(4) == 0) {
        ti &= (uint32_t)random64();
    }
    ti |= below(3) == 0 ? 1 : 0;
    switch (below(12)) {
    case 0:
        return (uint32_t)random64();
    case 1:
        return ti | (12u << 16) | (below(2) ? 0x40 : 0x400);
    case 2:
        return ti | (below(2) ? 0x80 : 0x800);
    case 3:
        return ti | (below(2) ? 0x20 : 0x200);
    default:
        return ti;
    }
}

static void random_block(uint32_t word[6])
{
    word[0] = random_ti();
    word[1] = random_addr();
    word[2] = random_addr();
    word[3] = random_length();
    word[4] = 0;
    word[5] = 0;
    if (below(6) == 0) {
        word[0] |= 2; /* 2D: a few short rows */
        word[3] = (below(6) << 16) | (below(8) == 0 ? below(300) : 4 * (1 + below(12)));
        word[4] = below(4) == 0 ? (uint32_t)random64()
                                : (uint32_t)(uint16_t)(4 * (int)below(32) - 64) |
                                      (uint32_t)(4 * (int)below(32)) << 16;
    }
}

/* A block a driver might write: from one part of the VM's memory to another. */
static void tame_block(uint32_t word[6])
{
    const bool down = below(2);
    const uint32_t low = 0x40000000 + below(0x900 - 440);
    const uint32_t high = 0x40000C00 + below(0x700 - 440);
    const uint32_t mask = below(4) == 0 ? UINT32_MAX : ~3u;

    word[0] = 0x110 | (below(3) == 0) | (below(8) == 0 ? 0x800 : 0) | (below(8) == 0 ? 8 : 0);
    word[1] = (down ? high : low) & mask;
    word[2] = (down ? low : high) & mask;
    word[3] = (1 + below(below(2) ? 430 : 80)) & (below(4) == 0 ? UINT32_MAX : ~3u);
    word[3] += word[3] == 0 ? 4 : 0;
    word[4] = word[5] = 0;
    if (below(8) == 0) {
        word[0] |= 2;
        word[3] = below(4) << 16 | 4 * (1 + below(12));
        word[4] = (uint32_t)(uint16_t)(4 * (int)below(24) - 32) | (uint32_t)(4 * (int)below(24))
                                                                      << 16;
    } else if (below(10) == 0) {
        word[down ? 1 : 2] = FAKE_DMA_PERIPHERAL + 4 * below(30);
        word[0] &= down ? ~0x100u : ~0x10u;
    }
}

static uint32_t random_place(void)
{
    return below(40) == 0 ? random_addr() : 0x40000000 + 32 * below(0x1300 / 32);
}

/* A chain of a few blocks, sometimes a loop. Returns where it starts. */
static uint32_t random_chain(void)
{
    const unsigned count = 1 + below(5);
    const bool tame = below(3) != 0;
    uint32_t places[6];

    for (unsigned i = 0; i <= count; i++) {
        places[i] = random_place();
    }
    for (unsigned i = 0; i < count; i++) {
        uint32_t word[6];

        (tame ? tame_block : random_block)(word);
        if (i + 1 < count) {
            word[5] = places[i + 1];
        } else if (below(30) == 0) {
            word[5] = below(2) ? places[below(count)] : random_addr();
        }
        rig_block(&rig, places[i], word);
    }
    return places[0];
}

/* Another vCPU, while EL2 walks: it changes the VM's memory, above all control blocks. */
static void scribble(struct rig *at)
{
    for (unsigned i = below(4); i != 0; i--) {
        rig_store(at, 0x40000000 + 4 * below(0x1300 / 4),
                  below(2) ? random_addr() : random_length());
    }
    if (below(8) == 0) {
        uint32_t word[6];

        random_block(word);
        rig_block(at, random_place(), word);
    }
}

static void evict(void)
{
    for (unsigned i = below(6); i != 0; i--) {
        fake_memory_evict(&rig.memory, below(RIG_PAGES * RIG_PAGE));
    }
}

static void hostile_guest(unsigned chan)
{
    switch (below(12)) {
    case 0:
        rig_write(&rig, chan, 0, (uint32_t)random64());
        break;
    case 1:
        rig_write(&rig, chan, 4 * below(10), (uint32_t)random64());
        break;
    case 2:
        rig_write(&rig, chan, 4, random_place());
        break;
    case 3:
        rig_write(&rig, chan, 0, below(2));
        break;
    case 4:
        husk_dma_engine_write(&rig.engine, random64(), 4, (uint32_t)random64());
        break;
    case 5:
        (void)husk_dma_engine_read(&rig.engine, random64(), 1u << below(4));
        break;
    default:
        scribble(&rig);
        break;
    }
}

/* Lets the channel run to its end, the engine and the hypervisor taking turns. */
static void run_to_end(unsigned chan, bool hostile)
{
    const unsigned turns = hostile ? below(40) : 1000000;

    rig.on_open = hostile ? scribble : NULL;
    for (unsigned i = 0; i < turns; i++) {
        evict();
        if (hostile) {
            hostile_guest(chan);
        }
        (void)husk_dma_engine_step(&rig.engine);
        (void)fake_dma_run(&rig.dma, RIG_CHAN, below(5));
        (void)fake_dma_run(&rig.dma, RIG_LITE, below(5));
        if (below(2)) {
            rig_settle(&rig);
        }
        if ((rig_read(&rig, chan, 0) & 1) == 0 && !husk_dma_engine_step(&rig.engine) && !hostile) {
            rig.on_open = NULL;
            return;
        }
        check(turns < 1000 || i < 900000, "the channel never ends");
    }
    rig.on_open = NULL;
    husk_dma_engine_stop(&rig.engine);
    rig_settle(&rig);
}

static void compare(unsigned chan, bool refused)
{
    const uint32_t cs = rig_read(&rig, chan, 0);
    const char *differs;

    if (refused) {
        check(oracle.refused || oracle.may_refuse || oracle.ambiguous, "refused without a reason");
        check(rig_read(&rig, chan, 4) != 0, "CONBLK_AD names a block");
        return;
    }
    check(!oracle.refused || oracle.ambiguous, "not refused");
    check((cs & 2) != 0, "END");
    check(rig_read(&rig, chan, 4) == 0, "CONBLK_AD is 0");
    if (oracle.ambiguous) {
        return;
    }
    check(((cs & 4) != 0) == oracle.interrupts, "INT");
    check(husk_dma_engine_lines(&rig.engine) == (oracle.interrupts ? 1u << chan : 0), "the line");
    differs = guest_chain_differs(&oracle, &rig);
    check(differs == NULL, differs);
    seen.compared++;
    seen.blocks += oracle.blocks;
}

static void one_round(void)
{
    const unsigned chan = below(4) == 0 ? RIG_LITE : RIG_CHAN;
    const bool hostile = below(3) == 0;
    uint32_t start;
    bool refused;

    rig_init(&rig, 1 + below(below(2) ? 3 : RIG_BLOCKS_MAX), random64());
    for (unsigned i = 0; i < sizeof(rig.dma.peripheral); i++) {
        rig.dma.peripheral[i] = (uint8_t)random64();
    }
    start = random_chain();
    guest_chain_load(&oracle, &rig);
    oracle.lite = chan == RIG_LITE;
    rig_write(&rig, chan, 4, start);
    rig_write(&rig, chan, 0, 1 | (below(2) << 28));
    if (!hostile && start != 0) {
        guest_chain_run(&oracle, start);
    }
    run_to_end(chan, hostile);
    refused = (rig_read(&rig, chan, 0) & 0x100) != 0;
    if (!hostile && start != 0) {
        compare(chan, refused);
    }
    check(rig_wrong(&rig) == NULL, rig_wrong(&rig));
    check(rig.client.used == 0 && rig.pool.free_count == RIG_SLOTS, "all slots back");
    check(memcmp(rig.memory.device + rig_pages[RIG_READ_ONLY].page * RIG_PAGE,
                 oracle.page[RIG_READ_ONLY], RIG_PAGE) == 0 ||
              hostile,
          "the read-only page");
    seen.refused += refused;
    seen.done += !refused;
    seen.hostile += hostile;
    seen.slots += rig.client.bounced;
}

int main(int argc, char **argv)
{
    uint64_t count;

    seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);
    count = argc > 2 ? strtoull(argv[2], NULL, 0) : 20000;
    printf("model_chains: seed %" PRIu64 ", %" PRIu64 " chains\n", seed, count);
    fflush(stdout);
    for (round_number = 0; round_number < count; round_number++) {
        random_state = (seed + round_number) * 0xD1342543DE82EF95;
        one_round();
    }
    printf(
        "model_chains: %lu done, %lu refused, %lu of %lu blocks compared byte by byte, %lu slots, "
        "%lu with a hostile vCPU; 0 bytes outside the VM changed\n",
        seen.done, seen.refused, seen.compared, seen.blocks, seen.slots, seen.hostile);
    check(count < 1000 || (seen.compared > count / 10 && seen.slots > count), "worth its name");
    return 0;
}
