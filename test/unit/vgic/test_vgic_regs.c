// SPDX-License-Identifier: Apache-2.0
#include "vgic_rig.h"

/* Each row: write `value`, read `expected` back. IHI 0069H register descriptions. */
struct row {
    const char *name;
    int frame;
    uint64_t offset;
    unsigned size;
    uint64_t reset, value, expected;
};

#define SGI0 UINT64_C(0x10000)
#define RD1  UINT64_C(0x20000)
#define SGI1 UINT64_C(0x30000)

static const struct row rows[] = {
    { "GICD_CTLR", GICD, 0x0, 4, 0x50, 0xffffffff, 0x53 },
    { "GICD_CTLR ARE and DS stay", GICD, 0x0, 4, 0x53, 0, 0x50 },
    { "GICD_CTLR group 0 alone", GICD, 0x0, 4, 0x50, 1, 0x51 },
    { "GICD_CTLR group 1 alone", GICD, 0x0, 4, 0x51, 2, 0x52 },
    { "GICD_TYPER", GICD, 0x4, 4, 0x03480008, 0, 0x03480008 },
    { "GICD_IIDR", GICD, 0x8, 4, 0x4800043b, 0, 0x4800043b },
    { "GICD_TYPER2", GICD, 0xc, 4, 0, 0xffffffff, 0 },
    { "GICD_STATUSR", GICD, 0x10, 4, 0, 0xffffffff, 0 },
    { "GICD_SETSPI_NSR", GICD, 0x40, 4, 0, 0x20, 0 },
    { "GICD_IGROUPR0 is RAZ/WI", GICD, 0x80, 4, 0, 0xffffffff, 0 },
    { "GICD_IGROUPR1", GICD, 0x84, 4, 0, 0xa5a5a5a5, 0xa5a5a5a5 },
    { "GICD_IGROUPR8", GICD, 0xa0, 4, 0, 0xffffffff, 0xffffffff },
    { "GICD_IGROUPR9 beyond", GICD, 0xa4, 4, 0, 0xffffffff, 0 },
    { "GICD_ISENABLER0 is RAZ/WI", GICD, 0x100, 4, 0, 0xffffffff, 0 },
    { "GICD_ISENABLER1", GICD, 0x104, 4, 0, 0x80000001, 0x80000001 },
    { "GICD_ISENABLER1 adds", GICD, 0x104, 4, 0x80000001, 0x10, 0x80000011 },
    { "GICD_ICENABLER1", GICD, 0x184, 4, 0x80000011, 0x80000000, 0x11 },
    { "GICD_ISENABLER9 beyond", GICD, 0x124, 4, 0, 0xffffffff, 0 },
    { "GICD_ISPENDR0 is RAZ/WI", GICD, 0x200, 4, 0, 0xffffffff, 0 },
    { "GICD_ISPENDR2", GICD, 0x208, 4, 0, 0x00ff0000, 0x00ff0000 },
    { "GICD_ICPENDR2", GICD, 0x288, 4, 0x00ff0000, 0x000f0000, 0x00f00000 },
    { "GICD_ISACTIVER0 is RAZ/WI", GICD, 0x300, 4, 0, 0xffffffff, 0 },
    { "GICD_ISACTIVER3", GICD, 0x30c, 4, 0, 0x3, 0x3 },
    { "GICD_ICACTIVER3", GICD, 0x38c, 4, 0x3, 0x1, 0x2 },
    { "GICD_IPRIORITYR0 is RAZ/WI", GICD, 0x400, 4, 0, 0xffffffff, 0 },
    { "GICD_IPRIORITYR8", GICD, 0x420, 4, 0, 0xff0780ff, 0xf80080f8 },
    { "GICD_IPRIORITYR byte", GICD, 0x421, 1, 0x80, 0x1ff, 0xf8 },
    { "GICD_IPRIORITYR its word", GICD, 0x420, 4, 0xf800f8f8, 0, 0 },
    { "GICD_IPRIORITYR71", GICD, 0x51c, 4, 0, 0x08101820, 0x08101820 },
    { "GICD_IPRIORITYR72 beyond", GICD, 0x520, 4, 0, 0xffffffff, 0 },
    { "GICD_ITARGETSR8", GICD, 0x820, 4, 0, 0xffffffff, 0 },
    { "GICD_ITARGETSR8 byte", GICD, 0x820, 1, 0, 0xff, 0 },
    { "GICD_ICFGR0 is RAZ/WI", GICD, 0xc00, 4, 0, 0xffffffff, 0 },
    { "GICD_ICFGR1 is RAZ/WI", GICD, 0xc04, 4, 0, 0xffffffff, 0 },
    { "GICD_ICFGR2", GICD, 0xc08, 4, 0, 0xffffffff, 0xaaaaaaaa },
    { "GICD_ICFGR2 back", GICD, 0xc08, 4, 0xaaaaaaaa, 0x40000002, 0x00000002 },
    { "GICD_ICFGR3", GICD, 0xc0c, 4, 0, 0x88888888, 0x88888888 },
    { "GICD_ICFGR18 beyond", GICD, 0xc48, 4, 0, 0xffffffff, 0 },
    { "GICD_IGRPMODR1", GICD, 0xd04, 4, 0, 0xffffffff, 0 },
    { "GICD_NSACR2", GICD, 0xe08, 4, 0, 0xffffffff, 0 },
    { "GICD_SGIR", GICD, 0xf00, 4, 0, 0x02000001, 0 },
    { "GICD_CPENDSGIR0", GICD, 0xf10, 1, 0, 0xff, 0 },
    { "GICD_IROUTER31 is RAZ/WI", GICD, 0x60f8, 8, 0, UINT64_MAX, 0 },
    { "GICD_IROUTER32", GICD, 0x6100, 8, 0, UINT64_MAX, 0xff00ffffff },
    { "GICD_IROUTER32 low", GICD, 0x6100, 4, 0xffffff, 0x80000001, 0x1 },
    { "GICD_IROUTER32 high", GICD, 0x6104, 4, 0xff, 0xfffffe02, 0x02 },
    { "GICD_IROUTER32 whole", GICD, 0x6100, 8, 0x200000001, 0, 0 },
    { "GICD_IROUTER287", GICD, 0x68f8, 8, 0, 0x100, 0x100 },
    { "GICD_IROUTER288 beyond", GICD, 0x6900, 8, 0, UINT64_MAX, 0 },
    { "GICD_IROUTER1019 beyond", GICD, 0x7fd8, 8, 0, UINT64_MAX, 0 },
    { "GICD 0x7fe0", GICD, 0x7fe0, 8, 0, UINT64_MAX, 0 },
    { "GICD reserved", GICD, 0x5000, 8, 0, UINT64_MAX, 0 },
    { "GICD_PIDR2", GICD, 0xffe8, 4, 0x3b, 0, 0x3b },
    { "GICD_PIDR3", GICD, 0xffec, 4, 0, 0, 0 },
    { "beyond GICD", GICD, 0x1ffe8, 4, 0, 0, 0 },
    { "GICR_CTLR", GICR, 0x0, 4, 0, 0xffffffff, 0 },
    { "GICR_IIDR", GICR, 0x4, 4, 0x4800043b, 0, 0x4800043b },
    { "GICR_TYPER", GICR, 0x8, 8, 0, UINT64_MAX, 0 },
    { "GICR_TYPER of vCPU 1", GICR, RD1 + 0x8, 8, 0x0000000100000100, 0, 0x0000000100000100 },
    { "GICR_TYPER low of vCPU 4", GICR, 4 * RD1 + 0x8, 4, 0x410, 0, 0x410 },
    { "GICR_TYPER high of vCPU 4", GICR, 4 * RD1 + 0xc, 4, 0x01000000, 0, 0x01000000 },
    { "GICR_TYPER high of vCPU 3", GICR, 3 * RD1 + 0xc, 4, 0x00010000, 0, 0x00010000 },
    { "GICR_STATUSR", GICR, 0x10, 4, 0, 0xffffffff, 0 },
    { "GICR_WAKER awake", GICR, 0x14, 4, 0x6, 0, 0 },
    { "GICR_WAKER asleep", GICR, 0x14, 4, 0, 0xffffffff, 0x6 },
    { "GICR_WAKER of vCPU 1", GICR, RD1 + 0x14, 4, 0x6, 0x4, 0 },
    { "GICR_PROPBASER", GICR, 0x70, 8, 0, UINT64_MAX, 0 },
    { "GICR_PIDR2", GICR, 0xffe8, 4, 0x3b, 0, 0x3b },
    { "GICR_PIDR2 of vCPU 1", GICR, RD1 + 0xffe8, 4, 0x3b, 0, 0x3b },
    { "GICR SGI_base PIDR2", GICR, SGI0 + 0xffe8, 4, 0, 0, 0 },
    { "beyond the last GICR", GICR, 5 * RD1 + 0xffe8, 4, 0, 0, 0 },
    { "far beyond the last GICR", GICR, UINT64_C(1) << 52, 4, 0, 0xff, 0 },
    { "GICR_IGROUPR0", GICR, SGI0 + 0x80, 4, 0, 0xffff0001, 0xffff0001 },
    { "GICR_IGROUPR1", GICR, SGI0 + 0x84, 4, 0, 0xffffffff, 0 },
    { "GICR_ISENABLER0", GICR, SGI0 + 0x100, 4, 0, 0x08000001, 0x08000001 },
    { "GICR_ISENABLER0 of vCPU 1", GICR, SGI1 + 0x100, 4, 0, 0x2, 0x2 },
    { "GICR_ICENABLER0", GICR, SGI0 + 0x180, 4, 0x08000001, 0x1, 0x08000000 },
    { "GICR_ISPENDR0", GICR, SGI0 + 0x200, 4, 0, 0x00010003, 0x00010003 },
    { "GICR_ICPENDR0", GICR, SGI0 + 0x280, 4, 0x00010003, 0x00010001, 0x2 },
    { "GICR_ISACTIVER0", GICR, SGI0 + 0x300, 4, 0, 0x80000001, 0x80000001 },
    { "GICR_ICACTIVER0", GICR, SGI0 + 0x380, 4, 0x80000001, 0x80000000, 0x1 },
    { "GICR_IPRIORITYR0", GICR, SGI0 + 0x400, 4, 0, 0x12345678, 0x10305078 },
    { "GICR_IPRIORITYR7", GICR, SGI0 + 0x41c, 4, 0, 0xffffffff, 0xf8f8f8f8 },
    { "GICR_IPRIORITYR byte", GICR, SGI1 + 0x41f, 1, 0, 0x88, 0x88 },
    { "GICR_IPRIORITYR8", GICR, SGI0 + 0x420, 4, 0, 0xffffffff, 0 },
    { "GICR_ICFGR0 is fixed", GICR, SGI0 + 0xc00, 4, 0xaaaaaaaa, 0, 0xaaaaaaaa },
    { "GICR_ICFGR1", GICR, SGI0 + 0xc04, 4, 0, 0xffffffff, 0xaaaaaaaa },
    { "GICR_ICFGR2", GICR, SGI0 + 0xc08, 4, 0, 0xffffffff, 0 },
    { "GICR_IGRPMODR0", GICR, SGI0 + 0xd00, 4, 0, 0xffffffff, 0 },
    { "GICR_NSACR", GICR, SGI0 + 0xe00, 4, 0, 0xffffffff, 0 },
    { "GICR SGI_base IROUTER", GICR, SGI0 + 0x6100, 8, 0, UINT64_MAX, 0 },
};

