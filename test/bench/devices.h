// SPDX-License-Identifier: Apache-2.0
// What the bench guest has of the board: the clock, whose alarm is the event `device`.
#include <husk/product.h>

static const uint16_t rtc_intids[] = { 34 };
static const struct husk_device devices[] = {
    {
        .name = "rtc",
        .pa = { 0x09010000 },
        .size_bytes = HUSK_KIB(4),
        .intids = rtc_intids,
        .intid_count = HUSK_COUNT(rtc_intids),
    },
};
