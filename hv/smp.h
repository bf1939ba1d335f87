// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_SMP_H
#define HUSK_SMP_H

/** @file
 * More than one CPU, from the inside: what the files behind husk_smp (husk/parts.h) share.
 */

#include "hv.h"

/** What all vCPUs of a VM are to do (atomic; only ever left from HUSK_VM_RUN, until none of them
 * runs). */
enum husk_vm_request {
    HUSK_VM_RUN,
    HUSK_VM_RESET,
    HUSK_VM_OFF,
};

/* ---- smp.c; smp_vgic.c or direct_smp.c: more than one CPU ---- */

/** By board CPU index; NULL: not brought up. */
extern struct husk_cpu *husk_cpus[];
/** Atomic: a panic, no CPU goes on. */
extern bool husk_smp_ends;

/** What struct husk_smp (husk/parts.h) says of these. */
__attribute__((noreturn)) void husk_smp_run(const void *dtb);
void husk_smp_start(struct husk_vcpu *vcpu, uint64_t entry, uint64_t context_id);
__attribute__((noreturn)) void husk_smp_off(struct husk_vcpu *vcpu);
void husk_smp_kicked(struct husk_vcpu *vcpu);
/** Sleeps until a kick, or less; on a CPU that runs no vCPU. */
void husk_smp_sleep(void);

/* ---- mux.c: a console for several VMs ---- */

/** Takes the last words of a VM that has ended, then a line of Husk's own about it. They are
 * dropped where VMs that end all the time leave no room. */
void husk_mux_tell(struct husk_vm *vm, const char *what, const char *why);

/** Takes what `vm` has sent, as whole lines, as far as there is room, if none of it was `sent` in
 * this go or nothing else is left; and gives the next character of all that was taken. Of a product
 * with one VM: the next as it is. Its uart_lock and husk_console_lock are held.
 * @return false: there is none. */
bool husk_mux_next(struct husk_vm *vm, uint8_t *c, unsigned sent);

/* ---- mux.c, or direct_smp.c ---- */

/** Waits until all that VMs have sent is in the UART, before the board is powered off. */
void husk_console_drain(struct husk_vm *vm);

/* ---- cpu_start.c ---- */

/** Starts the CPU of that affinity (MPIDR_EL1), by PSCI or by spin table as the board's tree,
 * readable and read before, says of it; it comes to husk_smp_entry (smp_start.S) with x0 =
 * `context`. One at a time: the next call only when the CPU is known to run.
 * @return HUSK_OK; HUSK_ENOENT: the tree does not have this CPU; HUSK_EINVAL: a broken tree;
 * HUSK_ENOTSUP: neither method, or the firmware refused. */
enum husk_err husk_cpu_start(const void *dtb, uint64_t affinity, uint64_t context);

#endif
