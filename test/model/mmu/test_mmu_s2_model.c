// SPDX-License-Identifier: Apache-2.0

/** @file
 * Random map, unmap and protect on a stage 2 against a flat array: one element for each page.
 *
 * After each call the array and the tables agree on the pages at and around the range and on random
 * ones, from time to time on all; a call that failed changed nothing; and the journal shows no
 * valid entry replaced without break-before-make.
 *
 *   test_model_mmu_s2 [SEED [OPERATIONS]]     the seed of a run is printed; 0: from the clock
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <husk/mmu.h>

#include "mmu_internal.h"

enum {
    POOL_PAGES = 24, /* small: HUSK_ENOMEM happens */
    MODEL_PAGES = 3 << 18,
    LOG_CAPACITY = 1 << 16,
    FULL_CHECK_EVERY = 20000,
    LIVE_AFTER = 5000,
};

/* Three gigabytes from 1 GiB on; most calls stay near the middle of the first border. */
static const uint64_t BASE = HUSK_GIB(1);
static const uint64_t PAGE = HUSK_MMU_PAGE_BYTES;

static _Alignas(8192) struct husk_mmu_page pages[POOL_PAGES];
static struct husk_mmu_pool pool;
static struct husk_mmu_s2 s2;
static struct husk_mmu_s2_locked vm;
static struct husk_fake cpu;
static struct husk_fake_entry entries[LOG_CAPACITY];
static uint64_t model[MODEL_PAGES]; /* 0, or output address | attributes */
static uint64_t seed;
static uint64_t operations = 200000;
static uint64_t random_state;
static uint64_t now; /* number of the call, for messages */

