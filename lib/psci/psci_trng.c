// SPDX-License-Identifier: Apache-2.0
#include "psci_internal.h"

/* DEN0098 1.0 "Arm True Random Number Generator Firmware Interface". */

/* As psci_internal.h has identifiers. */
enum {
    FN_TRNG_VERSION = 0x04000050,
    FN_TRNG_FEATURES = 0x04000051,
    FN_TRNG_GET_UUID = 0x04000052,
    FN_TRNG_RND32 = 0x04000053,
    FN_TRNG_RND64 = 0x44000053,
};

enum {
    TRNG_VERSION_1_0 = 0x00010000,
    RND_REGISTERS = 3, /* x1..x3 */
};

static const int32_t ret_no_entropy = -3;

/* Names Husk as the back end: 7ad6a0f1-3c52-4b8e-9d11-6f2b5e0c84a7, its bytes in the order of
 * DEN0098, four to a register, least significant first. */
static const uint32_t trng_uuid[4] = { 0xF1A0D67A, 0x8E4B523C, 0x2B6F119D, 0xA7840C5E };

static int32_t trng_features(uint32_t fn)
{
    switch (fn) {
    case FN_TRNG_VERSION:
    case FN_TRNG_FEATURES:
    case FN_TRNG_GET_UUID:
    case FN_TRNG_RND32:
    case FN_TRNG_RND64:
        return RET_SUCCESS;
    default:
        return RET_NOT_SUPPORTED;
    }
}

/* All of x0..x3 are results of a TRNG call; what is not used must be zero. */
static enum husk_psci_do trng_answer(uint64_t *regs, int32_t value)
{
    for (unsigned i = 1; i <= RND_REGISTERS; i++) {
        regs[i] = 0;
    }
    return husk_psci_answer(regs, value);
}

static enum husk_psci_do trng_rnd(const struct husk_psci_call *call)
{
    const unsigned width = call->fn == FN_TRNG_RND64 ? 64 : 32;
    const uint64_t bits = call->x[1];

    if (bits == 0 || bits > (uint64_t)RND_REGISTERS * width) {
        return trng_answer(call->regs, RET_INVALID_PARAMETERS);
    }
    call->action->function = husk_psci_fn(call->fn); /* its own inverse */
    call->action->random_bits =
        (unsigned)husk_index_nospec(bits, (size_t)RND_REGISTERS * width + 1);
    return HUSK_PSCI_RANDOM;
}

enum husk_psci_do husk_psci_trng(const struct husk_psci *psci, const struct husk_psci_call *call)
{
    (void)psci;
    switch (call->fn) {
    case FN_TRNG_VERSION:
        return trng_answer(call->regs, TRNG_VERSION_1_0);
    case FN_TRNG_FEATURES:
        return trng_answer(call->regs, trng_features(husk_psci_fn(call->x[1])));
    case FN_TRNG_GET_UUID:
        for (unsigned i = 0; i < HUSK_COUNT(trng_uuid); i++) {
            call->regs[i] = trng_uuid[i];
        }
        return HUSK_PSCI_RESUME;
    case FN_TRNG_RND32:
    case FN_TRNG_RND64:
        return trng_rnd(call);
    default:
        return husk_psci_answer(call->regs, RET_NOT_SUPPORTED);
    }
}

void husk_psci_random(const struct husk_psci_action *action, const uint64_t entropy[3], bool ok,
                      uint64_t *regs)
{
    const unsigned width = husk_psci_fn(action->function) == FN_TRNG_RND64 ? 64 : 32;

    (void)trng_answer(regs, ok ? RET_SUCCESS : ret_no_entropy);
    if (!ok) {
        return;
    }
    for (unsigned bit = 0; bit < action->random_bits; bit += width) {
        const unsigned left = action->random_bits - bit;
        const unsigned taken = left < width ? left : width;

        regs[RND_REGISTERS - bit / width] =
            (entropy[bit / 64] >> (bit % 64)) & HUSK_BITS(taken - 1, 0);
    }
}
