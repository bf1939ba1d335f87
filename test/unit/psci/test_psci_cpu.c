// SPDX-License-Identifier: Apache-2.0
#include "psci_test.h"

#define CPU_SUSPEND32   0x84000001u
#define CPU_SUSPEND64   0xC4000001u
#define CPU_OFF         0x84000002u
#define CPU_ON32        0x84000003u
#define CPU_ON64        0xC4000003u
#define AFFINITY_INFO32 0x84000004u
#define AFFINITY_INFO64 0xC4000004u

static void reset__leaves_vcpu_0_on_and_all_others_off(void **state)
{
    struct husk_psci psci = test_vm();

    (void)state;
    for (unsigned i = 0; i < HUSK_PSCI_VCPU_MAX; i++) {
        psci.power[i] = HUSK_PSCI_ON_PENDING;
    }
    husk_psci_reset(&psci);
    for (unsigned i = 0; i < HUSK_PSCI_VCPU_MAX; i++) {
        assert_int_equal(psci.power[i], i == 0 ? HUSK_PSCI_ON : HUSK_PSCI_OFF);
    }
}

static void cpu_on__starts_the_vcpu_once_and_passes_entry_and_context(void **state)
{
    static const uint64_t targets[] = { 0x0000000000, 0x0000000001, 0x0000000100, 0x0100020300 };
    struct husk_psci psci = test_vm();

    (void)state;
    for (unsigned i = 1; i < 4; i++) {
        const uint64_t entry = RAM0 + 0x1000 * i;
        struct test_result result =
            test_call(&psci, 0, CPU_ON64, targets[i], entry, 0xCAFE000000000000 + i);

        assert_int_equal(result.action.what, HUSK_PSCI_START);
        assert_int_equal(result.action.vcpu, i);
        assert_int_equal(result.action.entry, entry);
        assert_int_equal(result.action.context_id, 0xCAFE000000000000 + i);
        assert_int_equal(result.x[0], 0);
        assert_int_equal(psci.power[i], HUSK_PSCI_ON_PENDING);

        assert_true(test_answer(&psci, CPU_ON64, targets[i], entry, 0) == ON_PENDING);
        husk_psci_started(&psci, i);
        assert_int_equal(psci.power[i], HUSK_PSCI_ON);
        assert_true(test_answer(&psci, CPU_ON64, targets[i], entry, 0) == ALREADY_ON);
    }
    assert_true(test_answer(&psci, CPU_ON64, targets[0], RAM0, 0) == ALREADY_ON);
}

static void cpu_on32__uses_the_low_halves_only(void **state)
{
    struct husk_psci psci = test_vm();
    const uint64_t junk = UINT64_C(0xFFFFFFFF) << 32;
    const struct test_result result =
        test_call(&psci, 0, CPU_ON32, junk | 1, junk | RAM0, junk | 0x80000001);

    (void)state;
    assert_int_equal(result.action.what, HUSK_PSCI_START);
    assert_int_equal(result.action.vcpu, 1);
    assert_int_equal(result.action.entry, RAM0);
    assert_int_equal(result.action.context_id, 0x80000001);
    /* An Aff3 can't be named in 32 bits. */
    assert_true(test_answer(&psci, CPU_ON32, 0x0100020300, RAM0, 0) == INVALID_PARAMETERS);
}

static void cpu_on_of_a_target_nobody_has__is_invalid_parameters(void **state)
{
    static const uint64_t targets[] = {
        2,
        0x0000000101,
        0x0000010000,
        0x0100000000,
        0x0000020300,          /* Aff3 missing */
        0x80000001,            /* MPIDR_EL1.RES1 is not a field of target_cpu */
        0x40000001,            /* nor is U */
        0x01000001,            /* nor is MT */
        UINT64_C(1) << 40 | 1, /* reserved */
        UINT64_C(1) << 63 | 1, /* reserved */
        UINT64_MAX,
    };
    struct husk_psci psci = test_vm();

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(targets); i++) {
        assert_true(test_answer(&psci, CPU_ON64, targets[i], RAM0, 0) == INVALID_PARAMETERS);
        /* It is said before the entry is looked at. */
        assert_true(test_answer(&psci, CPU_ON64, targets[i], 1, 0) == INVALID_PARAMETERS);
    }
    for (unsigned i = 1; i < HUSK_PSCI_VCPU_MAX; i++) {
        assert_int_equal(psci.power[i], HUSK_PSCI_OFF);
    }
}

