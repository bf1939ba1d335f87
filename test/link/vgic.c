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
    uint64_t value;

    if (husk_vgic_init(&vgic, &config, vcpus) != HUSK_OK) {
        return;
    }
    const struct husk_vgic_locked held = husk_vgic_lock(&vgic);

    husk_vgic_load(held, 0);
    if (husk_vgic_link_hw(held, 0, 27, 27) == HUSK_OK &&
        husk_vgic_read(held, 0, HUSK_VGIC_GICD, 0, 4, &value) == HUSK_OK &&
        husk_vgic_write(held, 0, HUSK_VGIC_GICD, 0, 4, value) == HUSK_OK) {
        husk_vgic_send_sgi(held, 0, 1, true);
        husk_vgic_set_line(held, 0, 33, true);
        husk_vgic_inject_hw(held, 0, 27);
        value = husk_vgic_flush(held, 0);
    }
    husk_vgic_save(held, 0);
    husk_vgic_unlock(held);
}