static void each_register__reads_back_as_specified(void **state)
{
    size_t i;

    (void)state;
    rig_start_reset(5, 4, 0);
    for (i = 0; i < HUSK_COUNT(rows); i++) {
        const struct row *r = &rows[i];
        uint64_t got = rd_size(r->frame, r->offset, r->size);

        if (got != r->reset) {
            fail_msg("%s: %#llx before the write", r->name, (unsigned long long)got);
        }
        wr_size(r->frame, r->offset, r->size, r->value);
        got = rd_size(r->frame, r->offset, r->size);
        if (got != r->expected) {
            fail_msg("%s: %#llx after the write", r->name, (unsigned long long)got);
        }
    }
}

static void refused_sizes__give_einval_and_change_nothing(void **state)
{
    static const struct {
        int frame;
        uint64_t offset;
        unsigned size;
    } bad[] = {
        { GICD, 0x0, 1 },          { GICD, 0x0, 2 },          { GICD, 0x0, 8 },
        { GICD, 0x1, 1 },          { GICD, 0x4, 1 },          { GICD, 0x8, 8 },
        { GICD, 0x104, 1 },        { GICD, 0x104, 2 },        { GICD, 0x108, 8 },
        { GICD, 0x422, 2 },        { GICD, 0x420, 8 },        { GICD, 0xc08, 1 },
        { GICD, 0xc08, 8 },        { GICD, 0x6100, 1 },       { GICD, 0x6100, 2 },
        { GICD, 0x6104, 8 },       { GICD, 0xffe8, 1 },       { GICD, 0xffe8, 8 },
        { GICD, 0x105, 4 },        { GICD, 0x106, 4 },        { GICD, 0x104, 0 },
        { GICD, 0x104, 3 },        { GICD, 0x100, 16 },       { GICD, 0x423, 2 },
        { GICR, 0x0, 8 },          { GICR, 0x8, 1 },          { GICR, 0x8, 2 },
        { GICR, 0xc, 1 },          { GICR, 0xc, 2 },          { GICR, 0x14, 1 },
        { GICR, 0x14, 2 },         { GICR, 0xffe8, 2 },       { GICR, SGI0 + 0x100, 1 },
        { GICR, SGI0 + 0x100, 8 }, { GICR, SGI0 + 0x400, 8 }, { GICR, SGI0 + 0x402, 2 },
        { GICR, SGI0 + 0xc04, 2 }, { GICR, SGI0 + 0x106, 4 },
    };
    static const uint64_t watched[] = { 0x0, 0x100, 0x104, 0x108, 0x420, 0xc08 };
    uint64_t value;
    size_t i;
    size_t j;

    (void)state;
    rig_start_reset(2, 4, 0);
    for (i = 0; i < HUSK_COUNT(bad); i++) {
        value = 0x77;
        assert_int_equal(husk_vgic_read(rig.v, 0, (enum husk_vgic_frame)bad[i].frame, bad[i].offset,
                                        bad[i].size, &value),
                         HUSK_EINVAL);
        assert_int_equal(value, 0);
        assert_int_equal(husk_vgic_write(rig.v, 0, (enum husk_vgic_frame)bad[i].frame,
                                         bad[i].offset, bad[i].size, UINT64_MAX),
                         HUSK_EINVAL);
    }
    for (j = 0; j < HUSK_COUNT(watched); j++) {
        assert_int_equal(rd(GICD, watched[j]), watched[j] == 0 ? 0x50 : 0);
    }
    assert_int_equal(rd(GICR, 0x14), 6);
    assert_int_equal(rd_size(GICD, 0x6100, 8), 0);
}

