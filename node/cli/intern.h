/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers for texts: equal texts get the same number, counted from 0 in the order of their first
 * coming. Not hardened against chosen collisions: for the operator's own files. One thread.
 */
#ifndef CLI_INTERN_H
#define CLI_INTERN_H

#include "base/arena.h"
#include "base/bytes.h"

struct intern {
	struct arena *arena; /* texts are copied into */
	struct bytes *text;  /* by number */
	size_t n, capacity;
	size_t *slot; /* open addressing: number + 1, 0 is free */
	size_t n_slots;
};

/* All zero but the arena is empty. */
void intern_init(struct intern *in, struct arena *a);
void intern_fini(struct intern *in);
/* Number of `text`; *ret_new (may be NULL) tells if it came for the first time. */
size_t intern_put(struct intern *in, struct bytes text, bool *ret_new);

#endif
