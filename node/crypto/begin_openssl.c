/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/begin.h"

#include <stdbool.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "base/mem.h"
#include "crypto/hash.h"

static bool has_begun; /* set once, before there is another thread */

static void *allocate(size_t n_bytes, const char *file, int line)
{
	void *p = malloc(n_bytes);

	(void)file;
	(void)line;
	mem_must(p || has_begun);
	return p;
}

static void *allocate_again(void *old, size_t n_bytes, const char *file, int line)
{
	void *p = realloc(old, n_bytes);

	(void)file;
	(void)line;
	mem_must(p || has_begun || n_bytes == 0);
	return p;
}

static void release(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

void crypto_begin(void)
{
	struct hash unused;

	mem_must(CRYPTO_set_mem_functions(allocate, allocate_again, release) == 1);
	crypto_sha256(BYTES_NONE, &unused);
	has_begun = true;
}
