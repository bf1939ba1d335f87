// SPDX-License-Identifier: Apache-2.0
// The first C of all images, for start.S: what a loader leaves to the image itself.
#include <stdint.h>
#include <string.h>

void husk_load(void);

extern char husk_ld_start[], husk_ld_bss_start[], husk_ld_bss_end[];
extern const uint64_t husk_ld_relr_start[], husk_ld_relr_end[];

/* RELR relocations (ELF gABI "Relative Relocation Table"): an even entry is the address of a word,
 * an odd one a bitmap of the 63 words behind. The image is linked at 0: each lacks where it was
 * loaded. Until then nothing may use an address that is in memory. And .bss is cleared. */
__attribute__((section(".text.vector.13.load"))) void husk_load(void)
{
    const uint64_t base = (uintptr_t)husk_ld_start;
    uint64_t *word = (uint64_t *)base;

    for (const uint64_t *entry = husk_ld_relr_start; entry < husk_ld_relr_end; entry++) {
        if ((*entry & 1) == 0) {
            word = (uint64_t *)(base + *entry);
            *word++ += base;
            continue;
        }
        for (uint64_t bits = *entry >> 1, i = 0; bits != 0; bits >>= 1, i++) {
            word[i] += (bits & 1) * base;
        }
        word += 63;
    }
    memset(husk_ld_bss_start, 0, (uintptr_t)husk_ld_bss_end - (uintptr_t)husk_ld_bss_start);
}
