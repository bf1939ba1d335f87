// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_PRODUCT_H
#define HUSK_PRODUCT_H

/** @file
 * A product as data, and its check. Pure: the same file is compiled for the board and for the host.
 *
 * Zero means the documented default everywhere. One `const struct husk_product husk_product` per
 * image, in apps/<name>/config.c.
 */

#include <husk/base.h>

/** pCPUs first..last, both included, as a mask. */
#define HUSK_CPUS(first, last) HUSK_BITS((last), (first))

enum {
    HUSK_PRODUCT_VM_MAX = 8,
    HUSK_PRODUCT_CPU_MAX = 8,
    HUSK_PRODUCT_RAM_MAX = 8,     /**< RAM regions of one VM */
    HUSK_PRODUCT_DEVICE_MAX = 32, /**< devices of one VM */
    HUSK_PRODUCT_INTIDS_DEFAULT = 288,
    HUSK_PRODUCT_TREE_BYTES = 0x10000, /**< what a guest's device tree has room for */
};

/** Where a guest's machine lies: QEMU virt's map, on every board. */
#define HUSK_GUEST_GICD       UINT64_C(0x08000000)
#define HUSK_GUEST_GICC       UINT64_C(0x08010000)
#define HUSK_GUEST_GICR       UINT64_C(0x080a0000)
#define HUSK_GUEST_UART       UINT64_C(0x09000000)
#define HUSK_GUEST_UART_INTID 33
#define HUSK_GUEST_VIRTIO     UINT64_C(0x0a000000)
#define HUSK_GUEST_RAM        UINT64_C(0x40000000)

/** A file embedded in the image, in a slot of whole 2 MiB that holds nothing else.
 * husk_add_unikernel() and husk_add_kernel() define them. */
struct husk_blob {
    const void *data;     /**< first byte of the file; NULL on the host */
    uint64_t size_bytes;  /**< of the file; 0: not known here (a unikernel, on the host) */
    uint64_t slot_offset; /**< of `data` in its slot, below 2 MiB (raw binaries) */
};

/** What a guest's SYSTEM_RESET does. */
enum husk_reset {
    HUSK_RESET_DEFAULT, /**< BOARD for a product of one VM, VM otherwise */
    HUSK_RESET_BOARD,   /**< resets the board; the guest runs in place, its image is never copied */
    HUSK_RESET_VM, /**< restarts the VM; its image stays as it is and is copied at each start */
};

/** What becomes of a VM that ended otherwise than by a reset. All that ends a VM, whether called by
 * HVC or SMC: SYSTEM_OFF, and CPU_OFF of the last of its CPUs that is on (this); SYSTEM_RESET and
 * SYSTEM_RESET2 (`on_reset`). Whatever else a guest does has an architected answer, with which it
 * runs on. Of calls by several of its CPUs at once the first is obeyed. */
enum husk_end {
    HUSK_END_DEFAULT, /**< STOP */
    HUSK_END_STOP,    /**< stays dead; the board is powered off when that is true of all its VMs (a
                           product of one VM: not for CPU_OFF, it shows that on the console) */
    HUSK_END_RESTART, /**< starts again, as by SYSTEM_RESET; needs HUSK_RESET_VM */
};

/** Which interrupt controller the VMs get. */
enum husk_gic {
    HUSK_GIC_AUTO, /**< what the board has, found at boot */
    HUSK_GIC_V2,
    HUSK_GIC_V3,
    /** No virtual one: the one VM has the board's own, and its serial port, where the board has
     * them, with the board's INTIDs. Its timers, SGIs and devices interrupt it without EL2; a
     * unikernel gets a device tree too. vCPU n is on pCPU n. EL2 takes no interrupt, so what needs
     * one is refused: other VMs, HUSK_RESET_VM, HUSK_END_RESTART. Goes with DIRECT of
     * husk_add_image(). */
    HUSK_GIC_DIRECT,
};

