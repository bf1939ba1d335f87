// SPDX-License-Identifier: Apache-2.0
/* The check: a table of rules for the product, and one for each VM. Sources: the limits are those
 * of husk/product.h, and of the guest's machine as QEMU's virt lays it out. */
#include "product_rules.h"

enum {
    NAME_BYTES_MAX = 15,           /* a name prefixes the VM's console lines */
    COMMAND_LINE_BYTES_MAX = 2047, /* arm64 Linux: COMMAND_LINE_SIZE 2048 with its terminator */
    INTIDS_LEAST = 64,
    INTIDS_MOST = 992,
};

static size_t text_bytes(const char *text, size_t most)
{
    size_t i = 0;

    while (i <= most && text[i] != '\0') {
        i++;
    }
    return i;
}

static bool name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* Names go to the console, in front of a VM's lines: no escape sequences, no blanks, no ends. */
static enum husk_err check_name(const struct check *check, const char *name, const char *field,
                                size_t index)
{
    size_t bytes;

    if (name == NULL || name[0] == '\0') {
        return HUSK_FAIL(check, HUSK_EINVAL, field, "has no name; give it one", .index = index);
    }
    bytes = text_bytes(name, NAME_BYTES_MAX);
    if (bytes > NAME_BYTES_MAX) {
        return HUSK_FAIL(check, HUSK_ERANGE, field, "is too long", .index = index,
                         .limit = NAME_BYTES_MAX);
    }
    for (size_t i = 0; i < bytes; i++) {
        if (!name_character(name[i])) {
            return HUSK_FAIL(check, HUSK_EINVAL, field,
                             "holds a character that is no letter, digit, - or _", .index = index,
                             .value = (unsigned char)name[i]);
        }
    }
    return HUSK_OK;
}

/* ---- rules of the product ---- */

static enum husk_err check_product_name(const struct check *check)
{
    return check_name(check, check->product->name, "name", 0);
}

static enum husk_err check_vm_list(const struct check *check)
{
    const struct husk_vm_list *vms = &check->product->vms;

    if (vms->count == 0 || vms->items == NULL) {
        return HUSK_FAIL(check, HUSK_EINVAL, "vms", "lists no VM; name at least one");
    }
    if (vms->count > HUSK_PRODUCT_VM_MAX) {
        return HUSK_FAIL(check, HUSK_ERANGE, "vms", "lists too many VMs", .value = vms->count,
                         .limit = HUSK_PRODUCT_VM_MAX);
    }
    return HUSK_OK;
}

/* Names are looked at before any rule of a VM, since every other message quotes them. */
static enum husk_err check_vm_names(const struct check *check)
{
    const struct husk_vm_list *vms = &check->product->vms;

    for (size_t i = 0; i < vms->count; i++) {
        const char *name = vms->items[i].name;
        enum husk_err err = check_name(check, name, "vms[].name", i);

        if (err != HUSK_OK) {
            return err;
        }
        for (size_t j = 0; j < i; j++) {
            if (husk_product_same_text(vms->items[j].name, name)) {
                return HUSK_FAIL(check, HUSK_EOVERLAP, "vms[].name",
                                 "is another VM's name; rename one", .index = i, .other = name);
            }
        }
    }
    return HUSK_OK;
}

/* A field of an enumeration, whose enumerators are 0..most. */
static enum husk_err check_choice(const struct check *check, const char *field, unsigned value,
                                  unsigned most)
{
    if (value > most) {
        return HUSK_FAIL(check, HUSK_EINVAL, field, "is none of its enumeration", .value = value,
                         .limit = most);
    }
    return HUSK_OK;
}

static enum husk_err check_gic(const struct check *check)
{
    return check_choice(check, "gic", check->product->gic, HUSK_GIC_DIRECT);
}

/* ---- rules of one VM ---- */

static enum husk_err check_cpus(const struct check *check)
{
    uint64_t mask = check->vm->cpu_mask;

