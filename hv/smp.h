// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_SMP_H
#define HUSK_SMP_H

/** @file
 * More than one CPU, from the inside: what the files behind husk_smp (husk/parts.h) share.
 */

#include "hv.h"

/* ---- smp.c; smp_vgic.c or direct_smp.c: more than one CPU ---- */

/** By board CPU index; NULL: not brought up. */
extern struct husk_cpu *husk_cpus[];
/** Atomic: a panic, no CPU goes on. */
extern bool husk_smp_ends;

/** What struct husk_smp (husk/parts.h) says of these. */
__attribute__((noreturn)) void husk_smp_run(const struct husk_cpu_start *how);
void husk_smp_start(struct husk_vcpu *vcpu, uint64_t entry, uint64_t context_id);
__attribute__((noreturn)) void husk_smp_off(struct husk_vcpu *vcpu);
void husk_smp_kicked(struct husk_vcpu *vcpu);
/** Sleeps until a kick, or less; on a CPU that runs no vCPU. */
void husk_smp_sleep(void);

/* ---- cpu_start.c ---- */

/** Starts the CPU of that affinity (MPIDR_EL1), by PSCI or by spin table as the tree says of it; it
 * comes to husk_smp_entry (smp_start.S) with x0 = `context`. One at a time: the next call only when
 * the CPU is known to run.
 * @return HUSK_OK; HUSK_ENOENT: the tree does not have this CPU; HUSK_EINVAL: a broken tree;
 * HUSK_ENOTSUP: neither method, or the firmware refused. */
enum husk_err husk_cpu_start(const struct husk_cpu_start *how, uint64_t affinity, uint64_t context);

#endif
