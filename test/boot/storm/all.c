// SPDX-License-Identifier: Apache-2.0
/* All 288 interrupts pending at once on one vCPU, whose list registers are four, of a GICv3 or
 * GICv2: each is taken exactly as often as it was made pending, in order of priority, and none is
 * left; with either EOImode, either group and a mixture, edge and level. Of equal priorities any
 * may come first (IHI 0069H 4.8 "Interrupt prioritization"). Then a storm: whatever is taken is
 * made pending again by its handler, until each has had its number, the one of least priority too.
 */
#include "storm.h"

enum { STORM_COUNT = 20, PRIORITY_MASK = 0xf8 };

enum groups { GROUP0, GROUP1, MIXED };

static uint8_t priority[INTIDS];
static uint16_t left[INTIDS]; /* how often it is still to be taken */
static struct taken list[INTIDS];
static uint64_t random_state;

_Noreturn void guest_main(uint64_t context, uint64_t vcpu, uint64_t entry);
_Noreturn void guest_exception(uint64_t esr, uint64_t elr, uint64_t far);

_Noreturn void guest_exception(uint64_t esr, uint64_t elr, uint64_t far)
{
    print("storm: FAIL exception, esr ");
    print_hex(esr);
    print(" elr ");
    print_hex(elr);
    print(" far ");
    print_hex(far);
    print("\n");
    off();
}

_Noreturn static void fail(const char *what, unsigned intid, uint64_t value)
{
    print("storm: FAIL ");
    print(what);
    print(", INTID ");
    print_decimal(intid);
    print(": ");
    print_hex(value);
    print("\n");
    off();
}

