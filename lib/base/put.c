// SPDX-License-Identifier: Apache-2.0
#include <husk/base.h>

/* Text where there is no printf: the most that a console at EL2 says. */

void husk_put_text(husk_put_fn *put, const char *text)
{
    for (; *text != '\0'; text++) {
        put(*text);
    }
}

void husk_put_number(husk_put_fn *put, uint64_t value, unsigned base)
{
    uint64_t unit = 1;

    husk_put_text(put, base == 16 ? "0x" : "");
    while (value / unit >= base) {
        unit *= base;
    }
    for (; unit != 0; unit /= base) {
        put("0123456789abcdef"[value / unit % base]);
    }
}
