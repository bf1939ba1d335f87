// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_VGIC_H
#define HUSK_VGIC_H

/** @file
 * A virtual GICv3 or GICv2 as one VM sees it: distributor, redistributors, list registers.
 *
 * The guest drives the CPU interface directly (ICV_*, or the GICV frame), so this library answers
 * the memory-mapped frames and ICC_SGI*R_EL1, and keeps the list registers filled. One security
 * state (GICD_CTLR.DS reads 1), both interrupt groups. GICv3: affinity routing always on, no LPIs,
 * no ITS. What a guest reads back is what the GIC architecture says, also for an interrupt that
 * sits in a list register at that moment.
 *
 * Source: GIC Architecture Specification IHI 0069H, chapters 4, 11 ("virtual interrupt handling")
 * and 12 ("Programmers' Model"); IHI 0048B chapters 4 and 5.
 */

#include <husk/arch.h>
#include <husk/base.h>

enum {
    HUSK_VGIC_HEAD_BYTES = 16,      /**< of GICD: husk_vgic_head() */
    HUSK_VGIC_INTID_SGI_COUNT = 16, /**< INTIDs 0..15 */
    HUSK_VGIC_INTID_PRIVATE = 32,   /**< INTIDs below are banked per vCPU */
    HUSK_VGIC_INTID_MAX = 1020,     /**< SPIs end here */
    HUSK_VGIC_INTID_NONE = 1023,    /**< as ICC_IAR1_EL1 and GICC_IAR have it */
    HUSK_VGIC_INTID_DEFAULT = 288,
    HUSK_VGIC_LR_MAX = 16,
    HUSK_VGIC_HCR_EN = 0x1, /**< ICH_HCR_EL2.En: and nothing else, while no maintenance is due */
    HUSK_VGIC_VCPU_MAX = 8,
    HUSK_VGIC_BLOCKS = HUSK_VGIC_INTID_MAX / 32 + 1,
    HUSK_VGIC_DIST_BYTES = 0x10000,   /**< size of the GICD frame */
    HUSK_VGIC_V2_DIST_BYTES = 0x1000, /**< the same of GICv2 */
    HUSK_VGIC_REDIST_BYTES = 0x20000, /**< RD_base and SGI_base of one vCPU */
};

/** The frames a guest reaches by MMIO. */
enum husk_vgic_frame {
    HUSK_VGIC_GICD,
    /** GICv3. Offset: vCPU index * HUSK_VGIC_REDIST_BYTES + offset in its two frames. */
    HUSK_VGIC_GICR,
    /** The CPU interface, of which offset 0 only: a write of DIR, in 4 bytes, that trapped. GICv3:
     * ICC_DIR_EL1 (ESR_EL2.EC 0x18), which traps while more interrupts are active than there are
     * list registers, and always in a VM of several vCPUs, as an SPI need not be deactivated by the
     * one that took it (ICH_HCR_EL2.TDIR, which this library sets). GICv2: GICC's second page,
     * which has nothing but GICC_DIR; the first is GICV's, mapped. */
    HUSK_VGIC_GICC,
};

struct husk_vgic_access;
/** husk_vgic_reach() is the only one. */
typedef bool husk_vgic_reach_fn(const struct husk_vgic_access *access, const uint64_t *value);

/** One GIC version: register map and virtual interface. What a product does not name is not linked.
 */
struct husk_vgic_ops;
extern const struct husk_vgic_ops husk_vgic_v3;
extern const struct husk_vgic_ops husk_vgic_v2;

