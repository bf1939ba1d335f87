// SPDX-License-Identifier: Apache-2.0
#include "vgic_rig.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#define PENDING 1u
#define ACTIVE  2u
#define BOTH    3u

/* SPI 40 enabled, routed to vCPU 1, in its list register; SPI 41 to vCPU 0. */
static void start_two(unsigned lrs)
{
    rig_start(2, lrs, 0);
    rig.vgic.config.reach = husk_vgic_reach;
    load_other(lrs);
    wr_size(GICD, 0x6140, 8, 1);
    arm(41, 0x80);
    arm(40, 0x80);
    (void)enter();
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    on_first();
}

static enum husk_err try_read(unsigned vcpu, uint64_t offset, uint64_t *value)
{
    return husk_vgic_read(rig.v, vcpu, HUSK_VGIC_GICD, offset, 4, value);
}

static enum husk_err try_write(unsigned vcpu, uint64_t offset, unsigned size, uint64_t value)
{
    return husk_vgic_write(rig.v, vcpu, HUSK_VGIC_GICD, offset, size, value);
}

static void state_in_another_cpus_list_register__is_read_exactly(void **state)
{
    uint64_t value = 5;

    (void)state;
    start_two(4);
    assert_int_equal(fake_ich_ack(&other, true), 40); /* nobody has told the library */
    assert_int_equal(try_read(0, 0x304, &value), HUSK_EAGAIN);
    assert_int_equal(value, 0);
    assert_int_equal(enter(), 2);
    assert_int_equal(try_read(0, 0x304, &value), HUSK_EAGAIN);
    assert_int_equal(enter(), 0); /* kicked once */
    assert_false(husk_vgic_serve(rig.v, 0));
    on_other();
    assert_true(husk_vgic_serve(rig.v, 1));
    assert_int_equal(husk_vgic_flush(rig.v, 1), 0);
    assert_int_equal(other.lr[0], 0);
    assert_true(husk_vgic_serve(rig.v, 1)); /* it stays out of the guest */
    on_first();
    assert_int_equal(try_read(0, 0x304, &value), HUSK_OK);
    assert_int_equal(value, 0x100);
    on_other();
    assert_false(husk_vgic_serve(rig.v, 1));
    (void)husk_vgic_flush(rig.v, 1);
    assert_int_equal(other.lr[0] >> 62, ACTIVE);
    assert_int_equal(rig.vgic.holders, 0);
    on_first();
}

