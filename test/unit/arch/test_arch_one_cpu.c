// SPDX-License-Identifier: Apache-2.0
// A program that only one CPU ever runs: husk_one_cpu in place of the library's own.
#include <husk/arch.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

const bool husk_one_cpu = true;

static void a_lock__is_left_alone(void **state)
{
    struct husk_spinlock lock = { .next = 7, .serving = 3 };

    (void)state;
    husk_spin_lock(&lock);
    assert_int_equal(lock.next, 7);
    husk_spin_unlock(&lock);
    assert_int_equal(lock.serving, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock__is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
