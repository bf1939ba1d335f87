// SPDX-License-Identifier: Apache-2.0
// The board's serial port, for Husk's own words.
#include "hv.h"

/* The port in use. */
const struct husk_uart *husk_console;

void husk_console_put(char c)
{
    while (!husk_uart_can_write(husk_console)) {
    }
    husk_uart_write(husk_console, (uint8_t)c);
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

void husk_console_say(const char *a, const char *b, const char *c, const char *d)
{
    const char *const texts[] = { "\nhusk: ", a, b, c, d, "\n" };

    for (size_t i = 0; i < HUSK_COUNT(texts); i++) {
        husk_console_puts(texts[i]);
    }
}

void husk_console_hex(uint64_t value)
{
    husk_put_number(husk_console_put, value, 16);
}

void husk_console_dec(uint64_t value)
{
    husk_put_number(husk_console_put, value, 10);
}
