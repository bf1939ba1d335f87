// SPDX-License-Identifier: Apache-2.0
#include <husk/arch.h>

/* Each line of a range, by CTR_EL0.DminLine: log2 of the words in the smallest data cache line of
 * the system. Whole images are cleaned: four lines a round. */
__attribute__((always_inline)) static inline void each_line(const void *addr, size_t size_bytes,
                                                            void (*maintain)(const void *line))
{
    const size_t line = (size_t)4 << husk_bits_get(husk_read(ctr_el0), 19, 16);
    uintptr_t at = husk_align_down((uintptr_t)addr, line);
    size_t count = ((uintptr_t)addr + size_bytes - at + line - 1) / line;

    if (size_bytes == 0) {
        return;
    }
#pragma clang loop unroll_count(4)
    do {
        maintain((const void *)at);
        at += line;
    } while (--count != 0);
    husk_dsb_sy();
}

void husk_cache_clean(const void *addr, size_t size_bytes)
{
    each_line(addr, size_bytes, husk_dc_cvac);
}

void husk_cache_clean_invalidate(const void *addr, size_t size_bytes)
{
    each_line(addr, size_bytes, husk_dc_civac);
}

void husk_cache_invalidate(const void *addr, size_t size_bytes)
{
    each_line(addr, size_bytes, husk_dc_ivac);
}