    if (mask == 0) {
        return HUSK_FAIL(check, HUSK_EINVAL, "cpu_mask",
                         "names no CPU; use HUSK_CPUS(first, last)");
    }
    if (mask >> HUSK_PRODUCT_CPU_MAX != 0) {
        return HUSK_FAIL(check, HUSK_ERANGE, "cpu_mask",
                         "names a CPU no board has; the limit has all", .value = mask,
                         .limit = HUSK_BITS(HUSK_PRODUCT_CPU_MAX - 1, 0));
    }
    for (const struct husk_vm_config *vm = check->product->vms.items; vm < check->vm; vm++) {
        if ((vm->cpu_mask & mask) != 0) {
            return HUSK_FAIL(check, HUSK_EOVERLAP, "cpu_mask",
                             "names a CPU that belongs to another VM", .value = vm->cpu_mask & mask,
                             .other = vm->name);
        }
    }
    return HUSK_OK;
}

/* What follows a reset, and another end. */
static enum husk_err check_ends(const struct check *check)
{
    const enum husk_end end = check->vm->on_end;
    enum husk_err err = check_choice(check, "on_reset", check->vm->on_reset, HUSK_RESET_VM);

    if (err == HUSK_OK) {
        err = check_choice(check, "on_end", end, HUSK_END_RESTART);
    }
    if (err == HUSK_OK && end == HUSK_END_RESTART &&
        husk_product_on_reset(check->product, check->vm) != HUSK_RESET_VM) {
        return HUSK_FAIL(check, HUSK_EINVAL, "on_end",
                         "restarts a VM that runs in place; set HUSK_RESET_VM");
    }
    return err;
}

static enum husk_err check_intid_count(const struct check *check)
{
    uint64_t count = check->vm->intid_count;

    if (count == 0) {
        return HUSK_OK;
    }
    if (count < INTIDS_LEAST || count > INTIDS_MOST) {
        return HUSK_FAIL(check, HUSK_ERANGE, "intid_count", "is not 64..992; 0 stands for 288",
                         .value = count,
                         .limit = count < INTIDS_LEAST ? INTIDS_LEAST : INTIDS_MOST);
    }
    if (!husk_is_aligned(count, 32)) {
        return HUSK_FAIL(check, HUSK_EINVAL, "intid_count", "is no multiple of 32", .value = count);
    }
    return HUSK_OK;
}

static enum husk_err check_blob(const struct check *check, const struct husk_blob *blob,
                                const char *field)
{
    if (blob == NULL) {
        return HUSK_OK;
    }
    if (blob->data != NULL && blob->size_bytes == 0) {
        return HUSK_FAIL(check, HUSK_EINVAL, field, "is an empty file");
    }
    if (blob->slot_offset >= HUSK_SLOT_BYTES) {
        return HUSK_FAIL(check, HUSK_ERANGE, field, "begins beyond the first 2 MiB of its slot",
                         .value = blob->slot_offset, .limit = HUSK_SLOT_BYTES - 1);
    }
    return HUSK_OK;
}

/* A VM's blobs, in the order of blob_fields. */
struct blobs {
    const struct husk_blob *items[4];
};

static const char *const blob_fields[] = { "unikernel", "kernel", "raw", "initrd" };

static struct blobs blobs_of(const struct husk_vm_config *vm)
{
    return (struct blobs){ { vm->unikernel, vm->kernel, vm->raw, vm->initrd } };
}

static enum husk_err check_blobs(const struct check *check)
{
    const struct blobs blobs = blobs_of(check->vm);

    for (size_t i = 0; i < HUSK_COUNT(blobs.items); i++) {
        enum husk_err err = check_blob(check, blobs.items[i], blob_fields[i]);

        if (err != HUSK_OK) {
            return err;
        }
    }
    return HUSK_OK;
}

static enum husk_err check_kernel_only(const struct check *check)
{
    const struct husk_vm_config *vm = check->vm;

