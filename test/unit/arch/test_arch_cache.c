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

/* Caches of a made-up CPU: CCSIDR_EL1 is of the level CSSELR_EL1 selects, and of no other. */
static uint64_t ccsidr_of[7];

static void select_cache(void *context, bool is_write, unsigned sysreg, uint64_t *value)
{
    (void)context;
    if (sysreg == HUSK_SYSREG_ccsidr_el1 && !is_write) {
        const uint64_t selected = cpu.sysreg[HUSK_SYSREG_csselr_el1];

        assert_true(selected < 14 && (selected & 1) == 0);
        *value = ccsidr_of[selected >> 1];
    }
}

enum { GUEST_CSSELR = 0xdeadbee1 };

/* L1: instructions apart, 4 ways, 128 sets, lines of 64 bytes. L2: unified, 1 way, 3 sets of 128
 * bytes. L3: unified, 12 ways, 2048 sets of 256 bytes. L4: instructions only. L5: there, but beyond
 * the level of coherency. */
static void fresh_caches(bool ccidx)
{
    const unsigned way = 3;
    const unsigned set = ccidx ? 32 : 13;

    fresh_cpu(4);
    memset(ccsidr_of, 0xff, sizeof(ccsidr_of));
    ccsidr_of[0] = UINT64_C(127) << set | 3 << way | 2;
    ccsidr_of[1] = UINT64_C(2) << set | 0 << way | 3;
    ccsidr_of[2] = UINT64_C(2047) << set | 11 << way | 4;
    cpu.sysreg[HUSK_SYSREG_clidr_el1] = 4 << 24 | 4 << 12 | 1 << 9 | 4 << 6 | 4 << 3 | 3;
    cpu.sysreg[HUSK_SYSREG_id_aa64mmfr2_el1] = ccidx ? 1 << 20 : 0xf0f << 16;
    cpu.sysreg[HUSK_SYSREG_csselr_el1] = GUEST_CSSELR;
    cpu.on_sysreg = select_cache;
}

static const struct {
    uint64_t given;
    bool done;
    uint64_t executed;
} set_ways[] = {
    { 0, true, 0 },
    { UINT64_C(3) << 30 | 127 << 6, true, UINT64_C(3) << 30 | 127 << 6 },
    { 0xffffffff00000031 | 5 << 6, true, 5 << 6 }, /* RES0 bits */
    { 128 << 6, false, 0 },
    { UINT64_C(1) << 29, false, 0 },
    { 2 << 7 | 1 << 1, true, 2 << 7 | 1 << 1 },
    { 3 << 7 | 1 << 1, false, 0 },
    { UINT64_C(1) << 31 | 1 << 1, false, 0 }, /* a cache of one way has no bits for it */
    { UINT64_C(11) << 28 | 2047 << 8 | 2 << 1, true, UINT64_C(11) << 28 | 2047 << 8 | 2 << 1 },
    { UINT64_C(12) << 28 | 2 << 1, false, 0 },
    { UINT64_C(15) << 28 | 2047 << 8 | 2 << 1, false, 0 },
    { 2048 << 8 | 2 << 1, false, 0 },
    { 3 << 1, false, 0 },
    { 4 << 1, false, 0 },
    { 5 << 1, false, 0 },
    { 7 << 1, false, 0 },
    { UINT64_MAX, false, 0 },
};

static void set_way__is_executed_only_where_the_cpu_has_it(void **state)
{
    (void)state;
    for (int ccidx = 0; ccidx < 2; ccidx++) {
        for (size_t i = 0; i < HUSK_COUNT(set_ways); i++) {
            fresh_caches(ccidx != 0);
            husk_cache_clean_invalidate_set_way(set_ways[i].given);
            assert_int_equal(cpu.sysreg[HUSK_SYSREG_csselr_el1], GUEST_CSSELR);
            if (!set_ways[i].done) {
                for (size_t k = 0; k < cpu.log_count; k++) {
                    assert_int_not_equal(cpu.log[k].op, HUSK_FAKE_DC_CISW);
                }
                continue;
            }
            assert_int_equal(cpu.log_count, 2);
            assert_int_equal(cpu.log[0].op, HUSK_FAKE_ISB); /* between CSSELR_EL1 and CCSIDR_EL1 */
            assert_int_equal(cpu.log[1].op, HUSK_FAKE_DC_CISW);
            assert_true(cpu.log[1].a == set_ways[i].executed);
        }
    }
}

/* FEAT_CCIDX: more ways and sets than the fields of before it can say. */
static void set_way_of_a_large_cache__is_executed(void **state)
{
    const uint64_t last = UINT64_C(2047) << 21 | 65535 << 4;

    (void)state;
    fresh_caches(true);
    ccsidr_of[0] = UINT64_C(65535) << 32 | 2047 << 3;
    husk_cache_clean_invalidate_set_way(last);
    assert_int_equal(cpu.log_count, 2);
    assert_true(cpu.log[1].a == last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(range__touches_each_line_once_then_waits),
        cmocka_unit_test(range_across_a_line_end__touches_both_lines),
        cmocka_unit_test(size_0__does_nothing),
        cmocka_unit_test(set_way__is_executed_only_where_the_cpu_has_it),
        cmocka_unit_test(set_way_of_a_large_cache__is_executed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
