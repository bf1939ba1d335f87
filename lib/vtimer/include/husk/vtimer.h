// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_VTIMER_H
#define HUSK_VTIMER_H

/** @file
 * The EL1 generic timers of a vCPU: virtual time, line levels, save and load.
 *
 * A pinned vCPU drives both timers itself. This library says what the line of each is now, keeps
 * one offset for all vCPUs of a VM, and holds the registers of a vCPU that is not running.
 * Never injects: it returns a level or a deadline.
 *
 * Source: Arm ARM DDI 0487J.a D11 "The Generic Timer in AArch64 state".
 */

#include <husk/arch.h>
#include <husk/base.h>

enum {
    HUSK_VTIMER_INTID_VIRT = 27, /**< PPI of CNTV */
    HUSK_VTIMER_INTID_PHYS = 30, /**< PPI of CNTP */
    HUSK_VTIMER_ENABLE = 1,      /**< CNTx_CTL_EL0, the same for both timers */
    HUSK_VTIMER_IMASK = 2,
    HUSK_VTIMER_ISTATUS = 4,
    HUSK_VTIMER_STATE = 3, /**< ENABLE and IMASK: ISTATUS is computed, the rest is RES0 */
};

/** Registers of one timer. */
struct husk_vtimer_regs {
    uint64_t cval;
    uint64_t ctl; /**< ENABLE [0], IMASK [1]; ISTATUS [2] is ignored */
};

/** Both timers of one vCPU, while it is not loaded on a pCPU. */
struct husk_vtimer {
    struct husk_vtimer_regs virt;
    struct husk_vtimer_regs phys;
    uint64_t cntkctl;
};

/** Output line of a timer whose CTL register reads `ctl` (with ISTATUS), of the loaded vCPU its
 * CNTV_CTL_EL0 or CNTP_CTL_EL0: enabled, condition met, not masked. Pure. */
bool husk_vtimer_line(uint64_t ctl);

/** Output line of saved registers at counter value `now` (of the same clock as cval). Pure. */
bool husk_vtimer_line_at(const struct husk_vtimer_regs *regs, uint64_t now);

/** Counter ticks from `now` until the line rises; 0: it is high; UINT64_MAX: never (off or masked).
 * Pure. */
uint64_t husk_vtimer_ticks_until(const struct husk_vtimer_regs *regs, uint64_t now);

/** Reset state: both timers off, CNTKCTL_EL1 0. */
void husk_vtimer_reset(struct husk_vtimer *timer);

/** Puts the registers of a vCPU into this CPU, and CNTVOFF_EL2 = `offset`, one for all vCPUs of a
 * VM. No interrupt may be lost: CVAL is written before CTL. Ends without ISB. */
void husk_vtimer_load(const struct husk_vtimer *timer, uint64_t offset);

/** Takes them out of this CPU and turns both timers off. */
void husk_vtimer_save(struct husk_vtimer *timer);

#endif