    if (vm->initrd != NULL && vm->kernel == NULL) {
        return HUSK_FAIL(check, HUSK_EINVAL, "initrd", "is for a kernel, and this VM has none");
    }
    if (vm->command_line != NULL && vm->kernel == NULL) {
        return HUSK_FAIL(check, HUSK_EINVAL, "command_line",
                         "is for a kernel, and this VM has none");
    }
    if (vm->raw_offset != 0 && vm->raw == NULL) {
        return HUSK_FAIL(check, HUSK_EINVAL, "raw_offset",
                         "is for a raw binary, and this VM has none", .value = vm->raw_offset);
    }
    if (vm->command_line != NULL &&
        text_bytes(vm->command_line, COMMAND_LINE_BYTES_MAX) > COMMAND_LINE_BYTES_MAX) {
        return HUSK_FAIL(check, HUSK_ERANGE, "command_line", "is longer than arm64 Linux reads",
                         .limit = COMMAND_LINE_BYTES_MAX);
    }
    return HUSK_OK;
}

static bool has_blob(const struct husk_vm_config *vm, const struct husk_blob *blob)
{
    return blob == vm->unikernel || blob == vm->kernel || blob == vm->raw || blob == vm->initrd;
}

static enum husk_err check_blob_owner(const struct check *check)
{
    const struct husk_vm_config *vm = check->vm;
    const struct blobs images = blobs_of(vm);
    bool in_place = husk_product_on_reset(check->product, vm) == HUSK_RESET_BOARD;

    for (const struct husk_vm_config *peer = check->product->vms.items; peer < vm; peer++) {
        if (!in_place && husk_product_on_reset(check->product, peer) != HUSK_RESET_BOARD) {
            continue; /* both get copies */
        }
        for (size_t i = 0; i < HUSK_COUNT(images.items); i++) {
            if (images.items[i] != NULL && has_blob(peer, images.items[i])) {
                return HUSK_FAIL(
                    check, HUSK_EOVERLAP, blob_fields[i],
                    "is another VM's too, and one of them runs in place; set HUSK_RESET_VM in both",
                    .other = peer->name);
            }
        }
    }
    return HUSK_OK;
}

static check_fn *const product_rules[] = {
    check_product_name, check_vm_list, check_vm_names, check_gic, husk_product_check_direct_alone,
};

/* What can be said of a VM by itself. */
static check_fn *const shape_rules[] = {
    check_cpus,
    husk_product_check_direct,
    check_ends,
    check_intid_count,
    check_blobs,
    check_kernel_only,
    husk_product_check_ram_list,
    husk_product_check_ram_shape,
    husk_product_check_ram_ipa,
    husk_product_check_direct_ram,
    husk_product_check_device_list,
    husk_product_check_device_shape,
    husk_product_check_direct_devices,
    husk_product_check_intid_range,
    husk_product_check_bus_shape,
    husk_product_check_dma_shape,
    husk_product_check_images,
};

/* What two VMs can do to each other: only when all of them are in shape. */
static check_fn *const conflict_rules[] = {
    check_blob_owner,
    husk_product_check_ram_pa,
    husk_product_check_device_place,
    husk_product_check_device_owner,
    husk_product_check_intid_owner,
    husk_product_check_dma_owner,
    husk_product_check_dma_pool,
};

enum husk_err husk_product_check(const struct husk_product *product, const struct husk_board *board,
                                 struct husk_product_error *error)
{
    struct check check = { product, board, NULL, error };
    enum husk_err err = husk_product_run(&check, product_rules, HUSK_COUNT(product_rules));

    if (err == HUSK_OK) {
        err = husk_product_run_vms(&check, shape_rules, HUSK_COUNT(shape_rules));
    }
    if (err == HUSK_OK) {
        err = husk_product_run_vms(&check, conflict_rules, HUSK_COUNT(conflict_rules));
    }
    if (err == HUSK_OK) {
        err = husk_product_check_board(product, board, error);
    }
    if (err == HUSK_OK) {
        err = husk_product_check_dma(product, board, error);
    }
    return err == HUSK_OK ? husk_product_check_bus(product, board, error) : err;
}
