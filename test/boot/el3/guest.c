// SPDX-License-Identifier: Apache-2.0
// Asks for the workarounds of speculation a firmware at EL3 may have, and calls them; and calls
// what is not for EL3, which it must never see.
#include <husk/arch.h>
#include <inttypes.h>
#include <stdio.h>

static int32_t call(void (*conduit)(struct husk_smccc *), uint32_t function, uint64_t x1)
{
    struct husk_smccc regs = { .x0 = function, .x1 = x1 };

    conduit(&regs);
    return (int32_t)regs.x0;
}

/* Not one of them is forwarded: another PSCI or TRNG call, a SiP's or an OEM's, a neighbour, the
 * same number as SMC64 or as a yielding call. SMCs with an immediate are not SMCCC. */
static const uint32_t others[] = {
    0x84000005, 0x84000050, 0x82000001, 0x83000001, 0x80007ffe, 0x80008001, 0xc0008000, 0x00008000,
};

int main(void)
{
    static const uint32_t workarounds[] = { 0x80008000, 0x80007fff, 0x80003fff };

    printf("guest: SMCCC_VERSION %#" PRIx32 "\n", (uint32_t)call(husk_hvc, 0x80000000, 0));
    for (unsigned i = 0; i < 3; i++) {
        const int32_t offered = call(husk_hvc, 0x80000001, workarounds[i]);
        const int32_t by_hvc = call(husk_hvc, workarounds[i], 0);
        const int32_t by_smc = call(husk_smc, workarounds[i], 1);

        printf("guest: WORKAROUND_%u: offered %" PRId32 ", called %" PRId32 " %" PRId32 "\n", i + 1,
               offered, by_hvc, by_smc);
    }
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        (void)call(husk_hvc, others[i], 0);
        (void)call(husk_smc, others[i], 0);
    }
    __asm__ volatile("smc #1" ::"r"(0) : "x0");
    puts("guest: done");
    return 0;
}
