/* SPDX-License-Identifier: Apache-2.0 */
#include "merkle/walk_int.h"

/* The largest power of two below n, n >= 2. */
static uint64_t split_of(uint64_t n)
{
	return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

bool walk_is_subtree(uint64_t start, uint64_t end)
{
	uint64_t n = end - start;

	if (start >= end)
		return false;
	/* the mask of the smallest power of two >= n, which itself may not fit */
	return n == 1 || (start & (UINT64_MAX >> __builtin_clzll(n - 1))) == 0;
}

static void step(struct walk *w, uint64_t start, uint64_t end, enum walk_side side)
{
	w->step[w->n++] = (struct walk_step){start, end, side};
}

bool walk_to(uint64_t start, uint64_t end, uint64_t size, struct walk *ret)
{
	/* the part of the tree we are in is [lo, hi); [at, end) of the subtree lies in it */
	uint64_t lo = 0, hi = size, at = start;
	bool cut = false;

	ret->n = 0;
	if (!walk_is_subtree(start, end) || end > size)
		return false;
	while (at != lo || end != hi) {
		uint64_t mid = lo + split_of(hi - lo);

		if (end <= mid) {
			step(ret, mid, hi, WALK_RIGHT);
			hi = mid;
		} else if (mid <= at) {
			step(ret, lo, mid, WALK_LEFT);
			lo = mid;
		} else { /* alignment puts at == lo: the left part belongs to the subtree whole */
			step(ret, lo, mid, WALK_INSIDE);
			lo = at = mid;
			cut = true;
		}
	}
	if (cut)
		step(ret, lo, hi, WALK_SEED);
	return true;
}
