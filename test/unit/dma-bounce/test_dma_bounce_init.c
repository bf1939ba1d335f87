// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <husk/dma_bounce.h>

static _Alignas(8192) uint8_t memory[4 * 4096];
static uint8_t *slots[4];
static struct husk_dma_pool pool;
static struct husk_dma_master master;

static const struct {
    enum husk_err expect;
    uint32_t count, bytes;
    uint64_t pa;
    unsigned shift; /* of the virtual address */
} pools[] = {
    { HUSK_OK, 4, 4096, 0x10000, 0 },
    { HUSK_OK, 1, 64, 0x10040, 64 },
    { HUSK_EINVAL, 0, 4096, 0x10000, 0 },           /* no slot */
    { HUSK_EINVAL, 4, 32, 0x10000, 0 },             /* below the least size */
    { HUSK_EINVAL, 4, 8192, 0x10000, 0 },           /* above the largest */
    { HUSK_EINVAL, 4, 96, 0x10000, 0 },             /* no power of two */
    { HUSK_EINVAL, 4, 4096, 0x10800, 0 },           /* physically misaligned */
    { HUSK_EINVAL, 4, 4096, 0x10000, 64 },          /* virtually misaligned */
    { HUSK_EINVAL, 4, 4096, UINT64_MAX - 4095, 0 }, /* wraps */
};

static void each_pool__is_accepted_or_refused_as_the_header_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(pools); i++) {
        pool = (struct husk_dma_pool){ slots,          memory + pools[i].shift, { pools[i].pa },
                                       pools[i].count, pools[i].bytes,          0 };
        assert_int_equal(husk_dma_pool_init(&pool), pools[i].expect);
        assert_int_equal(pool.free_count, pools[i].expect == HUSK_OK ? pools[i].count : 0);
    }
    pool = (struct husk_dma_pool){ NULL, memory, { 0 }, 4, 64, 0 };
    assert_int_equal(husk_dma_pool_init(&pool), HUSK_EINVAL);
    pool = (struct husk_dma_pool){ slots, NULL, { 0 }, 4, 64, 0 };
    assert_int_equal(husk_dma_pool_init(&pool), HUSK_EINVAL);
}

/* The pool: 4 slots of 1,024 bytes at 0x10000. */
static const struct {
    enum husk_err expect;
    struct husk_dma_window window;
} windows[] = {
    { HUSK_OK, { { 0 }, { 0xC0000000 }, 0x40000000, 4, 64, 0 } },
    { HUSK_OK, { { 0x10000 }, { 0 }, 0x1000, 1, 0, 1024 } },
    { HUSK_OK, { { 0x10000 }, { 0x10000 }, 0x1000, 512, 128, 4096 } },
    { HUSK_EINVAL, { { 0 }, { 0 }, 0, 4, 64, 0 } },                        /* nothing */
    { HUSK_EINVAL, { { 0x10000 }, { 0 }, UINT64_MAX - 0xFFC0, 1, 0, 0 } }, /* PA wraps */
    { HUSK_EINVAL, { { 0 }, { UINT64_MAX - 63 }, 0x20000, 1, 0, 0 } },     /* bus address wraps */
    { HUSK_EINVAL, { { 0 }, { 0 }, 0x20000, 0, 0, 0 } },                   /* align_bytes */
    { HUSK_EINVAL, { { 0 }, { 0 }, 0x20000, 0, 64, 0 } },
    { HUSK_EINVAL, { { 0 }, { 0 }, 0x20000, 3, 0, 0 } },
    { HUSK_EINVAL, { { 0 }, { 0 }, 0x20000, 1024, 0, 0 } },
    { HUSK_EINVAL, { { 0 }, { 0 }, 0x20000, 4, 48, 0 } }, /* line_bytes */
    { HUSK_EINVAL, { { 32 }, { 0 }, 0x20000, 4, 64, 0 } },
    { HUSK_EINVAL, { { 0 }, { 32 }, 0x20000, 4, 64, 0 } },
    { HUSK_EINVAL, { { 0 }, { 0 }, 0x20020, 4, 64, 0 } },
    { HUSK_EINVAL, { { 0 }, { 0 }, 0x20000, 4, 2048, 0 } }, /* a slot is no whole line */
    { HUSK_EINVAL, { { 0 }, { 0 }, 0x20000, 4, 64, 512 } }, /* boundary_bytes below a slot */
    { HUSK_EINVAL, { { 0 }, { 0 }, 0x20000, 4, 64, 1536 } },
    { HUSK_EINVAL, { { 0x10000 }, { 64 }, 0x1000, 4, 64, 1024 } }, /* slots across boundaries */
    { HUSK_ERANGE, { { 0x10400 }, { 0 }, 0x10000, 4, 64, 0 } },    /* the pool starts before it */
    { HUSK_ERANGE, { { 0 }, { 0 }, 0x10C00, 4, 64, 0 } },          /* or ends after it */
    { HUSK_ERANGE, { { 0x20000 }, { 0 }, 0x10000, 4, 64, 0 } },
};

