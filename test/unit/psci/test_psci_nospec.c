// SPDX-License-Identifier: Apache-2.0
// Arguments of a guest's call that become an index or bound a loop over an array pass
// husk_index_nospec() with the array's bound. CPU_ON's and AFFINITY_INFO's do not: they are
// compared with each vCPU's affinity, so that no value of them leaves the array.
#include "psci_test.h"

#define TRNG_RND32 0x84000053u
#define TRNG_RND64 0xC4000053u

static void argument__is_masked(void **state)
{
    static const struct {
        uint64_t x0, x1, index, limit;
    } rows[] = {
        { TRNG_RND32, 96, 96, 96 + 1 },
        { TRNG_RND64, 192, 192, 192 + 1 },
    };
    static struct husk_fake_entry entry;
    static struct husk_fake cpu = { .log = &entry, .log_capacity = 1, .log_nospec = true };
    struct husk_psci psci = test_vm();

    (void)state;
    husk_fake = &cpu;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        cpu.log_count = 0;
        (void)test_call(&psci, 0, rows[i].x0, rows[i].x1, 0, 0);
        assert_int_equal(cpu.log_count, 1);
        assert_int_equal(entry.op, HUSK_FAKE_NOSPEC);
        assert_int_equal(entry.a, rows[i].index);
        assert_int_equal(entry.b, rows[i].limit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(argument__is_masked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
