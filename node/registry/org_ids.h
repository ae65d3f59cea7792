/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identifiers of organisations that others give.
 *
 *   ROR id  "0", six characters of Crockford's base 32 in lower case (no i, l, o, u), two digits: the
 *           check number 98 - (100 n mod 97) (ISO/IEC 7064, mod 97-10) of the n that the first seven say
 *   PIC     participant code of the EU's portal: nine digits, not all of them zero; without check digit
 */
#ifndef REGISTRY_ORG_IDS_H
#define REGISTRY_ORG_IDS_H

#include <stdbool.h>

#include "base/bytes.h"

#define ROR_CHARS 9

bool ror_is_formed(struct bytes id);
/* Of a formed one. */
bool ror_sum_is_right(struct bytes id);
/* The nine characters inside what people paste: without white space around it, "https://ror.org/" in front,
 * or "/" behind. Into the input; its case stays. */
struct bytes ror_trim(struct bytes text);
bool pic_is_formed(struct bytes id);

#endif
