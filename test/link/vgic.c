// SPDX-License-Identifier: Apache-2.0
#include "firmware.h"

#include <husk/vgic.h>

void firmware(void)
{
    static struct husk_vgic vgic;
    static struct husk_vgic_vcpu vcpus[1];
    static const struct husk_vgic_config config = {
        .ops = &husk_vgic_v3, .vcpu_count = 1, .lr_count = 4, .pri_bits = 5
    };
    struct husk_vgic_op op = { .frame = HUSK_VGIC_GICD, .size_bytes = 4, .is_write = true };

    if (husk_vgic_init(&vgic, &config, vcpus) != HUSK_OK) {
        return;
    }
    const struct husk_vgic_locked held = husk_vgic_lock(&vgic);

    husk_vgic_load(held, 0);
    if (husk_vgic_link_hw(held, 0, 27, 27) == HUSK_OK &&
        husk_vgic_access(held, 0, &op) == HUSK_OK) {
        husk_vgic_send_sgi(held, 0, 1, true);
        husk_vgic_set_line(held, 0, 33, true);
        husk_vgic_inject_hw(held, 0, 27);
        op.value = husk_vgic_flush(held, 0);
    }
    husk_vgic_save(held, 0);
    husk_vgic_unlock(held);
}
