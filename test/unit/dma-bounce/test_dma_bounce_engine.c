// SPDX-License-Identifier: Apache-2.0
/* The registers a guest sees, and a channel's life. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dma_rig.h"

enum {
    ACTIVE = 0x1,
    END = 0x2,
    INT = 0x4,
    PAUSED = 0x10,
    WAITING = 0x40,
    ERROR = 0x100,
    KEPT = 0x30FF0000,
    COPY = 0x110, /* TI: both sides increment */
    INTEN = 0x1,
    NEAR = 0x40000000, /* in reach of the engine */
    FAR = 0x40000500,  /* out of it */
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

static void block(uint32_t at, uint32_t ti, uint32_t source, uint32_t dest, uint32_t length,
                  uint32_t next)
{
    const uint32_t word[6] = { ti, source, dest, length, 0, next };

    rig_block(&rig, at, word);
}

static void start(unsigned chan, uint32_t at)
{
    rig_write(&rig, chan, 0x04, at);
    rig_write(&rig, chan, 0x00, ACTIVE);
}

static void registers__read_as_after_reset(void **state)
{
    (void)state;
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), PAUSED);
    for (unsigned reg = 0x04; reg < 0x20; reg += 4) {
        assert_int_equal(rig_read(&rig, RIG_CHAN, reg), 0);
    }
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x20), 0);
    assert_int_equal(rig_read(&rig, RIG_LITE, 0x20), 1 << 28); /* LITE */
    rig_write(&rig, RIG_LITE, 0x20, UINT32_MAX);
    rig_write(&rig, RIG_LITE, 0x00, 1u << 31);
    assert_int_equal(rig_read(&rig, RIG_LITE, 0x20), 1 << 28); /* and stays one */
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x24), 0);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x0A), 0);
    assert_int_equal(husk_dma_engine_read(&rig.engine, 0xFF0, 4), 1 << RIG_CHAN | 1 << RIG_LITE);
    assert_int_equal(husk_dma_engine_read(&rig.engine, 0xFE0, 4), 0);
    assert_int_equal(husk_dma_engine_read(&rig.engine, 0xFE4, 4), 0);
    assert_int_equal(husk_dma_engine_read(&rig.engine, 0xFF0, 2), 0);
}

static void others_channels_and_enable__take_no_write(void **state)
{
    (void)state;
    rig.cpu.log = NULL;
    husk_dma_engine_write(&rig.engine, 0xFF0, 4, 0x0F000000); /* PAGE */
    assert_int_equal(rig.dma.enable, 0x7FFF);
    assert_int_equal(husk_dma_engine_read(&rig.engine, 0xFF0, 4), 1 << RIG_CHAN | 1 << RIG_LITE);
    husk_dma_engine_write(&rig.engine, 0x004, 4, NEAR); /* channel 0 */
    husk_dma_engine_write(&rig.engine, 0xB04, 4, NEAR); /* channel 11 */
    assert_int_equal(husk_dma_engine_read(&rig.engine, 0x004, 4), 0);
    assert_int_equal(husk_dma_engine_read(&rig.engine, 0xB04, 4), 0);
    husk_dma_engine_write(&rig.engine, 0x504, 2, NEAR);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x04), 0);
    rig_write(&rig, RIG_CHAN, 0x08, 5); /* TI is read-only */
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x08), 0);
    husk_dma_engine_irq(&rig.engine, 0); /* nobody's */
    /* Nor do they lead to a channel that is the VM's. */
    rig.engine.chans[0] = &rig.chans[0];
    husk_dma_engine_write(&rig.engine, 0xB04, 4, NEAR);
    husk_dma_engine_write(&rig.engine, 0x506, 4, NEAR);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x04), 0);
    rig.engine.chans[0] = NULL;
    rig_write(&rig, RIG_CHAN, 0x00, 0x00110000);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x24), 0);
}

