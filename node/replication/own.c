/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The own log in the eyes of peers: who has shown what it holds of it, and fetching it back from them.
 */
#include <stdio.h>

#include "base/check.h"
#include "replication/own.h"

static bool is_heard(const struct sync *s, const char *region)
{
	for (size_t i = 0; i < s->n_heard; i++)
		if (strcmp(s->heard[i].region, region) == 0)
			return true;
	return false;
}

static void note_heard(struct sync *s, const char *region)
{
	if (is_heard(s, region) || s->n_heard == ROSTER_REGIONS_MAX)
		return;
	snprintf(s->heard[s->n_heard++].region, sizeof(s->heard[0].region), "%s", region);
}

void own_note_shown(struct sync *s, struct sync_log *own, const char *region, uint64_t size)
{
	note_heard(s, region);
	if (size > own->shown_size)
		own->shown_size = size;
}

void own_head_shown(struct sync *s, struct sync_log *own, const char *region, const struct note *n,
		    const struct checkpoint *c)
{
	own_note_shown(s, own, region, c->size);
	if (c->size > own->shown.size && head_set(s, &own->shown, c, n))
		head_clear(&own->shown);
}

void own_put_off(struct sync *s, struct sync_peer *p, const struct msg_head *h)
{
	const struct sync_log *l;
	struct checkpoint c;
	struct note n;

	if (note_parse(h->note, &n) || checkpoint_parse(n.text, &c))
		return;
	l = sync_find(s, c.origin);
	if (!l || !l->own || p->n_unjudged == SYNC_UNJUDGED_MAX)
		return;
	buf_put(&p->unjudged[p->n_unjudged++], h->note);
}

void own_judge_again(struct sync *s)
{
	for (struct sync_peer *p = s->peers; p; p = p->next) {
		struct buf notes[SYNC_UNJUDGED_MAX];
		size_t n = p->n_unjudged;

		memcpy(notes, p->unjudged, sizeof(notes));
		memset(p->unjudged, 0, sizeof(p->unjudged));
		p->n_unjudged = 0;
		for (size_t i = 0; i < n; i++) {
			struct msg_head h = {.note = buf_bytes(&notes[i]), .unreached = true};
			int err = heads_take(s, p, &h, NULL);

			if (heads_judge_by_another_roster(s, p, err))
				own_put_off(s, p, &h);
			buf_fini(&notes[i]);
		}
	}
}

/* Who is here and shows none of my log, of which I have never shown any, has none. Not who obeys a later
 * roster: what it showed may be by a key that I do not know yet. */
static void hear_the_silent(struct sync *s)
{
	const struct sync_log *l = sync_own_log(s);

	for (struct sync_peer *p = s->peers; p && l->head.size == 0; p = p->next)
		if (p->ready && p->roster_version <= s->roster->version && p->n_unjudged == 0 &&
		    sync_peer_log(s, p, l)->head_size == 0)
			note_heard(s, p->region);
}

/* Nobody talks to a suspended one, so that it can be heard only before or after. */
static void add_unheard(const struct sync *s, bool suspended, struct sync_heard *ret)
{
	for (size_t i = 0; i < s->roster->n_regions; i++) {
		const struct roster_region *g = &s->roster->regions[i];

		if (g->suspended == suspended && strcmp(g->code, s->o.own_region) != 0 && !is_heard(s, g->code))
			ret->unheard[ret->n_unheard++] = g->code;
	}
}

void sync_heard(struct sync *s, struct sync_heard *ret)
{
	*ret = (struct sync_heard){0};
	hear_the_silent(s);
	for (size_t i = 0; i < s->roster->n_regions; i++)
		ret->n_regions += !s->roster->regions[i].suspended;
	add_unheard(s, false, ret);
	ret->n_suspended = ret->n_unheard;
	add_unheard(s, true, ret);
	ret->n_suspended = ret->n_unheard - ret->n_suspended;
}

void sync_forget_heard(struct sync *s)
{
	struct sync_log *own = sync_own_log(s);

	s->n_heard = 0;
	own->shown_size = 0;
	head_clear(&own->shown);
}

int sync_restart_own(struct sync *s, const struct sync_start *st, bool recovering)
{
	struct sync_log *l = sync_own_log(s);

	CHECK(l && strcmp(st->origin, l->origin) == 0);
	pull_reset(s, l);
	head_clear(&l->head);
	head_clear(&l->named);
	head_clear(&l->target);
	if (recovering) /* what is to be reached */
		head_copy(&l->target, &l->shown);
	l->recovering = recovering;
	l->retry_at = s->now;
	return sync_start_log(s, st);
}

void own_tick(struct sync *s, struct sync_log *own)
{
	if (!own->recovering || own->frozen || own->target.size <= own->stored ||
	    own->target.size == own->target_kept || s->now.ns < own->retry_at.ns)
		return;
	own->retry_at = mono_plus_ms(s->now, SYNC_RETRY_MS);
	heads_store(s, own, &own->target, own->target_named, own->region);
}

/* Every log that I have cosigned reaches that far, or as far as the roster has kept it. */
static bool words_are_kept(const struct sync *s)
{
	bool ret = true;

	for (size_t i = 0; i < s->n_logs && ret; i++) {
		const struct sync_log *l = s->logs[i];
		uint64_t due = l->own_word < sync_end_of(l) ? l->own_word : sync_end_of(l);

		ret = l->frozen || l->stored >= due;
	}
	return ret;
}

bool sync_own_lacks_what_nobody_has(const struct sync *s)
{
	const struct sync_log *own = sync_own_log(s);
	bool ret = own->n_batches == 0 && own->target.size > own->stored && own->target.size >= own->shown_size &&
		   own->target.size == own->target_kept && words_are_kept(s);

	for (struct sync_peer *p = s->peers; p && ret; p = p->next)
		ret = !p->ready || sync_peer_log(s, p, own)->head_size <= own->stored;
	return ret;
}

bool sync_own_is_over(const struct sync *s)
{
	return sync_own_log(s)->closed;
}

bool sync_own_is_whole(const struct sync *s, uint64_t *ret_size, uint64_t *ret_known)
{
	const struct sync_log *own = sync_own_log(s);
	bool whole = own->n_batches == 0 && words_are_kept(s);

	*ret_size = own->stored;
	*ret_known = own->shown_size < sync_end_of(own) ? own->shown_size : sync_end_of(own);
	if (own->closed && own->end_size > *ret_known) /* the roster says so, whoever is here */
		*ret_known = own->end_size;
	if (own->stored > *ret_known)
		*ret_known = own->stored;
	return whole && *ret_known == *ret_size;
}
