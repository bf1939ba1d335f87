// SPDX-License-Identifier: Apache-2.0
#include "vgic_v2_rig.h"

struct row {
    const char *name;
    uint64_t offset;
    unsigned size;
    uint64_t reset, value, expected;
};

/* With two CPUs, seen by the first. */
static const struct row rows[] = {
    { "GICD_CTLR", 0x0, 4, 0, 0xffffffff, 0x3 },
    { "GICD_CTLR off", 0x0, 4, 0x3, 0, 0 },
    { "GICD_TYPER", 0x4, 4, 0x28, 0xffffffff, 0x28 },
    { "GICD_IIDR", 0x8, 4, 0x4800043b, 0, 0x4800043b },
    { "reserved", 0xc, 4, 0, 0xffffffff, 0 },
    { "reserved", 0x7c, 4, 0, 0xffffffff, 0 },
    { "GICD_IGROUPR0", 0x80, 4, 0, 0xffffffff, 0xffffffff },
    { "GICD_IGROUPR8", 0xa0, 4, 0, 0x12345678, 0x12345678 },
    { "GICD_IGROUPR9", 0xa4, 4, 0, 0xffffffff, 0 },
    { "GICD_ISENABLER0", 0x100, 4, 0xffff, 0x10000, 0x1ffff },
    { "GICD_ICENABLER0", 0x180, 4, 0x1ffff, 0xffffffff, 0xffff },
    { "GICD_ISENABLER1", 0x104, 4, 0, 0x80000001, 0x80000001 },
    { "GICD_ICENABLER1", 0x184, 4, 0x80000001, 1, 0x80000000 },
    { "GICD_ISPENDR0", 0x200, 4, 0, 0xffffffff, 0xffff0000 },
    { "GICD_ICPENDR0", 0x280, 4, 0xffff0000, 0x7fffffff, 0x80000000 },
    { "GICD_ISPENDR8", 0x220, 4, 0, 0xff, 0xff },
    { "GICD_ICPENDR8", 0x2a0, 4, 0xff, 0xf, 0xf0 },
    { "GICD_ISACTIVER0", 0x300, 4, 0, 0x10001, 0x10001 },
    { "GICD_ICACTIVER0", 0x380, 4, 0x10001, 0x1, 0x10000 },
    { "GICD_ISACTIVER3", 0x30c, 4, 0, 0xf, 0xf },
    { "GICD_ICACTIVER3", 0x38c, 4, 0xf, 0x3, 0xc },
    { "GICD_IPRIORITYR0", 0x400, 4, 0, 0x12345678, 0x10305078 },
    { "GICD_IPRIORITYR byte", 0x41f, 1, 0, 0xff, 0xf8 },
    { "GICD_IPRIORITYR71", 0x51c, 4, 0, 0xffffffff, 0xf8f8f8f8 },
    { "GICD_IPRIORITYR72", 0x520, 4, 0, 0xffffffff, 0 },
    { "GICD_IPRIORITYR255", 0x7fc, 4, 0, 0xffffffff, 0 },
    { "GICD_ITARGETSR0", 0x800, 4, 0x01010101, 0xffffffff, 0x01010101 },
    { "GICD_ITARGETSR7", 0x81c, 4, 0x01010101, 0, 0x01010101 },
    { "GICD_ITARGETSR7 byte", 0x81f, 1, 0x01, 0xff, 0x01 },
    { "GICD_ITARGETSR8", 0x820, 4, 0, 0xffffffff, 0x03030303 },
    { "GICD_ITARGETSR8 byte", 0x822, 1, 0x03, 0xfe, 0x02 },
    { "GICD_ITARGETSR8 word", 0x820, 4, 0x03020303, 0x04000201, 0x00000201 },
    { "GICD_ITARGETSR71", 0x91c, 4, 0, 0x01020301, 0x01020301 },
    { "GICD_ITARGETSR72", 0x920, 4, 0, 0xffffffff, 0 },
    { "GICD_ICFGR0", 0xc00, 4, 0xaaaaaaaa, 0, 0xaaaaaaaa },
    { "GICD_ICFGR1", 0xc04, 4, 0, 0xffffffff, 0xaaaaaaaa },
    { "GICD_ICFGR2", 0xc08, 4, 0, 0x80000002, 0x80000002 },
    { "GICD_ICFGR18", 0xc48, 4, 0, 0xffffffff, 0 },
    { "GICD_PPISR", 0xd00, 4, 0, 0xffffffff, 0 },
    { "GICD_NSACR", 0xe00, 4, 0, 0xffffffff, 0 },
    { "GICD_SGIR", 0xf00, 4, 0, 0x03000001, 0 },
    { "reserved", 0xf04, 4, 0, 0xffffffff, 0 },
    { "GICD_SPENDSGIR0", 0xf20, 4, 0, 0xff010203, 0x03010203 },
    { "GICD_CPENDSGIR0", 0xf10, 4, 0x03010203, 0x01000001, 0x02010202 },
    { "GICD_SPENDSGIR byte", 0xf2f, 1, 0, 0xff, 0x3 },
    { "GICD_CPENDSGIR byte", 0xf1f, 1, 0x3, 0x1, 0x2 },
    { "reserved", 0xf30, 4, 0, 0xffffffff, 0 },
    { "ICPIDR4", 0xfd0, 4, 0x4, 0, 0x4 },
    { "ICPIDR2", 0xfe8, 4, 0x2b, 0, 0x2b },
    { "ICCIDR3", 0xffc, 4, 0xb1, 0, 0xb1 },
    { "beyond", 0x1000, 4, 0, 0xffffffff, 0 },
    { "no IROUTER", 0x6100, 8, 0, 1, 0 },
};

