// SPDX-License-Identifier: Apache-2.0
/* Counts what runs at EL2, as a plugin of QEMU's TCG: instructions, entries, dear operations (MSR,
 * barriers, TLBI and other SYS, accesses to devices), and the longest run with interrupts masked.
 *
 *   -plugin libhusk-count.so,out=FILE[,stop=el1|el0|done][,trace=EVENT|masked|boot|guest]
 *
 * A translated block belongs to one exception level, so PSTATE is read when a block is translated.
 * A callback at the start of each block sees the level change; one at each instruction of a block
 * of EL2 counts. The guest says where a sample begins and ends: see MARK_*. FILE gets a line of
 * text for each thing that is known; README.md has them.
 *
 * All virtual CPUs take turns in one thread of QEMU ("-icount", or "-accel tcg,thread=single"), so
 * nothing here is locked. In this mode QEMU 10 names a callback the CPU that its block was
 * translated on, not the one that runs it: CPUs are told apart by TPIDR_EL2, where hypervisors keep
 * what is a CPU's own. Before it is set they are taken for one, which matters to nobody, as no
 * guest runs yet. */
#include "qemu_plugin_api.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* HINT immediates above those the architecture has given a meaning: NOPs on every CPU. */
enum {
    MARK_BEGIN = 0x60, /* a sample of event X0 begins */
    MARK_END = 0x61,   /* and ends */
    MARK_DROP = 0x62,  /* the sample is none: what it was to measure did not happen */
    MARK_DONE = 0x63,  /* the guest has no more */
    CPU_MAX = 64,
    TRACE_MAX = 1 << 20,
    EL_NONE = 0xff,
    EL_LEFT = 0xfe, /* EL2 was, for where the next block shows */
    NO_EVENT = -1,
};

/* A list of addresses, each an instruction executed at EL2; bit 0 of one that is dear is 1. */
struct trace {
    uint64_t *pc;
    size_t count;
};

/* One virtual CPU. */
struct cpu {
    uint64_t key;          /* its TPIDR_EL2 */
    unsigned level;        /* exception level of its last block */
    bool had_guest;        /* a level below EL2 has run here */
    bool masked;           /* a run with interrupts masked goes on */
    uint64_t run_insns;    /* its length so far, */
    uint64_t run_pc;       /* where it began, */
    struct trace run_path; /* and its way */
};

/* What was executed at EL2. */
struct sums {
    uint64_t insns, dear, entries;
};

/* A translated block. */
struct block {
    unsigned level;
    uint64_t pc;
};

static struct cpu cpus[CPU_MAX], *self = &cpus[0];
static unsigned key_count = 1;
static bool many; /* more than one CPU */
static struct qemu_plugin_register *reg_pstate, *reg_x0, *reg_tpidr, *reg_esr, *reg_far, *reg_hpfar;
static FILE *out;
static struct sums sums, at_begin;
static long event = NO_EVENT;
static uint64_t longest;
static unsigned stop_level = EL_NONE; /* end when this level first runs */
static bool stop_done;
static bool level_seen[4];

/* What is traced: one event (the last sample of it stays), the longest masked run, all before the
 * first guest, or all from there, with what brought each entry about. */
static enum { TRACE_NONE, TRACE_EVENT, TRACE_MASKED, TRACE_BOOT, TRACE_GUEST } trace_what;
static long trace_event;
static struct trace traced, kept;

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);
extern int qemu_plugin_version;
int qemu_plugin_version = PLUGIN_API_VERSION;

static uint64_t read_register(struct qemu_plugin_register *reg)
{
    static GByteArray *buf;
    uint64_t value = 0;

    if (buf == NULL) {
        buf = g_byte_array_new();
    }
    g_byte_array_set_size(buf, 0);
    qemu_plugin_read_register(reg, buf);
    memcpy(&value, buf->data, buf->len < sizeof(value) ? buf->len : sizeof(value));
    return value;
}

/* Whose turn it is. */
static void find_self(void)
{
    const uint64_t key = reg_tpidr == NULL ? 0 : read_register(reg_tpidr);
    unsigned i = 0;

    while (i < key_count && cpus[i].key != key) {
        i++;
    }
    if (i == CPU_MAX) {
        fprintf(stderr, "count: more than %d values of TPIDR_EL2\n", CPU_MAX);
        exit(1);
    }
    if (i == key_count) {
        cpus[key_count++] = (struct cpu){ .key = key, .level = EL_NONE };
    }
    self = &cpus[i];
}

/* ---- traces ---- */

