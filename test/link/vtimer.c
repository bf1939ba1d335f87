// SPDX-License-Identifier: Apache-2.0
#include "firmware.h"

#include <husk/vtimer.h>

void firmware(void)
{
    static struct husk_vtimer timer;

    husk_vtimer_reset(&timer);
    husk_vtimer_load(&timer, 0);
    husk_vtimer_save(&timer);
    if (husk_vtimer_line(5) && husk_vtimer_line_at(&timer.virt, 0)) {
        timer.phys.cval = husk_vtimer_ticks_until(&timer.phys, 0);
    }
}
