// SPDX-License-Identifier: Apache-2.0
#include <husk/arch.h>

/* CTR_EL0.DminLine: log2 of the words in the smallest data cache line of the system. */
static size_t line_bytes(void)
{
    return (size_t)4 << husk_bits_get(husk_read_ctr_el0(), 19, 16);
}

/* Each line of a range. Whole images are cleaned: four lines a round. */
__attribute__((always_inline)) static inline void each_line(const void *addr, size_t size_bytes,
                                                            void (*maintain)(const void *line))
{
    const size_t line = line_bytes();
    const uintptr_t first = husk_align_down((uintptr_t)addr, line);
    size_t count = size_bytes == 0 ? 0 : ((uintptr_t)addr + size_bytes - first + line - 1) / line;
    uintptr_t at = first;

    for (; count >= 4; count -= 4) {
        maintain((const void *)at);
        maintain((const void *)(at + line));
        maintain((const void *)(at + 2 * line));
        maintain((const void *)(at + 3 * line));
        at += 4 * line;
    }
    for (; count != 0; count--) {
        maintain((const void *)at);
        at += line;
    }
    if (size_bytes != 0) {
        husk_dsb_sy();
    }
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

/* CCSIDR_EL1 of the data or unified cache of `level` (0: the first). CSSELR_EL1 is the guest's. */
static uint64_t cache_size(uint64_t level)
{
    const uint64_t guest = husk_read_csselr_el1();
    uint64_t ccsidr;

    husk_write_csselr_el1(level << 1);
    husk_isb();
    ccsidr = husk_read_ccsidr_el1();
    husk_write_csselr_el1(guest);
    return ccsidr;
}

/* DC CISW, Arm ARM DDI 0487J.a C5.3 "DC CISW": the way in the uppermost bits of the lower 32, the
 * set above the bits of a line's offset, the level in [3:1]. */
void husk_cache_clean_invalidate_set_way(uint64_t set_way)
{
    const uint64_t clidr = husk_read_clidr_el1();
    const uint64_t level = husk_bits_get(set_way, 3, 1);
    const bool ccidx = husk_bits_get(husk_read_id_aa64mmfr2_el1(), 23, 20) != 0;
    uint64_t ccsidr, way_max, set_max, way, set;
    unsigned way_shift, set_shift;

    /* LoC counts the levels; Ctype 2, 3 and 4 have data. */
    if (level >= husk_bits_get(clidr, 26, 24) || (clidr >> (3 * level) & 7) < 2) {
        return;
    }
    ccsidr = cache_size(level);
    way_max = ccidx ? husk_bits_get(ccsidr, 23, 3) : husk_bits_get(ccsidr, 12, 3);
    set_max = ccidx ? husk_bits_get(ccsidr, 55, 32) : husk_bits_get(ccsidr, 27, 13);
    way_shift = way_max == 0 ? 32 : (unsigned)__builtin_clz((unsigned)way_max);
    set_shift = (unsigned)husk_bits_get(ccsidr, 2, 0) + 4;
    way = (set_way & UINT32_MAX) >> way_shift;
    set = (set_way & (HUSK_BIT(way_shift) - 1)) >> set_shift;
    if (way <= way_max && set <= set_max) {
        husk_dc_cisw(way << way_shift | set << set_shift | level << 1);
    }
}