static void one_block__runs_and_interrupts_when_asked(void **state)
{
    (void)state;
    block(NEAR, COPY | INTEN, NEAR + 0x40, NEAR + 0x80, 32, 0);
    start(RIG_CHAN, NEAR);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), ACTIVE);
    rig_settle(&rig);
    assert_int_equal(rig.dma.chan[RIG_CHAN].conblk_ad, RIG_BUS + RIG_SHADOW_PAGE * RIG_PAGE);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x04), NEAR);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x08), COPY | INTEN);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x0C), NEAR + 0x40);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x10), NEAR + 0x80);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x14), 32);
    assert_int_equal(fake_dma_run(&rig.dma, RIG_CHAN, 9), 1);
    rig_settle(&rig);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), END | INT | PAUSED);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x04), 0);
    assert_int_equal(husk_dma_engine_lines(&rig.engine), 1 << RIG_CHAN);
    assert_int_equal(husk_dma_engine_read(&rig.engine, 0xFE0, 4), 1 << RIG_CHAN);
    assert_memory_equal(rig_guest(&rig, NEAR + 0x80), rig_guest(&rig, NEAR + 0x40), 32);
    assert_int_equal(fake_dma_lines(&rig.dma), 0); /* acknowledged */
    rig_write(&rig, RIG_CHAN, 0x00, INT | ACTIVE); /* as Linux does; it stays idle */
    rig_settle(&rig);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), END | PAUSED);
    rig_write(&rig, RIG_CHAN, 0x00, END);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), PAUSED);
    assert_int_equal(husk_dma_engine_lines(&rig.engine), 0);
    assert_int_equal(rig.client.copied_bytes, 0);
}

static void block_without_inten__is_seen_by_polling(void **state)
{
    (void)state;
    block(NEAR, COPY, NEAR + 0x40, NEAR + 0x80, 32, 0);
    start(RIG_CHAN, NEAR);
    rig_settle(&rig);
    (void)fake_dma_run(&rig.dma, RIG_CHAN, 9);
    assert_int_equal(fake_dma_lines(&rig.dma), 0);
    (void)rig_read(&rig, RIG_CHAN, 0x00);
    rig_settle(&rig);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), END | PAUSED);
}

static void bounced_block__interrupts_husk_but_not_the_guest(void **state)
{
    (void)state;
    block(NEAR, COPY, FAR, FAR + 0x80, 32, 0);
    start(RIG_CHAN, NEAR);
    rig_settle(&rig);
    assert_int_equal(rig.client.used, 2);
    (void)fake_dma_run(&rig.dma, RIG_CHAN, 9);
    assert_int_equal(fake_dma_lines(&rig.dma), 1 << RIG_CHAN);
    rig_settle(&rig);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), END | PAUSED);
    assert_int_equal(husk_dma_engine_lines(&rig.engine), 0);
    assert_memory_equal(rig_guest(&rig, FAR + 0x80), rig_guest(&rig, FAR), 32);
    assert_int_equal(rig.client.copied_bytes, 64);
}

static void interrupt_of_a_middle_block__comes_with_its_data(void **state)
{
    (void)state;
    block(NEAR, COPY | INTEN, FAR, FAR + 0x80, 32, NEAR + 0x20);
    block(NEAR + 0x20, COPY, FAR + 0x20, FAR + 0xC0, 32, 0);
    start(RIG_CHAN, NEAR);
    rig_settle(&rig);
    (void)fake_dma_run(&rig.dma, RIG_CHAN, 1);
    rig_settle(&rig);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), ACTIVE | END | INT);
    assert_memory_equal(rig_guest(&rig, FAR + 0x80), rig_guest(&rig, FAR), 32);
    assert_int_equal(rig.client.used, 2);
    rig_write(&rig, RIG_CHAN, 0x00, INT | ACTIVE);
    (void)fake_dma_run(&rig.dma, RIG_CHAN, 1);
    rig_settle(&rig);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), END | PAUSED);
    assert_memory_equal(rig_guest(&rig, FAR + 0xC0), rig_guest(&rig, FAR + 0x20), 32);
}

static void pause__stops_the_real_channel_and_resume_goes_on(void **state)
{
    (void)state;
    block(NEAR, COPY, NEAR + 0x40, NEAR + 0x80, 32, NEAR + 0x20);
    block(NEAR + 0x20, COPY, NEAR + 0x40, NEAR + 0xC0, 32, 0);
    start(RIG_CHAN, NEAR);
    rig_settle(&rig);
    (void)fake_dma_run(&rig.dma, RIG_CHAN, 1);
    rig_write(&rig, RIG_CHAN, 0x00, 0x00110000);
    assert_int_equal(rig.dma.chan[RIG_CHAN].cs & (ACTIVE | KEPT),
                     0x10110000); /* waits for writes */
    assert_int_equal(fake_dma_run(&rig.dma, RIG_CHAN, 9), 0);
    (void)rig_read(&rig, RIG_CHAN, 0x00);
    rig_settle(&rig);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), END | PAUSED | 0x00110000);
    rig_write(&rig, RIG_CHAN, 0x04, NEAR + 0x40); /* not while it is at a block */
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x04), NEAR + 0x20);
    rig_write(&rig, RIG_CHAN, 0x00, ACTIVE);
    assert_int_equal(fake_dma_run(&rig.dma, RIG_CHAN, 9), 1);
    (void)rig_read(&rig, RIG_CHAN, 0x00);
    rig_settle(&rig);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x04), 0);
}

