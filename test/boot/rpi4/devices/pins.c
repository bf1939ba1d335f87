// SPDX-License-Identifier: Apache-2.0
// Drives a pin and a serial port that are its own; then touches the port that is not.
#include "pins.h"

#include <husk/arch.h>
#include <husk/uart.h>
#include <husk/unikernel.h>
#include <stdio.h>

enum { /* BCM2711 ARM Peripherals, "General Purpose I/O (GPIO)" */
       GPFSEL2 = 0x08,
       GPSET0 = 0x1c,
       GPCLR0 = 0x28,
       GPLEV0 = 0x34,
       PIN = 27,
       PIN_LSB = (PIN - 20) * 3, /* in GPFSEL2 */
       OUTPUT = 1,
};

static const struct husk_uart port = HUSK_UART_BCM_MINI(PORT, PORT_INTID);
static char line[32];
static volatile size_t received;
static volatile unsigned interrupts;
static volatile bool complete;

static void on_port(void *context)
{
    (void)context;
    interrupts++;
    while (husk_uart_can_read(&port)) {
        const char c = (char)husk_uart_read(&port);

        if (c == '\r' || received == sizeof(line) - 1) {
            complete = true;
        } else {
            line[received++] = c;
        }
    }
}

static void put(const char *text)
{
    for (; *text != '\0'; text++) {
        while (!husk_uart_can_write(&port)) {
        }
        husk_uart_write(&port, (uint8_t)*text);
    }
}

static unsigned level(void)
{
    return husk_mmio_read32(GPIO + GPLEV0) >> PIN & 1;
}

/* What the pin reads as an input, high, low, high. */
static bool drive_pin(void)
{
    const uint32_t others = husk_mmio_read32(GPIO + GPFSEL2) & ~(UINT32_C(7) << PIN_LSB);
    unsigned seen[3];

    husk_mmio_write32(GPIO + GPFSEL2, others | OUTPUT << PIN_LSB);
    for (unsigned i = 0; i < 3; i++) {
        husk_mmio_write32(GPIO + (i == 1 ? GPCLR0 : GPSET0), UINT32_C(1) << PIN);
        husk_dsb_sy();
        seen[i] = level();
    }
    printf("pins: pin %d reads %u, %u, %u\n", PIN, seen[0], seen[1], seen[2]);
    return seen[0] == 1 && seen[1] == 0 && seen[2] == 1;
}

static void talk(void)
{
    uint64_t state;

    husk_uart_init(&port);
    if (husk_uk_irq_set(PORT_INTID, on_port, NULL) != HUSK_OK) {
        printf("pins: FAIL: no interrupt\n");
    }
    husk_uart_set_interrupts(&port, port.kind->rx_int);
    put("second port: say something\r\n");
    state = husk_uk_irq_mask();
    while (!complete) {
        husk_uk_wait();
    }
    husk_uk_irq_restore(state);
    line[received] = '\0';
    put("second port: heard ");
    put(line);
    put(interrupts != 0 ? " by interrupt\r\n" : " FAIL\r\n");
    husk_uart_set_interrupts(&port, 0);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 80);
    if (husk_uk_map_device(GPIO, PORT + HUSK_KIB(4) - GPIO) != HUSK_OK || !drive_pin()) {
        printf("pins: FAIL\n");
        return 1;
    }
    talk();
    printf("pins: husk-test: pass, now the port that is not mine\n");
    (void)husk_mmio_read32(CONSOLE);
    printf("pins: FAIL: it answered\n");
    return 1;
}
