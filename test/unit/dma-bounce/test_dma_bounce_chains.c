// SPDX-License-Identifier: Apache-2.0
/* Chains: what is cut, bounced, waited for and refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dma_rig.h"

enum {
    COPY = 0x110,
    NEAR = 0x40000000, /* pages 16, 17: contiguous, in reach; then 20 */
    FAR = 0x40000500,  /* pages 32, 33: contiguous, out of reach */
    EDGE = 0x40000400, /* page 31, the last in reach; FAR follows it */
    HOLE = 0x40000A00,
    LOCKED = 0x40000900, /* read-only */
    BLOCKS = 0x40001100, /* room for control blocks */
    PORT = 0x7E201000,
    SHADOW = RIG_SHADOW_PAGE * RIG_PAGE,
};

static struct rig rig;

static int fresh(void **state)
{
    (void)state;
    rig_init(&rig, 16, 1);
    return 0;
}

static int all_is_well(void **state)
{
    (void)state;
    husk_dma_engine_stop(&rig.engine);
    rig_settle(&rig);
    assert_null(rig_wrong(&rig));
    assert_int_equal(rig.client.used, 0);
    return 0;
}

static void block(unsigned index, uint32_t ti, uint32_t source, uint32_t dest, uint32_t length,
                  uint32_t stride, bool last)
{
    const uint32_t at = BLOCKS + 32 * index;
    const uint32_t word[6] = { ti, source, dest, length, stride, last ? 0 : at + 32 };

    rig_block(&rig, at, word);
}

/* Runs the chain at BLOCKS on the full channel; true: to its end. */
static bool run(unsigned chan)
{
    rig_write(&rig, chan, 0x04, BLOCKS);
    rig_write(&rig, chan, 0x00, 1);
    for (int i = 0; i < 5000 && (rig_read(&rig, chan, 0x00) & 1) != 0; i++) {
        rig_settle(&rig);
        (void)fake_dma_run(&rig.dma, chan, 1000);
    }
    assert_int_equal(rig_read(&rig, chan, 0x00) & 1, 0);
    return (rig_read(&rig, chan, 0x00) & 0x100) == 0;
}

static const struct husk_dma_block *shadow(unsigned index)
{
    return (const struct husk_dma_block *)(const void *)(rig.memory.device + SHADOW) + index;
}

