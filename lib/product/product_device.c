// SPDX-License-Identifier: Apache-2.0
/* Rules about devices passed through, at IPA = PA, and their interrupts. */
#include "product_rules.h"

enum {
    SPI_FIRST = 32,
    VIRTIO_INTID = 48, /* SPI 16 */
    VIRTIO_COUNT = 32,
};

static struct husk_range device_range(const struct husk_device *device)
{
    return (struct husk_range){ device->pa.value, device->size_bytes };
}

enum husk_err husk_product_check_device_list(const struct check *check)
{
    const struct husk_device_list *devices = &check->vm->devices;

    if (devices->count != 0 && devices->items == NULL) {
        return HUSK_FAIL(check, HUSK_EINVAL, "devices",
                         "counts devices and lists none; use HUSK_LIST()");
    }
    if (devices->count > HUSK_PRODUCT_DEVICE_MAX) {
        return HUSK_FAIL(check, HUSK_ERANGE, "devices", "lists too many devices",
                         .value = devices->count, .limit = HUSK_PRODUCT_DEVICE_MAX);
    }
    return HUSK_OK;
}

enum husk_err husk_product_check_device_shape(const struct check *check)
{
    const struct husk_range space = { 0, HUSK_IPA_END };

    for (size_t i = 0; i < check->vm->devices.count; i++) {
        const struct husk_device *device = &check->vm->devices.items[i];

        if (device->name == NULL || device->name[0] == '\0') {
            return HUSK_FAIL(check, HUSK_EINVAL, "devices[].name", "has no name; give it one",
                             .index = i);
        }
        if (device->size_bytes == 0) {
            return HUSK_FAIL(check, HUSK_EINVAL, "devices[].size_bytes",
                             "is zero; give a multiple of 4 KiB", .index = i);
        }
        if (!husk_is_aligned(device->size_bytes, HUSK_KIB(4))) {
            return HUSK_FAIL(check, HUSK_EINVAL, "devices[].size_bytes", "is no multiple of 4 KiB",
                             .index = i, .value = device->size_bytes);
        }
        if (!husk_is_aligned(device->pa.value, HUSK_KIB(4))) {
            return HUSK_FAIL(check, HUSK_EINVAL, "devices[].pa", "is not 4 KiB aligned", .index = i,
                             .value = device->pa.value);
        }
        if (!husk_range_contains(space, device->pa.value, device->size_bytes)) {
            return HUSK_FAIL(check, HUSK_ERANGE, "devices[].pa",
                             "and its size run past the IPA space", .index = i,
                             .value = device->pa.value, .limit = HUSK_IPA_END);
        }
        if (device->intid_count != 0 && device->intids == NULL) {
            return HUSK_FAIL(check, HUSK_EINVAL, "devices[].intids",
                             "counts interrupts and lists none", .index = i);
        }
    }
    return HUSK_OK;
}

static enum husk_err fail_place(const struct check *check, size_t index, const char *what,
                                const char *other)
{
    return HUSK_FAIL(check, HUSK_EOVERLAP, "devices[].pa", what, .index = index,
                     .value = check->vm->devices.items[index].pa.value, .other = other);
}

const char *husk_product_ram_owner(const struct husk_product *product, struct husk_range range)
{
    for (size_t v = 0; v < product->vms.count; v++) {
        const struct husk_vm_config *vm = &product->vms.items[v];

        for (size_t i = 0; i < vm->ram.count; i++) {
            const struct husk_ram_region *ram = &vm->ram.items[i];

            if (ram->pa.value != 0 &&
                husk_ranges_overlap(range, (struct husk_range){ ram->pa.value, ram->size_bytes })) {
                return vm->name;
            }
        }
    }
    return NULL;
}

static enum husk_err check_place(const struct check *check, size_t index, struct husk_range range)
{
    const struct guest_window *hit = husk_product_window_hit(range);
    const char *owner;

    if (hit != NULL) {
        return fail_place(check, index, "lies over a device of the guest", hit->name);
    }
    for (size_t i = 0; i < check->vm->ram.count; i++) {
        struct husk_range ram = { husk_product_ram_ipa(check->vm, i),
                                  check->vm->ram.items[i].size_bytes };

        if (husk_ranges_overlap(range, ram)) {
            return fail_place(check, index, "lies over the VM's own RAM, as IPA", "ram");
        }
    }
    owner = husk_product_ram_owner(check->product, range);
    if (owner != NULL) {
        return fail_place(check, index, "lies over RAM of a VM", owner);
    }
    return HUSK_OK;
}

