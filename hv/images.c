// SPDX-License-Identifier: Apache-2.0
// Images that are not simply mapped where they lie: kernels, whose headers are read, and what is
// copied at each start of its VM.
#include "window.h"

/* Headers of kernels can be read during the check, nothing else of a guest's image. */
static void open_headers(bool open)
{
    for (size_t i = 0; i < husk_product.vms.count; i++) {
        const struct husk_blob *kernel = husk_product.vms.items[i].kernel;
        struct husk_pa at;

        if (kernel == NULL || kernel->size_bytes == 0) {
            continue;
        }
        at.value = husk_align_down((uint64_t)(uintptr_t)kernel->data, HUSK_MMU_PAGE_BYTES);
        if (open) {
            husk_window_open(at, HUSK_MMU_PAGE_BYTES, HUSK_MMU_NORMAL | HUSK_MMU_R);
        } else {
            husk_window_close(at, HUSK_MMU_PAGE_BYTES);
        }
    }
}

/* Two VMs may have the same blob, and the windows of both would meet: one piece at a time. */
static struct husk_spinlock copy_lock;

/* Copies a blob to its place. It stays unmapped but for the piece under way. */
static void copy_blob(struct husk_vm *vm, const struct husk_blob *blob, uint64_t offset)
{
    const uint64_t base = vm->ram[0].base + offset;

    for (uint64_t done = 0; done < blob->size_bytes;) {
        const struct husk_pa from = { (uint64_t)(uintptr_t)blob->data + done };
        const uint64_t left = blob->size_bytes - done;
        const uint64_t piece = HUSK_MIB(2) - (from.value & (HUSK_MIB(2) - 1));
        const uint64_t chunk = left < piece ? left : piece;
        const void *window;

        husk_spin_lock(&copy_lock);
        window = husk_window_open(from, chunk, HUSK_MMU_NORMAL | HUSK_MMU_R);
        husk_must(husk_guest_copy_in(vm, (struct husk_ipa){ base + done }, window, chunk));
        husk_window_close(from, chunk);
        husk_spin_unlock(&copy_lock);
        done += chunk;
    }
}

static void load_images(struct husk_vm *vm)
{
    const struct husk_vm_config *config = husk_vm_config(vm);

    copy_blob(vm, husk_vm_image(vm), vm->layout.image_offset);
    if (config->initrd != NULL) {
        copy_blob(vm, config->initrd, vm->layout.initrd_offset);
    }
}

const struct husk_images husk_images = {
    .open_headers = open_headers,
    .load = load_images,
};
