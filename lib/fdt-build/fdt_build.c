// SPDX-License-Identifier: Apache-2.0
/* A guest's tree: QEMU virt's machine, as far as a guest sees it, written front to back with
 * libfdt's sequential writer (fdt_sw). Nothing of fdt_rw or fdt_addresses is used: they would bring
 * 6 KB and floating-point registers. Source: Devicetree Specification v0.4, chapter 3 "Device Node
 * Requirements"; the Linux bindings arm/cpus, arm/psci, timer/arm,arch_timer,
 * interrupt-controller/arm,gic and arm,gic-v3, serial/pl011, chosen. */
#include <husk/fdt_build.h>

#include <libfdt.h>

enum {
    PHANDLE_GIC = 1,
    PHANDLE_CLOCK = 2,
    IRQ_SPI = 0,
    IRQ_PPI = 1,
    IRQ_LEVEL_HIGH = 4,
    SPI_FIRST = 32,
    SPI_END = 1020,
    NAME_MAX_BYTES = 40,
    DEVICE_INTIDS_MAX = 16,
    CLOCK_HZ = 24000000, /* as QEMU's virt says */
    TREE_MAX_BYTES = 0x40000000,
    RNG_SEED_BYTES = 64,
};

/* A property's name is a string literal, so that cells can be given in place. */
#define CELLS(w, name, ...)                                                                        \
    do {                                                                                           \
        const fdt32_t cells_[] = { __VA_ARGS__ };                                                  \
        put(w, name, cells_, sizeof(cells_));                                                      \
    } while (0)
#define CELL(value)  cpu_to_fdt32((uint32_t)(value))
#define CELL2(value) CELL((uint64_t)(value) >> 32), CELL(value)

/* The tree being written, and libfdt's first complaint: after it nothing is written any more. */
struct writer {
    void *tree;
    int error;
};

static void put(struct writer *w, const char *name, const void *value, size_t bytes)
{
    if (w->error == 0) {
        w->error = fdt_property(w->tree, name, value, (int)bytes);
    }
}

static void put_text(struct writer *w, const char *name, const char *text)
{
    if (w->error == 0) {
        w->error = fdt_property_string(w->tree, name, text);
    }
}

static void begin(struct writer *w, const char *name)
{
    if (w->error == 0) {
        w->error = fdt_begin_node(w->tree, name);
    }
}

static void end(struct writer *w)
{
    if (w->error == 0) {
        w->error = fdt_end_node(w->tree);
    }
}

/* Leaves room for "@", an address and the end: unit_name(). */
static bool fits_name(const char *stem)
{
    size_t bytes = 0;

    while (bytes < NAME_MAX_BYTES && stem[bytes] != '\0') {
        bytes++;
    }
    return bytes != 0 && bytes + sizeof("@0123456789abcdef") <= NAME_MAX_BYTES;
}

/* Writes "<stem>@<address in hex>". */
static void unit_name(char name[NAME_MAX_BYTES], const char *stem, uint64_t address)
{
    size_t at = 0;
    unsigned shift = 60;

    for (; stem[at] != '\0'; at++) {
        name[at] = stem[at];
    }
    name[at++] = '@';
    while (shift != 0 && address >> shift == 0) {
        shift -= 4;
    }
    for (;; shift -= 4) {
        name[at++] = "0123456789abcdef"[address >> shift & 15];
        if (shift == 0) {
            break;
        }
    }
    name[at] = '\0';
}

static void begin_at(struct writer *w, const char *stem, uint64_t address)
{
    char name[NAME_MAX_BYTES];

    unit_name(name, stem, address);
    begin(w, name);
}

static void write_chosen(struct writer *w, const struct husk_fdt_guest *guest)
{
    begin(w, "chosen");
    if (guest->bootargs != NULL) {
        put_text(w, "bootargs", guest->bootargs);
    }
    if (guest->uart.size_bytes != 0) {
        char path[NAME_MAX_BYTES];

        unit_name(path, "/pl011", guest->uart.base);
        put_text(w, "stdout-path", path);
    }
    if (guest->initrd.size_bytes != 0) {
        CELLS(w, "linux,initrd-start", CELL2(guest->initrd.base));
        CELLS(w, "linux,initrd-end", CELL2(guest->initrd.base + guest->initrd.size_bytes));
    }
    if (guest->rng_seed != NULL) {
        put(w, "rng-seed", guest->rng_seed, RNG_SEED_BYTES);
    }
    if (guest->kaslr_seed != 0) {
        CELLS(w, "kaslr-seed", CELL2(guest->kaslr_seed));
    }
    end(w);
}

