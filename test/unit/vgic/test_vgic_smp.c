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

/* Another CPU: its own list registers, its own MPIDR. */
static struct husk_fake other_cpu;
static struct fake_ich other;

static void on_other(void)
{
    husk_fake = &other_cpu;
}

static void on_first(void)
{
    husk_fake = &rig_cpu;
}

static void interrupt_in_another_cpus_list_register__changes_at_its_flush(void **state)
{
    unsigned writes;

    (void)state;
    rig_start(2, 4, 0);
    other = (struct fake_ich){ .lr_count = 4, .pre_bits = 5 };
    other_cpu.sysreg[HUSK_SYSREG_mpidr_el1] = 0x80000001;
    fake_ich_attach(&other, &other_cpu);
    on_other();
    husk_vgic_load(rig.v, 1);
    other.vmcr = 0xf8000003;
    on_first();
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
    assert_int_equal(husk_vgic_flush(rig.v, 1), 0); /* on the wrong CPU: nothing */
    rig.vgic.kick = 0;
    on_other();
    (void)husk_vgic_flush(rig.v, 1);
    assert_int_equal(other.lr[0] >> 62, BOTH);
    assert_int_equal(rig.vcpus[1].lr_stale, 0);
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
    assert_int_equal(rig.vgic.owner[40], 1);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_cpus_vcpu__is_kicked_once),
        cmocka_unit_test(interrupt_in_another_cpus_list_register__changes_at_its_flush),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
