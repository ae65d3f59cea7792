/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much other regions' logs may grow here (inv. 11). Entries and bytes are taken from buckets when
 * they are handed to the store; a log whose bucket is empty is not fetched until there is a second's
 * worth in it again, one that fills its share of the disk until there is room. Nothing is dropped:
 * what is not fetched stays where it is, and whoever holds it serves it later.
 */
#include "replication/sync_int.h"

#define REPORT_MS 60000 /* of one log */

void quota_start(const struct sync *s, struct sync_log *l)
{
	const struct sync_quota *q = &s->o.quota;

	l->quota.entries = bucket_full(q->entries_per_s, q->entries_burst, s->now);
	l->quota.bytes = bucket_full(q->bytes_per_s, q->bytes_burst, s->now);
}

void quota_take(struct sync_log *l, size_t n_entries, uint64_t bytes)
{
	bucket_take(&l->quota.entries, (int64_t)n_entries);
	bucket_take(&l->quota.bytes, (int64_t)bytes);
}

/* Empty, or it was and has not got a second's worth since. */
static bool is_short(const struct bucket *b, bool was_short)
{
	int64_t enough = b->rate < b->burst ? b->rate : b->burst;

	return b->rate && b->level < (was_short ? enough : 1);
}

static enum sync_over look(const struct sync *s, struct sync_log *l)
{
	bool was_short = l->quota.over == SYNC_OVER_RATE;

	if (l->own) /* fetched back, and not from a stranger */
		return SYNC_WITHIN;
	bucket_fill(&l->quota.entries, s->now);
	bucket_fill(&l->quota.bytes, s->now);
	if (s->o.quota.disk_bytes && l->quota.disk_bytes >= s->o.quota.disk_bytes)
		return SYNC_OVER_DISK;
	return is_short(&l->quota.entries, was_short) || is_short(&l->quota.bytes, was_short) ? SYNC_OVER_RATE
											      : SYNC_WITHIN;
}

enum sync_over quota_over(struct sync *s, struct sync_log *l)
{
	enum sync_over over = look(s, l);

	if (over != SYNC_WITHIN && over != l->quota.over) {
		l->quota.n_over++;
		if (s->o.ops.over && s->now.ns >= l->quota.report_at.ns) {
			l->quota.report_at = mono_plus_ms(s->now, REPORT_MS);
			s->o.ops.over(s->o.ops.ctx, l->origin, over);
		}
	}
	l->quota.over = over;
	return over;
}

void sync_note_disk(struct sync *s, const char *origin, uint64_t bytes)
{
	struct sync_log *l = sync_find(s, bytes_of(origin));

	if (l && !l->own)
		l->quota.disk_bytes = bytes;
}
