// SPDX-License-Identifier: Apache-2.0
// Building a VM once, at boot: its memory, stage 2 and firmware.
#include "hv.h"

struct husk_vm *husk_vms[HUSK_PRODUCT_VM_MAX];

const struct husk_blob *husk_vm_image(const struct husk_vm *vm)
{
    const struct husk_vm_config *const config = husk_vm_config(vm);
    const struct husk_blob *const other = config->kernel != NULL ? config->kernel : config->raw;

    return config->unikernel != NULL ? config->unikernel : other;
}

/* The board is reset with the VM, and nobody chose the memory. That the image's place in RAM is one
 * that its slot can take was checked when the image was built. */
bool husk_vm_in_place(const struct husk_vm *vm)
{
    return husk_product_on_reset(&husk_product, husk_vm_config(vm)) == HUSK_RESET_BOARD &&
           husk_vm_config(vm)->ram.items[0].pa.value == 0;
}

/* ---- stage 2 ---- */

/* What a VM's tables take at most: RAM is whole blocks of 2 MiB, which need one level-2 table for
 * each GiB touched. Slots are not where Husk's image, of which they are a part, is loaded off 2
 * MiB: then each of their blocks takes a table. */
static size_t table_count(const struct husk_vm *vm)
{
    const struct husk_range image = husk_boot_image();
    size_t count = HUSK_MMU_S2_ROOT_PAGES + husk_given_tables(vm) + husk_machine_tables(vm);

    if (!husk_is_aligned(image.base, HUSK_MIB(2))) {
        count += image.size_bytes / HUSK_MIB(2);
    }
    for (size_t i = 0; i < husk_vm_config(vm)->ram.count; i++) {
        const uint64_t last = vm->ram[i].base + vm->ram[i].size_bytes - 1;

        count += last / HUSK_GIB(1) - vm->ram[i].base / HUSK_GIB(1) + 1;
    }
    return count;
}

static void map(struct husk_vm *vm, uint64_t ipa, uint64_t pa, uint64_t size_bytes, uint32_t attr)
{
    const struct husk_mmu_s2_locked s2 = husk_mmu_s2_lock(&vm->s2);

    /* The product was checked, the pool was sized for it. */
    husk_must(
        husk_mmu_s2_map(s2, (struct husk_ipa){ ipa }, (struct husk_pa){ pa }, size_bytes, attr));
    husk_mmu_s2_unlock(s2);
}

static void map_ram(struct husk_vm *vm, uint64_t ipa, uint64_t pa, uint64_t size_bytes)
{
    map(vm, ipa, pa, size_bytes, HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_W | HUSK_MMU_X);
}

void husk_vm_map_device(struct husk_vm *vm, uint64_t ipa, struct husk_range frame)
{
    map(vm, ipa, frame.base, frame.size_bytes, HUSK_MMU_DEVICE | HUSK_MMU_R | HUSK_MMU_W);
}

/* RAM from the boot allocator, in as few pieces as it has. */
static void map_any(struct husk_vm *vm, uint64_t ipa, uint64_t size_bytes)
{
    uint64_t piece;

    for (uint64_t done = 0; done < size_bytes; done += piece) {
        struct husk_pa pa;

        piece = husk_memory_take_some(size_bytes - done, HUSK_MIB(2), &pa);
        if (piece == 0) {
            husk_boot_refuse("no memory left for vm", husk_vm_config(vm)->name);
        }
        map_ram(vm, ipa + done, pa.value, piece);
    }
}

/* The whole 2 MiB that hold a blob, where it lies at `offset` of ram[0], and from `done` on the RAM
 * before it. @return their end. */
static uint64_t map_slot(struct husk_vm *vm, uint64_t done, const struct husk_blob *blob,
                         uint64_t offset)
{
    const uint64_t slot = offset - blob->slot_offset;
    const uint64_t size_bytes = husk_align_up(blob->slot_offset + blob->size_bytes, HUSK_MIB(2));

    map_any(vm, vm->ram[0].base + done, slot - done);
    map_ram(vm, vm->ram[0].base + slot, (uint64_t)(uintptr_t)blob->data - blob->slot_offset,
            size_bytes);
    return slot + size_bytes;
}

static void map_region(struct husk_vm *vm, size_t index)
{
    const struct husk_range ram = vm->ram[index];
    const uint64_t pa = husk_vm_config(vm)->ram.items[index].pa.value;
    uint64_t done = 0;

    if (pa != 0) {
        map_ram(vm, ram.base, pa, ram.size_bytes); /* husk_given_reserve() */
        return;
    }
    if (index == 0 && husk_vm_in_place(vm)) {
        done = map_slot(vm, 0, husk_vm_image(vm), vm->layout.image_offset);
        if (husk_vm_config(vm)->initrd != NULL) {
            done = map_slot(vm, done, husk_vm_config(vm)->initrd, vm->layout.initrd_offset);
        }
    }
    map_any(vm, ram.base + done, ram.size_bytes - done);
}

static void build_stage2(struct husk_vm *vm)
{
    const unsigned pa_range = (unsigned)husk_bits_get(husk_read(id_aa64mmfr0_el1), 3, 0);

    vm->pool.count = table_count(vm);
    vm->pool.pages = husk_heap_take(vm->pool.count * sizeof(struct husk_mmu_page));
    husk_must(husk_mmu_s2_init(&vm->s2, &vm->pool, pa_range, (uint16_t)(vm->index + 1)));
    for (size_t i = 0; i < husk_vm_config(vm)->ram.count; i++) {
        map_region(vm, i);
    }
    husk_given_map(vm);
    husk_machine_create(vm);
}

/* ---- all of it ---- */

static void list_ram(struct husk_vm *vm)
{
    for (size_t i = 0; i < husk_vm_config(vm)->ram.count; i++) {
        const struct husk_ram_region *region = &husk_vm_config(vm)->ram.items[i];

        vm->ram[i].base = husk_product_ram_ipa(husk_vm_config(vm), i);
        vm->ram[i].size_bytes = region->size_bytes;
    }
}

static void build_cpus(struct husk_vm *vm)
{
    vm->psci.vcpu_count = husk_product_vcpu_count(husk_vm_config(vm));
    vm->psci.ram = vm->ram;
    vm->psci.ram_count = husk_vm_config(vm)->ram.count;
    if (husk_parts.entropy != NULL) {
        husk_parts.entropy->offer(&vm->psci);
    }
    for (unsigned i = 0; i < husk_vm_vcpus(vm); i++) {
        vm->vcpus[i].vm = vm;
        vm->vcpus[i].index = i;
        vm->psci.mpidr[i] = i;
    }
}

void husk_vm_create(unsigned index)
{
    struct husk_vm *const vm = husk_heap_take(sizeof(*vm));
    struct husk_product_error error;

    __builtin_memset(vm, 0, offsetof(struct husk_vm, vgic)); /* husk_machine_reset() does that */
    husk_vms[index] = vm;
    vm->index = index;
    /* husk_product_check() has seen it. */
    husk_must(husk_vm_layout(husk_vm_config(vm), &vm->layout, &error));
    if (husk_parts.images == NULL && !husk_vm_in_place(vm)) {
        husk_boot_refuse("an image is copied, say COPY in husk_add_image(): vm",
                         husk_vm_config(vm)->name);
    }
    if (vm->layout.dtb_bytes != 0) {
        HUSK_ASSERT(husk_parts.load_tree != NULL);
        vm->tree = husk_heap_take(vm->layout.dtb_bytes);
    }
    list_ram(vm);
    build_cpus(vm);
    build_stage2(vm);
}
