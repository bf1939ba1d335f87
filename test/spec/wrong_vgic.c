// SPDX-License-Identifier: Apache-2.0
// A mistake in husk::vgic: GICD_ISENABLER does not know the highest of the interrupts it is to
// enable.
#include "vgic_internal.h"

vgic_write_fn __real_husk_vgic_write_set_enabled, __wrap_husk_vgic_write_set_enabled;

void __wrap_husk_vgic_write_set_enabled(const struct husk_vgic_access *access, uint64_t value)
{
    const uint32_t bits = (uint32_t)value;

    __real_husk_vgic_write_set_enabled(access,
                                       bits == 0 ? 0 : bits & ~(1u << (31 - __builtin_clz(bits))));
}
