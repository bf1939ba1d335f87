// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_FRAME_H
#define HUSK_FRAME_H

/** @file
 * The register frame an exception leaves on the EL2 stack, for C and for assembly.
 */

#define HUSK_FRAME_PSTATE 256
#define HUSK_FRAME_BYTES  272

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

/** x[31] is 0, and what is written to it is lost, as of XZR; in the frame of a panic it is the PC.
 * pstate and sp only there: on the way in and out of a guest they, and the PC, stay in ELR_EL2,
 * SPSR_EL2 and SP_EL1. x[18..29] are filled only where the instruction names a register above x15
 * (vectors.S). */
struct husk_frame {
    uint64_t x[32];
    uint64_t pstate;
    uint64_t sp;
};
_Static_assert(offsetof(struct husk_frame, pstate) == HUSK_FRAME_PSTATE, "vectors.S relies on it");
_Static_assert(sizeof(struct husk_frame) == HUSK_FRAME_BYTES, "vectors.S relies on it");
#endif

#endif