static void trace_add(struct trace *trace, uint64_t pc)
{
    if (trace->pc == NULL) {
        trace->pc = calloc(TRACE_MAX, sizeof(*trace->pc));
    }
    if (trace->pc == NULL) {
        abort();
    }
    if (trace->count < TRACE_MAX) {
        trace->pc[trace->count++] = pc;
    }
}

static void trace_keep(const struct trace *trace)
{
    kept.count = 0;
    for (size_t i = 0; i < trace->count; i++) {
        trace_add(&kept, trace->pc[i]);
    }
}

/* Where an instruction at EL2 goes; NULL: nowhere. */
static struct trace *trace_now(void)
{
    if (trace_what == TRACE_MASKED && self->masked) {
        return &self->run_path;
    }
    return (trace_what == TRACE_EVENT && event == trace_event) ||
                   (trace_what == TRACE_BOOT && !level_seen[1]) ||
                   (trace_what == TRACE_GUEST && level_seen[1])
               ? &traced
               : NULL;
}

/* The instruction last added has accessed a device. */
static void trace_dear(void)
{
    const struct trace *const trace = trace_now();

    if (trace != NULL && trace->count != 0) {
        trace->pc[trace->count - 1] |= 1;
    }
}

/* ---- the end ---- */

static void report(void)
{
    if (out == NULL) {
        return;
    }
    fprintf(out, "masked %llu\n", (unsigned long long)longest);
    if (trace_what == TRACE_BOOT || trace_what == TRACE_GUEST) {
        trace_keep(&traced);
    }
    for (size_t i = 0; i < kept.count; i++) {
        fprintf(out, "pc %llx%s\n", (unsigned long long)(kept.pc[i] & ~UINT64_C(1)),
                (kept.pc[i] & 1) != 0 ? " dear" : "");
    }
    fclose(out);
    out = NULL;
}

static void on_exit(qemu_plugin_id_t id, void *arg)
{
    (void)id;
    (void)arg;
    report();
}

/* Ends QEMU as soon as all is known. */
static void finish(void)
{
    fprintf(out, "done\n");
    report();
    _exit(0);
}

/* ---- runs with interrupts masked ---- */

static void run_begin(uint64_t pc)
{
    self->masked = true;
    self->run_insns = 0;
    self->run_pc = pc;
    self->run_path.count = 0;
}

static void run_end(void)
{
    if (self->masked && self->had_guest && self->run_insns > longest) {
        longest = self->run_insns;
        fprintf(out, "longest %llu pc %llx event %ld\n", (unsigned long long)longest,
                (unsigned long long)self->run_pc, event);
        if (trace_what == TRACE_MASKED) {
            trace_keep(&self->run_path);
        }
    }
    self->masked = false;
}

/* MSR DAIFClr with the I bit, and WFI: an interrupt gets through, or is waited for. */
static void on_unmask(unsigned cpu, void *arg)
{
    (void)cpu;
    (void)arg;
    run_end();
}

static void on_mask(unsigned cpu, void *arg)
{
    (void)cpu;
    if (!self->masked) {
        run_begin((uint64_t)(uintptr_t)arg);
    }
}

/* MSR DAIF, Xt: what it did is seen at the next block. */
static void on_daif(unsigned cpu, void *arg)
{
    (void)cpu;
    (void)arg;
    self->level = EL_NONE;
}

/* An interrupt may be taken here, also where it comes before the guest's next instruction. */
static void on_eret(unsigned cpu, void *arg)
{
    (void)cpu;
    (void)arg;
    run_end();
    self->level = EL_LEFT;
}

/* ---- levels ---- */

static void first_at(unsigned level)
{
    level_seen[level] = true;
    fprintf(out, "first el%u el2 %llu entries %llu dear %llu\n", level,
            (unsigned long long)sums.insns, (unsigned long long)sums.entries,
            (unsigned long long)sums.dear);
    fflush(out);
    if (stop_level == level) {
        finish();
    }
}

static void trace_entry(uint64_t pc)
{
    fprintf(out, "entry %llx el2 %llu esr %llx hpfar %llx far %llx\n", (unsigned long long)pc,
            (unsigned long long)sums.insns, (unsigned long long)read_register(reg_esr),
            (unsigned long long)read_register(reg_hpfar),
            (unsigned long long)read_register(reg_far));
}

