// SPDX-License-Identifier: Apache-2.0
#include "firmware.h"

#include <husk/base.h>

void firmware(void)
{
    firmware_use(husk_err_name(HUSK_ENOMEM));
}
