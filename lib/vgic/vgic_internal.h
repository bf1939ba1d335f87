// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_VGIC_INTERNAL_H
#define HUSK_VGIC_INTERNAL_H

/** @file
 * What the files of this library share. Three layers:
 *
 *   vgic_v2_mmio.c,
 *   vgic_v3_mmio.c                  the register map of one GIC version: offsets to handlers
 *   vgic_regs.c, vgic.c, vgic_quick.c,
 *   vgic_sgi.c, vgic_rank.c,
 *   vgic_lr.c, vgic_load.c          version-independent: interrupt state, and who sits in which LR
 *   vgic_v2_hw.c, vgic_v3_hw.c,
 *   vgic_v3_save.c                  the virtual interface of one GIC version (GICH_*, ICH_*)
 *   vgic_reach.c, vgic_posted.c,
 *   vgic_save.c                     of several vCPUs: accesses, SGIs, and who leaves its CPU
 *   vgic_send.h, vgic_v3_send.c     the short way of an SGI to another vCPU
 *
 * A list register value is always held in the GICv3 format; an interface with another format
 * (GICH) translates in its own read and write.
 *
 * Where state lives. The latch (`pending`), `line`, `enabled` and all configuration live in RAM
 * always. `active` lives in RAM only while the interrupt is in no list register. Hardware changes a
 * list register behind us in two ways only: acknowledge takes the pending bit away (and so the
 * latch), deactivation the active bit. Hence folding a list register back is: clear the latch if
 * the pending bit that was loaded is gone, take over the active bit.
 */

#include <husk/vgic.h>

enum {
    VGIC_NO_VCPU = 0xff,
    VGIC_KEY_PRIORITY = 16, /* in a ranking's keys */
    VGIC_NAMED = 7,         /* the value written to a register is the INTID */
};

/* ICH_LR<n>_EL2. IHI 0069H 12.4 "AArch64 System register descriptions of the virtual registers". */
#define VGIC_LR_PENDING  HUSK_BIT(62)
#define VGIC_LR_ACTIVE   HUSK_BIT(63)
#define VGIC_LR_STATE    (VGIC_LR_PENDING | VGIC_LR_ACTIVE)
#define VGIC_LR_HW       HUSK_BIT(61)
#define VGIC_LR_GROUP1   HUSK_BIT(60)
#define VGIC_LR_EOI      HUSK_BIT(41) /* with HW = 0: maintenance interrupt when it gets inactive */
#define VGIC_LR_PRIORITY 48
#define VGIC_LR_PHYSICAL 32
/* vINTID [31:0], of which no interrupt here needs more. */
#define VGIC_LR_INTID(value) ((uint16_t)(value))

/* ICH_HCR_EL2 */
#define VGIC_HCR_EN       ((uint32_t)HUSK_VGIC_HCR_EN)
#define VGIC_HCR_LRENPIE  0x4u
#define VGIC_HCR_NPIE     0x8u
#define VGIC_HCR_VGRP0EIE 0x10u
#define VGIC_HCR_VGRP0DIE 0x20u
#define VGIC_HCR_VGRP1EIE 0x40u
#define VGIC_HCR_VGRP1DIE 0x80u
#define VGIC_HCR_TDIR     0x4000u
#define VGIC_HCR_EOICOUNT 27
#define VGIC_VMCR_VEOIM   0x200u

/* GICD_IROUTER<n>: Aff3 [39:32], Aff2..Aff0 [23:0]. Interrupt_Routing_Mode [31] is RES0, as
 * GICD_TYPER.No1N is 1. */
#define VGIC_ROUTE_MASK (HUSK_BITS(39, 32) | HUSK_BITS(23, 0))

/* GICD_CTLR with DS = 1; ICH_VMCR_EL2 and GICH_VMCR have their enables at the same bits. */
#define VGIC_CTLR_GRP0 0x1u
#define VGIC_CTLR_GRP1 0x2u

/** One guest access. `intid` is the first INTID it covers and is below the VM's count. */
struct husk_vgic_access {
    struct husk_vgic *vgic;
    unsigned self; /**< the vCPU that does it */
    unsigned bank; /**< whose private INTIDs are meant */
    unsigned intid;
    unsigned offset; /**< in the frame, of a register that stands alone */
    unsigned shift;  /**< bytes into a 64-bit register (0 or 4) */
    unsigned size_bytes;
};

typedef uint64_t vgic_read_fn(const struct husk_vgic_access *access);
typedef void vgic_write_fn(const struct husk_vgic_access *access, uint64_t value);

/** Kept out of line, and compiled for size. */
#define SMALL __attribute__((noinline, minsize))