/* The level is not that of the CPU's last block. */
static void change_level(const struct block *block)
{
    const unsigned before = self->level;

    self->level = block->level;
    if (block->level == 2) {
        const bool is_masked = (read_register(reg_pstate) & 0x80) != 0;

        if (before < 2 || before == EL_LEFT) {
            sums.entries++;
            if (trace_what == TRACE_GUEST) {
                trace_entry(block->pc);
            }
        }
        if (is_masked && !self->masked) {
            run_begin(block->pc);
        } else if (!is_masked) {
            run_end();
        }
    } else {
        run_end();
        self->had_guest = self->had_guest || block->level < 2;
    }
    if (!level_seen[block->level]) {
        first_at(block->level);
    }
}

static void on_block(unsigned cpu, void *arg)
{
    const struct block *const block = arg;

    (void)cpu;
    if (many) {
        find_self();
    }
    if (self->level != block->level) {
        change_level(block);
    }
}

/* ---- instructions at EL2 ---- */

static void on_insn(unsigned cpu, void *arg)
{
    (void)cpu;
    sums.insns++;
    self->run_insns++;
    if (trace_now() != NULL) {
        trace_add(trace_now(), (uint64_t)(uintptr_t)arg);
    }
}

static void on_dear_insn(unsigned cpu, void *arg)
{
    sums.dear++;
    on_insn(cpu, (void *)((uintptr_t)arg | 1));
}

static void on_access(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *arg)
{
    const struct qemu_plugin_hwaddr *const address = qemu_plugin_get_hwaddr(info, vaddr);

    (void)cpu;
    (void)arg;
    if (address != NULL && qemu_plugin_hwaddr_is_io(address)) {
        sums.dear++;
        trace_dear();
    }
}

/* ---- marks ---- */

static void on_begin(unsigned cpu, void *arg)
{
    (void)cpu;
    (void)arg;
    event = (long)read_register(reg_x0);
    at_begin = sums;
    if (trace_what == TRACE_EVENT) {
        traced.count = 0;
    }
}

static void on_end(unsigned cpu, void *arg)
{
    (void)cpu;
    (void)arg;
    if (event == NO_EVENT) {
        return;
    }
    fprintf(out, "sample %ld el2 %llu entries %llu dear %llu\n", event,
            (unsigned long long)(sums.insns - at_begin.insns),
            (unsigned long long)(sums.entries - at_begin.entries),
            (unsigned long long)(sums.dear - at_begin.dear));
    fflush(out);
    if (trace_what == TRACE_EVENT && event == trace_event) {
        trace_keep(&traced);
    }
    event = NO_EVENT;
}

static void on_drop(unsigned cpu, void *arg)
{
    (void)cpu;
    (void)arg;
    fprintf(out, "drop %ld\n", event);
    event = NO_EVENT;
}

static void on_done(unsigned cpu, void *arg)
{
    (void)cpu;
    (void)arg;
    if (stop_done) {
        finish();
    }
}

/* ---- instructions: Arm ARM DDI 0487J.a C4.1 "A64 instruction set encoding", System ---- */

/* MSR (register), SYS (TLBI, IC, DC, AT), DSB, DMB, ISB, SB. */
static bool is_dear(uint32_t insn)
{
    const bool is_msr = (insn & 0xfff00000) == 0xd5100000;
    const bool is_sys = (insn & 0xfff80000) == 0xd5080000;
    const bool is_barrier = (insn & 0xfffff09f) == 0xd503309f;

    return is_msr || is_sys || is_barrier;
}

static bool is_hint(uint32_t insn, unsigned *number)
{
    *number = insn >> 5 & 0x7f;
    return (insn & 0xfffff01f) == 0xd503201f;
}

/* Counts one instruction at EL2, and looks at what it does to PSTATE.I. */
static void translate_el2(struct qemu_plugin_insn *insn, uint32_t word)
{
    void *const pc = (void *)(uintptr_t)qemu_plugin_insn_vaddr(insn);
    const bool sets_i = (word >> 8 & 2) != 0;
    unsigned hint;

    qemu_plugin_register_vcpu_insn_exec_cb(insn, is_dear(word) ? on_dear_insn : on_insn,
                                           QEMU_PLUGIN_CB_NO_REGS, pc);
    qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
                                     NULL);
    if (((word & 0xfffff0ff) == 0xd50340ff && sets_i) || (is_hint(word, &hint) && hint == 3)) {
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_unmask, QEMU_PLUGIN_CB_NO_REGS, NULL);
    } else if ((word & 0xfffff0ff) == 0xd50340df && sets_i) {
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mask, QEMU_PLUGIN_CB_NO_REGS, pc);
    } else if ((word & 0xffffffe0) == 0xd51b4220) {
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_daif, QEMU_PLUGIN_CB_NO_REGS, NULL);
    } else if (word == 0xd69f03e0) {
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_eret, QEMU_PLUGIN_CB_NO_REGS, NULL);
    }
}