/* splitmix64: the same sequence everywhere. */
static uint64_t random_bits(void)
{
    uint64_t z = (random_state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t below(uint64_t limit)
{
    return random_bits() % limit;
}

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail_msg("call %llu of seed %llu: %s", (unsigned long long)now,                        \
                     (unsigned long long)seed, #condition);                                        \
        }                                                                                          \
    } while (0)

struct call {
    uint64_t first, count; /* pages of the model */
    uint64_t out;
    uint32_t attr;
};

static uint64_t ipa_of(uint64_t page)
{
    return BASE + page * PAGE;
}

static uint32_t random_attr(void)
{
    static const uint32_t attrs[] = {
        HUSK_MMU_NORMAL | HUSK_MMU_R,
        HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_W,
        HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_X,
        HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_W | HUSK_MMU_X,
        HUSK_MMU_DEVICE | HUSK_MMU_R | HUSK_MMU_W,
    };

    return attrs[below(HUSK_COUNT(attrs))];
}

static struct call random_call(void)
{
    static const uint64_t units[] = { 1, 1, 16, 512 };
    struct call call = { .attr = random_attr() };
    const uint64_t unit = units[below(HUSK_COUNT(units))];

    if (below(500) == 0) {
        call.first = below(2) << 18;
        call.count = (uint64_t)1 << 18;
    } else {
        call.first = (1 << 18) - 2048 + below(4096 / unit) * unit;
        call.count = (1 + below(20)) * unit;
        call.count += below(8) == 0 ? below(20) : 0;
    }
    /* How far input and output agree decides about blocks and hints. */
    call.out = ipa_of(call.first) + HUSK_GIB(below(4));
    switch (below(6)) {
    case 0:
        call.out += PAGE * below(16);
        break;
    case 1:
        call.out += HUSK_KIB(64) * below(32);
        break;
    case 2:
        call.out += HUSK_MIB(2) * below(512);
        break;
    default:
        break;
    }
    return call;
}

static bool model_any(const struct call *call, bool mapped)
{
    for (uint64_t i = 0; i < call->count; i++) {
        if ((model[call->first + i] != 0) == mapped) {
            return true;
        }
    }
    return false;
}

static void check_page(uint64_t page)
{
    struct husk_mmu_leaf leaf = { 0 };
    const enum husk_err err = husk_mmu_s2_translate(vm, (struct husk_ipa){ ipa_of(page) }, &leaf);

    CHECK(err == (model[page] != 0 ? HUSK_OK : HUSK_ENOENT));
    CHECK(model[page] == (err == HUSK_OK ? leaf.out | leaf.attr : 0));
}

static void check_around(const struct call *call)
{
    check_page(call->first);
    check_page(call->first + call->count - 1);
    check_page(call->first + call->count);
    check_page(call->first == 0 ? 0 : call->first - 1);
    for (int i = 0; i < 4; i++) {
        check_page(call->first + below(call->count));
        check_page((1 << 18) - 2048 + below(8192));
    }
}

struct progress {
    uint64_t next;       /* page of the model that comes next */
    uint64_t group_next; /* after a page with the hint: the page that follows it; else 0 */
};

static bool check_leaf(void *context, uint64_t addr, const struct husk_mmu_leaf *leaf)
{
    struct progress *const progress = context;
    const uint64_t first = (addr - BASE) / PAGE;

    while (progress->next < first) {
        CHECK(model[progress->next++] == 0);
    }
    for (uint64_t i = 0; i < leaf->size_bytes / PAGE; i++) {
        CHECK(model[progress->next++] == ((leaf->out + i * PAGE) | leaf->attr));
    }
    /* A hint holds for all sixteen or none, and for aligned memory only. */
    if (progress->group_next % 16 != 0) {
        CHECK(leaf->contiguous && first == progress->group_next);
    }
    if (leaf->contiguous) {
        CHECK(first % 16 == 0 || first == progress->group_next);
        CHECK(((leaf->out ^ addr) & 0xffff) == 0);
    }
    progress->group_next = leaf->contiguous ? first + 1 : 0;
    return true;
}

static void check_all(void)
{
    struct progress progress = { 0 };

    husk_mmu_s2_walk(vm, (struct husk_ipa){ 0 }, UINT64_MAX, check_leaf, &progress);
    while (progress.next < MODEL_PAGES) {
        CHECK(model[progress.next++] == 0);
    }
}

/* Break-before-make, from the journal alone. In unmap and protect, an entry is made valid only
 * after it was broken in the same call and the whole sequence ran; nothing broken is left at the
 * end without it. `stage` counts how far the sequence has come since the last break. */
static void check_journal(bool only_map)
{
    static uint64_t broken_in[POOL_PAGES * 512]; /* number of the call, plus one */
    size_t breaks = 0;
    size_t invalidations = 0;
    unsigned stage = 6;

    for (size_t i = 0; i < cpu.log_count; i++) {
        const struct husk_fake_entry *const e = &entries[i];
        const size_t slot = (size_t)(e->a - (uintptr_t)pages) / 8;

        switch (e->op) {
        case HUSK_FAKE_PTE_WRITE:
            if (e->b == 0) {
                CHECK(!only_map);
                broken_in[slot] = now + 1;
                breaks++;
                stage = 0;
            } else if (!only_map) {
                CHECK(broken_in[slot] == now + 1 && stage == 6);
            }
            break;
        case HUSK_FAKE_DSB_ISHST:
            stage = stage == 0 ? 1 : stage;
            break;
        case HUSK_FAKE_TLBI_IPAS2E1IS:
            CHECK(stage == 1 || stage == 2);
            CHECK(e->b == s2.vttbr);
            invalidations++;
            stage = 2;
            break;
        case HUSK_FAKE_DSB_ISH:
            CHECK(stage == 2 || stage == 4);
            stage++;
            break;
        case HUSK_FAKE_TLBI_VMALLE1IS:
            CHECK(stage == 3 && e->b == s2.vttbr);
            stage = 4;
            break;
        case HUSK_FAKE_ISB:
            stage = stage == 5 ? 6 : stage;
            break;
        default:
            CHECK(false);
        }
    }
    CHECK(stage == 6 && breaks == invalidations);
    CHECK(cpu.log_count == 0 || entries[cpu.log_count - 1].op == HUSK_FAKE_ISB);
}

static void one_call(void)
{
    const struct call call = random_call();
    const struct husk_ipa ipa = { ipa_of(call.first) };
    const uint64_t size_bytes = call.count * PAGE;
    const size_t left = husk_mmu_pool_available(&pool);
    const uint64_t kind = below(10);
    enum husk_err err;

    cpu.log_count = 0;
    if (kind < 5) {
        const bool overlap = model_any(&call, true);

        err = husk_mmu_s2_map(vm, ipa, (struct husk_pa){ call.out }, size_bytes, call.attr);
        CHECK(overlap ? err == HUSK_EOVERLAP : err == HUSK_OK || err == HUSK_ENOMEM);
        for (uint64_t i = 0; err == HUSK_OK && i < call.count; i++) {
            model[call.first + i] = (call.out + i * PAGE) | call.attr;
        }
    } else if (kind < 8) {
        err = husk_mmu_s2_unmap(vm, ipa, size_bytes);
        CHECK(err == HUSK_OK || err == HUSK_ENOMEM);
        if (err == HUSK_OK) {
            memset(&model[call.first], 0, call.count * sizeof(model[0]));
        }
    } else {
        const bool hole = model_any(&call, false);

        err = husk_mmu_s2_protect(vm, ipa, size_bytes, call.attr);
        CHECK(hole ? err == HUSK_ENOENT : err == HUSK_OK || err == HUSK_ENOMEM);
        for (uint64_t i = 0; err == HUSK_OK && i < call.count; i++) {
            model[call.first + i] = husk_align_down(model[call.first + i], PAGE) | call.attr;
        }
    }
    if (err != HUSK_OK) {
        CHECK(cpu.log_count == 0 && husk_mmu_pool_available(&pool) == left);
    }
    if (s2.tables.live) {
        check_journal(kind < 5);
    }
    check_around(&call);
}

static void random_calls__agree_with_a_flat_array(void **state)
{
    size_t left;

    (void)state;
    memset(pages, 0x5b, sizeof(pages));
    husk_fake = &cpu;
    cpu.log = entries;
    cpu.log_capacity = LOG_CAPACITY;
    pool = (struct husk_mmu_pool){ .pages = pages, .count = POOL_PAGES };
    CHECK(husk_mmu_s2_init(&s2, &pool, 5, 1) == HUSK_OK);
    vm = (struct husk_mmu_s2_locked){ &s2 };
    left = husk_mmu_pool_available(&pool);
    for (now = 0; now < operations; now++) {
        if (now == LIVE_AFTER) {
            husk_mmu_s2_activate(&s2);
        }
        one_call();
        if (now % FULL_CHECK_EVERY == FULL_CHECK_EVERY - 1) {
            check_all();
        }
    }
    check_all();
    cpu.log_count = 0;
    CHECK(husk_mmu_s2_unmap(vm, (struct husk_ipa){ 0 }, HUSK_GIB(1024)) == HUSK_OK);
    CHECK(husk_mmu_pool_available(&pool) == left);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_calls__agree_with_a_flat_array),
    };

    seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 0;
    operations = argc > 2 ? strtoull(argv[2], NULL, 0) : operations;
    if (seed == 0) {
        seed = (uint64_t)time(NULL) << 16 ^ (uint64_t)getpid();
    }
    random_state = seed;
    printf("seed %llu, %llu calls; replay: %s %llu %llu\n", (unsigned long long)seed,
           (unsigned long long)operations, argv[0], (unsigned long long)seed,
           (unsigned long long)operations);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