static void each_register__reads_back_as_specified(void **state)
{
    size_t i;

    (void)state;
    start(2, 4);
    for (i = 0; i < HUSK_COUNT(rows); i++) {
        const struct row *r = &rows[i];
        uint64_t got = rd_size(r->offset, r->size);

        if (got != r->reset) {
            fail_msg("%s: %#llx before the write", r->name, (unsigned long long)got);
        }
        wr_size(r->offset, r->size, r->value);
        got = rd_size(r->offset, r->size);
        if (got != r->expected) {
            fail_msg("%s: %#llx after the write", r->name, (unsigned long long)got);
        }
    }
}

static void every_offset_and_size__is_answered(void **state)
{
    static const uint64_t refused[][2] = { { 0x0, 1 },   { 0x4, 8 },   { 0x104, 1 }, { 0x108, 8 },
                                           { 0x420, 2 }, { 0x820, 8 }, { 0xc08, 1 }, { 0xf00, 1 },
                                           { 0xf20, 2 }, { 0xfe8, 1 }, { 0x106, 4 }, { 0x400, 0 } };
    uint64_t value;
    uint64_t offset;
    unsigned size;
    size_t i;

    (void)state;
    start(8, 4);
    for (i = 0; i < HUSK_COUNT(refused); i++) {
        assert_int_equal(husk_vgic_read(rig.v, 0, HUSK_VGIC_GICD, refused[i][0],
                                        (unsigned)refused[i][1], &value),
                         HUSK_EINVAL);
    }
    for (offset = 0; offset < 0x2000; offset++) {
        for (size = 1; size <= 8; size *= 2) {
            (void)!husk_vgic_write(rig.v, 7, HUSK_VGIC_GICD, offset, size, UINT64_MAX);
            (void)!husk_vgic_read(rig.v, 7, HUSK_VGIC_GICD, offset, size, &value);
        }
    }
    assert_int_equal(husk_vgic_read(rig.v, 7, HUSK_VGIC_GICR, 0x100, 4, &value), HUSK_OK);
    assert_int_equal(value, 0);
}

static void private_registers__are_banked_by_cpu(void **state)
{
    static const uint64_t offsets[] = { 0x80, 0x300, 0x400, 0xc04, 0xf20 };
    size_t i;

    (void)state;
    start(2, 4);
    for (i = 0; i < HUSK_COUNT(offsets); i++) {
        on(0);
        wr(offsets[i], 0x00020000);
        on(1);
        assert_int_equal(rd(offsets[i]), 0);
        on(0);
        assert_int_equal(rd(offsets[i]) & 0x20000, offsets[i] == 0x400 ? 0 : 0x20000);
    }
    on(1);
    assert_int_equal(rd(0x800), 0x02020202);
}

static void one_cpu__has_no_targets(void **state)
{
    (void)state;
    start(1, 4);
    assert_int_equal(rd(0x4), 0x8);
    assert_int_equal(rd(0x800), 0);
    wr(0x820, 0xffffffff);
    assert_int_equal(rd(0x820), 0);
    wr(0x0, 1);
    wr(0x104, 1);
    wr(0x204, 1);
    (void)enter();
    assert_int_equal(ack(), 32);
}

