// SPDX-License-Identifier: Apache-2.0
#ifndef RIG_FRAME_H
#define RIG_FRAME_H

/* Offsets rig.S uses, of struct rig_regs and struct rig_record (rig.h). */
#define RIG_REGS_NZCV 248
#define RIG_REGS_SP0  256

#define RIG_REC_ARMED    0
#define RIG_REC_COUNT    8
#define RIG_REC_KIND     16
#define RIG_REC_ESR      24
#define RIG_REC_ELR      32
#define RIG_REC_SPSR     40
#define RIG_REC_FAR      48
#define RIG_REC_DAIF     56
#define RIG_REC_EL       64
#define RIG_REC_SPSEL    72
#define RIG_REC_NZCV     80
#define RIG_REC_PAN      88
#define RIG_REC_SSBS     96
#define RIG_REC_TCO      104
#define RIG_REC_DIT      112
#define RIG_REC_FEATURES 120
#define RIG_REC_IRQ      128
#define RIG_REC_IRQS     136
#define RIG_REC_FIQ      144
#define RIG_REC_FIQS     152

#define RIG_HAS_PAN_BIT  0
#define RIG_HAS_SSBS_BIT 1
#define RIG_HAS_TCO_BIT  2
#define RIG_HAS_DIT_BIT  3

#endif