static void write_memory(struct writer *w, const struct husk_fdt_guest *guest)
{
    for (size_t i = 0; i < guest->ram_count; i++) {
        begin_at(w, "memory", guest->ram[i].base);
        put_text(w, "device_type", "memory");
        CELLS(w, "reg", CELL2(guest->ram[i].base), CELL2(guest->ram[i].size_bytes));
        end(w);
    }
}

/* reg is one cell, unless a vCPU has an Aff3: bits [39:32] are the first of two cells then. */
static void write_cpus(struct writer *w, const struct husk_fdt_guest *guest)
{
    uint32_t cells = 1;

    for (size_t i = 0; i < guest->vcpu_count; i++) {
        if (guest->mpidr[i] >> 32 != 0) {
            cells = 2;
        }
    }
    begin(w, "cpus");
    CELLS(w, "#address-cells", CELL(cells));
    CELLS(w, "#size-cells", CELL(0));
    for (size_t i = 0; i < guest->vcpu_count; i++) {
        const fdt32_t reg[] = { CELL2(guest->mpidr[i]) };

        begin_at(w, "cpu", guest->mpidr[i]);
        put_text(w, "device_type", "cpu");
        put_text(w, "compatible", "arm,armv8");
        put(w, "reg", reg + 2 - cells, cells * sizeof(reg[0]));
        put_text(w, "enable-method", "psci");
        end(w);
    }
    end(w);
}

static void write_psci(struct writer *w)
{
    static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";

    begin(w, "psci");
    put(w, "compatible", compatible, sizeof(compatible));
    put_text(w, "method", "hvc");
    end(w);
}

/* Secure physical, non-secure physical, virtual and hypervisor timer, PPI 13, 14, 11, 10. GICv2
 * wants the mask of CPUs in the flags of a PPI, GICv3 has none there. */
static void write_timer(struct writer *w, const struct husk_fdt_guest *guest)
{
    uint32_t flags = IRQ_LEVEL_HIGH;

    if (guest->gic == HUSK_FDT_GICV2) {
        flags |= ((1u << guest->vcpu_count) - 1) << 8;
    }
    begin(w, "timer");
    put_text(w, "compatible", "arm,armv8-timer");
    CELLS(w, "interrupts", CELL(IRQ_PPI), CELL(13), CELL(flags), CELL(IRQ_PPI), CELL(14),
          CELL(flags), CELL(IRQ_PPI), CELL(11), CELL(flags), CELL(IRQ_PPI), CELL(10), CELL(flags));
    put(w, "always-on", NULL, 0);
    end(w);
}

static void write_gic(struct writer *w, const struct husk_fdt_guest *guest)
{
    begin_at(w, "interrupt-controller", guest->gicd.base);
    put_text(w, "compatible", guest->gic == HUSK_FDT_GICV2 ? "arm,cortex-a15-gic" : "arm,gic-v3");
    CELLS(w, "#interrupt-cells", CELL(3));
    CELLS(w, "#address-cells", CELL(0));
    put(w, "interrupt-controller", NULL, 0);
    CELLS(w, "reg", CELL2(guest->gicd.base), CELL2(guest->gicd.size_bytes), CELL2(guest->gicr.base),
          CELL2(guest->gicr.size_bytes));
    CELLS(w, "phandle", CELL(PHANDLE_GIC));
    end(w);
}

static void write_uart(struct writer *w, const struct husk_fdt_guest *guest)
{
    static const char compatible[] = "arm,pl011\0arm,primecell";
    static const char clock_names[] = "uartclk\0apb_pclk";

    if (guest->uart.size_bytes == 0) {
        return;
    }
    begin(w, "apb-pclk");
    put_text(w, "compatible", "fixed-clock");
    CELLS(w, "#clock-cells", CELL(0));
    CELLS(w, "clock-frequency", CELL(guest->uart_hz != 0 ? guest->uart_hz : CLOCK_HZ));
    put_text(w, "clock-output-names", "uartclk");
    CELLS(w, "phandle", CELL(PHANDLE_CLOCK));
    end(w);
    begin_at(w, "pl011", guest->uart.base);
    put(w, "compatible", compatible, sizeof(compatible));
    CELLS(w, "reg", CELL2(guest->uart.base), CELL2(guest->uart.size_bytes));
    CELLS(w, "interrupts", CELL(IRQ_SPI), CELL(guest->uart_intid - SPI_FIRST),
          CELL(IRQ_LEVEL_HIGH));
    CELLS(w, "clocks", CELL(PHANDLE_CLOCK), CELL(PHANDLE_CLOCK));
    put(w, "clock-names", clock_names, sizeof(clock_names));
    if (guest->uart_periphid != 0) {
        CELLS(w, "arm,primecell-periphid", CELL(guest->uart_periphid));
    }
    end(w);
}

