// SPDX-License-Identifier: Apache-2.0
// test_model_vtimer_spec [SEED [COUNT]]: vCPUs of two VMs take turns on one CPU and use their
// timers, held by husk::vtimer between turns; test/spec/spec_vtimer.c says what each must see.
#include <husk/vtimer.h>

#include "spec_run.h"
#include "spec_vtimer.h"

enum { VCPUS = 3, NOBODY = VCPUS };
enum { VIRT, PHYS };

static const struct {
    unsigned ctl, cval;
} sysregs[] = {
    [VIRT] = { HUSK_SYSREG_cntv_ctl_el0, HUSK_SYSREG_cntv_cval_el0 },
    [PHYS] = { HUSK_SYSREG_cntp_ctl_el0, HUSK_SYSREG_cntp_cval_el0 },
};

static struct husk_fake cpu;
static struct husk_vtimer lib[VCPUS];
static struct spec_vtimer spec[VCPUS][2];
static uint64_t cntkctl[VCPUS];
static uint64_t offset[VCPUS]; /* of the vCPU's VM */
static uint64_t cntpct;
static unsigned loaded; /* on the CPU */

static uint64_t now(unsigned vcpu, unsigned which)
{
    return which == VIRT ? cntpct - offset[vcpu] : cntpct;
}

/* The CPU's own timers, from its registers alone: condition and line. */
static bool met(unsigned which)
{
    const uint64_t count = which == VIRT ? cntpct - cpu.sysreg[HUSK_SYSREG_cntvoff_el2] : cntpct;

    return (cpu.sysreg[sysregs[which].ctl] & 1) != 0 && count >= cpu.sysreg[sysregs[which].cval];
}

static bool cpu_line(unsigned which)
{
    return met(which) && (cpu.sysreg[sysregs[which].ctl] & 2) == 0;
}

/* ISTATUS of what is read from the CPU. After a write, no line is up that shouldn't be: a timer
 * never compares with what another vCPU left. */
static void on_sysreg(void *context, bool is_write, unsigned sysreg, uint64_t *value)
{
    const uint64_t before = cpu.sysreg[sysreg];

    (void)context;
    for (unsigned which = VIRT; which <= PHYS; which++) {
        if (!is_write && sysreg == sysregs[which].ctl && met(which)) {
            *value |= 4;
        }
        cpu.sysreg[sysreg] = is_write ? *value : before;
        if (is_write && loaded != NOBODY && cpu_line(which)) {
            const uint64_t count = now(loaded, which);

            spec_same("early line", 1, spec_vtimer_line(spec[loaded][which], count));
        }
    }
    cpu.sysreg[sysreg] = before; /* the fake does it, too */
}

static uint64_t near(uint64_t value)
{
    switch (spec_below(8)) {
    case 0:
        return spec_random();
    case 1:
        return spec_below(2) == 0 ? spec_below(4) : UINT64_MAX - spec_below(4);
    default:
        return value + spec_below(64) - 32;
    }
}

/* The guest writes a register of its CPU, as the hardware of a pinned vCPU lets it. */
static void guest_writes(unsigned which)
{
    struct spec_vtimer *const s = &spec[loaded][which];
    const uint64_t value = spec_below(2) == 0 ? spec_random() : near(0);

    switch (spec_below(4)) {
    case 0:
        *s = spec_vtimer_write(*s, SPEC_CTL, value, 0);
        cpu.sysreg[sysregs[which].ctl] = value & 3;
        break;
    case 1:
        *s = spec_vtimer_write(*s, SPEC_TVAL, value, now(loaded, which));
        cpu.sysreg[sysregs[which].cval] = s->cval;
        break;
    case 2:
        cntkctl[loaded] = value;
        cpu.sysreg[HUSK_SYSREG_cntkctl_el1] = value;
        break;
    default:
        *s = spec_vtimer_write(*s, SPEC_CVAL, near(now(loaded, which)), 0);
        cpu.sysreg[sysregs[which].cval] = s->cval;
        break;
    }
}

