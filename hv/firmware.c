// SPDX-License-Identifier: Apache-2.0
// What the board's firmware at EL3 does for a guest: SMCCC_ARCH_WORKAROUND_1, _2 and _3, which only
// it can (they invalidate branch predictors, or switch what the CPU speculates on). Nothing else of
// a guest's reaches EL3. SMCCC DEN0028E, "Arm Architecture Calls"; PSCI DEN0022E, PSCI_FEATURES.
#include "hv.h"

enum {
    PSCI_1_0 = 0x10000,
    SMCCC_1_1 = 0x10001,
    MITIGATION_ON = 1, /* argument of SMCCC_ARCH_WORKAROUND_2 */
};

static const uint32_t psci_version = UINT32_C(0x84000000);
static const uint32_t psci_features = UINT32_C(0x8400000a);
static const uint32_t smccc_version = UINT32_C(0x80000000);
static const uint32_t smccc_arch_features = UINT32_C(0x80000001);
static const uint32_t workarounds[] = { UINT32_C(0x80008000), UINT32_C(0x80007fff),
                                        UINT32_C(0x80003fff) };

static int32_t call(uint32_t function, uint32_t x1)
{
    struct husk_smccc regs = { .x0 = function, .x1 = x1 };

    husk_smc(&regs);
    return (int32_t)regs.x0;
}

/* Each question is asked only where the answer before it says that it will be understood. */
static void offer(const void *dtb, struct husk_psci *psci)
{
    if (!husk_fdt_psci_smc(dtb, HUSK_TREE_MAX_BYTES) || call(psci_version, 0) < PSCI_1_0 ||
        call(psci_features, smccc_version) < 0 || call(smccc_version, 0) < SMCCC_1_1) {
        return;
    }
    psci->workarounds = husk_psci_workarounds;
    for (size_t i = 0; i < HUSK_COUNT(workarounds); i++) {
        psci->workaround[i] = call(smccc_arch_features, workarounds[i]);
    }
}

static void work_around(uint32_t function, uint32_t x1)
{
    (void)call(function, x1);
}

static void enter(const struct husk_psci *psci)
{
    if (psci->workarounds != NULL && psci->workaround[1] == 0) {
        work_around(workarounds[1], MITIGATION_ON);
    }
}

const struct husk_firmware husk_firmware = {
    .offer = offer,
    .work_around = work_around,
    .enter = enter,
};
