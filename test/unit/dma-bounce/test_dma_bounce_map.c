// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <husk/dma_bounce.h>

#include "fake_memory.h"

/* 64 KiB at 0x40000000, its first half in reach at bus 0xC0000000; slots at 0x40001000. */
enum {
    POOL = 0x1000,
    SLOT = 256,
    SLOTS = 4,
};
#define PA UINT64_C(0x40000000)

static struct fake_memory memory;
static struct husk_fake cpu;
static struct husk_fake_entry entries[256];
static uint8_t *slots[SLOTS];
static struct husk_dma_pool pool;
static struct husk_dma_master master;
static struct husk_dma_client client;
static struct husk_dma_seg segs[8];
static struct husk_dma_map map;

static struct husk_dma_map mapping(struct husk_dma_seg *into, uint32_t capacity,
                                   struct husk_dma_client *by)
{
    return (struct husk_dma_map){
        .master = &master, .client = by, .segs = into, .capacity = capacity, .dir = HUSK_DMA_BOTH
    };
}

/* Segments that go through a slot. */
static uint32_t slot_count(void)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < map.count; i++) {
        count += segs[i].slot != NULL;
    }
    return count;
}

static int fresh(void **state)
{
    static const struct husk_dma_window window = { { PA }, { 0xC0000000 }, 0x8000, 4, 64, 0 };

    (void)state;
    memset(&cpu, 0, sizeof(cpu));
    memset(&client, 0, sizeof(client));
    husk_fake = &cpu;
    fake_memory_init(&memory, &cpu, PA, FAKE_MEMORY_BYTES, 64);
    cpu.log = entries;
    cpu.log_capacity = HUSK_COUNT(entries);
    cpu.log_cache = true;
    map = mapping(segs, HUSK_COUNT(segs), &client);
    pool = (struct husk_dma_pool){ slots, memory.cpu + POOL, { PA + POOL }, SLOTS, SLOT, 0 };
    assert_int_equal(husk_dma_pool_init(&pool), HUSK_OK);
    assert_int_equal(husk_dma_master_init(&master, &window, &pool), HUSK_OK);
    return 0;
}

static struct husk_dma_piece piece(uint64_t offset, uint64_t size_bytes)
{
    return (
        struct husk_dma_piece){ { PA + offset }, { (uintptr_t)memory.cpu + offset }, size_bytes };
}

static enum husk_err map_one(enum husk_dma_dir dir, uint64_t offset, uint64_t size_bytes)
{
    const struct husk_dma_piece one = piece(offset, size_bytes);

    map.dir = dir;
    return husk_dma_map(&map, &one, 1);
}

static void direct__is_one_segment_cleaned_and_then_invalidated(void **state)
{
    static const struct {
        enum husk_dma_dir dir;
        unsigned after; /* lines invalidated by unmap */
    } cases[] = { { HUSK_DMA_TO_DEVICE, 0 }, { HUSK_DMA_FROM_DEVICE, 2 }, { HUSK_DMA_BOTH, 2 } };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(cases); i++) {
        cpu.log_count = 0;
        assert_int_equal(map_one(cases[i].dir, 0x4000, 128), HUSK_OK);
        assert_int_equal(map.count, 1);
        assert_int_equal(slot_count(), 0);
        assert_int_equal(segs[0].bus.value, 0xC0004000);
        assert_int_equal(segs[0].bus_bytes, 128);
        assert_int_equal(cpu.log_count, 3);
        assert_true(entries[0].op == HUSK_FAKE_DC_CVAC &&
                    entries[0].a == (uintptr_t)memory.cpu + 0x4000);
        assert_true(entries[1].op == HUSK_FAKE_DC_CVAC && entries[2].op == HUSK_FAKE_DSB_SY);
        cpu.log_count = 0;
        assert_int_equal(husk_dma_unmap(&map), HUSK_OK);
        assert_int_equal(cpu.log_count, cases[i].after == 0 ? 0 : cases[i].after + 1);
        assert_true(cases[i].after == 0 || entries[1].op == HUSK_FAKE_DC_CIVAC);
    }
    assert_int_equal(client.mapped, 3);
    assert_int_equal(client.bounced, 0);
    assert_int_equal(client.copied_bytes, 0);
}

static void coherent_master__needs_no_cache_maintenance(void **state)
{
    static const struct husk_dma_window window = { { PA }, { 0 }, 0x8000, 4, 0, 0 };

    (void)state;
    assert_int_equal(husk_dma_master_init(&master, &window, &pool), HUSK_OK);
    assert_int_equal(map_one(HUSK_DMA_BOTH, 0x4004, 8), HUSK_OK);
    assert_int_equal(slot_count(), 0);
    assert_int_equal(husk_dma_unmap(&map), HUSK_OK);
    assert_int_equal(map_one(HUSK_DMA_BOTH, 0x9004, 8), HUSK_OK);
    assert_int_equal(slot_count(), 1);
    assert_int_equal(husk_dma_unmap(&map), HUSK_OK);
    assert_int_equal(cpu.log_count, 0);
}

