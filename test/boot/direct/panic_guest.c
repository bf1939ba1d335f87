// SPDX-License-Identifier: Apache-2.0
// Asks for a random number. TRNG_RND64, DEN0098 2.5.
#include <husk/arch.h>
#include <husk/unikernel.h>
#include <stdio.h>

int main(void)
{
    struct husk_smccc regs = { .x0 = 0xc4000053, .x1 = 64 };

    puts("panic_guest: asks");
    husk_hvc(&regs);
    puts("panic_guest: was answered");
    return 0;
}
