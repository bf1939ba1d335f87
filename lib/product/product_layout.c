// SPDX-License-Identifier: Apache-2.0
/* Where things lie in a VM's RAM: what all kinds of images share, and unikernels. */
#include "product_internal.h"

/* Gives away [offset, offset + bytes), which must lie in RAM. */
enum husk_err husk_product_layout_take(struct plan *plan, const char *field, uint64_t offset,
                                       uint64_t bytes)
{
    if (offset > plan->ram_bytes || bytes > plan->ram_bytes - offset) {
        uint64_t need = bytes > UINT64_MAX - offset ? UINT64_MAX : offset + bytes;

        return HUSK_FAIL(plan->check, HUSK_ERANGE, field, "needs more RAM than ram[0] has",
                         .value = need, .limit = plan->ram_bytes);
    }
    plan->end = offset + bytes;
    return HUSK_OK;
}

static enum husk_err place(struct plan *plan)
{
    const struct husk_vm_config *vm = plan->check->vm;
    const char *second = vm->raw != NULL ? "raw" : "kernel";
    int images = (vm->unikernel != NULL) + (vm->kernel != NULL) + (vm->raw != NULL);

    if (images != 1) {
        return HUSK_FAIL(plan->check, HUSK_EINVAL, images == 0 ? "unikernel" : second,
                         images == 0 ? "is missing; set one of unikernel, kernel, raw"
                                     : "is a second image; set one of unikernel, kernel, raw");
    }
    if (vm->unikernel != NULL) {
        return husk_product_layout_take(plan, "unikernel", 0, vm->unikernel->size_bytes);
    }
    return vm->raw != NULL ? husk_product_layout_raw(plan) : husk_product_layout_kernel(plan);
}

enum husk_err husk_vm_layout(const struct husk_vm_config *vm, struct husk_vm_layout *layout,
                             struct husk_product_error *error)
{
    const struct check check = { NULL, NULL, vm, error };
    struct husk_vm_layout made = { 0 };
    struct plan plan = { &check, &made, 0, 0 };
    enum husk_err err;

    if (vm->ram.count == 0 || vm->ram.items == NULL) {
        return HUSK_FAIL(&check, HUSK_EINVAL, "ram", "lists no RAM; give at least one region");
    }
    plan.ram_bytes = husk_align_down(vm->ram.items[0].size_bytes, HUSK_SLOT_BYTES);
    err = place(&plan);
    if (err != HUSK_OK) {
        return err;
    }
    *layout = made;
    return HUSK_OK;
}
