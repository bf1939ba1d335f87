// SPDX-License-Identifier: Apache-2.0
// One line from each CPU, by its timer's interrupt.
#include <husk/unikernel.h>
#include <stdio.h>

int main(void)
{
    husk_uk_sleep_ns(UINT64_C(10000000));
    printf("here\n");
    return 0;
}
