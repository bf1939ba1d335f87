// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_WINDOW_H
#define HUSK_WINDOW_H

/** @file
 * Memory that EL2 does not keep mapped.
 */

#include "hv.h"

extern struct husk_spinlock husk_el2_s1_lock; /**< for whoever changes husk_el2_s1 at run time */

/** Maps [pa, pa + size_bytes), widened to pages, at its own address for EL2, until
 * husk_window_close(). For boot and VM (re)start; one at a time per range. */
void *husk_window_open(struct husk_pa pa, uint64_t size_bytes, uint32_t attr);
void husk_window_close(struct husk_pa pa, uint64_t size_bytes);

/** Copies into a VM's RAM and cleans it to the point of coherency. @return HUSK_OK; HUSK_ENOENT: a
 * byte of the range is not its RAM (what lies before has been written). */
enum husk_err husk_guest_copy_in(struct husk_vm *vm, struct husk_ipa ipa, const void *from,
                                 uint64_t size_bytes);

#endif