static void list_register__has_the_format_of_gich_lr(void **state)
{
    (void)state;
    start(2, 4);
    wr(0x0, 3);
    wr(0x104, 3);
    wr(0x84, 2);
    wr_size(0x421, 1, 0xa8);
    wr_size(0x821, 1, 1);
    wr_size(0x820, 1, 1);
    wr(0x204, 2);
    (void)enter();
    assert_int_equal(gich()->lr[0], 0x5a800021);
    assert_int_equal(husk_vgic_link_hw(rig.v, 0, 32, 1019), HUSK_OK);
    gich()->physical_active[1019] = true;
    husk_vgic_inject_hw(rig.v, 0, 32);
    (void)enter();
    assert_int_equal(gich()->lr[0], 0x900fec20);
    assert_int_equal(gich()->lr[1], 0x5a800021);
    assert_int_equal(ack(), 32);
    fake_gich_eoi(gich(), 32);
    assert_false(gich()->physical_active[1019]);
    gich()->physical_active[1019] = true;
    husk_vgic_inject_hw(rig.v, 0, 32);
    wr(0x284, 1);
    assert_int_equal(gich()->dir_count, 1);
    assert_false(gich()->physical_active[1019]);
    (void)enter();
}

static void tick__repeats_the_list_register(void **state)
{
    unsigned i;

    (void)state;
    start(1, 4);
    wr(0x0, 3);
    wr(0x100, 1u << 27);
    wr_size(0x41b, 1, 0x38);
    assert_int_equal(husk_vgic_link_hw(rig.v, 0, 27, 30), HUSK_OK);
    for (i = 0; i < 3; i++) {
        const unsigned writes = gich()->lr_writes;

        gich()->physical_active[30] = true;
        if (husk_vgic_v2_repeat(27, &rig.vgic, 0) == 27) {
            assert_int_equal(i, 0);
            husk_vgic_inject_hw(rig.v, 0, 27);
            (void)enter();
        }
        assert_int_equal(gich()->lr_writes - writes, 1);
        assert_int_equal(gich()->lr[0], 0x9380781b); /* HW, pending, 0x38, 30, 27 */
        assert_int_equal(rd(0x200), 1u << 27);
        assert_int_equal(ack(), 27);
        gich()->physical_active[30] = true;
        assert_int_equal(husk_vgic_v2_repeat(27, &rig.vgic, 0),
                         27); /* while active: not this way */
        husk_vgic_inject_hw(rig.v, 0, 27);
        (void)enter();
        assert_int_equal(rd(0x300), 1u << 27);
        fake_gich_eoi(gich(), 27);
        (void)enter();
        assert_int_equal(ack(), 27);
        fake_gich_eoi(gich(), 27);
        (void)enter();
        assert_int_equal(ack(), FAKE_GICH_NONE);
    }
    rig.vcpus[0].bank.raised = 0; /* as when the guest had made it pending too */
    gich()->physical_active[30] = true;
    assert_int_equal(husk_vgic_v2_repeat(27, &rig.vgic, 0), HUSK_VGIC_INTID_NONE);
    husk_vgic_set_line(rig.v, 0, 27, true);
    husk_vgic_set_line(rig.v, 0, 27, false); /* takes back what was injected */
    assert_int_equal(rd(0x200), 0);
}

static void level_line__is_looked_at_again_after_eoi(void **state)
{
    (void)state;
    start(1, 4);
    wr(0x0, 1);
    wr(0x104, 2);
    husk_vgic_set_line(rig.v, 0, 33, true);
    (void)enter();
    assert_int_equal(gich()->lr[0], 0x10080021);
    assert_int_equal(ack(), 33);
    fake_gich_eoi(gich(), 33);
    assert_int_equal(fake_gich_misr(gich()), 1);
    (void)enter();
    assert_int_equal(ack(), 33);
}