static void switch_vcpu(void)
{
    if (loaded != NOBODY) {
        const unsigned old = loaded;

        husk_vtimer_save(&lib[old]);
        loaded = NOBODY;
        spec_same("line of an empty CPU", cpu_line(VIRT) || cpu_line(PHYS), false);
        return;
    }
    loaded = spec_below(VCPUS);
    husk_vtimer_load(&lib[loaded], offset[loaded]);
}

static void one_operation(void)
{
    const unsigned which = spec_below(2);
    const unsigned vcpu = spec_below(VCPUS);

    switch (spec_below(16)) {
    case 0:
    case 1:
    case 2:
        switch_vcpu();
        break;
    case 3: /* to where a line may change, or far away */
        cntpct += near(spec[vcpu][which].cval) - now(vcpu, which);
        break;
    case 4:
    case 5:
    case 6:
        cntpct += spec_below(40);
        break;
    case 7: /* a vCPU that does not run is reset */
        if (vcpu != loaded && spec_below(16) == 0) {
            husk_vtimer_reset(&lib[vcpu]);
            cntkctl[vcpu] = 0;
            for (unsigned i = VIRT; i <= PHYS; i++) {
                spec[vcpu][i] = (struct spec_vtimer){ .enable = false };
            }
        }
        break;
    default:
        if (loaded != NOBODY) {
            guest_writes(which);
        }
        break;
    }
}

/* The vCPU's timer in the library's hands, or in the CPU's. */
static void compare(unsigned vcpu, unsigned which)
{
    const struct spec_vtimer s = spec[vcpu][which];
    const struct husk_vtimer_regs *const regs = which == VIRT ? &lib[vcpu].virt : &lib[vcpu].phys;
    const uint64_t count = now(vcpu, which);
    const uint64_t want = spec_vtimer_read(s, SPEC_CTL, count);
    const bool line = spec_vtimer_line(s, count);

    spec_same("line of CTL", husk_vtimer_line(want | (spec_random() & ~UINT64_C(7))), line);
    if (vcpu == loaded) {
        spec_same("CTL", cpu.sysreg[sysregs[which].ctl], want & 3);
        spec_same("CVAL", cpu.sysreg[sysregs[which].cval], s.cval);
        spec_same(
            "line",
            husk_vtimer_line(which == VIRT ? husk_read(cntv_ctl_el0) : husk_read(cntp_ctl_el0)),
            line);
        spec_same("CPU's line", cpu_line(which), line);
        spec_same("CNTKCTL", cpu.sysreg[HUSK_SYSREG_cntkctl_el1], cntkctl[vcpu]);
        return;
    }
    const uint64_t ticks = husk_vtimer_ticks_until(regs, count);

    spec_same("saved CTL", regs->ctl & 3, want & 3);
    spec_same("saved CVAL", regs->cval, s.cval);
    spec_same("saved TVAL", (uint32_t)(regs->cval - count), spec_vtimer_read(s, SPEC_TVAL, count));
    spec_same("saved line", husk_vtimer_line_at(regs, count), line);
    spec_same("saved CNTKCTL", lib[vcpu].cntkctl, cntkctl[vcpu]);
    /* The deadline is the first tick with the line up. Where no tick has it: UINT64_MAX. */
    spec_same("line before the deadline", ticks != 0 && spec_vtimer_line(s, count + ticks - 1), 0);
    spec_same("never", ticks == UINT64_MAX,
              !s.enable || s.imask || (count == 0 && s.cval == UINT64_MAX));
    spec_same("line at the deadline", ticks == UINT64_MAX || spec_vtimer_line(s, count + ticks), 1);
}

int main(int argc, char **argv)
{
    spec_run_init(argc, argv);
    husk_fake = &cpu;
    cpu.on_sysreg = on_sysreg;
    loaded = NOBODY;
    for (spec_run.step = 0; spec_run.step < spec_run.count; spec_run.step++) {
        if (spec_run.step % 1000 == 0 && loaded == NOBODY) {
            offset[0] = spec_random();
            offset[1] = offset[0];
            offset[2] = spec_random();
        }
        one_operation();
        for (unsigned vcpu = 0; vcpu < VCPUS; vcpu++) {
            compare(vcpu, VIRT);
            compare(vcpu, PHYS);
        }
    }
    return 0;
}
