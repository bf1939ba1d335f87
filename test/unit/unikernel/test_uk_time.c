// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h> /* needs what is above */

static const uint64_t freqs[] = { 1, 32768, 19200000, 54000000, 62500000, 1000000000, UINT32_MAX };

static void known_values__convert(void **state)
{
    static const struct {
        uint64_t ticks, freq_hz, ns;
    } rows[] = {
        { 0, 62500000, 0 },
        { 1, 62500000, 16 },
        { 62500000, 62500000, 1000000000 },
        { 1, 19200000, 52 }, /* 52.08 */
        { 54000001, 54000000, 1000000018 },
        { UINT64_MAX, 1000000000, UINT64_MAX },
        { UINT64_C(1) << 62, 4000000000, UINT64_C(1) << 60 },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        assert_int_equal(husk_uk_ticks_to_ns(rows[i].ticks, rows[i].freq_hz), rows[i].ns);
    }
}

static void deadline__is_never_early_nor_a_tick_late(void **state)
{
    static const uint64_t times_ns[] = { 0,
                                         1,
                                         15,
                                         16,
                                         17,
                                         999999999,
                                         1000000000,
                                         1000000001,
                                         1234567891,
                                         86400000000000,
                                         31536000000000000 };

    (void)state;
    for (size_t f = 0; f < HUSK_COUNT(freqs); f++) {
        for (size_t i = 0; i < HUSK_COUNT(times_ns); i++) {
            const uint64_t ns = times_ns[i];
            const uint64_t ticks = husk_uk_ns_to_ticks(ns, freqs[f]);
            const unsigned __int128 exact = (unsigned __int128)ns * freqs[f];

            assert_true((unsigned __int128)ticks * 1000000000 >= exact);
            assert_true(ticks == 0 || (unsigned __int128)(ticks - 1) * 1000000000 < exact);
        }
    }
}

static void ticks__equal_the_wide_computation(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        const uint64_t freq_hz = freqs[(size_t)i % HUSK_COUNT(freqs)];
        unsigned __int128 exact;

        seed = seed * 6364136223846793005 + 1442695040888963407;
        exact = (unsigned __int128)(seed >> (i % 60)) * 1000000000 / freq_hz;
        assert_true(husk_uk_ticks_to_ns(seed >> (i % 60), freq_hz) == (uint64_t)exact);
    }
}

static void far_deadline__saturates(void **state)
{
    (void)state;
    assert_true(husk_uk_ns_to_ticks(UINT64_MAX, UINT32_MAX) == UINT64_MAX);
    assert_true(husk_uk_ns_to_ticks(UINT64_MAX, 1000000000) == UINT64_MAX);
    assert_true(husk_uk_ns_to_ticks(UINT64_MAX, 62500000) < UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values__convert),
        cmocka_unit_test(deadline__is_never_early_nor_a_tick_late),
        cmocka_unit_test(ticks__equal_the_wide_computation),
        cmocka_unit_test(far_deadline__saturates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
