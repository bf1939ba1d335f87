// SPDX-License-Identifier: Apache-2.0
#include "vgic_rig.h"

#define SGI0 UINT64_C(0x10000)

static void start_linked(void)
{
    rig_start(2, 4, 0);
    assert_int_equal(husk_vgic_link_hw(rig.v, 0, 27, 30), HUSK_OK);
    assert_int_equal(husk_vgic_link_hw(rig.v, 0, 50, 150), HUSK_OK);
    wr(GICR, SGI0 + 0x100, 1u << 27);
}

/* As hv does for a PPI of the vCPU that it interrupts. */
static uint32_t tick(unsigned intid)
{
    bool done;

    husk_vgic_unlock(rig.v);
    done = husk_vgic_v3_repeat(intid, &rig.vgic, 0) == HUSK_VGIC_INTID_NONE;
    rig.v = husk_vgic_lock(&rig.vgic); /* spins for ever if it was not given back */
    if (done) {
        return 0;
    }
    husk_vgic_inject_hw(rig.v, 0, intid);
    return husk_vgic_flush(rig.v, 0);
}

static void fire(unsigned intid, unsigned physical)
{
    rig.ich.physical_active[physical] = true;
    if (intid < 32) {
        (void)tick(intid);
    } else {
        husk_vgic_inject_hw(rig.v, 0, intid);
    }
}

static void linked_interrupt__is_deactivated_by_the_guest_alone(void **state)
{
    unsigned i;

    (void)state;
    start_linked();
    for (i = 0; i < 3; i++) {
        fire(27, 30);
        (void)enter();
        assert_int_equal(listed(27), UINT64_C(0x6000001e0000001b));
        assert_int_equal(rd(GICR, SGI0 + 0x200), 1u << 27);
        assert_int_equal(ack(), 27);
        assert_int_equal(rd(GICR, SGI0 + 0x200), 0);
        fake_ich_eoi(&rig.ich, 27);
        assert_false(rig.ich.physical_active[30]);
        assert_int_equal(fake_ich_misr(&rig.ich), 0);
    }
    assert_int_equal(rig.ich.dir_count, 0);
}

/* A list register with HW would have the guest deactivate whatever it names. */
static void interrupt_that_is_not_linked__is_injected_without_a_physical_one(void **state)
{
    (void)state;
    start_linked();
    wr(GICD, 0x104, 2);
    husk_vgic_inject_hw(rig.v, 0, 33);
    (void)enter();
    assert_int_equal(listed(33), UINT64_C(0x4000000000000021));
    assert_int_equal(ack(), 33);
    wr(GICD, 0x384, 2);
    assert_int_equal(rig.ich.dir_count, 0);
}

static void linked_interrupt_again__costs_one_list_register_write(void **state)
{
    unsigned writes;

    (void)state;
    start_linked();
    fire(27, 30);
    (void)enter();
    assert_int_equal(ack(), 27);
    fake_ich_eoi(&rig.ich, 27);
    writes = rig.ich.lr_writes;
    fire(27, 30);
    (void)enter();
    assert_int_equal(rig.ich.lr_writes - writes, 1);
    assert_int_equal(rd(GICR, SGI0 + 0x200), 1u << 27);
    assert_int_equal(ack(), 27);
}

static void device_again__costs_one_list_register_write(void **state)
{
    unsigned writes;

    (void)state;
    start_linked();
    arm(50, 0x80);
    (void)enter();
    assert_int_equal(ack(), 50);
    fake_ich_eoi(&rig.ich, 50);
    fire(50, 150); /* the first is chosen */
    (void)enter();
    assert_int_equal(ack(), 50);
    assert_false(rig.vcpus[0].dirty);
    fire(50, 150); /* while the guest has not finished the one before */
    (void)enter();
    fake_ich_eoi(&rig.ich, 50);
    (void)enter();
    assert_int_equal(ack(), 50);
    fake_ich_eoi(&rig.ich, 50);
    fire(50, 150);
    (void)enter();
    assert_int_equal(ack(), 50);
    fake_ich_eoi(&rig.ich, 50);
    writes = rig.ich.lr_writes;
    fire(50, 150);
    assert_false(rig.vcpus[0].dirty);
    assert_int_equal(rig.ich.lr_writes - writes, 1);
    assert_int_equal(listed(50) & ~(UINT64_C(1) << 60), UINT64_C(0x6080009600000032));
    assert_int_equal(ack(), 50);
    fake_ich_eoi(&rig.ich, 50);
    assert_false(rig.ich.physical_active[150]);
}

