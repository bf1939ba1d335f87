// SPDX-License-Identifier: Apache-2.0
#include "fake_gich.h"
#include "gic_model.h"

#include <husk/vgic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A GICv2 of up to four vCPUs, each on a CPU of its own and all running: random accesses, SGIs,
 * lines, acknowledges and EOIs, against the model of one struct for each interrupt, to which this
 * file adds targets and the sources of SGIs. Replay: test_model_vgic_v2_random SEED [OPS]. */

enum { CPUS = 4, STACK = 64, NOWHERE = 99 };

static struct rig {
    struct husk_vgic vgic;
    struct husk_vgic_vcpu vcpus[CPUS];
    struct husk_fake cpu[CPUS];
    struct fake_gich gich[CPUS];
    struct gic_model model;
    struct husk_vgic_locked v;
    uint8_t sources[CPUS][16];
    uint8_t targets[MODEL_INTIDS];
    unsigned acked[CPUS][STACK];
    unsigned acked_count[CPUS];
    unsigned self;
    uint64_t random;
    uint64_t op;
} rig;

static const char *only_seed;
static uint64_t ops_per_run = 4000;

static unsigned pick(unsigned limit)
{
    rig.random ^= rig.random << 13;
    rig.random ^= rig.random >> 7;
    rig.random ^= rig.random << 17;
    return (unsigned)((rig.random >> 20) % limit);
}

static void stop(const char *what, uint64_t got, uint64_t want)
{
    fail_msg("op %llu: %s: %#llx, the model says %#llx (vCPU %u)", (unsigned long long)rig.op, what,
             (unsigned long long)got, (unsigned long long)want, rig.self);
}

static void on(unsigned vcpu)
{
    rig.self = vcpu;
    husk_fake = &rig.cpu[vcpu];
}

/* All others that are kicked do what a kick asks of them. */
static void others_serve(void)
{
    const unsigned self = rig.self;
    unsigned i;

    for (i = 0; i < rig.model.vcpu_count; i++) {
        on(i);
        if (i != self && !husk_vgic_serve(rig.v, i)) {
            (void)husk_vgic_flush(rig.v, i);
        }
    }
    on(self);
}

static uint64_t access(unsigned offset, unsigned size, bool is_write, uint64_t value)
{
    unsigned rounds = 0;
    enum husk_err err;

    for (;;) {
        err = is_write ? husk_vgic_write(rig.v, rig.self, HUSK_VGIC_GICD, offset, size, value)
                       : husk_vgic_read(rig.v, rig.self, HUSK_VGIC_GICD, offset, size, &value);
        if (err != HUSK_EAGAIN) {
            break;
        }
        if (++rounds > 2) {
            stop("it stays out of reach", offset, 0);
        }
        others_serve();
    }
    if (err != HUSK_OK) {
        stop("an access was refused", offset, size);
    }
    return value;
}

static void enter_all(void)
{
    const unsigned self = rig.self;
    unsigned round;
    unsigned i;

    for (round = 0; round < 4; round++) {
        for (i = 0; i < rig.model.vcpu_count; i++) {
            on(i);
            if (husk_vgic_serve(rig.v, i)) {
                stop("held for ever", i, 0);
            }
            (void)husk_vgic_flush(rig.v, i);
        }
    }
    for (i = 0; i < rig.model.vcpu_count; i++) {
        fake_gich_check(&rig.gich[i]);
        if (rig.gich[i].broken != NULL || fake_gich_misr(&rig.gich[i]) != 0) {
            fail_msg("op %llu: %s", (unsigned long long)rig.op,
                     rig.gich[i].broken != NULL ? rig.gich[i].broken : "MISR stays");
        }
    }
    on(self);
}

static void compare(unsigned offset, uint64_t want)
{
    const uint64_t got = access(offset, 4, false, 0);

    if (got != want) {
        print_message("offset %#x\n", offset);
        stop("register", got, want);
    }
}

static void check_register(unsigned offset)
{
    compare(offset, model_read(&rig.model, rig.self, offset, 4));
}