/* One block, and what becomes of it. */
static const struct {
    const char *what;
    uint32_t ti, source, dest, length, stride;
    unsigned blocks; /* executed by the real engine; 0: refused */
    unsigned slots;
} cases[] = {
    { "direct", COPY, NEAR, NEAR + 0x100, 64, 0, 1, 0 },
    { "direct over contiguous pages", COPY, NEAR + 0xC0, EDGE, 128, 0, 1, 0 },
    { "cut at a discontinuity", COPY, NEAR + 0x1C0, EDGE, 128, 0, 2, 0 },
    { "source out of reach", COPY, FAR, NEAR, 64, 0, 1, 1 },
    { "destination out of reach", COPY, NEAR, FAR, 64, 0, 1, 1 },
    { "both", COPY, FAR, FAR + 0x100, 128, 0, 1, 2 },
    { "cut at a slot's end", COPY, FAR, FAR + 0x100, 132, 0, 2, 4 },
    { "cut at the window's end", COPY, NEAR, EDGE + 0xC0, 128, 0, 2, 1 },
    { "up to the hole", COPY, NEAR, 0x40000800 + 0xC0, 64, 0, 1, 0 },
    { "an odd tail", COPY, NEAR, NEAR + 0x100, 66, 0, 2, 2 },
    { "an odd source", COPY, NEAR + 1, NEAR + 0x100, 64, 0, 1, 1 },
    { "source ignored", COPY | 0x800, 0, NEAR, 64, 0, 1, 0 },
    { "source ignored, destination out of reach", COPY | 0x800, 0, FAR, 64, 0, 1, 1 },
    { "destination ignored", COPY | 0x80, NEAR, 0, 64, 0, 1, 0 },
    { "one word over and over", 0x10, NEAR, NEAR + 0x100, 64, 0, 1, 0 },
    { "one far word over and over", 0x10, FAR, NEAR, 64, 0, 1, 1 },
    { "to one far word", 0x100, NEAR, FAR, 64, 0, 1, 1 },
    { "from a port", 0x10, PORT, NEAR, 64, 0, 1, 0 },
    { "to a port, paced", 0x140 | 12 << 16, NEAR, PORT, 64, 0, 1, 0 },
    { "to a port, always on", 0x140, NEAR, PORT, 64, 0, 1, 0 },
    { "from registers in a row", COPY, PORT, NEAR, 64, 0, 1, 0 },
    { "from read-only memory", COPY, LOCKED, NEAR, 64, 0, 1, 0 },
    { "2D, three rows", COPY | 2, NEAR, NEAR + 0x100, 2 << 16 | 16, 16 << 16 | 4, 3, 0 },
    { "2D, backwards", COPY | 2, NEAR + 0x80, NEAR + 0x100, 1 << 16 | 16, 0xFFC0, 2, 0 },

    { "not the VM's source", COPY, HOLE, NEAR, 64, 0, 0, 0 },
    { "not the VM's destination", COPY, NEAR, HOLE, 64, 0, 0, 0 },
    { "running into a hole", COPY, NEAR, HOLE - 0x120, 0x140, 0, 0, 0 },
    { "to read-only memory", COPY, NEAR, LOCKED, 64, 0, 0, 0 },
    { "running into read-only memory", COPY, NEAR, LOCKED - 32, 64, 0, 0, 0 },
    { "a real bus address", COPY, RIG_BUS, NEAR, 64, 0, 0, 0 },
    { "another's port", COPY, PORT + 0x80, NEAR, 4, 0, 0, 0 },
    { "another's port, one word", 0x10, PORT + 0x80, NEAR, 4, 0, 0, 0 },
    { "running out of a port", COPY, PORT + 0x7C, NEAR, 8, 0, 0, 0 },
    { "128 bits at the end of a port", 0x10 | 0x200, PORT + 0x80 - 4, NEAR, 16, 0, 1, 0 },
    { "odd bytes to a port", 0x100, NEAR, PORT, 6, 0, 0, 0 },
    { "peripherals as RAM", COPY, 0x7E000000, NEAR, 64, 0, 0, 0 },
    { "RAM up to the peripherals", COPY, 0x7DFFFFC0, NEAR, 64, 0, 1, 1 },
    { "RAM into the peripherals", COPY, 0x7DFFFFC0, NEAR, 68, 0, 0, 0 },
    { "RAM behind the peripherals", COPY, 0x7F000000, NEAR, 64, 0, 1, 1 },
    { "up to the end of 32 bits", COPY, 0xFFFFFFC0, NEAR, 64, 0, 1, 1 },
    { "wrapping at 32 bits", COPY, 0xFFFFFFC0, NEAR, 68, 0, 0, 0 },
    { "length 0", COPY, NEAR, NEAR + 0x100, 0, 0, 0, 0 },
    { "the longest length", COPY, NEAR, NEAR + 0x100, 0x3FFFFFFF, 0, 0, 0 },
    { "2D, rows of 0", COPY | 2, NEAR, NEAR + 0x100, 2 << 16, 0, 0, 0 },
    { "2D, below 0", COPY | 2, 0, NEAR + 0x100, 1 << 16 | 4, 0x8000, 0, 0 },
    { "2D, out of the VM", COPY | 2, NEAR, NEAR + 0x100, 9 << 16 | 4, 0x7FFF, 0, 0 },
    { "nothing to do", COPY | 0x880, NEAR, NEAR + 0x100, 64, 0, 0, 0 },
    { "another's DREQ", 0x140 | 11 << 16, NEAR, PORT, 64, 0, 0, 0 },
    { "one word, misaligned", 0x10, NEAR + 2, NEAR + 0x100, 64, 0, 0, 0 },
    { "one word at a hole's edge", 0x10 | 0x200, HOLE - 8, NEAR, 64, 0, 0, 0 },
};

