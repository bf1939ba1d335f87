// SPDX-License-Identifier: Apache-2.0
#include "firmware.h"

#include <husk/base.h>

static void put(char c)
{
    firmware_use(&c);
}

void firmware(void)
{
    husk_put_text(put, "firmware ");
    husk_put_number(put, 0, 16);
    firmware_use(husk_err_name(HUSK_ENOMEM));
}
