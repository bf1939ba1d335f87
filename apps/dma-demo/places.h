// SPDX-License-Identifier: Apache-2.0
#ifndef PLACES_H
#define PLACES_H

/* Where the two VMs' memory is, for config.c and for what the guests try. The copier's lies above 1
 * GiB, in three pieces that are no neighbours; without a check its DMA would go to the same places
 * in the first GiB, where the other VM is. */
#define NEIGHBOUR_PA  0x10000000
#define NEIGHBOUR_MIB 32

#define COPIER_PA_0  0x50000000
#define COPIER_MIB_0 4
#define COPIER_PA_1  0x51400000
#define COPIER_MIB_1 4
#define COPIER_PA_2  0x50c00000
#define COPIER_MIB_2 8
#define COPIER_MIB   16

#define COPIER_CHANNELS 0x30 /* 4 and 5 */

#endif