/* What husk_vgic_poke() says it has not done, it has not; what it has, is as husk_vgic_access()
 * does. */
static void poke__does_what_needs_nothing_else(void **state)
{
    static const struct {
        uint64_t offset;
        uint32_t value;
        bool done;
    } cases[] = {
        { 0x104, 0x10, true },       { 0x184, 0x30, true },        { 0x104, 0x2, true },
        { 0x104, 0x1, false },       { 0x104, 0x4, false },        { 0x104, 0x8, false },
        { 0x184, 0x2, false },       { 0x184, 0x1, true },         { 0x100, 0x10000, false },
        { 0x120, 1, true },          { 0x124, 1, false },          { 0x11c, 1, true },
        { 0x200, 1, false },         { 0x204, 0x100, false },      { 0x284, 0x30, true },
        { 0x284, 0x1, false },       { 0x284, 0x40, false },       { 0x304, 0x10, false },
        { 0x384, 0x30, true },       { 0x384, 0x8, false },        { 0x384, 0x2, false },
        { 0x84, 0x4f, true },        { 0x84, 0x4e, false },        { 0x84, 0x4b, false },
        { 0x84, 0x5f, true },        { 0x80, 1, false },           { 0xa4, 1, false },
        { 0x0, 0, false },           { 0x7c, 0, false },           { 0x384, 0, true },
        { 0x430, 0x5f6f7f8f, true }, { 0x420, 0x10203040, false }, { 0x41c, 0, false },
        { 0x51c, 0x10203040, true }, { 0x520, 0x10203040, false }, { 0x800, 0, true },
        { 0xbfc, 0x1020304, true },  { 0xc00, 0, false },          { 0xc04, 0, false },
        { 0xc08, 0, true },          { 0xc08, 0x2, false },        { 0xc0c, 0x55555555, true },
        { 0xc10, 0, true },          { 0xc14, 0, false },          { 0xd00, 0, false },
        { 0x1104, 1, false },        { 0x1430, 0, false },         { 0x10104, 1, false },
        { 0x6100, 0, false },
    };

    (void)state;
    rig_start(1, 4, 0);
    wr(GICD, 0x84, 0x4f);
    wr(GICD, 0x104, 0x40);
    wr(GICD, 0x204, 0x45); /* pending */
    wr(GICD, 0x304, 0x8);  /* active */
    wr(GICD, 0xc14, 0x2);  /* INTID 80 by edges */
    arm(33, 0x80);         /* in a list register */
    (void)enter();
    for (size_t i = 0; i < HUSK_COUNT(cases); i++) {
        const uint64_t offset = cases[i].offset, value = cases[i].value;
        const bool clears = (offset & 0x80) != 0 && offset >= 0x100 && offset < 0x400;
        const uint64_t read_at = clears ? offset & ~UINT64_C(0x80) : offset;
        const uint64_t before = rd(GICD, read_at);
        uint64_t wanted = before;

        if (cases[i].done && offset < 0x800) {
            wanted = offset >= 0x400  ? value & 0xf8f8f8f8
                     : offset < 0x100 ? value
                     : clears         ? before & ~value
                                      : before | value;
        }
        if (husk_vgic_poke(rig.v, 0, offset, 4, value) != cases[i].done ||
            rd(GICD, read_at) != wanted) {
            fail_msg("%#lx to offset %#lx", (unsigned long)value, (unsigned long)offset);
        }
    }
}

