// SPDX-License-Identifier: Apache-2.0
#include "psci_test.h"

/* Every identifier of the three specifications and its answer to PSCI_FEATURES, SMCCC's
 * ARCH_FEATURES (three workarounds absent) and TRNG_FEATURES. */
static const struct {
    uint32_t id;
    int32_t psci, arch, trng;
} features[] = {
    { 0x84000000, 0, -1, -1 },  /* PSCI_VERSION */
    { 0xC4000000, -1, -1, -1 }, /* its SMC64 form does not exist */
    { 0x84000001, 0, -1, -1 },  /* CPU_SUSPEND */
    { 0xC4000001, 0, -1, -1 },  /* CPU_SUSPEND, SMC64 */
    { 0x84000002, 0, -1, -1 },  /* CPU_OFF */
    { 0xC4000002, -1, -1, -1 }, /* its SMC64 form does not exist */
    { 0x84000003, 0, -1, -1 },  /* CPU_ON */
    { 0xC4000003, 0, -1, -1 },  /* CPU_ON, SMC64 */
    { 0x84000004, 0, -1, -1 },  /* AFFINITY_INFO */
    { 0xC4000004, 0, -1, -1 },  /* AFFINITY_INFO, SMC64 */
    { 0x84000005, -1, -1, -1 }, /* MIGRATE */
    { 0xC4000005, -1, -1, -1 }, /* MIGRATE, SMC64 */
    { 0x84000006, 0, -1, -1 },  /* MIGRATE_INFO_TYPE */
    { 0x84000007, -1, -1, -1 }, /* MIGRATE_INFO_UP_CPU */
    { 0x84000008, 0, -1, -1 },  /* SYSTEM_OFF */
    { 0x84000009, 0, -1, -1 },  /* SYSTEM_RESET */
    { 0x8400000A, 0, -1, -1 },  /* PSCI_FEATURES */
    { 0x8400000B, -1, -1, -1 }, /* CPU_FREEZE */
    { 0x8400000C, -1, -1, -1 }, /* CPU_DEFAULT_SUSPEND */
    { 0xC400000C, -1, -1, -1 }, /* CPU_DEFAULT_SUSPEND, SMC64 */
    { 0x8400000D, -1, -1, -1 }, /* NODE_HW_STATE */
    { 0x8400000E, -1, -1, -1 }, /* SYSTEM_SUSPEND */
    { 0xC400000E, -1, -1, -1 }, /* SYSTEM_SUSPEND, SMC64 */
    { 0x8400000F, -1, -1, -1 }, /* PSCI_SET_SUSPEND_MODE */
    { 0x84000010, -1, -1, -1 }, /* PSCI_STAT_RESIDENCY */
    { 0x84000011, -1, -1, -1 }, /* PSCI_STAT_COUNT */
    { 0x84000012, 0, -1, -1 },  /* SYSTEM_RESET2 */
    { 0xC4000012, 0, -1, -1 },  /* SYSTEM_RESET2, SMC64 */
    { 0x84000013, -1, -1, -1 }, /* MEM_PROTECT */
    { 0x84000050, -1, -1, 0 },  /* TRNG_VERSION */
    { 0x84000051, -1, -1, 0 },  /* TRNG_FEATURES */
    { 0x84000052, -1, -1, 0 },  /* TRNG_GET_UUID */
    { 0x84000053, -1, -1, 0 },  /* TRNG_RND32 */
    { 0xC4000053, -1, -1, 0 },  /* TRNG_RND64 */
    { 0xC4000050, -1, -1, -1 }, /* no such identifier */
    { 0x80000000, 0, 0, -1 },   /* SMCCC_VERSION */
    { 0x80000001, -1, 0, -1 },  /* SMCCC_ARCH_FEATURES */
    { 0x80000002, -1, -1, -1 }, /* SMCCC_ARCH_SOC_ID */
    { 0x80008000, -1, -1, -1 }, /* SMCCC_ARCH_WORKAROUND_1 */
    { 0x80007FFF, -1, -1, -1 }, /* SMCCC_ARCH_WORKAROUND_2 */
    { 0x80003FFF, -1, -1, -1 }, /* SMCCC_ARCH_WORKAROUND_3 */
    { 0x8600FF01, -1, -1, -1 }, /* vendor hypervisor UID */
    { 0xC5000020, -1, -1, -1 }, /* PV_TIME_FEATURES */
    { 0x04000000, -1, -1, -1 }, /* a yielding call */
    { 0x00000000, -1, -1, -1 }, { 0xFFFFFFFF, -1, -1, -1 },
};

