// SPDX-License-Identifier: Apache-2.0
// test_model_vgic_spec [SEED [COUNT [VERSION]]]: up to four vCPUs, each on a CPU of its own and all
// running, use husk::vgic and the virtual interface that plays hardware (player.h); all they see
// is compared with test/spec/spec_vgic.c. VERSION of the GIC: 3 or 2.
#include <string.h>

#include "around.h"

static unsigned lr_count;
/* With more interrupts active than list registers hardware counts EOIs, but does not name them: the
 * library's README says what a guest may then not do. A bounded guest never has that many. */
static bool split, bounded;

/* ---- registers ---- */

static void read_same(bool is_gicr, uint64_t offset, unsigned size)
{
    char what[64];
    const uint64_t got = access(false, (enum husk_vgic_frame)is_gicr, offset, size, 0);

    snprintf(what, sizeof(what), "GIC%c+%#" PRIx64 ", %u bytes, by vCPU %u", is_gicr ? 'R' : 'D',
             offset, size, self);
    spec_same(what, got,
              spec_vgic_read(&spec, self, is_gicr ? SPEC_GICR : SPEC_GICD, offset, size));
}

static void write_both(bool is_gicr, uint64_t offset, unsigned size, uint64_t value)
{
    const enum husk_vgic_frame frame = is_gicr ? HUSK_VGIC_GICR : HUSK_VGIC_GICD;

    if (is_gicr || offset % size != 0 || spec_below(2) == 0 ||
        !husk_vgic_poke(v, self, offset, size, value)) {
        (void)access(true, frame, offset, size, value);
    }
    spec_vgic_write(&spec, self, is_gicr ? SPEC_GICR : SPEC_GICD, offset, size, value);
    read_same(is_gicr, offset, size);
}

static bool holds(const unsigned *stack, unsigned count, unsigned intid)
{
    while (count != 0 && (stack[count - 1] & 0x3ff) != intid) {
        count--;
    }
    return count != 0;
}

/* Somebody is yet to end it. */
static bool on_a_stack(unsigned intid)
{
    bool found = false;

    for (unsigned i = 0; i < spec.cpus; i++) {
        found = found || holds(cpus[i].acked, cpus[i].acked_count, intid) ||
                holds(cpus[i].dropped, cpus[i].dropped_count, intid);
    }
    return found;
}

static unsigned active_count(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < spec.intids; i++) {
        for (unsigned j = 0; j < (i < 32 ? spec.cpus : 1); j++) {
            count += spec_vgic_irq(&spec, j, i)->active;
        }
    }
    return count;
}

/* Bits of a word of active states that this guest may write: not of an SPI that somebody is yet to
 * end, as he would end the next one; nor of an SGI with a source. */
static uint32_t may_write_active(unsigned bank, unsigned first, bool set, uint32_t bits)
{
    if (!bounded || (set && active_count() + 1 >= lr_count)) {
        return 0;
    }
    bits = set ? bits & -bits : bits;
    for (unsigned i = 0; i < 32; i++) {
        const bool own = first == 0 && bank == self && split && (spec.version == 3 || i >= 16);

        if ((!own && on_a_stack(first + i)) || first + i >= spec.intids) {
            bits &= ~(1u << i);
        }
    }
    return bits;
}

struct target {
    unsigned bank, intid, offset, size; /* offset in GICD's terms */
    bool is_gicr;
    uint64_t at; /* in its frame */
};

/* Few INTIDs, so that they meet: 0..95 and the last word. */
static struct target random_register(void)
{
    static const unsigned blocks[] = { 0x080, 0x100, 0x180, 0x200, 0x280, 0x300,
                                       0x380, 0x400, 0x400, 0xc00, 0x800 };
    struct target t = { .bank = self, .size = 4 };
    const unsigned block = blocks[spec_below(11)];
    unsigned intid = spec_below(8) == 0 ? spec.intids - 1 - spec_below(32) : spec_below(96);

    intid = intid < spec.intids ? intid : 40;
    t.is_gicr = spec.version == 3 && intid < 32;
    t.bank = t.is_gicr ? spec_below(spec.cpus) : self;
    if (block == 0x800 && spec.version == 3) {
        t.intid = t.is_gicr ? intid + 32 : intid;
        t.size = spec_below(4) == 0 ? 4 : 8;
        t.offset = 0x6000 + 8 * t.intid + (t.size == 4 ? spec_below(2) * 4 : 0);
        t.is_gicr = false;
    } else if (block == 0x400 || block == 0x800) {
        t.size = spec_below(2) == 0 ? 1 : 4;
        t.intid = intid & ~(t.size - 1);
        t.offset = block + t.intid;
    } else if (block == 0xc00) {
        t.intid = intid & ~15u;
        t.offset = block + t.intid / 4;
    } else {
        t.intid = intid & ~31u;
        t.offset = block + t.intid / 8;
    }
    t.at = t.is_gicr ? gicr(t.bank, t.offset) : t.offset;
    return t;
}