/* A route that is there already, wherever its interrupt is; of several CPUs nothing is decided
 * about targets. */
static void poked_route__is_done_where_it_changes_nothing(void **state)
{
    (void)state;
    rig_start(2, 4, 0);
    wr_size(GICD, 0x6000 + 8 * 33, 8, 1);
    arm(34, 0x80);
    (void)enter();
    assert_true(husk_vgic_poke(rig.v, 0, 0x6000 + 8 * 32, 8, 0));
    assert_true(husk_vgic_poke(rig.v, 0, 0x6000 + 8 * 33, 8, 1 | HUSK_BIT(31) | HUSK_BIT(40)));
    assert_true(husk_vgic_poke(rig.v, 0, 0x6000 + 8 * 34, 8, 0));
    assert_true(husk_vgic_poke(rig.v, 0, 0x6000 + 8 * 287, 8, 0));
    assert_false(husk_vgic_poke(rig.v, 0, 0x6000 + 8 * 33, 8, 0));
    assert_false(husk_vgic_poke(rig.v, 0, 0x6000 + 8 * 32, 8, HUSK_BIT(32)));
    assert_false(husk_vgic_poke(rig.v, 0, 0x6000 + 8 * 31, 8, 0));
    assert_false(husk_vgic_poke(rig.v, 0, 0x6000 + 8 * 288, 8, 0));
    assert_false(husk_vgic_poke(rig.v, 0, 0x5ff8, 8, 0));
    assert_false(husk_vgic_poke(rig.v, 0, 0x420, 8, 0));
    assert_false(husk_vgic_poke(rig.v, 0, 0x433, 1, 0));
    assert_false(husk_vgic_poke(rig.v, 0, 0x800, 4, 0));
    assert_int_equal(rd_size(GICD, 0x6000 + 8 * 33, 8), 1);
}

