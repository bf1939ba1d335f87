// SPDX-License-Identifier: Apache-2.0
#include "spec_psci.h"

/* DEN0022E "Return error codes"; of DEN0098 "Return codes": NO_ENTROPY. */
enum { SUCCESS = 0, UNSUPPORTED = -1, INVALID = -2, NO_ENTROPY = -3, ADDRESS = -9 };
enum { ALREADY_ON = -4, PENDING = -5 };

/* DEN0098 "TRNG_GET_UUID": bytes 0..3 of the UUID in W0, lowest first, 4..7 in W1, and so on: here
 * 7ad6a0f1-3c52-4b8e-9d11-6f2b5e0c84a7. "Function return values": others have zero in W1 to W3. */
static const uint32_t uuid[] = { 0x8e4b523c, 0x2b6f119d, 0xa7840c5e }, zeros[3];

/* Whose operations _FEATURES tells of: PSCI's, TRNG's, those of the Arm Architecture. */
enum { P = 1, T = 2, A = 4 };

/* What is there, by DEN0022E and DEN0098 "Function identifiers", DEN0028E "Arm Architecture Calls".
 * Without a function of its own, an operation refuses an argument with a bit of `zero`, and has its
 * effect and its value in x0 otherwise. */
static const struct operation {
    uint32_t id, zero;
    struct spec_psci (*spec)(struct spec_psci s, const uint64_t *arg); /* arg[0]: the identifier */
    int64_t value;
    const uint32_t *more; /* x1 to x3 after it; NULL: preserved */
    enum spec_psci_effect effect;
    uint8_t of;
    bool wide; /* the SMC64 call (bit 30) too */
} operations[20];

static const struct operation *find(uint32_t id)
{
    const struct operation *f = operations;

    while (f->id != 0 && id != f->id && !(f->wide && id == (f->id | 1u << 30))) {
        f++;
    }
    return f;
}

/* DEN0028E "Return values": a signed 32-bit value; choice: sign-extended for SMC32 too. */
static struct spec_psci give(struct spec_psci s, int64_t value)
{
    s.x[0] = (uint64_t)value;
    return s;
}

/* DEN0022E "CPU_ON", "AFFINITY_INFO": from `level` up, `name` has the CPU's Aff3 [39:32], Aff2
 * [23:16], Aff1 [15:8], Aff0 [7:0]; its other bits must be zero. */
static bool names(uint64_t name, uint64_t mpidr, uint32_t level)
{
    const uint64_t ignored[] = { 0, 0xFF, 0xFFFF, 0xFFFFFFFF };

    return name >> 40 == 0 && (uint8_t)(name >> 24) == 0 && level <= 3 &&
           ((name ^ mpidr) & 0xFF00FFFFFF & ~ignored[level]) == 0;
}

/* DEN0022E "CPU_ON". Choices: the order of the checks; INVALID_ADDRESS for an A64 instruction that
 * is not aligned or not all in RAM. */
static struct spec_psci cpu_on(struct spec_psci s, const uint64_t *arg)
{
    static const int8_t answers[] = { [SPEC_ON] = ALREADY_ON, [SPEC_ON_PENDING] = PENDING };
    bool in_ram = false;
    unsigned to = 0;

    while (to < s.cpus && !names(arg[1], s.mpidr[to], 0)) {
        to++;
    }
    for (unsigned i = 0; i < 8 && arg[2] % 4 == 0; i++) {
        in_ram |= arg[2] >= s.ram[i][0] && arg[2] + 3 < s.ram[i][1];
    }
    if (to == s.cpus || !in_ram || s.power[to] != SPEC_OFF) {
        return give(s, to == s.cpus ? INVALID : in_ram ? answers[s.power[to]] : ADDRESS);
    }
    s.power[to] = SPEC_ON_PENDING;
    s.does = (struct spec_psci_act){ SPEC_STARTS_CPU, to, 0, arg[2], arg[3] };
    return give(s, SUCCESS);
}

