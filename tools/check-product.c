// SPDX-License-Identifier: Apache-2.0
/* check-product BOARD GIC MACHINE [PART...]: a product's config.c, compiled for this machine with
 * this main, is checked against what is known of the board, or of `all`, before it is powered; GIC
 * (2, 3, any) is what its image drives, MACHINE (virtual, direct) which guests' machine is linked.
 * PART: what else is: smp, dma (`all` is then all boards that have a DMA engine), devices (all that
 * have buses for masters). husk_add_image() runs it.
 */
#include <husk/product.h>

#include <stdio.h>
#include <string.h>

extern const struct husk_product husk_product;
extern const struct husk_board husk_host_boards[];
extern const size_t husk_host_board_count;

/* What else the image has. */
struct parts {
    char **names;
    int count;
};

static bool has(const struct parts *parts, const char *name)
{
    for (int i = 0; i < parts->count; i++) {
        if (strcmp(parts->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* The first of a VM's devices that is a bus master or in its tree; their count: there is none. */
static size_t special_device(const struct husk_vm_config *vm)
{
    size_t i = 0;

    while (i < vm->devices.count && vm->devices.items[i].bus == NULL &&
           vm->devices.items[i].compatible == NULL) {
        i++;
    }
    return i;
}

/* False, with a line that says so: a VM needs what husk_add_image() was not asked for. */
static bool has_what_it_needs(const struct parts *parts)
{
    unsigned vcpu_count = 0;

    for (size_t i = 0; i < husk_product.vms.count; i++) {
        const struct husk_vm_config *const vm = &husk_product.vms.items[i];

        vcpu_count += husk_product_vcpu_count(vm);
        if (vcpu_count > 1 && !has(parts, "smp")) {
            (void)fprintf(stderr,
                          "vm '%s', field cpu_mask: is of more than one CPU, or not the first "
                          "VM's; say SMP in husk_add_image()\n",
                          vm->name);
            return false;
        }
        if (vm->dma != NULL && !has(parts, "dma")) {
            (void)fprintf(stderr, "vm '%s', field dma: say DMA in husk_add_image()\n", vm->name);
            return false;
        }
        if (special_device(vm) != vm->devices.count && !has(parts, "devices")) {
            (void)fprintf(stderr,
                          "vm '%s', field devices[%zu]: is a bus master, or in a device tree; say "
                          "DEVICES in husk_add_image()\n",
                          vm->name, special_device(vm));
            return false;
        }
    }
    return true;
}

static bool has_right_machine(const char *machine)
{
    const bool links_direct = strcmp(machine, "direct") == 0;

    if (links_direct == (husk_product.gic == HUSK_GIC_DIRECT)) {
        return true;
    }
    (void)fprintf(stderr, "product, field gic: %s\n",
                  links_direct ? "husk_add_image() says DIRECT; set HUSK_GIC_DIRECT"
                               : "is HUSK_GIC_DIRECT; say DIRECT in husk_add_image()");
    return false;
}

/* Of all boards those that can do what the image has parts for. */
static bool suits(const struct husk_board *board, const struct parts *parts)
{
    return (board->dma != NULL || !has(parts, "dma")) &&
           (board->bus_count != 0 || !has(parts, "devices"));
}

static void put(char c)
{
    (void)fputc(c, stderr);
}

/* Against one board. */
static bool fits(struct husk_board board, const char *gic)
{
    struct husk_product_error error;
    enum husk_err err;

    if (strcmp(gic, "any") != 0) {
        board.gic = strcmp(gic, "2") == 0 ? HUSK_GIC_V2 : HUSK_GIC_V3;
    }
    err = husk_product_check(&husk_product, &board, &error);
    if (err == HUSK_OK) {
        return true;
    }
    (void)fprintf(stderr, "board %s: %s: ", board.name, husk_err_name(err));
    husk_product_error_text(&error, put);
    put('\n');
    return false;
}

int main(int argc, char **argv)
{
    const char *const name = argc > 1 ? argv[1] : "all";
    const char *const gic = argc > 2 ? argv[2] : "any";
    const struct parts parts = { argv + 4, argc - 4 };
    const bool all = strcmp(name, "all") == 0;
    int checked = 0;

    for (size_t i = 0; i < husk_host_board_count; i++) {
        const struct husk_board *const board = &husk_host_boards[i];

        if (all ? !suits(board, &parts) : strcmp(name, board->name) != 0) {
            continue;
        }
        checked++;
        if (!fits(*board, gic)) {
            return 1;
        }
    }
    if (!has_right_machine(argc > 3 ? argv[3] : "virtual") || !has_what_it_needs(&parts)) {
        return 1;
    }
    if (checked == 0) {
        (void)fprintf(stderr, "check-product: board %s is not known\n", name);
        return 2;
    }
    return 0;
}
