// SPDX-License-Identifier: Apache-2.0
/* Debian's libfdt is compiled with a stack protector, whose two symbols a firmware supplies: those
 * of picolibc would bring stdio and signals. */
#include <stdint.h>

extern uintptr_t __stack_chk_guard;
uintptr_t __stack_chk_guard = 0x0a0d00ff;
_Noreturn void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
    for (;;) {
    }
}