/** What the hardware and the product give. */
struct husk_vgic_config {
    const struct husk_vgic_ops *ops; /**< &husk_vgic_v2 or &husk_vgic_v3; NULL: husk_vgic_known's */
    uintptr_t gich_base;  /**< GICv2: the virtual interface control registers, as EL2 sees them */
    uintptr_t gicc_base;  /**< GICv2: the physical CPU interface, two pages, for GICC_DIR */
    uint16_t intid_count; /**< multiple of 32, 64..1020 rounded up to 1024's last word; 0: 288 */
    uint8_t vcpu_count;   /**< 1..HUSK_VGIC_VCPU_MAX */
    uint8_t lr_count;     /**< ICH_VTR_EL2.ListRegs or GICH_VTR.ListRegs, + 1 */
    uint8_t
        pri_bits; /**< ICH_VTR_EL2.PRIbits + 1 (GICv2: 5); low priority bits beyond are RAZ/WI */
    husk_vgic_reach_fn
        *reach; /**< husk_vgic_reach: the caller answers HUSK_EAGAIN; NULL: one CPU */
    uint64_t mpidr[HUSK_VGIC_VCPU_MAX]; /**< of each vCPU; affinity fields Aff3..Aff0 are used */
};

/** What all virtual GICs of a program have, where that is known when it is linked: it may define
 * this. Where a program is compiled as a whole (husk_add_image()), what they have not is left out.
 * Otherwise the library's own says nothing. */
struct husk_vgic_known {
    const struct husk_vgic_ops *ops; /**< NULL: either */
    uint8_t vcpu_count;              /**< 0: any number */
};
extern const struct husk_vgic_known husk_vgic_known;

/** State of 32 INTIDs, a bit or an element each: the private ones of a vCPU, or SPIs. `pending` is
 * the latch (ISPENDR, edges); `line` the level input. */
struct husk_vgic_block {
    uint32_t pending;
    uint32_t raised; /**< made pending by its HW link, not by a guest: its line's fall takes it */
    uint32_t enabled;
    uint32_t active;
    uint32_t edge;
    uint32_t group1;
    uint32_t in_lr;  /**< in a list register, which may outdate `active` and `pending` */
    uint32_t phys;   /**< its physical interrupt is active on behalf of it */
    uint32_t repend; /**< made pending by another CPU, which can't reach its list register */
    uint32_t first;  /**< the INTID of bit 0 */
    uint8_t priority[32];
    uint8_t lr_of[32]; /**< the list register of one that is in one */
    /** 1 + the list register that was last loaded with it, pending, not active, no maintenance; a
     * PPI or SPI HW-linked; 0: none. */
    uint8_t again[32];
    /* From here on what outlives husk_vgic_reset_cpu(). */
    uint32_t hw; /**< linked to a physical INTID, */
    uint32_t line;
    uint16_t hw_intid[32]; /**< this one */
    /** vCPU index the route leads to, 0xff: none; of private ones their own. */
    _Alignas(8) uint8_t target[32];
    uint8_t owner[32]; /**< vCPU that holds it in an LR or has it active */
};

/** One vCPU: its redistributor, banked INTIDs and list registers. Fields are the library's. */
struct husk_vgic_vcpu {
    /** GICR_WAKER as written; the first field in no cache line of another vCPU's. */
    _Alignas(64) uint32_t waker;
    uint32_t held_by; /**< vCPUs that wait for, or work on, what its list registers held */
    uint32_t lr_used; /**< list registers that hold an interrupt */
    uint32_t lr_eoi;  /**< of those, which signal their deactivation */
    uint32_t hcr;     /**< ICH_HCR_EL2 as last written, EOIcount aside */
    uint64_t cpu;     /**< MPIDR_EL1 of the CPU it is loaded on */
    bool loaded;      /**< list registers are in this CPU's hardware */
    bool dirty;       /**< list registers may have to change: husk_vgic_flush() */
    /** Value last written to each used list register; where nothing waits, an SPI may have got
     * another priority since. */
    uint64_t lr[HUSK_VGIC_LR_MAX];
    uint64_t vmcr;                                 /**< ICH_VMCR_EL2 while not loaded */
    uint64_t ap0r[4], ap1r[4];                     /**< active priorities while not loaded */
    uint8_t sgi_source[HUSK_VGIC_INTID_SGI_COUNT]; /**< GICv2: CPUs whose SGI is pending */
    uint8_t sgi_again[HUSK_VGIC_INTID_SGI_COUNT];  /**< sent while in an LR */
    uint8_t sgi_active[HUSK_VGIC_INTID_SGI_COUNT]; /**< the CPU whose SGI is active */
    struct husk_vgic_block bank; /**< INTIDs 0..31. Last: the end of it outlives a reset */
};

