// SPDX-License-Identifier: Apache-2.0
// Has the USB controller write a device's descriptor to memory from FROM to TO, as the controller
// sees it, at each STEP and by each of the four bus addresses: not to its own memory alone.
#include "wild.h"

#include <husk/arch.h>
#include <husk/unikernel.h>
#include <stdio.h>

enum { /* of the DWC2, as Linux' drivers/usb/dwc2/hw.h has them */
       HPRT0 = 0x440,
       HCCHAR0 = 0x500,
       HCINT0 = 0x508,
       HCTSIZ0 = 0x510,
       HCDMA0 = 0x514,
       PRT_CONNECTED = 1 << 0,
       PRT_RESET = 1 << 8,
       PRT_POWER = 1 << 12,
       CHAR_IN = 1 << 15,
       CHAR_ONE = 1 << 20,
       CHAR_BYTES = 64,
       INT_COMPLETE = 1 << 0,
       TSIZ_DATA1 = 2 << 29,
       TSIZ_ONE = 1 << 19,
       DESCRIPTOR_BYTES = 18,
       DEADLINE_MS = 2000,
       STEP = 0x40000,
};
static const uint32_t char_enable = UINT32_C(1) << 31;
static const uint32_t tsiz_setup = UINT32_C(3) << 29;

/* GET_DESCRIPTOR, of the device (USB 2.0, 9.4.3). */
static _Alignas(64) const uint8_t request[8] = { 0x80, 6, 0, 1, 0, 0, DESCRIPTOR_BYTES, 0 };
static _Alignas(64) volatile uint8_t answer[64];

static uint32_t bus_of(const volatile void *at)
{
    return (uint32_t)((uintptr_t)at - GUEST_RAM + WILD_PA + WINDOW_BUS);
}

static bool wait_for(unsigned reg, uint32_t bit)
{
    const uint64_t end = husk_uk_now_ns() + DEADLINE_MS * UINT64_C(1000000);

    while ((husk_mmio_read32(USB + reg) & bit) == 0) {
        if (husk_uk_now_ns() > end) {
            return false;
        }
    }
    return true;
}

static bool transfer(uint32_t size, uint32_t direction, uint32_t bus)
{
    husk_mmio_write32(USB + HCINT0, UINT32_MAX);
    husk_mmio_write32(USB + HCTSIZ0, size | TSIZ_ONE);
    husk_mmio_write32(USB + HCDMA0, bus);
    husk_mmio_write32(USB + HCCHAR0, char_enable | direction | CHAR_ONE | CHAR_BYTES);
    return wait_for(HCINT0, INT_COMPLETE);
}

/* The descriptor to this bus address. */
static bool write_to(uint32_t bus)
{
    husk_dsb_sy();
    return transfer(tsiz_setup | sizeof(request), 0, bus_of(request)) &&
           transfer(TSIZ_DATA1 | DESCRIPTOR_BYTES, CHAR_IN, bus);
}

static bool attach(void)
{
    husk_mmio_write32(USB + HPRT0, PRT_POWER);
    if (!wait_for(HPRT0, PRT_CONNECTED)) {
        return false;
    }
    husk_mmio_write32(USB + HPRT0, PRT_POWER | PRT_RESET);
    husk_uk_sleep_ns(UINT64_C(60000000));
    husk_mmio_write32(USB + HPRT0, PRT_POWER);
    return true;
}

/* It does arrive, by any of the four addresses: what follows is not in vain. */
static bool arrives_here(void)
{
    for (unsigned quarter = 0; quarter < 4; quarter++) {
        answer[0] = 0;
        if (!write_to(bus_of(answer) + quarter * WINDOW_BYTES)) {
            return false;
        }
        husk_dsb_sy();
        if (answer[0] != DESCRIPTOR_BYTES || answer[1] != 1) {
            return false;
        }
    }
    return true;
}

int main(void)
{
    unsigned count = 0;
    char line[8];

    setvbuf(stdout, NULL, _IOLBF, 80);
    if (husk_uk_map_device(USB, USB_BYTES) != HUSK_OK || !attach() || !arrives_here()) {
        printf("wild: FAIL: nothing arrives in my own memory\n");
        return 1;
    }
    printf("wild: my own memory is written by each of four addresses; press Enter\n");
    (void)husk_uk_read_line(line, sizeof(line));
    for (uint32_t at = FROM; at < TO; at += STEP) {
        if (at >= WILD_PA && at < WILD_PA + HUSK_MIB(16)) {
            continue;
        }
        for (unsigned quarter = 0; quarter < 4; quarter++) {
            count += write_to(at + quarter * WINDOW_BYTES);
        }
    }
    printf("wild: %u writes from 0x%x to 0x%x\n", count, (unsigned)FROM, (unsigned)TO);
    return 0;
}
