// SPDX-License-Identifier: Apache-2.0
// A first guest: C with its standard library, alone on its virtual machine.
#include <husk/arch.h>
#include <husk/unikernel.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TICK_COUNT = 10 };
static const uint64_t tick_ns = 100000000;

static uint64_t start_ns;
static volatile unsigned ticks;

/* Runs in the virtual timer's interrupt, ten times, 100 ms apart. */
static void on_tick(void *context)
{
    const uint64_t late_ns = husk_uk_now_ns() - (start_ns + (ticks + 1) * tick_ns);

    (void)context;
    ticks++;
    printf("hello: tick %u at %.3f s (+%.0f us)\n", ticks, ticks * 0.1, (double)late_ns / 1e3);
    if (ticks < TICK_COUNT) {
        husk_uk_timer_set(start_ns + (ticks + 1) * tick_ns, on_tick, NULL);
    }
}

int main(void)
{
    char name[64];
    double *squares;
    double sum = 0;
    uint64_t state;

    printf("hello: a unikernel at EL%d, counter at %.1f MHz\n", (int)(husk_read(currentel) >> 2),
           (double)husk_read(cntfrq_el0) / 1e6);

    squares = malloc(100 * sizeof(*squares));
    if (squares == NULL) {
        return EXIT_FAILURE;
    }
    for (int i = 0; i < 100; i++) {
        squares[i] = (double)i * i;
    }
    for (int i = 0; i < 100; i++) {
        sum += squares[i];
    }
    free(squares);
    printf("hello: the root of %.0f is %f\n", sum, sqrt(sum));

    start_ns = husk_uk_now_ns();
    husk_uk_timer_set(start_ns + tick_ns, on_tick, NULL);
    state = husk_uk_irq_mask(); /* the last tick must not come between the look and the sleep */
    while (ticks < TICK_COUNT) {
        husk_uk_wait(); /* asleep: no CPU time is used between two ticks */
    }
    husk_uk_irq_restore(state);

    printf("hello: what is your name? ");
    husk_uk_read_line(name, sizeof(name));
    printf("hello: pleased to meet you, %s\n", name[0] != '\0' ? name : "stranger");
    return EXIT_SUCCESS; /* powers the machine off */
}