/** One piece of a VM's RAM. */
struct husk_ram_region {
    struct husk_ipa ipa; /**< 2 MiB aligned; {0}: HUSK_GUEST_RAM for the first, else an error */
    struct husk_pa pa;   /**< 2 MiB aligned; {0}: the boot allocator chooses */
    uint64_t size_bytes; /**< non-zero multiple of 2 MiB */
};

/** One device passed through to a VM, at IPA = PA. */
struct husk_device {
    const char *name;
    struct husk_pa pa;   /**< 4 KiB aligned */
    uint64_t size_bytes; /**< non-zero multiple of 4 KiB */
    /** Its physical SPIs, same numbers in the guest. With HUSK_GIC_DIRECT none: all are its. */
    const uint16_t *intids;
    size_t intid_count;
    const char *compatible; /**< of its node in a kernel's device tree; NULL: it has none there */
    const struct husk_property *properties; /**< more of that node's; with HUSK_GIC_DIRECT, which
                                                 lists no intids, "interrupts" too */
    size_t property_count;
    /** A bus master's: the bus it is on, by the name that bus's node has in the root of the board's
     * device tree ("soc"). The master reaches all that the node's dma-ranges say, unchecked: see
     * husk_vm_config.wall. The first of the VM's ram[].pa that lies in there is its own, and what a
     * kernel's tree says it reaches. NULL: it is no bus master. */
    const char *bus;
};

/** What one bus master reaches: physical addresses [pa, pa + size_bytes), which it calls [bus, bus
 * + size_bytes). */
struct husk_bus_window {
    struct husk_pa pa;
    struct husk_bus bus;
    uint64_t size_bytes;
};

/** Channels of the board's DMA engine (BCM2711, legacy channels) that a VM drives with a driver of
 * its own. Each transfer is checked: it stays in the VM's RAM below 4 GiB, as IPAs, and in those of
 * its `devices` that the engine reaches. The engine's page and interrupts are where the board has
 * them. Needs husk_add_image(... DMA). */
struct husk_dma_config {
    uint32_t channels;   /**< bit n: channel n, 0..10; 7 and 8 go together, and 9 and 10 */
    uint32_t dreqs;      /**< bit n: it may wait for DREQ line n (TI.PERMAP); 0 is everybody's */
    struct husk_pa pool; /**< slots for memory out of the engine's reach, 4 KiB aligned; {0}: the
                              boot allocator chooses */
    uint64_t pool_bytes; /**< multiple of 4 KiB, 4 KiB for each channel at least; 0: 64 KiB */
    const struct husk_bus_window *window; /**< NULL: as the board's device tree says */
};

struct husk_ram_list {
    const struct husk_ram_region *items;
    size_t count;
};

struct husk_device_list {
    const struct husk_device *items;
    size_t count;
};

/** One VM. Exactly one of `unikernel`, `kernel`, `raw` is set. */
struct husk_vm_config {
    const char *name;
    uint64_t cpu_mask; /**< pCPUs; one pinned vCPU each. HUSK_CPUS() */
    struct husk_ram_list ram;
    const struct husk_blob *unikernel; /**< linked at HUSK_GUEST_RAM */
    const struct husk_blob *kernel;    /**< an arm64 Image */
    const struct husk_blob *raw;       /**< a raw binary, entered at its first byte */
    uint64_t raw_offset;               /**< of the raw binary in RAM; 0: 0x80000 */
    const struct husk_blob *initrd;    /**< kernel only */
    const char *command_line;          /**< kernel only; NULL: none */
    struct husk_device_list devices;
    const struct husk_dma_config *dma; /**< NULL: no DMA channel */
    /** 0: 288; else a multiple of 32, 64..992. With HUSK_GIC_DIRECT 0: the board's. */
    uint16_t intid_count;
    enum husk_reset on_reset;
    enum husk_end on_end;
    /** Of a VM with bus masters (husk_device.bus): all memory of Husk's and of other VMs' lies
     * where they do not reach. Husk moves there at boot, by itself. */
    bool wall;
    /** Of a VM with bus masters: they may be let write what is not the VM's. Without a wall that is
     * all memory they reach; with one, what the board's firmware keeps there and nobody can move.
     */
    bool trusted;
};

