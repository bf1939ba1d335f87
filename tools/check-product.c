// SPDX-License-Identifier: Apache-2.0
/* check-product BOARD [GIC]: a product's config.c, compiled for this machine with this main, is
 * checked against what is known of the board, or of `all`, before it is powered; GIC (2, 3, any) is
 * what its image drives. husk_add_image() runs it.
 */
#include <husk/product.h>

#include <stdio.h>
#include <string.h>

extern const struct husk_product husk_product;
extern const struct husk_board husk_host_boards[];
extern const size_t husk_host_board_count;

int main(int argc, char **argv)
{
    const char *const name = argc > 1 ? argv[1] : "all";
    const char *const gic = argc > 2 ? argv[2] : "any";
    int checked = 0;

    for (size_t i = 0; i < husk_host_board_count; i++) {
        struct husk_board board = husk_host_boards[i];
        struct husk_product_error error;
        enum husk_err err;

        if (strcmp(name, "all") != 0 && strcmp(name, board.name) != 0) {
            continue;
        }
        checked++;
        if (strcmp(gic, "any") != 0) {
            board.gic = strcmp(gic, "2") == 0 ? HUSK_GIC_V2 : HUSK_GIC_V3;
        }
        err = husk_product_check(&husk_product, &board, &error);
        if (err != HUSK_OK) {
            char text[256];

            (void)husk_product_error_text(&error, text, sizeof(text));
            (void)fprintf(stderr, "board %s: %s: %s\n", board.name, husk_err_name(err), text);
            return 1;
        }
    }
    if (checked == 0) {
        (void)fprintf(stderr, "check-product: board %s is not known\n", name);
        return 2;
    }
    return 0;
}
