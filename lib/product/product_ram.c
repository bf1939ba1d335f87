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
        return husk_product_fail(check, HUSK_EINVAL, "ram", HUSK_NO_INDEX,
                                 "lists no RAM; give at least one region");
    }
    if (ram->count > HUSK_PRODUCT_RAM_MAX) {
        return husk_product_fail_value(check, HUSK_ERANGE, "ram", HUSK_NO_INDEX,
                                       "lists too many regions", ram->count, HUSK_PRODUCT_RAM_MAX);
    }
    return HUSK_OK;
}

enum husk_err husk_product_check_ram_shape(const struct check *check)
{
    const struct husk_range physical = { 0, HUSK_BIT(48) };

    for (size_t i = 0; i < check->vm->ram.count; i++) {
        const struct husk_ram_region *ram = &check->vm->ram.items[i];

        if (ram->size_bytes == 0) {
            return husk_product_fail(check, HUSK_EINVAL, "ram[].size_bytes", i,
                                     "is zero; give a multiple of 2 MiB");
        }
        if (!husk_is_aligned(ram->size_bytes, HUSK_SLOT_BYTES)) {
            return husk_product_fail_value(check, HUSK_EINVAL, "ram[].size_bytes", i,
                                           "is no multiple of 2 MiB", ram->size_bytes, 0);
        }
        if (!husk_is_aligned(ram->ipa.value, HUSK_SLOT_BYTES)) {
            return husk_product_fail_value(check, HUSK_EINVAL, "ram[].ipa", i,
                                           "is not 2 MiB aligned", ram->ipa.value, 0);
        }
        if (!husk_is_aligned(ram->pa.value, HUSK_SLOT_BYTES)) {
            return husk_product_fail_value(check, HUSK_EINVAL, "ram[].pa", i,
                                           "is not 2 MiB aligned", ram->pa.value, 0);
        }
        if (!husk_range_contains(physical, ram->pa.value, ram->size_bytes)) {
            return husk_product_fail_value(check, HUSK_ERANGE, "ram[].pa", i,
                                           "and its size run past the physical addresses",
                                           ram->pa.value, HUSK_BIT(48));
        }
        if (ram->ipa.value == 0 && i != 0) {
            return husk_product_fail(check, HUSK_EINVAL, "ram[].ipa", i,
                                     "is not given; only the first region has a default");
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
            return husk_product_fail_value(check, HUSK_ERANGE, "ram[].ipa", i,
                                           "and its size run past the IPA space", ram.base,
                                           HUSK_IPA_END);
        }
        hit = husk_product_window_hit(ram);
        if (hit != NULL) {
            return husk_product_fail_other(check, HUSK_EOVERLAP, "ram[].ipa", i,
                                           "lies over a device of the guest", ram.base, hit->name);
        }
        for (size_t j = 0; j < i; j++) {
            if (husk_ranges_overlap(ram, ram_ipas(check->vm, j))) {
                return husk_product_fail_other(check, HUSK_EOVERLAP, "ram[].ipa", i,
                                               "lies over another region of this VM", ram.base,
                                               check->vm->name);
            }
        }
    }
    if (check->vm->unikernel != NULL && husk_product_ram_ipa(check->vm, 0) != HUSK_GUEST_RAM) {
        return husk_product_fail_value(check, HUSK_EINVAL, "ram[].ipa", 0,
                                       "is not where unikernels are linked",
                                       husk_product_ram_ipa(check->vm, 0), HUSK_GUEST_RAM);
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
                    return husk_product_fail_other(check, HUSK_EOVERLAP, "ram[].pa", i,
                                                   "lies over RAM of a VM", ram.base, peer->name);
                }
            }
        }
    }
    return HUSK_OK;
}
