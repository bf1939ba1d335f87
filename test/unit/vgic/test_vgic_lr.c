// SPDX-License-Identifier: Apache-2.0
#include "vgic_rig.h"

#define SGI0    UINT64_C(0x10000)
#define PENDING 1u
#define ACTIVE  2u
#define BOTH    3u

static void pending_interrupt__is_listed_with_group_and_priority(void **state)
{
    (void)state;
    rig_start(1, 4, 0);
    arm(40, 0xa8);
    assert_int_equal(state_of(40), 0);
    assert_int_equal(enter(), 0);
    assert_false(rig.vcpus[0].dirty);
    assert_int_equal(listed(40), UINT64_C(0x50a8000000000028));
    wr(GICD, 0x84, 0); /* group 0 */
    (void)enter();
    assert_int_equal(listed(40), UINT64_C(0x40a8000000000028));
    wr_size(GICD, 0x400 + 40, 1, 0x10);
    (void)enter();
    assert_int_equal(listed(40), UINT64_C(0x4010000000000028));
}

static void withdrawn_interrupt__leaves_its_list_register(void **state)
{
    static const struct {
        uint64_t offset, value;
    } ways[] = { { 0x184, 0x100 }, { 0x284, 0x100 }, { 0x6140, 0x5 }, { 0x0, 0x1 } };
    size_t i;

    (void)state;
    for (i = 0; i < HUSK_COUNT(ways); i++) {
        rig_start(1, 4, 0);
        arm(40, 0);
        (void)enter();
        assert_int_equal(state_of(40), PENDING);
        wr(GICD, ways[i].offset, ways[i].value);
        (void)enter();
        assert_int_equal(state_of(40), 0);
        assert_int_equal(ack(), FAKE_ICH_NONE);
        assert_int_equal(rd(GICD, 0x204), i == 1 ? 0 : 0x100);
    }
}

static void listed_interrupt__reads_what_the_guest_did(void **state)
{
    (void)state;
    rig_start(1, 4, 0);
    arm(40, 0);
    (void)enter();
    assert_int_equal(rd(GICD, 0x204), 0x100);
    assert_int_equal(rd(GICD, 0x304), 0);
    assert_int_equal(ack(), 40);
    assert_int_equal(rd(GICD, 0x204), 0);
    assert_int_equal(rd(GICD, 0x304), 0x100);
    wr(GICD, 0x204, 0x100);
    (void)enter();
    assert_int_equal(state_of(40), BOTH);
    assert_int_equal(rd(GICD, 0x204), 0x100);
    wr(GICD, 0x384, 0x100); /* ICACTIVER: pending remains */
    (void)enter();
    assert_int_equal(state_of(40), PENDING);
    wr(GICD, 0x304, 0x100);
    wr(GICD, 0x284, 0x100);
    (void)enter();
    assert_int_equal(state_of(40), ACTIVE);
    fake_ich_eoi(&rig.ich, 40);
    assert_int_equal(rd(GICD, 0x304), 0);
}

static void level_line__makes_pending_again_after_eoi(void **state)
{
    (void)state;
    rig_start(1, 4, 0);
    wr(GICD, 0x84, 2);
    wr(GICD, 0x104, 2);
    husk_vgic_set_line(rig.v, 0, 33, true);
    (void)enter();
    assert_int_equal(listed(33) >> 41 & 1, 1);
    assert_int_equal(ack(), 33);
    fake_ich_eoi(&rig.ich, 33);
    assert_int_equal(fake_ich_misr(&rig.ich), 1);
    (void)enter();
    assert_int_equal(fake_ich_misr(&rig.ich), 0);
    assert_int_equal(ack(), 33);
    assert_int_equal(rd(GICD, 0x204), 2); /* active and, by its line, pending */
    assert_int_equal(rd(GICD, 0x304), 2);
    assert_int_equal(state_of(33), BOTH);
    fake_ich_eoi(&rig.ich, 33);
    assert_int_equal(fake_ich_misr(&rig.ich), 0);
    assert_int_equal(ack(), 33);
    husk_vgic_set_line(rig.v, 0, 33, false);
    (void)enter();
    assert_int_equal(listed(33) >> 41 & 1, 0);
    assert_int_equal(rig.vcpus[0].lr_eoi, 0);
    fake_ich_eoi(&rig.ich, 33);
    assert_int_equal(fake_ich_misr(&rig.ich), 0);
    (void)enter();
    assert_int_equal(ack(), FAKE_ICH_NONE);
}