static uint64_t random_value(const struct target *t)
{
    if (t->offset >= 0x6000) {
        return spec_below(4) == 0 ? spec_random() : spec.affinity[spec_below(spec.cpus)];
    }
    if (t->offset >= 0x800 && t->offset < 0xc00) {
        return UINT64_C(0x1010101) << spec_below(5) & (spec_random() | spec_random());
    }
    if (t->offset >= 0x400) {
        return (uint32_t)spec_random();
    }
    if (t->offset < 0x180 && spec_below(4) != 0) {
        return UINT32_MAX;
    }
    return 1u << spec_below(32) | (spec_below(3) == 0 ? 0 : 1u << spec_below(32));
}

static void write_register(void)
{
    const struct target t = random_register();
    const unsigned block = t.offset & ~0x7fu;
    uint64_t value = random_value(&t);

    if (block == 0x300 || block == 0x380) {
        value = may_write_active(t.bank, t.intid, block == 0x300, (uint32_t)value);
    } else if (t.offset >= 0x400 && t.offset < 0x800 && !bounded) {
        for (unsigned i = 0; i < t.size; i++) {
            if (spec_vgic_irq(&spec, t.bank, t.intid + i)->active) {
                return;
            }
        }
    }
    write_both(t.is_gicr, t.at, t.size, value);
}

/* Anything a guest can say to the frames. What it says is of no size the register has, or to a
 * register that is none of an interrupt's state. */
static void odd_access(void)
{
    const bool is_gicr = spec_below(2) == 0;
    const unsigned size = 1u << spec_below(4);
    static const unsigned around[] = { 0x00,  0x10,  0xc0,  0x400, 0x7e0,  0xbf0,  0xd00,  0xe00,
                                       0xf00, 0xf20, 0xfd0, 0xff0, 0x5ff0, 0x7fd0, 0xffd0, 0xfff0 };
    uint64_t offset = around[spec_below(16)] + (spec_random() & 0x1f & -(uint64_t)size);

    offset += is_gicr ? spec_below(spec.cpus + 1) * UINT64_C(0x20000) : 0;
    offset += is_gicr && spec_below(2) == 0 ? 0x10000 : 0;
    read_same(is_gicr, offset, size);
    if (size == 2 || (offset >= 4 && offset < 0x80) || (offset & 0xffff) >= 0xfd0 ||
        ((offset & 0xffff) >= 0xd00 && (offset & 0xffff) < 0xf00)) {
        write_both(is_gicr, offset, size, spec_random() & (UINT64_MAX >> (64 - 8 * size)));
    }
}

static void send_or_write(uint64_t sgir)
{
    if (spec_below(4) != 0 && send_quickly(sgir)) {
        spec_vgic_write(&spec, self, SPEC_GICD, 0xf00, 4, sgir);
    } else {
        write_both(false, 0xf00, 4, sgir);
    }
}

static void send_sgi(void)
{
    const uint64_t value = spec_random();
    const unsigned byte = spec_below(4);

    if (spec.version == 2) {
        static const unsigned offsets[] = { 0xf00, 0xf00, 0xf10, 0xf20 };

        if (offsets[byte] == 0xf00) {
            send_or_write(value & 0xffff0003 & ~(spec_below(2) * UINT64_C(0x3000000)) &
                          ~(spec_below(2) * (value >> 8 & 0xff0000)));
        } else if (spec_below(2) == 0) {
            write_both(false, offsets[byte] + spec_below(4), 1, value & 0xff);
        } else {
            write_both(false, offsets[byte], 4, value & (value >> 32));
        }
    } else {
        const uint64_t to = spec.affinity[spec_below(spec.cpus)];
        const uint64_t sgi = (value & 15) << 24 | 1u << (to & 15) | (to & 0xff00) << 8 |
                             (to & 0xff0000) << 16 | (spec_below(4) == 0 ? UINT64_C(1) << 40 : 0) |
                             (spec_below(4) == 0 ? UINT64_C(1) << spec_below(64) : 0);
        const bool group1 = spec_below(3) != 0;

        if (!group1 || !send_quickly(sgi)) {
            husk_vgic_send_sgi(v, self, sgi, group1);
        }
        spec_vgic_send(&spec, self, sgi, group1);
    }
}