/* DEN0022E "AFFINITY_INFO": ON with one CPU on, OFF only with all off. Nobody there: INVALID. */
static struct spec_psci affinity_info(struct spec_psci s, const uint64_t *arg)
{
    static const int8_t answers[] = { INVALID,         SPEC_ON, SPEC_OFF,        SPEC_ON,
                                      SPEC_ON_PENDING, SPEC_ON, SPEC_ON_PENDING, SPEC_ON };
    unsigned found = 0; /* bit 0: one is ON; 1: OFF; 2: ON_PENDING */

    for (unsigned i = 0; i < s.cpus; i++) {
        found |= names(arg[1], s.mpidr[i], (uint32_t)arg[2]) ? 1u << s.power[i] : 0;
    }
    return give(s, answers[found]);
}

/* DEN0022E "CPU_OFF": does not return. */
static struct spec_psci cpu_off(struct spec_psci s, const uint64_t *arg)
{
    (void)arg;
    s.power[s.caller] = SPEC_OFF;
    s.does.target = s.caller;
    return s;
}

/* DEN0028E "SMCCC_ARCH_WORKAROUND_1", _2, _3: 0 of ARCH_FEATURES is "call it", 1 "not needed". */
static struct spec_psci workaround(struct spec_psci s, const uint64_t *arg)
{
    const int8_t offered = s.mitigated[find((uint32_t)arg[0])->value];

    s.does.effect = offered == 0 ? SPEC_MITIGATES : SPEC_RETURNS;
    return give(s, offered < 0 ? UNSUPPORTED : SUCCESS);
}

/* DEN0098 "TRNG_RND": up to three W or three X registers full. x0 is spec_psci_random()'s. */
static struct spec_psci trng_rnd(struct spec_psci s, const uint64_t *arg)
{
    const bool fits = arg[1] - 1 < ((arg[0] >> 30 & 1) != 0 ? 192 : 96);

    s.does.effect = fits ? SPEC_ENTROPY : SPEC_RETURNS;
    s.does.bits = fits ? arg[1] : 0;
    return fits ? s : give(s, INVALID);
}

/* DEN0022E "PSCI_FEATURES" (all flags are 0: power_state in the original format, no OS-initiated
 * mode), DEN0028E "SMCCC_ARCH_FEATURES", DEN0098 "TRNG_FEATURES". */
static struct spec_psci features(struct spec_psci s, const uint64_t *arg)
{
    const struct operation *const asked = find((uint32_t)arg[1]);

    return give(s, (asked->of & find((uint32_t)arg[0])->of) == 0 ? UNSUPPORTED
                   : asked->spec == workaround                   ? s.mitigated[asked->value]
                                                                 : SUCCESS);
}

/* "CPU_SUSPEND", power_state in the original format: power level [25:24], state type [16], state ID
 * [15:0], others zero; choices: the core's is the only level; a power-down is downgraded to
 * standby, so entry_point_address is not used; any state ID. "SYSTEM_RESET2": SYSTEM_WARM_RESET is
 * 0; choice: no vendor's types (bit 31). */