/** The distributor of one VM. The caller owns it and the vCPU array; both outlive each other. */
struct husk_vgic {
    struct husk_spinlock lock;
    struct husk_vgic_config config;
    struct husk_vgic_vcpu *vcpus;
    uint32_t ctlr;          /**< GICD_CTLR enables, as written */
    uint32_t head[4];       /**< GICD_CTLR, GICD_TYPER, GICD_IIDR as they read; reserved */
    uint32_t priority_mask; /**< of four: the bits of GICD_IPRIORITYR<n> that are kept */
    uint32_t busy;          /**< of spi[], in which anything is pending, active, high or listed */
    uint32_t waits;         /**< vCPUs for whose list registers something waits */
    uint32_t kick;          /**< vCPUs made dirty or held since the last flush */
    uint32_t holders;       /**< vCPUs with an access that got HUSK_EAGAIN */
    uint32_t hcr;           /**< GICv3: what is always set in ICH_HCR_EL2 */
    uint64_t sgi_list[HUSK_VGIC_VCPU_MAX];        /**< GICv3: ICC_SGI1R_EL1 to each vCPU, INTID 0 */
    struct husk_vgic_block spi[HUSK_VGIC_BLOCKS]; /**< [0] unused */
    uint64_t route[HUSK_VGIC_INTID_MAX]; /**< GICD_IROUTER<n> or GICD_ITARGETSR as written */
};

/** Proof that the VM's vgic lock is held; from husk_vgic_lock() only. */
struct husk_vgic_locked {
    struct husk_vgic *vgic;
};

/** Resets distributor and vCPUs to the architected reset state: all disabled, inactive, not
 * pending, group 0, priority 0, SGIs edge (fixed), PPIs and SPIs level, routes 0.0.0.0.
 * HW links are dropped. Does not touch hardware.
 * @param vcpus  config->vcpu_count of them, owned by the caller.
 * @return HUSK_OK; HUSK_EINVAL (a count out of range, or not husk_vgic_known's; no ops, or ops
 * twice).
 */
enum husk_err husk_vgic_init(struct husk_vgic *vgic, const struct husk_vgic_config *config,
                             struct husk_vgic_vcpu *vcpus);

/** A vCPU that is off is about to be started (PSCI CPU_ON): its CPU interface and its
 * redistributor, with the state of its SGIs and PPIs, are as after reset. Their input lines, their
 * HW links and all SPIs stay as they are, those pending for or active on this vCPU too.
 * The physical side of its HW-linked PPIs is the caller's to make inactive. Not loaded: asserted.
 * Choice: whether a redistributor loses its state while its PE is off is IMPLEMENTATION DEFINED
 * (IHI 0069H chapter 10 "Power Management"); a guest can't rely on either, and must not find the
 * state of a vCPU's former life.
 */
void husk_vgic_reset_cpu(struct husk_vgic_locked v, unsigned vcpu);

/** Takes the lock of one VM's vgic. Spins; not recursive. */
struct husk_vgic_locked husk_vgic_lock(struct husk_vgic *vgic);
/** Gives the lock back. */
void husk_vgic_unlock(struct husk_vgic_locked locked);

/** Links a virtual INTID to a physical one: its list register gets the HW bit, so that the guest's
 * deactivation deactivates the physical interrupt with no exit. For PPIs per vCPU; SPIs: any
 * `vcpu`.
 * @return HUSK_OK; HUSK_EINVAL (an SGI, or an INTID beyond the VM's). Before the VM runs.
 */
enum husk_err husk_vgic_link_hw(struct husk_vgic_locked v, unsigned vcpu, unsigned intid,
                                unsigned physical_intid);

/** One access to a frame of the virtual GIC. */
struct husk_vgic_op {
    enum husk_vgic_frame frame;
    uint64_t offset;
    unsigned size_bytes; /**< 1, 2, 4 or 8 */
    bool is_write;
    uint64_t value; /**< to write, less bits beyond `size_bytes`; or that was read */
};

