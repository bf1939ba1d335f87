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
 * always; of `active` what was loaded, while the interrupt is in a list register. Hardware changes
 * a list register behind us in two ways only: acknowledge takes the pending bit away (and so the
 * latch), deactivation the active bit. Hence folding a list register back is: clear the latch if
 * the pending bit that was loaded is gone, take over the active bit.
 */

#include <husk/vgic.h>

enum {
    VGIC_NO_VCPU = 0xff,
    VGIC_KEY_PRIORITY = 16, /* in a ranking's keys */
    VGIC_ALONE = 7,         /* bits for each INTID of a register that has none */
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

/** A register, or all those of a kind that have bits for each INTID. */
struct husk_vgic_reg;

/** One guest access. */
struct husk_vgic_access {
    struct husk_vgic *vgic;
    const struct husk_vgic_reg *reg;
    struct husk_vgic_block *block; /**< of the INTIDs it covers, of which the first is */
    unsigned bit;                  /**< this one */
    unsigned self;                 /**< the vCPU that does it */
    unsigned bank;                 /**< whose private INTIDs are meant */
    unsigned first_intid;          /**< INTIDs that the frame has */
    unsigned end_intid;
    unsigned offset; /**< in the frame of one vCPU, or of the distributor */
    unsigned size_bytes;
};

typedef uint64_t vgic_read_fn(const struct husk_vgic_access *access);
typedef void vgic_write_fn(const struct husk_vgic_access *access, uint64_t value);

/** Kept out of line, and compiled for size. */
#define SMALL __attribute__((noinline, minsize))

struct husk_vgic_reg {
    uint8_t frame; /**< enum husk_vgic_frame */
    uint8_t
        intid_bits_log2; /**< for each INTID 0: a bit, 1: two, 3: a byte, 6: eight; VGIC_ALONE */
    uint8_t sizes;       /**< allowed access sizes in bytes, or'ed: 1, 2, 4, 8 */
    uint32_t first;      /**< offset in its frame */
    uint32_t size_bytes;
    vgic_read_fn *read;   /**< NULL: reads as zero. Of a 64-bit register all of it */
    vgic_write_fn *write; /**< NULL: ignored */
};

/** What a change does to `bits` of a block. Those that guests ask for are the distributor's
 * registers in their order, GICD_IGROUPR to GICD_ICACTIVER, each of VGIC_BLOCK_BYTES. */
enum vgic_change {
    VGIC_LOOK,  /**< nothing: what decides about their delivery is another already */
    VGIC_GROUP, /**< nothing, either */
    VGIC_SET_ENABLED,
    VGIC_CLEAR_ENABLED,
    VGIC_SET_PENDING,
    VGIC_CLEAR_PENDING,
    VGIC_SET_ACTIVE,
    VGIC_CLEAR_ACTIVE,
    VGIC_BLOCK_BYTES = 0x80,
};

/** When list register `index`, last written with `value` (pending), is empty by now: makes it
 * pending again. @return it was. What was written in this exit may not be seen yet. */
typedef bool vgic_again_fn(const struct husk_vgic *vgic, unsigned index, uint64_t value);

/** Finds an access's register, completes `access`. @return NULL: reserved. */
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
    /** What a list register says of an SGI's source, which is pending or active; NULL: nothing. */
    uint64_t (*sgi_source)(const struct husk_vgic_vcpu *vcpu, unsigned intid, bool active);
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

/** The block that holds `intid`: a vCPU's own for INTIDs below 32. */
static inline struct husk_vgic_block *vgic_block(struct husk_vgic *vgic, unsigned bank,
                                                 unsigned intid)
{
    return intid < HUSK_VGIC_INTID_PRIVATE ? &vgic->vcpus[bank].bank : &vgic->spi[intid / 32];
}

static inline void vgic_mark_dirty(struct husk_vgic *vgic, unsigned vcpu)
{
    if (vcpu < vgic_vcpu_count(vgic)) {
        vgic->vcpus[vcpu].dirty = true;
        vgic->kick |= 1u << vcpu;
    }
}

/** Which of 32 interrupts have their group enabled in GICD_CTLR. */
static inline uint32_t vgic_group_enabled(uint32_t ctlr, const struct husk_vgic_block *block)
{
    return (block->group1 & (0 - (ctlr / VGIC_CTLR_GRP1 & 1))) |
           (~block->group1 & (0 - (ctlr / VGIC_CTLR_GRP0 & 1)));
}

/** Which of 32 interrupts are pending in the sense of GICD_ISPENDR, list registers aside. */
static inline uint32_t vgic_pending(const struct husk_vgic_block *block)
{
    return block->pending | block->repend | (block->line & ~block->edge);
}

/** Which may be signalled. The line of a HW-linked interrupt is the physical GIC's to signal. */
static inline uint32_t vgic_deliverable(uint32_t ctlr, const struct husk_vgic_block *block)
{
    return block->enabled & vgic_group_enabled(ctlr, block) &
           (block->pending | (block->line & ~block->edge & ~block->hw));
}

/* vgic.c */

/** Changes `bits` of a block, list registers included, and has them looked at again. */
void husk_vgic_change(struct husk_vgic *vgic, struct husk_vgic_block *block, enum vgic_change what,
                      uint32_t bits);

/* vgic_sgi.c */

/** Makes one private INTID of the vCPU loaded here pending. */
void husk_vgic_raise(struct husk_vgic *vgic, unsigned vcpu, unsigned intid);

/* vgic_posted.c */

/** The same for a vCPU on another CPU, which does it at its next flush if it is to be delivered. */
void husk_vgic_post(struct husk_vgic *vgic, unsigned vcpu, unsigned intid);
/** What others have posted to the vCPU loaded here. */
void husk_vgic_take_posted(struct husk_vgic *vgic, unsigned vcpu);

/** Whether enabling `bits` of a block of SPIs concerns no other vCPU than `vcpu`, which may have
 * list registers: all of the block lead to it, and none of `bits` is active or listed. */
bool husk_vgic_concerns_only(const struct husk_vgic *vgic, unsigned vcpu,
                             const struct husk_vgic_block *block, uint32_t bits);

/* vgic_lr.c */

/** Brings `bits` back from list registers, so that RAM can be changed; on another CPU: has that CPU
 * do it at its next flush. */
void husk_vgic_lr_pull(struct husk_vgic *vgic, struct husk_vgic_block *block, uint32_t bits);
/** Enables SPIs of a block for the vCPU loaded here, and loads those that are pending: where it has
 * no list register in use and nothing waits for one, so that nothing else is to be chosen from, and
 * where no other vCPU is concerned.
 * @return false: nothing was done. */
bool husk_vgic_lr_enable(struct husk_vgic *vgic, unsigned vcpu, struct husk_vgic_block *block,
                         uint32_t bits);
/** Deactivates physical interrupts that no virtual state of this block stands for any more. */
void husk_vgic_lr_settle(struct husk_vgic *vgic, struct husk_vgic_block *block, uint32_t bits);
/** Whether it is loaded on this CPU: its list registers are reachable nowhere else. */
bool husk_vgic_is_here(const struct husk_vgic_vcpu *vcpu);
/** What the guest of the vCPU loaded here has done, back to RAM, and all list registers, which stay
 * empty. */
void husk_vgic_lr_take_back(struct husk_vgic *vgic, unsigned owner);
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

/** Of `bits` of a block, those that `whose` says are `owner`'s. They come in the order of their
 * INTIDs, so that none goes before one of the same priority. */
void husk_vgic_rank(struct vgic_ranking *ranking, unsigned capacity, unsigned owner,
                    const uint8_t *whose, const struct husk_vgic_block *block, uint32_t bits);
/** All that wants a list register of this vCPU and has none. `ctlr`: groups that count. */
void husk_vgic_find_candidates(struct husk_vgic *vgic, unsigned owner, uint32_t ctlr,
                               struct vgic_candidates *found);

/* vgic_regs.c: handlers of registers that are common to GICv2 and GICv3 */

/** The register of an access, of those that a version has, up to an empty one. */
const struct husk_vgic_reg *husk_vgic_find(struct husk_vgic_access *access,
                                           const struct husk_vgic_reg *reg,
                                           enum husk_vgic_frame frame, uint64_t offset);
/** GICD_IGROUPR to GICD_ICACTIVER. */
vgic_read_fn husk_vgic_read_bits;
vgic_write_fn husk_vgic_write_bits;
vgic_read_fn husk_vgic_read_priority, husk_vgic_read_config;
vgic_write_fn husk_vgic_write_priority, husk_vgic_write_config;
/** GICD_CTLR: the group enables. */
vgic_write_fn husk_vgic_write_ctlr;
/** DIR. IHI 0069H 4.1.1 "Priority drop and deactivation", IHI 0048B 3.2.1. */
vgic_write_fn husk_vgic_write_dir;

/** Which of enum vgic_change a register of that row asks for. */
static inline enum vgic_change vgic_change_of(const struct husk_vgic_access *access)
{
    return (enum vgic_change)(access->offset % HUSK_VGIC_DIST_BYTES / VGIC_BLOCK_BYTES);
}

/* Whether an interrupt that was taken from the list register that `self`, loaded here, has for it
 * was made pending there again: one that is HW-linked, and active in the physical GIC, or an SGI,
 * which is not. Where others wait for a list register, none of them is better: it would have been
 * chosen in its place. */
__attribute__((always_inline)) static inline bool
vgic_repeat(const struct husk_vgic *vgic, struct husk_vgic_block *block, unsigned bit,
            const struct husk_vgic_vcpu *self, vgic_again_fn *again)
{
    const unsigned slot = block->again[bit];

    if (slot == 0 || self->dirty || !again(vgic, slot - 1, self->lr[slot - 1])) {
        return false;
    }
    block->pending |= 1u << bit;
    return true;
}

/** vgic_again_fn of GICv3, with a list register write of its own: for what happens most. */
static inline bool vgic_v3_again(const struct husk_vgic *vgic, unsigned index, uint64_t value)
{
    (void)vgic;
    if ((husk_read(ich_elrsr_el2) >> index & 1) == 0) {
        return false;
    }
    husk_write_ich_lr(index, value);
    return true;
}

/** ICH_VTR_EL2.PREbits + 1: how many active-priority registers exist. An absent one is UNDEFINED.
 */
static inline unsigned vgic_v3_preemption_bits(void)
{
    return (unsigned)husk_bits_get(husk_read(ich_vtr_el2), 28, 26) + 1;
}

void husk_vgic_v3_save(const struct husk_vgic *vgic, struct husk_vgic_vcpu *vcpu);

/* vgic_v2_mmio.c, vgic_v3_mmio.c: what their versions' husk_vgic_ops name */

vgic_locate_fn husk_vgic_v2_locate, husk_vgic_v3_locate;
unsigned husk_vgic_v2_target_of(const struct husk_vgic *vgic, uint64_t route);
uint32_t husk_vgic_v2_typer(const struct husk_vgic *vgic);
uint32_t husk_vgic_v3_typer(const struct husk_vgic *vgic);

/** The vCPU with the affinity of a GICD_IROUTER value; VGIC_NO_VCPU. */
unsigned husk_vgic_v3_target_of(const struct husk_vgic *vgic, uint64_t route);

#endif
