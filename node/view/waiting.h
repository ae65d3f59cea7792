/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of index keys that are in no run yet, in memory. A key is a head and a record's number, its last
 * eight bytes; few heads have most of the keys (a country, a state), so what is sorted is heads, and numbers
 * under a head mostly come in their order.
 */
#ifndef VIEW_WAITING_H
#define VIEW_WAITING_H

#include "base/arena.h"
#include "base/bytes.h"
#include "ims/err.h"

#define WAITING_BUCKETS 16384
#define WAITING_NUMBER_BYTES 8

struct waiting_change {
	uint64_t number;
	uint32_t older; /* 1 + place of the change before it under its head; 0: none */
	bool put;
};

struct waiting_head {
	struct bytes bytes;
	uint64_t begins; /* its first eight bytes, to compare with: shorter ones are filled with zeros */
	uint32_t newest; /* 1 + place of its last change */
	uint32_t n;	 /* changes */
	uint32_t next;	 /* 1 + place of the next one in its bucket; 0: none */
};

struct waiting {
	uint64_t secret;
	struct arena arena; /* of heads; unused while n is 0 */
	struct waiting_head *head;
	struct waiting_change *change;
	size_t n, capacity, n_heads, heads_capacity;
	uint32_t bucket[WAITING_BUCKETS]; /* 1 + place of a head; 0: none */
};

/* Empty. `secret` is random, and nobody else's. */
void waiting_init(struct waiting *w, uint64_t secret);
/* No head may begin with another one (as in a set, store.h). The key is copied; it has more bytes than its
 * number. Errors: IMS_E_NOMEM, IMS_E_BUG (a key that is too short). */
IMS_MUST_CHECK int waiting_add(struct waiting *w, struct bytes key, bool put);
/* Has this key a change that waits? Then *ret_put is what the last one does. */
bool waiting_last(const struct waiting *w, struct bytes key, bool *ret_put);
/* The least number under this head whose last change puts it; UINT64_MAX: none. */
uint64_t waiting_least(const struct waiting *w, struct bytes head);
/* The last change of each key, in the order of keys, until fn returns non-zero, which is returned. The key is
 * valid until fn returns. */
typedef int waiting_fn(void *ctx, struct bytes key, bool put);
IMS_MUST_CHECK int waiting_each(const struct waiting *w, waiting_fn *fn, void *ctx);
/* Empty again. */
void waiting_drop(struct waiting *w);
/* Free what it has. */
void waiting_fini(struct waiting *w);

#endif