/** A guest's access by vCPU `vcpu`, which is the one loaded on this CPU. A read sets `op->value`
 * (zero-extended). Call husk_vgic_flush() before the vCPU runs again.
 * @return HUSK_OK (reserved registers read 0); HUSK_EINVAL: an access size the register does not
 * allow or a misaligned one; the caller answers as its trap table says (RAZ/WI): a read gives 0.
 * Never asserts on a guest's values. HUSK_EAGAIN (only with config.reach): nothing was done, as an
 * interrupt it is about is in a list register of another CPU; a read gives 0.
 *
 * HUSK_EAGAIN makes an access exact on several CPUs: the vCPUs concerned are held, which means that
 * they bring their list registers back to memory and stay out of the guest until the access is
 * done. The caller, on the CPU of `vcpu`:
 *
 *     lock; err = access
 *     while (err == HUSK_EAGAIN && in time)
 *         husk_vgic_serve(vcpu); kick husk_vgic_flush(vcpu); unlock; pause; lock; err = access
 *     if (err == HUSK_EAGAIN) husk_vgic_release(vcpu)
 *     while (husk_vgic_serve(vcpu)) unlock; pause; lock
 *     kick husk_vgic_flush(vcpu); unlock
 *
 * and who is kicked does the last two lines before its guest runs again. Two CPUs that wait for
 * each other serve each other, so that both come through, in the order in which they get the lock.
 */
enum husk_err husk_vgic_access(struct husk_vgic_locked v, unsigned vcpu, struct husk_vgic_op *op);

/** A guest's read of 4 bytes at `offset` of GICD, below HUSK_VGIC_HEAD_BYTES and aligned: what
 * drivers read most. No lock is needed, no flush. */
static inline uint32_t husk_vgic_head(const struct husk_vgic *vgic, uint64_t offset)
{
    return __atomic_load_n(&vgic->head[offset / 4 % 4], __ATOMIC_ACQUIRE);
}

/** The hot path of husk_vgic_access() for a write to GICD, by vCPU `vcpu`, which is loaded on this
 * CPU: what needs nothing but that SPIs are configured, or not even that, as nothing changes; also
 * that pending ones, which lead to this vCPU, become enabled while it has no others.
 * @param offset  aligned.
 * @return true: done, and no flush is needed; false: nothing was done, it takes husk_vgic_access().
 */
bool husk_vgic_poke(struct husk_vgic_locked v, unsigned vcpu, uint64_t offset, unsigned size_bytes,
                    uint64_t value);

/** ICC_SGI1R_EL1 that names the CPU of that affinity alone, INTID 0; for the physical one, too. */
uint64_t husk_vgic_sgi_list(uint64_t mpidr);

/** A guest's write of ICC_SGI1R_EL1, ICC_ASGI1R_EL1 or ICC_SGI0R_EL1 (`group1`: to which group the
 * register sends). Targets that don't exist are ignored. Call husk_vgic_flush() afterwards. */
void husk_vgic_send_sgi(struct husk_vgic_locked v, unsigned vcpu, uint64_t value, bool group1);

/** Sets the input of a level interrupt, or with a rising `high` latches an edge one (as configured
 * by the guest). `vcpu` matters for PPIs. INTIDs beyond the VM's are ignored. Of a HW-linked one a
 * rise only shows in the pending bits, as the physical GIC signals it (husk_vgic_inject_hw()); a
 * fall takes back what was injected, unless the guest has made it pending, too.
 * Call husk_vgic_flush() afterwards on this CPU. */
void husk_vgic_set_line(struct husk_vgic_locked v, unsigned vcpu, unsigned intid, bool high);

/** A HW-linked interrupt has been acknowledged at EL2 (priority dropped, still active in the
 * physical GIC): it becomes pending for the guest until the guest deactivates it. One that this CPU
 * has in a list register, which has become empty, is made pending there: a device's, again and
 * again. Call husk_vgic_flush() afterwards. */
