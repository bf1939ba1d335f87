// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_PARTS_H
#define HUSK_PARTS_H

/** @file
 * What of hv one image links beyond what every image has. husk_add_image() writes the one instance:
 * a part no guest of the product needs is NULL, and not in the image. husk_smp and the GICs'
 * drivers are those of the machine that the image links (husk_add_image(... DIRECT), hv/README.md).
 */

#include <husk/psci.h>
#include <husk/vgic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct husk_board;
struct husk_fdt_guest;
struct husk_gic_driver;
struct husk_vgic_op;
struct husk_vcpu;
struct husk_vm;

/** More than one CPU or VM (husk_add_image(... SMP)). */
struct husk_smp {
    /** Brings up the CPUs that VMs have, starts all VMs, and serves this CPU's. `dtb`: the board's
     * tree, readable, and read before. */
    void (*run)(const void *dtb) __attribute__((noreturn));
    /** Has the vCPUs of `vm` in `mask` look at their vgic. */
    void (*kick)(struct husk_vm *vm, uint32_t mask);
    /** husk_vgic_reach, for VMs of several vCPUs. */
    husk_vgic_reach_fn *reach;
    /** Repeats an access to the virtual GIC that needs other CPUs to do their part first. */
    void (*finish_access)(struct husk_vgic_locked v, struct husk_vcpu *vcpu,
                          struct husk_vgic_op *op);
    /** Does this CPU's part in such accesses of others. */
    void (*serve)(struct husk_vgic_locked v, struct husk_vcpu *vcpu);
    /** A kick has arrived on this CPU, whose guest was interrupted. */
    void (*kicked)(struct husk_vcpu *vcpu);
    /** CPU_ON: has another CPU run `vcpu`. */
    void (*start)(struct husk_vcpu *vcpu, uint64_t entry, uint64_t context_id);
    /** HUSK_PSCI_STOP by the calling vCPU; or HUSK_PSCI_SYSTEM_OFF or _RESET: all of its VM stop,
     * then it is done. */
    void (*stop)(struct husk_vcpu *vcpu, enum husk_psci_do what) __attribute__((noreturn));
    /** husk_mux_next: the console of several VMs. */
    bool (*next_out)(struct husk_vm *vm, uint8_t *c, unsigned sent);
    /** husk_mux_tell: the same, for what Husk says of one. */
    void (*tell)(struct husk_vm *vm, const char *what, const char *why);
    /** A panic: no other CPU goes on. */
    void (*stop_all)(void);
};

/** Workarounds of a firmware at EL3, for guests that have code they do not trust. */
struct husk_firmware {
    /** A VM with this `psci` is built: it is offered what the firmware says of
     * SMCCC_ARCH_WORKAROUND_1, _2 and _3; nothing where that is too old to know, or the board,
     * whose tree is `dtb`, has none that answers SMCs. The board's CPUs are all of one kind: one
     * answers for all. */
    void (*offer)(const void *dtb, struct husk_psci *psci);
    /** Has it apply one that was offered as 0, on this CPU. */
    void (*work_around)(uint32_t function, uint32_t x1);
    /** A vCPU of a VM with this `psci` is about to run its first instruction here: what an earlier
     * one has switched off is on again. */
    void (*enter)(const struct husk_psci *psci);
};

/** Images that are not simply mapped in place: kernels, and what is copied at each start. */
struct husk_images {
    /** Headers of kernels can be read from now on, or no longer. */
    void (*open_headers)(bool open);
    /** Copies a VM's images to their places in its RAM. */
    void (*load)(struct husk_vm *vm);
};

/** DMA channels of the board's that VMs drive themselves, each transfer checked. With husk_smp. */
struct husk_checked_dma {
    /** At boot, before any VM is built: takes memory, turns the channels on. Refuses to boot where
     * the board, whose tree is `dtb`, can't do what the product says. */
    void (*init)(const void *dtb, const struct husk_board *board);
    /** A VM is about to be loaded, on the CPU of its first vCPU: its channels are as after reset.
     */
    void (*start)(struct husk_vm *vm);
    /** It has ended: nothing of it is under way any more. */
    void (*stop)(struct husk_vm *vm);
    /** A valid access to a page that is not mapped; `iss`: ESR_EL2.ISS of the data abort. False: it
     * is not the engine's. */
    bool (*access)(struct husk_vcpu *vcpu, uint32_t iss, uint64_t ipa);
    /** An SPI of the board's that is no passed-through device's; deactivated afterwards. */
    void (*irq)(unsigned intid);
    /** What a kernel's tree says of it. */
    void (*describe)(const struct husk_vm *vm, struct husk_fdt_guest *guest);
};

/** Devices that VMs drive themselves, where one is a bus master, or in a kernel's tree. */
struct husk_devices {
    /** At boot, before any VM is built: with a wall (husk_vm_config), all memory that Husk takes
     * from now on lies outside, and where Husk itself does not, it starts once more from there.
     * Refuses to boot where the board, whose tree is `dtb`, can't do what the product says. */
    void (*init)(const void *dtb, const struct husk_board *board);
    /** What a kernel's tree says of them. */
    void (*describe)(const struct husk_vm *vm, struct husk_fdt_guest *guest);
};

/** Randomness for guests. */
struct husk_entropy {
    /** Takes what the boot loader left in the board's tree. Once, before anything is taken. */
    void (*seed)(const void *dtb);
    /** A VM with this `psci` is built: TRNG calls are answered where the CPU has a generator. */
    void (*offer)(struct husk_psci *psci);
    /** Fills the registers of a call that is to be answered by HUSK_PSCI_RANDOM. */
    void (*answer)(const struct husk_psci_action *action, uint64_t *regs);
};

struct husk_parts {
    /** husk_images, where a guest is a kernel or is copied (husk_add_image(... COPY)). */
    const struct husk_images *images;
    /** husk_tree_load (and through it libfdt), where a guest is started with a device tree. */
    uint64_t (*load_tree)(struct husk_vm *vm);
    /** husk_entropy, where a guest is given randomness. */
    const struct husk_entropy *entropy;
    /** husk_smp, where the product has more than one CPU. */
    const struct husk_smp *smp;
    /** husk_firmware, where a guest is a kernel. */
    const struct husk_firmware *firmware;
    /** husk_checked_dma, where a guest has DMA channels (husk_add_image(... DMA)). */
    const struct husk_checked_dma *dma;
    /** husk_devices, where a VM has such (husk_add_image(... DEVICES)). */
    const struct husk_devices *devices;
    /** The interrupt controllers the image drives: husk_gic_v2, husk_gic_v3 or both; NULL beyond.
     * The board must have one of them (husk_add_image(... GIC)). */
    const struct husk_gic_driver *gic[2];
};

extern const struct husk_parts husk_parts;

uint64_t husk_tree_load(struct husk_vm *vm);
extern const struct husk_entropy husk_entropy;
extern const struct husk_smp husk_smp;
extern const struct husk_images husk_images;
extern const struct husk_firmware husk_firmware;
extern const struct husk_checked_dma husk_checked_dma;
extern const struct husk_devices husk_devices;
extern const struct husk_gic_driver husk_gic_v2, husk_gic_v3;

#endif
