// SPDX-License-Identifier: Apache-2.0
/* A pass of its own: only boards with more than one CPU in use need it. */
#include "fdt_internal.h"

/* A number of one or two cells. @return false: it is none. */
static bool number_of(const struct value *value, uint64_t *number)
{
    const uint32_t *at = value->data;
    const uint32_t cells = value->bytes / CELL_BYTES;

    if (value->bytes % CELL_BYTES != 0 || !cells_valid(cells)) {
        return false;
    }
    *number = take_number(&at, cells);
    return true;
}

static enum husk_fdt_enable enable_of(struct value value)
{
    if (husk_fdt_is(&value, "psci")) {
        return HUSK_FDT_ENABLE_PSCI;
    }
    return husk_fdt_is(&value, "spin-table") ? HUSK_FDT_ENABLE_SPIN_TABLE : HUSK_FDT_ENABLE_NONE;
}

/* The CPU whose node was just entered. */
static struct husk_fdt_cpu read_cpu(struct walk *walk, uint32_t address_cells)
{
    struct value reg = { NULL, 0 };
    struct value release = { NULL, 0 };
    struct husk_fdt_cpu cpu = { .enable = HUSK_FDT_ENABLE_NONE };

    while (husk_fdt_property(walk)) {
        if (husk_fdt_is(&walk->name, "reg")) {
            reg = walk->value;
        } else if (husk_fdt_is(&walk->name, "enable-method")) {
            cpu.enable = enable_of(walk->value);
        } else if (husk_fdt_is(&walk->name, "cpu-release-addr")) {
            release = walk->value;
        }
    }
    /* The address of a spin table's word has two cells; one in old trees. */
    if (reg.bytes / CELL_BYTES != address_cells || !number_of(&reg, &cpu.mpidr) ||
        (cpu.enable == HUSK_FDT_ENABLE_SPIN_TABLE &&
         (!number_of(&release, &cpu.release.value) ||
          !husk_is_aligned(cpu.release.value, sizeof(uint64_t))))) {
        walk->err = HUSK_EINVAL;
    }
    husk_fdt_leave(walk);
    return cpu;
}

enum husk_err husk_fdt_cpus(const void *dtb, size_t max_bytes, struct husk_fdt_cpu *cpus,
                            size_t max, size_t *count)
{
    struct walk walk;
    struct cells cells;
    size_t found = 0;
    const enum husk_err err = husk_fdt_find(&walk, dtb, max_bytes, "cpus", &cells);

    if (err != HUSK_OK) {
        return err;
    }
    cells = husk_fdt_cells(&walk);
    while (husk_fdt_child(&walk)) {
        /* Known by its name: device_type is of no use, as other nodes of /cpus have one, too. */
        if (!husk_fdt_is_node(&walk, "cpu")) {
            husk_fdt_leave(&walk);
        } else {
            const struct husk_fdt_cpu cpu = read_cpu(&walk, cells.address);

            if (found < max) {
                cpus[found++] = cpu;
            }
        }
    }
    if (walk.err == HUSK_OK) {
        *count = found;
    }
    return walk.err;
}
