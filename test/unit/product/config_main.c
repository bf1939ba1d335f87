// SPDX-License-Identifier: Apache-2.0
/* The main of every product's host test config.<name>: its config.c, compiled for this machine with
 * empty blobs, is checked against what is known of each board before it is powered. */
#include <husk/product.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

extern const struct husk_product husk_product;
extern const struct husk_board husk_host_boards[];
extern const size_t husk_host_board_count;

static void product__passes_its_check_on_every_board(void **state)
{
    (void)state;
    assert_true(husk_host_board_count > 0);
    for (size_t i = 0; i < husk_host_board_count; i++) {
        const struct husk_board *board = &husk_host_boards[i];
        struct husk_product_error error;
        enum husk_err err = husk_product_check(&husk_product, board, &error);

        if (err != HUSK_OK) {
            char text[256];

            (void)husk_product_error_text(&error, text, sizeof(text));
            fail_msg("board %s: %s: %s", board->name, husk_err_name(err), text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(product__passes_its_check_on_every_board),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