static void level_line_that_drops_before_ack__is_not_delivered(void **state)
{
    (void)state;
    rig_start(1, 4, 0);
    wr(GICD, 0x104, 2);
    husk_vgic_set_line(rig.v, 0, 33, true);
    (void)enter();
    assert_int_equal(rd(GICD, 0x204), 2);
    wr(GICD, 0x284, 2); /* ICPENDR does not reach the line */
    assert_int_equal(rd(GICD, 0x204), 2);
    husk_vgic_set_line(rig.v, 0, 33, false);
    assert_int_equal(rd(GICD, 0x204), 0);
    (void)enter();
    assert_int_equal(ack(), FAKE_ICH_NONE);
}

static void edge_line__latches_its_rise_only(void **state)
{
    (void)state;
    rig_start(1, 4, 0);
    wr(GICD, 0xc08, 0x8); /* 33: edge */
    wr(GICD, 0x104, 2);
    husk_vgic_set_line(rig.v, 0, 33, true);
    husk_vgic_set_line(rig.v, 0, 33, true);
    husk_vgic_set_line(rig.v, 0, 33, false);
    (void)enter();
    assert_int_equal(listed(33) >> 41 & 1, 0);
    assert_int_equal(ack(), 33);
    husk_vgic_set_line(rig.v, 0, 33, true); /* while active */
    (void)enter();
    assert_int_equal(state_of(33), BOTH);
    fake_ich_eoi(&rig.ich, 33);
    assert_int_equal(ack(), 33);
    fake_ich_eoi(&rig.ich, 33);
    assert_int_equal(ack(), FAKE_ICH_NONE);
}

static void more_pending_than_fit__come_in_order_of_priority(void **state)
{
    unsigned i;

    (void)state;
    rig_start(1, 4, 0);
    for (i = 0; i < 20; i++) {
        arm(64 + i, 0xa0 - 8 * i);
        (void)enter();
    }
    assert_int_equal(rig.ich.hcr & 0x400c, 0x8);
    for (i = 20; i-- > 0;) {
        assert_int_equal(ack(), 64 + i);
        fake_ich_eoi(&rig.ich, 64 + i);
        (void)enter();
    }
    assert_int_equal(ack(), FAKE_ICH_NONE);
    wr(GICD, 0x200 + 4, 1);
    (void)enter();
    assert_int_equal(rig.ich.hcr, 1);
    wr(GICD, 0x284, 1);
    wr(GICD, 0, 1);
    assert_int_equal(enter(), 0); /* it is this vCPU's own flush: nobody to kick */
    assert_int_equal(rig.vgic.busy, 0);
}

static void equal_priorities__come_in_order_of_intid(void **state)
{
    unsigned i;

    (void)state;
    rig_start(1, 4, 0);
    for (i = 12; i-- > 0;) {
        arm(64 + i, 0x80);
    }
    (void)enter();
    for (i = 0; i < 12; i++) {
        assert_int_equal(state_of(64 + i), i < 4 ? PENDING : 0);
        if (i < 4) {
            assert_int_equal((uint32_t)rig.ich.lr[i], 64 + i);
        }
    }
}

static void more_active_than_fit__are_finished_by_count(void **state)
{
    unsigned i;

    (void)state;
    rig_start(1, 2, 0);
    for (i = 0; i < 8; i++) {
        arm(64 + i, 0xa0 - 8 * i);
        (void)enter();
        assert_int_equal(ack(), 64 + i);
    }
    (void)enter();
    arm(80, 0);
    (void)enter();
    assert_int_equal(rig.ich.hcr & 0x4004, 0x4004);
    assert_int_equal(rd(GICD, 0x308), 0xff);
    for (i = 8; i-- > 0;) {
        fake_ich_eoi(&rig.ich, 64 + i);
        if (i % 2 == 0) {
            (void)enter();
        } else { /* switched away from before anybody looked */
            husk_vgic_save(rig.v, 0);
            husk_vgic_load(rig.v, 0);
        }
        assert_int_equal(rd(GICD, 0x308), (1u << i) - 1);
    }
}

