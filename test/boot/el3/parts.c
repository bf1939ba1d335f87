// SPDX-License-Identifier: Apache-2.0
// What an image with a kernel has, for a unikernel.
#include <husk/parts.h>
const struct husk_parts husk_parts = { .firmware = &husk_firmware, .gic = { &husk_gic_v3 } };