static void bits_of_mpidr_that_are_no_affinity__are_not_compared(void **state)
{
    struct husk_psci psci = test_vm();

    (void)state;
    psci.mpidr[1] = ~(HUSK_BITS(39, 32) | HUSK_BITS(23, 0)) | 0x0700000001;
    assert_int_equal(test_answer(&psci, AFFINITY_INFO64, 0x0700000001, 0, 0), HUSK_PSCI_OFF);
    assert_int_equal(test_call(&psci, 0, CPU_ON64, 0x0700000001, RAM0, 0).action.vcpu, 1);
}

static void cpu_on_of_a_slot_past_vcpu_count__is_invalid_parameters(void **state)
{
    struct husk_psci psci = test_vm();

    (void)state;
    psci.mpidr[4] = 0x80000700;
    assert_true(test_answer(&psci, CPU_ON64, 0x700, RAM0, 0) == INVALID_PARAMETERS);
    psci.vcpu_count = 5;
    assert_int_equal(test_call(&psci, 0, CPU_ON64, 0x700, RAM0, 0).action.vcpu, 4);
}

static void cpu_on_with_all_eight_vcpus__finds_each(void **state)
{
    struct husk_psci psci = test_vm();

    (void)state;
    psci.vcpu_count = HUSK_PSCI_VCPU_MAX;
    for (unsigned i = 0; i < HUSK_PSCI_VCPU_MAX; i++) {
        psci.mpidr[i] = 0x80000000 | i;
    }
    for (unsigned i = 1; i < HUSK_PSCI_VCPU_MAX; i++) {
        const struct test_result result = test_call(&psci, 0, CPU_ON64, i, RAM0, 0);

        assert_int_equal(result.action.what, HUSK_PSCI_START);
        assert_int_equal(result.action.vcpu, i);
    }
    assert_true(test_answer(&psci, CPU_ON64, HUSK_PSCI_VCPU_MAX, RAM0, 0) == INVALID_PARAMETERS);
}

static void cpu_on_entry__must_be_an_aligned_instruction_in_ram(void **state)
{
    static const struct {
        uint64_t entry;
        bool valid;
    } entries[] = {
        { RAM0, true },        { RAM0 + RAM0_BYTES - 4, true },
        { RAM1, true },        { RAM1 + RAM1_BYTES - 4, true },
        { RAM0 - 4, false },   { RAM0 + RAM0_BYTES, false },
        { RAM1 - 4, false },   { RAM1 + RAM1_BYTES, false },
        { RAM0 + 1, false },   { RAM0 + 2, false },
        { RAM0 + 3, false },   { 0, false },
        { UINT64_MAX, false }, { UINT64_MAX - 3, false },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(entries); i++) {
        struct husk_psci psci = test_vm();
        const struct test_result result = test_call(&psci, 0, CPU_ON64, 1, entries[i].entry, 0);

        if (entries[i].valid) {
            assert_int_equal(result.action.what, HUSK_PSCI_START);
        } else {
            assert_int_equal(result.action.what, HUSK_PSCI_RESUME);
            assert_true(result.x[0] == INVALID_ADDRESS);
            assert_int_equal(psci.power[1], HUSK_PSCI_OFF);
        }
    }
}

static void cpu_on_with_a_bad_entry_of_a_running_cpu__is_invalid_address(void **state)
{
    struct husk_psci psci = test_vm();

    (void)state;
    assert_true(test_answer(&psci, CPU_ON64, 0, 0, 0) == INVALID_ADDRESS);
}

static void cpu_on_without_ram__is_invalid_address(void **state)
{
    struct husk_psci psci = test_vm();

    (void)state;
    psci.ram_count = 0;
    assert_true(test_answer(&psci, CPU_ON64, 1, RAM0, 0) == INVALID_ADDRESS);
}

static void cpu_off__stops_the_caller_and_lets_it_be_started_again(void **state)
{
    struct husk_psci psci = test_vm();
    struct test_result result;

    (void)state;
    (void)test_call(&psci, 0, CPU_ON64, 1, RAM0, 0);
    husk_psci_started(&psci, 1);
    result = test_call(&psci, 1, CPU_OFF, 0, 0, 0);
    assert_int_equal(result.action.what, HUSK_PSCI_STOP);
    assert_int_equal(result.action.vcpu, 1);
    assert_int_equal(psci.power[1], HUSK_PSCI_OFF);
    assert_int_equal(test_answer(&psci, AFFINITY_INFO64, 1, 0, 0), HUSK_PSCI_OFF);
    result = test_call(&psci, 0, CPU_ON64, 1, RAM0 + 4, 0);
    assert_int_equal(result.action.what, HUSK_PSCI_START);
    assert_int_equal(result.action.entry, RAM0 + 4);
}