static void each_window__is_accepted_or_refused_as_the_header_says(void **state)
{
    (void)state;
    pool = (struct husk_dma_pool){ slots, memory, { 0x10000 }, 4, 1024, 0 };
    assert_int_equal(husk_dma_pool_init(&pool), HUSK_OK);
    for (size_t i = 0; i < HUSK_COUNT(windows); i++) {
        struct husk_dma_master before;

        memset(&master, 0x5A, sizeof(master));
        before = master;
        assert_int_equal(husk_dma_master_init(&master, &windows[i].window, &pool),
                         windows[i].expect);
        if (windows[i].expect == HUSK_OK) {
            assert_int_equal(master.slots_bus + (uintptr_t)memory,
                             windows[i].window.bus.value + 0x10000 - windows[i].window.pa.value);
        } else {
            assert_memory_equal(&master, &before, sizeof(master));
        }
    }
}

static bool no_memory(void *context, struct husk_ipa ipa, bool write, struct husk_pa *pa,
                      uint64_t *size_bytes)
{
    (void)context;
    (void)ipa;
    (void)write;
    (void)pa;
    (void)size_bytes;
    return false;
}

static const struct {
    enum husk_err expect;
    uint32_t align;
    uint64_t bus;
    uint64_t shadow_pa;
    uint32_t capacity;
} engines[] = {
    { HUSK_OK, 4, 0xC0000000, 0x11000, 8 },     { HUSK_OK, 8, 0xFFFE0000, 0x1FF00, 8 },
    { HUSK_EINVAL, 2, 0xC0000000, 0x11000, 8 }, /* no whole words */
    { HUSK_EINVAL, 4, 0xFFFF0000, 0x11000, 8 }, /* beyond 32 bits */
    { HUSK_EINVAL, 4, 0xC0000000, 0x11010, 8 }, /* a misaligned shadow */
    { HUSK_EINVAL, 4, 0xC0000000, 0x11000, 0 }, /* an empty one */
    { HUSK_ERANGE, 4, 0xC0000000, 0x1FF20, 8 }, /* partly out of the window */
    { HUSK_ERANGE, 4, 0xC0000000, 0x20000, 8 },
};

static void each_engine__is_accepted_or_refused_as_the_header_says(void **state)
{
    static struct husk_dma_block shadow[8];
    static struct husk_dma_note notes[8];
    static struct husk_dma_client client;

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(engines); i++) {
        const struct husk_dma_window window = { { 0 },   { engines[i].bus },
                                                0x20000, engines[i].align,
                                                0,       0 };
        struct husk_dma_chan chan = { .shadow = shadow,
                                      .notes = notes,
                                      .shadow_pa = { engines[i].shadow_pa },
                                      .capacity = engines[i].capacity,
                                      .reg = { 7 } };
        struct husk_dma_engine engine = { .master = &master,
                                          .client = &client,
                                          .regs = 0x1000,
                                          .chans = { [3] = &chan },
                                          .translate = no_memory };

        assert_int_equal(husk_dma_master_init(&master, &window, &pool), HUSK_OK);
        assert_int_equal(husk_dma_engine_init(&engine), engines[i].expect);
        if (engines[i].expect == HUSK_OK) {
            assert_int_equal(engine.owned, 1 << 3);
            assert_false(husk_dma_engine_step(&engine));
            assert_int_equal(husk_dma_engine_read(&engine, 0x300, 4), 0x10);
        }
    }
}

