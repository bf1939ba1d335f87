// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_UNIKERNEL_H
#define HUSK_UNIKERNEL_H

/** @file
 * What a C guest needs at EL1, on the guest machine Husk offers (QEMU virt's map).
 *
 * The library owns reset, MMU, vectors, interrupt controller, console and heap; the program
 * supplies `int main(void)`, whose return powers the VM off (as does exit()); a status other than 0
 * is printed first. C library: picolibc, with stdio (doubles; stdin line by line, with echo),
 * malloc, clock() and time() since the start. FP and SIMD may be used everywhere, in interrupt
 * handlers too. An exception nobody expects prints the registers and powers off. One vCPU.
 */

#include <husk/base.h>

/** Runs with interrupts masked, on the stack of what it interrupted, caller-saved FP/SIMD registers
 * preserved by the vectors. May call everything here; must not block. */
typedef void husk_uk_irq_fn(void *context);

/** Calls `handler` for each interrupt `intid` (PPI 16..31 or SPI 32..), enables it, level
 * sensitive.
 * @return HUSK_OK; HUSK_EINVAL (an INTID the controller lacks). `handler` NULL: disables it. */
enum husk_err husk_uk_irq_set(unsigned intid, husk_uk_irq_fn *handler, void *context);

/** Masks interrupts; returns the state for husk_uk_irq_restore(). Nests. */
uint64_t husk_uk_irq_mask(void);
void husk_uk_irq_restore(uint64_t state);

/** Sleeps until an interrupt has been handled, or returns at once if one is pending. Call with
 * interrupts masked after testing a condition, so that no wake-up is lost: they are taken inside.
 */
void husk_uk_wait(void);

/** Nanoseconds since the VM's counter read 0. Monotonic; from CNTVCT_EL0 and CNTFRQ_EL0. */
uint64_t husk_uk_now_ns(void);

/** Calls `handler` once, at `deadline_ns` of husk_uk_now_ns() or as soon after it as possible, from
 * the virtual timer's interrupt. One deadline at a time: a new one replaces it; NULL cancels. */
void husk_uk_timer_set(uint64_t deadline_ns, husk_uk_irq_fn *handler, void *context);

/** Sleeps for at least `duration_ns`, in WFI; interrupts are handled meanwhile, the deadline of
 * husk_uk_timer_set() too. Not from a handler. */
void husk_uk_sleep_ns(uint64_t duration_ns);

/** Reads one line from the console, without its end, echoing what is typed (backspace works);
 * waits in WFI, by the UART's interrupt. @return its length, or -1 if nothing fits (size 0). */
int husk_uk_read_line(char *buf, size_t buf_bytes);

/** Powers the VM off (PSCI SYSTEM_OFF) or resets it (SYSTEM_RESET). */
_Noreturn void husk_uk_power_off(void);
_Noreturn void husk_uk_reset(void);

/** Maps devices beside the guest machine's own (passed through, or DMA channels) at their address,
 * in whole blocks of 2 MiB: what the VM has not got in there still faults. All of them in one GiB,
 * in which no RAM is.
 * @return HUSK_OK; HUSK_EINVAL (empty, across GiBs, below 1 GiB, or where RAM is); HUSK_ENOMEM (a
 * second GiB). */
enum husk_err husk_uk_map_device(uint64_t base, uint64_t size_bytes);

/** The device tree the VM was started with, NULL if none. */
const void *husk_uk_dtb(void);

#endif
