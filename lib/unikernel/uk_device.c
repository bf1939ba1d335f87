// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <husk/arch.h>

enum husk_err husk_uk_map_device(uint64_t base, uint64_t size_bytes)
{
    enum husk_err err = HUSK_EINVAL;

    if (base >= HUSK_GIB(1)) {
        err = husk_uk_map_far(&husk_uk_boot_info.tables, (struct husk_range){ base, size_bytes });
        husk_dsb_ishst();
        husk_isb();
    }
    return err;
}
