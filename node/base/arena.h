/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is freed at once: one message, one request. A budget bounds what a stranger's
 * message may cost; past it arena_alloc() returns NULL and arena_failed() stays true. The same when the
 * system has no memory for something large; what is small is there or the process ends (base/mem.h).
 * Not thread-safe. Under ASan each piece is its own malloc(), so overruns are seen.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "ims/err.h"

struct arena {
	struct arena_block *blocks;
	size_t budget_bytes;	/* what may still be handed out */
	bool failed, is_over_budget;
};

/* No allocation happens before the first arena_alloc(). */
void arena_init(struct arena *a, size_t budget_bytes);
/* Free everything that was handed out; the arena may be initialised again. */
void arena_fini(struct arena *a);

/* 16-byte aligned, not zeroed; NULL when the budget or the system is exhausted. */
void *arena_alloc(struct arena *a, size_t n_bytes);
/* Zeroed array; NULL also when the product overflows. */
void *arena_array(struct arena *a, size_t count, size_t elem_bytes);
/* A copy that lives as long as the arena; {NULL, 0} on failure or for an empty span. */
struct bytes arena_dup(struct arena *a, struct bytes b);
/* NUL-terminated copy; NULL on failure. */
char *arena_text(struct arena *a, struct bytes b);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline bool arena_failed(const struct arena *a)
{
	return a->failed;
}

/* Why: IMS_E_LIMIT past the budget, which is the message's own fault and the same everywhere, or
 * IMS_E_NOMEM; 0 when it has not failed. */
static inline int arena_error(const struct arena *a)
{
	return !a->failed ? 0 : a->is_over_budget ? IMS_E_LIMIT : IMS_E_NOMEM;
}

#endif
