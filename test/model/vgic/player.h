// SPDX-License-Identifier: Apache-2.0
#ifndef PLAYER_H
#define PLAYER_H

/** @file
 * CPUs, each with the virtual CPU interface of a GICv2 or GICv3 and the guest that uses it.
 */

#include <husk/vgic.h>

enum { PLAYER_CPUS = 4, PLAYER_SPECIAL = 1020 };

/** Fresh interfaces; CPU 0 is where the caller runs. */
void player_init(unsigned version, unsigned lr_count, unsigned priority_bits);
/** The caller runs on `cpu` from now on. */
void player_on(unsigned cpu);
void player_library(struct husk_vgic_config *config);
/** The quick ways of the library: husk_vgic_v*_send(), and a GICv3's to oneself; _take(),
 * _repeat().
 */
unsigned player_send(struct husk_vgic *vgic, unsigned vcpu, uint64_t value);
bool player_take(struct husk_vgic *vgic, unsigned vcpu);
unsigned player_repeat(unsigned intid, struct husk_vgic *vgic, unsigned vcpu);

/* Of the CPU the caller runs on: */

/** What the guest sets of its interface: PMR, group enables, EOImode. */
void player_set(unsigned mask, bool group0, bool group1, bool split);
/** All that a vCPU may leave behind is different from now on. */
void player_scramble(void);
/** What would be acknowledged, of either group; PLAYER_SPECIAL or above: nothing. */
unsigned player_highest(void);
/** The guest's IAR of a group. */
unsigned player_ack(bool group1);
/** The guest's EOIR. */
void player_eoi(unsigned iar);
/** The guest's ICC_DIR_EL1. @return false: it trapped. */
bool player_dir(unsigned iar);
/** A maintenance interrupt is signalled. */
bool player_maintenance(void);
/** What rule of the architecture the list registers break; NULL: none. */
const char *player_broken(void);
/** The physical interrupt is active. SPIs are the same on all CPUs. */
bool *player_physical(unsigned intid);

/** Where GICR has a register of the SGI frame of `cpu`. */
static inline uint64_t gicr(unsigned cpu, unsigned offset)
{
    return (uint64_t)cpu * 0x20000 + 0x10000 + offset;
}

#endif
