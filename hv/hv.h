// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_HV_H
#define HUSK_HV_H

/** @file
 * The ready-made hypervisor, from the inside: what its files share. Not installed.
 *
 * Life of an image: start.S -> boot.c (stage 1, board, check) -> vm.c (each VM's machine) ->
 * vectors.S (into the guest). Then only exits: vectors.S -> exit.c -> mmio.c, traps.c, vm.c.
 */

#include <husk/arch.h>
#include <husk/base.h>
#include <husk/fdt.h>
#include <husk/frame.h>
#include <husk/mmu.h>
#include <husk/parts.h>
#include <husk/product.h>
#include <husk/psci.h>
#include <husk/uart.h>
#include <husk/vgic.h>
#include <husk/vtimer.h>
#include <husk/vuart.h>

/** In a file that is compiled for speed: what no budget counts. */
#define MINSIZE __attribute__((noinline, minsize))

/** The product this image was built for. */
extern const struct husk_product husk_product;

/** One virtual CPU, pinned to one pCPU. */
struct husk_vcpu {
    struct husk_vm *vm;
    struct husk_frame *frame; /**< its registers during an exit: top of its pCPU's stack */
    unsigned index;
    struct husk_cpu *cpu;           /**< where it runs; set at boot */
    uint64_t entry;                 /**< of a start by another CPU: first instruction, */
    uint64_t context_id;            /**< its x0, */
    bool start;                     /**< and that it is due (atomic) */
    bool on;                        /**< it runs, and its virtual interface is in its CPU */
    struct husk_psci_action action; /**< what its last call asked for */
};

/** One VM. Allocated once at boot, never freed. */
struct husk_vm {
    struct husk_vm_layout layout;
    unsigned index;
    struct husk_range ram[HUSK_PRODUCT_RAM_MAX]; /**< IPA ranges */
    uint64_t counter_offset; /**< CNTVOFF_EL2 of all its vCPUs: its counter starts at 0 */
    void *tree;              /**< where its device tree is made; NULL: it gets none */
    struct husk_range gicr;  /**< where its vCPUs find husk_gic()->guest_frame */
    struct husk_mmu_pool pool;
    struct husk_mmu_s2 s2;
    struct husk_psci psci;
    struct husk_vuart uart;
    struct husk_vcpu vcpus[HUSK_VGIC_VCPU_MAX];
    unsigned running;               /**< vCPUs that are on, or about to be (atomic) */
    uint32_t request;               /**< enum husk_vm_request (atomic): smp.h */
    bool start;                     /**< its first vCPU is to start it (atomic) */
    struct husk_spinlock uart_lock; /**< of its UART; also held by who comes from outside, and by a
                                         start, so that neither meets the other half way */
    size_t line_bytes;              /**< of `line` */
    /* Last, as it is large: one instruction reaches what lies in the first 4 KiB, or 16 KiB. */
    struct husk_vgic vgic;
    struct husk_vgic_vcpu vgic_vcpus[HUSK_VGIC_VCPU_MAX];
    char line[120]; /**< of its output, not yet complete: mux.c */
};

/** What the product says of a VM. Of a product with one VM that is a constant, of which the
 * compiler leaves out what is not said. */
static inline const struct husk_vm_config *husk_vm_config(const struct husk_vm *vm)
{
    return &husk_product.vms.items[husk_product.vms.count == 1 ? 0 : vm->index];
}

/** Its number in its VM; without husk_smp there is one. */
static inline unsigned husk_vcpu_index(const struct husk_vcpu *vcpu)
{
    return husk_parts.smp == NULL ? 0 : vcpu->index;
}

/** How many a VM has. */
static inline unsigned husk_vm_vcpus(const struct husk_vm *vm)
{
    return husk_parts.smp == NULL ? 1 : vm->psci.vcpu_count;
}