enum husk_err husk_product_check_device_place(const struct check *check)
{
    for (size_t i = 0; i < check->vm->devices.count; i++) {
        enum husk_err err = check_place(check, i, device_range(&check->vm->devices.items[i]));

        if (err != HUSK_OK) {
            return err;
        }
    }
    return HUSK_OK;
}

/* How many of a VM's devices come before device `index` of the VM at hand. */
static size_t peer_count(const struct check *check, const struct husk_vm_config *peer, size_t index)
{
    return peer == check->vm ? index : peer->devices.count;
}

enum husk_err husk_product_check_device_owner(const struct check *check)
{
    for (size_t i = 0; i < check->vm->devices.count; i++) {
        struct husk_range range = device_range(&check->vm->devices.items[i]);

        for (const struct husk_vm_config *peer = check->product->vms.items; peer <= check->vm;
             peer++) {
            for (size_t j = 0; j < peer_count(check, peer, i); j++) {
                if (husk_ranges_overlap(range, device_range(&peer->devices.items[j]))) {
                    return fail_place(check, i, "is in a page of another device",
                                      peer == check->vm ? peer->devices.items[j].name : peer->name);
                }
            }
        }
    }
    return HUSK_OK;
}

static enum husk_err check_intid(const struct check *check, size_t index, uint64_t intid)
{
    const uint64_t own = check->vm->intid_count;
    const uint64_t limit = own == 0 ? HUSK_PRODUCT_INTIDS_DEFAULT : own;

    if (intid < SPI_FIRST) {
        return HUSK_FAIL(check, HUSK_ERANGE, "devices[].intids",
                         "names an interrupt that is no SPI", .index = index, .value = intid,
                         .limit = SPI_FIRST);
    }
    if (intid >= limit) {
        return HUSK_FAIL(check, HUSK_ERANGE, "devices[].intids",
                         "names an SPI the VM has not; raise its intid_count", .index = index,
                         .value = intid, .limit = limit);
    }
    if (intid == HUSK_GUEST_UART_INTID) {
        return HUSK_FAIL(check, HUSK_EOVERLAP, "devices[].intids",
                         "names an SPI of a device of the guest", .index = index, .value = intid,
                         .other = "the guest's UART");
    }
    if (intid >= VIRTIO_INTID && intid < VIRTIO_INTID + VIRTIO_COUNT) {
        return HUSK_FAIL(check, HUSK_EOVERLAP, "devices[].intids",
                         "names an SPI of a device of the guest", .index = index, .value = intid,
                         .other = "the guest's virtio slots");
    }
    return HUSK_OK;
}

enum husk_err husk_product_check_intid_range(const struct check *check)
{
    for (size_t i = 0; i < check->vm->devices.count; i++) {
        const struct husk_device *device = &check->vm->devices.items[i];

        for (size_t k = 0; k < device->intid_count; k++) {
            enum husk_err err = check_intid(check, i, device->intids[k]);

            if (err != HUSK_OK) {
                return err;
            }
        }
    }
    return HUSK_OK;
}

static bool lists_intid(const struct husk_device *device, size_t count, uint16_t intid)
{
    for (size_t i = 0; i < count; i++) {
        if (device->intids[i] == intid) {
            return true;
        }
    }
    return false;
}

/* The name of who lists the INTID before element `k` of device `index`; NULL: nobody. */
static const char *intid_owner(const struct check *check, size_t index, size_t k)
{
    const struct husk_device *device = &check->vm->devices.items[index];
    uint16_t intid = device->intids[k];

    for (const struct husk_vm_config *peer = check->product->vms.items; peer <= check->vm; peer++) {
        for (size_t j = 0; j < peer_count(check, peer, index); j++) {
            const struct husk_device *other = &peer->devices.items[j];

            if (lists_intid(other, other->intid_count, intid)) {
                return peer == check->vm ? other->name : peer->name;
            }
        }
    }
    return lists_intid(device, k, intid) ? device->name : NULL;
}

enum husk_err husk_product_check_intid_owner(const struct check *check)
{
    for (size_t i = 0; i < check->vm->devices.count; i++) {
        const struct husk_device *device = &check->vm->devices.items[i];

        for (size_t k = 0; k < device->intid_count; k++) {
            const char *owner = intid_owner(check, i, k);

            if (owner != NULL) {
                return HUSK_FAIL(check, HUSK_EOVERLAP, "devices[].intids",
                                 "names an SPI that is taken", .index = i,
                                 .value = device->intids[k], .other = owner);
            }
        }
    }
    return HUSK_OK;
}