static void poked_priority__is_that_in_the_list_register_too(void **state)
{
    (void)state;
    rig_start(2, 4, 0);
    arm(70, 0x80);
    (void)enter();
    assert_int_equal(ack(), 70);
    assert_true(husk_vgic_poke(rig.v, 0, 0x444, 4, 0x10203040));
    assert_int_equal(listed(70) >> 48, 0x9020); /* active, group 1 */
    assert_int_equal(rd(GICD, 0x444), 0x10203040);
    arm(71, 0x80);
    (void)enter();
    assert_false(husk_vgic_poke(rig.v, 0, 0x444, 4, 0)); /* two at once */
    assert_int_equal(rd(GICD, 0x444), 0x80203040);
    for (unsigned intid = 100; intid < 116; intid += 4) {
        arm(intid, 0x40);
    }
    (void)enter();
    assert_int_not_equal(listed(100), 0);
    assert_false(husk_vgic_poke(rig.v, 0, 0x464, 4, 0)); /* others wait: it was chosen by it */
    husk_vgic_save(rig.v, 0);
    assert_true(husk_vgic_poke(rig.v, 0, 0x464, 4, 0)); /* nothing is chosen */
}

/* INTIDs 40 to 43 pending, the last one best. */
static void start_disabled(unsigned vcpus)
{
    rig_start(vcpus, 2, 0);
    wr(GICD, 0x84, 0xf00);
    wr(GICD, 0x428, 0x20304050);
    wr(GICD, 0x204, 0xf00);
    (void)enter();
}

static void poked_enable_of_pending_ones__chooses_from_them(void **state)
{
    (void)state;
    start_disabled(1);
    assert_true(husk_vgic_poke(rig.v, 0, 0x104, 4, 0x1700));
    assert_int_equal(rd(GICD, 0x104), 0x1700);
    assert_int_equal(ack(), 42);
    fake_ich_eoi(&rig.ich, 42);
    assert_int_equal(ack(), 41);
    (void)enter(); /* as NPIE asks for */
    assert_int_equal(ack(), FAKE_ICH_NONE);
    fake_ich_eoi(&rig.ich, 41);
    assert_int_equal(ack(), 40);
    assert_false(husk_vgic_poke(rig.v, 0, 0x104, 4, 0x800)); /* the best is active */
    start_disabled(2);
    wr_size(GICD, 0x6000 + 8 * 41, 8, 1);
    assert_false(husk_vgic_poke(rig.v, 0, 0x104, 4, 0x700)); /* one leads elsewhere */
    start_disabled(1);
    rig.ich.vmcr &= ~2u;
    wr(GICD, 0x104, 0x700);
    (void)enter();
    assert_int_equal(state_of(42), 0);                       /* wait for the group */
    assert_false(husk_vgic_poke(rig.v, 0, 0x104, 4, 0x800)); /* and are not forgotten */
    assert_int_equal(rd(GICD, 0x104), 0x700);
}