static void eois_of_nothing__end_no_active_interrupt_but_those_that_exist(void **state)
{
    unsigned i;

    (void)state;
    rig_start(1, 2, 0);
    for (i = 0; i < 4; i++) {
        arm(64 + i, 0xa0 - 8 * i);
        (void)enter();
        assert_int_equal(ack(), 64 + i);
    }
    arm(80, 0);
    (void)enter();
    for (i = 0; i < 20; i++) {
        fake_ich_eoi(&rig.ich, 100 + i);
    }
    assert_int_equal(fake_ich_misr(&rig.ich) & 4, 4);
    (void)enter();
    assert_int_equal(fake_ich_misr(&rig.ich) & 4, 0);
    assert_int_equal(rd(GICD, 0x308), 0x8); /* the one in a list register */
}

static void has_pending__sees_what_would_be_signalled(void **state)
{
    (void)state;
    rig_start(1, 4, 0);
    assert_false(husk_vgic_has_pending(rig.v, 0));
    arm(40, 0);
    (void)enter();
    assert_true(husk_vgic_has_pending(rig.v, 0));
    assert_int_equal(ack(), 40);
    assert_false(husk_vgic_has_pending(rig.v, 0));
    wr(GICD, 0x204, 0x100); /* pending and active */
    (void)enter();
    assert_false(husk_vgic_has_pending(rig.v, 0));
    fake_ich_eoi(&rig.ich, 40);
    assert_true(husk_vgic_has_pending(rig.v, 0));
}

static void active_by_register__is_listed_where_it_would_be_delivered(void **state)
{
    (void)state;
    rig_start(2, 4, 0);
    wr_size(GICD, 0x6108, 8, 1);     /* 33: vCPU 1 */
    wr_size(GICD, 0x6110, 8, 0x700); /* 34: nobody, so vCPU 0 */
    wr(GICD, 0x304, 0xf);
    assert_int_equal(enter(), 2);
    assert_int_equal(state_of(32), ACTIVE);
    assert_int_equal(state_of(33), 0);
    assert_int_equal(state_of(34), ACTIVE);
    assert_int_equal(state_of(35), ACTIVE);
    wr_size(GICD, 0x6118, 8, 1); /* rerouted: its end is still due here */
    wr(GICD, 0x304, 0x8);
    (void)enter();
    assert_int_equal(state_of(35), ACTIVE);
    husk_vgic_save(rig.v, 0);
    husk_vgic_load(rig.v, 1);
    assert_int_equal(state_of(33), ACTIVE);
    assert_int_equal(state_of(35), 0);
}

static void trapped_dir__deactivates_what_has_no_list_register(void **state)
{
    unsigned i;

    (void)state;
    rig_start(1, 2, 0);
    rig.ich.vmcr |= 0x200;
    for (i = 0; i < 6; i++) {
        arm(64 + i, 0x80);
        (void)enter();
        assert_int_equal(ack(), 64 + i);
        fake_ich_eoi(&rig.ich, 64 + i);
    }
    arm(90, 0x80);
    (void)enter();
    for (i = 0; i < 6; i++) {
        if (!fake_ich_dir(&rig.ich, 64 + i)) {
            assert_int_equal(husk_vgic_write(rig.v, 0, HUSK_VGIC_GICC, 0, 4, 64 + i), HUSK_OK);
        }
        (void)enter();
        assert_int_equal(rd(GICD, 0x308) & 0x3f, 0x3f & ~((2u << i) - 1));
    }
    assert_int_equal(rig.ich.hcr, 1);
    wr(GICD, 0x308, 1);
    wr(GICR, SGI0 + 0x300, 1);
    assert_int_equal(husk_vgic_write(rig.v, 0, HUSK_VGIC_GICC, 0, 4, 288), HUSK_OK);
    assert_int_equal(husk_vgic_write(rig.v, 0, HUSK_VGIC_GICC, 0, 4, 0xffffffffffffff), HUSK_OK);
    assert_int_equal(rd(GICR, SGI0 + 0x300), 1);
    assert_int_equal(rd(GICD, 0x308), 1);
    rig.ich.vmcr &= ~0x200u;
    assert_int_equal(husk_vgic_write(rig.v, 0, HUSK_VGIC_GICC, 0, 4, 64),
                     HUSK_OK); /* EOImode 0: ignored */
    assert_int_equal(rd(GICD, 0x308) & 1, 1);
}

