// SPDX-License-Identifier: Apache-2.0
// The board's serial port, for Husk's own words.
#include "hv.h"
#include <husk/platform.h>

/* The port in use. */
const struct husk_uart *husk_console;

void husk_console_put(char c)
{
    while (!husk_uart_can_write(husk_console)) {
    }
    husk_uart_write(husk_console, (uint8_t)c);
}

void husk_console_find(void)
{
    husk_console = husk_platform_uart();
}

void husk_console_init(void)
{
    husk_uart_init(husk_console);
}

void husk_console_puts(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            husk_console_put('\r');
        }
        husk_console_put(*text);
    }
}

void husk_console_hex(uint64_t value)
{
    unsigned shift = 60;

    while (shift != 0 && value >> shift == 0) {
        shift -= 4;
    }
    husk_console_puts("0x");
    for (;; shift -= 4) {
        husk_console_put("0123456789abcdef"[value >> shift & 0xf]);
        if (shift == 0) {
            return;
        }
    }
}

void husk_console_dec(uint64_t value)
{
    char digits[21];
    size_t at = sizeof(digits) - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    husk_console_puts(&digits[at]);
}