static void pause_during_the_walk__starts_nothing(void **state)
{
    (void)state;
    block(NEAR, COPY, NEAR + 0x40, NEAR + 0x80, 32, 0);
    start(RIG_CHAN, NEAR);
    rig_write(&rig, RIG_CHAN, 0x00, 0);
    rig_settle(&rig);
    assert_int_equal(rig.dma.chan[RIG_CHAN].conblk_ad, 0);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), PAUSED);
    rig_write(&rig, RIG_CHAN, 0x04, FAR); /* it is at a block */
    rig_write(&rig, RIG_CHAN, 0x00, ACTIVE);
    rig_settle(&rig);
    assert_int_equal(fake_dma_run(&rig.dma, RIG_CHAN, 9), 1);
}

static void reset__waits_for_writes_then_frees_the_slots(void **state)
{
    (void)state;
    block(NEAR, COPY, FAR, FAR + 0x80, 32, 0);
    start(RIG_CHAN, NEAR);
    rig_settle(&rig);
    rig.dma.never_idle = true;
    rig_write(&rig, RIG_CHAN, 0x00, 1u << 31);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), PAUSED);
    for (int i = 0; i < 10; i++) {
        assert_true(husk_dma_engine_step(&rig.engine));
    }
    assert_int_equal(rig.client.used, 2);
    assert_int_equal(rig.dma.resets, 0);
    /* The guest does not wait: it starts the next transfer, which follows. */
    block(NEAR, COPY, NEAR + 0x40, NEAR + 0x80, 32, 0);
    start(RIG_CHAN, NEAR);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), ACTIVE);
    rig.dma.never_idle = false;
    rig_settle(&rig);
    assert_int_equal(rig.dma.resets, 1);
    assert_int_equal(rig.client.used, 0);
    assert_int_equal(fake_dma_run(&rig.dma, RIG_CHAN, 9), 1);
}

/* Nor what was in the slots before, which may be another channel's. */
static void reset__gives_the_guest_nothing(void **state)
{
    uint8_t before[32];

    (void)state;
    block(NEAR, COPY, FAR, FAR + 0x80, 32, 0);
    memcpy(before, rig_guest(&rig, FAR + 0x80), sizeof(before));
    start(RIG_CHAN, NEAR);
    rig_settle(&rig);
    memset(rig.memory.device + RIG_SLOT_PAGE * RIG_PAGE, 0xEE, RIG_SLOTS * RIG_SLOT_BYTES);
    rig_write(&rig, RIG_CHAN, 0x00, 1u << 31);
    rig_settle(&rig);
    assert_int_equal(rig.client.used, 0);
    assert_memory_equal(rig_guest(&rig, FAR + 0x80), before, sizeof(before));
}

static void reset_of_a_stuck_channel__ends(void **state)
{
    (void)state;
    block(NEAR, COPY, FAR, FAR + 0x80, 32, 0);
    start(RIG_CHAN, NEAR);
    rig_settle(&rig);
    rig.dma.never_idle = true;
    rig_write(&rig, RIG_CHAN, 0x00, 1u << 31);
    rig_settle(&rig);
    assert_int_equal(rig.dma.resets, 1);
    assert_int_equal(rig.client.used, 0);
}

static void reset_during_the_walk__frees_its_slots(void **state)
{
    (void)state;
    block(NEAR, COPY, FAR, FAR + 0x80, 64, NEAR);
    start(RIG_CHAN, NEAR);
    assert_true(husk_dma_engine_step(&rig.engine)); /* one block */
    assert_true(rig.client.used != 0);
    rig_write(&rig, RIG_CHAN, 0x00, 1u << 31);
    rig_settle(&rig);
    assert_int_equal(rig.dma.resets, 0); /* it has not run */
    assert_int_equal(rig.client.used, 0);
}

