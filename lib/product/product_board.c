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
        return HUSK_FAIL(check, HUSK_EINVAL, "gic",
                         "is not the GIC this board has; HUSK_GIC_AUTO takes either",
                         .other = check->board->gic == HUSK_GIC_V2 ? "GICv2" : "GICv3");
    }
    return HUSK_OK;
}

static enum husk_err check_cpus(const struct check *check, const struct husk_vm_config *vm)
{
    const uint64_t mask = vm->cpu_mask;
    const unsigned count = check->board->cpu_count;

    if (count != 0 && count < HUSK_PRODUCT_CPU_MAX && mask >> count != 0) {
        return HUSK_FAIL(check, HUSK_ERANGE, "cpu_mask",
                         "names a CPU the board does not have; the limit has all", .value = mask,
                         .limit = HUSK_BITS(count - 1, 0));
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
        return HUSK_FAIL(check, HUSK_ERANGE, "ram",
                         "and that of the VMs before is more than the board has", .value = need,
                         .limit = have);
    }
    return HUSK_OK;
}

static enum husk_err check_vm(const struct check *check, const struct husk_vm_config *vm)
{
    enum husk_err err = check_cpus(check, vm);

    if (err == HUSK_OK) {
        err = husk_product_check_ram_place(check, vm);
    }
    if (err == HUSK_OK) {
        err = check_ram_total(check, vm);
    }
    return err == HUSK_OK ? husk_product_check_devices_place(check, vm) : err;
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
