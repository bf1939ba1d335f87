// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <husk/base.h>

#include "../put.h"

static void each_error__has_its_name(void **state)
{
    static const struct {
        int value;
        const char *name;
    } errors[] = {
        { 0, "OK" },        { -1, "EINVAL" },    { -2, "ENOMEM" },
        { -3, "EOVERLAP" }, { -4, "ENOENT" },    { -5, "ERANGE" },
        { -6, "ENOTSUP" },  { -7, "ETIMEDOUT" }, { -8, "EAGAIN" },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(errors); i++) {
        assert_string_equal(husk_err_name((enum husk_err)errors[i].value), errors[i].name);
    }
}

static void no_error__has_no_name(void **state)
{
    (void)state;
    assert_string_equal(husk_err_name((enum husk_err)1), "?");
    assert_string_equal(husk_err_name((enum husk_err) - 9), "?");
}

static void bits__cover_both_ends(void **state)
{
    (void)state;
    assert_true(HUSK_BIT(0) == 1);
    assert_true(HUSK_BIT(63) == 0x8000000000000000);
    for (unsigned hi = 0; hi < 64; hi++) {
        for (unsigned lo = 0; lo <= hi; lo++) {
            uint64_t expected = 0;

            for (unsigned n = lo; n <= hi; n++) {
                expected |= UINT64_C(1) << n;
            }
            assert_true(HUSK_BITS(hi, lo) == expected);
        }
    }
}

static void field_set__is_read_back_and_touches_no_other_bit(void **state)
{
    static const uint64_t words[] = { 0, UINT64_MAX, 0x0123456789ABCDEF, 0xAAAAAAAAAAAAAAAA };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(words); i++) {
        for (unsigned hi = 0; hi < 64; hi++) {
            for (unsigned lo = 0; lo <= hi; lo++) {
                const uint64_t value = 0x5A5A5A5AC3C3C3C3; /* too wide for most fields */
                const uint64_t width = UINT64_MAX >> (63 - (hi - lo));
                const uint64_t word = husk_bits_set(words[i], hi, lo, value);

                assert_true(husk_bits_get(word, hi, lo) == (value & width));
                for (unsigned n = 0; n < 64; n++) {
                    if (n < lo || n > hi) {
                        assert_int_equal((word >> n) & 1, (words[i] >> n) & 1);
                    }
                }
            }
        }
    }
}

static void alignment__follows_the_table(void **state)
{
    static const struct {
        uint64_t value, align, down, up;
    } cases[] = {
        { 0, 4096, 0, 0 },
        { 1, 4096, 0, 4096 },
        { 4095, 4096, 0, 4096 },
        { 4096, 4096, 4096, 4096 },
        { 4097, 4096, 4096, 8192 },
        { 7, 1, 7, 7 },
        { 0xFFFFFFFFFFFFF000, 4096, 0xFFFFFFFFFFFFF000, 0xFFFFFFFFFFFFF000 },
        { 0xFFFFFFFFFFFFF001, 4096, 0xFFFFFFFFFFFFF000, 0 }, /* wraps, as documented */
        { UINT64_MAX, 4096, 0xFFFFFFFFFFFFF000, 0 },
        { UINT64_MAX, 1, UINT64_MAX, UINT64_MAX },
        { 1, UINT64_C(1) << 63, 0, UINT64_C(1) << 63 },
        { 0x100000001, 0x100000000, 0x100000000, 0x200000000 },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(cases); i++) {
        assert_true(husk_align_down(cases[i].value, cases[i].align) == cases[i].down);
        assert_true(husk_align_up(cases[i].value, cases[i].align) == cases[i].up);
        assert_int_equal(husk_is_aligned(cases[i].value, cases[i].align),
                         cases[i].value == cases[i].down);
    }
}

static void min__is_the_smaller_one(void **state)
{
    (void)state;
    assert_true(husk_min(0, UINT64_MAX) == 0);
    assert_true(husk_min(0x100000001, 0x100000000) == 0x100000000);
    assert_true(husk_min(7, 7) == 7);
}

static void units_and_lists__count(void **state)
{
    static const int three[3];
    static const struct {
        const int *items;
        size_t count;
    } list = HUSK_LIST(three);

    (void)state;
    assert_true(HUSK_KIB(3) == 3072);
    assert_true(HUSK_MIB(2) == 0x200000);
    assert_true(HUSK_GIB(5) == 0x140000000);
    assert_int_equal(HUSK_COUNT(three), 3);
    assert_int_equal(list.count, 3);
    assert_ptr_equal(list.items, three);
}

static void range__is_valid_up_to_the_last_byte_but_one(void **state)
{
    static const struct {
        struct husk_range range;
        bool valid;
    } cases[] = {
        { { 0, 0 }, true },
        { { 0, UINT64_MAX }, true },
        { { 1, UINT64_MAX }, false },
        { { 1, UINT64_MAX - 1 }, true },
        { { UINT64_MAX, 0 }, true },
        { { UINT64_MAX, 1 }, false },
        { { 0xFFFFFFFFFFFFF000, 0xFFF }, true },
        { { 0xFFFFFFFFFFFFF000, 0x1000 }, false },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(cases); i++) {
        assert_int_equal(husk_range_valid(cases[i].range), cases[i].valid);
    }
}

