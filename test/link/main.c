// SPDX-License-Identifier: Apache-2.0
/* The firmware on a laptop: linked and started, its calls not run. */
#include "firmware.h"

int main(int argc, char **argv)
{
    firmware_use(argv);
    if (argc > 1) {
        firmware();
    }
    return 0;
}
