// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <husk/vtimer.h>

static struct husk_fake cpu;
static struct husk_fake_entry log_entries[64];

static int fresh_cpu(void **state)
{
    (void)state;
    memset(&cpu, 0, sizeof(cpu));
    cpu.log = log_entries;
    cpu.log_capacity = HUSK_COUNT(log_entries);
    cpu.log_sysreg_writes = true;
    husk_fake = &cpu;
    return 0;
}

static const struct husk_vtimer sample = {
    .virt = { .cval = 0x1111111122222222, .ctl = 1 },
    .phys = { .cval = 0x3333333344444444, .ctl = 3 },
    .cntkctl = 0x303,
};

/* Place of the one write of `sysreg` in the journal, and its value. */
static size_t write_of(unsigned sysreg, uint64_t *value)
{
    size_t at = SIZE_MAX;

    for (size_t i = 0; i < cpu.log_count; i++) {
        if (cpu.log[i].op == HUSK_FAKE_SYSREG_WRITE && cpu.log[i].a == sysreg) {
            assert_true(at == SIZE_MAX);
            at = i;
            *value = cpu.log[i].b;
        }
    }
    assert_true(at != SIZE_MAX);
    return at;
}

static void load__writes_offset_and_cval_before_ctl_and_no_barrier(void **state)
{
    uint64_t value = 0;
    size_t cval;
    size_t ctl;
    size_t offset;

    (void)state;
    husk_vtimer_load(&sample, 0xABCDEF);
    assert_int_equal(cpu.log_count, 6);

    offset = write_of(HUSK_SYSREG_cntvoff_el2, &value);
    assert_int_equal(value, 0xABCDEF);
    (void)write_of(HUSK_SYSREG_cntkctl_el1, &value);
    assert_int_equal(value, 0x303);

    cval = write_of(HUSK_SYSREG_cntv_cval_el0, &value);
    assert_true(value == sample.virt.cval);
    ctl = write_of(HUSK_SYSREG_cntv_ctl_el0, &value);
    assert_int_equal(value, 1);
    assert_true(cval < ctl);
    assert_true(offset < ctl);

    cval = write_of(HUSK_SYSREG_cntp_cval_el0, &value);
    assert_true(value == sample.phys.cval);
    ctl = write_of(HUSK_SYSREG_cntp_ctl_el0, &value);
    assert_int_equal(value, 3);
    assert_true(cval < ctl);
}

static void load__writes_no_bit_of_ctl_but_enable_and_imask(void **state)
{
    struct husk_vtimer timer = sample;
    uint64_t value = 0;

    (void)state;
    timer.virt.ctl = UINT64_MAX;
    timer.phys.ctl = ~UINT64_C(2);
    husk_vtimer_load(&timer, 0);
    (void)write_of(HUSK_SYSREG_cntv_ctl_el0, &value);
    assert_int_equal(value, 3);
    (void)write_of(HUSK_SYSREG_cntp_ctl_el0, &value);
    assert_int_equal(value, 1);
}

static void save__takes_all_registers_then_turns_both_timers_off(void **state)
{
    struct husk_vtimer timer = { .cntkctl = 1 };
    uint64_t value = 1;

    (void)state;
    cpu.sysreg[HUSK_SYSREG_cntv_cval_el0] = 0x1234567812345678;
    cpu.sysreg[HUSK_SYSREG_cntv_ctl_el0] = 5;
    cpu.sysreg[HUSK_SYSREG_cntp_cval_el0] = 0x8765432187654321;
    cpu.sysreg[HUSK_SYSREG_cntp_ctl_el0] = 6;
    cpu.sysreg[HUSK_SYSREG_cntkctl_el1] = 0x2D6;
    husk_vtimer_save(&timer);
    assert_int_equal(timer.virt.cval, 0x1234567812345678);
    assert_int_equal(timer.virt.ctl, 1);
    assert_true(timer.phys.cval == 0x8765432187654321);
    assert_int_equal(timer.phys.ctl, 2);
    assert_int_equal(timer.cntkctl, 0x2D6);

    assert_int_equal(cpu.log_count, 2);
    (void)write_of(HUSK_SYSREG_cntv_ctl_el0, &value);
    assert_int_equal(value, 0);
    (void)write_of(HUSK_SYSREG_cntp_ctl_el0, &value);
    assert_int_equal(value, 0);
}

static void save_after_load__gives_the_same_registers(void **state)
{
    struct husk_vtimer timer = { 0 };

    (void)state;
    husk_vtimer_load(&sample, 7);
    husk_vtimer_save(&timer);
    assert_memory_equal(&timer, &sample, sizeof(timer));
    assert_int_equal(cpu.sysreg[HUSK_SYSREG_cntvoff_el2], 7);
}

static void reset__turns_all_off(void **state)
{
    static const struct husk_vtimer zero;
    struct husk_vtimer timer = sample;

    (void)state;
    husk_vtimer_reset(&timer);
    assert_memory_equal(&timer, &zero, sizeof(timer));
    assert_int_equal(cpu.log_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(load__writes_offset_and_cval_before_ctl_and_no_barrier, fresh_cpu),
        cmocka_unit_test_setup(load__writes_no_bit_of_ctl_but_enable_and_imask, fresh_cpu),
        cmocka_unit_test_setup(save__takes_all_registers_then_turns_both_timers_off, fresh_cpu),
        cmocka_unit_test_setup(save_after_load__gives_the_same_registers, fresh_cpu),
        cmocka_unit_test_setup(reset__turns_all_off, fresh_cpu),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