static void head_and_tail_of_a_line__go_through_slots(void **state)
{
    (void)state;
    assert_int_equal(map_one(HUSK_DMA_FROM_DEVICE, 0x4010, 200), HUSK_OK);
    assert_int_equal(map.count, 3);
    assert_int_equal(segs[0].size_bytes, 48);
    assert_non_null(segs[0].slot);
    assert_int_equal(segs[1].bus.value, 0xC0004040);
    assert_int_equal(segs[1].size_bytes, 128);
    assert_null(segs[1].slot);
    assert_int_equal(segs[2].size_bytes, 24);
    assert_non_null(segs[2].slot);
    assert_int_equal(client.used, 2);
    assert_int_equal(husk_dma_unmap(&map), HUSK_OK);
    /* A device that only reads takes the same buffer as it is. */
    assert_int_equal(map_one(HUSK_DMA_TO_DEVICE, 0x4010, 200), HUSK_OK);
    assert_int_equal(map.count, 1);
    assert_int_equal(slot_count(), 0);
}

static void window_end__cuts_the_buffer(void **state)
{
    (void)state;
    assert_int_equal(map_one(HUSK_DMA_TO_DEVICE, 0x7F00, 0x200), HUSK_OK);
    assert_int_equal(map.count, 2);
    assert_int_equal(segs[0].bus.value, 0xC0007F00);
    assert_null(segs[0].slot);
    assert_int_equal(segs[1].size_bytes, 0x100);
    assert_non_null(segs[1].slot);
    assert_int_equal(segs[1].bus.value, 0xC0001000);
}

static void odd_end__is_padded_with_zeros_in_the_slot(void **state)
{
    (void)state;
    memset(memory.cpu + POOL, 0xEE, SLOT * SLOTS);
    memset(memory.cpu + 0x9000, 0x11, 7);
    assert_int_equal(map_one(HUSK_DMA_TO_DEVICE, 0x9000, 7), HUSK_OK);
    assert_int_equal(segs[0].size_bytes, 7);
    assert_int_equal(segs[0].bus_bytes, 8);
    assert_int_equal(memory.device[POOL + 6], 0x11);
    assert_int_equal(memory.device[POOL + 7], 0);
}

static void scattered_buffer__is_mapped_in_order(void **state)
{
    const struct husk_dma_piece pieces[] = { piece(0x4000, 64), piece(0x9000, 300),
                                             piece(0x5000, 5) };

    (void)state;
    map.dir = HUSK_DMA_TO_DEVICE;
    assert_int_equal(husk_dma_map(&map, pieces, 3), HUSK_OK);
    assert_int_equal(map.count, 5); /* 64; 256 and 44 in slots; 4, and 1 in a slot */
    assert_int_equal(segs[0].bus.value, 0xC0004000);
    assert_int_equal(segs[1].size_bytes + segs[2].size_bytes, 300);
    assert_int_equal(segs[3].bus.value, 0xC0005000);
    assert_int_equal(segs[4].bus_bytes, 4);
    assert_int_equal(client.used, 3);
}

static void bad_buffers__are_refused_and_change_nothing(void **state)
{
    const struct husk_dma_piece odd[] = { piece(0x4000, 6), piece(0x5000, 4) };
    const struct husk_dma_piece wraps = { { UINT64_MAX - 7 }, { 64 }, 16 };

    (void)state;
    assert_int_equal(map_one(HUSK_DMA_BOTH, 0x4000, 0), HUSK_EINVAL);
    assert_int_equal(map_one(HUSK_DMA_BOTH, 0x4000, HUSK_GIB(2) + 1), HUSK_EINVAL);
    assert_int_equal(husk_dma_map(&map, &wraps, 1), HUSK_EINVAL);
    assert_int_equal(husk_dma_map(&map, odd, 2), HUSK_EINVAL);
    assert_int_equal(husk_dma_map(&map, odd, 0), HUSK_EINVAL);
    map.capacity = 2;
    assert_int_equal(map_one(HUSK_DMA_FROM_DEVICE, 0x4010, 200), HUSK_ERANGE);
    map.capacity = 0;
    assert_int_equal(map_one(HUSK_DMA_BOTH, 0x4000, 64), HUSK_ERANGE);
    assert_int_equal(map_one(HUSK_DMA_BOTH, 0x9000, 64), HUSK_ERANGE);
    assert_int_equal(client.used, 0);
    assert_int_equal(client.mapped, 0);
    assert_int_equal(pool.free_count, SLOTS);
    assert_int_equal(map.self, 0);
}

static void exhausted_pool__refuses_whole_and_recovers(void **state)
{
    struct husk_dma_seg more_segs[8];
    struct husk_dma_map more = mapping(more_segs, HUSK_COUNT(more_segs), &client);
    const struct husk_dma_piece two = piece(0xA000, 2 * SLOT);

    (void)state;
    assert_int_equal(map_one(HUSK_DMA_BOTH, 0x9000, 3 * SLOT), HUSK_OK);
    assert_int_equal(husk_dma_map(&more, &two, 1), HUSK_ENOMEM);
    assert_int_equal(client.refused_pool, 1);
    assert_int_equal(pool.free_count, 1);
    assert_int_equal(husk_dma_unmap(&map), HUSK_OK);
    assert_int_equal(husk_dma_map(&more, &two, 1), HUSK_OK);
    assert_int_equal(client.used, 2);
}

