// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <husk/arch.h>

static struct husk_fake cpu;
static struct husk_fake_entry log_entries[64];

static int fresh_cpu(void **state)
{
    (void)state;
    memset(&cpu, 0, sizeof(cpu));
    cpu.log = log_entries;
    cpu.log_capacity = HUSK_COUNT(log_entries);
    husk_fake = &cpu;
    return 0;
}

static void assert_logged(size_t at, enum husk_fake_op op, uint64_t a, uint64_t b)
{
    assert_true(at < cpu.log_count);
    assert_int_equal(cpu.log[at].op, op);
    assert_true(cpu.log[at].a == a);
    assert_true(cpu.log[at].b == b);
}

static void barriers_and_hints__are_journalled_in_order(void **state)
{
    static const enum husk_fake_op expected[] = {
        HUSK_FAKE_ISB,        HUSK_FAKE_DSB_SY,     HUSK_FAKE_DSB_ISH, HUSK_FAKE_DSB_ISHST,
        HUSK_FAKE_DSB_NSH,    HUSK_FAKE_WFI,        HUSK_FAKE_WFE,     HUSK_FAKE_SEV,
        HUSK_FAKE_TLBI_ALLE2, HUSK_FAKE_IC_IALLUIS,
    };

    (void)state;
    husk_isb();
    husk_dsb_sy();
    husk_dsb_ish();
    husk_dsb_ishst();
    husk_dsb_nsh();
    husk_wfi();
    husk_wfe();
    husk_sev();
    husk_yield(); /* leaves nothing */
    husk_tlbi_alle2();
    husk_ic_ialluis();
    assert_int_equal(cpu.log_count, HUSK_COUNT(expected));
    for (size_t i = 0; i < HUSK_COUNT(expected); i++) {
        assert_logged(i, expected[i], 0, 0);
    }
}

static void tlbi_by_vmid__records_the_vttbr_of_that_moment(void **state)
{
    (void)state;
    husk_write(vttbr_el2, 0x0001000040000000);
    husk_tlbi_ipas2e1is((struct husk_ipa){ 0x12345000 });
    husk_write(vttbr_el2, 0x0002000050000000);
    husk_tlbi_vmalle1is();
    husk_tlbi_vmalls12e1is();
    husk_tlbi_vae2is((struct husk_va){ 0xABC000 });
    assert_int_equal(cpu.log_count, 4);
    assert_logged(0, HUSK_FAKE_TLBI_IPAS2E1IS, 0x12345000, 0x0001000040000000);
    assert_logged(1, HUSK_FAKE_TLBI_VMALLE1IS, 0, 0x0002000050000000);
    assert_logged(2, HUSK_FAKE_TLBI_VMALLS12E1IS, 0, 0x0002000050000000);
    assert_logged(3, HUSK_FAKE_TLBI_VAE2IS, 0xABC000, 0);
}

static void pte_write__stores_and_records(void **state)
{
    uint64_t slot = 1;

    (void)state;
    husk_pte_write(&slot, 0x40000000000703);
    assert_true(husk_pte_read(&slot) == 0x40000000000703);
    assert_logged(0, HUSK_FAKE_PTE_WRITE, (uint64_t)(uintptr_t)&slot, 0x40000000000703);
}

static void sysreg_writes_and_cache_lines__are_journalled_on_demand(void **state)
{
    (void)state;
    husk_write(hcr_el2, 1);
    husk_dc_cvac((const void *)0x1000);
    husk_dc_civac((const void *)0x2000);
    husk_dc_ivac((const void *)0x3000);
    assert_int_equal(cpu.log_count, 0);
    cpu.log_sysreg_writes = true;
    cpu.log_cache = true;
    husk_write(hcr_el2, 2);
    husk_dc_cvac((const void *)0x1000);
    husk_dc_civac((const void *)0x2000);
    husk_dc_ivac((const void *)0x3000);
    assert_int_equal(cpu.log_count, 4);
    assert_logged(0, HUSK_FAKE_SYSREG_WRITE, HUSK_SYSREG_hcr_el2, 2);
    assert_logged(1, HUSK_FAKE_DC_CVAC, 0x1000, 0);
    assert_logged(2, HUSK_FAKE_DC_CIVAC, 0x2000, 0);
    assert_logged(3, HUSK_FAKE_DC_IVAC, 0x3000, 0);
    cpu.log = NULL; /* nothing is recorded, nothing overflows */
    husk_isb();
    assert_int_equal(cpu.log_count, 4);
}

