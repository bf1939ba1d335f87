// SPDX-License-Identifier: Apache-2.0
// Where things are: the product gives them, its guest drives them. BCM2711 ARM Peripherals,
// "Address map".
#define GPIO       0xfe200000
#define CONSOLE    0xfe201000 /* PL011: Husk's own */
#define PORT       0xfe215000 /* AUX, with the mini-UART */
#define PORT_INTID 125
