/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token bucket: so much at once, so much a second. What is taken may exceed what is there: then it
 * is in debt, and empty until that is paid. Units are the owner's.
 */
#ifndef BASE_BUCKET_H
#define BASE_BUCKET_H

#include <stdbool.h>

#include "base/clock.h"

struct bucket {
	int64_t rate, burst; /* per second; at once. rate 0: no limit */
	int64_t level;
	struct mono filled_at;
};

static inline struct bucket bucket_full(int64_t rate, int64_t burst, struct mono now)
{
	return (struct bucket){rate, burst, burst, now};
}

static inline void bucket_fill(struct bucket *b, struct mono now)
{
	int64_t us = (now.ns - b->filled_at.ns) / 1000, more;

	if (us <= 0)
		return;
	if (b->rate == 0 ||
	    us / 1000000 > (b->burst - b->level) / b->rate) { /* nor can the product overflow */
		b->level = b->burst;
		b->filled_at = now;
		return;
	}
	more = us / 1000000 * b->rate + us % 1000000 * b->rate / 1000000;
	if (more == 0)
		return; /* the rest of a token is not lost: the clock stays behind */
	b->level = b->level + more < b->burst ? b->level + more : b->burst;
	b->filled_at = now;
}

static inline void bucket_take(struct bucket *b, int64_t n)
{
	if (b->rate)
		b->level -= n;
}

static inline bool bucket_is_empty(const struct bucket *b)
{
	return b->rate && b->level <= 0;
}

#endif
