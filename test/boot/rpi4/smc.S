// SPDX-License-Identifier: Apache-2.0
// Not Husk: an SMC at EL2, first thing. It shows that monitor.S is where SMCs arrive.
#include "image.S"
    smc     #0
1:  wfi
    b       1b
