// SPDX-License-Identifier: Apache-2.0
/* One tick of CNTVCT_EL0 is one instruction here (-icount shift=0, cntfrq=1 GHz). */
#include <stdint.h>

#include <husk/arch.h>
#include <husk/dma_bounce.h>

void guest_main(uint64_t context, uint64_t vcpu, uint64_t entry);
void guest_exception(uint64_t esr, uint64_t elr, uint64_t far);
void *__real_memcpy(void *to, const void *from, size_t count);
void *__wrap_memcpy(void *to, const void *from, size_t count);
void __real_husk_cache_clean(const void *addr, size_t size_bytes);
void __wrap_husk_cache_clean(const void *addr, size_t size_bytes);
void __real_husk_cache_clean_invalidate(const void *addr, size_t size_bytes);
void __wrap_husk_cache_clean_invalidate(const void *addr, size_t size_bytes);

enum {
    SLOTS_MAX = 16384,
    PAGE = 4096,
    BLOCKS = 64,
    UART = 0x9000000,
};

/* What is wanted, and what it may cost today. */
struct budget {
    uint64_t goal, most;
};
static const struct budget map_budget[3] = { { 80, 80 }, { 80, 80 }, { 80, 80 } };
static const struct budget bounce_budget[3] = { { 150, 150 }, { 150, 150 }, { 150, 150 } };
static const struct budget start_budget = { 500, 500 };
static const struct budget run_budget = { 3000, 3000 };
/* 512 MiB of RAM, the first half of it in reach. */
#define RAM    UINT64_C(0x40000000)
#define BYTES  UINT64_C(0x20000000)
#define WINDOW UINT64_C(0x10000000)
#define POOL   UINT64_C(0x44000000)
#define NEAR   UINT64_C(0x4C000000)
#define FAR    UINT64_C(0x50000000)

static uint8_t *slots[SLOTS_MAX];
static struct husk_dma_pool pool;
static struct husk_dma_master master;
static struct husk_dma_client client;
static struct husk_dma_seg segs[4];
static struct husk_dma_map map;
static struct husk_dma_block shadow[BLOCKS];
static struct husk_dma_note notes[BLOCKS];
static struct husk_dma_chan chan;
static struct husk_dma_engine engine;
static uint32_t regs[1024];
static uint32_t blocks[2][8] __attribute__((aligned(32)));
static uint64_t left_out; /* instructions of copies and of cache maintenance by range */
static uint64_t overhead; /* of leaving one out */
static uint64_t calls;    /* left out */
static bool failed;

static uint64_t now(void)
{
    uint64_t value;

    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value)::"memory");
    return value;
}

__attribute__((noinline)) void *__wrap_memcpy(void *to, const void *from, size_t count)
{
    const uint64_t start = now();

    __real_memcpy(to, from, count);
    left_out += now() - start + overhead;
    calls++;
    return to;
}

__attribute__((noinline)) void __wrap_husk_cache_clean(const void *addr, size_t size_bytes)
{
    const uint64_t start = now();

    __real_husk_cache_clean(addr, size_bytes);
    left_out += now() - start + overhead;
    calls++;
}

__attribute__((noinline)) void __wrap_husk_cache_clean_invalidate(const void *addr,
                                                                  size_t size_bytes)
{
    const uint64_t start = now();

    __real_husk_cache_clean_invalidate(addr, size_bytes);
    left_out += now() - start + overhead;
    calls++;
}

static void print(const char *text)
{
    for (; *text != '\0'; text++) {
        husk_mmio_write32(UART, (uint8_t)*text);
    }
}

static void print_number(uint64_t value)
{
    char digits[24];
    char *at = &digits[sizeof(digits) - 1];

    *at = '\0';
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    print(at);
}

static void report(const char *what, uint64_t count, struct budget budget)
{
    print(what);
    print(": ");
    print_number(count);
    print(", goal ");
    print_number(budget.goal);
    print(", at most ");
    print_number(budget.most);
    print(count <= budget.most ? "\n" : " EXCEEDED\n");
    failed = failed || count > budget.most;
}

