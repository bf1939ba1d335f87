// SPDX-License-Identifier: Apache-2.0
// Devices that VMs drive themselves: what bus masters among them reach, walls around that
// (DESIGN 8.1), and what kernels' trees say of them.
#include "window.h"
#include <husk/fdt_build.h>

enum {
    BUS_MAX = 8,
    COPY_BYTES = 0x200000, /* of an image that moves: as much as is mapped at once */
    RELR_BITS = 63,
};

static struct husk_board_bus buses[BUS_MAX];
static size_t bus_count;

/* By VM. */
static struct {
    struct husk_fdt_device *items;
    size_t count;
} described[HUSK_PRODUCT_VM_MAX];

/* ---- what masters reach ---- */

static void read_bus(const void *dtb, struct husk_board *board, const char *name)
{
    struct husk_board_bus *const bus = &buses[bus_count];
    struct husk_bus_window *const window = &bus->window;

    if (husk_product_bus_window(board, name) == NULL && bus_count < BUS_MAX &&
        husk_fdt_dma_window(dtb, HUSK_TREE_MAX_BYTES, name, &window->pa, &window->bus,
                            &window->size_bytes) == HUSK_OK) {
        bus->name = name;
        board->bus_count = ++bus_count;
    }
}

/* Those that the product names, as far as the board's tree says what they are. */
static void read_buses(const void *dtb, struct husk_board *board)
{
    board->buses = buses;
    for (size_t v = 0; v < husk_product.vms.count; v++) {
        const struct husk_device_list *const devices = &husk_product.vms.items[v].devices;

        for (size_t i = 0; i < devices->count; i++) {
            if (devices->items[i].bus != NULL) {
                read_bus(dtb, board, devices->items[i].bus);
            }
        }
    }
}

/* ---- walls ---- */

/* From husk.ld. */
extern const char husk_ld_start[], husk_ld_data_end[], husk_ld_end[];
extern const uint64_t husk_ld_relr_start[], husk_ld_relr_end[];

/* In move.S: clears what Husk has written here, and starts the image at `entry` as a loader does.
 */
_Noreturn void husk_move_to(const void *dtb, uint64_t entry);

static void move_word(uint64_t word)
{
    *(uint64_t *)(uintptr_t)word -= (uint64_t)husk_ld_start;
}

/* What load.c added to each word that holds an address is taken off again: it will add the new
 * place. An even entry is a word's address as linked, at 0; an odd one a bitmap over those behind
 * it. No such word is ever written by anybody else. */
static void unrelocate(uint64_t copy)
{
    uint64_t next = 0;

    for (const uint64_t *entry = husk_ld_relr_start; entry < husk_ld_relr_end; entry++) {
        if ((*entry & 1) == 0) {
            move_word(copy + *entry);
            next = *entry + sizeof(uint64_t);
            continue;
        }
        for (unsigned i = 0; i < RELR_BITS; i++) {
            if ((*entry >> (i + 1) & 1) != 0) {
                move_word(copy + next + i * sizeof(uint64_t));
            }
        }
        next += RELR_BITS * sizeof(uint64_t);
    }
}

/* What was there is cleared: who may drive the masters may not be who may know it. */
static void move_piece(struct husk_pa old, struct husk_pa new, uint64_t size_bytes)
{
    const uint32_t attr = HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_W;
    void *const from = husk_window_open(old, size_bytes, attr);
    void *const to = husk_window_open(new, size_bytes, attr);

    __builtin_memcpy(to, from, size_bytes);
    __builtin_memset(from, 0, size_bytes);
    husk_cache_clean(to, size_bytes);
    husk_cache_clean(from, size_bytes);
    husk_window_close(old, size_bytes);
    husk_window_close(new, size_bytes);
}

/* Husk itself: as it was loaded, but for the memory that load.c clears. */
static void copy_husk(uint64_t to)
{
    const uint64_t bytes = (uint64_t)(husk_ld_data_end - husk_ld_start);
    void *const copy =
        husk_window_open((struct husk_pa){ to }, bytes, HUSK_MMU_NORMAL | HUSK_MMU_R | HUSK_MMU_W);

    __builtin_memcpy(copy, husk_ld_start, bytes);
    unrelocate(to);
    husk_cache_clean(copy, bytes);
    husk_window_close((struct husk_pa){ to }, bytes);
}

/* The guests' blobs, in whole 2 MiB behind all that is EL2's own: they are not mapped otherwise. */
static void move_guests(uint64_t to, uint64_t size_bytes)
{
    const uint64_t own_bytes = (uint64_t)(husk_ld_end - husk_ld_start);

    for (uint64_t at = husk_align_up(own_bytes, COPY_BYTES); at < size_bytes; at += COPY_BYTES) {
        const struct husk_pa old = { (uint64_t)husk_ld_start + at };
        const struct husk_pa new = { to + at };

        move_piece(old, new, COPY_BYTES);
    }
}

