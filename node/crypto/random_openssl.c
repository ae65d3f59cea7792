/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/random.h"

#include <stdint.h>

#include <openssl/rand.h>

#include "base/check.h"

void crypto_random(void *p, size_t n_bytes)
{
	uint8_t *at = p;

	while (n_bytes) { /* RAND_bytes() counts in int */
		int n = n_bytes > 1 << 20 ? 1 << 20 : (int)n_bytes;

		CHECK(RAND_bytes(at, n) == 1);
		at += n;
		n_bytes -= (size_t)n;
	}
}
