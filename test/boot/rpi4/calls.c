// SPDX-License-Identifier: Apache-2.0
// Secure monitor calls of a guest: Husk answers them, and no other. TF-A would give its UUID for
// the fifth, the UID of the standard service.
#include <stdint.h>
#include <stdio.h>

static int32_t smc(uint32_t function, uint64_t x1)
{
    register uint64_t x0 __asm__("x0") = function;
    register uint64_t arg __asm__("x1") = x1;

    __asm__ volatile("smc #0" : "+r"(x0), "+r"(arg) : : "x2", "x3", "memory");
    return (int32_t)x0;
}

int main(void)
{
    static const struct {
        uint64_t x1;
        uint32_t function;
        int32_t answer;
    } calls[] = {
        { 0, 0, -1 },
        { 0, 0x84000000, 0x10001 },  /* PSCI_VERSION */
        { 0x10000, 0xc4000003, -2 }, /* CPU_ON of a CPU the VM does not have */
        { 0, 0xc3000001, -1 },       /* OEM */
        { 0, 0x8400ff01, -1 },       /* standard service: UID */
        { 0, 0xbf00ff01, -1 },       /* trusted OS: UID */
    };
    int wrong = 0;

    for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        const int32_t answer = smc(calls[i].function, calls[i].x1);

        if (answer != calls[i].answer) {
            printf("husk-test: %#x gave %d, not %d\n", (unsigned)calls[i].function, (int)answer,
                   (int)calls[i].answer);
            wrong++;
        }
    }
    printf("husk-test: %s\n", wrong == 0 ? "pass" : "fail");
    return wrong;
}
