// SPDX-License-Identifier: Apache-2.0
// CPU_OFF of the only CPU: the VM stops with a line, and Husk stays.
#include <husk/arch.h>
#include <stdio.h>

int main(void)
{
    struct husk_smccc regs = { .x0 = 0x84000002 };

    printf("husk-test: CPU_OFF\n");
    husk_hvc(&regs);
    printf("husk-test: FAIL runs on, x0 %#llx\n", (unsigned long long)regs.x0);
    return 1;
}