static const struct operation operations[20] = {
    { 0x84000000, 0, 0, 1 << 16 | 1, 0, SPEC_RETURNS, P, false },     /* "PSCI_VERSION": 1.1 */
    { 0x84000001, 0xFFFE0000, 0, SUCCESS, 0, SPEC_STANDBY, P, true }, /* "CPU_SUSPEND" */
    { 0x84000002, 0, cpu_off, 0, 0, SPEC_CPU_OFF, P, false },
    { 0x84000003, 0, cpu_on, 0, 0, SPEC_RETURNS, P, true },
    { 0x84000004, 0, affinity_info, 0, 0, SPEC_RETURNS, P, true },
    { 0x84000006, 0, 0, 2, 0, SPEC_RETURNS, P, false },      /* "MIGRATE_INFO_TYPE": no need */
    { 0x84000008, 0, 0, 0, 0, SPEC_SYSTEM_OFF, P, false },   /* "SYSTEM_OFF" */
    { 0x84000009, 0, 0, 0, 0, SPEC_SYSTEM_RESET, P, false }, /* "SYSTEM_RESET" */
    { 0x8400000A, 0, features, 0, 0, SPEC_RETURNS, P, false },
    { 0x84000012, 0xFFFFFFFF, 0, 0, 0, SPEC_SYSTEM_RESET, P, true }, /* "SYSTEM_RESET2" */
    { 0x84000050, 0, 0, 1 << 16, zeros, SPEC_RETURNS, T, false },    /* "TRNG_VERSION": 1.0 */
    { 0x84000051, 0, features, 0, zeros, SPEC_RETURNS, T, false },
    { 0x84000052, 0, 0, 0xf1a0d67a, uuid, SPEC_RETURNS, T, false }, /* "TRNG_GET_UUID" */
    { 0x84000053, 0, trng_rnd, 0, zeros, SPEC_RETURNS, T, true },
    { 0x80000000, 0, 0, 1 << 16 | 2, 0, SPEC_RETURNS, A | P, false }, /* "SMCCC_VERSION": 1.2 */
    { 0x80000001, 0, features, 0, 0, SPEC_RETURNS, A, false },
    { 0x80008000, 0, workaround, 0, 0, SPEC_RETURNS, A, false },
    { 0x80007FFF, 0, workaround, 1, 0, SPEC_RETURNS, A, false },
    { 0x80003FFF, 0, workaround, 2, 0, SPEC_RETURNS, A, false },
    { 0, 0, 0, UNSUPPORTED, 0, SPEC_RETURNS, 0, false },
};

/* DEN0028E "Unknown Function Identifier", "Register use in AArch64": the identifier is W0, bit 16 a
 * hint (SVE); SMC32 has W registers for arguments; what holds no result is preserved. */
struct spec_psci spec_psci_call(struct spec_psci s)
{
    const uint64_t width = (s.x[0] >> 30 & 1) != 0 ? UINT64_MAX : UINT32_MAX;
    const uint64_t arg[] = { (uint32_t)s.x[0] & ~(1u << 16), s.x[1] & width, s.x[2] & width,
                             s.x[3] & width };
    const struct operation *f = find((uint32_t)arg[0]);
    const bool refused = (arg[1] & f->zero) != 0;

    f = f->of == T && !s.trng ? find(0) : f;
    for (unsigned i = 1; f->more && i <= 3; i++) {
        s.x[i] = f->more[i - 1];
    }
    s.does = (struct spec_psci_act){ .effect = refused ? SPEC_RETURNS : f->effect };
    return f->spec ? f->spec(s, arg) : give(s, refused ? INVALID : f->value);
}

/* DEN0098 "TRNG_RND": bit 0 of the entropy is bit 0 of the last register; what is not needed of
 * the others is zero, and all of it with NO_ENTROPY. */
struct spec_psci spec_psci_random(struct spec_psci s, const uint64_t source[3], bool gave)
{
    const unsigned width = (s.x[0] >> 30 & 1) != 0 ? 64 : 32;

    for (unsigned i = 0; gave && i < s.does.bits; i++) {
        s.x[3 - i / width] |= (source[i / 64] >> i % 64 & 1) << i % width;
    }
    return give(s, gave ? SUCCESS : NO_ENTROPY);
}

/* DEN0022E "CPU_ON": pending until the CPU is there. */
struct spec_psci spec_psci_started(struct spec_psci s, unsigned target)
{
    s.power[target] = s.power[target] == SPEC_ON_PENDING ? SPEC_ON : s.power[target];
    return s;
}

/* DEN0022E "SYSTEM_RESET": a cold boot, with the primary CPU on alone. */
struct spec_psci spec_psci_reset(struct spec_psci s)
{
    for (unsigned i = 0; i < s.cpus; i++) {
        s.power[i] = i == 0 ? SPEC_ON : SPEC_OFF;
    }
    return s;
}