/* The binding brcm,bcm2835-dma: an interrupt by name for each channel of the mask. Bus addresses
 * are the guest's own: no dma-ranges. */
static void write_dma(struct writer *w, const struct husk_fdt_guest *guest)
{
    fdt32_t interrupts[HUSK_FDT_DMA_MAX][3];
    char names[HUSK_FDT_DMA_MAX * sizeof("dma15")];
    size_t names_bytes = 0;
    size_t count = 0;

    if (guest->dma.size_bytes == 0) {
        return;
    }
    for (unsigned i = 0; i < HUSK_FDT_DMA_MAX; i++) {
        if ((guest->dma_channels >> i & 1) == 0) {
            continue;
        }
        interrupts[count][0] = CELL(IRQ_SPI);
        interrupts[count][1] = CELL(guest->dma_intids[i] - SPI_FIRST);
        interrupts[count][2] = CELL(IRQ_LEVEL_HIGH);
        count++;
        names[names_bytes++] = 'd';
        names[names_bytes++] = 'm';
        names[names_bytes++] = 'a';
        if (i >= 10) {
            names[names_bytes++] = '1';
        }
        names[names_bytes++] = (char)('0' + i % 10);
        names[names_bytes++] = '\0';
    }
    begin_at(w, "dma-controller", guest->dma.base);
    put_text(w, "compatible", "brcm,bcm2835-dma");
    CELLS(w, "reg", CELL2(guest->dma.base), CELL2(guest->dma.size_bytes));
    put(w, "interrupts", interrupts, count * sizeof(interrupts[0]));
    put(w, "interrupt-names", names, names_bytes);
    CELLS(w, "#dma-cells", CELL(1));
    CELLS(w, "brcm,dma-channel-mask", CELL(guest->dma_channels));
    end(w);
}

/* It is a bus that says what its masters reach, and where they find it, not a master: dma-ranges.
 * Devicetree Specification v0.4, 2.3.9. */
static void begin_bus(struct writer *w, const struct husk_fdt_device *device)
{
    begin_at(w, "bus", device->regs.base);
    put_text(w, "compatible", "simple-bus");
    CELLS(w, "#address-cells", CELL(2));
    CELLS(w, "#size-cells", CELL(2));
    put(w, "ranges", NULL, 0);
    CELLS(w, "dma-ranges", CELL2(device->dma_bus.value), CELL2(device->dma.base),
          CELL2(device->dma.size_bytes));
}

static void write_interrupts(struct writer *w, const struct husk_fdt_device *device)
{
    fdt32_t interrupts[DEVICE_INTIDS_MAX][3];

    for (size_t i = 0; i < device->intid_count; i++) {
        interrupts[i][0] = CELL(IRQ_SPI);
        interrupts[i][1] = CELL(device->intids[i] - SPI_FIRST);
        interrupts[i][2] = CELL(IRQ_LEVEL_HIGH);
    }
    if (device->intid_count != 0) {
        put(w, "interrupts", interrupts, device->intid_count * sizeof(interrupts[0]));
    }
}

static void write_device(struct writer *w, const struct husk_fdt_device *device)
{
    const bool has_bus = device->dma.size_bytes != 0;

    if (has_bus) {
        begin_bus(w, device);
    }
    begin_at(w, device->name, device->regs.base);
    put_text(w, "compatible", device->compatible);
    CELLS(w, "reg", CELL2(device->regs.base), CELL2(device->regs.size_bytes));
    write_interrupts(w, device);
    for (size_t i = 0; i < device->property_count; i++) {
        put(w, device->properties[i].name, device->properties[i].value,
            device->properties[i].bytes);
    }
    end(w);
    if (has_bus) {
        end(w);
    }
}

