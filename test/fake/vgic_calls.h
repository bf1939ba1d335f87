// SPDX-License-Identifier: Apache-2.0
#ifndef VGIC_CALLS_H
#define VGIC_CALLS_H

/** @file
 * husk_vgic_access() as two calls, for tests that say in one line what they read or write.
 */

#include <husk/vgic.h>

static inline enum husk_err husk_vgic_read(struct husk_vgic_locked v, unsigned vcpu,
                                           enum husk_vgic_frame frame, uint64_t offset,
                                           unsigned size_bytes, uint64_t *value)
{
    struct husk_vgic_op op = { frame, offset, size_bytes, false, *value };
    const enum husk_err err = husk_vgic_access(v, vcpu, &op);

    *value = op.value;
    return err;
}

static inline enum husk_err husk_vgic_write(struct husk_vgic_locked v, unsigned vcpu,
                                            enum husk_vgic_frame frame, uint64_t offset,
                                            unsigned size_bytes, uint64_t value)
{
    struct husk_vgic_op op = { frame, offset, size_bytes, true, value };

    return husk_vgic_access(v, vcpu, &op);
}

#endif
