/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the kernel, not through OpenSSL, whose generator needs memory: a node that has none left must
 * not be ended by asking for a salt.
 */
#include "crypto/random.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

#include "base/check.h"

#define MOST_BYTES 256u /* what getrandom() gives whole, whatever signals come */

void crypto_random(void *p, size_t n_bytes)
{
	uint8_t *at = p;

	while (n_bytes) {
		ssize_t n = getrandom(at, n_bytes < MOST_BYTES ? n_bytes : MOST_BYTES, 0);

		CHECK(n > 0 || errno == EINTR);
		if (n > 0) {
			at += n;
			n_bytes -= (size_t)n;
		}
	}
}
