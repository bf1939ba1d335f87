// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <husk/arch.h>

static struct husk_fake cpu;
static struct husk_fake_entry log_entries[512];

/* A CPU whose smallest data cache line has 4 << dminline bytes; all other fields of CTR_EL0 differ,
 * so that a wrong one shows. */
static void fresh_cpu(unsigned dminline)
{
    memset(&cpu, 0, sizeof(cpu));
    cpu.log = log_entries;
    cpu.log_capacity = HUSK_COUNT(log_entries);
    cpu.log_cache = true;
    cpu.sysreg[HUSK_SYSREG_ctr_el0] = 0x8450C00A | ((uint64_t)dminline << 16);
    husk_fake = &cpu;
}

typedef void range_fn(const void *addr, size_t size_bytes);

/* Each line of [base, base + size) once, in order, then one DSB SY and no more. */
static void check(range_fn *call, enum husk_fake_op op, uint64_t base, uint64_t size_bytes,
                  uint64_t line)
{
    size_t n = 0;

    cpu.log_count = 0;
    call((const void *)(uintptr_t)base, size_bytes);
    if (size_bytes != 0) {
        for (uint64_t at = base - base % line; at < base + size_bytes; at += line) {
            assert_true(n < cpu.log_count);
            assert_int_equal(cpu.log[n].op, op);
            assert_true(cpu.log[n].a / line == at / line);
            n++;
        }
        assert_true(n < cpu.log_count);
        assert_int_equal(cpu.log[n].op, HUSK_FAKE_DSB_SY);
        n++;
    }
    assert_int_equal(cpu.log_count, n);
}

static void range__touches_each_line_once_then_waits(void **state)
{
    static const uint64_t sizes[] = { 0, 1, 2, 15, 16, 17, 63, 64, 65, 127, 128, 129, 1000, 4096 };
    static const uint64_t offsets[] = { 0, 1, 15, 16, 31, 32, 63 };

    (void)state;
    for (unsigned dminline = 2; dminline <= 9; dminline++) { /* lines of 16 to 2048 bytes */
        fresh_cpu(dminline);
        for (size_t i = 0; i < HUSK_COUNT(sizes); i++) {
            for (size_t k = 0; k < HUSK_COUNT(offsets); k++) {
                const uint64_t base = 0x40080000 + offsets[k];
                const uint64_t line = UINT64_C(4) << dminline;

                check(husk_cache_clean, HUSK_FAKE_DC_CVAC, base, sizes[i], line);
                check(husk_cache_clean_invalidate, HUSK_FAKE_DC_CIVAC, base, sizes[i], line);
            }
        }
    }
}

static void range_across_a_line_end__touches_both_lines(void **state)
{
    (void)state;
    fresh_cpu(4);
    husk_cache_clean((const void *)0x103F, 2);
    assert_int_equal(cpu.log_count, 3);
    assert_int_equal(cpu.log[0].a / 64, 0x1000 / 64);
    assert_int_equal(cpu.log[1].a / 64, 0x1040 / 64);
}

static void size_0__does_nothing(void **state)
{
    (void)state;
    fresh_cpu(4);
    husk_cache_clean((const void *)0x1001, 0);
    husk_cache_clean_invalidate((const void *)0x1001, 0);
    assert_int_equal(cpu.log_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(range__touches_each_line_once_then_waits),
        cmocka_unit_test(range_across_a_line_end__touches_both_lines),
        cmocka_unit_test(size_0__does_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
