// SPDX-License-Identifier: Apache-2.0
#include "psci_test.h"

#define TRNG_VERSION  0x84000050u
#define TRNG_FEATURES 0x84000051u
#define TRNG_GET_UUID 0x84000052u
#define TRNG_RND32    0x84000053u
#define TRNG_RND64    0xC4000053u

static const uint64_t entropy[3] = { 0xFEDCBA9876543210, 0x8899AABBCCDDEEFF, 0xF0E1D2C3B4A59687 };

/* RND with the second half done by the caller. */
static struct test_result random_call(struct husk_psci *psci, uint32_t id, uint64_t bits, bool ok)
{
    struct test_result result = test_call(psci, 1, id, bits, 0x5555, 0x6666);

    assert_int_equal(result.action.what, HUSK_PSCI_RANDOM);
    assert_int_equal(result.action.random_bits, bits);
    assert_int_equal(result.action.function, id);
    husk_psci_random(&result.action, entropy, ok, result.x);
    return result;
}

static void product_without_entropy__offers_no_trng_call(void **state)
{
    static const uint64_t ids[] = { TRNG_VERSION, TRNG_FEATURES, TRNG_GET_UUID, TRNG_RND32,
                                    TRNG_RND64 };
    struct husk_psci psci = test_vm();

    (void)state;
    psci.trng = NULL;
    for (size_t i = 0; i < HUSK_COUNT(ids); i++) {
        assert_true(test_answer(&psci, ids[i], 32, 0, 0) == NOT_SUPPORTED);
    }
}

static void calls_with_one_result__clear_x1_to_x3(void **state)
{
    static const uint64_t calls[][2] = {
        { TRNG_VERSION, 9 }, { TRNG_FEATURES, 9 }, { TRNG_RND32, 0 },
        { TRNG_RND32, 97 },  { TRNG_RND64, 193 },
    };
    struct husk_psci psci = test_vm();

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(calls); i++) {
        const struct test_result result = test_call(&psci, 0, calls[i][0], calls[i][1], 8, 7);

        assert_int_equal(result.action.what, HUSK_PSCI_RESUME);
        assert_int_equal(result.x[1], 0);
        assert_int_equal(result.x[2], 0);
        assert_int_equal(result.x[3], 0);
    }
}

static void uuid__is_husks_own_and_no_error_code(void **state)
{
    /* 7ad6a0f1-3c52-4b8e-9d11-6f2b5e0c84a7, as the bytes of RFC 4122. */
    static const uint8_t uuid[16] = { 0x7A, 0xD6, 0xA0, 0xF1, 0x3C, 0x52, 0x4B, 0x8E,
                                      0x9D, 0x11, 0x6F, 0x2B, 0x5E, 0x0C, 0x84, 0xA7 };
    struct husk_psci psci = test_vm();
    const struct test_result result = test_call(&psci, 0, TRNG_GET_UUID, 1, 2, 3);

    (void)state;
    assert_int_equal(result.action.what, HUSK_PSCI_RESUME);
    for (unsigned i = 0; i < 16; i++) {
        assert_int_equal((uint8_t)(result.x[i / 4] >> (i % 4 * 8)), uuid[i]);
    }
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(result.x[i] >> 32, 0);
    }
    assert_int_not_equal((uint32_t)result.x[0], UINT32_MAX);
}

static void bits_out_of_range__are_invalid_parameters(void **state)
{
    static const struct {
        uint32_t id;
        uint64_t bits;
    } calls[] = {
        { TRNG_RND32, 0 },
        { TRNG_RND32, 97 },
        { TRNG_RND32, 192 },
        { TRNG_RND32, 0xFFFFFFFF },
        { TRNG_RND32, 0x100000000 } /* W1 is 0 */,
        { TRNG_RND64, 0 },
        { TRNG_RND64, 193 },
        { TRNG_RND64, UINT64_MAX },
        { TRNG_RND64, 0x100000001 },
    };
    struct husk_psci psci = test_vm();

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(calls); i++) {
        assert_true(test_answer(&psci, calls[i].id, calls[i].bits, 0, 0) == INVALID_PARAMETERS);
    }
    /* RND32 takes W1. */
    assert_int_equal(test_call(&psci, 0, TRNG_RND32, 0x300000020, 0, 0).action.random_bits, 32);
}

/* Bit `n` of the entropy. */
static unsigned entropy_bit(unsigned n)
{
    return (entropy[n / 64] >> (n % 64)) & 1;
}

static void each_number_of_bits__is_right_aligned_from_x3_up(void **state)
{
    struct husk_psci psci = test_vm();

    (void)state;
    for (unsigned width = 32; width <= 64; width += 32) {
        for (unsigned bits = 1; bits <= 3 * width; bits++) {
            const struct test_result result =
                random_call(&psci, width == 64 ? TRNG_RND64 : TRNG_RND32, bits, true);

            assert_int_equal(result.x[0], 0);
            for (unsigned n = 0; n < 3 * 64; n++) {
                const unsigned got = (result.x[3 - n / 64] >> (n % 64)) & 1;
                const unsigned at = n / 64 * width + n % 64; /* bit of the entropy */

                assert_int_equal(got, n % 64 < width && at < bits ? entropy_bit(at) : 0);
            }
        }
    }
}

static void no_entropy__is_said_and_leaks_none(void **state)
{
    struct husk_psci psci = test_vm();
    static const uint32_t ids[] = { TRNG_RND32, TRNG_RND64 };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(ids); i++) {
        const struct test_result result = random_call(&psci, ids[i], 96, false);

        assert_true(result.x[0] == (uint64_t)-3);
        assert_int_equal(result.x[1], 0);
        assert_int_equal(result.x[2], 0);
        assert_int_equal(result.x[3], 0);
    }
}

static void sve_hint__is_no_part_of_a_random_call(void **state)
{
    struct husk_psci psci = test_vm();
    struct test_result result = test_call(&psci, 0, TRNG_RND64 | 0x10000, 64, 0, 0);

    (void)state;
    assert_int_equal(result.action.what, HUSK_PSCI_RANDOM);
    husk_psci_random(&result.action, entropy, true, result.x);
    assert_true(result.x[3] == entropy[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(product_without_entropy__offers_no_trng_call),
        cmocka_unit_test(calls_with_one_result__clear_x1_to_x3),
        cmocka_unit_test(uuid__is_husks_own_and_no_error_code),
        cmocka_unit_test(bits_out_of_range__are_invalid_parameters),
        cmocka_unit_test(each_number_of_bits__is_right_aligned_from_x3_up),
        cmocka_unit_test(no_entropy__is_said_and_leaks_none),
        cmocka_unit_test(sve_hint__is_no_part_of_a_random_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
