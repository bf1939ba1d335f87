// SPDX-License-Identifier: Apache-2.0
/* Rules about bus masters that VMs drive unchecked: what they reach, and who else may be there.
 * Sources: Devicetree Specification v0.4, 2.2.1 "Node Names", 2.3.9 "dma-ranges". */
#include "product_rules.h"

enum {
    NODE_NAME_BYTES_MAX = 22, /* what a guest's tree has room for beside "@" and an address */
    NODE_INTIDS_MAX = 16,
    PROPERTIES_BYTES_MAX = 0x8000, /* half of HUSK_PRODUCT_TREE_BYTES */
    PROPERTY_BYTES = 16,           /* of a property, beside its name and value */
};

static struct husk_range pas_of(const struct husk_bus_window *window)
{
    return (struct husk_range){ window->pa.value, window->size_bytes };
}

const struct husk_bus_window *husk_product_bus_window(const struct husk_board *board,
                                                      const char *bus)
{
    for (size_t i = 0; i < board->bus_count; i++) {
        if (husk_product_same_text(board->buses[i].name, bus)) {
            return &board->buses[i].window;
        }
    }
    return NULL;
}

size_t husk_product_bank(const struct husk_vm_config *vm, const struct husk_bus_window *window)
{
    size_t i = 0;

    while (i < vm->ram.count && (vm->ram.items[i].pa.value == 0 ||
                                 !husk_range_contains(pas_of(window), vm->ram.items[i].pa.value,
                                                      vm->ram.items[i].size_bytes))) {
        i++;
    }
    return i;
}

static enum husk_err fail(const struct check *check, size_t device, const char *what)
{
    return HUSK_FAIL(check, HUSK_EINVAL, "devices[].bus", what, .index = device);
}

/* ---- what can be said of a VM by itself ---- */

static bool is_node_name(const char *name)
{
    size_t bytes = 0;

    for (; name[bytes] != '\0' && bytes <= NODE_NAME_BYTES_MAX; bytes++) {
        const char c = name[bytes];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool other = (c >= '0' && c <= '9') || (c >= '+' && c <= '.') || c == '_';

        if (!letter && (bytes == 0 || !other)) {
            return false;
        }
    }
    return bytes <= NODE_NAME_BYTES_MAX;
}

static enum husk_err fail_properties(const struct check *check, size_t device, const char *what)
{
    return HUSK_FAIL(check, HUSK_EINVAL, "devices[].properties", what, .index = device);
}

/* `*room`: of the tree, for properties. */
static enum husk_err check_properties(const struct check *check, size_t index, size_t *room)
{
    const struct husk_device *const device = &check->vm->devices.items[index];

    if (device->property_count != 0 && device->compatible == NULL) {
        return fail_properties(check, index, "are of a node that is not there; set .compatible");
    }
    if (device->property_count != 0 && device->properties == NULL) {
        return fail_properties(check, index, "counts properties and lists none");
    }
    for (size_t i = 0; i < device->property_count; i++) {
        const struct husk_property *const property = &device->properties[i];
        size_t bytes = PROPERTY_BYTES;

        if (property->name == NULL || property->name[0] == '\0' ||
            (property->value == NULL && property->bytes != 0)) {
            return fail_properties(check, index, "holds one without a name or a value");
        }
        while (property->name[bytes - PROPERTY_BYTES] != '\0' && bytes < *room) {
            bytes++;
        }
        if (bytes > *room || property->bytes > *room - bytes) {
            return fail_properties(check, index, "are more than a device tree has room for");
        }
        *room -= bytes + property->bytes;
    }
    return HUSK_OK;
}

static enum husk_err check_node(const struct check *check, size_t index, size_t *room)
{
    const struct husk_device *const device = &check->vm->devices.items[index];

    if (device->compatible != NULL && !is_node_name(device->name)) {
        return HUSK_FAIL(check, HUSK_EINVAL, "devices[].name",
                         "is no name for a node in a device tree", .index = index,
                         .limit = NODE_NAME_BYTES_MAX);
    }
    if (device->compatible != NULL && device->intid_count > NODE_INTIDS_MAX) {
        return HUSK_FAIL(check, HUSK_ERANGE, "devices[].intids",
                         "are more than a node in a device tree has room for", .index = index,
                         .value = device->intid_count, .limit = NODE_INTIDS_MAX);
    }
    return check_properties(check, index, room);
}

enum husk_err husk_product_check_bus_shape(const struct check *check)
{
    const struct husk_vm_config *const vm = check->vm;
    size_t room = PROPERTIES_BYTES_MAX;
    bool masters = false;

    for (size_t i = 0; i < vm->devices.count; i++) {
        const enum husk_err err = check_node(check, i, &room);

        if (err != HUSK_OK) {
            return err;
        }
        masters = masters || vm->devices.items[i].bus != NULL;
    }
    if (vm->wall && !masters) {
        return HUSK_FAIL(check, HUSK_EINVAL, "wall",
                         "is against bus masters; no device of the VM has a .bus");
    }
    if (vm->trusted && !masters) {
        return HUSK_FAIL(check, HUSK_EINVAL, "trusted",
                         "is said of bus masters; no device of the VM has a .bus");
    }
    return HUSK_OK;
}

/* ---- what the board can tell ---- */

