// SPDX-License-Identifier: Apache-2.0
/* Alone in its archive member: not linked where the program has its own. */
#include <husk/arch.h>

const bool husk_one_cpu = false;
