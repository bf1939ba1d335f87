// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_VTIMER_INTERNAL_H
#define HUSK_VTIMER_INTERNAL_H

#include <husk/vtimer.h>

/* CNTx_CTL_EL0, the same for both timers. */
enum {
    CTL_ENABLE = 1,
    CTL_IMASK = 2,
    CTL_ISTATUS = 4,
    CTL_STATE = CTL_ENABLE | CTL_IMASK, /* ISTATUS is computed, the rest is RES0 */
};

#endif