static void state_written_over_another_cpus_list_register__takes_effect(void **state)
{
    static const struct {
        uint64_t offset;
        unsigned size;
        uint64_t value;
        unsigned before, after; /* state of SPI 40; before: 2 means acknowledged */
    } cases[] = {
        { 0x384, 4, 0x100, ACTIVE, 0 },        { 0x304, 4, 0x100, PENDING, BOTH },
        { 0x284, 4, 0x100, PENDING, 0 },       { 0x204, 4, 0x100, ACTIVE, BOTH },
        { 0x184, 4, 0x100, PENDING, 0 },       { 0x184, 4, 0x100, ACTIVE, ACTIVE },
        { 0x6140, 8, 0x0, ACTIVE, ACTIVE },    { 0x6140, 4, 0x0, PENDING, 0 },
        { 0x428, 1, 0x10, ACTIVE, ACTIVE },    { 0x428, 4, 0x10101010, PENDING, PENDING },
        { 0xc08, 4, 0x20000, ACTIVE, ACTIVE }, { 0x84, 4, 0, PENDING, PENDING },
        { 0x0, 4, 0x1, PENDING, 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < HUSK_COUNT(cases); i++) {
        start_two(4);
        if (cases[i].before == ACTIVE) {
            assert_int_equal(fake_ich_ack(&other, true), 40);
        }
        assert_int_equal(try_write(0, cases[i].offset, cases[i].size, cases[i].value), HUSK_EAGAIN);
        assert_int_equal(other.lr[0] >> 62, cases[i].before); /* nothing was done */
        assert_int_equal(husk_vgic_flush(rig.v, 0), 2);
        on_other();
        assert_true(husk_vgic_serve(rig.v, 1));
        on_first();
        assert_int_equal(try_write(0, cases[i].offset, cases[i].size, cases[i].value), HUSK_OK);
        (void)enter();
        on_other();
        assert_false(husk_vgic_serve(rig.v, 1));
        (void)husk_vgic_flush(rig.v, 1);
        assert_int_equal(other.lr[0] >> 62, cases[i].after);
        on_first();
    }
}

/* IHI 0069H 4.1.1 "Priority drop and deactivation": an SPI's may be another PE's than the one that
 * acknowledged it. No list register there has it, so the write has to trap. */
static void dir_of_what_another_cpu_took__deactivates_it(void **state)
{
    (void)state;
    start_two(4);
    rig.ich.vmcr |= 0x200;
    assert_int_equal(fake_ich_ack(&other, true), 40);
    assert_int_equal(rig.ich.hcr, 0x4001);
    assert_int_equal(other.hcr, 0x4001);
    assert_false(fake_ich_dir(&rig.ich, 40)); /* it traps */
    assert_int_equal(husk_vgic_write(rig.v, 0, HUSK_VGIC_GICC, 0, 4, 40), HUSK_EAGAIN);
    assert_int_equal(husk_vgic_flush(rig.v, 0), 2);
    on_other();
    assert_true(husk_vgic_serve(rig.v, 1));
    on_first();
    assert_int_equal(husk_vgic_write(rig.v, 0, HUSK_VGIC_GICC, 0, 4, 40), HUSK_OK);
    (void)enter();
    on_other();
    assert_false(husk_vgic_serve(rig.v, 1));
    (void)husk_vgic_flush(rig.v, 1);
    assert_int_equal(other.lr[0], 0);
    on_first();
    assert_int_equal(fake_ich_ack(&rig.ich, true), 41); /* its own, private ones too: at once */
    assert_int_equal(husk_vgic_write(rig.v, 0, HUSK_VGIC_GICC, 0, 4, 41), HUSK_OK);
    wr(GICR, 0x10300, 0x20000);
    assert_int_equal(husk_vgic_write(rig.v, 0, HUSK_VGIC_GICC, 0, 4, 17), HUSK_OK);
    assert_int_equal(rd(GICR, 0x10300), 0);
    assert_int_equal(rd(GICD, 0x304), 0);
}

static void access_that_concerns_no_other_cpu__is_done_at_once(void **state)
{
    static const struct {
        uint64_t offset;
        unsigned size;
        uint64_t value;
    } writes[] = {
        { 0x384, 4, 0x200 }, { 0x304, 4, 0x200 },      { 0x104, 4, 0xfffffeff }, { 0x184, 4, 0 },
        { 0x429, 1, 0x10 },  { 0x42c, 4, 0x10101010 }, { 0xc0c, 4, 0x20000 },    { 0x88, 4, 0 },
        { 0x6148, 8, 0 },    { 0x6138, 4, 0 },         { 0x820, 4, 0xff },       { 0xf00, 4, 1 },
    };
    static const uint64_t reads[] = { 0x84, 0x104, 0x184, 0x208, 0x308, 0x428, 0xc08, 0x0, 0x820 };
    uint64_t value;
    size_t i;

    (void)state;
    start_two(4);
    for (i = 0; i < HUSK_COUNT(writes); i++) {
        assert_int_equal(try_write(0, writes[i].offset, writes[i].size, writes[i].value), HUSK_OK);
    }
    for (i = 0; i < HUSK_COUNT(reads); i++) {
        assert_int_equal(try_read(0, reads[i], &value), HUSK_OK);
    }
    assert_int_equal(rig.vgic.holders, 0);
    on_other();
    assert_int_equal(try_write(1, 0x284, 4, 0x100), HUSK_OK); /* its own list register */
    on_first();
}

static void private_bank_of_another_vcpu__is_reached_too(void **state)
{
    uint64_t value;

    (void)state;
    start_two(4);
    wr(GICR, sgi_base(1, 0x100), 0x8);
    husk_vgic_send_sgi(rig.v, 0, 0x03000002, true);
    assert_int_equal(enter(), 2);
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    on_first();
    assert_int_equal(husk_vgic_read(rig.v, 0, HUSK_VGIC_GICR, sgi_base(1, 0x200), 4, &value),
                     HUSK_EAGAIN);
    on_other();
    assert_true(husk_vgic_serve(rig.v, 1));
    on_first();
    assert_int_equal(rd(GICR, sgi_base(1, 0x200)), 0x8);
}

static void two_that_wait_for_each_other__both_come_through(void **state)
{
    uint64_t value;

    (void)state;
    start_two(4);
    assert_int_equal(try_read(0, 0x204, &value), HUSK_EAGAIN);
    on_other();
    assert_int_equal(try_read(1, 0x204, &value), HUSK_EAGAIN); /* 41 is in the first one's */
    assert_true(husk_vgic_serve(rig.v, 1));
    assert_int_equal(try_read(1, 0x204, &value), HUSK_EAGAIN);
    on_first();
    assert_true(husk_vgic_serve(rig.v, 0));
    assert_int_equal(try_read(0, 0x204, &value), HUSK_OK);
    assert_int_equal(value, 0x300);
    arm(50, 0x20);
    (void)enter();
    assert_int_equal(listed(50), 0); /* it may have got through, but is held itself */
    assert_true(husk_vgic_serve(rig.v, 0));
    on_other();
    assert_false(husk_vgic_serve(rig.v, 1));
    assert_int_equal(try_read(1, 0x204, &value), HUSK_OK);
    assert_int_equal(value, 0x40300);
    on_first();
    assert_false(husk_vgic_serve(rig.v, 0));
    (void)enter();
    assert_int_equal(state_of(50), PENDING);
}

static void access_that_is_given_up__lets_go(void **state)
{
    uint64_t value;

    (void)state;
    start_two(4);
    assert_int_equal(try_read(0, 0x204, &value), HUSK_EAGAIN);
    husk_vgic_release(rig.v, 1); /* has none */
    on_other();
    assert_true(husk_vgic_serve(rig.v, 1));
    on_first();
    husk_vgic_release(rig.v, 0);
    assert_int_equal(enter(), 2); /* whoever had not yet looked is told */
    on_other();
    assert_false(husk_vgic_serve(rig.v, 1));
    (void)husk_vgic_flush(rig.v, 1);
    assert_int_equal(other.lr[0] >> 62, PENDING);
    on_first();
}

static void held_vcpu__may_be_saved_and_loaded(void **state)
{
    uint64_t value;

    (void)state;
    start_two(4);
    assert_int_equal(try_read(0, 0x204, &value), HUSK_EAGAIN);
    on_other();
    husk_vgic_save(rig.v, 1);
    husk_vgic_load(rig.v, 1);
    assert_int_equal(other.lr[0], 0);
    assert_true(husk_vgic_serve(rig.v, 1));
    on_first();
    assert_int_equal(rd(GICD, 0x204), 0x300);
    on_other();
    assert_false(husk_vgic_serve(rig.v, 1));
    (void)husk_vgic_flush(rig.v, 1);
    assert_int_equal(other.lr[0] >> 62, PENDING);
    assert_int_equal(other.hcr, 0x4001);
    on_first();
}

static void eois_counted_before_it_is_held__are_counted_once(void **state)
{
    uint64_t value;
    unsigned i;

    (void)state;
    start_two(1);
    for (i = 0; i < 4; i++) {
        wr_size(GICD, 0x6000 + (64 + i) * 8, 8, 1);
    }
    on_other();
    assert_int_equal(fake_ich_ack(&other, true), 40);
    for (i = 0; i < 3; i++) {
        on_first();
        arm(64 + i, 0x60 - 8 * i);
        on_other();
        (void)husk_vgic_flush(rig.v, 1);
        assert_int_equal(fake_ich_ack(&other, true), 64 + i);
    }
    on_first();
    arm(67, 0x10);
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    assert_int_equal(other.lr[0] >> 62, PENDING);
    fake_ich_eoi(&other, 66);
    fake_ich_eoi(&other, 65);
    on_first();
    assert_int_equal(try_read(0, 0x208, &value), HUSK_EAGAIN);
    on_other();
    assert_true(husk_vgic_serve(rig.v, 1));
    assert_true(husk_vgic_serve(rig.v, 1));
    on_first();
    assert_int_equal(rd(GICD, 0x308), 0x1);
    assert_int_equal(rd(GICD, 0x304), 0x100);
    assert_null(other.broken);
}

/* Two CPUs that change each other's interrupts without a pause, as a caller is told to. */
enum { ROUNDS = 200 };

struct player {
    unsigned self;
    struct husk_fake cpu;
    struct fake_ich ich;
    unsigned acked;
};

static struct player players[2];

static struct husk_vgic_locked pause_unlocked(struct husk_vgic_locked v)
{
    husk_vgic_unlock(v);
    (void)sched_yield();
    return husk_vgic_lock(&rig.vgic);
}

static uint64_t play_access(struct player *p, uint64_t offset, bool is_write, uint64_t value)
{
    struct husk_vgic_locked v = husk_vgic_lock(&rig.vgic);
    enum husk_err err;

    for (;;) {
        err = is_write ? husk_vgic_write(v, p->self, HUSK_VGIC_GICD, offset, 4, value)
                       : husk_vgic_read(v, p->self, HUSK_VGIC_GICD, offset, 4, &value);
        if (err != HUSK_EAGAIN) {
            break;
        }
        (void)husk_vgic_serve(v, p->self);
        (void)husk_vgic_flush(v, p->self);
        v = pause_unlocked(v);
    }
    while (husk_vgic_serve(v, p->self)) {
        v = pause_unlocked(v);
    }
    (void)husk_vgic_flush(v, p->self);
    husk_vgic_unlock(v);
    return value;
}

static unsigned acked_by(unsigned player)
{
    return __atomic_load_n(&players[player].acked, __ATOMIC_RELAXED);
}

static void *play(void *context)
{
    struct player *p = context;
    const uint64_t mine = 1u << p->self;
    struct husk_vgic_locked v;

    husk_fake = &p->cpu;
    while (acked_by(0) < ROUNDS || acked_by(1) < ROUNDS) {
        const unsigned intid = fake_ich_ack(&p->ich, true);

        if (intid != FAKE_ICH_NONE) {
            if (intid != 64 + p->self) {
                p->ich.broken = "a wrong interrupt";
            }
            (void)__atomic_add_fetch(&p->acked, 1, __ATOMIC_RELAXED);
            if ((play_access(p, 0x308, false, 0) & mine) == 0) {
                p->ich.broken = "acknowledged, and not active";
            }
            fake_ich_eoi(&p->ich, intid);
        }
        (void)play_access(p, 0x208, true, mine ^ 3);
        (void)play_access(p, 0x308, false, 0);
    }
    v = husk_vgic_lock(&rig.vgic); /* off: what is not loaded holds nobody up */
    husk_vgic_save(v, p->self);
    husk_vgic_unlock(v);
    return NULL;
}

static void two_cpus_at_once__never_wait_for_ever(void **state)
{
    pthread_t threads[2];
    unsigned i;

    (void)state;
    rig_start(2, 2, 0);
    husk_vgic_save(rig.v, 0);
    rig.vgic.config.reach = husk_vgic_reach;
    wr(GICD, 0x88, 3);
    wr(GICD, 0x108, 3);
    wr_size(GICD, 0x6208, 8, 1);
    for (i = 0; i < 2; i++) {
        struct player *p = &players[i];

        *p = (struct player){ .self = i, .ich = { .lr_count = 2, .pre_bits = 5 } };
        p->cpu.sysreg[HUSK_SYSREG_mpidr_el1] = 0x80000000 + i;
        fake_ich_attach(&p->ich, &p->cpu);
        husk_fake = &p->cpu;
        husk_vgic_load(rig.v, i);
        p->ich.vmcr = 0xf8000003;
    }
    husk_vgic_unlock(rig.v);
    for (i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, play, &players[i]), 0);
    }
    for (i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    on_first();
    for (i = 0; i < 2; i++) {
        assert_null(players[i].ich.broken);
    }
    assert_int_equal(rig.vgic.holders, 0);
}