/** One physical CPU; TPIDR_EL2 points to its own. */
struct husk_cpu {
    uint64_t stack_top;     /**< at HUSK_CPU_STACK_TOP, for smp_start.S */
    struct husk_vcpu *vcpu; /**< who runs here, NULL: nobody ever */
    unsigned index;
    uintptr_t redist; /**< RD_base of its GICv3 redistributor */
};

static inline struct husk_cpu *husk_cpu_self(void)
{
    const uintptr_t self = husk_read(tpidr_el2);

    return (struct husk_cpu *)self;
}

/** For calls that can't fail where they stand: what they need was checked or reserved before. A
 * panic otherwise, with the caller in x30. */
void husk_must(enum husk_err err);

/* ---- boot.c ---- */

/** Called by start.S with the MMU off, `dtb` as the loader gave it, and CurrentEL; ends in the
 * first guest. */
_Noreturn void husk_boot(uint64_t dtb, uint64_t current_el);
/** Stops before any guest ran, with one line: "husk: <what> <detail>". */
_Noreturn void husk_boot_refuse(const char *what, const char *detail);
/** The same, as the product's check has found it wrong for this board. */
_Noreturn void husk_boot_refuse_product(const struct husk_product_error *error);
/** Where the image lies, with its guests; the size is the one in its own header. */
struct husk_range husk_boot_image(void);

/** What the board's device tree may have at most. arm64 boot protocol, Linux'
 * Documentation/arch/arm64/booting.rst. */
enum {
    HUSK_TREE_MAX_BYTES = 0x200000,
};

/* ---- memory.c: physical memory and EL2's view of it ---- */

extern struct husk_mmu_s1 husk_el2_s1;

/** Takes over the board's RAM, less each of the ranges given by husk_memory_reserve(). */
void husk_memory_init(const struct husk_range *ram, size_t count);
/** Takes a range out of what may be allocated; parts that are no RAM are ignored. */
void husk_memory_reserve(struct husk_range range);
/** Takes `size_bytes` at a multiple of `align`, lowest first; where no piece is large enough, the
 * largest of whole `align` units. @return how much. */
uint64_t husk_memory_take_some(uint64_t size_bytes, uint64_t align, struct husk_pa *pa);
/** Memory for EL2 itself, 4 KiB aligned and mapped; refuses to boot when there is none. */
void *husk_heap_take(size_t size_bytes);

/* ---- console.c: the board's serial port, for Husk's own words ---- */

/** The port in use: of husk_boot(), before the MMU is on. From there on husk_console_puts()
 * works. */
extern const struct husk_uart *husk_console;
void husk_console_put(char c);
void husk_console_puts(const char *text);
/** One line: "husk: ", and these. */
void husk_console_say(const char *a, const char *b, const char *c, const char *d);
void husk_console_hex(uint64_t value);
void husk_console_dec(uint64_t value);
/** "husk: " text, one line, when the image was built with HUSK_BOOT_LOG. */
static inline void husk_boot_log(const char *text)
{
    if (HUSK_BOOT_LOG) {
        husk_console_puts("husk: ");
        husk_console_puts(text);
        husk_console_puts("\n");
    }
}

/* ---- pump.c: the port, shared with VMs ---- */

/** Of what is on its way to the port. */
extern struct husk_spinlock husk_console_lock;

/** Moves characters between the board's UART and a VM's, as far as both have room. */
void husk_console_pump(struct husk_vm *vm);

/* ---- gic_v2.c, gic_v3.c: the board's interrupt controller; direct_v2.c, direct_v3.c: left to the
 * guest, which has frames[0] and what it needs of frames[1]; init() and cpu_init() leave all of it,
 * or this CPU's part, off; nothing is taken from it ---- */

struct husk_access;

enum {
    HUSK_GIC_KICK = 0, /**< SGI: look at what changed */
    HUSK_GIC_SENT = 1, /**< SGI: a vCPU has sent one to this CPU's */
};

