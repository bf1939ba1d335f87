// SPDX-License-Identifier: Apache-2.0
#include "fake_ich.h"
#include "gic_model.h"

#include <husk/vgic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Random guest accesses, lines, HW-linked injections, acknowledges and EOIs, on the library over
 * the fake ICH_* interface and on the model; all that a guest can observe must agree.
 * Replay: test_model_vgic_random SEED [OPS] runs one seed of the printed table. */

enum { STACK = 256, HW_SPIS = 3 };

struct rig {
    struct husk_vgic vgic;
    struct husk_vgic_vcpu vcpus[MODEL_VCPUS];
    struct fake_ich ich;
    struct gic_model model;
    struct husk_vgic_locked v;
    unsigned self;
    uint64_t random;
    uint64_t op;
    bool split;                         /* EOImode 1 */
    unsigned acked[MODEL_VCPUS][STACK]; /* in order; what the guest has to drop */
    unsigned acked_count[MODEL_VCPUS];
    unsigned dropped[MODEL_VCPUS][STACK]; /* EOImode 1: priority dropped, to be deactivated */
    unsigned dropped_count[MODEL_VCPUS];
    bool device[2 + HW_SPIS]; /* physical lines of linked interrupts */
    uint32_t maintenance;
};

static struct husk_fake cpu;
static struct rig rig;
static const char *only_seed;
static uint64_t ops_per_run = 4000;

/* Linked: PPI 27 (of vCPU 0: physical 27, of vCPU 1: 26), and SPIs 33, 47, 62. */
static const unsigned link_vcpu[2 + HW_SPIS] = { 0, 1, 0, 0, 0 };
static const unsigned link_intid[2 + HW_SPIS] = { 27, 27, 33, 47, 62 };
static const unsigned link_physical[2 + HW_SPIS] = { 27, 26, 133, 147, 162 };

static unsigned pick(unsigned limit)
{
    rig.random ^= rig.random << 13;
    rig.random ^= rig.random >> 7;
    rig.random ^= rig.random << 17;
    return (unsigned)((rig.random >> 20) % limit);
}

static void stop(const char *what, uint64_t got, uint64_t want)
{
    unsigned i;

    for (i = 0; i < rig.ich.lr_count; i++) {
        print_message("LR%u %016llx\n", i, (unsigned long long)rig.ich.lr[i]);
    }
    print_message("HCR %#x VMCR %#x MISR %#x\n", rig.ich.hcr, rig.ich.vmcr,
                  fake_ich_misr(&rig.ich));
    fail_msg("op %llu: %s: %#llx, the model says %#llx (vCPU %u)", (unsigned long long)rig.op, what,
             (unsigned long long)got, (unsigned long long)want, rig.self);
}

static bool is_linked(unsigned vcpu, unsigned intid)
{
    return model_irq(&rig.model, vcpu, intid)->linked;
}

/* As hv does it: a PPI of the vCPU that runs here by its own, short way. */
static void inject(unsigned vcpu, unsigned intid)
{
    if (intid < 32 && vcpu == rig.self) {
        husk_vgic_unlock(rig.v);
        (void)husk_vgic_tick(&rig.vgic, vcpu, intid);
        rig.v = husk_vgic_lock(&rig.vgic);
    } else {
        husk_vgic_inject_hw(rig.v, vcpu, intid);
    }
}

/* Physical interrupts whose line is high and that are not active are taken by EL2. */
static void take_physical(void)
{
    unsigned i;

    for (i = 0; i < 2 + HW_SPIS; i++) {
        const unsigned vcpu = link_vcpu[i];

        if (vcpu < rig.model.vcpu_count && rig.device[i] &&
            !rig.ich.physical_active[link_physical[i]]) {
            rig.ich.physical_active[link_physical[i]] = true;
            inject(vcpu, link_intid[i]);
            model_irq(&rig.model, vcpu, link_intid[i])->latch = true;
        }
    }
}

/* What happens between a trap and the guest's next instruction. */
static void enter_guest(void)
{
    unsigned rounds = 0;

    take_physical();
    (void)husk_vgic_flush(rig.v, rig.self);
    while (fake_ich_misr(&rig.ich) != 0) {
        if (++rounds > 4) {
            stop("the maintenance interrupt does not go away", fake_ich_misr(&rig.ich), 0);
        }
        rig.maintenance++;
        take_physical();
        (void)husk_vgic_flush(rig.v, rig.self);
    }
    take_physical();
    (void)husk_vgic_flush(rig.v, rig.self);
    fake_ich_check(&rig.ich);
    if (rig.ich.broken != NULL) {
        fail_msg("op %llu: %s", (unsigned long long)rig.op, rig.ich.broken);
    }
}

