// SPDX-License-Identifier: Apache-2.0
#include "vgic_rig.h"

#define PENDING 1u
#define ACTIVE  2u
#define BOTH    3u

static void another_cpus_vcpu__is_kicked_once(void **state)
{
    (void)state;
    rig_start(2, 4, 0);
    husk_vgic_send_sgi(rig.v, 0, 0x03000002, true);
    assert_int_equal(enter(), 0); /* disabled there: nobody need look */
    wr(GICR, sgi_base(1, 0x100), 8);
    assert_int_equal(enter(), 2);
    assert_int_equal(enter(), 0);
    wr_size(GICD, 0x6140, 8, 1);
    arm(40, 0);
    assert_int_equal(enter(), 2);
    assert_int_equal(state_of(40), 0);
    wr_size(GICD, 0x6140, 8, 0);
    assert_int_equal(enter(), 0);
    assert_int_equal(state_of(40), PENDING);
}

static void interrupt_in_another_cpus_list_register__changes_at_its_flush(void **state)
{
    unsigned writes;

    (void)state;
    rig_start(2, 4, 0);
    load_other(4);
    wr(GICR, sgi_base(1, 0x100), 8);
    husk_vgic_send_sgi(rig.v, 0, 0x03000002, true);
    assert_int_equal(enter(), 2);
    assert_int_equal(rig.ich.lr[0], 0);
    on_other();
    assert_int_equal(husk_vgic_flush(rig.v, 1), 0);
    assert_int_equal(fake_ich_ack(&other, false), 3);
    on_first();
    husk_vgic_send_sgi(rig.v, 0, 0x03000002, true); /* again, while active over there */
    assert_int_equal(enter(), 2);
    assert_int_equal(rd(GICR, sgi_base(1, 0x200)), 8);
    assert_int_equal(husk_vgic_flush(rig.v, 1), 2); /* on the wrong CPU: nothing, but to tell */
    rig.vgic.kick = 0;
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    assert_int_equal(other.lr[0] >> 62, BOTH);
    assert_false(rig.vcpus[1].dirty);
    fake_ich_eoi(&other, 3);
    assert_int_equal(fake_ich_ack(&other, false), 3);
    assert_int_equal(husk_vgic_flush(rig.v, 1), 0);
    assert_int_equal(rd(GICR, sgi_base(1, 0x200)), 0); /* once more, not for ever */
    on_first();
    wr(GICR, sgi_base(1, 0x180), 8);
    assert_int_equal(enter(), 2);
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    assert_int_equal(other.lr[0] >> 62, ACTIVE);
    on_first();
    husk_vgic_send_sgi(rig.v, 0, 0x03000002, true);
    wr(GICR, sgi_base(1, 0x280), 8);
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    on_first();
    assert_int_equal(rd(GICR, sgi_base(1, 0x200)), 0);
    wr_size(GICD, 0x6140, 8, 1);
    arm(40, 0);
    assert_int_equal(enter(), 2);
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    assert_int_equal(rig.vgic.spi[1].owner[8], 1);
    on_first();
    wr_size(GICD, 0x6140, 8, 0); /* rerouted while listed over there */
    assert_int_equal(enter(), 2);
    on_other();
    assert_int_equal(husk_vgic_flush(rig.v, 1), 1);
    on_first();
    (void)enter();
    assert_int_equal(state_of(40), PENDING);
    assert_int_equal(husk_vgic_link_hw(rig.v, 1, 27, 30), HUSK_OK);
    wr(GICR, sgi_base(1, 0x100), 1u << 27);
    on_other();
    other.physical_active[30] = true;
    husk_vgic_inject_hw(rig.v, 1, 27);
    (void)husk_vgic_flush(rig.v, 1);
    on_first();
    writes = rig.ich.lr_writes;
    husk_vgic_inject_hw(rig.v, 1, 27); /* told by the wrong CPU */
    assert_int_equal(enter(), 2);
    assert_int_equal(rig.ich.lr_writes, writes);
    assert_null(other.broken);
}

static unsigned send(uint64_t value)
{
    unsigned to;

    husk_vgic_unlock(rig.v);
    to = husk_vgic_v3_send(&rig.vgic, 0, value);
    rig.v = husk_vgic_lock(&rig.vgic); /* spins for ever if it was not given back */
    return to;
}

static bool take(void)
{
    bool done;

    on_other();
    husk_vgic_unlock(rig.v);
    done = husk_vgic_v3_take(&rig.vgic, 1);
    rig.v = husk_vgic_lock(&rig.vgic);
    return done;
}

