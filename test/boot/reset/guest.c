// SPDX-License-Identifier: Apache-2.0
// A unikernel that says whether its memory is as it was built, spoils it, and resets its machine.
#include <husk/unikernel.h>
#include <stdio.h>
#include <stdlib.h>

static volatile uint64_t data = 0x5eed;
static volatile uint64_t bss;
static volatile unsigned ticks;
static char line[16];

static void on_tick(void *context)
{
    (void)context;
    ticks++;
}

int main(void)
{
    uint64_t state;

    printf("reset: data %llx, bss %llx\n", (unsigned long long)data, (unsigned long long)bss);
    data = 1;
    bss = 1;
    /* An interrupt now, and one that is under way when the machine ends. */
    husk_uk_timer_set(husk_uk_now_ns() + 1000000, on_tick, NULL);
    state = husk_uk_irq_mask();
    while (ticks == 0) {
        husk_uk_wait();
    }
    husk_uk_irq_restore(state);
    printf("reset: off or on? ");
    husk_uk_read_line(line, sizeof(line));
    if (line[1] == 'f') {
        return EXIT_SUCCESS;
    }
    (void)husk_uk_irq_mask();
    husk_uk_timer_set(husk_uk_now_ns(), on_tick, NULL);
    husk_uk_reset();
}
