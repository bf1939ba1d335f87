// SPDX-License-Identifier: Apache-2.0
// test_model_psci_calls [SEED [COUNT]]: random PSCI, SMCCC and TRNG calls against a plain model of
// the specifications: one row per function, power states as characters, no atomics, no shared
// helper.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <husk/psci.h>

static uint64_t random_state;

static uint64_t random64(void)
{
    random_state += 0x9E3779B97F4A7C15; /* SplitMix64 */
    uint64_t z = random_state;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

static unsigned below(unsigned limit)
{
    return (unsigned)(random64() % limit);
}

/* The model's VM. */
struct model_cpu {
    unsigned aff3, aff2, aff1, aff0;
    char power; /* 'I' on, 'O' off, 'P' on pending */
};

static struct {
    struct model_cpu cpu[8];
    unsigned count;
    struct {
        uint64_t first, last; /* addresses of the first and the last byte */
    } ram[2];
    int has_trng;
    int workaround[3]; /* of identifiers 8000, 7FFF, 3FFF */
} model;

struct outcome {
    enum husk_psci_do what;
    uint64_t x[4];
    unsigned vcpu;
    uint64_t entry, context;
    unsigned bits;
    uint32_t function;
};

enum kind {
    PSCI,
    SMCCC,
    TRNG,
};

static const struct {
    uint32_t id;
    enum kind kind;
    const char *name;
} functions[] = {
    { 0x80000000, SMCCC, "SMCCC_VERSION" }, { 0x80000001, SMCCC, "ARCH_FEATURES" },
    { 0x80008000, SMCCC, "WORKAROUND" },    { 0x80007FFF, SMCCC, "WORKAROUND" },
    { 0x80003FFF, SMCCC, "WORKAROUND" },    { 0x84000000, PSCI, "PSCI_VERSION" },
    { 0x84000001, PSCI, "CPU_SUSPEND" },    { 0xC4000001, PSCI, "CPU_SUSPEND" },
    { 0x84000002, PSCI, "CPU_OFF" },        { 0x84000003, PSCI, "CPU_ON" },
    { 0xC4000003, PSCI, "CPU_ON" },         { 0x84000004, PSCI, "AFFINITY_INFO" },
    { 0xC4000004, PSCI, "AFFINITY_INFO" },  { 0x84000006, PSCI, "MIGRATE_INFO_TYPE" },
    { 0x84000008, PSCI, "SYSTEM_OFF" },     { 0x84000009, PSCI, "SYSTEM_RESET" },
    { 0x8400000A, PSCI, "PSCI_FEATURES" },  { 0x84000012, PSCI, "SYSTEM_RESET2" },
    { 0xC4000012, PSCI, "SYSTEM_RESET2" },  { 0x84000050, TRNG, "TRNG_VERSION" },
    { 0x84000051, TRNG, "TRNG_FEATURES" },  { 0x84000052, TRNG, "TRNG_GET_UUID" },
    { 0x84000053, TRNG, "TRNG_RND" },       { 0xC4000053, TRNG, "TRNG_RND" },
};

/* Row of `id`, or -1. */
static int row_of(uint32_t id)
{
    for (size_t i = 0; i < HUSK_COUNT(functions); i++) {
        if (functions[i].id == id) {
            return (int)i;
        }
    }
    return -1;
}

static int is(int row, const char *name)
{
    return row >= 0 && strcmp(functions[row].name, name) == 0;
}

static void answer(struct outcome *out, int64_t value)
{
    out->what = HUSK_PSCI_RESUME;
    out->x[0] = (uint64_t)value;
}

static int workaround_of(uint32_t id)
{
    return model.workaround[id == 0x80008000 ? 0 : id == 0x80007FFF ? 1 : 2];
}

static void model_cpu_on(struct outcome *out)
{
    const uint64_t target = out->x[1];
    const uint64_t entry = out->x[2];
    int in_ram = 0;

    for (unsigned r = 0; r < 2; r++) {
        in_ram |= entry >= model.ram[r].first && entry + 3 <= model.ram[r].last;
    }
    for (unsigned i = 0; i < model.count; i++) {
        struct model_cpu *cpu = &model.cpu[i];
        const uint64_t name =
            ((uint64_t)cpu->aff3 << 32) + cpu->aff2 * 65536u + cpu->aff1 * 256u + cpu->aff0;

        if (name != target) {
            continue;
        }
        if (entry % 4 != 0 || !in_ram) {
            answer(out, -9);
        } else if (cpu->power == 'I') {
            answer(out, -4);
        } else if (cpu->power == 'P') {
            answer(out, -5);
        } else {
            answer(out, 0);
            cpu->power = 'P';
            out->what = HUSK_PSCI_START;
            out->vcpu = i;
            out->entry = entry;
            out->context = out->x[3];
        }
        return;
    }
    answer(out, -2);
}

static void model_affinity_info(struct outcome *out)
{
    const uint64_t target = out->x[1];
    const uint32_t level = (uint32_t)out->x[2];
    unsigned on = 0;
    unsigned pending = 0;
    unsigned off = 0;

    answer(out, -2);
    if (level > 3 || (target >> 40) != 0 || ((target >> 24) & 0xFF) != 0) {
        return;
    }
    for (unsigned i = 0; i < model.count; i++) {
        const struct model_cpu *cpu = &model.cpu[i];

        if (cpu->aff3 == ((target >> 32) & 0xFF) &&
            (level > 2 || cpu->aff2 == ((target >> 16) & 0xFF)) &&
            (level > 1 || cpu->aff1 == ((target >> 8) & 0xFF)) &&
            (level > 0 || cpu->aff0 == (target & 0xFF))) {
            on += cpu->power == 'I';
            pending += cpu->power == 'P';
            off += cpu->power == 'O';
        }
    }
    if (on + pending + off != 0) {
        answer(out, on != 0 ? 0 : pending != 0 ? 2 : 1);
    }
}

static void model_psci(struct outcome *out, int row, unsigned caller)
{
    const uint32_t w1 = (uint32_t)out->x[1];

    if (is(row, "PSCI_VERSION")) {
        answer(out, 0x10001);
    } else if (is(row, "CPU_SUSPEND")) {
        const int valid = w1 < 0x20000;

        answer(out, valid ? 0 : -2);
        out->what = valid ? HUSK_PSCI_SUSPEND : HUSK_PSCI_RESUME;
    } else if (is(row, "CPU_OFF")) {
        model.cpu[caller].power = 'O';
        out->what = HUSK_PSCI_STOP;
        out->vcpu = caller;
    } else if (is(row, "CPU_ON")) {
        model_cpu_on(out);
    } else if (is(row, "AFFINITY_INFO")) {
        model_affinity_info(out);
    } else if (is(row, "MIGRATE_INFO_TYPE")) {
        answer(out, 2);
    } else if (is(row, "SYSTEM_OFF")) {
        out->what = HUSK_PSCI_SYSTEM_OFF;
    } else if (is(row, "SYSTEM_RESET") || (is(row, "SYSTEM_RESET2") && w1 == 0)) {
        out->what = HUSK_PSCI_SYSTEM_RESET;
    } else if (is(row, "SYSTEM_RESET2")) {
        answer(out, -2);
    } else { /* PSCI_FEATURES */
        const int asked = row_of(w1);

        answer(out, asked >= 0 && (functions[asked].kind == PSCI || w1 == 0x80000000) ? 0 : -1);
    }
}

static void model_trng(struct outcome *out, int row, uint32_t id)
{
    const unsigned most = id == 0xC4000053 ? 192 : 96;

    if (!model.has_trng) {
        answer(out, -1);
        return;
    }
    if (is(row, "TRNG_GET_UUID")) {
        answer(out, 0xF1A0D67A);
        out->x[1] = 0x8E4B523C;
        out->x[2] = 0x2B6F119D;
        out->x[3] = 0xA7840C5E;
        return;
    }
    if (is(row, "TRNG_RND") && out->x[1] >= 1 && out->x[1] <= most) {
        out->what = HUSK_PSCI_RANDOM;
        out->bits = (unsigned)out->x[1];
        out->function = id;
        return;
    }
    if (is(row, "TRNG_VERSION")) {
        answer(out, 0x10000);
    } else if (is(row, "TRNG_FEATURES")) {
        const int asked = row_of((uint32_t)out->x[1]);

        answer(out, asked >= 0 && functions[asked].kind == TRNG ? 0 : -1);
    } else {
        answer(out, -2);
    }
    out->x[1] = out->x[2] = out->x[3] = 0;
}

static void model_smccc(struct outcome *out, int row, uint32_t id)
{
    if (is(row, "SMCCC_VERSION")) {
        answer(out, 0x10002);
    } else if (is(row, "ARCH_FEATURES")) {
        const uint32_t w1 = (uint32_t)out->x[1];
        const int asked = row_of(w1);

        answer(out, is(asked, "WORKAROUND")                        ? workaround_of(w1)
                    : asked >= 0 && functions[asked].kind == SMCCC ? 0
                                                                   : -1);
    } else {
        answer(out, workaround_of(id) < 0 ? -1 : 0);
        out->what = workaround_of(id) == 0 ? HUSK_PSCI_WORKAROUND : HUSK_PSCI_RESUME;
        out->function = workaround_of(id) == 0 ? id : 0;
    }
}

/* What the call in x[0..3] must do. x holds the registers after it. */
static struct outcome expect(const uint64_t x[4], unsigned caller)
{
    const uint32_t id = (uint32_t)x[0] & 0xFFFEFFFF;
    const int row = row_of(id);
    struct outcome out = { .what = HUSK_PSCI_RESUME };
    uint64_t args[4] = { x[0], x[1], x[2], x[3] };

    for (unsigned i = 1; i < 4; i++) {
        if ((id & 0x40000000) == 0) {
            args[i] &= 0xFFFFFFFF;
        }
        out.x[i] = args[i];
    }
    out.x[0] = x[0];
    if (row < 0) {
        answer(&out, -1);
    } else if (functions[row].kind == PSCI) {
        model_psci(&out, row, caller);
    } else if (functions[row].kind == SMCCC) {
        model_smccc(&out, row, id);
    } else {
        model_trng(&out, row, id);
    }
    /* Arguments that are not results stay as they were, upper halves included. */
    for (unsigned i = 1; i < 4; i++) {
        if (out.x[i] == args[i] && !(row >= 0 && functions[row].kind == TRNG && model.has_trng &&
                                     out.what != HUSK_PSCI_RANDOM)) {
            out.x[i] = x[i];
        }
    }
    return out;
}

static struct husk_range ram[2];

/* A new VM in both worlds. */
static struct husk_psci new_vm(void)
{
    static const unsigned fields[] = { 0, 0, 0, 1, 2, 255 };
    struct husk_psci psci = { .ram = ram, .ram_count = 2 };

    memset(&model, 0, sizeof(model));
    model.count = 1 + below(8);
    for (unsigned i = 0; i < model.count; i++) {
        struct model_cpu *cpu = &model.cpu[i];

        cpu->aff3 = fields[below(6)];
        cpu->aff2 = fields[below(6)];
        cpu->aff1 = fields[below(6)];
        cpu->aff0 = i * 3; /* no two alike */
        cpu->power = i == 0 ? 'I' : 'O';
        psci.mpidr[i] = 0x80000000 | (uint64_t)cpu->aff3 << 32 | (uint64_t)cpu->aff2 << 16 |
                        cpu->aff1 << 8 | cpu->aff0 | (uint64_t)below(2) << 24;
    }
    psci.vcpu_count = model.count;
    for (unsigned r = 0; r < 2; r++) {
        ram[r] = (struct husk_range){ .base = r == 0 ? 0x40000000 : 0x900000000,
                                      .size_bytes = 0x1000 * (1 + (uint64_t)below(4)) };
        model.ram[r].first = ram[r].base;
        model.ram[r].last = ram[r].base + ram[r].size_bytes - 1;
    }
    psci.has_trng = model.has_trng = below(4) != 0;
    for (unsigned i = 0; i < 3; i++) {
        psci.workaround[i] = model.workaround[i] = (int)below(3) - 1;
    }
    husk_psci_reset(&psci);
    return psci;
}

/* An argument that is likely to mean something. */
static uint64_t argument(void)
{
    const struct model_cpu *cpu = &model.cpu[below(model.count)];
    const uint64_t mpidr = (uint64_t)cpu->aff3 << 32 | cpu->aff2 << 16 | cpu->aff1 << 8 | cpu->aff0;

    switch (below(10)) {
    case 0:
        return random64();
    case 1:
        return mpidr ^ (UINT64_C(1) << below(64));
    case 2:
    case 3:
    case 4:
        return mpidr;
    case 5:
        return below(8);
    case 6:
        return functions[below(HUSK_COUNT(functions))].id;
    case 7:
        return below(200);
    case 8:
        return UINT64_C(1) << below(64);
    default:
        return (uint64_t)below(8) << 32 | below(5);
    }
}

static uint64_t entry(void)
{
    const unsigned r = below(2);
    const uint64_t edge = below(2) == 0 ? model.ram[r].first : model.ram[r].last + 1;

    return below(8) == 0 ? argument() : edge + below(24) - 12;
}

static uint64_t identifier(void)
{
    uint64_t id = functions[below(HUSK_COUNT(functions))].id;

    if (below(8) == 0) {
        id ^= UINT64_C(1) << below(32);
    }
    if (below(8) == 0) {
        id |= 0x10000;
    }
    if (below(8) == 0) {
        id |= random64() << 32;
    }
    return below(64) == 0 ? random64() : id;
}

static void check(bool ok, const char *what, uint64_t step, const uint64_t x[4])
{
    if (!ok) {
        fprintf(stderr,
                "model.psci: %s differs at step %" PRIu64 ": x0 %#" PRIx64 " x1 %#" PRIx64
                " x2 %#" PRIx64 " x3 %#" PRIx64 "\n",
                what, step, x[0], x[1], x[2], x[3]);
        exit(1);
    }
}

static void one_call(struct husk_psci *psci, uint64_t step)
{
    static const char powers[] = "IOP";
    const unsigned caller = below(model.count);
    const uint64_t x[4] = { identifier(), argument(), below(2) == 0 ? entry() : argument(),
                            argument() };
    uint64_t regs[18] = { x[0], x[1], x[2], x[3] };
    const struct outcome want = expect(x, caller);
    const struct husk_psci_action got = husk_psci_call(psci, caller, regs);

    check(got.what == want.what, "action", step, x);
    check(memcmp(regs, want.x, sizeof(want.x)) == 0, "result", step, x);
    check(got.vcpu == want.vcpu, "vcpu", step, x);
    check(got.entry == want.entry, "entry", step, x);
    check(got.context_id == want.context, "context_id", step, x);
    check(got.random_bits == want.bits, "random_bits", step, x);
    check(want.function == 0 || got.function == want.function, "function", step, x);
    for (unsigned i = 4; i < 18; i++) {
        check(regs[i] == 0, "x4..x17", step, x);
    }
    if (below(3) == 0) {
        const unsigned vcpu = below(model.count);

        husk_psci_started(psci, vcpu);
        if (model.cpu[vcpu].power == 'P') {
            model.cpu[vcpu].power = 'I';
        }
    }
    for (unsigned i = 0; i < model.count; i++) {
        check(powers[psci->power[i]] == model.cpu[i].power, "power", step, x);
    }
}

int main(int argc, char **argv)
{
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);
    const uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 0) : 1000000;
    struct husk_psci psci;

    printf("model.psci: seed %" PRIu64 ", %" PRIu64 " calls\n", seed, count);
    fflush(stdout);
    random_state = seed;
    for (uint64_t step = 0; step < count; step++) {
        if (step % 500 == 0) {
            psci = new_vm();
        }
        one_call(&psci, step);
    }
    return 0;
}
