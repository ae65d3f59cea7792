/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The descent from the root of D[0:size] to a valid subtree [start, end): which parts of the tree
 * a proof names, and what each is to the subtree. Provers hash the parts, verifiers are given
 * the hashes; both go through the steps from the last to the first.
 *
 * It is SUBPROOF of RFC 6962 section 2.1.2, generalised by draft-ietf-plants-merkle-tree-certs,
 * as a loop: the span halves with every step, so any input ends after WALK_MAX steps.
 */
#ifndef MERKLE_WALK_INT_H
#define MERKLE_WALK_INT_H

#include <stdbool.h>
#include <stdint.h>

#define WALK_MAX 65 /* 64 levels and the seed */

enum walk_side {
	WALK_RIGHT,  /* right of the subtree: extends the root only */
	WALK_LEFT,   /* left of the subtree: extends the root only */
	WALK_INSIDE, /* a left part of the subtree itself: extends subtree and root */
	WALK_SEED,   /* the subtree's last perfect part: both begin with it */
};

struct walk_step {
	uint64_t start, end; /* MTH(D[start:end]) is the proof's hash */
	enum walk_side side;
};

struct walk {
	unsigned n;
	struct walk_step step[WALK_MAX];
};

/* start < end and start is aligned as a subtree has to be. */
bool walk_is_subtree(uint64_t start, uint64_t end);
/* False when [start, end) is no valid subtree of D[0:size]. */
bool walk_to(uint64_t start, uint64_t end, uint64_t size, struct walk *ret);

#endif
