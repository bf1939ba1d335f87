// SPDX-License-Identifier: Apache-2.0
// Prints a line every second, for as long as anybody runs beside it.
#include <husk/unikernel.h>
#include <stdio.h>

int main(void)
{
    for (unsigned second = 1; second <= 3600; second++) {
        husk_uk_sleep_ns(UINT64_C(1000000000));
        printf("tick %u\n", second);
    }
    return 0;
}