struct husk_vm_list {
    const struct husk_vm_config *items;
    size_t count;
};

/** The product. */
struct husk_product {
    const char *name;
    struct husk_vm_list vms;
    enum husk_gic gic;
    bool no_boot_marks; /**< true: no character per boot stage on the UART */
};

/** A DMA engine of which VMs can be given channels. */
struct husk_board_dma {
    struct husk_bus_window window; /**< size 0: the board's device tree has none */
    uint32_t channels;             /**< that the firmware does not use, a bit each */
    uint16_t intid;                /**< its first interrupt */
    uint16_t intid_count;
};

/** A bus that masters are on, and what they reach. */
struct husk_board_bus {
    const char *name; /**< of its node in the root of the board's device tree */
    struct husk_bus_window window;
};

/** A device of the board's that is a bus master. */
struct husk_board_master {
    struct husk_range regs;
    const char *bus; /**< that it is on */
};

/** What is known of the board: all of it at boot, the platform's constants on the host. */
struct husk_board {
    const char *name;
    unsigned cpu_count;           /**< pCPUs 0..cpu_count-1; 0: not known yet */
    const struct husk_range *ram; /**< RAM a VM may be given; count 0: not known yet */
    size_t ram_count;
    /** Husk itself without the slots of blobs that run in place, boot DTB, carve-outs, the board's
     * GIC and UART. */
    const struct husk_range *reserved;
    size_t reserved_count;
    size_t firmware_count; /**< the first of them are memory that the board's firmware uses */
    enum husk_gic gic;     /**< HUSK_GIC_AUTO: not known yet */
    unsigned lr_count;     /**< list registers; 0: not known yet */
    unsigned intid_count;  /**< INTIDs of the board's distributor; 0: not known yet */
    const struct husk_board_dma *dma;   /**< NULL: there is none */
    const struct husk_board_bus *buses; /**< those that masters of VMs can be on */
    size_t bus_count;
    const struct husk_board_master *masters; /**< none is given away as if it were no master; not
                                                   looked at again at boot */
    size_t master_count;
};

/** What husk_product_check() found first. Strings are constants or the product's own. */
struct husk_product_error {
    const char *vm;    /**< NULL: the product itself */
    const char *field; /**< as in config.c; "ram[].pa": `index` goes between the brackets */
    size_t index;      /**< of the list element; 0 where the field has no brackets */
    const char *what;  /**< what is wrong and what would be right, one line, no full stop */
    const char *other; /**< the other VM or resource in a conflict; NULL: none */
    uint64_t value;    /**< the offending value; 0: not worth showing */
    uint64_t limit;    /**< the limit it breaks; 0: none */
};

/** A check of a product against a board. Pure.
 * @return HUSK_OK; HUSK_EINVAL, HUSK_EOVERLAP or HUSK_ERANGE, with `*error` filled in. */
typedef enum husk_err husk_product_check_fn(const struct husk_product *product,
                                            const struct husk_board *board,
                                            struct husk_product_error *error);

/** Checks a product against a board, all that can be known before it runs: names, VM and vCPU
 * counts, pCPUs (none shared), RAM (zero sizes, alignment, overlap between VMs, with reserved
 * ranges, with the guest's devices, outside the board), images that don't fit, devices and INTIDs
 * in two VMs, DMA channels and pools, what bus masters reach, intid_count, on_reset, on_end, what
 * can't go with HUSK_GIC_DIRECT. Fails closed. Pure. husk_add_image() runs it on the machine that
 * builds: no image comes of a product that fails.
 * @return HUSK_OK; HUSK_EINVAL, HUSK_EOVERLAP or HUSK_ERANGE, with `*error` filled in.
 */
