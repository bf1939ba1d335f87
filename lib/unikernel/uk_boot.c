// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <husk/arch.h>
#include <stdlib.h>
#include <string.h>

int main(void);

typedef void init_fn(void);

/* Symbols of unikernel.ld. */
extern char husk_uk_ld_bss_start[], husk_uk_ld_bss_end[], husk_uk_ld_tls_pointer[];
extern init_fn *const husk_uk_ld_init_start[], *const husk_uk_ld_init_end[];

_Noreturn void husk_uk_boot_main(void)
{
    memset(husk_uk_ld_bss_start, 0, (size_t)(husk_uk_ld_bss_end - husk_uk_ld_bss_start));
    husk_write(tpidr_el0, (uintptr_t)husk_uk_ld_tls_pointer);
    if (husk_read(cntfrq_el0) == 0) { /* all deadlines divide by it */
        husk_uk_refuse("CNTFRQ_EL0 is 0");
    }
    husk_uk_irq_init();
    husk_uk_timer_init();
    husk_uk_console_init();
    for (init_fn *const *init = husk_uk_ld_init_start; init != husk_uk_ld_init_end; init++) {
        (*init)();
    }
    husk_uk_irq_restore(0); /* D, A, I, F unmasked */
    exit(main());
}

const void *husk_uk_dtb(void)
{
    return husk_uk_boot_info.dtb;
}