static void every_offset_and_size__is_answered(void **state)
{
    uint64_t offset;
    uint64_t value;
    unsigned size;
    enum husk_err err;

    (void)state;
    rig_start(2, 4, 1020);
    for (offset = 0; offset < 0x60000; offset++) {
        for (size = 1; size <= 8; size *= 2) {
            err = husk_vgic_write(rig.v, 0, HUSK_VGIC_GICR, offset, size, UINT64_MAX);
            assert_true(err == HUSK_OK || err == HUSK_EINVAL);
            err = husk_vgic_read(rig.v, 0, HUSK_VGIC_GICR, offset, size, &value);
            assert_true(err == HUSK_OK || err == HUSK_EINVAL);
            if (offset < 0x20000) {
                err = husk_vgic_write(rig.v, 0, HUSK_VGIC_GICD, offset, size, UINT64_MAX);
                assert_true(err == HUSK_OK || err == HUSK_EINVAL);
                err = husk_vgic_read(rig.v, 0, HUSK_VGIC_GICD, offset, size, &value);
                assert_true(err == HUSK_OK || err == HUSK_EINVAL);
                assert_true(size == 8 || value >> (8 * size) == 0);
            }
        }
    }
}

static void full_distributor__ends_at_intid_1019(void **state)
{
    static const uint64_t bits[] = { 0x80, 0x100, 0x200, 0x300 };
    size_t i;

    (void)state;
    rig_start_reset(1, 4, 1020);
    assert_int_equal(rd(GICD, 4) & 31, 31);
    for (i = 0; i < HUSK_COUNT(bits); i++) {
        wr(GICD, bits[i] + 31 * 4, 0xffffffff);
        assert_int_equal(rd(GICD, bits[i] + 31 * 4), 0x0fffffff);
    }
    wr(GICD, 0x400 + 1016, 0xffffffff);
    assert_int_equal(rd(GICD, 0x400 + 1016), 0xf8f8f8f8);
    wr(GICD, 0x400 + 1020, 0xffffffff);
    assert_int_equal(rd(GICD, 0x400 + 1020), 0);
    wr(GICD, 0xc00 + 63 * 4, 0xffffffff);
    assert_int_equal(rd(GICD, 0xc00 + 63 * 4), 0x00aaaaaa);
    wr_size(GICD, 0x7fd8, 8, 1);
    assert_int_equal(rd_size(GICD, 0x7fd8, 8), 1);
    assert_int_equal(rig.vgic.config.intid_count, 1020);
}

static void single_vcpu__is_the_last_redistributor(void **state)
{
    (void)state;
    rig_start_reset(1, 1, 64);
    assert_int_equal(rd_size(GICR, 0x8, 8), 0x10);
    assert_int_equal(rd(GICD, 4) & 31, 1);
    assert_int_equal(rd(GICR, 0x20008), 0);
}

static void configurations__are_checked(void **state)
{
    static const struct {
        struct husk_vgic_config config;
        int err;
    } cases[] = {
        { { .vcpu_count = 1, .lr_count = 4, .pri_bits = 5 }, HUSK_OK },
        { { .intid_count = 64, .vcpu_count = 8, .lr_count = 16, .pri_bits = 8 }, HUSK_OK },
        { { .intid_count = 992, .vcpu_count = 1, .lr_count = 1, .pri_bits = 4 }, HUSK_OK },
        { { .intid_count = 1020, .vcpu_count = 1, .lr_count = 1, .pri_bits = 5 }, HUSK_OK },
        { { .intid_count = 32, .vcpu_count = 1, .lr_count = 4, .pri_bits = 5 }, HUSK_EINVAL },
        { { .intid_count = 65, .vcpu_count = 1, .lr_count = 4, .pri_bits = 5 }, HUSK_EINVAL },
        { { .intid_count = 1024, .vcpu_count = 1, .lr_count = 4, .pri_bits = 5 }, HUSK_EINVAL },
        { { .vcpu_count = 0, .lr_count = 4, .pri_bits = 5 }, HUSK_EINVAL },
        { { .vcpu_count = 9, .lr_count = 4, .pri_bits = 5 }, HUSK_EINVAL },
        { { .vcpu_count = 1, .lr_count = 0, .pri_bits = 5 }, HUSK_EINVAL },
        { { .vcpu_count = 1, .lr_count = 17, .pri_bits = 5 }, HUSK_EINVAL },
        { { .vcpu_count = 1, .lr_count = 4, .pri_bits = 3 }, HUSK_EINVAL },
        { { .vcpu_count = 1, .lr_count = 4, .pri_bits = 9 }, HUSK_EINVAL },
    };
    size_t i;

    (void)state;
    for (i = 0; i < HUSK_COUNT(cases); i++) {
        struct husk_vgic_config config = cases[i].config;

        assert_int_equal(husk_vgic_init(&rig.vgic, &config, rig.vcpus), HUSK_EINVAL); /* no ops */
        config.ops = &husk_vgic_v3;
        assert_int_equal(husk_vgic_init(&rig.vgic, &config, rig.vcpus), cases[i].err);
    }
}