static void leak_check(void)
{
    unsigned i;

    for (i = 0; i < 2 + HW_SPIS; i++) {
        const struct model_irq *irq;

        if (link_vcpu[i] >= rig.model.vcpu_count) {
            continue;
        }
        irq = model_irq(&rig.model, link_vcpu[i], link_intid[i]);
        if ((link_intid[i] >= 32 || link_vcpu[i] == rig.self) &&
            rig.ich.physical_active[link_physical[i]] && !irq->latch && !irq->active) {
            stop("a physical interrupt stays active for nothing", link_intid[i], 0);
        }
    }
}

static unsigned active_total(void)
{
    unsigned total = 0;
    unsigned i;
    unsigned j;

    for (i = 0; i < rig.model.intid_count; i++) {
        for (j = 0; j < (i < 32 ? rig.model.vcpu_count : 1); j++) {
            total += model_irq(&rig.model, j, i)->active;
        }
    }
    return total;
}

/* With EOImode 0 hardware only counts the EOIs of what has no list register; their INTIDs follow
 * from the order of priority as long as the guest does not change what is active by registers. */
static bool may_disturb(void)
{
    return rig.split || active_total() == 0;
}

static uint64_t gicr(unsigned bank, unsigned offset)
{
    return (uint64_t)bank * HUSK_VGIC_REDIST_BYTES + 0x10000 + offset;
}

static uint64_t library_read(unsigned bank, unsigned offset, unsigned size, bool is_private)
{
    uint64_t value = 0xdead;
    const enum husk_err err =
        is_private
            ? husk_vgic_read(rig.v, rig.self, HUSK_VGIC_GICR, gicr(bank, offset), size, &value)
            : husk_vgic_read(rig.v, rig.self, HUSK_VGIC_GICD, offset, size, &value);

    if (err != HUSK_OK) {
        stop("a read was refused", (uint64_t)offset, size);
    }
    return value;
}

static void compare(unsigned bank, unsigned offset, unsigned size, bool is_private)
{
    const uint64_t got = library_read(bank, offset, size, is_private);
    const uint64_t want = model_read(&rig.model, bank, offset, size);

    if (got != want) {
        print_message("%s bank %u offset %#x size %u\n", is_private ? "GICR" : "GICD", bank, offset,
                      size);
        stop("register", got, want);
    }
}

struct target {
    unsigned bank, offset, size;
    bool is_private;
};

/* Few INTIDs, so that they meet: 0..31, 32..95 and the last word. */
static struct target random_register(void)
{
    static const unsigned blocks[] = { 0x080, 0x100, 0x180, 0x200, 0x280, 0x300,
                                       0x380, 0x400, 0x400, 0xc00, 0x6000 };
    struct target t = { .bank = pick(rig.model.vcpu_count), .size = 4 };
    const unsigned block = blocks[pick(11)];
    unsigned intid = pick(96);

    if (pick(8) == 0) {
        intid = rig.model.intid_count - 1 - pick(32);
    }
    intid = intid >= rig.model.intid_count ? 40 : intid;
    t.is_private = intid < 32;
    if (block == 0x6000) {
        intid = t.is_private ? intid + 32 : intid;
        t.is_private = false;
        t.size = pick(2) == 0 ? 8 : 4;
        t.offset = block + intid * 8 + (t.size == 4 ? pick(2) * 4 : 0);
    } else if (block == 0xc00) {
        t.offset = block + intid / 16 * 4;
    } else if (block == 0x400) {
        t.size = pick(2) == 0 ? 1 : 4;
        t.offset = block + (t.size == 1 ? intid : intid & ~3u);
    } else {
        t.offset = block + intid / 32 * 4;
    }
    return t;
}

static uint64_t random_value(const struct target *t)
{
    if (t->offset >= 0x6000) {
        return t->offset % 8 != 0 ? pick(3) : pick(rig.model.vcpu_count + 1);
    }
    if (t->offset >= 0xc00) {
        return (uint64_t)pick(1u << 16) << 16 | pick(1u << 16);
    }
    if (t->offset >= 0x400) {
        return (uint64_t)pick(1u << 16) * 0x10001u;
    }
    if (t->offset < 0x180 && pick(4) != 0) {
        return UINT32_MAX;
    }
    return pick(3) == 0 ? 1u << pick(32) : (1u << pick(32) | 1u << pick(32) | 1u << pick(32));
}

static void write_register(void)
{
    const struct target t = random_register();
    const uint64_t value = random_value(&t);
    const unsigned block = t.offset & ~0x7fu;
    const bool is_active = block == 0x300 || block == 0x380;
    const bool is_priority = t.offset >= 0x400 && t.offset < 0xc00;
    enum husk_err err;

    if ((is_active || is_priority) && !may_disturb()) {
        return;
    }
    if (block == 0x300 && !rig.split) {
        return;
    }
    model_write(&rig.model, t.bank, t.offset, t.size, value);
    err = t.is_private ? husk_vgic_write(rig.v, rig.self, HUSK_VGIC_GICR, gicr(t.bank, t.offset),
                                         t.size, value)
                       : husk_vgic_write(rig.v, rig.self, HUSK_VGIC_GICD, t.offset, t.size, value);
    if (err != HUSK_OK) {
        stop("a write was refused", t.offset, t.size);
    }
    compare(t.bank, t.offset, t.size, t.is_private);
}