/* SGI 3 of vCPU 1 has been in its list register, which is empty. */
static void start_quick(void)
{
    rig_start(2, 4, 0);
    load_other(4);
    wr(GICR, sgi_base(1, 0x100), 0x18);
    (void)enter();
    assert_int_equal(send(0x03000002), 1);
    assert_int_equal(rd(GICR, sgi_base(1, 0x200)), 8);
    assert_false(take()); /* not listed yet: a flush does it */
    assert_int_equal(husk_vgic_flush(rig.v, 1), 0);
    assert_int_equal(fake_ich_ack(&other, false), 3);
    fake_ich_eoi(&other, 3);
    on_first();
}

static void sgi_sent_the_quick_way__costs_one_list_register_write(void **state)
{
    unsigned writes;
    unsigned i;

    (void)state;
    start_quick();
    for (i = 0; i < 3; i++) {
        writes = other.lr_writes;
        assert_int_equal(send(0x03000002), 1);
        assert_int_equal(rig.vcpus[1].bank.repend, 8);
        assert_true(take());
        assert_int_equal(other.lr_writes - writes, 1);
        assert_int_equal(husk_vgic_flush(rig.v, 1), 0);
        assert_int_equal(other.lr_writes - writes, 1);
        assert_int_equal(fake_ich_ack(&other, false), 3);
        assert_int_equal(fake_ich_ack(&other, false), FAKE_ICH_NONE);
        fake_ich_eoi(&other, 3);
        on_first();
    }
}

static void sgi_sent_the_quick_way__leaves_what_else_is_due_to_a_flush(void **state)
{
    (void)state;
    start_quick();
    assert_int_equal(send(0x03000002), 1);
    assert_int_equal(send(0x04000002), 1);
    assert_false(take()); /* two of them */
    assert_int_equal(husk_vgic_flush(rig.v, 1), 0);
    assert_int_equal(fake_ich_ack(&other, false), 3);
    fake_ich_eoi(&other, 3);
    assert_int_equal(fake_ich_ack(&other, false), 4);
    fake_ich_eoi(&other, 4);
    on_first();
    assert_int_equal(send(0x03000002), 1);
    rig.vcpus[1].dirty = true;
    assert_false(take());
    assert_int_equal(husk_vgic_flush(rig.v, 1), 0);
    assert_int_equal(fake_ich_ack(&other, false), 3);
    on_first();
    assert_int_equal(send(0x03000002), 1);
    assert_false(take()); /* while active */
    assert_int_equal(husk_vgic_flush(rig.v, 1), 0);
    fake_ich_eoi(&other, 3);
    assert_int_equal(fake_ich_ack(&other, false), 3);
    fake_ich_eoi(&other, 3);
    assert_false(take()); /* nothing was sent */
    rig.vcpus[1].bank.repend = 1u << 16;
    rig.vcpus[1].bank.again[16] = 1;
    assert_false(take()); /* a PPI */
    on_first();
    assert_null(other.broken);
}

static void sgi_for_itself_or_several__is_not_sent_the_quick_way(void **state)
{
    static const uint64_t values[] = { 0x03000001,
                                       0x03000003,
                                       0x03000000,
                                       0x03000004,
                                       0x03010002,
                                       UINT64_C(0x10003000002),
                                       UINT64_C(0x10003000000) };
    unsigned i;

    (void)state;
    start_quick();
    for (i = 0; i < HUSK_COUNT(values); i++) {
        assert_int_equal(send(values[i]), HUSK_VGIC_VCPU_MAX);
        assert_int_equal(rig.vcpus[0].bank.repend | rig.vcpus[1].bank.repend, 0);
    }
}

/* Pending while active it is listed without HW; no register says that its end is near. */
static void withdraw_linked_spi(bool is_read)
{
    uint64_t value;

    rig_start(2, 4, 0);
    load_other(4);
    assert_int_equal(husk_vgic_link_hw(rig.v, 0, 40, 50), HUSK_OK);
    wr_size(GICD, 0x6000 + 8 * 40, 8, 1);
    wr(GICD, 0x104, 0x100);
    other.physical_active[50] = true;
    husk_vgic_inject_hw(rig.v, 0, 40);
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    assert_int_equal(fake_ich_ack(&other, false), 40);
    on_first();
    wr(GICD, 0x284, 0x100);
    assert_int_equal(rig.ich.dir_count, 0); /* active over there */
    wr(GICD, 0x204, 0x100);
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    assert_int_equal(other.lr[0] >> 61, ACTIVE << 1);
    on_first();
    wr(GICD, 0x284, 0x100);
    on_other();
    fake_ich_eoi(&other, 40);
    assert_true(other.physical_active[50]);
    if (is_read) { /* its guest looks before the flush */
        assert_int_equal(husk_vgic_read(rig.v, 1, HUSK_VGIC_GICD, 0x304, 4, &value), HUSK_OK);
        assert_int_equal(value, 0);
    }
    (void)husk_vgic_flush(rig.v, 1);
    assert_false(other.physical_active[50]);
    on_first();
}

