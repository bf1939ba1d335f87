// SPDX-License-Identifier: Apache-2.0
#include <husk/product.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "../put.h"

static const struct {
    struct husk_product_error error;
    const char *text;
} rows[] = {
    { { NULL, "vms", 0, "lists no VM", NULL, 0, 0 }, "product, field vms: lists no VM" },
    { { NULL, "vms[].name", 3, "is odd", NULL, 0, 0 }, "product, field vms[3].name: is odd" },
    { { "a", "ram[].pa", 12, "is odd", NULL, 0x50001000, 0 },
      "vm 'a', field ram[12].pa = 0x50001000: is odd" },
    { { "a", "ram[].pa", 0, "lies over RAM of a VM", "b", 0x50000000, 0 },
      "vm 'a', field ram[0].pa = 0x50000000: lies over RAM of a VM ('b')" },
    { { "a", "ram", 0, "is too much", NULL, 0x400, 0xffffffffffffffff },
      "vm 'a', field ram = 0x400: is too much (limit 0xffffffffffffffff)" },
    { { "a", "devices[].intids", 1, "is taken", NULL, 288, 1023 },
      "vm 'a', field devices[1].intids = 288: is taken (limit 1023)" },
    { { "a", "cpu_mask", 0, "is too much", NULL, 0x1f, 0xf },
      "vm 'a', field cpu_mask = 0x1f: is too much (limit 0xf)" },
    { { "a", "x", 0, "both", "b", 1, 9 }, "vm 'a', field x = 1: both ('b', limit 9)" },
    { { "a\033[2J\n", "x", 0, "w", "\177~ ", 0, 0 }, "vm 'a?[2J?', field x: w ('?~ ')" },
};

static void error_of_each_kind__is_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        text[0] = '\0';
        husk_product_error_text(&rows[i].error, put);
        assert_string_equal(text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_of_each_kind__is_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
