// SPDX-License-Identifier: Apache-2.0
/* Rules about RAM. IPAs first, since every VM has them; physical addresses where the product or the
 * boot allocator has given them; sums where it has not. */
#include "product_rules.h"

static const struct guest_window windows[] = {
    { "the guest's GIC distributor", { HUSK_GUEST_GICD, HUSK_KIB(64) } },
    { "the guest's GIC CPU interface", { HUSK_GUEST_GICC, HUSK_KIB(64) } },
    { "the guest's GIC redistributors", { HUSK_GUEST_GICR, HUSK_PRODUCT_CPU_MAX *HUSK_KIB(128) } },
    { "the guest's UART", { HUSK_GUEST_UART, HUSK_KIB(4) } },
    { "the guest's virtio slots", { HUSK_GUEST_VIRTIO, HUSK_KIB(16) } },
};

const struct guest_window *husk_product_window_hit(struct husk_range range)
{
    for (size_t i = 0; i < HUSK_COUNT(windows); i++) {
        if (husk_ranges_overlap(windows[i].range, range)) {
            return &windows[i];
        }
    }
    return NULL;
}

static struct husk_range ram_ipas(const struct husk_vm_config *vm, size_t index)
{
    return (struct husk_range){ husk_product_ram_ipa(vm, index), vm->ram.items[index].size_bytes };
}

enum husk_err husk_product_check_ram_list(const struct check *check)
{
    const struct husk_ram_list *ram = &check->vm->ram;

    if (ram->count == 0 || ram->items == NULL) {
        return HUSK_FAIL(check, HUSK_EINVAL, "ram", "lists no RAM; give at least one region");
    }
    if (ram->count > HUSK_PRODUCT_RAM_MAX) {
        return HUSK_FAIL(check, HUSK_ERANGE, "ram", "lists too many regions", .value = ram->count,
                         .limit = HUSK_PRODUCT_RAM_MAX);
    }
    return HUSK_OK;
}

enum husk_err husk_product_check_ram_shape(const struct check *check)
{
    const struct husk_range physical = { 0, HUSK_BIT(48) };

    for (size_t i = 0; i < check->vm->ram.count; i++) {
        const struct husk_ram_region *ram = &check->vm->ram.items[i];

        if (ram->size_bytes == 0) {
            return HUSK_FAIL(check, HUSK_EINVAL, "ram[].size_bytes",
                             "is zero; give a multiple of 2 MiB", .index = i);
        }
        if (!husk_is_aligned(ram->size_bytes, HUSK_SLOT_BYTES)) {
            return HUSK_FAIL(check, HUSK_EINVAL, "ram[].size_bytes", "is no multiple of 2 MiB",
                             .index = i, .value = ram->size_bytes);
        }
        if (!husk_is_aligned(ram->ipa.value, HUSK_SLOT_BYTES)) {
            return HUSK_FAIL(check, HUSK_EINVAL, "ram[].ipa", "is not 2 MiB aligned", .index = i,
                             .value = ram->ipa.value);
        }
        if (!husk_is_aligned(ram->pa.value, HUSK_SLOT_BYTES)) {
            return HUSK_FAIL(check, HUSK_EINVAL, "ram[].pa", "is not 2 MiB aligned", .index = i,
                             .value = ram->pa.value);
        }
        if (!husk_range_contains(physical, ram->pa.value, ram->size_bytes)) {
            return HUSK_FAIL(check, HUSK_ERANGE, "ram[].pa",
                             "and its size run past the physical addresses", .index = i,
                             .value = ram->pa.value, .limit = HUSK_BIT(48));
        }
        if (ram->ipa.value == 0 && i != 0) {
            return HUSK_FAIL(check, HUSK_EINVAL, "ram[].ipa",
                             "is not given; only the first region has a default", .index = i);
        }
    }
    return HUSK_OK;
}

enum husk_err husk_product_check_ram_ipa(const struct check *check)
{
    const struct husk_range space = { 0, HUSK_IPA_END };

    for (size_t i = 0; i < check->vm->ram.count; i++) {
        struct husk_range ram = ram_ipas(check->vm, i);
        const struct guest_window *hit;

        if (!husk_range_contains(space, ram.base, ram.size_bytes)) {
            return HUSK_FAIL(check, HUSK_ERANGE, "ram[].ipa", "and its size run past the IPA space",
                             .index = i, .value = ram.base, .limit = HUSK_IPA_END);
        }
        hit = husk_product_window_hit(ram);
        if (hit != NULL) {
            return HUSK_FAIL(check, HUSK_EOVERLAP, "ram[].ipa", "lies over a device of the guest",
                             .index = i, .value = ram.base, .other = hit->name);
        }
        for (size_t j = 0; j < i; j++) {
            if (husk_ranges_overlap(ram, ram_ipas(check->vm, j))) {
                return HUSK_FAIL(check, HUSK_EOVERLAP, "ram[].ipa",
                                 "lies over another region of this VM", .index = i,
                                 .value = ram.base, .other = check->vm->name);
            }
        }
    }
    if (check->vm->unikernel != NULL && husk_product_ram_ipa(check->vm, 0) != HUSK_GUEST_RAM) {
        return HUSK_FAIL(check, HUSK_EINVAL, "ram[].ipa", "is not where unikernels are linked",
                         .value = husk_product_ram_ipa(check->vm, 0), .limit = HUSK_GUEST_RAM);
    }
    return HUSK_OK;
}

/* No page in two VMs, nor twice in one. */
enum husk_err husk_product_check_ram_pa(const struct check *check)
{
    for (size_t i = 0; i < check->vm->ram.count; i++) {
        struct husk_range ram = husk_product_ram_pas(check->vm, i);

        for (const struct husk_vm_config *peer = check->product->vms.items; peer <= check->vm;
             peer++) {
            size_t count = peer == check->vm ? i : peer->ram.count;

            for (size_t j = 0; j < count; j++) {
                struct husk_range other = husk_product_ram_pas(peer, j);

                if (ram.base != 0 && other.base != 0 && husk_ranges_overlap(ram, other)) {
                    return HUSK_FAIL(check, HUSK_EOVERLAP, "ram[].pa", "lies over RAM of a VM",
                                     .index = i, .value = ram.base, .other = peer->name);
                }
            }
        }
    }
    return HUSK_OK;
}
