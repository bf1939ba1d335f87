// SPDX-License-Identifier: Apache-2.0
#include "firmware.h"

#include <husk/arch.h>

void firmware(void)
{
    static uint64_t line[8];

    husk_cache_clean(line, sizeof(line));
    husk_cache_clean_invalidate(line, sizeof(line));
    husk_mmio_write32(0x09000000, (uint32_t)husk_read(midr_el1));
    husk_wfi();
}