/* The quick way changes the priority where it is listed; what was loaded there before is old. */
static void device_with_another_priority__has_it_again(void **state)
{
    (void)state;
    start_linked();
    arm(50, 0x80);
    fire(50, 150);
    (void)enter();
    assert_true(husk_vgic_poke(rig.v, 0, 0x400 + 48, 4, 0x00300000));
    assert_int_equal(listed(50) >> 48 & 0xff, 0x30);
    assert_int_equal(ack(), 50);
    fake_ich_eoi(&rig.ich, 50);
    fire(50, 150);
    (void)enter();
    assert_int_equal(listed(50) >> 48 & 0xff, 0x30);
    assert_int_equal(ack(), 50);
}

/* A list register of another CPU's is out of reach; so is one where it was delivered before. */
static void device_of_another_cpu__is_left_to_its_flush(void **state)
{
    (void)state;
    start_linked();
    arm(50, 0x80);
    fire(50, 150);
    (void)enter();
    assert_int_equal(ack(), 50);
    fake_ich_eoi(&rig.ich, 50);
    rig.vcpus[0].cpu ^= 1; /* it runs elsewhere now */
    fire(50, 150);
    assert_true(rig.vcpus[0].dirty);
    rig.vcpus[0].cpu ^= 1;
    (void)enter();
    assert_int_equal(ack(), 50);
}

static void tick_while_pending_or_active__is_delivered_after_the_first(void **state)
{
    (void)state;
    start_linked();
    fire(27, 30);
    fire(27, 30); /* the guest has not looked at it */
    assert_int_equal(ack(), 27);
    assert_int_equal(ack(), FAKE_ICH_NONE);
    fire(27, 30); /* physically active twice: what a defect of the board could do */
    (void)enter();
    fake_ich_eoi(&rig.ich, 27);
    (void)enter();
    assert_int_equal(ack(), 27);
}

static void tick_with_work_for_a_flush__does_that_too(void **state)
{
    (void)state;
    start_linked();
    fire(27, 30);
    assert_int_equal(ack(), 27);
    fake_ich_eoi(&rig.ich, 27);
    wr(GICR, sgi_base(1, 0x80), 2);
    wr(GICR, sgi_base(1, 0x100), 2);
    husk_vgic_send_sgi(rig.v, 0, UINT64_C(0x1000002), true); /* INTID 1 to vCPU 1 */
    rig.vcpus[0].dirty = true;
    rig.ich.physical_active[30] = true;
    assert_int_equal(tick(27), 2);
    assert_false(rig.vcpus[0].dirty);
    assert_int_equal(ack(), 27);
}

static void line_of_a_fired_one_that_falls__takes_it_back(void **state)
{
    (void)state;
    start_linked();
    wr(GICR, SGI0 + 0x180, 1u << 27);
    fire(27, 30);
    fire(27, 30);
    husk_vgic_set_line(rig.v, 0, 27, true);
    assert_int_equal(rd(GICR, SGI0 + 0x200), 1u << 27);
    husk_vgic_set_line(rig.v, 0, 27, false);
    assert_int_equal(rd(GICR, SGI0 + 0x200), 0);
    assert_false(rig.ich.physical_active[30]);
}

