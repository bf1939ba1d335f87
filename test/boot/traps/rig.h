// SPDX-License-Identifier: Apache-2.0
#ifndef RIG_H
#define RIG_H

/** @file
 * What the guests that test the trap table share: one instruction run at EL1 or EL0 with given
 * registers, what came of it, and a line per row.
 */

#include "rig_frame.h"
#include <husk/arch.h>
#include <husk/base.h>

/* ---- instruction words ---- */

#define RIG_SYS(op0, op1, crn, crm, op2)                                                           \
    (UINT32_C(0xd5000000) | (op0) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
/** MRS x0 and MSR x0 of a register; SYS x0 for op0 1. */
#define RIG_MRS(op0, op1, crn, crm, op2) (RIG_SYS(op0, op1, crn, crm, op2) | UINT32_C(1) << 21)
#define RIG_MSR(op0, op1, crn, crm, op2) RIG_SYS(op0, op1, crn, crm, op2)

/* ---- one instruction ---- */

/** Registers before and after. */
struct rig_regs {
    uint64_t x[31];
    uint64_t nzcv;
    uint64_t sp0; /**< not 0: runs at EL1t */
};

/** What the vectors saw; `count` 0: no exception. */
struct rig_record {
    uint64_t armed, count, kind, esr, elr, spsr, far;
    uint64_t daif, el, spsel, nzcv, pan, ssbs, tco, dit;
    uint64_t features; /**< PSTATE fields the CPU has, RIG_HAS_*_BIT */
    uint64_t irq, irqs, fiq, fiqs;
};
extern struct rig_record rig_record;

_Static_assert(offsetof(struct rig_regs, nzcv) == RIG_REGS_NZCV, "rig_frame.h");
_Static_assert(offsetof(struct rig_regs, sp0) == RIG_REGS_SP0, "rig_frame.h");
_Static_assert(offsetof(struct rig_record, far) == RIG_REC_FAR, "rig_frame.h");
_Static_assert(offsetof(struct rig_record, dit) == RIG_REC_DIT, "rig_frame.h");
_Static_assert(offsetof(struct rig_record, fiqs) == RIG_REC_FIQS, "rig_frame.h");

/** Runs `insn` at EL1 with interrupts masked as they are; changes regs and rig_record. */
void rig_run(uint32_t insn, struct rig_regs *regs);
/** As rig_run(), with x0 and x1 as given and all else 0; returns x0. */
uint64_t rig_run2(uint32_t insn, uint64_t x0, uint64_t x1);
/** Runs `insn` at EL0 with `pstate` (AArch32: bit 4, Thumb: bit 5). Without an exception of its own
 * an SVC is what is recorded. */
void rig_run_el0(uint32_t insn, uint64_t x0, uint64_t x1, uint64_t pstate);
/** Address of the instruction at EL1, and at EL0. */
uint64_t rig_pc(void);
uint64_t rig_pc_el0(void);

/* ---- windows: virtual addresses for physical GiBs ---- */

enum {
    RIG_DEVICE = 1 << 0, /**< Device-nGnRE; else Normal write-back */
    RIG_EL0 = 1 << 1,    /**< EL0 too */
    RIG_READ_EXEC = 1 << 2,
};
/** Maps the GiB at virtual `index` (4..511) to the GiB at `ipa`. Returns its virtual address. */
uint64_t rig_window(unsigned index, uint64_t ipa, unsigned attr);
/** A level 1 entry that leads to a level 2 table at `ipa`. */
uint64_t rig_window_table(unsigned index, uint64_t ipa);

/* ---- rows ---- */

enum {
    RIG_ESR_UNDEF = 0x02000000, /**< EC 0, IL 1 */
};

/** Prints "husk-test: <row>: ok", or what was expected and what came. */
bool rig_equal(const char *row, const char *what, uint64_t got, uint64_t expected);
void rig_check(const char *row, bool ok);
/** The last instruction ended in an exception with this syndrome, taken as the architecture says
 * from EL1. */
void rig_expect(const char *row, uint64_t esr);
void rig_expect_abort(const char *row, uint64_t esr, uint64_t far);
void rig_expect_none(const char *row);

void rig_init(void);
/** "husk-test: pass" or "husk-test: fail". */
int rig_done(void);

#endif