static void change_line(void)
{
    const unsigned any = 16 + spec_below(80);
    const unsigned intid = spec_below(4) == 0 ? devices[spec_below(DEVICES)].intid : any;
    const bool high = spec_below(2) == 0;

    if (intid >= spec.intids) {
        return;
    }
    for (unsigned i = 0; i < DEVICES; i++) {
        if (devices[i].intid == intid) {
            cpus[intid < 32 ? self : 0].device[i] = high;
            return;
        }
    }
    husk_vgic_set_line(v, self, intid, high);
    spec_vgic_line(&spec, self, intid, high);
}

/* ---- the CPU interface ---- */

static void set_interface(void)
{
    static const uint8_t masks[] = { 0xf8, 0xf8, 0xf0, 0x80, 0x40 };
    struct spec_vgic_cpu *const cpu = &spec.cpu[self];

    cpu->mask = masks[spec_below(5)];
    cpu->enable[0] = spec_below(6) != 0;
    cpu->enable[1] = spec_below(6) != 0;
    cpu->split = split;
    player_set(cpu->mask, cpu->enable[0], cpu->enable[1], split);
}

static void check_iar(bool group1, unsigned iar)
{
    spec_same(group1 ? "IAR of group 1: legal" : "IAR of group 0: legal",
              spec_vgic_may_give(&spec, self, group1, iar), true);
}

static void acknowledge(void)
{
    const unsigned highest = player_highest();
    const bool room = cpus[self].acked_count + cpus[self].dropped_count < STACK &&
                      (!bounded || active_count() + 1 < lr_count);
    bool group1 = spec_below(2) == 0;
    unsigned iar;

    if (highest % 0x400 < PLAYER_SPECIAL) {
        group1 = spec_below(4) == 0 ? group1 : spec_vgic_irq(&spec, self, highest & 0x3ff)->group1;
    }
    if (highest % 0x400 < PLAYER_SPECIAL && !room) {
        check_iar(spec_vgic_irq(&spec, self, highest & 0x3ff)->group1, highest);
        return;
    }
    iar = player_ack(group1);
    check_iar(group1, iar);
    if (iar % 0x400 < PLAYER_SPECIAL) {
        spec_vgic_acknowledge(&spec, self, iar);
        cpus[self].acked[cpus[self].acked_count++] = iar;
    }
}

static void end(void)
{
    unsigned iar;

    if (cpus[self].acked_count == 0) {
        return;
    }
    iar = cpus[self].acked[--cpus[self].acked_count];
    player_eoi(iar);
    spec_vgic_end(&spec, self, iar);
    if (split) {
        cpus[self].dropped[cpus[self].dropped_count++] = iar;
    }
}

/* An SPI may be another vCPU's. */
static void deactivate(void)
{
    const unsigned from = spec_below(4) == 0 ? spec_below(spec.cpus) : self;
    unsigned *const count = &cpus[from].dropped_count;
    const unsigned at = spec_below(*count);
    const unsigned iar = cpus[from].dropped[at];
    const unsigned intid = iar & 0x3ff;

    if (*count == 0 || (from != self && intid < 32)) {
        return;
    }
    cpus[from].dropped[at] = cpus[from].dropped[--*count];
    if (spec.version == 2 || !player_dir(iar)) { /* it traps */
        (void)access(true, HUSK_VGIC_GICC, 0, 4, iar);
    }
    spec_vgic_deactivate(&spec, self, iar);
}

/* ---- vCPUs come and go ---- */

static void leave(void)
{
    husk_vgic_save(v, self);
    cpus[self].loaded = false;
    player_scramble();
}

static void come(void)
{
    husk_vgic_load(v, self);
    cpus[self].loaded = true;
}

/* CPU_OFF, and the timer's interrupt with it. What it has not ended, nobody will by EOI. */
static void turn_off(void)
{
    if (!bounded && cpus[self].acked_count + cpus[self].dropped_count != 0) {
        return;
    }
    leave();
    cpus[self].on = false;
    cpus[self].device[0] = false;
    *player_physical(devices[0].physical) = false;
    cpus[self].acked_count = cpus[self].dropped_count = 0;
}

