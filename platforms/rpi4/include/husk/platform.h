// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_PLATFORM_H
#define HUSK_PLATFORM_H

/** @file
 * Raspberry Pi 4 (BCM2711). Addresses as an Arm core sees them in the low
 * peripheral mode, the firmware's default for 64-bit kernels. Source: BCM2711 ARM Peripherals, 1.2
 * "Address map", 6.2 "GIC-400", and the device tree of Linux (bcm2711.dtsi).
 */

#define HUSK_PLATFORM_NAME "rpi4"

#define HUSK_PLATFORM_GPIO_BASE       0xfe200000
#define HUSK_PLATFORM_UART_BASE       0xfe201000 /* PL011, UART0 */
#define HUSK_PLATFORM_UART_INTID      153
#define HUSK_PLATFORM_UART_BYTES      0x200
#define HUSK_PLATFORM_UART_HZ         48000000   /* its clock */
#define HUSK_PLATFORM_UART_PERIPHID   0x00241011 /* 0: as its own registers say */
#define HUSK_PLATFORM_MINI_UART_BASE  0xfe215000 /* AUX */
#define HUSK_PLATFORM_MINI_UART_INTID 125
#define HUSK_PLATFORM_PM_BASE         0xfe100000 /* power management and watchdog */
#define HUSK_PLATFORM_MAILBOX_BASE    0xfe00b000 /* the page that holds the VideoCore's mailboxes */
#define HUSK_PLATFORM_DMA_BASE        0xfe007000 /* DMA engine, channels 0 to 14 */
#define HUSK_PLATFORM_DMA_CHANNELS    0x7f5      /* legacy ones that the firmware leaves */
#define HUSK_PLATFORM_DMA_INTID       112        /* its first interrupt */
#define HUSK_PLATFORM_DMA_INTID_COUNT 9

#define HUSK_PLATFORM_GICD_BASE         0xff841000
#define HUSK_PLATFORM_GICC_BASE         0xff842000
#define HUSK_PLATFORM_GICH_BASE         0xff844000
#define HUSK_PLATFORM_GICV_BASE         0xff846000
#define HUSK_PLATFORM_MAINTENANCE_INTID 25
#define HUSK_PLATFORM_CPU_MAX           4
#define HUSK_PLATFORM_OWN_MAX           3 /* entries of husk_platform_own */

/* GPFSEL1: what pin 14 of the header, the serial port's output, is connected to. */
#define HUSK_PLATFORM_GPFSEL1    0x04
#define HUSK_PLATFORM_GPIO14_LSB 12
#define HUSK_PLATFORM_GPIO14_MSB 14
#define HUSK_PLATFORM_GPIO_MINI  2 /* alternate function 5: TXD1 */

#include <husk/base.h>
#include <husk/fdt.h>
#include <husk/uart.h>

/** Device pages beside UART and GIC that EL2 itself uses; ends with size 0. No guest gets them. */
extern const struct husk_range husk_platform_own[];

/** The serial port on the header's pins 14 and 15: the PL011, or the mini-UART where the firmware
 * has given those to it (no dtoverlay=disable-bt). Called with the MMU off. */
const struct husk_uart *husk_platform_uart(void);
/** Corrects what the board's tree said of memory by what the board itself knows: the firmware's own
 * memory is reserved, and RAM above 1 GiB added where the tree has none.
 * @return HUSK_OK; HUSK_ERANGE: more ranges than `found` holds. */
enum husk_err husk_platform_amend(struct husk_fdt_board *found);
/** Halts the board, which is all that can be done in software. */
_Noreturn void husk_platform_power_off(void);
/** Resets the board. */
_Noreturn void husk_platform_reset(void);

#endif
