// SPDX-License-Identifier: Apache-2.0
#ifndef HUSK_PRODUCT_ASM_H
#define HUSK_PRODUCT_ASM_H

/** @file
 * What start.S reads of struct husk_product; boot.c asserts that it is true.
 */

#define HUSK_PRODUCT_NO_BOOT_MARKS 28

#endif