/** A register that has `1 << intid_bits_log2` bits for each INTID. */
struct husk_vgic_reg {
    uint16_t first;          /**< offset of INTID 0's; 0: a register that stands alone */
    uint8_t intid_bits_log2; /**< 0: a bit, 1: two, 3: a byte, 6: eight bytes; VGIC_NAMED */
    uint8_t sizes;           /**< allowed access sizes in bytes, or'ed: 1, 2, 4, 8 */
    vgic_read_fn *read;      /**< NULL: reads as zero */
    vgic_write_fn *write;    /**< NULL: ignored */
};

/** When list register `index`, last written with `value` (pending), is empty by now: makes it
 * pending again. @return it was. What was written in this exit may not be seen yet. */
typedef bool vgic_again_fn(const struct husk_vgic *vgic, unsigned index, uint64_t value);

/** Finds an access's register, completes `access`. */
typedef const struct husk_vgic_reg *vgic_locate_fn(struct husk_vgic_access *access,
                                                   enum husk_vgic_frame frame, uint64_t offset);

/** One version of the GIC. List register values are in the GICv3 format. */
struct husk_vgic_ops {
    vgic_locate_fn *locate;
    /** Of a list register of this CPU; only its state bits count. */
    uint64_t (*lr_read)(const struct husk_vgic *vgic, unsigned index);
    void (*lr_write)(const struct husk_vgic *vgic, unsigned index, uint64_t value);
    vgic_again_fn *again;
    /** Changes the priority in a list register of this CPU. */
    void (*lr_prioritize)(const struct husk_vgic *vgic, unsigned index, unsigned priority);
    void (*save)(const struct husk_vgic *vgic, struct husk_vgic_vcpu *vcpu);
    void (*load)(const struct husk_vgic *vgic, const struct husk_vgic_vcpu *vcpu);
    /** Control registers, of which the fields used here are the same in both versions. */
    uint32_t (*read_hcr)(const struct husk_vgic *vgic);
    uint32_t (*read_vmcr)(const struct husk_vgic *vgic);
    uint32_t (*read_misr)(const struct husk_vgic *vgic);
    void (*write_hcr)(const struct husk_vgic *vgic, uint32_t value);
    /** Of a physical interrupt. */
    void (*deactivate)(const struct husk_vgic *vgic, unsigned intid);
    /** The vCPU a route leads to (after reset it is 0); VGIC_NO_VCPU. */
    unsigned (*target_of)(const struct husk_vgic *vgic, uint64_t route);
    uint32_t (*typer)(const struct husk_vgic *vgic); /**< GICD_TYPER */
    uint32_t ctlr;      /**< what GICD_CTLR reads as beside the group enables */
    uint32_t enabled;   /**< private INTIDs that always are */
    uint32_t dir_intid; /**< the bits of DIR that are the INTID */
};

static inline const struct husk_vgic_ops *vgic_ops(const struct husk_vgic *vgic)
{
    return husk_vgic_known.ops != NULL ? husk_vgic_known.ops : vgic->config.ops;
}

static inline unsigned vgic_vcpu_count(const struct husk_vgic *vgic)
{
    return husk_vgic_known.vcpu_count != 0 ? husk_vgic_known.vcpu_count : vgic->config.vcpu_count;
}

static inline unsigned vgic_ctz(uint32_t bits)
{
    return (unsigned)__builtin_ctz(bits);
}

/** The state word that holds `intid`: a vCPU's own for INTIDs below 32. */
struct husk_vgic_word *husk_vgic_word_of(struct husk_vgic *vgic, unsigned bank, unsigned intid);

static inline uint8_t *vgic_priority(struct husk_vgic *vgic, unsigned bank, unsigned intid)
{
    return intid < HUSK_VGIC_INTID_PRIVATE ? &vgic->vcpus[bank].priority[intid]
                                           : &vgic->priority[intid];
}

/** The physical INTID that an interrupt is linked to. */
static inline unsigned vgic_physical_of(const struct husk_vgic *vgic, unsigned bank, unsigned intid)
{
    return intid < HUSK_VGIC_INTID_PRIVATE ? vgic->vcpus[bank].hw_intid[intid]
                                           : vgic->hw_intid[intid];
}

/** The vCPU an interrupt is delivered to: a private one's own, or where the route leads. */
static inline unsigned vgic_target(const struct husk_vgic *vgic, unsigned bank, unsigned intid)
{
    return intid < HUSK_VGIC_INTID_PRIVATE ? bank : vgic->target[intid];
}

/** The vCPU whose list register holds it, or that acknowledged it and has not finished it. */
static inline unsigned vgic_owner(const struct husk_vgic *vgic, unsigned bank, unsigned intid)
{
    return intid < HUSK_VGIC_INTID_PRIVATE ? bank : vgic->owner[intid];
}