static void links__are_checked(void **state)
{
    (void)state;
    rig_start_reset(2, 4, 0);
    assert_int_equal(husk_vgic_link_hw(rig.v, 0, 15, 27), HUSK_EINVAL);
    assert_int_equal(husk_vgic_link_hw(rig.v, 2, 27, 27), HUSK_EINVAL);
    assert_int_equal(husk_vgic_link_hw(rig.v, 0, 288, 40), HUSK_EINVAL);
    assert_int_equal(husk_vgic_link_hw(rig.v, 0, 27, 15), HUSK_EINVAL);
    assert_int_equal(husk_vgic_link_hw(rig.v, 0, 27, 1020), HUSK_EINVAL);
    assert_int_equal(husk_vgic_link_hw(rig.v, 0, 16, 16), HUSK_OK);
    assert_int_equal(husk_vgic_link_hw(rig.v, 9, 287, 1019), HUSK_OK);
}

static void absent_interrupts__are_ignored(void **state)
{
    (void)state;
    rig_start(1, 4, 64);
    husk_vgic_set_line(rig.v, 0, 64, true);
    husk_vgic_set_line(rig.v, 0, 15, true);
    husk_vgic_set_line(rig.v, 1, 20, true);
    husk_vgic_set_line(rig.v, 0, UINT32_MAX, true);
    husk_vgic_inject_hw(rig.v, 0, 64);
    husk_vgic_inject_hw(rig.v, 1, 27);
    assert_int_equal(rd(GICR, SGI0 + 0x200), 0);
    assert_int_equal(rd(GICD, 0x204), 0);
    assert_int_equal(husk_vgic_flush(rig.v, 8), 0);
}

static void lock__is_held_until_unlock(void **state)
{
    struct husk_vgic_locked v;

    (void)state;
    rig_start_reset(1, 4, 0);
    assert_int_not_equal(rig.vgic.lock.next, rig.vgic.lock.serving);
    husk_vgic_unlock(rig.v);
    assert_int_equal(rig.vgic.lock.next, rig.vgic.lock.serving);
    v = husk_vgic_lock(&rig.vgic);
    assert_ptr_equal(v.vgic, &rig.vgic);
}

/* Rows: register value, who gets the SGI (bit per vCPU). Affinities: see vgic_rig.c. */
static void sgi__reaches_the_vcpus_it_names(void **state)
{
    static const struct {
        uint64_t value;
        unsigned targets;
    } cases[] = {
        { 0x03000001, 0x01 },         { 0x03000002, 0x02 },         { 0x03000003, 0x03 },
        { 0x03010001, 0x04 },         { 0x0000000103000001, 0x08 }, { 0x0001000003000001, 0x10 },
        { 0x0000100003000002, 0x20 }, { 0x03000000, 0x00 },         { 0x0300fff0, 0x00 },
        { 0x0000010003000000, 0xfe }, { 0x0000010003000001, 0xfe }, { 0x0002000003000001, 0x00 },
        { 0x0300000c, 0xc0 },         { 0x0000200003000001, 0x00 },
    };
    size_t i;
    unsigned vcpu;

    (void)state;
    for (i = 0; i < HUSK_COUNT(cases); i++) {
        rig_start(8, 4, 0);
        husk_vgic_send_sgi(rig.v, 0, cases[i].value, true);
        for (vcpu = 0; vcpu < 8; vcpu++) {
            assert_int_equal(rd(GICR, sgi_base(vcpu, 0x200)),
                             (cases[i].targets >> vcpu & 1) != 0 ? 1u << 3 : 0);
        }
    }
}

