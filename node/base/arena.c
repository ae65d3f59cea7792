/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#define BLOCK_BYTES 8192
#define ALIGN 16

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_PIECEWISE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_PIECEWISE 1
#endif
#endif
#ifndef ARENA_PIECEWISE
#define ARENA_PIECEWISE 0
#endif

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	_Alignas(ALIGN) uint8_t data[];
};

void arena_init(struct arena *a, size_t budget_bytes)
{
	*a = (struct arena){.budget_bytes = budget_bytes};
}

void arena_fini(struct arena *a)
{
	struct arena_block *b = a->blocks;

	while (b) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
	*a = (struct arena){0};
}

static struct arena_block *block_new(struct arena *a, size_t n)
{
	size_t size = ARENA_PIECEWISE || n > BLOCK_BYTES / 4 ? n : BLOCK_BYTES;
	struct arena_block *b = mem_try(sizeof(*b) + size);

	if (!b)
		return NULL;
	b->used = 0;
	b->size = size;
	if (size == n && a->blocks) { /* a large piece goes behind: the open block stays open */
		b->next = a->blocks->next;
		a->blocks->next = b;
	} else {
		b->next = a->blocks;
		a->blocks = b;
	}
	return b;
}

void *arena_alloc(struct arena *a, size_t n_bytes)
{
	struct arena_block *b = a->blocks;
	void *p;

	if (n_bytes > SIZE_MAX / 2 || n_bytes > a->budget_bytes) { /* half: no sum below wraps */
		a->is_over_budget = true;
		goto fail;
	}
	if (n_bytes == 0)
		n_bytes = 1;
	if (!ARENA_PIECEWISE)
		n_bytes = (n_bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (ARENA_PIECEWISE || !b || b->size - b->used < n_bytes)
		b = block_new(a, n_bytes);
	if (!b)
		goto fail;
	p = b->data + b->used;
	b->used += n_bytes;
	a->budget_bytes -= n_bytes < a->budget_bytes ? n_bytes : a->budget_bytes;
	return p;
fail:
	a->failed = true;
	return NULL;
}

void *arena_array(struct arena *a, size_t count, size_t elem_bytes)
{
	void *p;

	if (elem_bytes && count > SIZE_MAX / elem_bytes) {
		a->failed = true;
		return NULL;
	}
	p = arena_alloc(a, count * elem_bytes);
	if (p)
		memset(p, 0, count * elem_bytes);
	return p;
}

struct bytes arena_dup(struct arena *a, struct bytes b)
{
	void *p = b.n ? arena_alloc(a, b.n) : NULL;

	if (!p)
		return BYTES_NONE;
	memcpy(p, b.p, b.n);
	return BYTES(p, b.n);
}

char *arena_text(struct arena *a, struct bytes b)
{
	char *s = arena_alloc(a, b.n + 1);

	if (!s)
		return NULL;
	if (b.n)
		memcpy(s, b.p, b.n);
	s[b.n] = '\0';
	return s;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	s = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (!s)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}
