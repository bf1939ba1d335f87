// SPDX-License-Identifier: Apache-2.0
/* Where a product puts things by physical address: RAM lies in the board's RAM, devices outside of
 * it, and neither over what the board keeps. As all that the board tells these rules run again at
 * boot; a product that leaves its places to the boot allocator has none of this linked. */
#include "product_internal.h"

bool husk_product_board_has(const struct husk_board *board, struct husk_range range)
{
    for (size_t i = 0; i < board->ram_count && range.size_bytes != 0; i++) {
        const uint64_t before = range.base - board->ram[i].base;
        uint64_t step;

        if (!husk_range_contains(board->ram[i], range.base, 1)) {
            continue;
        }
        step = husk_min(board->ram[i].size_bytes - before, range.size_bytes);
        range.base += step;
        range.size_bytes -= step;
        i = SIZE_MAX; /* from the first bank again */
    }
    return range.size_bytes == 0;
}

bool husk_product_hits_any(const struct husk_range *ranges, size_t count, struct husk_range range)
{
    for (size_t i = 0; i < count; i++) {
        if (husk_ranges_overlap(ranges[i], range)) {
            return true;
        }
    }
    return false;
}

enum husk_err husk_product_check_ram_place(const struct check *check,
                                           const struct husk_vm_config *vm)
{
    const struct husk_board *board = check->board;

    for (size_t i = 0; i < vm->ram.count; i++) {
        const struct husk_range ram = husk_product_ram_pas(vm, i);

        if (ram.base == 0) {
            continue; /* the boot allocator chooses */
        }
        if (board->ram_count != 0 && !husk_product_board_has(board, ram)) {
            return HUSK_FAIL(check, HUSK_ERANGE, "ram[].pa",
                             "and its size are not all RAM of this board", .index = i,
                             .value = ram.base);
        }
        if (husk_product_hits_any(board->reserved, board->reserved_count, ram)) {
            return HUSK_FAIL(check, HUSK_EOVERLAP, "ram[].pa",
                             "lies over what the board keeps for itself", .index = i,
                             .value = ram.base, .other = "reserved memory");
        }
    }
    return HUSK_OK;
}

static enum husk_err check_device(const struct check *check, const struct husk_vm_config *vm,
                                  size_t index)
{
    const struct husk_board *board = check->board;
    const struct husk_device *device = &vm->devices.items[index];
    const struct husk_range range = { device->pa.value, device->size_bytes };

    if (husk_product_hits_any(board->ram, board->ram_count, range)) {
        return HUSK_FAIL(check, HUSK_EOVERLAP, "devices[].pa", "is no device but RAM of the board",
                         .index = index, .value = range.base, .other = "RAM");
    }
    if (husk_product_hits_any(board->reserved, board->reserved_count, range)) {
        return HUSK_FAIL(check, HUSK_EOVERLAP, "devices[].pa",
                         "lies over what the board keeps for itself", .index = index,
                         .value = range.base, .other = "reserved memory");
    }
    for (size_t k = 0; k < device->intid_count; k++) {
        if (board->intid_count != 0 && device->intids[k] >= board->intid_count) {
            return HUSK_FAIL(check, HUSK_ERANGE, "devices[].intids",
                             "names an SPI the board has not", .index = index,
                             .value = device->intids[k], .limit = board->intid_count);
        }
    }
    return HUSK_OK;
}

enum husk_err husk_product_check_devices_place(const struct check *check,
                                               const struct husk_vm_config *vm)
{
    enum husk_err err = HUSK_OK;

    for (size_t i = 0; i < vm->devices.count && err == HUSK_OK; i++) {
        err = check_device(check, vm, i);
    }
    return err;
}
