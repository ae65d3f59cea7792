/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hash.h"

#include <pthread.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "base/check.h"
#include "base/mem.h"

/*
 * Fetching an algorithm takes locks and a name lookup, and a context is an allocation: both cost
 * more than hashing a Merkle node. So the digest is fetched once for the process and each thread
 * keeps one context, which its key destructor frees when the thread ends.
 */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t ctx_key;
static EVP_MD *sha256;
static _Thread_local EVP_MD_CTX *thread_ctx;

static void ctx_drop(void *ctx)
{
	thread_ctx = NULL;
	EVP_MD_CTX_free(ctx);
}

static void setup(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	mem_must(sha256 != NULL);
	mem_must(pthread_key_create(&ctx_key, ctx_drop) == 0);
}

static EVP_MD_CTX *ctx_new(void)
{
	EVP_MD_CTX *ctx;

	CHECK(pthread_once(&once, setup) == 0);
	ctx = EVP_MD_CTX_new();
	mem_must(ctx != NULL);
	return ctx;
}

static EVP_MD_CTX *ctx_start(void)
{
	if (!thread_ctx) {
		thread_ctx = ctx_new();
		mem_must(pthread_setspecific(ctx_key, thread_ctx) == 0);
	}
	mem_must(EVP_DigestInit_ex2(thread_ctx, sha256, NULL) == 1);
	return thread_ctx;
}

static void ctx_add(EVP_MD_CTX *ctx, struct bytes b)
{
	if (b.n)
		CHECK(EVP_DigestUpdate(ctx, b.p, b.n) == 1);
}

static void ctx_finish(EVP_MD_CTX *ctx, struct hash *ret)
{
	unsigned n = 0;

	CHECK(EVP_DigestFinal_ex(ctx, ret->b, &n) == 1);
	CHECK(n == sizeof(ret->b));
}

void crypto_sha256(struct bytes b, struct hash *ret)
{
	EVP_MD_CTX *ctx = ctx_start();

	ctx_add(ctx, b);
	ctx_finish(ctx, ret);
}

void crypto_sha256_parts(const struct bytes *parts, size_t n, struct hash *ret)
{
	EVP_MD_CTX *ctx = ctx_start();

	for (size_t i = 0; i < n; i++)
		ctx_add(ctx, parts[i]);
	ctx_finish(ctx, ret);
}

struct crypto_hasher {
	EVP_MD_CTX *ctx;
};

struct crypto_hasher *crypto_hasher_new(void)
{
	struct crypto_hasher *h = mem_new(struct crypto_hasher);

	h->ctx = ctx_new();
	mem_must(EVP_DigestInit_ex2(h->ctx, sha256, NULL) == 1);
	return h;
}

void crypto_hasher_add(struct crypto_hasher *h, struct bytes b)
{
	ctx_add(h->ctx, b);
}

void crypto_hasher_finish(struct crypto_hasher *h, struct hash *ret)
{
	ctx_finish(h->ctx, ret);
	crypto_hasher_free(h);
}

void crypto_hasher_free(struct crypto_hasher *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}
