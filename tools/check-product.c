// SPDX-License-Identifier: Apache-2.0
/* check-product BOARD GIC MACHINE [dma]: a product's config.c, compiled for this machine with this
 * main, is checked against what is known of the board, or of `all`, before it is powered; GIC (2,
 * 3, any) is what its image drives, MACHINE (virtual, direct) which guests' machine is linked. dma:
 * the image has what VMs with DMA channels need; `all` is then all boards that have a DMA engine.
 * husk_add_image() runs it.
 */
#include <husk/product.h>

#include <stdio.h>
#include <string.h>

extern const struct husk_product husk_product;
extern const struct husk_board husk_host_boards[];
extern const size_t husk_host_board_count;

/* A VM that has DMA channels; NULL: none. */
static const char *with_dma(void)
{
    for (size_t i = 0; i < husk_product.vms.count; i++) {
        if (husk_product.vms.items[i].dma != NULL) {
            return husk_product.vms.items[i].name;
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const char *const name = argc > 1 ? argv[1] : "all";
    const char *const gic = argc > 2 ? argv[2] : "any";
    const bool links_direct = argc > 3 && strcmp(argv[3], "direct") == 0;
    const bool has_dma = argc > 4 && strcmp(argv[4], "dma") == 0;
    const bool all = strcmp(name, "all") == 0;
    int checked = 0;

    for (size_t i = 0; i < husk_host_board_count; i++) {
        struct husk_board board = husk_host_boards[i];
        struct husk_product_error error;
        enum husk_err err;

        if (all ? has_dma && board.dma == NULL : strcmp(name, board.name) != 0) {
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
    if (links_direct != (husk_product.gic == HUSK_GIC_DIRECT)) {
        (void)fprintf(stderr, "product, field gic: %s\n",
                      links_direct ? "husk_add_image() says DIRECT; set HUSK_GIC_DIRECT"
                                   : "is HUSK_GIC_DIRECT; say DIRECT in husk_add_image()");
        return 1;
    }
    if (!has_dma && with_dma() != NULL) {
        (void)fprintf(stderr, "vm '%s', field dma: say DMA in husk_add_image()\n", with_dma());
        return 1;
    }
    if (checked == 0) {
        (void)fprintf(stderr, "check-product: board %s is not known\n", name);
        return 2;
    }
    return 0;
}