/* With EOImode 1 an EOI is counted all the same where its interrupt was moved out of the list
 * registers since it was acknowledged. It ends none. */
static void priority_drop_of_an_unlisted__ends_no_active_interrupt(void **state)
{
    unsigned i;

    (void)state;
    rig_start(1, 2, 0);
    rig.ich.vmcr |= 0x200;
    for (i = 0; i < 6; i++) {
        arm(64 + i, 0x80 + 8 * i);
        (void)enter();
        assert_int_equal(ack(), 64 + i);
        arm(90, 0xf0); /* worse: chosen anew, and the last acknowledged is the worst active one */
        (void)enter();
        fake_ich_eoi(&rig.ich, 64 + i);
        if (i % 2 == 0) {
            (void)enter();
        } else {
            husk_vgic_save(rig.v, 0);
            husk_vgic_load(rig.v, 0);
        }
        assert_int_equal(rd(GICD, 0x308) & 0x3f, (2u << i) - 1);
    }
    assert_int_equal(state_of(69), 0);
}

static void disabled_group_that_fills_all__gives_way(void **state)
{
    unsigned i;

    (void)state;
    rig_start(1, 2, 0);
    rig.ich.vmcr &= ~1u;
    for (i = 0; i < 4; i++) {
        wr_size(GICD, 0x400 + 64 + i, 1, 0);
    }
    wr(GICD, 0x108, 0xf);
    wr(GICD, 0x208, 0xf); /* group 0, best priority */
    arm(50, 0x80);
    (void)enter();
    assert_int_equal(ack(), 50);
    rig.ich.vmcr |= 1;
    assert_int_equal(fake_ich_misr(&rig.ich) & 0x10, 0x10);
    (void)enter();
    assert_int_equal(ack() / 4, 16);
    rig.ich.vmcr &= ~1u;
    assert_int_equal(fake_ich_misr(&rig.ich) & 0x20, 0x20);
    rig.ich.vmcr ^= 3; /* group 0 on, group 1 off */
    (void)enter();
    assert_int_equal(fake_ich_misr(&rig.ich), 0);
    assert_int_equal(rig.ich.hcr & 0xf0, 0x40); /* no word of group 0: none of it is missed */
    rig.ich.vmcr |= 2;
    assert_int_equal(fake_ich_misr(&rig.ich), 0x40);
    (void)enter();
    rig.ich.vmcr &= ~2u;
    assert_int_equal(fake_ich_misr(&rig.ich), 0x80);
}

static void idle_flush__touches_no_list_register(void **state)
{
    unsigned writes;
    unsigned reads;

    (void)state;
    rig_start(1, 4, 0);
    wr(GICD, 0x108, 1);
    husk_vgic_set_line(rig.v, 0, 64, true); /* listed, and its end will be signalled */
    (void)enter();
    writes = rig.ich.lr_writes;
    reads = rig.ich.lr_reads;
    wr(GICD, 0x104, 0xffffffff); /* idle interrupts */
    wr(GICD, 0x420, 0x80808080);
    (void)enter();
    assert_int_equal(rig.ich.lr_writes, writes);
    assert_int_equal(rig.ich.lr_reads, reads);
    assert_false(rig.vcpus[0].dirty);
}