static void write_register(void)
{
    static const unsigned blocks[] = { 0x080, 0x100, 0x100, 0x180, 0x200,
                                       0x280, 0x300, 0x380, 0x400, 0xc00 };
    const unsigned block = blocks[pick(10)];
    const unsigned word = pick(3);
    unsigned offset = block + 4 * word;
    uint64_t value = (uint64_t)pick(1u << 16) << 16 | pick(1u << 16);
    const bool is_active = block == 0x300 || block == 0x380;
    unsigned i;

    value = block < 0x180 ? value : value & (uint64_t)pick(1u << 16) * 0x10001;
    if (block == 0x400) {
        offset = block + 4 * pick(24);
    }
    for (i = 0; i < rig.model.vcpu_count; i++) {
        if ((is_active || block == 0x400) && rig.acked_count[i] != 0) {
            return; /* the order of EOIs would not follow from priorities */
        }
    }
    if (block == 0x300) {
        return;
    }
    (void)access(offset, 4, true, value);
    if (word == 0 && (block == 0x180 || block == 0x200 || block == 0x280)) {
        value &= 0xffff0000;
    }
    model_write(&rig.model, rig.self, offset, 4, value);
    check_register(offset);
}

static void write_targets(void)
{
    const unsigned intid = 32 + pick(64);
    const unsigned mask = pick(256);
    const unsigned left = mask & ((1u << rig.model.vcpu_count) - 1);

    (void)access(0x800 + intid, 1, true, mask);
    if (rig.model.vcpu_count > 1) {
        rig.targets[intid] = (uint8_t)left;
        rig.model.spi[intid].route = left != 0 ? (uint64_t)__builtin_ctz(left) : NOWHERE;
    }
    compare(0x800 + (intid & ~3u), rig.targets[intid & ~3u] |
                                       (uint64_t)rig.targets[(intid & ~3u) + 1] << 8 |
                                       (uint64_t)rig.targets[(intid & ~3u) + 2] << 16 |
                                       (uint64_t)rig.targets[(intid & ~3u) + 3] << 24);
}

static void add_source(unsigned vcpu, unsigned intid, unsigned sources)
{
    rig.sources[vcpu][intid] |= (uint8_t)sources;
    rig.model.banked[vcpu][intid].latch = rig.sources[vcpu][intid] != 0;
}

static void sgi_registers(void)
{
    const unsigned all = (1u << rig.model.vcpu_count) - 1;
    const unsigned intid = pick(4);
    const unsigned bits = pick(256);
    const unsigned filter = pick(4);
    unsigned i;

    switch (pick(4)) {
    case 0:
        (void)access(0xf10 + intid, 1, true, bits);
        rig.sources[rig.self][intid] &= (uint8_t)~bits;
        add_source(rig.self, intid, 0);
        break;
    case 1:
        (void)access(0xf20 + intid, 1, true, bits);
        add_source(rig.self, intid, bits & all);
        break;
    default:
        (void)access(0xf00, 4, true, filter << 24 | bits << 16 | intid);
        for (i = 0; i < rig.model.vcpu_count; i++) {
            if (filter == 0   ? (bits >> i & 1) != 0
                : filter == 1 ? i != rig.self
                              : filter == 2 && i == rig.self) {
                add_source(i, intid, 1u << rig.self);
            }
        }
        break;
    }
}

static void acknowledge(void)
{
    struct fake_gich *gich = &rig.gich[rig.self];
    const unsigned best = model_highest(&rig.model, rig.self, true, true);
    const unsigned got = fake_gich_highest(gich);
    unsigned *count = &rig.acked_count[rig.self];
    bool expected = best != MODEL_NONE;
    bool group1;

    if (expected) {
        const unsigned priority = model_irq(&rig.model, rig.self, best)->priority >> 3;

        expected = priority < gich->vmcr >> 27 &&
                   (gich->apr == 0 || priority < (unsigned)__builtin_ctz(gich->apr));
    }
    if (got == FAKE_GICH_NONE
            ? expected
            : !expected || !model_is_highest(&rig.model, rig.self, true, true, got & 0x3ff)) {
        stop("signalled interrupt", got, expected ? best : MODEL_NONE);
    }
    if (got == FAKE_GICH_NONE || *count == STACK) {
        return;
    }
    group1 = model_irq(&rig.model, rig.self, got & 0x3ff)->group1;
    if (fake_gich_ack(gich, group1) != got) {
        stop("its group", !group1, group1);
    }
    model_ack(&rig.model, rig.self, got & 0x3ff);
    if (got % 0x400 < 16) {
        if ((rig.sources[rig.self][got & 15] >> (got >> 10) & 1) == 0) {
            stop("its source", got >> 10, rig.sources[rig.self][got & 15]);
        }
        rig.sources[rig.self][got & 15] &= (uint8_t)~(1u << (got >> 10));
        add_source(rig.self, got & 15, 0);
    }
    rig.acked[rig.self][(*count)++] = got;
}

