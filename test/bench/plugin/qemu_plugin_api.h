// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_BENCH_QEMU_PLUGIN_API_H
#define HUSK_BENCH_QEMU_PLUGIN_API_H

/** @file
 * What the counting plugin uses of QEMU's interface for TCG plugins, version 4 (QEMU 9.2 to 10).
 *
 * Debian's QEMU has plugins, but no package with their header; these are declarations of our own.
 * QEMU compares the version below with the ones it knows and refuses others with a line of text.
 * Source: QEMU documentation, "QEMU TCG Plugins", "API".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLUGIN_API_VERSION = 4 };

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_register;
struct qemu_plugin_hwaddr;

typedef struct {
    const char *target_name;
    struct {
        int min;
        int cur;
    } version;
    bool system_emulation;
    struct {
        int smp_vcpus;
        int max_vcpus;
    } system;
} qemu_info_t;

typedef struct {
    struct qemu_plugin_register *handle;
    const char *name;
    const char *feature;
} qemu_plugin_reg_descriptor;

enum { QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_CB_R_REGS };
enum { QEMU_PLUGIN_MEM_R = 1, QEMU_PLUGIN_MEM_W, QEMU_PLUGIN_MEM_RW };

/** GLib's arrays, as far as they are looked into; QEMU has GLib loaded. */
typedef struct {
    char *data;
    unsigned len;
} GArray;
typedef struct {
    uint8_t *data;
    unsigned len;
} GByteArray;
GByteArray *g_byte_array_new(void);
GByteArray *g_byte_array_set_size(GByteArray *array, unsigned length);

typedef void cpu_fn(qemu_plugin_id_t id, unsigned cpu);
typedef void tb_trans_fn(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void exit_fn(qemu_plugin_id_t id, void *arg);
typedef void exec_fn(unsigned cpu, void *arg);
typedef void mem_fn(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *arg);

void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id, cpu_fn *fn);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_trans_fn *fn);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, exit_fn *fn, void *arg);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *dest, size_t bytes);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, exec_fn *fn, int flags,
                                          void *arg);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, exec_fn *fn, int flags,
                                            void *arg);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, mem_fn *fn, int flags, int rw,
                                      void *arg);
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(qemu_plugin_meminfo_t info, uint64_t vaddr);
bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *address);

GArray *qemu_plugin_get_registers(void);
int qemu_plugin_read_register(struct qemu_plugin_register *handle, GByteArray *buf);

#endif