static void each_block__is_run_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(cases); i++) {
        fresh(NULL);
        block(0, cases[i].ti, cases[i].source, cases[i].dest, cases[i].length, cases[i].stride,
              true);
        if (run(RIG_CHAN) != (cases[i].blocks != 0) ||
            (cases[i].blocks != 0 && rig.dma.blocks != cases[i].blocks)) {
            fail_msg("%s: %u blocks", cases[i].what, rig.dma.blocks);
        }
        if (cases[i].blocks == 0) {
            assert_int_equal(rig_read(&rig, RIG_CHAN, 0x20), 4); /* READ_ERROR */
            assert_int_equal(rig_read(&rig, RIG_CHAN, 0x04), BLOCKS);
        } else if (rig.client.bounced != cases[i].slots) {
            fail_msg("%s: %u slots", cases[i].what, (unsigned)rig.client.bounced);
        }
        all_is_well(NULL);
    }
}

static void flags__reach_the_engine_but_reserved_ones_and_2d(void **state)
{
    (void)state;
    block(0, 0xF7E0F33E, NEAR, NEAR + 0x100, 64, 0, true);
    assert_true(run(RIG_CHAN));
    assert_int_equal(shadow(0)->word[0], 0x07E0F338);
    assert_int_equal(shadow(0)->word[1], RIG_BUS + 16 * RIG_PAGE);
    assert_int_equal(shadow(0)->word[2], RIG_BUS + 17 * RIG_PAGE);
    assert_int_equal(shadow(0)->word[3], 64);
    assert_int_equal(shadow(0)->word[5], 0);
}

/* Should the engine use it all the same, it is an address the guest may use. */
static void ignored_side__has_the_others_address(void **state)
{
    (void)state;
    block(0, COPY | 0x800, RIG_BUS, NEAR, 64, 0, true);
    assert_true(run(RIG_CHAN));
    assert_int_equal(shadow(0)->word[1], shadow(0)->word[2]);
    block(0, COPY | 0x80, NEAR, RIG_BUS, 64, 0, true);
    assert_true(run(RIG_CHAN));
    assert_int_equal(shadow(0)->word[1], shadow(0)->word[2]);
}

static void lite_channel__has_short_lengths_and_no_2d(void **state)
{
    (void)state;
    block(0, COPY | 2, NEAR, NEAR + 0x100, 3 << 16 | 64, 0, true);
    assert_true(run(RIG_LITE));
    assert_int_equal(rig.dma.blocks, 1);
}

static void control_blocks__must_be_the_vms(void **state)
{
    static const uint32_t places[] = { HOLE,       RIG_BUS, BLOCKS + 16, BLOCKS + 4,
                                       0x7E201000, 0x80000, 0x7E000000,  0xFFFFFFF0 };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(places); i++) {
        fresh(NULL);
        rig_write(&rig, RIG_CHAN, 0x04, places[i]);
        rig_write(&rig, RIG_CHAN, 0x00, 1);
        rig_settle(&rig);
        assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), 0x110);
        assert_int_equal(rig_read(&rig, RIG_CHAN, 0x04), places[i]);
        all_is_well(NULL);
    }
}

/* As if memory went on elsewhere after each few bytes. */
static uint32_t few, few_from;
static bool (*whole)(void *context, struct husk_ipa ipa, bool write, struct husk_pa *pa,
                     uint64_t *size_bytes);

static bool in_small_pieces(void *context, struct husk_ipa ipa, bool write, struct husk_pa *pa,
                            uint64_t *size_bytes)
{
    const bool found = whole(context, ipa, write, pa, size_bytes);

    if (found && ipa.value >= few_from && ipa.value < few_from + 256) {
        *size_bytes = few - ipa.value % few;
    }
    return found;
}

