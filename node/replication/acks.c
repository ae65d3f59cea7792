/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of the own log each other region has cosigned: what makes a write `replicated`
 * (inv. 3). A cosignature often comes when the log has moved on and its head is no longer kept;
 * it counts all the same, if it is of our own history.
 */
#include "replication/own.h"

void acks_note(struct sync *s, const char *region, uint64_t size)
{
	struct ack *a = s->acks, *end = s->acks + s->n_acks;

	while (a < end && strcmp(a->region, region) != 0)
		a++;
	if (a == end) {
		if (s->n_acks == ROSTER_REGIONS_MAX)
			return;
		memcpy(a->region, region, strnlen(region, sizeof(a->region) - 1));
		s->n_acks++;
	}
	a->size = size > a->size ? size : a->size;
}

struct late {
	struct sync *s;
	uint64_t size;
};

static void late_cosig(void *ctx, const struct roster_region *by, uint64_t time_s, struct bytes line)
{
	struct late *late = ctx;

	(void)time_s;
	(void)line;
	acks_note(late->s, by->code, late->size);
}

void acks_take_late(struct sync *s, struct sync_log *own, const struct note *n, const struct checkpoint *c)
{
	struct late late = {s, c->size};
	struct hash root;

	if (c->size <= own->stored && sync_root_at(s, own, c->size, &root) == 0 && hash_eq(&root, &c->root))
		roster_verify_cosignatures(s->roster, n, c, late_cosig, &late);
}

void acks_note_quorum(const struct sync *s, struct sync_log *l, const struct head *h)
{
	const struct roster *r = s->roster;
	unsigned n = 0;

	for (size_t i = 0; i < r->n_replicated; i++)
		for (size_t k = 0; k < h->n_cosigs; k++)
			n += strcmp(h->cosigs[k].region, r->replicated_regions[i]) == 0;
	if (r->replicated_k && n >= r->replicated_k && h->size <= l->stored && h->size > l->quorum_size)
		l->quorum_size = h->size;
}

unsigned sync_replicated_count(const struct sync *s, uint64_t index)
{
	unsigned n = 0;

	for (size_t i = 0; i < s->roster->n_replicated; i++)
		for (size_t k = 0; k < s->n_acks; k++)
			n += s->acks[k].size > index &&
			     strcmp(s->acks[k].region, s->roster->replicated_regions[i]) == 0;
	return n;
}
