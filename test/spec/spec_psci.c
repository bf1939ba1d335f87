// SPDX-License-Identifier: Apache-2.0
#include "spec_psci.h"

/* DEN0022E "Return error codes"; of DEN0098 "Return codes": NO_ENTROPY. */
enum { SUCCESS = 0, UNSUPPORTED = -1, INVALID = -2, NO_ENTROPY = -3, ADDRESS = -9 };
enum { ALREADY_ON = -4, PENDING = -5 };

/* What is there, by DEN0022E and DEN0098 "Function identifiers", DEN0028E "Arm Architecture Calls".
 * Without a function of its own, an operation is its effect, and its value in x0 where it returns.
 */
static const struct operation {
    uint32_t id;
    bool wide;   /* the SMC64 call (bit 30) too */
    char family; /* PSCI, TRNG or Arm Architecture: whose _FEATURES knows it */
    struct spec_psci (*spec)(struct spec_psci s);
    int32_t value;
    enum spec_psci_effect effect;
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
static struct spec_psci give(struct spec_psci s, int32_t value)
{
    s.x[0] = (uint64_t)(int64_t)value;
    return s;
}

/* Operations whose argument may be refused. DEN0022E "CPU_SUSPEND", "power_state" in the original
 * format: power level [25:24], state type [16], state ID [15:0], others zero; choices: the core's
 * is the only level; a power-down is downgraded to standby, so entry_point_address is not used; any
 * state ID. "SYSTEM_RESET2": SYSTEM_WARM_RESET is 0; choice: no vendor's types (bit 31). DEN0098
 * "TRNG_RND": up to three W or three X registers full. */
static struct spec_psci if_valid(struct spec_psci s)
{
    const bool valid = s.effect == SPEC_STANDBY        ? (uint32_t)s.x[1] >> 17 == 0
                       : s.effect == SPEC_SYSTEM_RESET ? (uint32_t)s.x[1] == 0
                                                       : s.x[1] - 1 < (s.x[0] >> 30 & 1 ? 192 : 96);

    s.bits = valid && s.effect == SPEC_ENTROPY ? (unsigned)s.x[1] : 0;
    if (valid) {
        return s.effect == SPEC_STANDBY ? give(s, SUCCESS) : s;
    }
    s.effect = SPEC_RETURNS;
    return give(s, INVALID);
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
static struct spec_psci cpu_on(struct spec_psci s)
{
    static const int32_t refusal[] = { [SPEC_ON] = ALREADY_ON, [SPEC_ON_PENDING] = PENDING };
    const uint64_t at = s.x[2];
    bool in_ram = false;
    unsigned to = 0;

    while (to < s.cpus && !names(s.x[1], s.mpidr[to], 0)) {
        to++;
    }
    for (unsigned i = 0; i < 8; i++) {
        in_ram = in_ram || (at >= s.ram[i][0] && at < s.ram[i][1] && s.ram[i][1] - at >= 4);
    }
    if (to == s.cpus || !in_ram || at % 4 != 0) {
        return give(s, to == s.cpus ? INVALID : ADDRESS);
    }
    if (s.power[to] != SPEC_OFF) {
        return give(s, refusal[s.power[to]]);
    }
    s.power[to] = SPEC_ON_PENDING;
    s.effect = SPEC_STARTS_CPU;
    s.target = to;
    s.entry = at;
    s.context = s.x[3];
    return give(s, SUCCESS);
}

/* DEN0022E "AFFINITY_INFO": ON with one CPU on, OFF only with all off. Nobody there: INVALID. */
static struct spec_psci affinity_info(struct spec_psci s)
{
    int32_t found = INVALID;

    for (unsigned i = 0; i < s.cpus; i++) {
        if (names(s.x[1], s.mpidr[i], (uint32_t)s.x[2]) && found != SPEC_ON) {
            found = found == INVALID || s.power[i] != SPEC_OFF ? (int32_t)s.power[i] : found;
        }
    }
    return give(s, found);
}

/* DEN0022E "CPU_OFF": does not return. */
static struct spec_psci cpu_off(struct spec_psci s)
{
    s.power[s.caller] = SPEC_OFF;
    s.target = s.caller;
    return s;
}

/* DEN0028E "SMCCC_ARCH_WORKAROUND_1", _2, _3: 0 of ARCH_FEATURES is "call it", 1 "not needed". */
static struct spec_psci workaround(struct spec_psci s)
{
    const int8_t offered = s.mitigated[find((uint32_t)s.x[0])->value];

    s.effect = offered == 0 ? SPEC_MITIGATES : SPEC_RETURNS;
    return give(s, offered < 0 ? UNSUPPORTED : SUCCESS);
}

/* DEN0098 "TRNG_GET_UUID": bytes 0..3 of the UUID in W0, lowest first, 4..7 in W1, and so on: here
 * 7ad6a0f1-3c52-4b8e-9d11-6f2b5e0c84a7. */
static struct spec_psci trng_get_uuid(struct spec_psci s)
{
    s.x[0] = 0xf1a0d67a;
    s.x[1] = 0x8e4b523c;
    s.x[2] = 0x2b6f119d;
    s.x[3] = 0xa7840c5e;
    return s;
}

/* DEN0022E "PSCI_FEATURES" (SMCCC_VERSION may be asked for too; all flags are 0: power_state in the
 * original format, no OS-initiated mode), DEN0028E "SMCCC_ARCH_FEATURES", DEN0098 "TRNG_FEATURES".
 */
static struct spec_psci features(struct spec_psci s)
{
    const struct operation *const asked = find((uint32_t)s.x[1]);
    const char family = find((uint32_t)s.x[0])->family;

    if (asked->family != family && !(family == 'P' && asked->id == 0x80000000)) {
        return give(s, UNSUPPORTED);
    }
    return give(s, asked->spec == workaround ? s.mitigated[asked->value] : SUCCESS);
}

/* clang-format off: a row is an operation */
static const struct operation operations[20] = {
    { 0x84000000, false, 'P', 0, 1 << 16 | 1, SPEC_RETURNS }, /* "PSCI_VERSION": 1.1 */
    { 0x84000001, true, 'P', if_valid, 0, SPEC_STANDBY },     /* "CPU_SUSPEND" */
    { 0x84000002, false, 'P', cpu_off, 0, SPEC_CPU_OFF },
    { 0x84000003, true, 'P', cpu_on, 0, SPEC_RETURNS },
    { 0x84000004, true, 'P', affinity_info, 0, SPEC_RETURNS },
    { 0x84000006, false, 'P', 0, 2, SPEC_RETURNS },    /* "MIGRATE_INFO_TYPE": nothing to migrate */
    { 0x84000008, false, 'P', 0, 0, SPEC_SYSTEM_OFF }, /* "SYSTEM_OFF" */
    { 0x84000009, false, 'P', 0, 0, SPEC_SYSTEM_RESET }, /* "SYSTEM_RESET" */
    { 0x8400000A, false, 'P', features, 0, SPEC_RETURNS },
    { 0x84000012, true, 'P', if_valid, 0, SPEC_SYSTEM_RESET }, /* "SYSTEM_RESET2" */
    { 0x84000050, false, 'T', 0, 1 << 16, SPEC_RETURNS },      /* "TRNG_VERSION": 1.0 */
    { 0x84000051, false, 'T', features, 0, SPEC_RETURNS },
    { 0x84000052, false, 'T', trng_get_uuid, 0, SPEC_RETURNS },
    { 0x84000053, true, 'T', if_valid, 0, SPEC_ENTROPY },     /* "TRNG_RND" */
    { 0x80000000, false, 'A', 0, 1 << 16 | 2, SPEC_RETURNS }, /* "SMCCC_VERSION": 1.2 */
    { 0x80000001, false, 'A', features, 0, SPEC_RETURNS },
    { 0x80008000, false, 'A', workaround, 0, SPEC_RETURNS },
    { 0x80007FFF, false, 'A', workaround, 1, SPEC_RETURNS },
    { 0x80003FFF, false, 'A', workaround, 2, SPEC_RETURNS },
    { 0, false, 0, 0, UNSUPPORTED, SPEC_RETURNS },
};
/* clang-format on */

/* DEN0028E "Unknown Function Identifier", "Register use in AArch64": the identifier is W0, bit 16 a
 * hint (SVE); SMC32 has W registers for arguments; what holds no result is preserved. DEN0098
 * "Function return values": W1 to W3 are results, or zero. */
struct spec_psci spec_psci_call(struct spec_psci s)
{
    const struct spec_psci before = s;
    const struct operation *f = find((uint32_t)s.x[0] & ~(1u << 16));

    f = f->family == 'T' && !s.trng ? find(0) : f;
    s.x[0] &= ~(1u << 16);
    for (unsigned i = 1; i <= 3; i++) {
        s.x[i] = (s.x[0] >> 30 & 1) != 0 ? s.x[i] : (uint32_t)s.x[i];
    }
    s.effect = f->effect;
    s.target = s.bits = 0;
    s.entry = s.context = 0;
    s = f->spec ? f->spec(s) : give(s, f->value);
    for (unsigned i = 1; i <= 3; i++) {
        s.x[i] = f->family != 'T' || s.effect == SPEC_ENTROPY ? before.x[i]
                 : f->spec == trng_get_uuid                   ? s.x[i]
                                                              : 0;
    }
    return s;
}

/* DEN0098 "TRNG_RND": bit 0 of the entropy is bit 0 of the last register; what is not needed of
 * the others is zero, and all of it with NO_ENTROPY. */
struct spec_psci spec_psci_random(struct spec_psci s, const uint64_t source[3], bool gave)
{
    const unsigned width = (s.x[0] >> 30 & 1) != 0 ? 64 : 32;

    s.x[1] = s.x[2] = s.x[3] = 0;
    for (unsigned i = 0; gave && i < s.bits; i++) {
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