void husk_vgic_inject_hw(struct husk_vgic_locked v, unsigned vcpu, unsigned intid);

/** The hot path of husk_vgic_inject_hw() for a PPI, or of an SGI that `vcpu`, the one of this CPU,
 * sends to itself (GICv3): a timer's tick, the most frequent of all. When its list register has
 * become empty since it was last pending and nothing else is due, makes it pending again; a vCPU
 * that is not loaded has none. Takes the lock and gives it back.
 * @param intid  0..31
 * @return HUSK_VGIC_INTID_NONE: done, no flush is needed; else `intid`: nothing was done, do it the
 * long way. */
typedef unsigned husk_vgic_repeat_fn(unsigned intid, struct husk_vgic *vgic, unsigned vcpu);
husk_vgic_repeat_fn husk_vgic_v2_repeat, husk_vgic_v3_repeat;

/** The hot path of a guest's write of ICC_SGI1R_EL1 or GICD_SGIR by `vcpu`, the one of this CPU,
 * that names one vCPU: any other, with GICv2 also itself. Takes the lock and gives it back; no
 * flush is needed.
 * @return that vCPU. Where it is another, its CPU is to be told, to call husk_vgic_v*_take().
 * HUSK_VGIC_VCPU_MAX: nothing was done, do it the long way. */
typedef unsigned husk_vgic_send_fn(struct husk_vgic *vgic, unsigned vcpu, uint64_t value);
husk_vgic_send_fn husk_vgic_v2_send, husk_vgic_v3_send;
/** Takes what others have sent so to `vcpu`, the one of this CPU. Takes the lock and gives it back.
 * @return false: nothing was done, husk_vgic_flush() does. */
typedef bool husk_vgic_take_fn(struct husk_vgic *vgic, unsigned vcpu);
husk_vgic_take_fn husk_vgic_v2_take, husk_vgic_v3_take;

/** Brings the list registers of the loaded vCPU in line with the state: retires what the guest has
 * finished, loads what is deliverable, highest priority first, sets ICH_HCR_EL2 (maintenance
 * interrupts only while more is deliverable than fits). Cheap when nothing changed.
 * @return the vCPUs, a bit each, that another CPU must flush because of this: kick them. Cleared.
 */
uint32_t husk_vgic_flush(struct husk_vgic_locked v, unsigned vcpu);

/** Whether husk_vgic_flush() may have anything to do (@return not 0) for a vCPU. */
static inline uint32_t husk_vgic_work(const struct husk_vgic_vcpu *vcpu)
{
    return vcpu->dirty | vcpu->bank.repend | vcpu->lr_eoi | (vcpu->hcr ^ HUSK_VGIC_HCR_EN);
}

/** For config.reach of a VM whose vCPUs run at once, and for nothing else. */
husk_vgic_reach_fn husk_vgic_reach;
/** Whether another vCPU's access holds this one, which is loaded on this CPU: its list registers
 * are then in memory when this returns, and it must not run before this returns false (and
 * husk_vgic_flush() was called). Whoever holds it gets through, or gives up in bounded time. */
bool husk_vgic_serve(struct husk_vgic_locked v, unsigned vcpu);
/** `vcpu` gives up an access that got HUSK_EAGAIN; repeating it until it succeeds does the same.
 * Nothing when there is none. Call husk_vgic_flush() afterwards. */
void husk_vgic_release(struct husk_vgic_locked v, unsigned vcpu);

/** True while a list register of the loaded vCPU, which is `vcpu`, holds an interrupt that is
 * pending and not active, whatever the guest masks. Call it after husk_vgic_flush(): what is
 * deliverable is then in a list register. */
bool husk_vgic_has_pending(struct husk_vgic_locked v, unsigned vcpu);

/** Loads a vCPU's virtual interface on this CPU (list registers, VMCR, active priorities), flushes.
 */
void husk_vgic_load(struct husk_vgic_locked v, unsigned vcpu);
/** Saves it to memory and turns the virtual interface off. */
void husk_vgic_save(struct husk_vgic_locked v, unsigned vcpu);

#endif