/* SplitMix64 */
static uint64_t random(void)
{
    uint64_t z = random_state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* SGIs of GICv2 have no ISPENDR. */
static void pend(unsigned intid)
{
    if (intid < 16) {
        send(intid, 1, (bits_of(0, 0, IGROUPR) >> intid & 1) != 0);
    } else {
        set_bit(intid, 0, ISPENDR);
    }
}

static void need_idle(const char *when)
{
    const struct taken taken = take();

    if (taken.intid < NONE) {
        fail(when, taken.intid, 0);
    }
    for (unsigned intid = 0; intid < INTIDS; intid += 32) {
        const uint32_t pending = bits_of(intid, 0, ISPENDR);
        const uint32_t active = bits_of(intid, 0, ISACTIVER);

        if ((pending | active) != 0) {
            fail(when, intid, (uint64_t)pending << 32 | active);
        }
    }
}

/* All enabled, of random priority, nothing pending or let through. The timers are off. */
static void set_up(enum groups groups, bool edge)
{
    static const uint32_t masks[] = { 0, UINT32_MAX, 0x69969669 };

    mask_priority(0);
    for (unsigned intid = 0; intid < INTIDS; intid += 32) {
        set_bits(intid, 0, ICENABLER, UINT32_MAX);
        set_bits(intid, 0, ICPENDR, UINT32_MAX);
        set_bits(intid, 0, IGROUPR, masks[groups]);
    }
    for (unsigned intid = 0; intid < INTIDS; intid++) {
        priority[intid] =
            (uint8_t)(random() & PRIORITY_MASK & 0xef); /* 0xf8 is never let through */
        left[intid] = 1;
        set_priority(intid, 0, priority[intid]);
    }
    for (unsigned intid = SPIS; intid < INTIDS; intid += 16) {
        husk_mmio_write32(GICD + ICFGR + intid / 4, edge ? 0xaaaaaaaa : 0);
    }
    for (unsigned intid = 0; intid < INTIDS; intid += 32) {
        set_bits(intid, 0, ISENABLER, UINT32_MAX);
    }
}

static void need_taken(struct taken taken)
{
    if (taken.intid >= INTIDS) {
        for (unsigned intid = 0; intid < INTIDS; intid++) {
            if (left[intid] != 0) {
                fail("cannot be taken", intid, bits_of(intid, 0, ISPENDR));
            }
        }
        fail("nothing to take", taken.intid, 0);
    }
    if (left[taken.intid]-- == 0) {
        fail("taken too often", taken.intid, 0);
    }
}

static void need_all_taken(void)
{
    for (unsigned intid = 0; intid < INTIDS; intid++) {
        if (left[intid] != 0) {
            fail("not taken", intid, left[intid]);
        }
    }
}

/* Each once, best first; every third is made pending again while active, and comes again, later. */
static void drain(void)
{
    unsigned best = 0;

    for (unsigned intid = 0; intid < INTIDS; intid++) {
        pend(intid);
    }
    mask_priority(0xf8);
    for (unsigned count = 0; count < INTIDS + INTIDS / 3; count++) {
        const struct taken taken = take();

        need_taken(taken);
        if (priority[taken.intid] < best) {
            fail("out of order", taken.intid, best);
        }
        best = priority[taken.intid];
        if (taken.intid % 3 == 0 && list[taken.intid].intid == 0) {
            list[taken.intid].intid = 1;
            left[taken.intid]++;
            pend(taken.intid);
        }
        end(taken);
    }
    need_all_taken();
    for (unsigned intid = 0; intid < INTIDS; intid++) {
        list[intid].intid = 0;
    }
}

/* All of them active at once; deactivated in another order, each alone. */
static void pile_up(void)
{
    unsigned best = 0;

    set_eoimode(true);
    for (unsigned intid = 0; intid < INTIDS; intid++) {
        pend(intid);
    }
    mask_priority(0xf8);
    for (unsigned count = 0; count < INTIDS; count++) {
        list[count] = take();
        need_taken(list[count]);
        if (priority[list[count].intid] < best) {
            fail("out of order", list[count].intid, best);
        }
        best = priority[list[count].intid];
        end(list[count]);
    }
    need_all_taken();
    for (unsigned intid = 0; intid < INTIDS; intid += 32) {
        if (bits_of(intid, 0, ISACTIVER) != UINT32_MAX) {
            fail("not all active", intid, bits_of(intid, 0, ISACTIVER));
        }
    }
    for (unsigned count = INTIDS; count != 0; count--) {
        const unsigned at = (unsigned)(random() % count);
        const struct taken taken = list[at];

        list[at] = list[count - 1];
        finish(taken);
        if ((bits_of(taken.intid, 0, ISACTIVER) >> taken.intid % 32 & 1) != 0) {
            fail("still active", taken.intid, count);
        }
    }
    set_eoimode(false);
    for (unsigned intid = 0; intid < INTIDS; intid++) {
        list[intid].intid = 0;
    }
}

/* Each handler makes its interrupt pending again while it is active. */
static void storm(void)
{
    for (unsigned intid = 0; intid < INTIDS; intid++) {
        left[intid] = STORM_COUNT;
        pend(intid);
    }
    mask_priority(0xf8);
    for (unsigned count = 0; count < INTIDS * STORM_COUNT; count++) {
        const struct taken taken = take();

        need_taken(taken);
        if (left[taken.intid] != 0) {
            pend(taken.intid);
        }
        end(taken);
    }
    need_all_taken();
}

/* What is masked while all are pending is still there when it is let through, one by one. */
static void by_priority(void)
{
    unsigned count = 0;

    for (unsigned intid = 0; intid < INTIDS; intid++) {
        pend(intid);
    }
    for (unsigned limit = 8; limit <= 0xf8; limit += 8) {
        struct taken taken;

        mask_priority(limit);
        for (taken = take(); taken.intid < NONE; taken = take()) {
            need_taken(taken);
            if (priority[taken.intid] != limit - 8) {
                fail("let through by a mask", taken.intid, limit);
            }
            end(taken);
            count++;
        }
    }
    if (count != INTIDS) {
        fail("in all", 0, count);
    }
    need_all_taken();
}

_Noreturn void guest_main(uint64_t context, uint64_t vcpu, uint64_t entry)
{
    static const char names[][8] = { "group 0", "group 1", "mixed" };

    (void)context;
    (void)vcpu;
    (void)entry;
    random_state = husk_read(cntvct_el0);
    print("storm: seed ");
    print_hex(random_state);
    print("\n");
    interface_on(0);
    for (unsigned groups = GROUP0; groups <= MIXED; groups++) {
        for (unsigned edge = 0; edge < 2; edge++) {
            print("storm: ");
            print(names[groups]);
            print(edge != 0 ? ", edge\n" : ", level\n");
            set_up((enum groups)groups, edge != 0);
            need_idle("before");
            drain();
            need_idle("after all at once");
            set_up((enum groups)groups, edge != 0);
            pile_up();
            need_idle("after all active");
            set_up((enum groups)groups, edge != 0);
            by_priority();
            need_idle("after masks");
            set_up((enum groups)groups, edge != 0);
            storm();
            need_idle("after the storm");
        }
    }
    print("husk-test: pass\n");
    off();
}
