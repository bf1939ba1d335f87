// SPDX-License-Identifier: Apache-2.0
/* What picolibc asks of the machine below it. */
#include "unikernel_internal.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/times.h>
#include <unistd.h>

extern char husk_uk_ld_heap_start[];

/* The heap is what RAM is left, on the larger side of the device tree. */
static struct husk_range heap_range(void)
{
    const struct husk_range free = {
        (uintptr_t)husk_uk_ld_heap_start,
        husk_uk_boot_info.ram_end - (uintptr_t)husk_uk_ld_heap_start,
    };
    const struct husk_range tree = {
        (uintptr_t)husk_uk_boot_info.dtb,
        husk_uk_dtb_bytes(husk_uk_boot_info.dtb),
    };

    return husk_uk_range_without(free, tree);
}

/* The header's parameter names are reserved ones.
   NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
void *sbrk(ptrdiff_t increment)
{
    static struct husk_range heap;
    static uint64_t used_bytes;
    const uint64_t used_before = used_bytes;

    if (heap.size_bytes == 0) {
        heap = heap_range();
    }
    if (increment < 0 ? (uint64_t)-increment > used_bytes
                      : (uint64_t)increment > heap.size_bytes - used_bytes) {
        errno = ENOMEM;
        return (void *)-1;
    }
    used_bytes += (uint64_t)increment;
    return (void *)(uintptr_t)(heap.base + used_before);
}

_Noreturn void _exit(int status)
{
    husk_uk_irq_mask();
    if (status != 0) {
        printf("\nunikernel: exit status %d\n", status);
    }
    husk_uk_power_off();
}

/* abort() and raise() end here. */
pid_t getpid(void)
{
    return 1;
}

int kill(pid_t pid, int signal)
{
    (void)pid;
    _exit(128 + signal);
}

/* Time since start: there is no wall clock in the guest machine.
   NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    const uint64_t us = husk_uk_now_ns() / 1000;

    (void)zone;
    now->tv_sec = (time_t)(us / 1000000);
    now->tv_usec = (suseconds_t)(us % 1000000);
    return 0;
}

clock_t times(struct tms *buf)
{
    const clock_t ticks = (clock_t)(husk_uk_now_ns() / (1000000000 / CLOCKS_PER_SEC));

    *buf = (struct tms){ .tms_utime = ticks };
    return ticks;
}