static void cpu_off_of_the_last_vcpu__is_granted(void **state)
{
    struct husk_psci psci = test_vm();

    (void)state;
    assert_int_equal(test_call(&psci, 0, CPU_OFF, 0, 0, 0).action.what, HUSK_PSCI_STOP);
    for (unsigned i = 0; i < psci.vcpu_count; i++) {
        assert_int_equal(psci.power[i], HUSK_PSCI_OFF);
    }
}

static void started__completes_a_pending_start_only(void **state)
{
    struct husk_psci psci = test_vm();

    (void)state;
    husk_psci_started(&psci, 2);
    assert_int_equal(psci.power[2], HUSK_PSCI_OFF);
    husk_psci_started(&psci, 0);
    assert_int_equal(psci.power[0], HUSK_PSCI_ON);
    psci.power[3] = HUSK_PSCI_ON_PENDING;
    husk_psci_started(&psci, 3);
    assert_int_equal(psci.power[3], HUSK_PSCI_ON);
}

static void cpu_suspend__is_standby_whatever_the_state_type(void **state)
{
    static const uint64_t ids[] = { CPU_SUSPEND32, CPU_SUSPEND64 };
    static const struct {
        uint64_t power_state;
        bool valid;
    } states[] = {
        { 0x00000000, true },  { 0x0000FFFF, true },         /* any StateID */
        { 0x00010000, true },                                /* power-down, downgraded to standby */
        { 0x0001FFFF, true },  { 0xFFFFFFFF00000000, true }, /* power_state is W1 */
        { 0x00020000, false },                               /* reserved */
        { 0x00800000, false }, { 0x01000000, false }, /* level: no state above a core is offered */
        { 0x02000000, false }, { 0x04000000, false }, /* reserved */
        { 0x40000000, false },                        /* StateType of the extended format */
        { 0x80000000, false },
    };
    struct husk_psci psci = test_vm();

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(states); i++) {
        for (size_t k = 0; k < HUSK_COUNT(ids); k++) {
            const struct test_result result =
                test_call(&psci, 0, ids[k], states[i].power_state, 1, 0);

            assert_int_equal(result.action.what,
                             states[i].valid ? HUSK_PSCI_SUSPEND : HUSK_PSCI_RESUME);
            assert_true(result.x[0] == (states[i].valid ? 0 : INVALID_PARAMETERS));
        }
    }
    assert_int_equal(psci.power[0], HUSK_PSCI_ON);
}

/* The VM: vCPU 0 at 0.0.0.0, 1 at 0.0.0.1, 2 at 0.0.1.0, 3 at 1.2.3.0. */
static const struct {
    uint64_t target;
    uint64_t level;
    uint8_t power[4];
    int64_t result;
} affinities[] = {
    { 0x0000000000, 0, { 0, 1, 1, 1 }, 0 },
    { 0x0000000001, 0, { 0, 1, 1, 1 }, 1 },
    { 0x0000000001, 0, { 0, 2, 1, 1 }, 2 },
    { 0x0000000001, 0, { 1, 0, 1, 1 }, 0 },
    { 0x0100020300, 0, { 0, 1, 1, 2 }, 2 },
    { 0x0000000002, 0, { 0, 0, 0, 0 }, -2 },
    { 0x0000020300, 0, { 0, 0, 0, 0 }, -2 },
    /* level 1: Aff0 is ignored */
    { 0x0000000000, 1, { 0, 1, 1, 1 }, 0 },
    { 0x00000000FF, 1, { 1, 0, 1, 1 }, 0 },
    { 0x0000000000, 1, { 1, 1, 0, 0 }, 1 },
    { 0x0000000000, 1, { 1, 2, 0, 0 }, 2 },
    { 0x0000000000, 1, { 2, 1, 0, 0 }, 2 },
    { 0x0000000000, 1, { 2, 0, 1, 1 }, 0 },
    { 0x0000000177, 1, { 0, 0, 1, 0 }, 1 },
    { 0x0000000200, 1, { 0, 0, 0, 0 }, -2 },
    /* level 2: Aff1 and Aff0 are ignored */
    { 0x0000000000, 2, { 1, 1, 0, 1 }, 0 },
    { 0x000000ABCD, 2, { 1, 1, 2, 0 }, 2 },
    { 0x0000010000, 2, { 0, 0, 0, 0 }, -2 },
    { 0x010002FFFF, 2, { 0, 0, 0, 1 }, 1 },
    /* level 3: Aff3 alone counts */
    { 0x01000000FF, 3, { 0, 0, 0, 1 }, 1 },
    { 0x0000FFFFFF, 3, { 1, 1, 1, 0 }, 1 },
    { 0x0200020300, 3, { 0, 0, 0, 0 }, -2 },
    /* levels that do not exist */
    { 0x0000000000, 4, { 0, 0, 0, 0 }, -2 },
    { 0x0000000000, 0xFFFFFFFF, { 0, 0, 0, 0 }, -2 },
    /* lowest_affinity_level is W2 */
    { 0x0000000001, 0x100000000, { 0, 1, 0, 0 }, 1 },
    /* reserved bits of the target, also where a level would ignore them */
    { 0x0080000000, 0, { 0, 0, 0, 0 }, -2 },
    { 0x0001000000, 3, { 0, 0, 0, 0 }, -2 },
    { 0x10000000000, 0, { 0, 0, 0, 0 }, -2 },
    { UINT64_C(1) << 63, 3, { 0, 0, 0, 0 }, -2 },
};