/* The guest made it pending, then it fired too; the next one is nobody's but the line's. */
static void line_of_a_repeated_one_that_falls__takes_it_back(void **state)
{
    (void)state;
    start_linked();
    wr(GICR, SGI0 + 0x180, 1u << 27);
    wr(GICR, SGI0 + 0x200, 1u << 27);
    fire(27, 30);
    wr(GICR, SGI0 + 0x100, 1u << 27);
    (void)enter();
    assert_int_equal(ack(), 27);
    fake_ich_eoi(&rig.ich, 27);
    rig.ich.physical_active[30] = true;
    assert_int_equal(tick(27), 0);
    husk_vgic_set_line(rig.v, 0, 27, true);
    husk_vgic_set_line(rig.v, 0, 27, false);
    assert_int_equal(rd(GICR, SGI0 + 0x200), 0);
    assert_int_equal(ack(), FAKE_ICH_NONE);
}

static void line_of_one_the_guest_made_pending__may_fall(void **state)
{
    (void)state;
    start_linked();
    wr(GICR, SGI0 + 0x180, 1u << 27);
    fire(27, 30);
    husk_vgic_set_line(rig.v, 0, 27, true);
    wr(GICR, SGI0 + 0x200, 1u << 27);
    husk_vgic_set_line(rig.v, 0, 27, false);
    assert_int_equal(rd(GICR, SGI0 + 0x200), 1u << 27);
    wr(GICR, SGI0 + 0x280, 1u << 27);
    assert_int_equal(rd(GICR, SGI0 + 0x200), 0);
    assert_false(rig.ich.physical_active[30]);
    wr(GICR, SGI0 + 0x200, 1u << 27); /* before it fired */
    fire(27, 30);
    husk_vgic_set_line(rig.v, 0, 27, true);
    husk_vgic_set_line(rig.v, 0, 27, false);
    assert_int_equal(rd(GICR, SGI0 + 0x200), 1u << 27);
}

static void tick_of_a_withdrawn_one__needs_no_memory_of_it(void **state)
{
    (void)state;
    start_linked();
    fire(27, 30);
    wr(GICR, SGI0 + 0x280, 1u << 27); /* cleared by the guest: its list register is given back */
    assert_int_equal(ack(), FAKE_ICH_NONE);
    arm(40, 0x80); /* and taken by another */
    (void)enter();
    fire(27, 30);
    assert_int_equal(state_of(40), 1);
    assert_int_equal(state_of(27), 1);
}

static void linked_interrupt_again__is_active_for_it_again(void **state)
{
    (void)state;
    start_linked();
    fire(27, 30);
    (void)enter();
    assert_int_equal(ack(), 27);
    fake_ich_eoi(&rig.ich, 27);
    assert_int_equal(rd(GICR, SGI0 + 0x200), 0); /* the end has been seen */
    fire(27, 30);
    wr(GICR, SGI0 + 0x280, 1u << 27);
    assert_false(rig.ich.physical_active[30]);
}

static void linked_interrupt_again__gives_way_to_a_better_one_that_waits(void **state)
{
    (void)state;
    rig_start(1, 1, 0);
    assert_int_equal(husk_vgic_link_hw(rig.v, 0, 27, 30), HUSK_OK);
    wr(GICR, SGI0 + 0x100, 1u << 27);
    wr_size(GICR, SGI0 + 0x41b, 1, 0x20);
    fire(27, 30);
    arm(40, 0x80);
    (void)enter();
    assert_int_equal(ack(), 27);
    fake_ich_eoi(&rig.ich, 27);
    wr_size(GICR, SGI0 + 0x41b, 1, 0x20);
    wr_size(GICD, 0x400 + 40, 1, 0x10);
    fire(27, 30);
    (void)enter();
    assert_int_equal(ack(), 40);
}

static void linked_interrupt_while_disabled__waits_for_enable(void **state)
{
    (void)state;
    start_linked();
    wr(GICR, SGI0 + 0x180, 1u << 27);
    fire(27, 30);
    (void)enter();
    assert_int_equal(state_of(27), 0);
    assert_int_equal(rd(GICR, SGI0 + 0x200), 1u << 27);
    assert_true(rig.ich.physical_active[30]);
    wr(GICR, SGI0 + 0x100, 1u << 27);
    (void)enter();
    assert_int_equal(ack(), 27);
}

