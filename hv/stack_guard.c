// SPDX-License-Identifier: Apache-2.0
// What Debian's libfdt expects of its C library: it is compiled with stack protection.
#include "hv.h"

extern uintptr_t husk_stack_guard __asm__("__stack_chk_guard");
uintptr_t husk_stack_guard = (uintptr_t)0x00ff0a0d5afe5afe;
_Noreturn void husk_stack_smashed(void) __asm__("__stack_chk_fail");

_Noreturn void husk_stack_smashed(void)
{
    husk_panic("stack smashed");
}
