// SPDX-License-Identifier: Apache-2.0
#include <husk/arch.h>

/* CTR_EL0.DminLine: log2 of the words in the smallest data cache line of the system. */
static size_t line_bytes(void)
{
    return (size_t)4 << husk_bits_get(husk_read_ctr_el0(), 19, 16);
}

void husk_cache_clean(const void *addr, size_t size_bytes)
{
    const size_t line = line_bytes();
    const uintptr_t end = (uintptr_t)addr + size_bytes;

    if (size_bytes == 0) {
        return;
    }
    for (uintptr_t at = husk_align_down((uintptr_t)addr, line); at < end; at += line) {
        husk_dc_cvac((const void *)at);
    }
    husk_dsb_sy();
}

void husk_cache_clean_invalidate(const void *addr, size_t size_bytes)
{
    const size_t line = line_bytes();
    const uintptr_t end = (uintptr_t)addr + size_bytes;

    if (size_bytes == 0) {
        return;
    }
    for (uintptr_t at = husk_align_down((uintptr_t)addr, line); at < end; at += line) {
        husk_dc_civac((const void *)at);
    }
    husk_dsb_sy();
}