static void power_off(void)
{
    struct husk_smccc off = { .x0 = 0x84000008 };

    husk_hvc(&off);
}

static void need(bool truth, const char *what)
{
    if (!truth) {
        print("husk-test: FAIL: ");
        print(what);
        print("\n");
        power_off();
    }
}

/* What two readings of the counter with nothing in between differ by. */
__attribute__((noinline)) static uint64_t nothing(void)
{
    const uint64_t start = now();

    return now() - start;
}

/* The calls that are counted, with nothing in them: what their callers do is left out. */
__attribute__((noinline)) static enum husk_err
no_map(struct husk_dma_map *into, const struct husk_dma_piece *pieces, size_t count)
{
    __asm__ volatile("" ::"r"(into), "r"(pieces), "r"(count) : "memory");
    return HUSK_OK;
}

__attribute__((noinline)) static enum husk_err no_unmap(struct husk_dma_map *from)
{
    __asm__ volatile("" ::"r"(from) : "memory");
    return HUSK_OK;
}

enum {
    NO_CALL = 3, /* of a call with nothing in it: BL, the result, RET */
};

/* Instructions of map and unmap of one page, without copies and cache maintenance by range. */
__attribute__((noinline)) static uint64_t map_unmap(enum husk_dma_dir dir, uint64_t pa, bool slot)
{
    const struct husk_dma_piece piece = { { pa }, { pa }, PAGE };
    uint64_t start;
    uint64_t count;
    bool ok;

    map.dir = dir;
    start = now();
    ok = no_map(&map, &piece, 1) == HUSK_OK;
    count = start - now();
    start = now();
    ok = no_unmap(&map) == HUSK_OK && ok;
    count += start - now();
    left_out = 0;
    start = now();
    ok = husk_dma_map(&map, &piece, 1) == HUSK_OK && ok;
    count += now() - start;
    need(ok && map.count == 1 && (segs[0].slot != NULL) == slot, "map");
    start = now();
    ok = husk_dma_unmap(&map) == HUSK_OK;
    count += now() - start;
    need(ok && client.used == 0, "unmap");
    return count - left_out + UINT64_C(2) * NO_CALL;
}

static void maps(uint32_t slot_count, bool first)
{
    static const enum husk_dma_dir dirs[] = { HUSK_DMA_TO_DEVICE, HUSK_DMA_FROM_DEVICE,
                                              HUSK_DMA_BOTH };
    static const char names[3][24] = { "to the device", "from the device", "both ways" };
    static uint64_t before[3][2];
    const struct husk_dma_window window = { { RAM }, { 0xC0000000 }, WINDOW, 4, 64, 0 };

    pool =
        (struct husk_dma_pool){ slots, (uint8_t *)(uintptr_t)POOL, { POOL }, slot_count, PAGE, 0 };
    need(husk_dma_pool_init(&pool) == HUSK_OK, "pool");
    need(husk_dma_master_init(&master, &window, &pool) == HUSK_OK, "master");
    for (int i = 0; i < 3; i++) {
        for (int bounce = 0; bounce < 2; bounce++) {
            uint64_t count = 0;

            for (int round = 0; round < 3; round++) {
                const uint64_t one = map_unmap(dirs[i], bounce == 1 ? FAR : NEAR, bounce);

                need(round == 0 || one == count, "the same each time");
                count = one;
            }
            need(first || count == before[i][bounce], "the same for each pool");
            before[i][bounce] = count;
            if (first) {
                print(names[i]);
                report(bounce == 1 ? ", 4 KiB with copy" : ", 4 KiB without copy", count,
                       bounce == 1 ? bounce_budget[i] : map_budget[i]);
            }
        }
    }
}

static bool translate(void *context, struct husk_ipa ipa, bool write, struct husk_pa *pa,
                      uint64_t *size_bytes)
{
    (void)context;
    (void)write;
    if (ipa.value - RAM >= BYTES) {
        return false;
    }
    *pa = (struct husk_pa){ ipa.value };
    *size_bytes = RAM + BYTES - ipa.value;
    return true;
}

static void *map_pa(void *context, struct husk_pa pa, size_t size_bytes)
{
    (void)context;
    (void)size_bytes;
    return (void *)(uintptr_t)pa.value;
}