husk_product_check_fn husk_product_check;

/** The part of husk_product_check() that depends on `board`: runs at boot, when it is known, on a
 * product that has passed the whole check. Pure. @return as husk_product_check(). */
husk_product_check_fn husk_product_check_board;

/** The same for what depends on `board->dma`, where a VM has DMA channels. Pure. @return as
 * husk_product_check(). */
husk_product_check_fn husk_product_check_dma;

/** The same for what depends on `board->buses`, where a VM has a bus master. Pure. @return as
 * husk_product_check(). */
husk_product_check_fn husk_product_check_bus;

/** What the masters on a bus reach. @return NULL: the board has no such bus. Pure. */
const struct husk_bus_window *husk_product_bus_window(const struct husk_board *board,
                                                      const char *bus);

/** The first of a VM's ram[].pa that lies in the window, for a bus master: its index, ram.count if
 * there is none. Pure. */
size_t husk_product_bank(const struct husk_vm_config *vm, const struct husk_bus_window *window);

/** `dma->pool_bytes` with the default resolved. Pure. */
uint64_t husk_product_dma_pool_bytes(const struct husk_dma_config *dma);

/** Puts `error` as one line without its end, "vm 'x', field ram[1].pa = 0x...: what ('other', limit
 * 0x...)". */
void husk_product_error_text(const struct husk_product_error *error, husk_put_fn *put);

/** Where a VM finds its RAM region `index`: `ipa`, or what stands for it where it is left out. */
static inline uint64_t husk_product_ram_ipa(const struct husk_vm_config *vm, size_t index)
{
    const uint64_t ipa = vm->ram.items[index].ipa.value;

    return ipa == 0 && index == 0 ? HUSK_GUEST_RAM : ipa;
}

/** `vm->on_reset` with the default resolved for `product`. Pure. */
enum husk_reset husk_product_on_reset(const struct husk_product *product,
                                      const struct husk_vm_config *vm);

/** Number of vCPUs of a VM: bits in cpu_mask. Pure. */
unsigned husk_product_vcpu_count(const struct husk_vm_config *vm);

/* ---- where things lie in a VM's RAM ---- */

/** Facts in the 64-byte header of an arm64 Image (Linux Documentation/arch/arm64/booting.rst). */
struct husk_image_header {
    uint64_t text_offset;
    uint64_t image_size_bytes; /**< memory it needs from its start, BSS included */
    uint64_t flags;
};

/** Reads the header. @return HUSK_OK; HUSK_EINVAL: not an arm64 Image (magic), big-endian, or
 * image_size smaller than the file. Pure. */
enum husk_err husk_image_header_read(const void *data, uint64_t size_bytes,
                                     struct husk_image_header *header);

/** The layout of one VM's first RAM region: what is put where, as offsets from its base. */
struct husk_vm_layout {
    uint64_t image_offset;  /**< and first instruction: unikernel 0; kernel text_offset, 2 MiB
                                 granular; raw raw_offset */
    uint64_t initrd_offset; /**< 2 MiB aligned; 0 bytes: none */
    uint64_t initrd_bytes;
    uint64_t dtb_offset; /**< 2 MiB aligned above the kernel and initrd; raw: 0 */
    uint64_t dtb_bytes;  /**< HUSK_PRODUCT_TREE_BYTES; 0: a unikernel, to which hv gives its last
                            bytes of ram[0] if it is to have a tree */
};

/** Lays out a VM. Slots of blobs are whole 2 MiB, so that each can be mapped in place.
 * @return HUSK_OK; HUSK_EINVAL (not an Image; no or two images); HUSK_ERANGE (does not fit in
 * ram[0]), with `*error` filled in. Pure. Blobs without data (host) count with their size_bytes. */
enum husk_err husk_vm_layout(const struct husk_vm_config *vm, struct husk_vm_layout *layout,
                             struct husk_product_error *error);

#endif