static void write_root(struct writer *w, const struct husk_fdt_guest *guest)
{
    begin(w, "");
    CELLS(w, "#address-cells", CELL(2));
    CELLS(w, "#size-cells", CELL(2));
    put_text(w, "compatible", "linux,dummy-virt");
    if (guest->model != NULL) {
        put_text(w, "model", guest->model);
    }
    CELLS(w, "interrupt-parent", CELL(PHANDLE_GIC));
    write_chosen(w, guest);
    write_memory(w, guest);
    write_cpus(w, guest);
    write_psci(w);
    write_timer(w, guest);
    write_gic(w, guest);
    write_uart(w, guest);
    write_dma(w, guest);
    for (size_t i = 0; i < guest->device_count; i++) {
        write_device(w, &guest->devices[i]);
    }
    end(w);
}

static bool range_usable(struct husk_range range)
{
    return range.size_bytes != 0 && husk_range_valid(range);
}

static bool mpidr_usable(const struct husk_fdt_guest *guest, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (guest->mpidr[i] == guest->mpidr[index]) {
            return false;
        }
    }
    return (guest->mpidr[index] & ~(HUSK_BITS(39, 32) | HUSK_BITS(23, 0))) == 0;
}

static bool dma_usable(const struct husk_fdt_guest *guest)
{
    bool usable = range_usable(guest->dma) && guest->dma_channels != 0 &&
                  guest->dma_channels >> HUSK_FDT_DMA_MAX == 0;

    for (unsigned i = 0; i < HUSK_FDT_DMA_MAX; i++) {
        if ((guest->dma_channels >> i & 1) != 0 &&
            (guest->dma_intids[i] < SPI_FIRST || guest->dma_intids[i] >= SPI_END)) {
            usable = false;
        }
    }
    return usable || guest->dma.size_bytes == 0;
}

static bool device_usable(const struct husk_fdt_device *device)
{
    bool usable = device->name != NULL && fits_name(device->name) && device->compatible != NULL &&
                  range_usable(device->regs) && husk_range_valid(device->dma) &&
                  device->dma_bus.value <= UINT64_MAX - device->dma.size_bytes &&
                  device->intid_count <= DEVICE_INTIDS_MAX;

    for (size_t i = 0; usable && i < device->intid_count; i++) {
        usable = device->intids[i] >= SPI_FIRST && device->intids[i] < SPI_END;
    }
    for (size_t i = 0; usable && i < device->property_count; i++) {
        const struct husk_property *const property = &device->properties[i];

        usable = property->name != NULL && property->bytes <= TREE_MAX_BYTES &&
                 (property->value != NULL || property->bytes == 0);
    }
    return usable;
}

static bool guest_usable(const struct husk_fdt_guest *guest)
{
    if (guest->ram_count == 0 || guest->vcpu_count == 0 || guest->vcpu_count > HUSK_FDT_VCPU_MAX ||
        !range_usable(guest->gicd) || !range_usable(guest->gicr) ||
        !husk_range_valid(guest->initrd) || !dma_usable(guest)) {
        return false;
    }
    if (guest->uart.size_bytes != 0 &&
        (!range_usable(guest->uart) || guest->uart_intid < SPI_FIRST ||
         guest->uart_intid >= SPI_END)) {
        return false;
    }
    for (size_t i = 0; i < guest->ram_count; i++) {
        if (!range_usable(guest->ram[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < guest->vcpu_count; i++) {
        if (!mpidr_usable(guest, i)) {
            return false;
        }
    }
    for (size_t i = 0; i < guest->device_count; i++) {
        if (!device_usable(&guest->devices[i])) {
            return false;
        }
    }
    return true;
}

enum husk_err husk_fdt_build(const struct husk_fdt_guest *guest, void *buf, size_t buf_bytes,
                             size_t *size_bytes)
{
    struct writer w = { buf, 0 };

    if (!guest_usable(guest) || !husk_is_aligned((uintptr_t)buf, 8)) {
        return HUSK_EINVAL;
    }
    /* A property's name is looked for among all others otherwise, at each. */
    w.error =
        fdt_create_with_flags(buf, (int)(buf_bytes < TREE_MAX_BYTES ? buf_bytes : TREE_MAX_BYTES),
                              FDT_CREATE_FLAG_NO_NAME_DEDUP);
    if (w.error == 0) {
        w.error = fdt_finish_reservemap(buf);
    }
    write_root(&w, guest);
    if (w.error == 0) {
        w.error = fdt_finish(buf);
    }
    if (w.error != 0) {
        return HUSK_ENOMEM; /* guest_usable() leaves no other way to fail */
    }
    *size_bytes = fdt_totalsize(buf);
    return HUSK_OK;
}
