// SPDX-License-Identifier: Apache-2.0
// A line for each of its timer's interrupts, 4 ms apart: for an hour, longer than the storm lasts.
#include <husk/unikernel.h>
#include <stdio.h>

int main(void)
{
    for (unsigned tick = 1; tick <= 900000; tick++) {
        husk_uk_sleep_ns(UINT64_C(4000000));
        printf("tick %u\n", tick);
    }
    return 0;
}