static inline void vgic_mark_dirty(struct husk_vgic *vgic, unsigned vcpu)
{
    if (vcpu < vgic_vcpu_count(vgic)) {
        vgic->vcpus[vcpu].dirty = true;
        vgic->kick |= 1u << vcpu;
    }
}

/** Which of 32 interrupts have their group enabled in GICD_CTLR. */
static inline uint32_t vgic_group_enabled(uint32_t ctlr, const struct husk_vgic_word *word)
{
    return (word->group1 & (0 - (ctlr / VGIC_CTLR_GRP1 & 1))) |
           (~word->group1 & (0 - (ctlr / VGIC_CTLR_GRP0 & 1)));
}

/** Which of 32 interrupts are pending in the sense of GICD_ISPENDR, list registers aside. */
static inline uint32_t vgic_pending(const struct husk_vgic_word *word)
{
    return word->pending | word->repend | (word->line & ~word->edge);
}

/** Which may be signalled. The line of a HW-linked interrupt is the physical GIC's to signal. */
static inline uint32_t vgic_deliverable(uint32_t ctlr, const struct husk_vgic_word *word)
{
    return word->enabled & vgic_group_enabled(ctlr, word) &
           (word->pending | (word->line & ~word->edge & ~word->hw));
}

/* vgic.c: changes to one interrupt, list registers included */

/** Interrupts `bits` of the word of `intid` (its first) changed: has them looked at again. */
void husk_vgic_changed(struct husk_vgic *vgic, unsigned bank, unsigned intid, uint32_t bits);
/** Brings `bits` of that word back from list registers, so that RAM can be changed. */
void husk_vgic_pull(struct husk_vgic *vgic, unsigned bank, unsigned intid, uint32_t bits);
void husk_vgic_set_pending(struct husk_vgic *vgic, unsigned bank, unsigned intid, uint32_t bits);
void husk_vgic_clear_pending(struct husk_vgic *vgic, unsigned bank, unsigned intid, uint32_t bits);
void husk_vgic_clear_active(struct husk_vgic *vgic, unsigned bank, unsigned intid, uint32_t bits);

/* vgic_sgi.c */

/** husk_vgic_set_pending() of one private INTID of the vCPU loaded here. */
void husk_vgic_raise(struct husk_vgic *vgic, unsigned vcpu, unsigned intid);

/* vgic_posted.c */

/** The same for a vCPU on another CPU, which does it at its next flush if it is to be delivered. */
void husk_vgic_post(struct husk_vgic *vgic, unsigned vcpu, unsigned intid);
/** What others have posted to the vCPU loaded here. */
void husk_vgic_take_posted(struct husk_vgic *vgic, unsigned vcpu);

/* vgic_lr.c */

/** The list register of an interrupt that has one. */
unsigned husk_vgic_lr_of(const struct husk_vgic *vgic, const struct husk_vgic_vcpu *vcpu,
                         unsigned intid);
/** Takes what hardware did to the listed interrupts of a word into the latch, without moving them.
 * @return those that are active in their list register. */
uint32_t husk_vgic_lr_refresh(struct husk_vgic *vgic, unsigned bank, unsigned intid);
/** Empties the list register of `intid`; on another CPU: has that CPU do it at its next flush. */
void husk_vgic_lr_pull(struct husk_vgic *vgic, unsigned owner, unsigned intid);
/** Puts one changed interrupt into a free list register of this CPU, if there is no need to choose.
 * @return false: a flush must choose. */
bool husk_vgic_lr_try_load(struct husk_vgic *vgic, unsigned vcpu, unsigned intid);
/** Enables SPIs of a word for the vCPU loaded here, and loads those that are pending: where it has
 * no list register in use and nothing waits for one, so that nothing else is to be chosen from, and
 * where no other vCPU is concerned: it is the only one, or all of the word lead to it, and none of
 * those is active or listed.
 * @return false: nothing was done. */
bool husk_vgic_lr_enable(struct husk_vgic *vgic, unsigned vcpu, unsigned intid, uint32_t bits);
/** Deactivates physical interrupts that no virtual state of this word stands for any more. */
void husk_vgic_lr_settle(struct husk_vgic *vgic, unsigned bank, unsigned intid, uint32_t bits);
/** Whether it is loaded on this CPU: its list registers are reachable nowhere else. */
bool husk_vgic_is_here(const struct husk_vgic_vcpu *vcpu);
/** What the guest of the vCPU loaded here has done, back to RAM, and list registers, which stay
 * empty: those that are over, or that another CPU wants back, or all. */