static void contains__is_false_for_whatever_sticks_out_or_wraps(void **state)
{
    static const struct {
        struct husk_range range;
        uint64_t base, size_bytes;
        bool contains;
    } cases[] = {
        { { 0x1000, 0x1000 }, 0x1000, 0x1000, true },
        { { 0x1000, 0x1000 }, 0x1000, 0x1001, false },
        { { 0x1000, 0x1000 }, 0xFFF, 1, false },
        { { 0x1000, 0x1000 }, 0xFFF, 2, false },
        { { 0x1000, 0x1000 }, 0x1FFF, 1, true },
        { { 0x1000, 0x1000 }, 0x1FFF, 2, false },
        { { 0x1000, 0x1000 }, 0x2000, 0, true },
        { { 0x1000, 0x1000 }, 0x2000, 1, false },
        { { 0x1000, 0x1000 }, 0x2001, 0, false },
        { { 0x1000, 0x1000 }, 0x1800, UINT64_MAX, false },
        { { 0x1000, 0x1000 }, 0x1800, UINT64_MAX - 0x7FF, false }, /* wraps to 0x1000 */
        { { 0x1000, 0x1000 }, UINT64_MAX, 0x1002, false },
        { { 0x1000, 0 }, 0x1000, 0, true },
        { { 0x1000, 0 }, 0x1000, 1, false },
        { { 0, UINT64_MAX }, 0, UINT64_MAX, true },
        { { 0, UINT64_MAX }, 1, UINT64_MAX, false },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(cases); i++) {
        assert_int_equal(husk_range_contains(cases[i].range, cases[i].base, cases[i].size_bytes),
                         cases[i].contains);
    }
}

/* All ranges in a small space, laid at the bottom and at the top of the real one, against a count
 * of shared bytes. */
static void small_ranges__overlap_when_they_share_a_byte(void **state)
{
    static const uint64_t origins[] = { 0, UINT64_MAX - 8 };

    (void)state;
    for (size_t o = 0; o < HUSK_COUNT(origins); o++) {
        for (unsigned n = 0; n < 8 * 8 * 8 * 8; n++) {
            const unsigned ab = n % 8;
            const unsigned as = n / 8 % 8;
            const unsigned bb = n / 64 % 8;
            const unsigned bs = n / 512;
            const struct husk_range a = { origins[o] + ab, as };
            const struct husk_range b = { origins[o] + bb, bs };
            unsigned shared = 0;

            if (!husk_range_valid(a) || !husk_range_valid(b)) {
                continue;
            }
            for (unsigned at = 0; at < 16; at++) {
                shared += at >= ab && at < ab + as && at >= bb && at < bb + bs;
            }
            assert_int_equal(husk_ranges_overlap(a, b), shared != 0);
        }
    }
}

static void far_ranges__do_not_overlap(void **state)
{
    const struct husk_range low = { 0, 0x1000 };
    const struct husk_range high = { UINT64_MAX - 0x1000, 0x1000 };
    const struct husk_range all = { 0, UINT64_MAX };

    (void)state;
    assert_false(husk_ranges_overlap(low, high));
    assert_false(husk_ranges_overlap(high, low));
    assert_true(husk_ranges_overlap(all, high));
    assert_true(husk_ranges_overlap(low, all));
}

static void number__is_put_without_leading_zeros(void **state)
{
    static const struct {
        uint64_t value;
        unsigned base;
        const char *text;
    } rows[] = {
        { 0, 10, "0" },
        { 9, 10, "9" },
        { 10, 10, "10" },
        { 1020, 10, "1020" },
        { UINT64_MAX, 10, "18446744073709551615" },
        { UINT64_C(10000000000000000000), 10, "10000000000000000000" },
        { 0, 16, "0x0" },
        { 0xf, 16, "0xf" },
        { 0x10, 16, "0x10" },
        { 0x123456789abcdef0, 16, "0x123456789abcdef0" },
        { UINT64_MAX, 16, "0xffffffffffffffff" },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        text[0] = '\0';
        husk_put_number(put, rows[i].value, rows[i].base);
        assert_string_equal(text, rows[i].text);
    }
}

static void text__is_put_whole(void **state)
{
    (void)state;
    text[0] = '\0';
    husk_put_text(put, "");
    husk_put_text(put, "one ");
    husk_put_text(put, "two");
    assert_string_equal(text, "one two");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_error__has_its_name),
        cmocka_unit_test(no_error__has_no_name),
        cmocka_unit_test(bits__cover_both_ends),
        cmocka_unit_test(field_set__is_read_back_and_touches_no_other_bit),
        cmocka_unit_test(alignment__follows_the_table),
        cmocka_unit_test(min__is_the_smaller_one),
        cmocka_unit_test(units_and_lists__count),
        cmocka_unit_test(range__is_valid_up_to_the_last_byte_but_one),
        cmocka_unit_test(contains__is_false_for_whatever_sticks_out_or_wraps),
        cmocka_unit_test(small_ranges__overlap_when_they_share_a_byte),
        cmocka_unit_test(far_ranges__do_not_overlap),
        cmocka_unit_test(number__is_put_without_leading_zeros),
        cmocka_unit_test(text__is_put_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