static void abort__ends_the_chain(void **state)
{
    (void)state;
    block(NEAR, COPY, NEAR + 0x40, NEAR + 0x80, 32, 0);
    start(RIG_CHAN, NEAR);
    rig_settle(&rig);
    rig_write(&rig, RIG_CHAN, 0x00, 1u << 30 | ACTIVE | 0x00110000);
    rig_settle(&rig);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), END | PAUSED | 0x00110000);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x04), 0);
    assert_int_equal(rig.dma.resets, 1);
}

static void bus_error__is_the_guests(void **state)
{
    (void)state;
    block(NEAR, COPY, NEAR + 0x40, NEAR + 0x80, 32, NEAR + 0x20);
    block(NEAR + 0x20, COPY, FAR, FAR + 0x80, 32, 0);
    start(RIG_CHAN, NEAR);
    rig_settle(&rig);
    rig.dma.error_next = true;
    (void)fake_dma_run(&rig.dma, RIG_CHAN, 9);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00) & (ERROR | ACTIVE), ERROR);
    rig_settle(&rig);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x20), 4);
    assert_int_equal(rig.client.used, 0);
    assert_int_equal(rig.dma.resets, 1);
    rig_write(&rig, RIG_CHAN, 0x20, 4);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), PAUSED);
}

static void writes_still_under_way__are_waited_for(void **state)
{
    (void)state;
    block(NEAR, COPY, FAR, FAR + 0x80, 32, 0);
    start(RIG_CHAN, NEAR);
    rig_settle(&rig);
    (void)fake_dma_run(&rig.dma, RIG_CHAN, 9);
    rig.dma.never_idle = true;
    rig_settle(&rig);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), ACTIVE | WAITING);
    assert_int_equal(rig.client.used, 2);
    rig.dma.never_idle = false;
    (void)rig_read(&rig, RIG_CHAN, 0x00);
    rig_settle(&rig);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), END | PAUSED);
}

static void place_that_is_not_of_the_chain__ends_no_block(void **state)
{
    (void)state;
    block(NEAR, COPY, FAR, FAR + 0x80, 32, 0);
    start(RIG_CHAN, NEAR);
    rig_settle(&rig);
    rig.dma.chan[RIG_CHAN].conblk_ad += 32; /* past the last block */
    (void)rig_read(&rig, RIG_CHAN, 0x00);
    rig_settle(&rig);
    assert_int_equal(rig_read(&rig, RIG_CHAN, 0x00), ACTIVE);
    assert_int_equal(rig.client.used, 2);
}

static void two_channels__run_side_by_side(void **state)
{
    (void)state;
    block(NEAR, COPY | INTEN, FAR, FAR + 0x40, 32, 0);
    block(NEAR + 0x20, COPY | INTEN, FAR + 0x80, FAR + 0xC0, 32, 0);
    start(RIG_CHAN, NEAR);
    start(RIG_LITE, NEAR + 0x20);
    rig_settle(&rig);
    (void)fake_dma_run(&rig.dma, RIG_LITE, 9);
    rig_settle(&rig);
    assert_int_equal(husk_dma_engine_lines(&rig.engine), 1 << RIG_LITE);
    (void)fake_dma_run(&rig.dma, RIG_CHAN, 9);
    rig_settle(&rig);
    assert_int_equal(husk_dma_engine_lines(&rig.engine), 1 << RIG_LITE | 1 << RIG_CHAN);
    /* An interrupt of a channel that is not running is only acknowledged. */
    rig.dma.chan[RIG_LITE].cs |= INT;
    rig_settle(&rig);
    assert_int_equal(fake_dma_lines(&rig.dma), 0);
}

/* The first has all the slots it can get, and waits for a device that does not answer: the other
 * one finds slots all the same. */
static void channel_that_waits__leaves_slots_to_another(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < RIG_SLOTS; i++) {
        block(NEAR + 0x20 * i, COPY, FAR, FAR + 0x100, 16, NEAR + 0x20 * (i + 1));
    }
    block(NEAR + 0x20 * RIG_SLOTS, COPY, FAR, FAR + 0x100, 16, 0);
    start(RIG_CHAN, NEAR);
    rig_settle(&rig);
    assert_int_equal(rig.client.used, RIG_SLOTS / 2);
    block(0x40001000, COPY, FAR, FAR + 0x80, 32, 0);
    start(RIG_LITE, 0x40001000);
    rig_settle(&rig);
    (void)fake_dma_run(&rig.dma, RIG_LITE, 9);
    assert_int_equal(rig_read(&rig, RIG_LITE, 0x00) & ACTIVE, ACTIVE);
    rig_settle(&rig);
    assert_int_equal(rig_read(&rig, RIG_LITE, 0x00), END | PAUSED);
    assert_memory_equal(rig_guest(&rig, FAR + 0x80), rig_guest(&rig, FAR), 32);
}

