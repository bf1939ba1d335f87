// SPDX-License-Identifier: Apache-2.0
/* A master like QEMU's edu: a DMA register set with one start bit, that works some time later and
 * then interrupts; its addresses wrap at its mask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <husk/dma_bounce.h>

#include "fake_memory.h"

enum {
    POOL = 0x2000,
    SLOT = 1024,
    SLOTS = 2,
    MASK = 0x3FFF, /* 16 KiB in reach, of 64 */
    TIME = 3,      /* ticks a transfer takes */
};

static struct fake_memory memory;
static struct husk_fake cpu;
static uint8_t *slots[SLOTS];
static struct husk_dma_pool pool;
static struct husk_dma_master master;
static struct husk_dma_client client;

static struct {
    uint64_t addr;
    uint32_t bytes;
    bool to_device;
    unsigned ticks; /* left; 0: idle */
    uint8_t buffer[4096];
    bool interrupt;
} edu;

static void edu_start(struct husk_bus bus, uint32_t bytes, bool to_device)
{
    assert_int_equal(edu.ticks, 0);
    edu.addr = bus.value;
    edu.bytes = bytes;
    edu.to_device = to_device;
    edu.ticks = TIME;
}

static void edu_tick(void)
{
    if (edu.ticks == 0 || --edu.ticks != 0) {
        return;
    }
    for (uint32_t i = 0; i < edu.bytes; i++) {
        uint8_t *byte = &memory.device[(edu.addr + i) & MASK];

        if (edu.to_device) {
            edu.buffer[i] = *byte;
        } else {
            *byte = edu.buffer[i];
        }
    }
    edu.interrupt = true;
}

static int fresh(void **state)
{
    static const struct husk_dma_window window = { { 0 }, { 0 }, MASK + 1, 1, 64, 0 };

    (void)state;
    memset(&cpu, 0, sizeof(cpu));
    memset(&client, 0, sizeof(client));
    memset(&edu, 0, sizeof(edu));
    husk_fake = &cpu;
    fake_memory_init(&memory, &cpu, 0, FAKE_MEMORY_BYTES, 64);
    memset(memory.cpu + 0x0, 0xCC, 0x1000); /* the low alias of 0x4000: a canary */
    pool = (struct husk_dma_pool){ slots, memory.cpu + POOL, { POOL }, SLOTS, SLOT, 0 };
    assert_int_equal(husk_dma_pool_init(&pool), HUSK_OK);
    assert_int_equal(husk_dma_master_init(&master, &window, &pool), HUSK_OK);
    return 0;
}

static void without_the_library__the_canary_dies(void **state)
{
    (void)state;
    memset(edu.buffer, 0xDD, 64);
    edu_start((struct husk_bus){ 0x4000 }, 64, false);
    while (!edu.interrupt) {
        edu_tick();
    }
    assert_int_equal(memory.device[0], 0xDD);
    assert_int_equal(memory.device[0x4000], 0);
}

static void there_and_back__arrives_and_the_canary_lives(void **state)
{
    struct husk_dma_seg seg[1];
    struct husk_dma_map map = { &master, &client, seg, 1, HUSK_DMA_FROM_DEVICE, 0, 0 };
    const struct husk_dma_piece out = { { 0x4000 }, { (uintptr_t)memory.cpu + 0x4000 }, 1000 };
    const struct husk_dma_piece in = { { 0x5007 }, { (uintptr_t)memory.cpu + 0x5007 }, 1000 };

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        memory.cpu[0x4000 + i] = (uint8_t)(i * 7);
    }
    for (int way = 0; way < 2; way++) {
        map.dir = way == 0 ? HUSK_DMA_TO_DEVICE : HUSK_DMA_FROM_DEVICE;
        assert_int_equal(husk_dma_map(&map, way == 0 ? &out : &in, 1), HUSK_OK);
        assert_int_equal(husk_dma_set_busy(&map, true), HUSK_OK);
        edu.interrupt = false;
        edu_start(seg[0].bus, seg[0].bus_bytes, way == 0);
        while (!edu.interrupt) {
            edu_tick();
        }
        assert_int_equal(husk_dma_set_busy(&map, false), HUSK_OK);
        assert_int_equal(husk_dma_unmap(&map), HUSK_OK);
    }
    assert_memory_equal(memory.cpu + 0x5007, memory.cpu + 0x4000, 1000);
    assert_int_equal(memory.cpu[0x5006] | memory.cpu[0x5007 + 1000], 0);
    for (unsigned i = 0; i < 0x1000; i++) {
        assert_int_equal(memory.cpu[i], 0xCC);
    }
}

static void unmap_while_busy__keeps_the_slot_from_everybody(void **state)
{
    struct husk_dma_seg seg[1];
    struct husk_dma_seg others_seg[2];
    struct husk_dma_map map = { &master, &client, seg, 1, HUSK_DMA_FROM_DEVICE, 0, 0 };
    struct husk_dma_map other = { &master, &client, others_seg, 2, HUSK_DMA_TO_DEVICE, 0, 0 };
    const struct husk_dma_piece first = { { 0x5000 }, { (uintptr_t)memory.cpu + 0x5000 }, 512 };
    const struct husk_dma_piece second = { { 0x6000 }, { (uintptr_t)memory.cpu + 0x6000 }, 2048 };

    (void)state;
    memset(edu.buffer, 0x99, 512);
    memset(memory.cpu + 0x6000, 0x44, 2048);
    assert_int_equal(husk_dma_map(&map, &first, 1), HUSK_OK);
    assert_int_equal(husk_dma_set_busy(&map, true), HUSK_OK);
    edu_start(seg[0].bus, seg[0].bus_bytes, false);
    edu_tick();
    assert_int_equal(husk_dma_unmap(&map), HUSK_EAGAIN);
    assert_int_equal(client.misused, 1);
    /* Both slots would be needed: one is still the device's. */
    assert_int_equal(husk_dma_map(&other, &second, 1), HUSK_ENOMEM);
    edu_tick();
    edu_tick();
    assert_true(edu.interrupt);
    assert_int_equal(husk_dma_unmap(&map), HUSK_EAGAIN); /* the driver has not looked yet */
    assert_int_equal(husk_dma_set_busy(&map, false), HUSK_OK);
    assert_int_equal(husk_dma_unmap(&map), HUSK_OK);
    assert_int_equal(memory.cpu[0x5000], 0x99);
    assert_int_equal(memory.cpu[0x51FF], 0x99);
    assert_int_equal(husk_dma_map(&other, &second, 1), HUSK_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_the_library__the_canary_dies, fresh),
        cmocka_unit_test_setup(there_and_back__arrives_and_the_canary_lives, fresh),
        cmocka_unit_test_setup(unmap_while_busy__keeps_the_slot_from_everybody, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
