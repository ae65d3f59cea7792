/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRC-32C (Castagnoli, as in RFC 3720 B.4): finds torn and rotten records. It is no defence
 * against a person; what a stranger may have made is hashed by crypto/.
 */
#ifndef STORE_CRC32C_H
#define STORE_CRC32C_H

#include "base/bytes.h"

/* Continue from `crc`, the value of what came before (0 for nothing). */
uint32_t crc32c(uint32_t crc, struct bytes b);
/* The portable body of crc32c(), which uses the processor's instruction where there is one. */
uint32_t crc32c_portable(uint32_t crc, struct bytes b);

#endif
