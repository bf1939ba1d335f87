// SPDX-License-Identifier: Apache-2.0
// test_model_psci_spec [SEED [COUNT]]: random calls to husk::psci against test/spec/spec_psci.c.
#include <string.h>

#include <husk/psci.h>

#include "spec_psci.h"
#include "spec_run.h"

static struct husk_range ram[2];
static struct husk_psci lib;
static struct spec_psci spec;

/* A VM of both: random MPIDRs, RAM, TRNG and workarounds. */
static void new_vm(void)
{
    static const uint64_t bases[] = { 0x40000000, 0x900000000 };
    static const uint64_t fields[] = { 0, 0, 0, 1, 2, 255 };
    const unsigned spread = spec_below(2) == 0 ? 4 : 6; /* how likely CPUs share a group */

    spec = (struct spec_psci){ .cpus = 1 + spec_below(8), .trng = spec_below(4) != 0 };
    lib = (struct husk_psci){ .vcpu_count = spec.cpus,
                              .ram = ram,
                              .ram_count = 2,
                              .trng = spec.trng ? husk_psci_trng : NULL,
                              .workarounds = husk_psci_workarounds };
    for (unsigned i = 0; i < spec.cpus; i++) {
        /* Aff0 makes them differ; bits 31 (RES1), 30 (U) and 24 (MT) are no part of a name. */
        spec.mpidr[i] = fields[spec_below(spread)] << 32 | fields[spec_below(spread)] << 16 |
                        fields[spec_below(spread)] << 8 | i * 3 | UINT64_C(1) << 31 |
                        (uint64_t)spec_below(2) << 30 | (uint64_t)spec_below(2) << 24;
        lib.mpidr[i] = spec.mpidr[i];
    }
    for (unsigned i = 0; i < 2; i++) {
        ram[i] = (struct husk_range){ bases[i], 0x1000 * (1 + (uint64_t)spec_below(4)) };
        spec.ram[i][0] = ram[i].base;
        spec.ram[i][1] = ram[i].base + ram[i].size_bytes;
    }
    for (unsigned i = 0; i < 3; i++) {
        spec.mitigated[i] = (int8_t)((int)spec_below(3) - 1);
        lib.workaround[i] = spec.mitigated[i];
    }
    if (spec_below(4) == 0) { /* without the part none is offered */
        lib.workarounds = NULL;
        memset(spec.mitigated, -1, sizeof(spec.mitigated));
    }
    husk_psci_reset(&lib);
    spec = spec_psci_reset(spec);
}

static uint64_t random_id(void)
{
    static const uint32_t bases[] = { 0x84000000, 0x84000000, 0x84000050, 0x80000000 };
    static const uint32_t others[] = { 0x80008000, 0x80007FFF, 0x80003FFF, 0xC4000053 };
    uint64_t id = bases[spec_below(4)] + spec_below(20);

    id = spec_below(8) == 0 ? others[spec_below(4)] : id;
    id ^= spec_below(3) == 0 ? 1u << 30 : 0;
    id ^= spec_below(16) == 0 ? UINT64_C(1) << spec_below(32) : 0;
    id |= spec_below(8) == 0 ? 1u << 16 : 0;
    id |= spec_below(8) == 0 ? spec_random() << 32 : 0;
    return id;
}

/* Something a guest could mean, or nearly. */
static uint64_t random_argument(void)
{
    const uint64_t name = spec.mpidr[spec_below(spec.cpus)] & 0xFF00FFFFFF;
    const uint64_t *const range = spec.ram[spec_below(2)];

    switch (spec_below(12)) {
    case 0:
        return spec_random();
    case 1:
        return name ^ UINT64_C(1) << spec_below(64);
    case 2:
    case 3:
    case 4:
        return name;
    case 5:
        return random_id();
    case 6:
        return spec_below(200);
    case 7:
        return UINT64_C(1) << spec_below(64) | spec_below(2);
    case 8:
        return (uint64_t)spec_below(8) << 32 | spec_below(5);
    default:
        return range[spec_below(2)] + spec_below(24) - 12;
    }
}