/* As many channels as there is room for in the pool, two slots for each; and none. */
static void each_channel__has_two_slots_at_least(void **state)
{
    static const struct {
        enum husk_err expect;
        uint32_t slots;
        unsigned chans;
    } shares[] = {
        { HUSK_OK, 2, 1 },     { HUSK_OK, 4, 2 },     { HUSK_ENOMEM, 1, 1 },
        { HUSK_ENOMEM, 3, 2 }, { HUSK_EINVAL, 4, 0 },
    };
    static const struct husk_dma_window window = { { 0 }, { 0xC0000000 }, 0x20000, 4, 0, 0 };
    static struct husk_dma_client client;

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(shares); i++) {
        struct husk_dma_chan chans[2] = { { .capacity = 8 }, { .capacity = 8 } };
        struct husk_dma_engine engine = { .master = &master, .client = &client };

        for (unsigned c = 0; c < shares[i].chans; c++) {
            engine.chans[c] = &chans[c];
        }
        pool = (struct husk_dma_pool){ slots, memory, { 0x10000 }, shares[i].slots, 1024, 0 };
        assert_int_equal(husk_dma_pool_init(&pool), HUSK_OK);
        assert_int_equal(husk_dma_master_init(&master, &window, &pool), HUSK_OK);
        assert_int_equal(husk_dma_engine_init(&engine), shares[i].expect);
    }
}

/* ENABLE as firmware has left it. */
static uint32_t enable;
static unsigned enable_writes;

static uint64_t enable_register(void *context, bool is_write, uintptr_t addr, unsigned size_bytes,
                                uint64_t value)
{
    (void)context;
    assert_true(addr == 0x7FF0 && size_bytes == 4);
    if (is_write) {
        enable = (uint32_t)value;
        enable_writes++;
    }
    return enable;
}

static void enable__adds_channels_and_refuses_page_fields(void **state)
{
    static const struct {
        uint32_t before, chans, after;
        enum husk_err expect;
    } cases[] = {
        { 0x0000, 0x0020, 0x0020, HUSK_OK },
        { 0x4001, 0x0420, 0x4421, HUSK_OK },
        { 0x7FFF, 0xFFFFFFFF, 0x7FFF, HUSK_OK }, /* no page field can be set by mistake */
        { 0x01000001, 0x20, 0x01000001, HUSK_ENOTSUP },
        { 0x80000001, 0x20, 0x80000001, HUSK_ENOTSUP },
    };
    static struct husk_fake cpu;

    (void)state;
    cpu.mmio = enable_register;
    husk_fake = &cpu;
    for (size_t i = 0; i < HUSK_COUNT(cases); i++) {
        enable = cases[i].before;
        enable_writes = 0;
        assert_int_equal(husk_dma_engine_enable(0x7000, cases[i].chans), cases[i].expect);
        assert_int_equal(enable, cases[i].after);
        assert_int_equal(enable_writes, cases[i].expect == HUSK_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pool__is_accepted_or_refused_as_the_header_says),
        cmocka_unit_test(each_window__is_accepted_or_refused_as_the_header_says),
        cmocka_unit_test(each_engine__is_accepted_or_refused_as_the_header_says),
        cmocka_unit_test(each_channel__has_two_slots_at_least),
        cmocka_unit_test(enable__adds_channels_and_refuses_page_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