static void affinity_info__answers_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(affinities); i++) {
        struct husk_psci psci = test_vm();

        for (unsigned k = 0; k < 4; k++) {
            psci.power[k] = affinities[i].power[k];
        }
        assert_true((int64_t)test_answer(&psci, AFFINITY_INFO64, affinities[i].target,
                                         affinities[i].level, 0) == affinities[i].result);
        for (unsigned k = 0; k < 4; k++) {
            assert_int_equal(psci.power[k], affinities[i].power[k]);
        }
    }
}

static void affinity_info32__uses_the_low_halves_only(void **state)
{
    struct husk_psci psci = test_vm();
    const uint64_t junk = UINT64_C(0xFFFFFFFF) << 32;

    (void)state;
    assert_int_equal(test_answer(&psci, AFFINITY_INFO32, junk | 1, junk, 0), HUSK_PSCI_OFF);
    assert_int_equal(test_answer(&psci, AFFINITY_INFO32, junk, junk, 0), HUSK_PSCI_ON);
}

static jmp_buf asserted;

static void on_assert(const char *what)
{
    (void)what;
    longjmp(asserted, 1);
}

static void vcpu_that_husk_never_made__stops_husk(void **state)
{
    static struct husk_fake fake = { .on_assert = on_assert };
    static struct husk_psci psci;

    (void)state;
    husk_fake = &fake;
    psci = test_vm();
    if (setjmp(asserted) == 0) {
        husk_psci_started(&psci, 4);
        fail();
    }
    if (setjmp(asserted) == 0) {
        (void)test_call(&psci, 4, CPU_OFF, 0, 0, 0);
        fail();
    }
    husk_fake = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset__leaves_vcpu_0_on_and_all_others_off),
        cmocka_unit_test(cpu_on__starts_the_vcpu_once_and_passes_entry_and_context),
        cmocka_unit_test(cpu_on32__uses_the_low_halves_only),
        cmocka_unit_test(cpu_on_of_a_target_nobody_has__is_invalid_parameters),
        cmocka_unit_test(bits_of_mpidr_that_are_no_affinity__are_not_compared),
        cmocka_unit_test(cpu_on_of_a_slot_past_vcpu_count__is_invalid_parameters),
        cmocka_unit_test(cpu_on_with_all_eight_vcpus__finds_each),
        cmocka_unit_test(cpu_on_entry__must_be_an_aligned_instruction_in_ram),
        cmocka_unit_test(cpu_on_with_a_bad_entry_of_a_running_cpu__is_invalid_address),
        cmocka_unit_test(cpu_on_without_ram__is_invalid_address),
        cmocka_unit_test(cpu_off__stops_the_caller_and_lets_it_be_started_again),
        cmocka_unit_test(cpu_off_of_the_last_vcpu__is_granted),
        cmocka_unit_test(started__completes_a_pending_start_only),
        cmocka_unit_test(cpu_suspend__is_standby_whatever_the_state_type),
        cmocka_unit_test(affinity_info__answers_the_table),
        cmocka_unit_test(affinity_info32__uses_the_low_halves_only),
        cmocka_unit_test(vcpu_that_husk_never_made__stops_husk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