static void control_block_in_two_pieces__is_refused(void **state)
{
    (void)state;
    block(0, COPY, NEAR, NEAR + 0x100, 64, 0, true);
    whole = rig.engine.translate;
    rig.engine.translate = in_small_pieces;
    few = 16;
    few_from = BLOCKS;
    assert_false(run(RIG_CHAN));
    assert_int_equal(rig.dma.blocks, 0);
    rig.engine.translate = whole;
}

/* 128 bits that are read again and again: in two pieces, and where the window ends among them. */
static void word_in_two_pieces__is_refused_or_goes_through_a_slot(void **state)
{
    (void)state;
    block(0, 0x10 | 0x200, NEAR, NEAR + 0x100, 64, 0, true);
    whole = rig.engine.translate;
    rig.engine.translate = in_small_pieces;
    few = 8;
    few_from = NEAR;
    assert_false(run(RIG_CHAN));
    rig.engine.translate = whole;
    rig_write(&rig, RIG_CHAN, 0x20, 7);
    rig.master.window.size_bytes -= 8;
    block(0, 0x10 | 0x200, EDGE + 0xF0, NEAR + 0x100, 64, 0, true);
    assert_true(run(RIG_CHAN));
    assert_int_equal(rig.client.bounced, 1);
    for (unsigned i = 0; i < 64; i += 16) {
        assert_memory_equal(rig_guest(&rig, NEAR + 0x100 + i), rig_guest(&rig, EDGE + 0xF0), 16);
    }
}

/* Nobody says whether the engine writes where it ignores its source: what it leaves is the guest's.
 */
static void slot_that_may_stay_unwritten__holds_what_memory_has(void **state)
{
    (void)state;
    memset(rig.memory.device + RIG_SLOT_PAGE * RIG_PAGE, 0xEE, RIG_SLOTS * RIG_SLOT_BYTES);
    memcpy(rig.memory.cpu + RIG_SLOT_PAGE * RIG_PAGE, rig.memory.device + RIG_SLOT_PAGE * RIG_PAGE,
           RIG_SLOTS * RIG_SLOT_BYTES);
    block(0, COPY | 0x800, 0, FAR, 64, 0, true);
    rig_write(&rig, RIG_CHAN, 0x04, BLOCKS);
    rig_write(&rig, RIG_CHAN, 0x00, 1);
    rig_settle(&rig);
    assert_memory_equal(rig.memory.device + (rig.notes[0][0].slots[1] - rig.memory.cpu),
                        rig_guest(&rig, FAR), 64);
    assert_int_equal(shadow(0)->word[0] & 8, 8); /* WAIT_RESP: ended means written */
    assert_int_equal(shadow(0)->word[1], shadow(0)->word[2]);
}

static void chain_of_1024_blocks__runs_and_a_longer_one_does_not(void **state)
{
    (void)state;
    for (unsigned loop = 0; loop < 2; loop++) {
        unsigned blocks;

        fresh(NULL);
        block(0, COPY, NEAR, NEAR + 0x100, 4, 0, false);
        block(1, COPY, NEAR, NEAR + 0x100, 4, 0, false);
        rig_store(&rig, BLOCKS + 32 + 20, BLOCKS);
        rig_write(&rig, RIG_CHAN, 0x04, BLOCKS);
        rig_write(&rig, RIG_CHAN, 0x00, 1);
        rig_settle(&rig);
        do {
            blocks = rig.chans[0].blocks;
            if (loop == 0 && blocks >= 1008) {
                rig_store(&rig, BLOCKS + 32 + 20, 0); /* ends after an even number */
            }
            (void)fake_dma_run(&rig.dma, RIG_CHAN, 100);
            rig_settle(&rig);
        } while (rig.chans[0].blocks != blocks);
        assert_int_equal((rig_read(&rig, RIG_CHAN, 0x00) & 0x100) != 0, loop == 1);
        /* The part that the block too many belongs to was never started. */
        assert_int_equal(rig.dma.blocks, loop == 1 ? 1024 - 16 : rig.chans[0].blocks);
        /* The next chain has as many again. */
        block(0, COPY, NEAR, NEAR + 0x100, 4, 0, true);
        rig_write(&rig, RIG_CHAN, 0x20, 7);
        for (unsigned i = 0; i < 20; i++) {
            assert_true(run(RIG_CHAN));
        }
        all_is_well(NULL);
    }
}

