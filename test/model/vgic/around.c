// SPDX-License-Identifier: Apache-2.0
#include "around.h"
#include "vgic_calls.h"

const struct device devices[DEVICES] = { { 27, 27 }, { 33, 133 }, { 47, 147 }, { 62, 162 } };
struct cpu cpus[PLAYER_CPUS];
struct husk_vgic vgic;
struct husk_vgic_vcpu vcpus[SPEC_VGIC_CPUS];
const struct husk_vgic_locked v = { &vgic };
struct spec_vgic spec;
unsigned self;
uint32_t kicked, sent;

void wrong(const char *what)
{
    spec_same(what, true, false);
}

void on(unsigned cpu)
{
    player_on(self = cpu);
}

/* Physical interrupts that are signalled are taken: PPIs by their CPU, SPIs by any. */
static void take_physical(void)
{
    for (unsigned i = 0; i < DEVICES; i++) {
        const bool is_ppi = devices[i].intid < 32;

        if (!cpus[is_ppi ? self : 0].device[i] || (is_ppi && !cpus[self].loaded) ||
            *player_physical(devices[i].physical)) {
            continue;
        }
        *player_physical(devices[i].physical) = true;
        spec_vgic_sample(&spec, self, devices[i].intid);
        if (!is_ppi || player_repeat(devices[i].intid, &vgic, self) != HUSK_VGIC_INTID_NONE) {
            husk_vgic_inject_hw(v, self, devices[i].intid);
        }
    }
}

/* What a kicked CPU does, or any before its guest runs on. */
static void serve(unsigned cpu)
{
    kicked &= ~(1u << cpu);
    if (cpus[cpu].loaded) {
        on(cpu);
        take_physical();
        if (!husk_vgic_serve(v, cpu)) {
            kicked |= husk_vgic_flush(v, cpu);
        }
    }
}

/* An SGI that was taken the quick way is all there is to do about it. */
static void serve_any(unsigned cpu)
{
    const uint32_t bit = 1u << cpu;
    const bool is_sent = (sent & bit) != 0 && cpus[cpu].loaded;

    sent &= ~bit;
    on(cpu);
    if (!is_sent || !player_take(&vgic, cpu)) {
        serve(cpu);
    }
}

static void serve_kicked_but(unsigned cpu)
{
    for (unsigned i = 0; i < spec.cpus; i++) {
        if (i != cpu && (kicked >> i & 1) != 0) {
            serve(i);
        }
    }
}

void settle(void)
{
    const unsigned me = self;

    serve(me);
    for (unsigned round = 0;; round++) {
        uint32_t again = kicked | sent;

        for (unsigned i = 0; i < spec.cpus; i++) {
            on(i);
            again |= cpus[i].loaded && player_maintenance() ? 1u << i : 0;
        }
        if (again == 0) {
            break;
        }
        if (round == 8) {
            wrong("kicks or maintenance interrupts without end");
        }
        for (; again != 0; again &= again - 1) {
            serve_any((unsigned)__builtin_ctz(again));
        }
    }
    for (unsigned i = 0; i < spec.cpus; i++) {
        on(i);
        if (vcpus[i].held_by != 0 || player_broken() != NULL) {
            wrong(vcpus[i].held_by != 0 ? "a vCPU that stays held" : player_broken());
        }
    }
    on(me);
}

uint64_t access(bool is_write, enum husk_vgic_frame frame, uint64_t offset, unsigned size,
                uint64_t value)
{
    const unsigned me = self;
    unsigned rounds = 0;
    enum husk_err err;

    for (;;) {
        err = is_write ? husk_vgic_write(v, me, frame, offset, size, value)
                       : husk_vgic_read(v, me, frame, offset, size, &value);
        if (err != HUSK_EAGAIN) {
            break;
        }
        if (++rounds > spec.cpus) { /* each round holds one vCPU more */
            wrong("an access that stays out of reach");
        }
        (void)husk_vgic_serve(v, me);
        kicked |= husk_vgic_flush(v, me);
        serve_kicked_but(me);
        on(me);
    }
    kicked |= husk_vgic_flush(v, me);
    return value;
}

bool send_quickly(uint64_t value)
{
    const unsigned to = player_send(&vgic, self, value);

    sent |= to < spec.cpus && to != self ? 1u << to : 0;
    return to < spec.cpus;
}
