// SPDX-License-Identifier: Apache-2.0
// Windows of EL2 onto memory that it does not keep mapped, and through them into a VM's RAM.
#include "window.h"

/* EL2's tables are changed by one CPU at a time. */
struct husk_spinlock husk_el2_s1_lock;

static struct husk_range whole_pages(struct husk_pa pa, uint64_t size_bytes)
{
    const uint64_t base = husk_align_down(pa.value, HUSK_MMU_PAGE_BYTES);

    return (struct husk_range){ base,
                                husk_align_up(pa.value + size_bytes, HUSK_MMU_PAGE_BYTES) - base };
}

void *husk_window_open(struct husk_pa pa, uint64_t size_bytes, uint32_t attr)
{
    const struct husk_range pages = whole_pages(pa, size_bytes);

    husk_spin_lock(&husk_el2_s1_lock);
    husk_must(husk_mmu_s1_map(&husk_el2_s1, (struct husk_va){ pages.base },
                              (struct husk_pa){ pages.base }, pages.size_bytes, attr));
    husk_spin_unlock(&husk_el2_s1_lock);
    return (void *)pa.value;
}

void husk_window_close(struct husk_pa pa, uint64_t size_bytes)
{
    const struct husk_range pages = whole_pages(pa, size_bytes);

    husk_spin_lock(&husk_el2_s1_lock);
    husk_must(husk_mmu_s1_unmap(&husk_el2_s1, (struct husk_va){ pages.base }, pages.size_bytes));
    husk_spin_unlock(&husk_el2_s1_lock);
}

/* Where one IPA of a VM's RAM lies, and how much of it in one piece. */
static enum husk_err ram_at(struct husk_vm *vm, struct husk_ipa ipa, struct husk_mmu_leaf *leaf)
{
    const struct husk_mmu_s2_locked s2 = husk_mmu_s2_lock(&vm->s2);
    const enum husk_err err = husk_mmu_s2_translate(s2, ipa, leaf);

    husk_mmu_s2_unlock(s2);
    return err == HUSK_OK && (leaf->attr & HUSK_MMU_NORMAL) == 0 ? HUSK_ENOENT : err;
}

enum husk_err husk_guest_copy_in(struct husk_vm *vm, struct husk_ipa ipa, const void *from,
                                 uint64_t size_bytes)
{
    for (uint64_t done = 0; done < size_bytes;) {
        const struct husk_ipa at = { ipa.value + done };
        struct husk_mmu_leaf leaf;
        enum husk_err err;
        uint64_t chunk;
        void *to;

        err = ram_at(vm, at, &leaf);
        if (err != HUSK_OK) {
            return err;
        }
        chunk = leaf.size_bytes - (at.value & (leaf.size_bytes - 1));
        if (chunk > size_bytes - done) {
            chunk = size_bytes - done;
        }
        to = husk_window_open((struct husk_pa){ leaf.out }, chunk,
                              HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_W);
        __builtin_memcpy(to, (const uint8_t *)from + done, chunk);
        husk_cache_clean(to, chunk);
        husk_window_close((struct husk_pa){ leaf.out }, chunk);
        done += chunk;
    }
    return HUSK_OK;
}