static void sgi_group__is_checked_at_the_target(void **state)
{
    (void)state;
    rig_start(1, 4, 0);
    wr(GICR, SGI0 + 0x80, 0x2);
    husk_vgic_send_sgi(rig.v, 0, 0x01000001, false);
    assert_int_equal(rd(GICR, SGI0 + 0x200), 0);
    husk_vgic_send_sgi(rig.v, 0, 0x02000001, false);
    assert_int_equal(rd(GICR, SGI0 + 0x200), 0x4);
    husk_vgic_send_sgi(rig.v, 0, 0x01000001, true);
    husk_vgic_send_sgi(rig.v, 0, 0x0f000001, true);
    assert_int_equal(rd(GICR, SGI0 + 0x200), 0x8006);
}

static void started_again__its_private_state_is_as_after_reset(void **state)
{
    static const struct {
        uint64_t offset, value;
    } after[] = { { 0x80, 0 },  { 0x100, 0 }, { 0x200, 1u << 20 },   { 0x300, 0 },
                  { 0x408, 0 }, { 0x418, 0 }, { 0xc00, 0xaaaaaaaa }, { 0xc04, 0 } };
    size_t i;

    (void)state;
    rig_start(2, 4, 0);
    assert_int_equal(husk_vgic_link_hw(rig.v, 0, 27, 30), HUSK_OK);
    wr(GICR, SGI0 + 0x100, UINT32_MAX);
    wr(GICR, SGI0 + 0x300, 0x10);
    wr(GICR, SGI0 + 0xc04, 0x2);
    wr(GICR, SGI0 + 0x418, UINT32_MAX);
    wr(GICR, 0x14, 0);
    wr(GICR, SGI1 + 0x100, 0x3);
    arm(8, 0x80);
    arm(40, 0x80);
    rig.ich.physical_active[30] = true;
    husk_vgic_inject_hw(rig.v, 0, 27);
    husk_vgic_set_line(rig.v, 0, 20, true);
    husk_vgic_save(rig.v, 0);
    rig.vcpus[0].ap0r[3] = rig.vcpus[0].ap1r[0] = 1;
    rig.ich.physical_active[30] = false; /* what the caller does for its timers */
    husk_vgic_reset_cpu(rig.v, 0);
    for (i = 0; i < HUSK_COUNT(after); i++) {
        assert_int_equal(rd(GICR, SGI0 + after[i].offset), after[i].value);
    }
    assert_int_equal(rd(GICR, 0x14), 6);
    assert_int_equal(rd(GICR, SGI1 + 0x100), 0x3);
    assert_int_equal(rd(GICD, 0x204), 0x100);
    husk_vgic_load(rig.v, 0);
    assert_int_equal(rig.ich.vmcr, 0);
    assert_int_equal(rig.ich.ap1r[0], 0);
    assert_int_equal(listed(40) >> 62, 1);
    wr(GICR, SGI0 + 0x100, 1u << 27);
    rig.ich.physical_active[30] = true;
    husk_vgic_inject_hw(rig.v, 0, 27);
    (void)enter();
    assert_int_equal(listed(27), UINT64_C(0x6000001e0000001b));
    assert_int_equal(rig.vcpus[0].ap0r[3], 0);
}

static jmp_buf caught;

static void on_assert(const char *what)
{
    (void)what;
    longjmp(caught, 1);
}

static void running_vcpu__is_not_reset(void **state)
{
    (void)state;
    rig_start(1, 4, 0);
    rig_cpu.on_assert = on_assert;
    if (setjmp(caught) == 0) {
        husk_vgic_reset_cpu(rig.v, 0);
        fail_msg("a loaded vCPU was reset");
    }
    rig_cpu.on_assert = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_register__reads_back_as_specified),
        cmocka_unit_test(refused_sizes__give_einval_and_change_nothing),
        cmocka_unit_test(poke__does_what_needs_nothing_else),
        cmocka_unit_test(poked_route__is_done_where_it_changes_nothing),
        cmocka_unit_test(poked_priority__is_that_in_the_list_register_too),
        cmocka_unit_test(poked_enable_of_pending_ones__chooses_from_them),
        cmocka_unit_test(every_offset_and_size__is_answered),
        cmocka_unit_test(full_distributor__ends_at_intid_1019),
        cmocka_unit_test(single_vcpu__is_the_last_redistributor),
        cmocka_unit_test(configurations__are_checked),
        cmocka_unit_test(links__are_checked),
        cmocka_unit_test(absent_interrupts__are_ignored),
        cmocka_unit_test(lock__is_held_until_unlock),
        cmocka_unit_test(sgi__reaches_the_vcpus_it_names),
        cmocka_unit_test(sgi_group__is_checked_at_the_target),
        cmocka_unit_test(started_again__its_private_state_is_as_after_reset),
        cmocka_unit_test(running_vcpu__is_not_reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
