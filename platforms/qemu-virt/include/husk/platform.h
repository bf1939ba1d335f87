// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_PLATFORM_H
#define HUSK_PLATFORM_H

/** @file
 * QEMU's `virt` machine. Everything here is fixed by the machine model
 * (QEMU documentation, "'virt' generic virtual platform"); RAM and the number of CPUs are found.
 */

#define HUSK_PLATFORM_NAME "qemu-virt"

#define HUSK_PLATFORM_UART_BASE     0x09000000 /* PL011 */
#define HUSK_PLATFORM_UART_INTID    33
#define HUSK_PLATFORM_UART_BYTES    0x1000
#define HUSK_PLATFORM_UART_HZ       24000000 /* its clock */
#define HUSK_PLATFORM_UART_PERIPHID 0        /* 0: as its own registers say */

#define HUSK_PLATFORM_GICD_BASE         0x08000000
#define HUSK_PLATFORM_GICC_BASE         0x08010000 /* gic-version=2, as GICH and GICV */
#define HUSK_PLATFORM_GICH_BASE         0x08030000
#define HUSK_PLATFORM_GICV_BASE         0x08040000
#define HUSK_PLATFORM_GICR_BASE         0x080a0000 /* gic-version=3 */
#define HUSK_PLATFORM_MAINTENANCE_INTID 25
#define HUSK_PLATFORM_CPU_MAX           8
#define HUSK_PLATFORM_OWN_MAX           0 /* entries of husk_platform_own */

#include <husk/base.h>
#include <husk/fdt.h>
#include <husk/uart.h>

/** Device pages beside UART and GIC that EL2 itself uses; ends with size 0. No guest gets them. */
extern const struct husk_range husk_platform_own[];

/** The serial port to use. Called with the MMU off. */
const struct husk_uart *husk_platform_uart(void);
/** Corrects what the board's tree said of memory by what the board itself knows.
 * @return HUSK_OK; HUSK_ERANGE: more ranges than `found` holds. */
enum husk_err husk_platform_amend(struct husk_fdt_board *found);
/** Powers the board off: PSCI SYSTEM_OFF by SMC, which QEMU itself answers. */
_Noreturn void husk_platform_power_off(void);
/** Resets the board: PSCI SYSTEM_RESET by SMC. */
_Noreturn void husk_platform_reset(void);

#endif
