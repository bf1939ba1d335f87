// SPDX-License-Identifier: Apache-2.0
#include "firmware.h"

#include <husk/product.h>

static const struct husk_vm_config vms[] = { { .name = "guest", .cpu_mask = HUSK_CPUS(0, 0) } };
static const struct husk_product product = { .name = "firmware", .vms = HUSK_LIST(vms) };

static void put(char c)
{
    firmware_use(&c);
}

void firmware(void)
{
    static const struct husk_board board = { .name = "board" };
    static char text[80];
    struct husk_product_error error;
    struct husk_image_header header;
    struct husk_vm_layout layout;

    if (husk_product_check(&product, &board, &error) != HUSK_OK) {
        husk_product_error_text(&error, put);
    }
    if (husk_vm_layout(&vms[0], &layout, &error) == HUSK_OK &&
        husk_product_on_reset(&product, &vms[0]) == HUSK_RESET_BOARD &&
        husk_product_vcpu_count(&vms[0]) == 1 &&
        husk_image_header_read(text, sizeof(text), &header) == HUSK_OK) {
        firmware_use(&layout);
    }
}