static void chain_that_writes_its_next_block__does_what_it_wrote(void **state)
{
    (void)state;
    /* Block 0 copies a control block over block 1. */
    block(0, COPY, BLOCKS + 64, BLOCKS + 32, 24, 0, false);
    block(1, COPY, HOLE, HOLE, 4, 0, true);
    block(2, COPY, NEAR, NEAR + 0x100, 16, 0, true);
    assert_true(run(RIG_CHAN));
    assert_memory_equal(rig_guest(&rig, NEAR + 0x100), rig_guest(&rig, NEAR), 16);
    /* And what it wrote is checked as well. */
    fresh(NULL);
    block(0, COPY, BLOCKS + 64, BLOCKS + 32, 24, 0, false);
    block(1, COPY, NEAR, NEAR + 0x100, 4, 0, true);
    block(2, COPY, NEAR, RIG_BUS, 16, 0, true);
    assert_false(run(RIG_CHAN));
    assert_int_equal(rig.dma.blocks, 1);
}

/* The other vCPU turns the block's words into an attack: at EL2's second look at the VM's memory,
 * which is for the data; the first was for the block. */
static unsigned looks;

static void attack(struct rig *at)
{
    if (++looks == 1) {
        return;
    }
    for (unsigned i = 0; i < 8; i++) {
        const uint32_t word[6] = { COPY, RIG_BUS, 0x80000 + 64 * i, 0x1000, 0, HOLE };

        rig_block(at, BLOCKS + 32 * i, word);
    }
}

static void block_changed_after_its_check__changes_nothing(void **state)
{
    (void)state;
    block(0, COPY, FAR, NEAR + 0x100, 64, 0, true);
    looks = 0;
    rig.on_open = attack;
    rig_write(&rig, RIG_CHAN, 0x04, BLOCKS);
    rig_write(&rig, RIG_CHAN, 0x00, 1);
    rig_settle(&rig);
    rig.on_open = NULL;
    assert_int_equal(looks, 2);
    assert_int_equal(fake_dma_run(&rig.dma, RIG_CHAN, 9), 1);
    assert_int_equal(shadow(0)->word[2], RIG_BUS + 17 * RIG_PAGE);
    rig_settle(&rig);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00) & 0x100, 0);
    assert_memory_equal(rig_guest(&rig, NEAR + 0x100), rig_guest(&rig, FAR), 64);
}

static void data_of_an_earlier_block__is_waited_for(void **state)
{
    static const struct {
        uint32_t first, second, third;
    } ways[] = {
        { FAR, FAR + 0x100, NEAR }, /* through memory out of reach */
        { NEAR, FAR, NEAR + 0x100 },
        { NEAR, NEAR + 0x101, FAR }, /* odd bytes in reach */
        { NEAR, NEAR + 0x100, FAR }, /* direct: the engine sees it by itself */
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(ways); i++) {
        fresh(NULL);
        block(0, COPY, ways[i].first, ways[i].second, 64, 0, false);
        block(1, COPY, ways[i].second, ways[i].third, 64, 0, true);
        assert_true(run(RIG_CHAN));
        assert_memory_equal(rig_guest(&rig, ways[i].third), rig_guest(&rig, ways[i].first), 64);
        all_is_well(NULL);
    }
}

static void later_write__wins_over_an_earlier_one_in_a_slot(void **state)
{
    (void)state;
    block(0, COPY, NEAR, NEAR + 0x101, 16, 0, false);       /* odd: through a slot */
    block(1, COPY, NEAR + 0x40, NEAR + 0x100, 32, 0, true); /* direct, over it */
    assert_true(run(RIG_CHAN));
    assert_memory_equal(rig_guest(&rig, NEAR + 0x100), rig_guest(&rig, NEAR + 0x40), 32);
}