static void translate_mark(struct qemu_plugin_insn *insn, uint32_t word)
{
    static exec_fn *const marks[] = {
        [MARK_BEGIN - MARK_BEGIN] = on_begin,
        [MARK_END - MARK_BEGIN] = on_end,
        [MARK_DROP - MARK_BEGIN] = on_drop,
        [MARK_DONE - MARK_BEGIN] = on_done,
    };
    unsigned hint;

    if (is_hint(word, &hint) && hint >= MARK_BEGIN && hint <= MARK_DONE) {
        qemu_plugin_register_vcpu_insn_exec_cb(insn, marks[hint - MARK_BEGIN],
                                               QEMU_PLUGIN_CB_R_REGS, NULL);
    }
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    struct block *const block = malloc(sizeof(*block)); /* lives as long as QEMU may run it */

    (void)id;
    if (block == NULL) {
        abort();
    }
    block->level = read_register(reg_pstate) >> 2 & 3;
    block->pc = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_R_REGS, block);
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb) && (block->level == 1 || block->level == 2);
         i++) {
        struct qemu_plugin_insn *const insn = qemu_plugin_tb_get_insn(tb, i);
        uint32_t word = 0;

        qemu_plugin_insn_data(insn, &word, sizeof(word));
        if (block->level == 2) {
            translate_el2(insn, word);
        } else {
            translate_mark(insn, word);
        }
    }
}

static void on_cpu(qemu_plugin_id_t id, unsigned index)
{
    const GArray *const registers = qemu_plugin_get_registers();
    const qemu_plugin_reg_descriptor *const reg = (const void *)registers->data;

    (void)id;
    (void)index;
    for (unsigned i = 0; i < registers->len; i++) {
        reg_pstate = strcmp(reg[i].name, "cpsr") == 0 ? reg[i].handle : reg_pstate;
        reg_x0 = strcmp(reg[i].name, "x0") == 0 ? reg[i].handle : reg_x0;
        reg_tpidr = strcmp(reg[i].name, "TPIDR_EL2") == 0 ? reg[i].handle : reg_tpidr;
        reg_esr = strcmp(reg[i].name, "ESR_EL2") == 0 ? reg[i].handle : reg_esr;
        reg_far = strcmp(reg[i].name, "FAR_EL2") == 0 ? reg[i].handle : reg_far;
        reg_hpfar = strcmp(reg[i].name, "HPFAR_EL2") == 0 ? reg[i].handle : reg_hpfar;
    }
    if (reg_pstate == NULL || reg_x0 == NULL ||
        (trace_what == TRACE_GUEST && (reg_esr == NULL || reg_far == NULL || reg_hpfar == NULL))) {
        fprintf(stderr, "count: this QEMU shows plugins not all registers that are needed\n");
        exit(1);
    }
}

static bool option(const char *text)
{
    if (strncmp(text, "out=", 4) == 0) {
        out = fopen(text + 4, "w");
        return out != NULL;
    }
    if (strncmp(text, "stop=el", 7) == 0) {
        stop_level = (unsigned)atoi(text + 7);
        return true;
    }
    if (strcmp(text, "stop=done") == 0) {
        stop_done = true;
        return true;
    }
    if (strcmp(text, "trace=masked") == 0 || strcmp(text, "trace=boot") == 0) {
        trace_what = text[6] == 'm' ? TRACE_MASKED : TRACE_BOOT;
        return true;
    }
    if (strcmp(text, "trace=guest") == 0) {
        trace_what = TRACE_GUEST;
        return true;
    }
    if (strncmp(text, "trace=", 6) == 0) {
        trace_what = TRACE_EVENT;
        trace_event = atol(text + 6);
        return true;
    }
    return false;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    if (!info->system_emulation || strcmp(info->target_name, "aarch64") != 0) {
        fprintf(stderr, "count: counts a whole aarch64 machine only\n");
        return 1;
    }
    for (int i = 0; i < argc; i++) {
        if (!option(argv[i])) {
            fprintf(stderr, "count: %s?\n", argv[i]);
            return 1;
        }
    }
    if (out == NULL) {
        fprintf(stderr, "count: say out=FILE\n");
        return 1;
    }
    cpus[0].level = EL_NONE;
    many = info->system.max_vcpus > 1;
    qemu_plugin_register_vcpu_init_cb(id, on_cpu);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_exit, NULL);
    return 0;
}