static void linked_state_ended_by_registers__deactivates_physically(void **state)
{
    (void)state;
    start_linked();
    fire(27, 30);
    (void)enter();
    wr(GICR, SGI0 + 0x280, 1u << 27); /* ICPENDR before the acknowledge */
    (void)enter();
    assert_false(rig.ich.physical_active[30]);
    assert_int_equal(rig.ich.dir_last, 30);
    wr(GICD, 0x104, 1u << 18);
    fire(50, 150);
    (void)enter();
    assert_int_equal(ack(), 50);
    wr(GICD, 0x284, 1u << 18); /* not pending any more: nothing to end */
    assert_true(rig.ich.physical_active[150]);
    wr(GICD, 0x384, 1u << 18); /* ICACTIVER */
    assert_false(rig.ich.physical_active[150]);
    assert_int_equal(rig.ich.dir_count, 2);
    assert_int_equal(rig.ich.dir_last, 150);
}

static void linked_level_lowered__is_withdrawn(void **state)
{
    (void)state;
    start_linked();
    husk_vgic_set_line(rig.v, 0, 27, true); /* seen by a read, signalled by the physical GIC */
    (void)enter();
    assert_int_equal(rd(GICR, SGI0 + 0x200), 1u << 27);
    assert_int_equal(ack(), FAKE_ICH_NONE);
    fire(27, 30);
    (void)enter();
    husk_vgic_set_line(rig.v, 0, 27, false);
    (void)enter();
    assert_int_equal(rd(GICR, SGI0 + 0x200), 0);
    assert_int_equal(ack(), FAKE_ICH_NONE);
    assert_false(rig.ich.physical_active[30]);
}

static void linked_pending_while_active__waits_without_hw(void **state)
{
    (void)state;
    start_linked();
    fire(27, 30);
    (void)enter();
    assert_int_equal(ack(), 27);
    wr(GICR, SGI0 + 0x200, 1u << 27);
    (void)enter();
    assert_int_equal(listed(27) >> 61, 4); /* active, not HW */
    fake_ich_eoi(&rig.ich, 27);
    assert_true(rig.ich.physical_active[30]);
    assert_int_equal(fake_ich_misr(&rig.ich), 1);
    (void)enter();
    assert_int_equal(listed(27) >> 61, 3); /* pending, HW */
    assert_int_equal(ack(), 27);
    fake_ich_eoi(&rig.ich, 27);
    assert_false(rig.ich.physical_active[30]);
}

static void linked_private_of_an_unloaded_vcpu__is_deactivated_at_load(void **state)
{
    (void)state;
    start_linked();
    fire(27, 30);
    husk_vgic_save(rig.v, 0);
    husk_vgic_load(rig.v, 1);
    wr(GICR, SGI0 + 0x280, 1u << 27);
    assert_true(rig.ich.physical_active[30]);
    husk_vgic_save(rig.v, 1);
    husk_vgic_load(rig.v, 0);
    assert_false(rig.ich.physical_active[30]);
}

/* Bit 9 of the physical INTID lies where EOI does with HW = 0. */
static void linked_interrupt__signals_no_end(void **state)
{
    (void)state;
    start_linked();
    assert_int_equal(husk_vgic_link_hw(rig.v, 0, 51, 600), HUSK_OK);
    wr(GICD, 0x84, 1u << 19);
    wr(GICD, 0x104, 1u << 19);
    fire(51, 600);
    (void)enter();
    assert_int_equal(listed(51) >> 32 & 0x1fff, 600);
    assert_int_equal(husk_vgic_work(&rig.vcpus[0]), 0);
}