/* What the caller of the library is told, and finds in registers if the call returns. */
static void compare(const struct husk_psci_action *action, const uint64_t *regs)
{
    static const enum husk_psci_do what[] = {
        [SPEC_RETURNS] = HUSK_PSCI_RESUME,        [SPEC_STARTS_CPU] = HUSK_PSCI_START,
        [SPEC_CPU_OFF] = HUSK_PSCI_STOP,          [SPEC_STANDBY] = HUSK_PSCI_SUSPEND,
        [SPEC_SYSTEM_OFF] = HUSK_PSCI_SYSTEM_OFF, [SPEC_SYSTEM_RESET] = HUSK_PSCI_SYSTEM_RESET,
        [SPEC_ENTROPY] = HUSK_PSCI_RANDOM,        [SPEC_MITIGATES] = HUSK_PSCI_WORKAROUND,
    };
    const bool returns = spec.does.effect != SPEC_CPU_OFF && spec.does.effect != SPEC_SYSTEM_OFF &&
                         spec.does.effect != SPEC_SYSTEM_RESET;

    spec_same("action", action->what, what[spec.does.effect]);
    spec_same("target", action->vcpu, spec.does.target);
    spec_same("entry", action->entry, spec.does.entry);
    spec_same("context", action->context_id, spec.does.context);
    spec_same("bits", action->random_bits, spec.does.bits);
    for (unsigned i = 0; returns && i < 18; i++) {
        spec_same("register", regs[i], spec.x[i]);
    }
}

/* Random registers; a third of the calls turn a CPU on or off, or ask whether it is. */
static void random_call(void)
{
    static const uint32_t power[] = { 0x84000002, 0x84000003, 0xC4000003, 0x84000004, 0xC4000004 };
    const unsigned kind = spec_below(15);

    spec.caller = spec_below(spec.cpus);
    for (unsigned i = 0; i < 18; i++) {
        spec.x[i] = i == 0 ? random_id() : i < 4 ? random_argument() : spec_run.step * i;
    }
    if (kind < 5) {
        spec.x[0] = power[kind];
        spec.x[1] = spec.mpidr[spec_below(spec.cpus)] & 0xFF00FFFFFF;
        spec.x[2] = kind < 3 ? spec.ram[spec_below(2)][0] + 4 * spec_below(100) : spec_below(4);
    }
}

static void one_call(void)
{
    const uint64_t source[3] = { spec_random(), spec_random(), spec_random() };
    const bool gave = spec_below(8) != 0;
    struct husk_psci_action action = { .what = HUSK_PSCI_RESUME };
    uint64_t regs[18];
    uint32_t called;

    random_call();
    memcpy(regs, spec.x, sizeof(regs));
    called = (uint32_t)spec.x[0] & ~(1u << 16);
    spec_same("what is returned", husk_psci_call(&lib, spec.caller, regs, &action), action.what);
    spec = spec_psci_call(spec);
    if (spec.does.effect == SPEC_MITIGATES || spec.does.effect == SPEC_ENTROPY) {
        spec_same("function", action.function, called);
    }
    if (spec.does.effect == SPEC_ENTROPY && action.what == HUSK_PSCI_RANDOM) {
        husk_psci_random(&action, source, gave, regs);
        spec = spec_psci_random(spec, source, gave);
    }
    compare(&action, regs);
}

static void one_operation(void)
{
    const unsigned cpu = spec_below(spec.cpus);

    if (spec_below(256) == 0) {
        husk_psci_reset(&lib);
        spec = spec_psci_reset(spec);
    } else if (spec_below(5) == 0) {
        husk_psci_started(&lib, cpu);
        spec = spec_psci_started(spec, cpu);
    } else {
        one_call();
    }
    for (unsigned i = 0; i < spec.cpus; i++) {
        spec_same("power", lib.power[i], spec.power[i]);
    }
}

int main(int argc, char **argv)
{
    spec_run_init(argc, argv);
    for (spec_run.step = 0; spec_run.step < spec_run.count; spec_run.step++) {
        if (spec_run.step % 500 == 0) {
            new_vm();
        }
        one_operation();
    }
    return 0;
}