/* Who else has memory in there that is where it is. */
static const char *other_in(const struct check *check, struct husk_range reach)
{
    const struct husk_board_dma *const dma = check->board->dma;

    for (size_t v = 0; v < check->product->vms.count; v++) {
        const struct husk_vm_config *const vm = &check->product->vms.items[v];

        for (size_t i = 0; i < vm->ram.count && vm != check->vm; i++) {
            const struct husk_range ram = husk_product_ram_pas(vm, i);

            if (ram.base != 0 && husk_ranges_overlap(ram, reach)) {
                return vm->name;
            }
        }
        /* Its pool, and what Husk writes for the engine, can be nowhere else. */
        if (vm->dma != NULL && dma != NULL &&
            husk_ranges_overlap(pas_of(vm->dma->window != NULL ? vm->dma->window : &dma->window),
                                reach)) {
            return vm->name;
        }
    }
    return NULL;
}

static bool has_ram_outside(const struct husk_board *board, struct husk_range reach)
{
    for (size_t i = 0; i < board->ram_count; i++) {
        if (!husk_range_contains(reach, board->ram[i].base, board->ram[i].size_bytes)) {
            return true;
        }
    }
    return board->ram_count == 0; /* not known yet */
}

static enum husk_err check_wall(const struct check *check, struct husk_range reach)
{
    const struct husk_board *const board = check->board;
    const char *const other = other_in(check, reach);

    if (other != NULL) {
        return HUSK_FAIL(check, HUSK_EOVERLAP, "wall",
                         "can't be: a VM's RAM or DMA channels have to be where its "
                         "bus masters reach",
                         .other = other);
    }
    if (!has_ram_outside(board, reach)) {
        return HUSK_FAIL(check, HUSK_ERANGE, "wall",
                         "can't be: its bus masters reach all the RAM of the board",
                         .limit = reach.base + reach.size_bytes);
    }
    for (size_t i = 0; i < board->firmware_count && !check->vm->trusted; i++) {
        if (husk_ranges_overlap(board->reserved[i], reach)) {
            return HUSK_FAIL(check, HUSK_EOVERLAP, "trusted",
                             "is not set, and its bus masters reach memory of the "
                             "board's firmware (TF-A, spin table), up to the limit",
                             .value = board->reserved[i].base,
                             .limit = board->reserved[i].base + board->reserved[i].size_bytes);
        }
    }
    return HUSK_OK;
}

/* A kernel that finds a master's memory up to an IPA takes all below it for such, too: Linux does,
 * for ZONE_DMA. */
static enum husk_err check_bank(const struct check *check, size_t bank)
{
    for (size_t i = 0; i < check->vm->ram.count && check->vm->kernel != NULL; i++) {
        const uint64_t ipa = husk_product_ram_ipa(check->vm, i);

        if (ipa < husk_product_ram_ipa(check->vm, bank)) {
            return HUSK_FAIL(check, HUSK_EINVAL, "ram[].ipa",
                             "lies below what the VM's bus masters reach", .index = i, .value = ipa,
                             .limit = husk_product_ram_ipa(check->vm, bank));
        }
    }
    return HUSK_OK;
}

static enum husk_err check_master(const struct check *check, size_t index)
{
    const struct husk_vm_config *const vm = check->vm;
    const struct husk_bus_window *const window =
        husk_product_bus_window(check->board, vm->devices.items[index].bus);
    size_t bank;

    if (window == NULL) {
        return fail(check, index, "is no bus that the board's device tree has dma-ranges of");
    }
    if (window->size_bytes == 0 || !husk_range_valid(pas_of(window)) ||
        window->bus.value > UINT64_MAX - window->size_bytes) {
        return fail(check, index, "has dma-ranges that are of no memory");
    }
    bank = husk_product_bank(vm, window);
    if (bank == vm->ram.count) {
        return HUSK_FAIL(check, HUSK_ERANGE, "devices[].bus",
                         "reaches no RAM of the VM's; give it a ram[].pa below the "
                         "limit",
                         .index = index, .limit = window->pa.value + window->size_bytes);
    }
    if (!vm->wall && !vm->trusted) {
        return fail(check, index,
                    "reaches memory that is not the VM's; set .wall, or .trusted, or both");
    }
    if (vm->wall) {
        const enum husk_err err = check_wall(check, pas_of(window));

        if (err != HUSK_OK) {
            return err;
        }
    }
    return check_bank(check, bank);
}

/* It is not one that the board knows for a master, of another bus or given as if it were none. */
static enum husk_err check_known(const struct check *check, size_t index)
{
    const struct husk_device *const device = &check->vm->devices.items[index];
    const struct husk_range regs = { device->pa.value, device->size_bytes };

    for (size_t i = 0; i < check->board->master_count; i++) {
        const struct husk_board_master *const master = &check->board->masters[i];

        if (husk_ranges_overlap(regs, master->regs) &&
            (device->bus == NULL || !husk_product_same_text(device->bus, master->bus))) {
            return HUSK_FAIL(check, HUSK_EINVAL, "devices[].bus",
                             "is not the bus on which the device is a master", .index = index,
                             .value = master->regs.base, .other = master->bus);
        }
    }
    return HUSK_OK;
}

static enum husk_err check_vm(const struct check *check)
{
    enum husk_err err = HUSK_OK;

    for (size_t i = 0; i < check->vm->devices.count && err == HUSK_OK; i++) {
        err = check_known(check, i);
        if (err == HUSK_OK && check->vm->devices.items[i].bus != NULL) {
            err = check_master(check, i);
        }
    }
    return err;
}

static check_fn *const rules[] = { check_vm };

enum husk_err husk_product_check_bus(const struct husk_product *product,
                                     const struct husk_board *board,
                                     struct husk_product_error *error)
{
    struct check check = { product, board, NULL, error };

    return husk_product_run_vms(&check, rules, HUSK_COUNT(rules));
}