static void step(void)
{
    const unsigned what = pick(100);
    unsigned *count;

    on(pick(rig.model.vcpu_count));
    count = &rig.acked_count[rig.self];
    if (what < 25) {
        write_register();
    } else if (what < 35) {
        check_register(0x80u * (1 + pick(7)) + 4 * pick(3));
    } else if (what < 40) {
        write_targets();
    } else if (what < 55) {
        sgi_registers();
    } else if (what < 65) {
        const unsigned intid = 16 + pick(80);
        const bool high = pick(2) != 0;

        model_line(&rig.model, rig.self, intid, high);
        husk_vgic_set_line(rig.v, rig.self, intid, high);
    } else if (what < 67) {
        const unsigned ctlr = pick(4) == 0 ? pick(4) : 3;

        (void)access(0, 4, true, ctlr);
        model_write(&rig.model, 0, 0, 4, ctlr);
    } else if (what < 84) {
        acknowledge();
    } else if (*count != 0) {
        const unsigned iar = rig.acked[rig.self][--*count];

        fake_gich_eoi(&rig.gich[rig.self], iar);
        model_deactivate(&rig.model, rig.self, iar & 0x3ff);
    }
    enter_all();
    compare(0xf20, rig.sources[rig.self][0] | (uint64_t)rig.sources[rig.self][1] << 8 |
                       (uint64_t)rig.sources[rig.self][2] << 16 |
                       (uint64_t)rig.sources[rig.self][3] << 24);
    enter_all();
}

static void start(unsigned seed)
{
    static const unsigned lrs[] = { 4, 1, 2, 16 };
    static const unsigned cpus[] = { 4, 1, 2 };
    struct husk_vgic_config config = { .ops = &husk_vgic_v2,
                                       .gich_base = FAKE_GICH_BASE,
                                       .gicc_base = FAKE_GICC_BASE,
                                       .reach = husk_vgic_reach,
                                       .pri_bits = 5 };
    unsigned i;
    unsigned j;

    memset(&rig, 0, sizeof(rig));
    rig.random = 0x9e3779b97f4a7c15ull * (seed + 1);
    config.vcpu_count = (uint8_t)cpus[seed % 3];
    config.lr_count = (uint8_t)lrs[seed % 4];
    assert_int_equal(husk_vgic_init(&rig.vgic, &config, rig.vcpus), HUSK_OK);
    rig.v.vgic = &rig.vgic;
    rig.model.intid_count = 288;
    rig.model.vcpu_count = config.vcpu_count;
    rig.model.pri_bits = 5;
    for (i = 0; i < MODEL_INTIDS; i++) {
        rig.model.spi[i].route = config.vcpu_count == 1 ? 0 : NOWHERE;
    }
    for (i = config.vcpu_count; i-- > 0;) {
        on(i);
        rig.model.affinity[i] = i;
        for (j = 0; j < 16; j++) {
            rig.model.banked[i][j].edge = rig.model.banked[i][j].enabled = true;
        }
        rig.cpu[i].sysreg[HUSK_SYSREG_mpidr_el1] = i;
        rig.gich[i].lr_count = config.lr_count;
        fake_gich_attach(&rig.gich[i], &rig.cpu[i]);
        husk_vgic_load(rig.v, i);
        rig.gich[i].vmcr = 0xf8000003;
    }
}

static void random_guest__observes_what_the_architecture_says(void **state)
{
    const unsigned first = only_seed != NULL ? (unsigned)strtoul(only_seed, NULL, 0) : 0;
    const unsigned last = only_seed != NULL ? first : 23;
    unsigned seed;

    (void)state;
    for (seed = first; seed <= last; seed++) {
        start(seed);
        print_message("seed %u: %u vCPUs, %u LRs\n", seed, rig.model.vcpu_count,
                      rig.gich[0].lr_count);
        for (rig.op = 1; rig.op <= ops_per_run; rig.op++) {
            step();
        }
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