/* What orders memory and registers: a guest's block is read after its line was dropped; the engine
 * starts after all of the shadow chain was cleaned. c, v: DC CIVAC, DC CVAC; d: DSB; w: a register.
 */
static void chain_of_two__is_cleaned_before_the_engine_starts(void **state)
{
    static const char letters[] = {
        [HUSK_FAKE_DSB_SY] = 'd',
        [HUSK_FAKE_DC_CIVAC] = 'c',
        [HUSK_FAKE_DC_CVAC] = 'v',
        [HUSK_FAKE_MMIO_WRITE] = 'w',
    };
    struct husk_fake_entry log[64];
    char seen[64] = "";

    (void)state;
    block(NEAR, COPY, NEAR + 0x80, NEAR + 0xA0, 4, NEAR + 0x20);
    block(NEAR + 0x20, COPY, NEAR + 0x90, NEAR + 0xC0, 4, 0);
    rig_write(&rig, RIG_CHAN, 0x04, NEAR);
    rig.cpu.log = log;
    rig.cpu.log_capacity = HUSK_COUNT(log);
    rig.cpu.log_cache = true;
    rig_write(&rig, RIG_CHAN, 0x00, ACTIVE);
    while (husk_dma_engine_step(&rig.engine)) {
    }
    for (size_t i = 0, at = 0; i < rig.cpu.log_count; i++) {
        if (log[i].op < HUSK_COUNT(letters) && letters[log[i].op] != 0) {
            seen[at++] = letters[log[i].op];
        }
    }
    rig.cpu.log = NULL;
    assert_string_equal(seen, "cdvcdvvdww");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(registers__read_as_after_reset, fresh, all_is_well),
        cmocka_unit_test_setup_teardown(chain_of_two__is_cleaned_before_the_engine_starts, fresh,
                                        all_is_well),
        cmocka_unit_test_setup_teardown(others_channels_and_enable__take_no_write, fresh,
                                        all_is_well),
        cmocka_unit_test_setup_teardown(one_block__runs_and_interrupts_when_asked, fresh,
                                        all_is_well),
        cmocka_unit_test_setup_teardown(block_without_inten__is_seen_by_polling, fresh,
                                        all_is_well),
        cmocka_unit_test_setup_teardown(bounced_block__interrupts_husk_but_not_the_guest, fresh,
                                        all_is_well),
        cmocka_unit_test_setup_teardown(interrupt_of_a_middle_block__comes_with_its_data, fresh,
                                        all_is_well),
        cmocka_unit_test_setup_teardown(pause__stops_the_real_channel_and_resume_goes_on, fresh,
                                        all_is_well),
        cmocka_unit_test_setup_teardown(pause_during_the_walk__starts_nothing, fresh, all_is_well),
        cmocka_unit_test_setup_teardown(reset__waits_for_writes_then_frees_the_slots, fresh,
                                        all_is_well),
        cmocka_unit_test_setup_teardown(reset__gives_the_guest_nothing, fresh, all_is_well),
        cmocka_unit_test_setup_teardown(reset_of_a_stuck_channel__ends, fresh, all_is_well),
        cmocka_unit_test_setup_teardown(reset_during_the_walk__frees_its_slots, fresh, all_is_well),
        cmocka_unit_test_setup_teardown(abort__ends_the_chain, fresh, all_is_well),
        cmocka_unit_test_setup_teardown(bus_error__is_the_guests, fresh, all_is_well),
        cmocka_unit_test_setup_teardown(writes_still_under_way__are_waited_for, fresh, all_is_well),
        cmocka_unit_test_setup_teardown(place_that_is_not_of_the_chain__ends_no_block, fresh,
                                        all_is_well),
        cmocka_unit_test_setup_teardown(two_channels__run_side_by_side, fresh, all_is_well),
        cmocka_unit_test_setup_teardown(channel_that_waits__leaves_slots_to_another, fresh,
                                        all_is_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