static void target__decides_who_gets_it(void **state)
{
    (void)state;
    start(4, 4);
    wr(0x0, 1);
    (void)enter();
    wr(0x104, 1);
    wr(0x204, 1);
    assert_int_equal(enter(), 0); /* to nobody after reset */
    assert_int_equal(rd(0x204), 1);
    wr_size(0x820, 1, 0xc); /* CPU 2 and 3: the lower one */
    assert_int_equal(enter(), 4);
    on(2);
    (void)enter();
    assert_int_equal(gich()->lr[0], 0x10000020);
    on(0);
    wr_size(0x820, 1, 0xf0); /* absent ones */
    assert_int_equal(enter(), 4);
    on(2);
    (void)enter();
    assert_int_equal(ack(), FAKE_GICH_NONE);
    on(0);
    wr_size(0x820, 1, 0x1);
    (void)enter();
    assert_int_equal(ack(), 32);
}

static void sgi__reaches_those_its_filter_names(void **state)
{
    static const struct {
        uint64_t value;
        unsigned targets;
    } cases[] = {
        { 0x00010005, 0x1 }, { 0x000a0005, 0xa }, { 0x00f00005, 0x0 }, { 0x00ff8005, 0xf },
        { 0x01000005, 0xd }, { 0x01020005, 0xd }, { 0x02000005, 0x2 }, { 0x03ff0005, 0x0 },
    };
    size_t i;
    unsigned vcpu;

    (void)state;
    for (i = 0; i < HUSK_COUNT(cases); i++) {
        start(4, 4);
        on(1);
        wr(0xf00, cases[i].value);
        for (vcpu = 0; vcpu < 4; vcpu++) {
            const bool wanted = (cases[i].targets >> vcpu & 1) != 0;

            on(vcpu);
            assert_int_equal(rd(0xf24), wanted ? 0x200 : 0);
            assert_int_equal(rd(0x200), wanted ? 0x20 : 0);
        }
    }
}

static void sgi_of_several_cpus__is_delivered_once_each(void **state)
{
    unsigned seen = 0;
    unsigned i;

    (void)state;
    start(4, 4);
    wr(0x0, 1);
    for (i = 1; i < 4; i++) {
        on(i);
        wr(0xf00, 0x00010003);
        wr(0xf00, 0x00010003); /* twice before it is taken: once */
    }
    on(0);
    assert_int_equal(rd(0xf20), 0x0e000000);
    (void)enter();
    for (i = 0; i < 3; i++) {
        const unsigned iar = ack();

        assert_int_equal(iar & 0x3ff, 3);
        seen |= 1u << (iar >> 10);
        assert_int_equal(rd(0xf20) >> 24, 0xe & ~seen);
        assert_int_equal(rd(0x300), 8);
        assert_int_equal(rd(0x200), i < 2 ? 8 : 0);
        fake_gich_eoi(gich(), iar);
        assert_int_equal(fake_gich_misr(gich()), i < 2 ? 1 : 0);
        (void)enter();
        assert_int_equal(rd(0x300), 0);
    }
    assert_int_equal(seen, 0xe);
    assert_int_equal(ack(), FAKE_GICH_NONE);
}

static void sgi_sent_the_quick_way__repeats_the_list_register_of_its_source(void **state)
{
    static const uint32_t long_ways[] = { 0x00030005, 0x00040005, 0x00000005, 0x01000005,
                                          0x03010005 };
    unsigned i;

    (void)state;
    start(2, 4);
    wr(0x0, 1);
    for (i = 0; i < HUSK_COUNT(long_ways); i++) {
        assert_int_equal(husk_vgic_v2_send(&rig.vgic, 0, long_ways[i]), HUSK_VGIC_VCPU_MAX);
    }
    for (i = 0; i < 4; i++) {
        const unsigned self = i == 3 ? 1 : 0; /* the last is vCPU 1's own */
        const unsigned writes = rig.gich[1].lr_writes;

        on(self);
        assert_int_equal(husk_vgic_v2_send(&rig.vgic, self, 0x00020005),
                         self == 1 ? HUSK_VGIC_VCPU_MAX : 1);
        on(1);
        if (self == 1) { /* another source than the list register's */
            wr(0xf00, 0x02000005);
        }
        assert_int_equal(husk_vgic_v2_take(&rig.vgic, 1), i == 1 || i == 2);
        assert_int_equal(rig.gich[1].lr_writes - writes, i == 0 || i == 3 ? 0 : 1);
        (void)enter();
        assert_int_equal(rd(0xf24), 0x100u << self);
        assert_int_equal(ack(), self << 10 | 5);
        assert_int_equal(ack(), FAKE_GICH_NONE);
        fake_gich_eoi(gich(), self << 10 | 5);
        if (i == 2) { /* of the two that were repeated nothing is left */
            wr(0xf14, 0);
            assert_int_equal(rd(0xf24), 0);
        }
    }
    assert_int_equal(husk_vgic_v2_send(&rig.vgic, 1, 0x02000005), 1); /* and again */
    assert_int_equal(ack(), 1 << 10 | 5);
}