static void few_slots__make_several_parts(void **state)
{
    (void)state;
    rig.client.quota = 2;
    block(0, COPY | 1, FAR, 0x40001000, 0x100, 0,
          true); /* both out of reach: two slots at a time */
    assert_true(run(RIG_CHAN));
    assert_int_equal(rig.client.bounced, 4);
    assert_true(rig.client.refused_quota != 0);
    assert_memory_equal(rig_guest(&rig, 0x40001000), rig_guest(&rig, FAR), 0x100);
    assert_int_equal(husk_dma_engine_lines(&rig.engine), 1 << RIG_CHAN);
}

static void no_slot_at_all__is_an_error_and_passes(void **state)
{
    (void)state;
    rig.client.quota = 1;
    block(0, COPY, FAR, 0x40001000, 0x100, 0, true);
    assert_false(run(RIG_CHAN));
    rig.client.quota = 0;
    rig_write(&rig, RIG_CHAN, 0x20, 7);
    assert_true(run(RIG_CHAN));
}

static void each_step__copies_one_slot_at_most(void **state)
{
    uint64_t copied = 0;

    (void)state;
    block(0, COPY, FAR, 0x40000B00, 0x180, 0, false);
    block(1, COPY, FAR + 1, 0x40000B00, 0x100, 0, true);
    rig_write(&rig, RIG_CHAN, 0x04, BLOCKS);
    rig_write(&rig, RIG_CHAN, 0x00, 1);
    for (int i = 0; i < 200; i++) {
        (void)husk_dma_engine_step(&rig.engine);
        assert_true(rig.client.copied_bytes - copied <= RIG_SLOT_BYTES);
        copied = rig.client.copied_bytes;
        (void)fake_dma_run(&rig.dma, RIG_CHAN, 1);
        (void)rig_read(&rig, RIG_CHAN, 0x00);
    }
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00) & 0x101, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_block__is_run_or_refused),
        cmocka_unit_test_setup_teardown(flags__reach_the_engine_but_reserved_ones_and_2d, fresh,
                                        all_is_well),
        cmocka_unit_test_setup_teardown(ignored_side__has_the_others_address, fresh, all_is_well),
        cmocka_unit_test_setup_teardown(lite_channel__has_short_lengths_and_no_2d, fresh,
                                        all_is_well),
        cmocka_unit_test(control_blocks__must_be_the_vms),
        cmocka_unit_test_setup_teardown(control_block_in_two_pieces__is_refused, fresh,
                                        all_is_well),
        cmocka_unit_test_setup_teardown(word_in_two_pieces__is_refused_or_goes_through_a_slot,
                                        fresh, all_is_well),
        cmocka_unit_test_setup_teardown(slot_that_may_stay_unwritten__holds_what_memory_has, fresh,
                                        all_is_well),
        cmocka_unit_test(chain_of_1024_blocks__runs_and_a_longer_one_does_not),
        cmocka_unit_test_setup_teardown(chain_that_writes_its_next_block__does_what_it_wrote, fresh,
                                        all_is_well),
        cmocka_unit_test_setup_teardown(block_changed_after_its_check__changes_nothing, fresh,
                                        all_is_well),
        cmocka_unit_test(data_of_an_earlier_block__is_waited_for),
        cmocka_unit_test_setup_teardown(later_write__wins_over_an_earlier_one_in_a_slot, fresh,
                                        all_is_well),
        cmocka_unit_test_setup_teardown(few_slots__make_several_parts, fresh, all_is_well),
        cmocka_unit_test_setup_teardown(no_slot_at_all__is_an_error_and_passes, fresh, all_is_well),
        cmocka_unit_test_setup_teardown(each_step__copies_one_slot_at_most, fresh, all_is_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