/* A device of one register that remembers how it was reached. */
static struct {
    uintptr_t addr;
    unsigned size_bytes;
    uint64_t written;
} device;

static uint64_t device_mmio(void *context, bool is_write, uintptr_t addr, unsigned size_bytes,
                            uint64_t value)
{
    assert_ptr_equal(context, &device);
    device.addr = addr;
    device.size_bytes = size_bytes;
    if (is_write) {
        device.written = value;
    }
    return 0x1122334455667788;
}

static void mmio__reaches_the_model_with_its_size(void **state)
{
    (void)state;
    cpu.mmio = device_mmio;
    cpu.context = &device;
    assert_int_equal(husk_mmio_read8(0x10), 0x88);
    assert_int_equal(device.size_bytes, 1);
    assert_int_equal(husk_mmio_read32(0x14), 0x55667788);
    assert_int_equal(device.size_bytes, 4);
    assert_int_equal(husk_mmio_read64(0x18), 0x1122334455667788);
    assert_int_equal(device.size_bytes, 8);
    husk_mmio_write8(0x20, 0xA1);
    assert_int_equal(device.written, 0xA1);
    assert_int_equal(device.size_bytes, 1);
    husk_mmio_write32(0x24, 0xA1A2A3A4);
    assert_int_equal(device.written, 0xA1A2A3A4);
    husk_mmio_write64(0x28, 0xA1A2A3A4A5A6A7A8);
    assert_true(device.written == 0xA1A2A3A4A5A6A7A8);
    assert_int_equal(device.addr, 0x28);
    assert_int_equal(cpu.log_count, 6);
    assert_logged(2, HUSK_FAKE_MMIO_READ, 0x18, 0x1122334455667788);
    assert_logged(5, HUSK_FAKE_MMIO_WRITE, 0x28, 0xA1A2A3A4A5A6A7A8);
}

/* A register that reads as 7 and takes odd values only. */
static void sysreg_model(void *context, bool is_write, unsigned sysreg, uint64_t *value)
{
    (void)context;
    if (sysreg == HUSK_SYSREG_cntv_ctl_el0) {
        *value = is_write ? *value | 1 : 7;
    }
}

static void sysreg_model__may_change_what_is_read_and_kept(void **state)
{
    (void)state;
    cpu.on_sysreg = sysreg_model;
    husk_write(cntv_ctl_el0, 2);
    assert_int_equal(cpu.sysreg[HUSK_SYSREG_cntv_ctl_el0], 3);
    assert_int_equal(husk_read(cntv_ctl_el0), 7);
    husk_write(cntv_cval_el0, 2);
    assert_int_equal(husk_read(cntv_cval_el0), 2);
}

/* Remembers the last line named, and how. */
struct lines_seen {
    enum husk_fake_op op;
    uintptr_t addr;
    unsigned count;
};

static void cache_model(void *context, enum husk_fake_op op, uintptr_t addr)
{
    struct lines_seen *seen = context;

    seen->op = op;
    seen->addr = addr;
    seen->count++;
}

static void cache_model__is_told_each_line_also_without_a_journal(void **state)
{
    static const uint8_t memory[128];
    struct lines_seen seen = { .count = 0 };

    (void)state;
    cpu.on_cache = cache_model;
    cpu.context = &seen;
    cpu.log = NULL;
    husk_dc_cvac(&memory[1]);
    assert_true(seen.op == HUSK_FAKE_DC_CVAC && seen.addr == (uintptr_t)&memory[1]);
    husk_dc_civac(&memory[2]);
    assert_true(seen.op == HUSK_FAKE_DC_CIVAC && seen.addr == (uintptr_t)&memory[2]);
    husk_dc_ivac(&memory[3]);
    assert_true(seen.op == HUSK_FAKE_DC_IVAC && seen.addr == (uintptr_t)&memory[3]);
    assert_int_equal(seen.count, 3);
}

static void firmware(void *context, struct husk_smccc *regs)
{
    (void)context;
    regs->x0 = regs->x0 + regs->x1 + regs->x2 + regs->x3;
}