static void linked_spi_withdrawn_on_another_cpu__is_deactivated_by_that_ones_flush(void **state)
{
    (void)state;
    withdraw_linked_spi(false);
}

static void linked_spi_withdrawn_on_another_cpu__is_deactivated_when_it_is_read(void **state)
{
    (void)state;
    withdraw_linked_spi(true);
}

static void poked_priority__is_not_where_another_vcpu_has_one_listed(void **state)
{
    (void)state;
    rig_start(2, 4, 0);
    load_other(4);
    wr_size(GICD, 0x6000 + 8 * 40, 8, 1);
    arm(40, 0x80);
    arm(64, 0x80); /* in that list register here */
    assert_int_equal(enter(), 2);
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    assert_int_equal((uint32_t)other.lr[0], 40);
    on_first();
    assert_false(husk_vgic_poke(rig.v, 0, 0x428, 4, 0x40));
    assert_int_equal(rd(GICD, 0x428) & 0xff, 0x80);
    assert_int_equal(listed(64) >> 48 & 0xff, 0x80);
}

static void sgi_to_a_vcpu_that_is_on_no_cpu__is_listed_when_it_is_loaded(void **state)
{
    (void)state;
    rig_start(2, 4, 0);
    wr(GICR, sgi_base(1, 0x100), 8);
    husk_vgic_send_sgi(rig.v, 0, 0x03000002, true);
    assert_int_equal(enter() & 2, 2);
    load_other(4);
    assert_int_equal(fake_ich_ack(&other, false), 3);
    assert_null(other.broken);
}

static void interrupt_made_active_here__stays_in_another_cpus_list_register(void **state)
{
    (void)state;
    rig_start(2, 4, 0);
    load_other(4);
    wr_size(GICD, 0x6140, 8, 1);
    arm(40, 0);
    assert_int_equal(enter(), 2);
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    on_first();
    wr_size(GICD, 0x6140, 8, 0); /* rerouted while listed over there */
    wr(GICD, 0x304, 0x100);
    assert_int_equal(rig.vgic.spi[1].owner[8], 1);
    assert_int_equal(enter(), 2);
}

/* It is neither pending nor active in memory: what has it is a list register over there. */
static void line_of_one_taken_on_another_cpu__falls_and_it_stays_active(void **state)
{
    (void)state;
    rig_start(2, 4, 0);
    load_other(4);
    wr_size(GICD, 0x6000 + 8 * 40, 8, 1);
    wr(GICD, 0x104, 0x100);
    husk_vgic_set_line(rig.v, 0, 40, true);
    assert_int_equal(enter(), 2);
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    assert_int_equal(fake_ich_ack(&other, false), 40);
    on_first();
    husk_vgic_set_line(rig.v, 0, 40, false);
    arm(64, 0x80); /* chosen from all there is */
    assert_int_equal(enter(), 2);
    assert_int_equal(state_of(64), PENDING);
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    assert_int_equal(other.lr[0] >> 62, ACTIVE);
    fake_ich_eoi(&other, 40);
    assert_null(other.broken);
    on_first();
}

static void poked_priority__is_not_where_another_vcpu_has_more_than_fit(void **state)
{
    (void)state;
    rig_start(2, 4, 0);
    load_other(4);
    on_first();
    for (unsigned intid = 88; intid < 93; intid++) {
        wr_size(GICD, 0x6000 + 8 * intid, 8, 1);
        arm(intid, 0x80);
    }
    arm(84, 0x80);
    (void)enter();
    assert_true(husk_vgic_poke(rig.v, 0, 0x454, 4, 0x10203040));
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    on_first();
    arm(86, 0x80);
    (void)enter();
    assert_false(husk_vgic_poke(rig.v, 0, 0x45c, 4, 0)); /* one waits, */
    assert_false(husk_vgic_poke(rig.v, 0, 0x454, 4, 0)); /* nothing of which is known here */
    assert_int_equal(rd(GICD, 0x45c), 0x80);
    wr(GICD, 0x188, UINT32_MAX);
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    on_first();
    assert_true(husk_vgic_poke(rig.v, 0, 0x45c, 4, 0));
}