/* The board's tree, with the seed of what is random here; EL2 has it mapped already, to be read. */
static const void *move_tree(const void *dtb)
{
    const struct husk_pa old = { (uint64_t)dtb };
    const size_t bytes = husk_fdt_used_bytes(dtb);
    struct husk_pa new;

    if (husk_memory_take_some(bytes, HUSK_MMU_PAGE_BYTES, &new) < bytes) {
        husk_boot_refuse("no memory for the board's device tree behind a wall", "");
    }
    husk_window_close(old, bytes);
    move_piece(old, new, bytes);
    return (const void *)(uintptr_t)new.value;
}

/* Husk starts once more, from the beginning, where no wall's masters reach. */
_Noreturn static void move(const void *dtb, const char *vm)
{
    const struct husk_range old = husk_boot_image();
    struct husk_pa to;

    if (husk_memory_take_some(old.size_bytes, HUSK_MIB(2), &to) != old.size_bytes) {
        husk_boot_refuse("no memory for Husk that is out of reach of the bus masters of vm", vm);
    }
    husk_console_puts("\nhusk: moves out of reach of the bus masters of vm '");
    husk_console_puts(vm);
    husk_console_puts("', to ");
    husk_console_hex(to.value);
    husk_console_puts("\n");
    if (husk_parts.images != NULL) {
        husk_parts.images->open_headers(false);
    }
    copy_husk(to.value);
    move_guests(to.value, old.size_bytes);
    husk_move_to(move_tree(dtb), to.value);
}

/* What is taken from now on, for Husk and for any VM, lies out of reach. */
static void build_walls(const struct husk_board *board, const void *dtb)
{
    const struct husk_range tree = { (uint64_t)dtb, husk_fdt_used_bytes(dtb) };
    const char *inside = NULL;

    for (size_t v = 0; v < husk_product.vms.count; v++) {
        const struct husk_vm_config *const vm = &husk_product.vms.items[v];

        for (size_t i = 0; i < vm->devices.count && vm->wall; i++) {
            const struct husk_bus_window *window;
            struct husk_range reach;

            if (vm->devices.items[i].bus == NULL) {
                continue;
            }
            window = husk_product_bus_window(board, vm->devices.items[i].bus);
            reach = (struct husk_range){ window->pa.value, window->size_bytes };
            husk_memory_reserve(reach);
            if (husk_ranges_overlap(reach, husk_boot_image()) || husk_ranges_overlap(reach, tree)) {
                inside = vm->name;
            }
        }
    }
    if (inside != NULL) {
        move(dtb, inside);
    }
}

/* ---- kernels' trees ---- */

static struct husk_fdt_device node_of(const struct husk_board *board,
                                      const struct husk_vm_config *vm,
                                      const struct husk_device *device)
{
    struct husk_fdt_device node = {
        .name = device->name,
        .compatible = device->compatible,
        .regs = { device->pa.value, device->size_bytes },
        .intids = device->intids,
        .intid_count = device->intid_count,
        .properties = device->properties,
        .property_count = device->property_count,
    };

    if (device->bus != NULL) {
        const struct husk_bus_window *const window = husk_product_bus_window(board, device->bus);
        const size_t bank = husk_product_bank(vm, window);

        node.dma.base = husk_product_ram_ipa(vm, bank);
        node.dma.size_bytes = vm->ram.items[bank].size_bytes;
        node.dma_bus.value = window->bus.value + (vm->ram.items[bank].pa.value - window->pa.value);
    }
    return node;
}

static void note_nodes(const struct husk_board *board, size_t index)
{
    const struct husk_vm_config *const vm = &husk_product.vms.items[index];

    if (vm->devices.count == 0) {
        return;
    }
    described[index].items = husk_heap_take(vm->devices.count * sizeof(*described[index].items));
    for (size_t i = 0; i < vm->devices.count; i++) {
        const struct husk_device *const device = &vm->devices.items[i];

        if (device->compatible != NULL) {
            described[index].items[described[index].count++] = node_of(board, vm, device);
        }
    }
}

static void describe(const struct husk_vm *vm, struct husk_fdt_guest *guest)
{
    guest->devices = described[vm->index].items;
    guest->device_count = described[vm->index].count;
}

static void init(const void *dtb, const struct husk_board *found)
{
    struct husk_board board = *found;
    struct husk_product_error error;

    read_buses(dtb, &board);
    if (husk_product_check_bus(&husk_product, &board, &error) != HUSK_OK) {
        husk_boot_refuse_product(&error);
    }
    build_walls(&board, dtb);
    for (size_t i = 0; i < husk_product.vms.count; i++) {
        note_nodes(&board, i);
    }
}

const struct husk_devices husk_devices = {
    .init = init,
    .describe = describe,
};
