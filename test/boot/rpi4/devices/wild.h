// SPDX-License-Identifier: Apache-2.0
// Where things are, for the product and for its guest.
#define USB          0xfe980000
#define USB_BYTES    0x10000
#define WILD_PA      0x10000000
#define CANARY_PA    0x14000000
#define WINDOW_BYTES 0x40000000 /* bus addresses wrap there */
#define WINDOW_BUS   0xc0000000
#define GUEST_RAM    0x40000000
