// SPDX-License-Identifier: Apache-2.0
#include <husk/product.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    struct husk_product_error error;
    const char *text;
} rows[] = {
    { { NULL, "vms", SIZE_MAX, "lists no VM", NULL, 0, 0 }, "product, field vms: lists no VM" },
    { { NULL, "vms[].name", 3, "is odd", NULL, 0, 0 }, "product, field vms[3].name: is odd" },
    { { "a", "ram[].pa", 12, "is odd", NULL, 0x50001000, 0 },
      "vm 'a', field ram[12].pa = 0x50001000: is odd" },
    { { "a", "ram[].pa", 0, "lies over RAM of a VM", "b", 0x50000000, 0 },
      "vm 'a', field ram[0].pa = 0x50000000: lies over RAM of a VM ('b')" },
    { { "a", "ram", SIZE_MAX, "is too much", NULL, 0x400, 0xffffffffffffffff },
      "vm 'a', field ram = 0x400: is too much (limit 0xffffffffffffffff)" },
    { { "a", "devices[].intids", 1, "is taken", NULL, 288, 1023 },
      "vm 'a', field devices[1].intids = 288: is taken (limit 1023)" },
    { { "a", "cpu_mask", SIZE_MAX, "is too much", NULL, 0x1f, 0xf },
      "vm 'a', field cpu_mask = 0x1f: is too much (limit 0xf)" },
    { { "a", "x", SIZE_MAX, "both", "b", 1, 9 }, "vm 'a', field x = 1: both ('b', limit 9)" },
    { { "a\033[2J\n", "x", SIZE_MAX, "w", "\177~ ", 0, 0 }, "vm 'a?[2J?', field x: w ('?~ ')" },
};

static void error_of_each_kind__is_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        char text[256];

        assert_int_equal(husk_product_error_text(&rows[i].error, text, sizeof(text)),
                         strlen(rows[i].text));
        assert_string_equal(text, rows[i].text);
    }
}

static void buffer_of_each_size__is_filled_and_terminated(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        for (size_t bytes = 0; bytes < strlen(rows[i].text) + 3; bytes++) {
            const size_t whole = strlen(rows[i].text);
            const size_t fits = bytes == 0 ? 0 : bytes - 1 < whole ? bytes - 1 : whole;
            char *buf = malloc(bytes == 0 ? 1 : bytes);

            assert_int_equal(
                husk_product_error_text(&rows[i].error, bytes == 0 ? NULL : buf, bytes), fits);
            if (bytes != 0) {
                assert_memory_equal(buf, rows[i].text, fits);
                assert_int_equal(buf[fits], 0);
            }
            free(buf);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_of_each_kind__is_one_line),
        cmocka_unit_test(buffer_of_each_size__is_filled_and_terminated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