static void saved_vcpu__resumes_where_it_was(void **state)
{
    unsigned bits;
    unsigned i;

    (void)state;
    for (bits = 5; bits <= 7; bits++) {
        rig_start(1, 4, 0);
        rig.ich.pre_bits = bits;
        arm(40, 0x80);
        arm(41, 0x40);
        (void)enter();
        assert_int_equal(ack(), 41);
        for (i = 0; i < 1u << (bits - 5); i++) {
            rig.ich.ap0r[i] = 0x100 + i;
            rig.ich.ap1r[i] = 0x200 + i;
        }
        husk_vgic_save(rig.v, 0);
        assert_int_equal(rig.ich.hcr, 0);
        for (i = 0; i < 4; i++) {
            rig.ich.ap0r[i] = rig.ich.ap1r[i] = rig.ich.lr[i] = 0;
        }
        rig.ich.vmcr = 0;
        assert_int_equal(rd(GICD, 0x204), 0x100);
        assert_int_equal(rd(GICD, 0x304), 0x200);
        husk_vgic_load(rig.v, 0);
        assert_int_equal(rig.ich.vmcr, 0xf8000003);
        assert_int_equal(rig.ich.hcr, 1);
        assert_int_equal(state_of(40), PENDING);
        assert_int_equal(state_of(41), ACTIVE);
        for (i = 0; i < 1u << (bits - 5); i++) {
            assert_int_equal(rig.ich.ap0r[i], 0x100 + i);
            assert_int_equal(rig.ich.ap1r[i], 0x200 + i);
        }
        assert_null(rig.ich.broken);
    }
}

static void sixteen_list_registers__are_all_used(void **state)
{
    unsigned i;

    (void)state;
    rig_start(1, 16, 0);
    for (i = 0; i < 16; i++) {
        arm(64 + i, 8 * i);
    }
    (void)enter();
    for (i = 0; i < 16; i++) {
        assert_int_equal(state_of(64 + i), PENDING);
    }
    assert_int_equal(rig.ich.hcr, 1);
}

static void route_to_nobody__keeps_it_pending(void **state)
{
    (void)state;
    rig_start(1, 4, 0);
    wr_size(GICD, 0x6140, 8, 1); /* vCPU 1 in other rigs */
    assert_int_equal(rig.vgic.spi[1].target[8], 0xff);
    arm(40, 0);
    assert_int_equal(enter(), 0);
    assert_int_equal(rd(GICD, 0x204), 0x100);
    assert_int_equal(state_of(40), 0);
    wr(GICD, 0x304, 0x100);
    (void)enter();
    assert_int_equal(rd(GICD, 0x304), 0x100);
    assert_int_equal(state_of(40), ACTIVE); /* vCPU 0 is to end it */
    wr(GICD, 0x384, 0x100);
    wr(GICD, 0x6140, 0);
    (void)enter();
    assert_int_equal(ack(), 40);
}

static jmp_buf caught;

static void on_assert(const char *what)
{
    (void)what;
    longjmp(caught, 1);
}

static void broken_bookkeeping__is_asserted(void **state)
{
    (void)state;
    rig_start(1, 4, 0);
    rig.vcpus[0].bank.in_lr = 1;
    rig_cpu.on_assert = on_assert;
    if (setjmp(caught) == 0) {
        (void)rd(GICR, SGI0 + 0x200);
        fail_msg("an interrupt in no list register was found");
    }
    rig_cpu.on_assert = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pending_interrupt__is_listed_with_group_and_priority),
        cmocka_unit_test(withdrawn_interrupt__leaves_its_list_register),
        cmocka_unit_test(listed_interrupt__reads_what_the_guest_did),
        cmocka_unit_test(level_line__makes_pending_again_after_eoi),
        cmocka_unit_test(level_line_that_drops_before_ack__is_not_delivered),
        cmocka_unit_test(edge_line__latches_its_rise_only),
        cmocka_unit_test(more_pending_than_fit__come_in_order_of_priority),
        cmocka_unit_test(equal_priorities__come_in_order_of_intid),
        cmocka_unit_test(more_active_than_fit__are_finished_by_count),
        cmocka_unit_test(eois_of_nothing__end_no_active_interrupt_but_those_that_exist),
        cmocka_unit_test(has_pending__sees_what_would_be_signalled),
        cmocka_unit_test(active_by_register__is_listed_where_it_would_be_delivered),
        cmocka_unit_test(trapped_dir__deactivates_what_has_no_list_register),
        cmocka_unit_test(priority_drop_of_an_unlisted__ends_no_active_interrupt),
        cmocka_unit_test(disabled_group_that_fills_all__gives_way),
        cmocka_unit_test(idle_flush__touches_no_list_register),
        cmocka_unit_test(saved_vcpu__resumes_where_it_was),
        cmocka_unit_test(sixteen_list_registers__are_all_used),
        cmocka_unit_test(route_to_nobody__keeps_it_pending),
        cmocka_unit_test(broken_bookkeeping__is_asserted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
