// SPDX-License-Identifier: Apache-2.0
// The end of Husk itself: what happened, and every register, on the UART.
#include "hv.h"

enum { EC_BRK64 = 0x3c };

struct husk_frame husk_panic_frame;

_Noreturn void husk_panic_exception(unsigned vector, struct husk_frame *frame);

/* Vectors go by fours: what happened, and on whose behalf. */
static const char *const vector_kind[4] = { "synchronous exception", "IRQ", "FIQ", "SError" };
static const char *const vector_from[4] = { " at EL2 with SP_EL0", " at EL2", " from a guest",
                                            " from a guest in AArch32" };

_Noreturn static void stop(void)
{
    if (husk_parts.smp != NULL) {
        husk_parts.smp->stop_all();
    }
    for (;;) {
        husk_wfi();
    }
}

static void print_register(const char *name, uint64_t value, const char *end)
{
    husk_console_puts(name);
    husk_console_puts("=");
    husk_console_hex(value);
    husk_console_puts(end);
}

_Noreturn void husk_panic_exception(unsigned vector, struct husk_frame *frame)
{
    const uint64_t esr = husk_read(esr_el2);

    if (esr >> 26 == EC_BRK64 && (esr & 0xffff) == HUSK_ASSERT_BRK) {
        husk_console_say("panic: ", "assertion failed: ", (const char *)frame->x[0], "");
    } else {
        husk_console_say("panic: ", vector_kind[vector % 4], vector_from[vector / 4 % 4], "");
    }
    for (unsigned i = 0; i < 31; i++) {
        husk_console_puts("x");
        husk_console_dec(i);
        print_register("", frame->x[i], i % 4 == 3 ? "\n" : " ");
    }
    print_register("sp", frame->sp, "\n");
    print_register("elr_el2", frame->x[31], " ");
    print_register("spsr_el2", frame->pstate, "\n");
    print_register("esr_el2", esr, " ");
    print_register("far_el2", husk_read(far_el2), " ");
    print_register("hpfar_el2", husk_read(hpfar_el2), "\n");
    stop();
}

void husk_must(enum husk_err err)
{
    HUSK_ASSERT(err == HUSK_OK);
}

_Noreturn void husk_panic(const char *reason)
{
    husk_console_say("panic: ", reason, "", "");
    stop();
}