static void version_calls__answer_psci_1_1_smccc_1_2_trng_1_0(void **state)
{
    struct husk_psci psci = test_vm();

    (void)state;
    assert_int_equal(test_answer(&psci, 0x84000000, 0, 0, 0), 0x00010001);
    assert_int_equal(test_answer(&psci, 0x80000000, 0, 0, 0), 0x00010002);
    assert_int_equal(test_answer(&psci, 0x84000050, 0, 0, 0), 0x00010000);
    assert_int_equal(test_answer(&psci, 0x84000006, 0, 0, 0), 2);
}

static void features_calls__answer_the_table(void **state)
{
    struct husk_psci psci = test_vm();

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(features); i++) {
        const uint64_t id = features[i].id;

        assert_int_equal(test_answer(&psci, 0x8400000A, id, 0, 0), (int64_t)features[i].psci);
        assert_int_equal(test_answer(&psci, 0x80000001, id, 0, 0), (int64_t)features[i].arch);
        assert_int_equal(test_answer(&psci, 0x84000051, id, 0, 0), (int64_t)features[i].trng);
        /* The argument is a W register: its upper half is not looked at. */
        assert_int_equal(test_answer(&psci, 0x8400000A, id | 0xABCD00000000, 0, 0),
                         (int64_t)features[i].psci);
    }
}

static void call_absent_from_all_tables__is_not_supported_and_changes_nothing(void **state)
{
    struct husk_psci psci = test_vm();

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(features); i++) {
        const struct husk_psci before = psci;
        struct test_result result;

        if (features[i].psci == 0 || features[i].arch == 0 || features[i].trng == 0) {
            continue;
        }
        result = test_call(&psci, 1, features[i].id, 11, 22, 33);
        assert_int_equal(result.action.what, HUSK_PSCI_RESUME);
        assert_true(result.x[0] == NOT_SUPPORTED);
        assert_int_equal(result.x[1], 11);
        assert_int_equal(result.x[2], 22);
        assert_int_equal(result.x[3], 33);
        assert_memory_equal(&psci, &before, sizeof(psci));
    }
}

static void sve_hint_and_upper_half_of_x0__are_not_part_of_the_identifier(void **state)
{
    struct husk_psci psci = test_vm();

    (void)state;
    assert_int_equal(test_answer(&psci, 0x84010000, 0, 0, 0), 0x00010001);
    assert_int_equal(test_answer(&psci, 0x80010000, 0, 0, 0), 0x00010002);
    assert_int_equal(test_answer(&psci, 0x1234567884000000, 0, 0, 0), 0x00010001);
    assert_int_equal(test_answer(&psci, 0xFFFFFFFF84010006, 0, 0, 0), 2);
    /* The neighbours of the hint are: they must be zero. */
    assert_true(test_answer(&psci, 0x84020000, 0, 0, 0) == NOT_SUPPORTED);
    assert_true(test_answer(&psci, 0x84008000, 0, 0, 0) == NOT_SUPPORTED);
    /* In an argument it is no hint but another identifier. */
    assert_true(test_answer(&psci, 0x8400000A, 0x84010000, 0, 0) == NOT_SUPPORTED);
}

static void simple_answer__leaves_x1_to_x3(void **state)
{
    static const uint64_t ids[] = { 0x84000000, 0x84000006, 0x8400000A, 0x80000000, 0x80000001 };
    struct husk_psci psci = test_vm();

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(ids); i++) {
        const struct test_result result = test_call(&psci, 2, ids[i], 5, 6, 7);

        assert_int_equal(result.x[1], 5);
        assert_int_equal(result.x[2], 6);
        assert_int_equal(result.x[3], 7);
    }
}

static void system_off_and_reset__ask_the_caller(void **state)
{
    struct husk_psci psci = test_vm();

    (void)state;
    assert_int_equal(test_call(&psci, 0, 0x84000008, 0, 0, 0).action.what, HUSK_PSCI_SYSTEM_OFF);
    assert_int_equal(test_call(&psci, 3, 0x84000009, 0, 0, 0).action.what, HUSK_PSCI_SYSTEM_RESET);
}