static void smc_and_hvc__reach_the_model_or_are_not_supported(void **state)
{
    struct husk_smccc regs = { 0x84000000, 1, 2, 3 };

    (void)state;
    husk_smc(&regs);
    assert_true(regs.x0 == UINT64_MAX);
    assert_int_equal(regs.x1, 1);
    cpu.call = firmware;
    regs.x0 = 0x80000000;
    husk_hvc(&regs);
    assert_int_equal(regs.x0, 0x80000006);
    assert_logged(0, HUSK_FAKE_SMC, 0x84000000, 1);
    assert_logged(1, HUSK_FAKE_HVC, 0x80000000, 1);
}

static void index__is_itself_below_the_limit_and_0_elsewhere(void **state)
{
    static const size_t limits[] = { 0, 1, 2, 31, 288, SIZE_MAX };
    static const size_t indices[] = { 0, 1, 2, 30, 31, 287, 288, SIZE_MAX - 1, SIZE_MAX };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(limits); i++) {
        for (size_t k = 0; k < HUSK_COUNT(indices); k++) {
            assert_true(husk_index_nospec(indices[k], limits[i]) ==
                        (indices[k] < limits[i] ? indices[k] : 0));
        }
    }
    assert_int_equal(cpu.log_count, 0); /* recorded only where asked for */
    cpu.log_nospec = true;
    (void)husk_index_nospec(288, 31);
    assert_logged(0, HUSK_FAKE_NOSPEC, 288, 31);
    husk_fake = NULL;
    assert_int_equal(husk_index_nospec(7, 8), 7);
}

static jmp_buf asserted;
static const char *asserted_what;

static void on_assert(const char *what)
{
    asserted_what = what;
    longjmp(asserted, 1);
}

static void failed_assertion__names_file_and_condition(void **state)
{
    (void)state;
    cpu.on_assert = on_assert;
    HUSK_ASSERT(cpu.log_count == 0);
    if (setjmp(asserted) == 0) {
        HUSK_ASSERT(cpu.log_count == 99);
        fail();
    }
    assert_non_null(strstr(asserted_what, "test_arch_fake.c:"));
    assert_non_null(strstr(asserted_what, ": cpu.log_count == 99"));
}

static void overflow_the_journal(void)
{
    for (size_t i = 0; i <= HUSK_COUNT(log_entries); i++) {
        husk_isb();
    }
}

static void touch_a_device_nobody_modelled(void)
{
    (void)husk_mmio_read32(0x1000);
}

static void fail_an_assertion(void)
{
    HUSK_ASSERT(cpu.log_count == 99);
}

static void fail_an_assertion_without_a_cpu(void)
{
    husk_fake = NULL;
    HUSK_ASSERT(cpu.log_count == 99);
}

/* In a child, since the test's own process must go on. */
static void mistakes_of_a_test__abort(void **state)
{
    static void (*const mistakes[])(void) = { overflow_the_journal, touch_a_device_nobody_modelled,
                                              fail_an_assertion, fail_an_assertion_without_a_cpu };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(mistakes); i++) {
        int status = 0;
        const pid_t child = fork();

        if (child == 0) {
            (void)signal(SIGABRT, SIG_DFL);
            (void)freopen("/dev/null", "w", stderr);
            mistakes[i]();
            _exit(0);
        }
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(barriers_and_hints__are_journalled_in_order, fresh_cpu),
        cmocka_unit_test_setup(tlbi_by_vmid__records_the_vttbr_of_that_moment, fresh_cpu),
        cmocka_unit_test_setup(pte_write__stores_and_records, fresh_cpu),
        cmocka_unit_test_setup(sysreg_writes_and_cache_lines__are_journalled_on_demand, fresh_cpu),
        cmocka_unit_test_setup(mmio__reaches_the_model_with_its_size, fresh_cpu),
        cmocka_unit_test_setup(sysreg_model__may_change_what_is_read_and_kept, fresh_cpu),
        cmocka_unit_test_setup(cache_model__is_told_each_line_also_without_a_journal, fresh_cpu),
        cmocka_unit_test_setup(smc_and_hvc__reach_the_model_or_are_not_supported, fresh_cpu),
        cmocka_unit_test_setup(index__is_itself_below_the_limit_and_0_elsewhere, fresh_cpu),
        cmocka_unit_test_setup(failed_assertion__names_file_and_condition, fresh_cpu),
        cmocka_unit_test_setup(mistakes_of_a_test__abort, fresh_cpu),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
