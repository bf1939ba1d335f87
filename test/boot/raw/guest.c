// SPDX-License-Identifier: Apache-2.0
/* What a raw binary finds: itself whole and where it was asked for, the device tree at RAM's base,
 * all of its RAM. Built with RAW_LOAD (its offset in RAM), RAW_RAM (pairs "base, bytes" of its RAM)
 * and RAW_SEEN (pairs "address, what must stand there"; 0, 0: nothing); RAW_STEP (bytes): how
 * finely it looks at its RAM. */
#include <husk/arch.h>

enum { RAM_BASE = 0x40000000, UART = 0x09000000, STEP = RAW_STEP };
static const uint64_t mark = UINT64_C(0x6b7375685a5a5a5a);
static const uint64_t tail __attribute__((section(".tail"), used)) = UINT64_C(0x6c6961745a5a5a5a);
static const uint64_t ram[] = { RAW_RAM };
static const uint64_t seen[] = { RAW_SEEN };

_Noreturn void guest_main(uint64_t tree, uint64_t loaded_at);

static void print(const char *text)
{
    for (; *text != '\0'; text++) {
        husk_mmio_write32(UART, (uint8_t)*text);
    }
}

static void print_hex(uint64_t value)
{
    print("0x");
    for (unsigned shift = 64; shift != 0;) {
        shift -= 4;
        husk_mmio_write32(UART, (uint8_t)"0123456789abcdef"[value >> shift & 15]);
    }
}

_Noreturn static void off(void)
{
    register uint64_t function __asm__("x0") = 0x84000008; /* PSCI SYSTEM_OFF */

    for (;;) {
        __asm__ volatile("hvc #0" : "+r"(function) : : "x1", "x2", "x3", "memory");
    }
}

static void check(const char *what, uint64_t at, uint64_t is, uint64_t want)
{
    if (is != want) {
        print("raw: ");
        print(what);
        print(" at ");
        print_hex(at);
        print(" is ");
        print_hex(is);
        print(", not ");
        print_hex(want);
        print("\n");
        off();
    }
}

/* Reads a word. @return ESR_EL1 of the abort that came instead, 0: none. */
static uint64_t abort_at(uint64_t address)
{
    uint64_t esr;

    __asm__ volatile("mov x28, xzr\n ldr x0, [%1]\n mov %0, x28"
                     : "=r"(esr)
                     : "r"(address)
                     : "x0", "x28", "memory");
    return esr;
}

static bool is_own(uint64_t address, uint64_t loaded_at)
{
    return address >= husk_align_down(loaded_at, STEP) && address < loaded_at + STEP;
}

/* Each step of RAM is there, and there once: none shows another's mark. */
static void check_ram(uint64_t loaded_at, bool write)
{
    for (size_t i = 0; i < HUSK_COUNT(ram); i += 2) {
        for (uint64_t at = ram[i]; at < ram[i] + ram[i + 1]; at += STEP) {
            volatile uint64_t *const last = (volatile uint64_t *)(at + STEP - 8);

            if (is_own(at, loaded_at)) {
                continue;
            }
            if (write) {
                *last = at ^ mark;
            } else {
                check("RAM", at + STEP - 8, *last, at ^ mark);
            }
        }
    }
}

/* Beyond it nothing is: a synchronous external abort (EC 0x25, DFSC 0x10). */
static void check_end_of_ram(void)
{
    for (size_t i = 0; i < HUSK_COUNT(ram); i += 2) {
        const uint64_t end = ram[i] + ram[i + 1];

        check("abort", end, abort_at(end) & 0xfc00003f, 0x94000010);
    }
}

_Noreturn void guest_main(uint64_t tree, uint64_t loaded_at)
{
    print("raw: loaded at ");
    print_hex(loaded_at);
    print("\n");
    check("load address", 0, loaded_at, RAM_BASE + RAW_LOAD);
    check("tree", 0, tree, RAM_BASE);
    check("magic", tree, *(const uint32_t *)tree, 0xedfe0dd0); /* 0xd00dfeed, big endian */
    check("tail", 0, *(const volatile uint64_t *)&tail, UINT64_C(0x6c6961745a5a5a5a));
    for (size_t i = 0; i < HUSK_COUNT(seen) && seen[i] != 0; i += 2) {
        check("seen", seen[i], *(const volatile uint64_t *)seen[i], seen[i + 1]);
    }
    check_ram(loaded_at, true);
    check_ram(loaded_at, false);
    check_end_of_ram();
    print("husk-test: pass\n");
    off();
}