void husk_vgic_lr_take_back(struct husk_vgic *vgic, unsigned owner, bool all);
/** Pulls all list registers of all vCPUs and has them filled again. */
void husk_vgic_lr_pull_all(struct husk_vgic *vgic);

/* vgic_load.c */

/** Loads interrupts that have no list register into free ones of this CPU.
 * @param keys  as of a ranking
 * @param is_choice  others wait */
void husk_vgic_lr_load(struct husk_vgic *vgic, unsigned owner, const uint32_t *keys, unsigned count,
                       bool is_choice);

/* vgic_rank.c */

/** Candidates in order of priority, then INTID. */
struct vgic_ranking {
    unsigned total; /**< how many; where they are more than the list registers, one more */
    uint32_t key[HUSK_VGIC_LR_MAX]; /**< the priority from VGIC_KEY_PRIORITY on, the INTID below */
};

struct vgic_candidates {
    struct vgic_ranking pending;
    struct vgic_ranking active;
};

/** Of `bits` of the word of SPIs that begins with `intid`, those that lead to `owner`, as the only
 * candidates: pending ones. */
void husk_vgic_rank(const struct husk_vgic *vgic, unsigned owner, unsigned intid, uint32_t bits,
                    struct vgic_candidates *found);
/** All that wants a list register of this vCPU and has none. `ctlr`: groups that count. */
void husk_vgic_find_candidates(struct husk_vgic *vgic, unsigned owner, uint32_t ctlr,
                               struct vgic_candidates *found);

/* vgic_regs.c: handlers of per-INTID registers, common to GICv2 and GICv3 */

vgic_read_fn husk_vgic_read_group, husk_vgic_read_enabled, husk_vgic_read_pending,
    husk_vgic_read_active;
vgic_read_fn husk_vgic_read_priority, husk_vgic_read_config, husk_vgic_read_route;
vgic_write_fn husk_vgic_write_group, husk_vgic_write_set_enabled, husk_vgic_write_clear_enabled;
vgic_write_fn husk_vgic_write_set_pending, husk_vgic_write_clear_pending;
vgic_write_fn husk_vgic_write_set_active, husk_vgic_write_clear_active;
/** GICD_CTLR: the group enables. */
vgic_write_fn husk_vgic_write_ctlr;
/** DIR. IHI 0069H 4.1.1 "Priority drop and deactivation", IHI 0048B 3.2.1. */
vgic_write_fn husk_vgic_write_dir;
vgic_write_fn husk_vgic_write_priority, husk_vgic_write_config, husk_vgic_write_route;

/* Whether a private interrupt that was taken from its list register was made pending there again: a
 * PPI that is HW-linked, and active in the physical GIC, or an SGI, which is not. Where others wait
 * for a list register, none of them is better: it would have been chosen in its place. */
__attribute__((always_inline)) static inline bool vgic_repeat(unsigned intid,
                                                              struct husk_vgic *vgic,
                                                              struct husk_vgic_vcpu *self,
                                                              vgic_again_fn *again)
{
    const unsigned slot = self->again_lr[intid];

    if (slot == 0 || self->dirty || !again(vgic, slot - 1, self->lr[slot - 1])) {
        return false;
    }
    self->bank.pending |= 1u << intid;
    return true;
}

/** vgic_again_fn of GICv3, with a list register write of its own: for what happens most. */
static inline bool vgic_v3_again(const struct husk_vgic *vgic, unsigned index, uint64_t value)
{
    (void)vgic;
    if ((husk_read_ich_elrsr_el2() >> index & 1) == 0) {
        return false;
    }
    husk_write_ich_lr(index, value);
    return true;
}

/** ICH_VTR_EL2.PREbits + 1: how many active-priority registers exist. An absent one is UNDEFINED.
 */
static inline unsigned vgic_v3_preemption_bits(void)
{
    return (unsigned)husk_bits_get(husk_read_ich_vtr_el2(), 28, 26) + 1;
}

void husk_vgic_v3_save(const struct husk_vgic *vgic, struct husk_vgic_vcpu *vcpu);

/* vgic_v2_mmio.c, vgic_v3_mmio.c: what their versions' husk_vgic_ops name */

vgic_locate_fn husk_vgic_v2_locate, husk_vgic_v3_locate;
unsigned husk_vgic_v2_target_of(const struct husk_vgic *vgic, uint64_t route);
uint32_t husk_vgic_v2_typer(const struct husk_vgic *vgic);
uint32_t husk_vgic_v3_typer(const struct husk_vgic *vgic);

/** The vCPU with the affinity of a GICD_IROUTER value; VGIC_NO_VCPU. */
unsigned husk_vgic_vcpu_of_affinity(const struct husk_vgic *vgic, uint64_t affinity);

#endif
