// SPDX-License-Identifier: Apache-2.0
#ifndef VGIC_RIG_H
#define VGIC_RIG_H

/** @file
 * One VM's vgic over the fake ICH_* interface, with vCPU 0 loaded, groups and CPU interface on.
 */

#include "fake_ich.h"
#include "vgic_calls.h"

#include <husk/vgic.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct vgic_rig {
    struct husk_vgic vgic;
    struct husk_vgic_vcpu vcpus[HUSK_VGIC_VCPU_MAX];
    struct fake_ich ich;
    struct husk_vgic_locked v;
};

extern struct vgic_rig rig;
extern struct husk_fake rig_cpu;

/** vCPU 1's CPU: its own list registers, its own MPIDR. */
extern struct husk_fake other_cpu;
extern struct fake_ich other;
/** Which CPU runs. */
void on_other(void);
void on_first(void);
/** After rig_start(): loads vCPU 1 there. */
void load_other(unsigned lrs);

enum { GICD = HUSK_VGIC_GICD, GICR = HUSK_VGIC_GICR };

/** Starts anew. `intids` 0: 288. */
void rig_start(unsigned vcpus, unsigned lrs, unsigned intids);
/** As out of reset: groups off. */
void rig_start_reset(unsigned vcpus, unsigned lrs, unsigned intids);
uint64_t rd(int frame, uint64_t offset);
void wr(int frame, uint64_t offset, uint64_t value);
uint64_t rd_size(int frame, uint64_t offset, unsigned size);
void wr_size(int frame, uint64_t offset, unsigned size, uint64_t value);
/** Offset of a register of SGI_base of one vCPU. */
uint64_t sgi_base(unsigned vcpu, uint64_t offset);
/** Flushes vCPU 0 as on the way into the guest, and checks the list registers. @return kicks. */
uint32_t enter(void);
/** What vCPU 0's guest gets from ICV_IAR1 or ICV_IAR0, whichever has something. */
unsigned ack(void);
/** An SPI or private interrupt made pending, enabled, group 1, of the priority. */
void arm(unsigned intid, unsigned priority);
/** The list register that holds `intid`, as hardware has it; 0: none. */
uint64_t listed(unsigned intid);
/** Its state there: 1 pending, 2 active, 3 both; 0: in none. */
unsigned state_of(unsigned intid);

#endif