/* What its line would make pending is not, once it is disabled. */
static void active_level_interrupt_while_disabled__signals_no_end(void **state)
{
    (void)state;
    start_linked();
    arm(60, 0x80);
    (void)enter();
    assert_int_equal(ack(), 60);
    husk_vgic_set_line(rig.v, 0, 60, true);
    wr(GICD, 0x184, 1u << 28);
    (void)enter();
    assert_int_equal(state_of(60), 2);
    assert_int_equal(husk_vgic_work(&rig.vcpus[0]), 0);
}

static void linked_interrupts_beside_the_border__keep_to_their_side(void **state)
{
    static const unsigned intids[] = { 16, 31, 32, 63, 64, 287 };
    size_t i;

    (void)state;
    rig_start(1, 4, 0);
    for (i = 0; i < HUSK_COUNT(intids); i++) {
        const unsigned vcpu = intids[i] < 32 ? 0 : 8; /* of no meaning for SPIs */
        const unsigned physical = 200 + (unsigned)i;

        assert_int_equal(husk_vgic_link_hw(rig.v, vcpu, intids[i], physical), HUSK_OK);
        arm(intids[i], 0x40 + 8 * (unsigned)i);
        (void)enter();
        assert_int_equal(ack(), intids[i]); /* by register: not HW */
        fake_ich_eoi(&rig.ich, intids[i]);
        rig.ich.physical_active[physical] = true;
        husk_vgic_inject_hw(rig.v, vcpu, intids[i]);
        (void)enter();
        assert_int_equal(listed(intids[i]) & ~(UINT64_C(1) << 60),
                         UINT64_C(0x6000000000000000) | (0x40 + 8 * i) << 48 |
                             (uint64_t)physical << 32 | intids[i]);
        assert_int_equal(ack(), intids[i]);
        fake_ich_eoi(&rig.ich, intids[i]);
        assert_false(rig.ich.physical_active[physical]);
        rig.ich.physical_active[physical] = true;
        husk_vgic_inject_hw(rig.v, vcpu, intids[i]);
        husk_vgic_set_line(rig.v, vcpu, intids[i], true);
        husk_vgic_set_line(rig.v, vcpu, intids[i], false);
        assert_false(rig.ich.physical_active[physical]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linked_interrupt__is_deactivated_by_the_guest_alone),
        cmocka_unit_test(interrupt_that_is_not_linked__is_injected_without_a_physical_one),
        cmocka_unit_test(linked_interrupt_again__costs_one_list_register_write),
        cmocka_unit_test(device_again__costs_one_list_register_write),
        cmocka_unit_test(device_with_another_priority__has_it_again),
        cmocka_unit_test(device_of_another_cpu__is_left_to_its_flush),
        cmocka_unit_test(tick_while_pending_or_active__is_delivered_after_the_first),
        cmocka_unit_test(tick_with_work_for_a_flush__does_that_too),
        cmocka_unit_test(tick_of_a_withdrawn_one__needs_no_memory_of_it),
        cmocka_unit_test(line_of_a_fired_one_that_falls__takes_it_back),
        cmocka_unit_test(line_of_a_repeated_one_that_falls__takes_it_back),
        cmocka_unit_test(line_of_one_the_guest_made_pending__may_fall),
        cmocka_unit_test(linked_interrupt_again__is_active_for_it_again),
        cmocka_unit_test(linked_interrupt_again__gives_way_to_a_better_one_that_waits),
        cmocka_unit_test(linked_interrupt_while_disabled__waits_for_enable),
        cmocka_unit_test(linked_state_ended_by_registers__deactivates_physically),
        cmocka_unit_test(linked_level_lowered__is_withdrawn),
        cmocka_unit_test(linked_pending_while_active__waits_without_hw),
        cmocka_unit_test(linked_private_of_an_unloaded_vcpu__is_deactivated_at_load),
        cmocka_unit_test(linked_interrupt__signals_no_end),
        cmocka_unit_test(active_level_interrupt_while_disabled__signals_no_end),
        cmocka_unit_test(linked_interrupts_beside_the_border__keep_to_their_side),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
