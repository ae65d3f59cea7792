/* SPDX-License-Identifier: Apache-2.0 */
#include "peer/tails.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

struct part {
	char origin[ORIGIN_MAX_BYTES + 1];
	uint64_t from, end;
	const struct ledger_item *items;
	struct commit_group *group; /* of the own log; NULL: of a package */
	uint64_t ring_seq;	    /* of a package */
	struct arena arena;	    /* and its items */
};

struct tails {
	struct part *part; /* in the order in which they came: of one log in the order of its entries */
	size_t n, capacity;
	uint64_t committed_seq;
};

struct tails *tails_new(void)
{
	return mem_new(struct tails);
}

static void part_fini(struct part *p)
{
	commit_group_unref(p->group);
	if (!p->group)
		arena_fini(&p->arena);
}

void tails_free(struct tails *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		part_fini(&t->part[i]);
	free(t->part);
	free(t);
}

static struct part *add(struct tails *t, const char *origin, uint64_t from, uint64_t end)
{
	struct part *p;

	t->part = mem_grow(t->part, &t->capacity, t->n + 1, sizeof(*t->part));
	p = &t->part[t->n++];
	*p = (struct part){.from = from, .end = end};
	snprintf(p->origin, sizeof(p->origin), "%s", origin);
	return p;
}

void tails_add_group(struct tails *t, const char *origin, struct commit_group *g)
{
	struct part *p = add(t, origin, g->from, g->size);

	p->items = g->items;
	p->group = commit_group_ref(g);
}

void tails_add_package(struct tails *t, const struct commit_package *from)
{
	struct ledger_item *items;
	struct part *p;

	if (from->ret_ring_seq <= t->committed_seq)
		return;
	p = add(t, from->origin, from->from, from->from + from->n);
	p->ring_seq = from->ret_ring_seq;
	arena_init(&p->arena, SIZE_MAX); /* as large as what was verified and stored */
	items = arena_array(&p->arena, from->n, sizeof(*items));
	for (size_t i = 0; items && i < from->n; i++) {
		items[i] = from->items[i];
		items[i].entry = arena_dup(&p->arena, items[i].entry);
		items[i].salt = arena_dup(&p->arena, items[i].salt);
		items[i].payload = arena_dup(&p->arena, items[i].payload);
		items[i].packed = arena_dup(&p->arena, items[i].packed);
	}
	mem_must(!arena_failed(&p->arena));
	p->items = items;
}

typedef bool part_fn(const struct part *p, const char *origin, uint64_t size, uint64_t ring_seq);

static bool is_committed(const struct part *p, const char *origin, uint64_t size, uint64_t ring_seq)
{
	return p->group ? p->end <= size && strcmp(p->origin, origin) == 0 : p->ring_seq <= ring_seq;
}

static bool is_of(const struct part *p, const char *origin, uint64_t size, uint64_t ring_seq)
{
	(void)size;
	(void)ring_seq;
	return strcmp(p->origin, origin) == 0;
}

static void drop(struct tails *t, part_fn *goes, const char *origin, uint64_t size, uint64_t ring_seq)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++)
		if (goes(&t->part[i], origin, size, ring_seq))
			part_fini(&t->part[i]);
		else
			t->part[kept++] = t->part[i];
	t->n = kept;
}

void tails_committed(struct tails *t, const char *origin, uint64_t size, uint64_t ring_seq)
{
	if (ring_seq > t->committed_seq)
		t->committed_seq = ring_seq;
	drop(t, is_committed, origin, size, ring_seq);
}

void tails_drop(struct tails *t, const char *origin)
{
	drop(t, is_of, origin, 0, 0);
}

bool tails_has_packages(const struct tails *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (!t->part[i].group)
			return true;
	return false;
}

bool tails_range(const struct tails *t, const char *origin, uint64_t *ret_from, uint64_t *ret_end)
{
	bool found = false;

	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->part[i].origin, origin) == 0) {
			*ret_from = found ? *ret_from : t->part[i].from;
			*ret_end = t->part[i].end;
			found = true;
		}
	return found;
}

const struct ledger_item *tails_item(const struct tails *t, const char *origin, uint64_t index)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct part *p = &t->part[i];

		if (index >= p->from && index < p->end && strcmp(p->origin, origin) == 0)
			return &p->items[index - p->from];
	}
	return NULL;
}