static void sgi_sent_while_active__comes_after_with_its_own_source(void **state)
{
    unsigned round;

    (void)state;
    start(4, 4);
    wr(0x0, 1);
    wr(0xf00, 0x02000000);
    (void)enter();
    assert_int_equal(ack(), 0);
    for (round = 0; round < 3; round++) {
        on(2);
        wr(0xf00, 0x00010000); /* from CPU 2, while CPU 0 has it active */
        assert_int_equal(enter(), 1);
        on(0);
        assert_int_equal(rd(0xf20), 0x4);
        (void)enter();
        assert_int_equal(rd(0x300), 1);
        fake_gich_eoi(gich(), round == 0 ? 0 : 0x800);
        assert_int_equal(gich()->hcr >> 27, 0); /* the list register knew its source */
        (void)enter();
        assert_int_equal(ack(), 0x800);
        assert_int_equal(rd(0xf20), 0);
    }
}

static void withdrawn_source__leaves_the_others(void **state)
{
    (void)state;
    start(4, 4);
    wr(0x0, 1);
    wr(0xf20, 0x0600);
    (void)enter();
    wr(0xf10, 0x0200);
    (void)enter();
    assert_int_equal(ack(), 0x801);
    fake_gich_eoi(gich(), 0x801);
    wr(0xf20, 0x0400);
    wr(0xf10, 0xff00);
    (void)enter();
    assert_int_equal(rd(0x200), 0);
    assert_int_equal(ack(), FAKE_GICH_NONE);
}

static void saved_vcpu__resumes_where_it_was(void **state)
{
    (void)state;
    start(1, 4);
    wr(0x0, 1);
    wr(0x104, 3);
    wr(0x204, 3);
    (void)enter();
    assert_int_equal(ack(), 32);
    husk_vgic_save(rig.v, 0);
    assert_int_equal(gich()->hcr, 0);
    assert_int_equal(gich()->lr[0] | gich()->lr[1], 0);
    gich()->vmcr = gich()->apr = 0;
    husk_vgic_load(rig.v, 0);
    assert_int_equal(gich()->vmcr, 0xf8000003);
    assert_int_equal(gich()->apr, 1);
    assert_int_equal(gich()->hcr, 1);
    fake_gich_eoi(gich(), 32);
    assert_int_equal(ack(), 33);
    assert_null(gich()->broken);
}

static void more_than_fit__come_in_order_and_are_finished(void **state)
{
    unsigned i;

    (void)state;
    start(1, 2);
    wr(0x0, 1);
    for (i = 0; i < 8; i++) {
        wr_size(0x440 + i, 1, 0xa0 - 8 * i);
        wr(0x108, 1u << i);
        wr(0x208, 1u << i);
        (void)enter();
        assert_int_equal(ack(), 64 + i);
    }
    (void)enter();
    for (i = 8; i-- > 0;) {
        fake_gich_eoi(gich(), 64 + i);
        (void)enter();
        assert_int_equal(rd(0x308), (1u << i) - 1);
    }
}

static enum husk_err write_dir(uint64_t offset, unsigned size, uint64_t value)
{
    return husk_vgic_write(rig.v, rig.self, HUSK_VGIC_GICC, offset, size, value);
}

/* IHI 0048B 3.2.1 "Priority drop and interrupt deactivation": more are active than there are list
 * registers, and are deactivated in any order, each alone. */