/* Linked to physical 140, which the first CPU takes; vCPU 1's guest ends it in between, which only
 * its list register knows. */
static void linked_interrupt_taken_again_by_another_cpu__is_still_linked(void **state)
{
    unsigned i;

    (void)state;
    start_two(4);
    assert_int_equal(husk_vgic_link_hw(rig.v, 0, 40, 140), HUSK_OK);
    for (i = 0; i < 3; i++) {
        on_other();
        assert_int_equal(fake_ich_ack(&other, true), 40);
        fake_ich_eoi(&other, 40);
        assert_false(other.physical_active[140]);
        on_first();
        other.physical_active[140] = true;
        husk_vgic_inject_hw(rig.v, 0, 40);
        assert_int_equal(enter(), 2);
        on_other();
        assert_int_equal(husk_vgic_flush(rig.v, 1), 0);
        assert_int_equal(other.lr[0] >> 61, 3); /* pending, HW */
    }
    on_first();
}

static void active_interrupt_routed_elsewhere__kicks_nobody_while_active(void **state)
{
    (void)state;
    start_two(2);
    assert_int_equal(fake_ich_ack(&other, true), 40);
    assert_int_equal(try_write(0, 0x6140, 8, 0), HUSK_EAGAIN);
    on_other();
    assert_true(husk_vgic_serve(rig.v, 1));
    on_first();
    assert_int_equal(try_write(0, 0x6140, 8, 0), HUSK_OK);
    wr_size(GICD, 0x6150, 8, 1);
    wr_size(GICD, 0x6158, 8, 1);
    arm(42, 0x80);
    arm(43, 0x80);
    (void)enter();
    on_other();
    assert_false(husk_vgic_serve(rig.v, 1));
    (void)husk_vgic_flush(rig.v, 1);
    assert_true((rig.vcpus[1].hcr & 0xfc) != 0); /* more than fits: it chooses anew each time */
    rig.vcpus[1].dirty = true;
    assert_int_equal(husk_vgic_flush(rig.v, 1), 0);
    on_first();
}

