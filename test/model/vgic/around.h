// SPDX-License-Identifier: Apache-2.0
#ifndef AROUND_H
#define AROUND_H

/** @file
 * What Husk does around husk::vgic, for a VM whose vCPUs have a CPU each: access, flush, kick,
 * hold, the physical interrupts, the quick ways. */

#include "player.h"
#include "spec_run.h"
#include "spec_vgic.h"

enum { STACK = 256, DEVICES = 4, OPS_PER_VM = 4000 };

/** A linked interrupt: PPI 27 of each vCPU is physical 27 of its CPU, SPIs are anybody's. */
struct device {
    unsigned intid, physical;
};
extern const struct device devices[DEVICES];

struct cpu {
    unsigned acked[STACK], acked_count;     /**< in order: what the guest is to drop, */
    unsigned dropped[STACK], dropped_count; /**< and with EOImode 1 to deactivate */
    bool on, loaded;
    bool device[DEVICES]; /**< levels of physical lines; those of SPIs are vCPU 0's */
};
extern struct cpu cpus[PLAYER_CPUS];

extern struct husk_vgic vgic;
extern struct husk_vgic_vcpu vcpus[SPEC_VGIC_CPUS];
extern const struct husk_vgic_locked v;
extern struct spec_vgic spec;
extern unsigned self;         /**< the vCPU whose CPU runs */
extern uint32_t kicked, sent; /**< vCPUs with a kick, with a quick SGI on the way */

void wrong(const char *what);
/** Runs that CPU. */
void on(unsigned cpu);
/** Until nothing is on the way any more. */
void settle(void);
/** As husk/vgic.h says; the library's answer to what it refuses is RAZ/WI. */
uint64_t access(bool is_write, enum husk_vgic_frame frame, uint64_t offset, unsigned size,
                uint64_t value);
/** An SGI the quick way. @return whether it was sent. */
bool send_quickly(uint64_t value);

#endif
