/* SPDX-License-Identifier: Apache-2.0 */
#include "view/waiting.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/key.h"

#define HEADS_MAX_BYTES ((size_t)64 << 20) /* many times what the changes of a run take */

static struct bytes head_of(struct bytes key)
{
	return BYTES(key.p, key.n - WAITING_NUMBER_BYTES);
}

static uint64_t number_of(struct bytes key)
{
	return be64_get(key.p + key.n - WAITING_NUMBER_BYTES);
}

/* A polynomial of the head's bytes, seven at a time, at a secret place, modulo 2^61 - 1 (Carter and Wegman): values are
 * other regions' words, and who knew the buckets could fill one. */
static size_t bucket_of(const struct waiting *w, struct bytes head)
{
	const uint64_t prime = (UINT64_C(1) << 61) - 1;
	uint64_t h = head.n;

	for (size_t at = 0; at < head.n; at += 7) {
		uint8_t word[8] = {0};
		unsigned __int128 x;

		memcpy(word + 1, head.p + at, head.n - at < 7 ? head.n - at : 7);
		x = (unsigned __int128)(h + be64_get(word)) * w->secret;
		h = (uint64_t)(x & prime) + (uint64_t)(x >> 61);
	}
	return (h & prime) % WAITING_BUCKETS;
}

static struct waiting_head *find(const struct waiting *w, struct bytes head, size_t bucket)
{
	for (uint32_t i = w->bucket[bucket]; i; i = w->head[i - 1].next)
		if (bytes_eq(w->head[i - 1].bytes, head))
			return &w->head[i - 1];
	return NULL;
}

static uint64_t begins_with(struct bytes head)
{
	uint8_t first[8] = {0};

	memcpy(first, head.p, head.n < sizeof(first) ? head.n : sizeof(first));
	return be64_get(first);
}

static struct waiting_head *add_head(struct waiting *w, struct bytes head, size_t bucket)
{
	struct bytes copy = arena_dup(&w->arena, head);

	if (!copy.p)
		return NULL;
	w->head = mem_grow(w->head, &w->heads_capacity, w->n_heads + 1, sizeof(*w->head));
	w->head[w->n_heads] =
		(struct waiting_head){.bytes = copy, .begins = begins_with(copy), .next = w->bucket[bucket]};
	w->bucket[bucket] = (uint32_t)w->n_heads + 1;
	return &w->head[w->n_heads++];
}

void waiting_init(struct waiting *w, uint64_t secret)
{
	*w = (struct waiting){.secret = secret >> 4 | 1}; /* below the prime, and not 0 */
}

int waiting_add(struct waiting *w, struct bytes key, bool put)
{
	struct waiting_head *h;
	struct bytes head;
	size_t bucket;

	if (BUG(key.n <= WAITING_NUMBER_BYTES || key.n > STORE_KEY_MAX_BYTES))
		return IMS_E_BUG;
	if (w->n == 0)
		arena_init(&w->arena, HEADS_MAX_BYTES);
	head = head_of(key);
	bucket = bucket_of(w, head);
	h = find(w, head, bucket);
	if (!h)
		h = add_head(w, head, bucket);
	if (!h) {
		if (w->n == 0)
			arena_fini(&w->arena);
		return IMS_E_NOMEM;
	}
	w->change = mem_grow(w->change, &w->capacity, w->n + 1, sizeof(*w->change));
	w->change[w->n] = (struct waiting_change){number_of(key), h->newest, put};
	h->newest = (uint32_t)++w->n;
	h->n++;
	return 0;
}

static const struct waiting_change *newest_of(const struct waiting *w, const struct waiting_head *h,
					      uint64_t number)
{
	for (uint32_t i = h->newest; i; i = w->change[i - 1].older)
		if (w->change[i - 1].number == number)
			return &w->change[i - 1];
	return NULL;
}

bool waiting_last(const struct waiting *w, struct bytes key, bool *ret_put)
{
	const struct waiting_head *h;
	const struct waiting_change *c;

	if (w->n == 0 || key.n <= WAITING_NUMBER_BYTES)
		return false;
	h = find(w, head_of(key), bucket_of(w, head_of(key)));
	c = h ? newest_of(w, h, number_of(key)) : NULL;
	if (c)
		*ret_put = c->put;
	return c != NULL;
}

uint64_t waiting_least(const struct waiting *w, struct bytes head)
{
	const struct waiting_head *h = w->n ? find(w, head, bucket_of(w, head)) : NULL;
	uint64_t least = UINT64_MAX;

	for (uint32_t i = h ? h->newest : 0; i; i = w->change[i - 1].older) {
		uint64_t number = w->change[i - 1].number;

		if (number < least && newest_of(w, h, number)->put)
			least = number;
	}
	return least;
}

/* ---- in order */
static int by_bytes(const void *a, const void *b)
{
	const struct waiting_head *x = *(const struct waiting_head *const *)a;
	const struct waiting_head *y = *(const struct waiting_head *const *)b;

	if (x->begins != y->begins)
		return x->begins < y->begins ? -1 : 1;
	return bytes_cmp(x->bytes, y->bytes);
}

/* `older` is the place here of each, in the order in which they came. */
static int by_number(const void *a, const void *b)
{
	const struct waiting_change *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return (x->older > y->older) - (x->older < y->older);
}

/* The changes under a head, by number, and of one number as they came. */
static void gather(const struct waiting *w, const struct waiting_head *h, struct waiting_change *ret)
{
	bool ascends = true;
	uint32_t at = h->n;

	for (uint32_t i = h->newest; i; i = w->change[i - 1].older) {
		ret[--at] = w->change[i - 1];
		ret[at].older = at;
		if (at + 1 < h->n && ret[at].number > ret[at + 1].number)
			ascends = false;
	}
	if (!ascends)
		qsort(ret, h->n, sizeof(*ret), by_number);
}

static int each_under(const struct waiting_head *h, const struct waiting_change *change, waiting_fn *fn,
		      void *ctx)
{
	uint8_t key[STORE_KEY_MAX_BYTES];
	int r = 0;

	memcpy(key, h->bytes.p, h->bytes.n);
	for (uint32_t i = 0; !r && i < h->n; i++) {
		if (i + 1 < h->n && change[i].number == change[i + 1].number)
			continue;
		be64_put(key + h->bytes.n, change[i].number);
		r = fn(ctx, BYTES(key, h->bytes.n + WAITING_NUMBER_BYTES), change[i].put);
	}
	return r;
}

int waiting_each(const struct waiting *w, waiting_fn *fn, void *ctx)
{
	const struct waiting_head **order = mem_zalloc((w->n_heads + 1) * sizeof(*order));
	struct waiting_change *change;
	uint32_t most = 0;
	int r = 0;

	for (size_t i = 0; i < w->n_heads; i++) {
		order[i] = &w->head[i];
		most = w->head[i].n > most ? w->head[i].n : most;
	}
	change = mem_zalloc((most + 1) * sizeof(*change));
	qsort(order, w->n_heads, sizeof(*order), by_bytes);
	for (size_t i = 0; !r && i < w->n_heads; i++) {
		gather(w, order[i], change);
		r = each_under(order[i], change, fn, ctx);
	}
	free(change);
	free(order);
	return r;
}

void waiting_drop(struct waiting *w)
{
	if (w->n == 0)
		return;
	arena_fini(&w->arena);
	memset(w->bucket, 0, sizeof(w->bucket));
	w->n = w->n_heads = 0;
}

void waiting_fini(struct waiting *w)
{
	waiting_drop(w);
	free(w->head);
	free(w->change);
}
