// SPDX-License-Identifier: Apache-2.0
#ifndef PSCI_TEST_H
#define PSCI_TEST_H

/* What the PSCI tests share: a VM of four vCPUs, and a call with its registers watched. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <husk/psci.h>

#define NOT_SUPPORTED      UINT64_MAX
#define INVALID_PARAMETERS ((uint64_t)-2)
#define ALREADY_ON         ((uint64_t)-4)
#define ON_PENDING         ((uint64_t)-5)
#define INVALID_ADDRESS    ((uint64_t)-9)

#define RAM0       UINT64_C(0x40000000)
#define RAM0_BYTES UINT64_C(0x10000000)
#define RAM1       UINT64_C(0x900000000)
#define RAM1_BYTES UINT64_C(0x1000)

static const struct husk_range test_ram[] = {
    { RAM0, RAM0_BYTES },
    { RAM1, RAM1_BYTES },
};

/* As a guest reads them: bit 31 RES1 is no affinity. Two clusters, and an Aff3. */
static inline struct husk_psci test_vm(void)
{
    struct husk_psci psci = {
        .vcpu_count = 4,
        .mpidr = { 0x80000000, 0x80000001, 0x80000100, 0x0180020300 },
        .ram = test_ram,
        .ram_count = HUSK_COUNT(test_ram),
        .trng = husk_psci_trng,
        .workarounds = husk_psci_workarounds,
        .workaround = { -1, -1, -1 },
    };

    husk_psci_reset(&psci);
    return psci;
}

struct test_result {
    struct husk_psci_action action;
    uint64_t x[4];
};

/* Calls with x0..x3 as given, the rest poisoned, and checks that x4..x17 stay. */
static inline struct test_result test_call(struct husk_psci *psci, unsigned vcpu, uint64_t x0,
                                           uint64_t x1, uint64_t x2, uint64_t x3)
{
    uint64_t regs[18] = { x0, x1, x2, x3 };
    struct test_result result = { .action.what = HUSK_PSCI_RESUME };

    for (size_t i = 4; i < 18; i++) {
        regs[i] = 0xDEAD000000000000 + i;
    }
    assert_int_equal(husk_psci_call(psci, vcpu, regs, &result.action), result.action.what);
    for (size_t i = 0; i < 4; i++) {
        result.x[i] = regs[i];
    }
    for (size_t i = 4; i < 18; i++) {
        assert_int_equal(regs[i], 0xDEAD000000000000 + i);
    }
    return result;
}

/* The x0 of a call that must just resume. */
static inline uint64_t test_answer(struct husk_psci *psci, uint64_t x0, uint64_t x1, uint64_t x2,
                                   uint64_t x3)
{
    const struct test_result result = test_call(psci, 0, x0, x1, x2, x3);

    assert_int_equal(result.action.what, HUSK_PSCI_RESUME);
    return result.x[0];
}

#endif