/* INTIDs 40 to 43 are pending for vCPU 0, and not enabled. */
static void start_pending(void)
{
    rig_start(2, 2, 0);
    load_other(2);
    on_first();
    wr(GICD, 0x84, UINT32_MAX);
    wr(GICD, 0x428, 0x20304050);
    wr(GICD, 0x204, 0xf00);
    assert_int_equal(enter(), 0);
}

static void assert_not_enabled(void)
{
    assert_false(husk_vgic_poke(rig.v, 0, 0x104, 4, 0xf00));
    assert_int_equal(rig.vgic.spi[1].enabled, 0);
}

static void poked_enable_of_pending_ones__chooses_for_the_vcpu_they_lead_to(void **state)
{
    (void)state;
    start_pending();
    assert_true(husk_vgic_poke(rig.v, 0, 0x104, 4, 0x1700));
    assert_int_equal(rd(GICD, 0x104), 0x1700);
    assert_int_equal(rig.vgic.waits, 1);
    assert_int_equal(ack(), 42);
    start_pending();
    for (unsigned intid = 32; intid < 64; intid++) {
        wr_size(GICD, 0x6000 + 8 * intid, 8, 1);
    }
    on_other();
    assert_true(husk_vgic_poke(rig.v, 1, 0x104, 4, 0x1700));
    assert_int_equal(rig.vcpus[1].lr_used, 3);
    assert_int_equal(fake_ich_ack(&other, true), 42);
    on_first();
    assert_int_equal(ack(), FAKE_ICH_NONE);
    assert_int_equal(enter(), 0);
}

static void poked_enable_of_pending_ones__is_not_where_another_vcpu_is_concerned(void **state)
{
    (void)state;
    start_pending();
    for (unsigned intid = 32; intid < 64; intid++) { /* one of the word leads there */
        wr_size(GICD, 0x6000 + 8 * intid, 8, 1);
        assert_not_enabled();
        wr_size(GICD, 0x6000 + 8 * intid, 8, 0);
    }
    rig.vcpus[0].held_by = 2; /* list registers stay in memory */
    assert_not_enabled();
    rig.vcpus[0].held_by = 0;
    wr_size(GICD, 0x6000 + 8 * 40, 8, 1);
    wr(GICD, 0x304, 0x100);
    wr_size(GICD, 0x6000 + 8 * 40, 8, 0);
    assert_not_enabled(); /* active there, */
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    on_first();
    assert_int_equal(rig.vcpus[1].lr_used, 1);
    assert_not_enabled(); /* and in its list register */
    start_pending();
    arm(64, 0x80);
    (void)enter();
    assert_not_enabled(); /* others have a list register here */
    start_pending();
    assert_true(husk_vgic_poke(rig.v, 0, 0x104, 4, 0xf00));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_cpus_vcpu__is_kicked_once),
        cmocka_unit_test(interrupt_in_another_cpus_list_register__changes_at_its_flush),
        cmocka_unit_test(sgi_sent_the_quick_way__costs_one_list_register_write),
        cmocka_unit_test(sgi_sent_the_quick_way__leaves_what_else_is_due_to_a_flush),
        cmocka_unit_test(sgi_for_itself_or_several__is_not_sent_the_quick_way),
        cmocka_unit_test(linked_spi_withdrawn_on_another_cpu__is_deactivated_by_that_ones_flush),
        cmocka_unit_test(linked_spi_withdrawn_on_another_cpu__is_deactivated_when_it_is_read),
        cmocka_unit_test(poked_priority__is_not_where_another_vcpu_has_one_listed),
        cmocka_unit_test(sgi_to_a_vcpu_that_is_on_no_cpu__is_listed_when_it_is_loaded),
        cmocka_unit_test(interrupt_made_active_here__stays_in_another_cpus_list_register),
        cmocka_unit_test(line_of_one_taken_on_another_cpu__falls_and_it_stays_active),
        cmocka_unit_test(poked_priority__is_not_where_another_vcpu_has_more_than_fit),
        cmocka_unit_test(poked_enable_of_pending_ones__chooses_for_the_vcpu_they_lead_to),
        cmocka_unit_test(poked_enable_of_pending_ones__is_not_where_another_vcpu_is_concerned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