static void turn_on(void)
{
    husk_vgic_reset_cpu(v, self);
    spec_vgic_reset_cpu(&spec, self);
    come();
    cpus[self].on = true;
    set_interface();
}

static void come_or_go(void)
{
    if (!cpus[self].on) {
        turn_on();
    } else if (!cpus[self].loaded) {
        come();
    } else if (spec_below(2) == 0) {
        leave();
    } else {
        turn_off();
    }
}

/* ---- the run ---- */

/* An injected physical interrupt is active for as long as a virtual one stands for it. */
static void no_leak(void)
{
    for (unsigned i = 0; i < DEVICES; i++) {
        const struct spec_vgic_irq *const irq = spec_vgic_irq(&spec, self, devices[i].intid);

        if (cpus[self].loaded && *player_physical(devices[i].physical) && !irq->latch &&
            !irq->active) {
            wrong("a physical interrupt that stays active for nothing");
        }
    }
}

static void check_everything(void)
{
    for (unsigned block = 0x080; block < 0x400; block += 0x80) {
        for (unsigned i = 0; i < (spec.intids + 31) / 32; i++) {
            read_same(spec.version == 3 && i == 0,
                      (spec.version == 3 && i == 0) ? gicr(self, block) : block + 4 * i, 4);
        }
    }
    settle();
}

static void one_operation(void)
{
    const unsigned what = spec_below(100);

    on(spec_below(spec.cpus));
    if (what < 2 || !cpus[self].loaded) {
        come_or_go();
    } else if (what < 20) {
        write_register();
    } else if (what < 30) {
        const struct target t = random_register();

        read_same(t.is_gicr, t.at, t.size);
    } else if (what < 32) {
        write_both(false, 0, 4, spec_below(4) == 0 ? spec_random() & UINT32_MAX : 3);
    } else if (what < 35) {
        odd_access();
    } else if (what < 48) {
        change_line();
    } else if (what < 56) {
        do {
            send_sgi();
        } while (spec_below(3) == 0);
    } else if (what < 58) {
        set_interface();
    } else if (what < 78) {
        acknowledge();
    } else if (what < 91) {
        end();
    } else {
        deactivate();
    }
    settle();
    no_leak();
}

static void new_vm(unsigned version)
{
    static const unsigned lrs[] = { 1, 2, 4, 4, 16, 16 };
    static const uint16_t intids[] = { 288, 64, 1020, 96 };
    struct husk_vgic_config config = { .intid_count = intids[spec_below(4)] };
    const unsigned field = spec_below(2) == 0 ? 0 : 8 * spec_below(3);

    memset(cpus, 0, sizeof(cpus));
    lr_count = lrs[spec_below(6)];
    bounded = lr_count > 2 && spec_below(2) == 0;
    split = spec_below(2) == 0;
    spec = (struct spec_vgic){ .version = version,
                               .intids = config.intid_count,
                               .cpus = 1 + spec_below(PLAYER_CPUS),
                               .priority_bits = version == 2 || spec_below(2) == 0 ? 5 : 7 };
    player_init(version, lr_count, spec.priority_bits);
    player_library(&config);
    config.vcpu_count = (uint8_t)spec.cpus;
    config.reach = spec.cpus > 1 ? husk_vgic_reach : NULL;
    for (unsigned i = 0; i < spec.cpus; i++) { /* bit 31 is RES1, no part of the affinity */
        spec.affinity[i] = (uint64_t)i << field;
        config.mpidr[i] = spec.affinity[i] | UINT64_C(1) << 31;
    }
    spec_vgic_reset(&spec);
    spec_same("init", husk_vgic_init(&vgic, &config, vcpus), HUSK_OK);
    for (unsigned i = 0; i < DEVICES * spec.cpus; i++) {
        const unsigned intid = devices[i % DEVICES].intid;

        if (intid < spec.intids) {
            spec_same("link",
                      husk_vgic_link_hw(v, i / DEVICES, intid, devices[i % DEVICES].physical),
                      HUSK_OK);
        }
    }
    kicked = sent = 0;
    on(0);
    turn_on();
}

int main(int argc, char **argv)
{
    const unsigned version = argc > 3 ? (unsigned)atoi(argv[3]) : 3;

    spec_run_init(argc, argv);
    for (spec_run.step = 0; spec_run.step < spec_run.count; spec_run.step++) {
        if (spec_run.step % OPS_PER_VM == 0) {
            new_vm(version);
        }
        one_operation();
        if (spec_run.step % 1000 == 999) {
            check_everything();
        }
    }
    return 0;
}