static void system_reset2__takes_the_architectural_warm_reset_only(void **state)
{
    static const uint64_t ids[] = { 0x84000012, 0xC4000012 };
    static const uint64_t bad_types[] = { 1, 2, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF };
    struct husk_psci psci = test_vm();

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(ids); i++) {
        assert_int_equal(test_call(&psci, 0, ids[i], 0, 77, 0).action.what, HUSK_PSCI_SYSTEM_RESET);
        /* reset_type is W1. */
        assert_int_equal(test_call(&psci, 0, ids[i], 0x500000000, 0, 0).action.what,
                         HUSK_PSCI_SYSTEM_RESET);
        for (size_t k = 0; k < HUSK_COUNT(bad_types); k++) {
            assert_true(test_answer(&psci, ids[i], bad_types[k], 0, 0) == INVALID_PARAMETERS);
        }
    }
}

static void workaround__follows_what_the_product_offers(void **state)
{
    static const uint32_t ids[] = { 0x80008000, 0x80007FFF, 0x80003FFF };
    struct husk_psci psci = test_vm();

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct test_result result;

        psci.workaround[0] = psci.workaround[1] = psci.workaround[2] = -1;
        assert_true(test_answer(&psci, ids[i], 0, 0, 0) == NOT_SUPPORTED);

        psci.workaround[i] = 1; /* this CPU needs none */
        assert_int_equal(test_answer(&psci, 0x80000001, ids[i], 0, 0), 1);
        assert_int_equal(test_answer(&psci, ids[i], 0, 0, 0), 0);

        psci.workaround[i] = 0; /* only the firmware below can apply it */
        assert_int_equal(test_answer(&psci, 0x80000001, ids[i], 0, 0), 0);
        result = test_call(&psci, 1, ids[i] | 0x10000, 1, 2, 3);
        assert_int_equal(result.action.what, HUSK_PSCI_WORKAROUND);
        assert_int_equal(result.action.function, ids[i]);
        assert_int_equal(result.x[0], 0);
        assert_int_equal(result.x[1], 1);
    }
}

static void workaround_without_its_part__is_not_supported(void **state)
{
    static const uint32_t ids[] = { 0x80008000, 0x80007FFF, 0x80003FFF };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(ids); i++) {
        struct husk_psci psci = test_vm();

        psci.workaround[0] = psci.workaround[1] = psci.workaround[2] = 0;
        psci.workarounds = NULL;
        for (int trng = 1; trng >= 0; trng--) {
            psci.trng = trng != 0 ? husk_psci_trng : NULL;
            assert_true(test_answer(&psci, 0x80000001, ids[i], 0, 0) == NOT_SUPPORTED);
            assert_true(test_answer(&psci, ids[i], 0, 0, 0) == NOT_SUPPORTED);
            assert_int_equal(test_answer(&psci, 0x80000001, 0x80000001, 0, 0), 0);
            assert_int_equal(test_answer(&psci, 0x80000001, 0x80000000, 0, 0), 0);
        }
    }
}

static void every_16_bit_function_number__resumes_unless_it_is_in_the_table(void **state)
{
    static const uint32_t owners[] = { 0x80000000, 0xC0000000, 0x84000000, 0xC4000000, 0x86000000 };
    struct husk_psci psci = test_vm();

    (void)state;
    psci.trng = NULL;
    for (size_t i = 0; i < HUSK_COUNT(owners); i++) {
        for (uint32_t n = 0; n <= 0xFFFF; n++) {
            bool known = false;

            for (size_t k = 0; k < HUSK_COUNT(features); k++) {
                known |= features[k].id == (owners[i] | n);
            }
            if (!known) {
                assert_true(test_answer(&psci, owners[i] | n, 0, 0, 0) == NOT_SUPPORTED);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_calls__answer_psci_1_1_smccc_1_2_trng_1_0),
        cmocka_unit_test(features_calls__answer_the_table),
        cmocka_unit_test(call_absent_from_all_tables__is_not_supported_and_changes_nothing),
        cmocka_unit_test(sve_hint_and_upper_half_of_x0__are_not_part_of_the_identifier),
        cmocka_unit_test(simple_answer__leaves_x1_to_x3),
        cmocka_unit_test(system_off_and_reset__ask_the_caller),
        cmocka_unit_test(system_reset2__takes_the_architectural_warm_reset_only),
        cmocka_unit_test(workaround__follows_what_the_product_offers),
        cmocka_unit_test(workaround_without_its_part__is_not_supported),
        cmocka_unit_test(every_16_bit_function_number__resumes_unless_it_is_in_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
