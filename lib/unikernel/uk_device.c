// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <husk/arch.h>

/* Level 2 of the GiB that holds devices beside the guest machine's own; 0: not in use yet. */
static _Alignas(4096) uint64_t l2[512];
static uint64_t l2_gib;

enum husk_err husk_uk_map_device(uint64_t base, uint64_t size_bytes)
{
    const uint64_t gib = base / HUSK_GIB(1);
    uint64_t *const l1 = husk_uk_boot_info.tables.l1;

    if (size_bytes == 0 || gib == 0 || gib >= 512 || (base + size_bytes - 1) / HUSK_GIB(1) != gib ||
        (l1[gib] != 0 && l2_gib != gib)) {
        return HUSK_EINVAL;
    }
    if (l2_gib != 0 && l2_gib != gib) {
        return HUSK_ENOMEM;
    }
    husk_uk_map_devices(l2, base, size_bytes);
    husk_dsb_ishst();
    if (l2_gib == 0) {
        l2_gib = gib;
        husk_pte_write(&l1[gib], husk_uk_map_table(l2));
        husk_dsb_ishst();
    }
    husk_isb();
    return HUSK_OK;
}
