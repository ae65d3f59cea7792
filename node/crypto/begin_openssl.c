/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/begin.h"

#include <stdlib.h>

#include <openssl/crypto.h>

#include "base/check.h"
#include "base/mem.h"

static void *allocate(size_t n_bytes, const char *file, int line)
{
	(void)file;
	(void)line;
	return mem_try(n_bytes);
}

static void *allocate_again(void *old, size_t n_bytes, const char *file, int line)
{
	(void)file;
	(void)line;
	return mem_try_again(old, n_bytes);
}

static void release(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

void crypto_begin(void)
{
	CHECK(CRYPTO_set_mem_functions(allocate, allocate_again, release) == 1);
}