static void set_up_engine(void)
{
    chan = (struct husk_dma_chan){
        .shadow = shadow, .notes = notes, .shadow_pa = { (uintptr_t)shadow }, .capacity = BLOCKS
    };
    engine = (struct husk_dma_engine){ .master = &master,
                                       .client = &client,
                                       .regs = (uintptr_t)regs,
                                       .chans = { [0] = &chan },
                                       .translate = translate,
                                       .open = map_pa };
    need(husk_dma_engine_init(&engine) == HUSK_OK, "engine");
}

static void block(unsigned index, uint64_t source, uint64_t dest, uint32_t bytes, bool last)
{
    uint32_t *word = blocks[index];

    word[0] = 0x111;
    word[1] = (uint32_t)source;
    word[2] = (uint32_t)dest;
    word[3] = bytes;
    word[4] = 0;
    word[5] = last ? 0 : (uint32_t)(uintptr_t)blocks[index + 1];
}

/* Check and start of one block in reach: the guest's write of CS, all of it. */
__attribute__((noinline)) static void start_one(void)
{
    uint64_t start;
    uint64_t count;

    set_up_engine();
    block(0, NEAR, NEAR + 0x100000, 65536, true);
    husk_dma_engine_write(&engine, 4, 4, (uint32_t)(uintptr_t)blocks[0]);
    calls = 0;
    start = now();
    husk_dma_engine_write(&engine, 0, 4, 1);
    while (husk_dma_engine_step(&engine)) {
    }
    count = now() - start - nothing() - calls * overhead;
    need(regs[1] == 0xC0000000 + (uintptr_t)shadow - RAM && (regs[0] & 1) != 0, "started");
    report("check and start of one block, cache maintenance included", count, start_budget);
}

/* The longest step of a long chain, all of it included: the interrupts are masked that long. */
static void longest_step(uint64_t source, uint64_t dest, const char *what)
{
    uint64_t longest = 0;

    set_up_engine();
    block(0, source, dest, 100000, false);
    block(1, NEAR + 0x40000, NEAR + 0x180004, 999, true);
    husk_dma_engine_write(&engine, 4, 4, (uint32_t)(uintptr_t)blocks[0]);
    husk_dma_engine_write(&engine, 0, 4, 1);
    while ((chan.reg[0] & 1) != 0) {
        const uint64_t start = now();
        const bool more = husk_dma_engine_step(&engine);
        const uint64_t count = now() - start - nothing();

        longest = longest > count ? longest : count;
        if (!more) {
            regs[0] = 4; /* the real channel has done all of its part */
            regs[1] = 0;
            husk_dma_engine_irq(&engine, 0);
        }
    }
    need(chan.reg[8] == 0 && client.used == 0, "done");
    report(what, longest, run_budget);
}

/* What a wrapper costs by itself, but for the call and the return that it replaces. */
static void calibrate(void)
{
    uint64_t start;

    left_out = 0;
    start = now();
    __wrap_husk_cache_clean(regs, 0);
    overhead = now() - start - left_out - nothing() - 2;
}

void guest_main(uint64_t context, uint64_t vcpu, uint64_t entry)
{
    (void)context;
    (void)vcpu;
    (void)entry;
    map = (struct husk_dma_map){
        .master = &master, .client = &client, .segs = segs, .capacity = HUSK_COUNT(segs)
    };
    calibrate();
    maps(16, true);
    maps(512, false);
    maps(SLOTS_MAX, false);
    start_one();
    longest_step(NEAR, NEAR + 0x100000, "longest step, direct");
    longest_step(FAR, FAR + 0x100000, "longest step, both out of reach");
    longest_step(FAR + 1, FAR + 0x100003, "longest step, both out of reach and odd");
    print(failed ? "husk-test: FAIL\n" : "husk-test: pass\n");
    power_off();
}

void guest_exception(uint64_t esr, uint64_t elr, uint64_t far)
{
    (void)far;
    print("husk-test: FAIL: exception ");
    print_number(esr);
    print(" at ");
    print_number(elr);
    print("\n");
    power_off();
}
