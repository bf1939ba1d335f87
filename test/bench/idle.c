// SPDX-License-Identifier: Apache-2.0
// A guest that sleeps: no timer, no interrupt.
#include <husk/arch.h>

int main(void)
{
    for (;;) {
        __asm__ volatile("wfi");
    }
}