/** What happens to the guest after a handler: one function does it. */
enum husk_exit_action {
    HUSK_EXIT_SKIP,  /**< past the instruction */
    HUSK_EXIT_UNDEF, /**< undefined instruction exception at EL1 */
    HUSK_EXIT_ABORT, /**< synchronous external abort at EL1 */
};

/** Answers an exception of the guest on this CPU; `iss`: ESR_EL2.ISS. What else describes it is in
 * its registers still. */
typedef enum husk_exit_action husk_exit_fn(struct husk_vcpu *vcpu, uint32_t iss);

/** One version of the physical GIC, and of the virtual one that goes with it. An image drives those
 * that husk_parts.gic names. */
struct husk_gic_driver {
    enum husk_gic version; /**< HUSK_GIC_V2 or _V3 */
    /** What of it EL2 reaches, ends with size 0. Nothing of it is a guest's. */
    const struct husk_range *frames;
    /** The guest's machine: trapped bytes of its distributor, and for each vCPU of its
     * redistributors; what is trapped beside the distributor. */
    uint32_t guest_gicd_bytes;
    uint32_t guest_gicr_bytes;
    enum husk_vgic_frame guest_frame;
    /** The two pages of GICV, of which a guest finds the first at HUSK_GUEST_GICC and Husk behind
     * it, as GICV_DIR is to trap; size 0: it has none. */
    struct husk_range gicv;

    /** Finds the board's CPUs: husk_gic_cpu_count and the like, the end of `frames`; with the MMU
     * off. */
    void (*find_cpus)(void);
    /** Turns the distributor on. @return HUSK_OK; HUSK_ETIMEDOUT. */
    enum husk_err (*init)(void);
    /** Turns this CPU's part on, for EL2. @return HUSK_OK; HUSK_ETIMEDOUT; HUSK_ENOENT. */
    enum husk_err (*cpu_init)(struct husk_cpu *self);
    unsigned (*intid_count)(void);
    /** Fills in what the hardware gives: ops, gich_base, gicc_base, lr_count, pri_bits. */
    void (*vgic_config)(struct husk_vgic_config *config);
    /** Has the board's CPU `index` look at what was written before: by the software generated
     * interrupt `sgi`, or by an event. */
    void (*signal)(unsigned index, unsigned sgi);
    /** Enables an SPI, level sensitive, to this CPU; or a PPI of this CPU. */
    void (*enable)(unsigned intid);
    /** Acknowledges the pending interrupt, drops its priority, and has it seen to by
     * husk_irq_take(); nothing if there is none. */
    void (*irq)(void);
    /** Deactivates an interrupt that irq() has taken, when no guest will. */
    void (*deactivate)(unsigned intid);
    /** Deactivates an interrupt whatever its state, for a VM's reset. */
    void (*quiesce)(unsigned intid);
    /** Answers a guest's write of ICC_SGI1R_EL1, or of GICD_SGIR with 4 bytes. */
    husk_exit_fn *send;
    /** For a guest that has the GIC itself: its access to a frame that is not mapped, a load into
     * `*value`; NULL: there is none. @return false: there is nothing. */
    bool (*access)(const struct husk_vm *vm, const struct husk_access *access, uint64_t *value);
};

/** The board's CPUs, and the affinity of each, as in MPIDR_EL1. Set by husk_boot(). */
extern unsigned husk_gic_cpu_count;
extern uint64_t husk_gic_cpu_affinity[];

/** Of the two that an image may drive the one this board has. Set by husk_boot(). */
extern const struct husk_gic_driver *husk_gic_found;
/** The board's. An image that drives one kind only never got further on a board with the other:
 * that it is a constant lets the compiler leave out what the driver has not. */
static inline const struct husk_gic_driver *husk_gic(void)
{
    return husk_parts.gic[1] == NULL ? husk_parts.gic[0] : husk_gic_found;
}

/* ---- traps.c: the trap table ---- */

