// SPDX-License-Identifier: Apache-2.0
#include "rpi4.h"

#include <husk/platform.h>

/* ---- the serial port ---- */

enum {
    PL011_DIVISOR = 26 << 6 | 3, /* 115200 baud from the firmware's 48 MHz (init_uart_clock) */
};

static const struct husk_uart pl011 =
    HUSK_UART_PL011(HUSK_PLATFORM_UART_BASE, HUSK_PLATFORM_UART_INTID, PL011_DIVISOR);
static const struct husk_uart mini_uart =
    HUSK_UART_BCM_MINI(HUSK_PLATFORM_MINI_UART_BASE, HUSK_PLATFORM_MINI_UART_INTID);

const struct husk_uart *husk_platform_uart(void)
{
    const uint32_t select = husk_mmio_read32(HUSK_PLATFORM_GPIO_BASE + HUSK_PLATFORM_GPFSEL1);
    const uint64_t function =
        husk_bits_get(select, HUSK_PLATFORM_GPIO14_MSB, HUSK_PLATFORM_GPIO14_LSB);

    return function == HUSK_PLATFORM_GPIO_MINI ? &mini_uart : &pl011;
}

/* ---- memory ---- */

/* What the firmware keeps at address 0: the boot stub with its spin table, or TF-A. Its tree says
 * so, but not every tree is its own. */
static const struct husk_range stub = { 0, HUSK_KIB(512) };

/* Peripherals take the last 64 MiB below 4 GiB; the RAM under them can't be reached. */
static const uint64_t peripherals = UINT64_C(0xfc000000);

static enum husk_err add(struct husk_range *ranges, size_t max, size_t *count,
                         struct husk_range range)
{
    if (range.size_bytes == 0) {
        return HUSK_OK;
    }
    if (*count == max) {
        return HUSK_ERANGE;
    }
    ranges[(*count)++] = range;
    return HUSK_OK;
}

static enum husk_err reserve(struct husk_fdt_board *found, struct husk_range range)
{
    return add(found->reserved, HUSK_FDT_RESERVED_MAX, &found->reserved_count, range);
}

/* Adds [base, end) as far as the board's RAM reaches. */
static enum husk_err add_bank(struct husk_fdt_board *found, uint64_t base, uint64_t end,
                              uint64_t ram_bytes)
{
    const uint64_t top = end < ram_bytes ? end : ram_bytes;
    const struct husk_range bank = { base, top > base ? top - base : 0 };

    return add(found->memory, HUSK_FDT_MEMORY_MAX, &found->memory_count, bank);
}

static bool has_upper_ram(const struct husk_fdt_board *found)
{
    for (size_t i = 0; i < found->memory_count; i++) {
        if (found->memory[i].base + found->memory[i].size_bytes > HUSK_GIB(1)) {
            return true;
        }
    }
    return false;
}

enum husk_err husk_platform_amend(struct husk_fdt_board *found)
{
    struct rpi4_facts facts;
    enum husk_err err = reserve(found, stub);

    if (err != HUSK_OK || !rpi4_mailbox_ask(&facts)) {
        return err;
    }
    err = reserve(found, facts.videocore);
    if (err == HUSK_OK && !has_upper_ram(found)) {
        err = add_bank(found, HUSK_GIB(1), peripherals, facts.ram_bytes);
        if (err == HUSK_OK) {
            err = add_bank(found, HUSK_GIB(4), UINT64_MAX, facts.ram_bytes);
        }
    }
    return err;
}

/* ---- power ---- */

enum {
    PM_RSTC = 0x1c,
    PM_RSTS = 0x20,
    PM_WDOG = 0x24,
    RSTC_WRCFG = 3 << 4,
    RSTC_WRCFG_FULL_RESET = 2 << 4,
    RSTS_PARTITION = 0x555, /* bits 0, 2, 4 .. 10; all set, 63: the firmware halts */
    WDOG_TICKS = 10,        /* of 16 us */
};

static const uint32_t pm_password = UINT32_C(0x5a000000);

const struct husk_range husk_platform_own[] = {
    { HUSK_PLATFORM_PM_BASE, HUSK_KIB(4) },
    { HUSK_PLATFORM_MAILBOX_BASE, HUSK_KIB(4) },
    { HUSK_PLATFORM_DMA_BASE, HUSK_KIB(4) },
    { 0, 0 },
};
_Static_assert(HUSK_COUNT(husk_platform_own) == HUSK_PLATFORM_OWN_MAX + 1, "hv sizes by it");

static uint32_t pm_read(unsigned reg)
{
    return husk_mmio_read32(HUSK_PLATFORM_PM_BASE + reg);
}

static void pm_write(unsigned reg, uint32_t value)
{
    husk_mmio_write32(HUSK_PLATFORM_PM_BASE + reg, pm_password | value);
}

/* By the watchdog, with the partition that the firmware is to boot from next. */
_Noreturn static void restart(uint32_t partition)
{
    pm_write(PM_RSTS, (pm_read(PM_RSTS) & ~(uint32_t)RSTS_PARTITION) | partition);
    pm_write(PM_WDOG, WDOG_TICKS);
    pm_write(PM_RSTC, (pm_read(PM_RSTC) & ~(uint32_t)RSTC_WRCFG) | RSTC_WRCFG_FULL_RESET);
    for (;;) {
        husk_wfi();
    }
}

_Noreturn void husk_platform_power_off(void)
{
    restart(RSTS_PARTITION);
}

_Noreturn void husk_platform_reset(void)
{
    restart(0);
}