static void write_control(void)
{
    const uint64_t value = pick(4) == 0 ? pick(4) : 3;

    model_write(&rig.model, 0, 0, 4, value);
    assert_int_equal(husk_vgic_write(rig.v, rig.self, HUSK_VGIC_GICD, 0, 4, value), HUSK_OK);
}

static void change_line(void)
{
    const unsigned vcpu = pick(rig.model.vcpu_count);
    const unsigned intid = 16 + pick(80);
    const bool high = pick(2) == 0;
    unsigned i;

    if (intid >= rig.model.intid_count) {
        return;
    }
    if (is_linked(vcpu, intid)) {
        for (i = 0; i < 2 + HW_SPIS; i++) {
            if (link_intid[i] == intid && (intid >= 32 || link_vcpu[i] == vcpu)) {
                rig.device[i] = high;
            }
        }
        return;
    }
    model_line(&rig.model, vcpu, intid, high);
    husk_vgic_set_line(rig.v, vcpu, intid, high);
}

static void send_sgi(void)
{
    const uint64_t value = (uint64_t)pick(16) << 24 | pick(1u << 4) |
                           (pick(4) == 0 ? UINT64_C(1) << 40 : 0) |
                           (pick(8) == 0 ? (uint64_t)pick(2) << 16 : 0);
    const bool group1 = pick(3) != 0;

    model_sgi(&rig.model, rig.self, value, group1);
    husk_vgic_send_sgi(rig.v, rig.self, value, group1);
}

static void guest_interface(void)
{
    const uint32_t masks[] = { 0xff000000, 0xff000000, 0xf0000000, 0x80000000, 0x40000000 };

    rig.ich.vmcr = masks[pick(5)] | (pick(3) == 0 ? pick(4) : 3) | (rig.split ? 0x200 : 0);
}

static unsigned running_priority(void)
{
    unsigned lowest = 256;
    unsigned i;

    for (i = 0; i < 128; i++) {
        if (((rig.ich.ap0r[i / 32] | rig.ich.ap1r[i / 32]) >> (i % 32) & 1) != 0) {
            lowest = i << (8 - rig.ich.pre_bits);
            break;
        }
    }
    return lowest;
}

static void acknowledge(void)
{
    const bool g0 = (rig.ich.vmcr & 1) != 0;
    const bool g1 = (rig.ich.vmcr & 2) != 0;
    const unsigned best = model_highest(&rig.model, rig.self, g0, g1);
    bool group1 = false;
    const unsigned got = fake_ich_highest(&rig.ich, &group1);
    unsigned *count = &rig.acked_count[rig.self];
    bool expected = false;

    if (best != MODEL_NONE) {
        const unsigned priority = model_irq(&rig.model, rig.self, best)->priority;

        expected = priority < rig.ich.vmcr >> 24 && priority < running_priority();
    }
    if (got == FAKE_ICH_NONE ? expected
                             : !expected || !model_is_highest(&rig.model, rig.self, g0, g1, got)) {
        stop("signalled interrupt", got, expected ? best : MODEL_NONE);
    }
    if (got == FAKE_ICH_NONE || *count == STACK || rig.dropped_count[rig.self] + *count >= STACK ||
        pick(4) == 0) {
        return;
    }
    if (model_irq(&rig.model, rig.self, got)->group1 != group1) {
        stop("its group", group1, !group1);
    }
    assert_int_equal(fake_ich_ack(&rig.ich, group1), got);
    model_ack(&rig.model, rig.self, got);
    rig.acked[rig.self][(*count)++] = got;
}

static void end(void)
{
    unsigned *count = &rig.acked_count[rig.self];
    unsigned intid;

    if (*count == 0) {
        return;
    }
    intid = rig.acked[rig.self][--*count];
    fake_ich_eoi(&rig.ich, intid);
    if (rig.split) {
        rig.dropped[rig.self][rig.dropped_count[rig.self]++] = intid;
    } else {
        model_deactivate(&rig.model, rig.self, intid);
    }
}

static void deactivate(void)
{
    unsigned *count = &rig.dropped_count[rig.self];
    unsigned index;
    unsigned intid;

    if (*count == 0) {
        return;
    }
    index = pick(*count);
    intid = rig.dropped[rig.self][index];
    rig.dropped[rig.self][index] = rig.dropped[rig.self][--*count];
    if (!fake_ich_dir(&rig.ich, intid)) {
        husk_vgic_deactivate(rig.v, rig.self, intid);
    }
    model_deactivate(&rig.model, rig.self, intid);
}