static void reserved_register_of_eight_bytes__is_in_reach(void **state)
{
    uint64_t value = 5;

    (void)state;
    start_two(4);
    assert_int_equal(husk_vgic_read(rig.v, 0, HUSK_VGIC_GICD, 0x40, 8, &value), HUSK_OK);
    assert_int_equal(value, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_in_another_cpus_list_register__is_read_exactly),
        cmocka_unit_test(state_written_over_another_cpus_list_register__takes_effect),
        cmocka_unit_test(dir_of_what_another_cpu_took__deactivates_it),
        cmocka_unit_test(access_that_concerns_no_other_cpu__is_done_at_once),
        cmocka_unit_test(private_bank_of_another_vcpu__is_reached_too),
        cmocka_unit_test(two_that_wait_for_each_other__both_come_through),
        cmocka_unit_test(access_that_is_given_up__lets_go),
        cmocka_unit_test(held_vcpu__may_be_saved_and_loaded),
        cmocka_unit_test(eois_counted_before_it_is_held__are_counted_once),
        cmocka_unit_test(linked_interrupt_taken_again_by_another_cpu__is_still_linked),
        cmocka_unit_test(active_interrupt_routed_elsewhere__kicks_nobody_while_active),
        cmocka_unit_test(reserved_register_of_eight_bytes__is_in_reach),
        cmocka_unit_test(two_cpus_at_once__never_wait_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