/** Loads every trap control of EL2 on this CPU. */
void husk_traps_load(void);
/** Reads this board's ID registers once and works out what guests see. */
void husk_traps_init(bool gicv3);
/** Answers a trapped MSR, MRS or system instruction that is no matter of the machine's. */
husk_exit_fn husk_traps_sysreg;

/* ---- exit.c ---- */

/** `esr`: ESR_EL2. The guest's registers are in the frame of its vCPU. */
void husk_exit(uint64_t esr);
void husk_exit_serror(void);
/** First instruction of a vCPU (ELR_EL2, SPSR_EL2): x0 as given, all other registers 0. */
_Noreturn void husk_guest_enter(uint64_t x0, uint64_t stack_top);

/* ---- irq.c, or direct.c: interrupts ---- */

/** Takes and answers one interrupt of this CPU. */
void husk_exit_irq(void);
/** Answers one that this CPU has acknowledged, for whoever it is. */
void husk_irq_any(unsigned intid);
/** The same, the quick way first. Of PPIs only the timers' are HW-linked: no other is repeated.
 * @return whether it is over: the driver deactivates it. */
__attribute__((always_inline)) static inline bool
husk_irq_take(unsigned intid, husk_vgic_repeat_fn *repeat, husk_vgic_take_fn *take)
{
    const struct husk_vcpu *const vcpu = husk_cpu_self()->vcpu;

    if (intid - HUSK_VGIC_INTID_SGI_COUNT < HUSK_VGIC_INTID_PRIVATE - HUSK_VGIC_INTID_SGI_COUNT &&
        vcpu != NULL) {
        intid = repeat(intid, &vcpu->vm->vgic, husk_vcpu_index(vcpu));
    } else if (intid == HUSK_GIC_SENT && husk_parts.smp != NULL && vcpu != NULL &&
               take(&vcpu->vm->vgic, husk_vcpu_index(vcpu))) {
        return true;
    }
    if (intid != HUSK_VGIC_INTID_NONE) {
        husk_irq_any(intid);
    }
    return false;
}
/** Answers a trapped access to a system register; the same the long way. */
husk_exit_fn husk_exit_sysreg, husk_exit_sysreg_any;

/* ---- inject.c: exceptions at EL1 ---- */

/** Takes the vCPU to its EL1 vector for an undefined instruction. */
void husk_inject_undef(void);
/** Takes it there for a synchronous external abort, data or instruction as the exit was. */
void husk_inject_abort(void);

/* ---- mmio.c: emulated devices, or direct.c ---- */

/** Answers an access to what stage 2 does not map. */
husk_exit_fn husk_mmio_exit;
/** The same the long way, for a syndrome that is valid; the IPA is aligned to the size. */
enum husk_exit_action husk_mmio_any(struct husk_vcpu *vcpu, uint32_t iss, uint64_t ipa);

/** Does an access to the virtual GIC, and what it brings about; gives the lock back. */
void husk_mmio_finish(struct husk_vgic_locked v, struct husk_vcpu *vcpu, struct husk_vgic_op *op);

/* ---- vm_create.c ---- */

/** Builds VM `index` of the product, which has been checked: memory, stage 2, firmware. Refuses to
 * boot where the board's memory does not suffice. */
void husk_vm_create(unsigned index);
/** What it starts: its unikernel, kernel or raw image. */
const struct husk_blob *husk_vm_image(const struct husk_vm *vm);
/** Its blobs are part of its RAM. Without husk_images there is no other VM. */
bool husk_vm_in_place(const struct husk_vm *vm);
/** Maps a frame of the board's into a VM that is being built. */
void husk_vm_map_device(struct husk_vm *vm, uint64_t ipa, struct husk_range frame);

/* ---- given.c: what of the board a VM has by its address ---- */

/** Takes all VMs' RAM of that kind out of what may be allocated, before any VM is built. */
void husk_given_reserve(void);
/** Pages of tables that husk_given_map() takes at most. */
size_t husk_given_tables(const struct husk_vm *vm);
/** Maps the VM's own devices. */
void husk_given_map(struct husk_vm *vm);

