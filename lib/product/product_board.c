// SPDX-License-Identifier: Apache-2.0
/* What only the board can tell: these rules run again at boot, with its real addresses. They rely
 * on a product in shape. `vm` is check->vm: an argument, and no table of rules, so that of a
 * constant product the compiler leaves out what finds nothing in it. */
#include "product_internal.h"

static enum husk_err check_gic(const struct check *check)
{
    const enum husk_gic gic = check->product->gic;

    if (gic != HUSK_GIC_AUTO && gic != HUSK_GIC_DIRECT && check->board->gic != HUSK_GIC_AUTO &&
        gic != check->board->gic) {
        return husk_product_fail_other(check, HUSK_EINVAL, "gic", HUSK_NO_INDEX,
                                       "is not the GIC this board has; HUSK_GIC_AUTO takes either",
                                       0, check->board->gic == HUSK_GIC_V2 ? "GICv2" : "GICv3");
    }
    return HUSK_OK;
}

static enum husk_err check_cpus(const struct check *check, const struct husk_vm_config *vm)
{
    const uint64_t mask = vm->cpu_mask;
    const unsigned count = check->board->cpu_count;

    if (count != 0 && count < HUSK_PRODUCT_CPU_MAX && mask >> count != 0) {
        return husk_product_fail_value(check, HUSK_ERANGE, "cpu_mask", HUSK_NO_INDEX,
                                       "names a CPU the board does not have; the limit has all",
                                       mask, HUSK_BITS(count - 1, 0));
    }
    return HUSK_OK;
}

bool husk_product_board_has(const struct husk_board *board, struct husk_range range)
{
    for (size_t i = 0; i < board->ram_count && range.size_bytes != 0; i++) {
        const uint64_t before = range.base - board->ram[i].base;
        uint64_t step;

        if (!husk_range_contains(board->ram[i], range.base, 1)) {
            continue;
        }
        step = board->ram[i].size_bytes - before;
        step = step < range.size_bytes ? step : range.size_bytes;
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

static enum husk_err check_ram(const struct check *check, const struct husk_vm_config *vm)
{
    const struct husk_board *board = check->board;

    for (size_t i = 0; i < vm->ram.count; i++) {
        const struct husk_range ram = husk_product_ram_pas(vm, i);

        if (ram.base == 0) {
            continue; /* the boot allocator chooses */
        }
        if (board->ram_count != 0 && !husk_product_board_has(board, ram)) {
            return husk_product_fail_value(check, HUSK_ERANGE, "ram[].pa", i,
                                           "and its size are not all RAM of this board", ram.base,
                                           0);
        }
        if (husk_product_hits_any(board->reserved, board->reserved_count, ram)) {
            return husk_product_fail_other(check, HUSK_EOVERLAP, "ram[].pa", i,
                                           "lies over what the board keeps for itself", ram.base,
                                           "reserved memory");
        }
    }
    return HUSK_OK;
}

/* What the board's RAM can hold at most, before the allocator tries; reserved ranges may leave
 * less. VMs before this one are sound, so that their sum can't wrap: 8 VMs, 8 regions, 2^40 each.
 */
static enum husk_err check_ram_total(const struct check *check, const struct husk_vm_config *vm)
{
    uint64_t have = 0;
    uint64_t need = 0;

    for (size_t i = 0; i < check->board->ram_count; i++) {
        have += check->board->ram[i].size_bytes;
    }
    for (const struct husk_vm_config *v = check->product->vms.items; v <= vm; v++) {
        for (size_t i = 0; i < v->ram.count; i++) {
            need += v->ram.items[i].size_bytes;
        }
    }
    if (check->board->ram_count != 0 && need > have) {
        return husk_product_fail_value(check, HUSK_ERANGE, "ram", HUSK_NO_INDEX,
                                       "and that of the VMs before is more than the board has",
                                       need, have);
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
        return husk_product_fail_other(check, HUSK_EOVERLAP, "devices[].pa", index,
                                       "is no device but RAM of the board", range.base, "RAM");
    }
    if (husk_product_hits_any(board->reserved, board->reserved_count, range)) {
        return husk_product_fail_other(check, HUSK_EOVERLAP, "devices[].pa", index,
                                       "lies over what the board keeps for itself", range.base,
                                       "reserved memory");
    }
    for (size_t k = 0; k < device->intid_count; k++) {
        if (board->intid_count != 0 && device->intids[k] >= board->intid_count) {
            return husk_product_fail_value(check, HUSK_ERANGE, "devices[].intids", index,
                                           "names an SPI the board has not", device->intids[k],
                                           board->intid_count);
        }
    }
    return HUSK_OK;
}

static enum husk_err check_devices(const struct check *check, const struct husk_vm_config *vm)
{
    enum husk_err err = HUSK_OK;

    for (size_t i = 0; i < vm->devices.count && err == HUSK_OK; i++) {
        err = check_device(check, vm, i);
    }
    return err;
}

static enum husk_err check_vm(const struct check *check, const struct husk_vm_config *vm)
{
    enum husk_err err = check_cpus(check, vm);

    if (err == HUSK_OK) {
        err = check_ram(check, vm);
    }
    if (err == HUSK_OK) {
        err = check_ram_total(check, vm);
    }
    return err == HUSK_OK ? check_devices(check, vm) : err;
}

enum husk_err husk_product_check_board(const struct husk_product *product,
                                       const struct husk_board *board,
                                       struct husk_product_error *error)
{
    struct check check = { product, board, NULL, error };
    enum husk_err err = check_gic(&check);

    for (size_t i = 0; i < product->vms.count && err == HUSK_OK; i++) {
        check.vm = &product->vms.items[i];
        err = check_vm(&check, &product->vms.items[i]);
    }
    return err;
}
