// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_UK_FRAME_H
#define HUSK_UK_FRAME_H

/* What vectors.S stores for a fatal exception; serves C and asm. */
#define HUSK_UK_FRAME_SP   248
#define HUSK_UK_FRAME_ELR  256
#define HUSK_UK_FRAME_SPSR 264
#define HUSK_UK_FRAME_ESR  272
#define HUSK_UK_FRAME_FAR  280
#define HUSK_UK_FRAME_SIZE 288

#define HUSK_UK_PANIC_STACK_BYTES 4096

#ifndef __ASSEMBLER__
#include <husk/base.h>

struct husk_uk_frame {
    uint64_t x[31];
    uint64_t sp, elr, spsr, esr, far;
};
_Static_assert(offsetof(struct husk_uk_frame, sp) == HUSK_UK_FRAME_SP, "vectors.S");
_Static_assert(offsetof(struct husk_uk_frame, elr) == HUSK_UK_FRAME_ELR, "vectors.S");
_Static_assert(offsetof(struct husk_uk_frame, spsr) == HUSK_UK_FRAME_SPSR, "vectors.S");
_Static_assert(offsetof(struct husk_uk_frame, esr) == HUSK_UK_FRAME_ESR, "vectors.S");
_Static_assert(offsetof(struct husk_uk_frame, far) == HUSK_UK_FRAME_FAR, "vectors.S");
_Static_assert(sizeof(struct husk_uk_frame) == HUSK_UK_FRAME_SIZE, "vectors.S");
#endif

#endif