static void dir__deactivates_what_it_names(void **state)
{
    static const unsigned order[] = { 2, 5, 0, 3, 1, 4 };
    uint32_t active = 0x3f;
    uint64_t value;

    (void)state;
    start(1, 2);
    gich()->vmcr |= 0x200;
    wr(0x0, 1);
    for (unsigned i = 0; i < 6; i++) {
        wr_size(0x440 + i, 1, 0x80);
        wr(0x108, 1u << i);
        wr(0x208, 1u << i);
        (void)enter();
        assert_int_equal(ack(), 64 + i);
        fake_gich_eoi(gich(), 64 + i);
    }
    assert_int_equal(rd(0x308), active);
    assert_int_equal(write_dir(0, 4, 288), HUSK_OK);
    assert_int_equal(write_dir(0, 4, 0xffffffff), HUSK_OK);
    assert_int_equal(write_dir(4, 4, 64), HUSK_OK);
    assert_int_equal(write_dir(0, 2, 64), HUSK_EINVAL);
    assert_int_equal(husk_vgic_read(rig.v, 0, HUSK_VGIC_GICC, 0, 4, &value), HUSK_OK);
    assert_int_equal(value, 0);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(rd(0x308), active);
        assert_int_equal(write_dir(0, 4, 64 + order[i]), HUSK_OK);
        (void)enter();
        active &= ~(1u << order[i]);
    }
    assert_int_equal(rd(0x308), 0);
    gich()->vmcr &= ~0x200u;
    wr(0x308, 1);
    assert_int_equal(write_dir(0, 4, 64), HUSK_OK); /* EOImode 0: ignored */
    assert_int_equal(rd(0x308), 1);
}

/* The same: an SPI may be deactivated by another CPU than the one that took it, an SGI not. */
static void dir_of_what_another_cpu_took__waits_for_its_list_register(void **state)
{
    (void)state;
    start(2, 4);
    rig.vgic.config.reach = husk_vgic_reach;
    wr(0x0, 1);
    on(1);
    gich()->vmcr |= 0x200;
    wr_size(0x440, 1, 0x80);
    wr_size(0x840, 1, 2);
    wr(0x108, 1);
    wr(0x208, 1);
    wr(0xf00, 0x02000003);
    (void)enter();
    assert_int_equal(ack(), 3 | 1 << 10);
    fake_gich_eoi(gich(), 3 | 1 << 10);
    assert_int_equal(ack(), 64);
    fake_gich_eoi(gich(), 64);
    on(0);
    gich()->vmcr |= 0x200;
    assert_int_equal(write_dir(0, 4, 3 | 1 << 10), HUSK_OK);
    assert_int_equal(write_dir(0, 4, 64 | 1 << 10), HUSK_EAGAIN);
    assert_int_equal(husk_vgic_flush(rig.v, 0), 2);
    on(1);
    assert_true(husk_vgic_serve(rig.v, 1));
    on(0);
    assert_int_equal(write_dir(0, 4, 64 | 1 << 10), HUSK_OK);
    on(1);
    (void)enter();
    assert_int_equal(rd(0x308), 0);
    assert_int_equal(rd(0x300), 1 << 3);
}

static void idle_flush__reads_nothing(void **state)
{
    unsigned reads;

    (void)state;
    start(1, 4);
    wr(0x0, 1);
    wr(0x104, 1);
    wr(0x204, 1);
    (void)enter();
    reads = gich()->lr_reads;
    rig.cpu[0].mmio = NULL; /* any access would abort */
    assert_int_equal(husk_vgic_flush(rig.v, 0), 0);
    assert_int_equal(gich()->lr_reads, reads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_register__reads_back_as_specified),
        cmocka_unit_test(every_offset_and_size__is_answered),
        cmocka_unit_test(private_registers__are_banked_by_cpu),
        cmocka_unit_test(one_cpu__has_no_targets),
        cmocka_unit_test(list_register__has_the_format_of_gich_lr),
        cmocka_unit_test(tick__repeats_the_list_register),
        cmocka_unit_test(sgi_sent_the_quick_way__repeats_the_list_register_of_its_source),
        cmocka_unit_test(level_line__is_looked_at_again_after_eoi),
        cmocka_unit_test(target__decides_who_gets_it),
        cmocka_unit_test(sgi__reaches_those_its_filter_names),
        cmocka_unit_test(sgi_of_several_cpus__is_delivered_once_each),
        cmocka_unit_test(sgi_sent_while_active__comes_after_with_its_own_source),
        cmocka_unit_test(withdrawn_source__leaves_the_others),
        cmocka_unit_test(saved_vcpu__resumes_where_it_was),
        cmocka_unit_test(more_than_fit__come_in_order_and_are_finished),
        cmocka_unit_test(dir__deactivates_what_it_names),
        cmocka_unit_test(dir_of_what_another_cpu_took__waits_for_its_list_register),
        cmocka_unit_test(idle_flush__reads_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
