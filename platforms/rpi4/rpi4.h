// SPDX-License-Identifier: Apache-2.0
#ifndef RPI4_H
#define RPI4_H

#include <husk/arch.h>

/* What only the VideoCore knows of the board. */
struct rpi4_facts {
    uint64_t ram_bytes;          /* all of it, as fitted; 0: not said */
    struct husk_range videocore; /* its part of RAM */
};

/* Asks it, by the property mailbox. False: no answer, or none that was understood. */
bool rpi4_mailbox_ask(struct rpi4_facts *facts);

#endif
