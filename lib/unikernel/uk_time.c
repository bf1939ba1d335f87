// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"

static const uint64_t ns_per_s = 1000000000;

uint64_t husk_uk_ticks_to_ns(uint64_t ticks, uint64_t freq_hz)
{
    /* The remainder is below 2^32, so its product is below 2^62. */
    return ticks / freq_hz * ns_per_s + ticks % freq_hz * ns_per_s / freq_hz;
}

uint64_t husk_uk_ns_to_ticks(uint64_t ns, uint64_t freq_hz)
{
    const uint64_t part = (ns % ns_per_s * freq_hz + ns_per_s - 1) / ns_per_s;
    uint64_t ticks;

    if (__builtin_mul_overflow(ns / ns_per_s, freq_hz, &ticks) ||
        __builtin_add_overflow(ticks, part, &ticks)) {
        return UINT64_MAX;
    }
    return ticks;
}