static void switch_vcpu(void)
{
    husk_vgic_save(rig.v, rig.self);
    assert_int_equal(rig.ich.hcr, 0);
    rig.self = (rig.self + 1) % rig.model.vcpu_count;
    husk_vgic_load(rig.v, rig.self);
}

static void check_everything(void)
{
    static const unsigned blocks[] = { 0x080, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380 };
    unsigned i;
    unsigned j;
    unsigned k;

    for (i = 0; i < HUSK_COUNT(blocks); i++) {
        for (j = 0; j < rig.model.vcpu_count; j++) {
            compare(j, blocks[i], 4, true);
        }
        for (k = 1; k < (rig.model.intid_count + 31) / 32; k++) {
            compare(0, blocks[i] + 4 * k, 4, false);
        }
    }
}

static void step(void)
{
    const unsigned what = pick(100);
    struct target t;

    if (what < 25) {
        write_register();
    } else if (what < 35) {
        t = random_register();
        compare(t.bank, t.offset, t.size, t.is_private);
    } else if (what < 37) {
        write_control();
    } else if (what < 50) {
        change_line();
    } else if (what < 56) {
        send_sgi();
    } else if (what < 58) {
        guest_interface();
    } else if (what < 78) {
        acknowledge();
    } else if (what < 90) {
        end();
    } else if (what < 98) {
        deactivate();
    } else if (rig.model.vcpu_count > 1) {
        switch_vcpu();
    }
    enter_guest();
    leak_check();
    if (rig.op % 64 == 0) {
        check_everything();
    }
}

static void start(unsigned seed)
{
    static const unsigned lrs[] = { 1, 2, 4, 4, 16 };
    static const uint16_t intids[] = { 288, 64, 1020, 96 };
    struct husk_vgic_config config = { 0 };
    unsigned i;

    memset(&rig, 0, sizeof(rig));
    rig.random = 0x9e3779b97f4a7c15ull * (seed + 1);
    rig.split = seed % 2 != 0;
    config.intid_count = intids[seed % 4];
    config.vcpu_count = seed / 5 % 2 == 0 ? 1 : 2;
    config.lr_count = (uint8_t)lrs[seed % 5];
    config.pri_bits = seed % 3 == 2 ? 7 : 5;
    config.mpidr[1] = 1;
    rig.ich.lr_count = config.lr_count;
    rig.ich.pre_bits = config.pri_bits;
    fake_ich_attach(&rig.ich, &cpu);
    husk_fake = &cpu;
    assert_int_equal(husk_vgic_init(&rig.vgic, &config, rig.vcpus), HUSK_OK);
    rig.v = husk_vgic_lock(&rig.vgic);
    rig.model.intid_count = config.intid_count;
    rig.model.vcpu_count = config.vcpu_count;
    rig.model.pri_bits = config.pri_bits;
    rig.model.affinity[1] = 1;
    for (i = 0; i < 16 * MODEL_VCPUS; i++) {
        rig.model.banked[i / 16][i % 16].edge = true;
    }
    for (i = 0; i < 2 + HW_SPIS; i++) {
        if (link_vcpu[i] < config.vcpu_count) {
            assert_int_equal(
                husk_vgic_link_hw(rig.v, link_vcpu[i], link_intid[i], link_physical[i]), HUSK_OK);
            model_irq(&rig.model, link_vcpu[i], link_intid[i])->linked = true;
        }
    }
    husk_vgic_load(rig.v, 0);
    for (i = 0; i < config.vcpu_count; i++) {
        rig.vcpus[i].vmcr = 0xff000003u | (rig.split ? 0x200 : 0);
    }
    rig.ich.vmcr = 0xff000003u | (rig.split ? 0x200 : 0);
}

static void random_guest__observes_what_the_architecture_says(void **state)
{
    const unsigned first = only_seed != NULL ? (unsigned)strtoul(only_seed, NULL, 0) : 0;
    const unsigned last = only_seed != NULL ? first : 59;
    unsigned seed;

    (void)state;
    for (seed = first; seed <= last; seed++) {
        start(seed);
        print_message("seed %u: %u LRs, %u INTIDs, %u vCPUs, EOImode %d\n", seed, rig.ich.lr_count,
                      rig.model.intid_count, rig.model.vcpu_count, rig.split);
        for (rig.op = 1; rig.op <= ops_per_run; rig.op++) {
            step();
        }
        check_everything();
        husk_vgic_unlock(rig.v);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_guest__observes_what_the_architecture_says),
    };

    only_seed = argc > 1 ? argv[1] : NULL;
    if (argc > 2) {
        ops_per_run = strtoull(argv[2], NULL, 0);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
