// SPDX-License-Identifier: Apache-2.0
#ifndef SPEC_MMU_H
#define SPEC_MMU_H

/** @file
 * Stage 2 of an access at EL1 or EL0, 4 KiB granule, without FEAT_LPA2, FEAT_XNX and FEAT_HAFDBS,
 * HCR_EL2.FWB = 0. Pure but for the reads of memory. Source: Arm ARM DDI 0487J.a D8.
 */

#include <stdbool.h>
#include <stdint.h>

enum spec_s2_access { SPEC_READ, SPEC_WRITE, SPEC_FETCH };

struct spec_s2 {
    uint64_t vtcr, vttbr;
    unsigned pa_range;                                 /* ID_AA64MMFR0_EL1.PARange */
    uint64_t (*read)(const void *memory, uint64_t pa); /* eight bytes, by physical address */
    const void *memory;
};

struct spec_s2_result {
    bool fault;
    uint8_t fsc;       /* of a fault: DFSC or IFSC of ESR_EL2 */
    uint64_t pa, size; /* output address; bytes of the block or page, of the last level looked at */
    uint8_t memattr, sh;
    bool contiguous;
};

struct spec_s2_result spec_s2_access(struct spec_s2 s, uint64_t ipa, enum spec_s2_access access);
/** The sixteen entries around `ipa` may stand for each other in a TLB: the hint is no lie. */
bool spec_s2_hint_true(struct spec_s2 s, uint64_t ipa, enum spec_s2_access access);

#endif
