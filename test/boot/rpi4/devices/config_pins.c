// SPDX-License-Identifier: Apache-2.0
// A VM that has the board's GPIO and its second serial port. Husk keeps the first.
#include "pins.h"
#include "rpi4-pins_blobs.h"

static const struct husk_ram_region ram[] = {
    { .size_bytes = HUSK_MIB(16) },
};

static const uint16_t port_intids[] = { PORT_INTID };

static const struct husk_device devices[] = {
    { .name = "gpio", .pa = { GPIO }, .size_bytes = HUSK_KIB(4) },
    { .name = "mini-uart",
      .pa = { PORT },
      .size_bytes = HUSK_KIB(4),
      .intids = port_intids,
      .intid_count = HUSK_COUNT(port_intids) },
};

static const struct husk_vm_config vms[] = {
    {
        .name = "pins",
        .cpu_mask = HUSK_CPUS(0, 0),
        .ram = HUSK_LIST(ram),
        .unikernel = &husk_blob_rpi4_pins_guest,
        .devices = HUSK_LIST(devices),
    },
};

extern const struct husk_product husk_product;
const struct husk_product husk_product = { .name = "rpi4-pins", .vms = HUSK_LIST(vms) };