static void quota__holds_one_client_and_leaves_the_rest_to_others(void **state)
{
    struct husk_dma_client other = { .quota = 3 };
    struct husk_dma_seg other_segs[4];
    struct husk_dma_map other_map = mapping(other_segs, 4, &other);
    const struct husk_dma_piece three = piece(0xA000, 3 * SLOT);

    (void)state;
    client.quota = 1;
    assert_int_equal(map_one(HUSK_DMA_BOTH, 0x9000, 2 * SLOT), HUSK_ENOMEM);
    assert_int_equal(client.refused_quota, 1);
    assert_int_equal(map_one(HUSK_DMA_BOTH, 0x9000, SLOT), HUSK_OK);
    assert_int_equal(husk_dma_map(&other_map, &three, 1), HUSK_OK);
    assert_int_equal(pool.free_count, 0);
}

static void misuse__is_seen_and_counted(void **state)
{
    struct husk_dma_map stale;

    (void)state;
    assert_int_equal(husk_dma_unmap(&map), HUSK_EINVAL); /* never mapped */
    assert_int_equal(husk_dma_set_busy(&map, true), HUSK_EINVAL);
    assert_int_equal(husk_dma_sync(&map, true, 0, 0), HUSK_EINVAL);
    assert_int_equal(map_one(HUSK_DMA_BOTH, 0x9000, 64), HUSK_OK);
    assert_int_equal(map_one(HUSK_DMA_BOTH, 0x9000, 64), HUSK_EINVAL); /* mapped already */
    stale = map;
    assert_int_equal(husk_dma_unmap(&map), HUSK_OK);
    assert_int_equal(husk_dma_unmap(&map), HUSK_EINVAL);
    assert_int_equal(husk_dma_unmap(&stale), HUSK_EINVAL); /* its slot is free */
    assert_int_equal(map_one(HUSK_DMA_BOTH, 0x9000, 64), HUSK_OK);
    assert_ptr_equal(segs[0].slot, memory.cpu + POOL);
    assert_int_equal(husk_dma_unmap(&stale), HUSK_EINVAL); /* its slot is another mapping's */
    assert_int_equal(client.used, 1);
    assert_int_equal(client.misused, 6);
}

static void written_by_the_device__keeps_what_it_leaves_alone(void **state)
{
    (void)state;
    memset(memory.cpu + 0x9000, 0x22, 64);
    memset(memory.cpu + POOL, 0x77, SLOT); /* what the slot's last user had */
    assert_int_equal(map_one(HUSK_DMA_FROM_DEVICE, 0x9000, 64), HUSK_OK);
    memset(memory.device + POOL, 0x33, 10); /* a short transfer */
    assert_int_equal(husk_dma_unmap(&map), HUSK_OK);
    assert_int_equal(memory.cpu[0x9009], 0x33);
    assert_int_equal(memory.cpu[0x900A], 0x22);
    assert_int_equal(memory.cpu[0x903F], 0x22);
}

static void part_shown_to_the_device__leaves_what_it_wrote_beside_it(void **state)
{
    (void)state;
    assert_int_equal(map_one(HUSK_DMA_BOTH, 0x9000, 64), HUSK_OK);
    memset(memory.device + POOL, 0x33, 64);
    memory.cpu[0x9008] = 0x11;
    assert_int_equal(husk_dma_sync(&map, true, 8, 1), HUSK_OK); /* one byte of a line */
    assert_int_equal(memory.device[POOL + 8], 0x11);
    assert_int_equal(memory.device[POOL + 9], 0x33);
    assert_int_equal(husk_dma_unmap(&map), HUSK_OK);
    assert_int_equal(memory.cpu[0x9007], 0x33);
    assert_int_equal(memory.cpu[0x9008], 0x11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(direct__is_one_segment_cleaned_and_then_invalidated, fresh),
        cmocka_unit_test_setup(coherent_master__needs_no_cache_maintenance, fresh),
        cmocka_unit_test_setup(head_and_tail_of_a_line__go_through_slots, fresh),
        cmocka_unit_test_setup(window_end__cuts_the_buffer, fresh),
        cmocka_unit_test_setup(odd_end__is_padded_with_zeros_in_the_slot, fresh),
        cmocka_unit_test_setup(scattered_buffer__is_mapped_in_order, fresh),
        cmocka_unit_test_setup(bad_buffers__are_refused_and_change_nothing, fresh),
        cmocka_unit_test_setup(exhausted_pool__refuses_whole_and_recovers, fresh),
        cmocka_unit_test_setup(quota__holds_one_client_and_leaves_the_rest_to_others, fresh),
        cmocka_unit_test_setup(misuse__is_seen_and_counted, fresh),
        cmocka_unit_test_setup(written_by_the_device__keeps_what_it_leaves_alone, fresh),
        cmocka_unit_test_setup(part_shown_to_the_device__leaves_what_it_wrote_beside_it, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