/* ---- machine.c, or direct.c: the devices of a guest's machine ---- */

/** Pages of tables that husk_machine_create() takes at most. */
size_t husk_machine_tables(const struct husk_vm *vm);
/** Maps what of its devices the guest reaches without EL2; once, at boot. */
void husk_machine_create(struct husk_vm *vm);
/** The devices' part of its device tree. */
void husk_machine_describe(const struct husk_vm *vm, struct husk_fdt_guest *guest);
/** All but a VM's memory and registers as after reset. None of its vCPUs runs. */
void husk_machine_reset(struct husk_vm *vm);
/** Puts what its devices have of a vCPU into this CPU: `vcpu` is about to start here. */
void husk_machine_enter(struct husk_vcpu *vcpu);
/** Waits until an interrupt is pending for the calling vCPU. */
void husk_machine_suspend(struct husk_vcpu *vcpu);
/** Takes a vCPU off this CPU: timers off, list registers empty, no interrupt of it active here. */
void husk_vcpu_leave(struct husk_vcpu *vcpu);

/* ---- machine.c alone: the virtual GIC ---- */

/** Gives the vgic the lines of both timers of `vcpu`, which is loaded here, as they are now. */
void husk_vm_timer_lines(struct husk_vgic_locked v, const struct husk_vcpu *vcpu);
/** Ends a vgic operation by `vcpu` (of that VM and loaded here, or NULL): list registers follow,
 * other CPUs are told, and the lock is given back. */
void husk_vm_unlock(struct husk_vm *vm, struct husk_vgic_locked v, const struct husk_vcpu *vcpu);
/** The level of the VM's UART interrupt has changed: tells its vgic. On the CPU of its first vCPU.
 */
void husk_vm_uart_line(struct husk_vm *vm);
/** False: not started yet, or ended. While its uart_lock is held it does not start. */
static inline bool husk_vm_is_running(const struct husk_vm *vm)
{
    return __atomic_load_n(&vm->running, __ATOMIC_ACQUIRE) != 0;
}

/* ---- irq.c alone ---- */

/** Gives a VM an interrupt that this CPU has acknowledged: `vcpu` is loaded here, or NULL. */
void husk_vm_inject(struct husk_vm *vm, struct husk_vcpu *vcpu, unsigned intid);

/* ---- device_irqs.c ---- */

/** Links its devices' interrupts to those of the VM's vgic, which is as after reset. */
void husk_device_irqs_link(struct husk_vm *vm, struct husk_vgic_locked v);
/** None of them is active any more. */
void husk_device_irqs_quiesce(const struct husk_vm *vm);
/** Passes an SPI on that this CPU, which has `vcpu`, has acknowledged. @return false: no VM's. */
bool husk_device_irqs_take(struct husk_vcpu *vcpu, unsigned intid);

/* ---- vm.c ---- */

extern struct husk_vm *husk_vms[HUSK_PRODUCT_VM_MAX];

/** Loads images and tree, and enters its first vCPU on this CPU. */
_Noreturn void husk_vm_start(struct husk_vm *vm);
/** Puts a vCPU that is off on this CPU, and runs its first instruction. */
_Noreturn void husk_vcpu_enter(struct husk_vcpu *vcpu, uint64_t entry, uint64_t x0);
/** An SMCCC call in the vCPU's frame. */
void husk_vm_call(struct husk_vcpu *vcpu);
/** One line: this VM has ended, and why. @return true: its product starts it again. */
bool husk_vm_ended(struct husk_vm *vm, const char *why);

/* ---- entropy.c ---- */

/** For a VM's tree. */
void husk_entropy_take(void *out, size_t size_bytes);

/* ---- panic.c ---- */

extern struct husk_frame husk_panic_frame;

/** Stops the board after a defect of Husk itself, with one line. */
_Noreturn void husk_panic(const char *reason);

#endif
