// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <husk/vtimer.h>

static void each_ctl__gives_the_line_only_when_enabled_met_and_unmasked(void **state)
{
    (void)state;
    for (uint64_t ctl = 0; ctl < 8; ctl++) {
        assert_int_equal(husk_vtimer_line(ctl), ctl == 5);
        /* RES0 bits are not looked at. */
        assert_int_equal(husk_vtimer_line(ctl | ~UINT64_C(7)), ctl == 5);
    }
}

static const struct {
    uint64_t cval, ctl, now;
    bool line;
    uint64_t ticks;
} cases[] = {
    { 100, 1, 99, false, 1 },
    { 100, 1, 100, true, 0 },
    { 100, 1, 101, true, 0 },
    { 100, 1, 0, false, 100 },
    { 0, 1, 0, true, 0 },
    { 0, 1, UINT64_MAX, true, 0 },
    /* off or masked: never, met or not */
    { 100, 0, 200, false, UINT64_MAX },
    { 100, 0, 50, false, UINT64_MAX },
    { 100, 3, 200, false, UINT64_MAX },
    { 100, 3, 50, false, UINT64_MAX },
    { 100, 2, 200, false, UINT64_MAX },
    /* ISTATUS and RES0 bits of what was saved do not count */
    { 100, 5, 50, false, 50 },
    { 100, 4, 200, false, UINT64_MAX },
    { 100, 7, 200, false, UINT64_MAX },
    { 100, UINT64_MAX - 2, 200, true, 0 },
    /* unsigned: a far CVAL is not in the past, a late counter is not early */
    { UINT64_MAX, 1, 1, false, UINT64_MAX - 1 },
    { UINT64_MAX, 1, UINT64_MAX - 1, false, 1 },
    { UINT64_MAX, 1, UINT64_MAX, true, 0 },
    { UINT64_MAX, 1, 0, false, UINT64_MAX },
    { UINT64_C(1) << 63, 1, 0, false, UINT64_C(1) << 63 },
    { UINT64_C(1) << 63, 1, (UINT64_C(1) << 63) - 1, false, 1 },
    { 0, 1, UINT64_C(1) << 63, true, 0 },
};

static void saved_registers__give_line_and_deadline_of_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(cases); i++) {
        const struct husk_vtimer_regs regs = { .cval = cases[i].cval, .ctl = cases[i].ctl };

        assert_int_equal(husk_vtimer_line_at(&regs, cases[i].now), cases[i].line);
        assert_true(husk_vtimer_ticks_until(&regs, cases[i].now) == cases[i].ticks);
    }
}

static void deadline__is_the_first_tick_of_the_line(void **state)
{
    (void)state;
    for (uint64_t cval = 0; cval < 40; cval++) {
        const struct husk_vtimer_regs regs = { .cval = cval, .ctl = 1 };

        for (uint64_t now = 0; now < 40; now++) {
            const uint64_t ticks = husk_vtimer_ticks_until(&regs, now);

            assert_true(husk_vtimer_line_at(&regs, now + ticks));
            assert_true(ticks == 0 || !husk_vtimer_line_at(&regs, now + ticks - 1));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_ctl__gives_the_line_only_when_enabled_met_and_unmasked),
        cmocka_unit_test(saved_registers__give_line_and_deadline_of_the_table),
        cmocka_unit_test(deadline__is_the_first_tick_of_the_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
