// SPDX-License-Identifier: Apache-2.0
// One instruction sequence each of Cortex-A53's errata 835769 and 843419, as a compiler and an
// assembler make them who know of none. Linked as Husk is, neither is left: gate.errata.
long husk_multiply(const long *memory, long a, long b);

long husk_multiply(const long *memory, long a, long b)
{
    return *memory + a * b;
}

__asm__(".section .text.husk_page_end, \"ax\"\n"
        ".balign 4096\n"
        ".skip 0xff8\n"
        ".globl husk_page_end\n"
        "husk_page_end:\n"
        "    adrp x0, husk_word\n"
        "    ldr x1, [x2]\n"
        "    ldr x0, [x0, :lo12:husk_word]\n"
        "    ret\n"
        ".data\n"
        ".balign 8\n"
        "husk_word: .quad 0\n");
