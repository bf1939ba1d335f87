// SPDX-License-Identifier: Apache-2.0
#include <husk/unikernel.h>

#include <stdio.h>
#include <stdlib.h>

static void tick(void *context)
{
    *(volatile unsigned *)context = 1;
}

int main(void)
{
    static volatile unsigned ticked;
    char line[16];
    const uint64_t state = husk_uk_irq_mask();

    husk_uk_timer_set(husk_uk_now_ns() + 1000, tick, (void *)(uintptr_t)&ticked);
    if (husk_uk_irq_set(33, tick, (void *)(uintptr_t)&ticked) != HUSK_OK) {
        husk_uk_reset();
    }
    husk_uk_wait();
    husk_uk_irq_restore(state);
    husk_uk_sleep_ns(1000);
    printf("%d %f %p %p\n", husk_uk_read_line(line, sizeof(line)), 0.5, malloc(16), husk_uk_dtb());
    husk_uk_power_off();
}
