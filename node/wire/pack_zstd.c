/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/pack.h"

#include <pthread.h>

#include <zstd.h>
#include <zstd_errors.h>

#include "base/check.h"
#include "base/mem.h"
#include "wire/entry.h"

#define LEVEL 1
/* The shortest repetition that is looked for; the level's own are of five. Payloads are so short that what is found
 * costs as much to write down as it saves: a third less time for both ways, one byte in a hundred more. */
#define MATCH_BYTES 7
/* Of a frame's descriptor (RFC 8878, 3.1.1.1.1), the fifth byte: what is not the length of the content's size. */
#define DESCRIPTOR_MASK 0x3f
#define DESCRIPTOR_SINGLE_SEGMENT 0x20

/* A context is some hundred KiB, and making one costs more than packing: each thread keeps its own, which its
 * key's destructor frees when the thread ends. */
struct contexts {
	ZSTD_CCtx *pack;
	ZSTD_DCtx *unpack;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static _Thread_local struct contexts of_thread;

static void drop(void *contexts)
{
	struct contexts *c = contexts;

	ZSTD_freeCCtx(c->pack);
	ZSTD_freeDCtx(c->unpack);
	*c = (struct contexts){0};
}

static void make_key(void)
{
	mem_must(pthread_key_create(&key, drop) == 0);
}

static void drop_when_the_thread_ends(void)
{
	CHECK(pthread_once(&once, make_key) == 0);
	mem_must(pthread_setspecific(key, &of_thread) == 0);
}

/* NULL: no memory. */
static ZSTD_CCtx *packer(void)
{
	ZSTD_CCtx *c = of_thread.pack;

	if (c)
		return c;
	c = ZSTD_createCCtx();
	if (!c)
		return NULL;
	CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, LEVEL)));
	CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_minMatch, MATCH_BYTES)));
	CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 1)));
	CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 0)));
	CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_dictIDFlag, 0)));
	drop_when_the_thread_ends();
	return of_thread.pack = c;
}

static ZSTD_DCtx *unpacker(void)
{
	if (!of_thread.unpack) {
		of_thread.unpack = ZSTD_createDCtx();
		drop_when_the_thread_ends();
	}
	return of_thread.unpack;
}

/* What the packed form of so many bytes may have: a whole gain, rounded up. */
static size_t most_packed(size_t payload_bytes)
{
	return payload_bytes - (payload_bytes + PACK_LEAST_GAIN - 1) / PACK_LEAST_GAIN;
}

bool payload_pack(struct bytes payload, struct buf *out)
{
	size_t was = out->n, most = most_packed(payload.n), n;
	ZSTD_CCtx *c;
	uint8_t *to;

	if (payload.n < PACK_MIN_BYTES || payload.n > PAYLOAD_MAX_BYTES)
		return false;
	c = packer();
	to = c ? buf_reserve(out, most) : NULL;
	if (!to) {
		out->failed = true;
		return false;
	}
	n = ZSTD_compress2(c, to, most, payload.p, payload.n);
	out->n = was;
	if (ZSTD_isError(n)) {
		out->failed |= ZSTD_getErrorCode(n) == ZSTD_error_memory_allocation;
		return false;
	}
	out->n += n;
	return true;
}

size_t payload_packed_claim(struct bytes packed)
{
	static const uint8_t magic[] = {0x28, 0xb5, 0x2f, 0xfd}; /* also the library reads frames of its past */
	unsigned long long size;

	if (packed.n <= sizeof(magic) || memcmp(packed.p, magic, sizeof(magic)) != 0 ||
	    (packed.p[sizeof(magic)] & DESCRIPTOR_MASK) != DESCRIPTOR_SINGLE_SEGMENT)
		return 0;
	size = ZSTD_getFrameContentSize(packed.p, packed.n); /* its errors are the largest numbers */
	if (size < PACK_MIN_BYTES || size > PAYLOAD_MAX_BYTES || packed.n > most_packed((size_t)size))
		return 0;
	return (size_t)size;
}

int payload_unpack(struct bytes packed, struct arena *a, struct bytes *ret)
{
	size_t size = payload_packed_claim(packed), n;
	ZSTD_DCtx *d;
	uint8_t *p;

	if (!size || ZSTD_findFrameCompressedSize(packed.p, packed.n) != packed.n) /* frames may follow each other */
		return IMS_E_CORRUPT;
	p = arena_alloc(a, size);
	if (!p)
		return arena_error(a);
	d = unpacker();
	if (!d)
		return IMS_E_NOMEM;
	n = ZSTD_decompressDCtx(d, p, size, packed.p, packed.n);
	if (n != size)
		return ZSTD_getErrorCode(n) == ZSTD_error_memory_allocation ? IMS_E_NOMEM : IMS_E_CORRUPT;
	*ret = BYTES(p, n);
	return 0;
}
