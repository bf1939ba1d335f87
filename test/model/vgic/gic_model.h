// SPDX-License-Identifier: Apache-2.0
#ifndef GIC_MODEL_H
#define GIC_MODEL_H

/** @file
 * A GICv3 with one Security state as the architecture describes it, without list registers: flat
 * arrays of one struct for each interrupt, and the obvious loops. Written from IHI 0069H, not from
 * the library; shares nothing with it.
 */

#include <stdbool.h>
#include <stdint.h>

enum { MODEL_INTIDS = 1020, MODEL_VCPUS = 8, MODEL_NONE = 1023 };

struct model_irq {
    bool enabled, latch, line, active, edge, group1;
    bool linked; /* its line is the physical GIC's business */
    uint8_t priority;
    uint64_t route;
};

struct gic_model {
    unsigned intid_count, vcpu_count, pri_bits;
    uint64_t affinity[MODEL_VCPUS];
    bool group_enable[2];
    struct model_irq spi[MODEL_INTIDS];
    struct model_irq banked[MODEL_VCPUS][32];
};

struct model_irq *model_irq(struct gic_model *gic, unsigned vcpu, unsigned intid);
bool model_pending(const struct model_irq *irq);
/** A GICD (or, below 32, GICR of `bank`) register of 32 INTIDs or fewer. `offset` in GICD terms. */
uint64_t model_read(struct gic_model *gic, unsigned bank, unsigned offset, unsigned size_bytes);
void model_write(struct gic_model *gic, unsigned bank, unsigned offset, unsigned size_bytes,
                 uint64_t value);
void model_line(struct gic_model *gic, unsigned vcpu, unsigned intid, bool high);
void model_sgi(struct gic_model *gic, unsigned self, uint64_t value, bool group1);
/** Highest priority pending interrupt for a vCPU among the groups its CPU interface has enabled. */
unsigned model_highest(struct gic_model *gic, unsigned vcpu, bool group0, bool group1);
/** That `intid` is as good as the highest. */
bool model_is_highest(struct gic_model *gic, unsigned vcpu, bool group0, bool group1,
                      unsigned intid);
void model_ack(struct gic_model *gic, unsigned vcpu, unsigned intid);
void model_deactivate(struct gic_model *gic, unsigned vcpu, unsigned intid);

#endif
