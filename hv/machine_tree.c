// SPDX-License-Identifier: Apache-2.0
// What a kernel's device tree says of the machine in machine.c.
#include "hv.h"
#include <husk/fdt_build.h>

void husk_machine_describe(const struct husk_vm *vm, struct husk_fdt_guest *guest)
{
    guest->gic = HUSK_FDT_GICV2;
    guest->gicd = (struct husk_range){ HUSK_GUEST_GICD, husk_gic()->guest_gicd_bytes };
    guest->gicr = (struct husk_range){ HUSK_GUEST_GICC, husk_gic()->gicv.size_bytes };
    guest->uart = (struct husk_range){ HUSK_GUEST_UART, HUSK_VUART_BYTES };
    guest->uart_intid = HUSK_GUEST_UART_INTID;
    if (husk_gic()->version == HUSK_GIC_V3) {
        guest->gic = HUSK_FDT_GICV3;
        guest->gicr = vm->gicr;
    }
    if (husk_parts.dma != NULL) {
        husk_parts.dma->describe(vm, guest);
    }
}
