/* SPDX-License-Identifier: Apache-2.0 */
/* Queries beside the indexer's thread. */
#include "search/search.h"

#include <errno.h>

#include "base/clock.h"
#include "search/search_int.h"

static void enter(struct search *s)
{
	s->in_line++;
	pthread_mutex_lock(&s->lock);
}

static void leave(struct search *s)
{
	if (--s->in_line == 0)
		pthread_cond_signal(&s->gone);
	pthread_mutex_unlock(&s->lock);
}

void search_state(struct search *s, struct search_state *ret)
{
	enter(s);
	*ret = (struct search_state){
		.ready = s->corpus && s->loaded && !s->is_new && !s->left, .left = s->left, .err = s->err};
	if (s->err)
		ret->why = s->why;
	if (s->corpus)
		ret->texts = likeness_texts(corpus_likeness(s->corpus));
	leave(s);
}

/* The lock is given up, and had again. */
static void wait_for_indexer(struct search *s)
{
	struct timespec until = search_after_ms(2 * SEARCH_FRESH_MS); /* the indexer wakes us before */
	uint64_t wakes = s->wakes;

	if (!s->waiting++)
		s->since = clock_mono();
	s->asked_until = mono_plus_ms(clock_mono(), SEARCH_KEPT_MS);
	pthread_cond_signal(&s->wake);
	if (--s->in_line == 0)
		pthread_cond_signal(&s->gone);
	while (!s->stop && s->wakes == wakes)
		if (pthread_cond_timedwait(&s->turned, &s->lock, &until) == ETIMEDOUT)
			break;
	s->in_line++;
	if (s->wakes != wakes)
		s->woken--;
	else
		s->waiting--;
}

/* The lock is held. What the database held when this was called has been looked at, or it has taken too long.
 */
static int begin_query(struct search *s, struct errtext *e)
{
	wait_for_indexer(s);
	if (s->stop)
		return errtext_set(e, IMS_E_STOPPING, "the search has ended");
	if (s->corpus && s->loaded && !s->is_new)
		return search_prepare(s);
	if (s->err)
		return errtext_set(e, IMS_E_AGAIN, "the search index cannot be used: %s %s",
				   ims_strerror(s->err), s->why.text);
	return errtext_set(e, IMS_E_AGAIN, "the search index is being made, %llu entries are left",
			   (unsigned long long)s->left);
}

/* What a query finds damaged the indexer makes anew. */
static int end_query(struct search *s, int err, struct errtext *e)
{
	if (err == IMS_E_CORRUPT) {
		search_fail(s, err);
		err = errtext_set(e, IMS_E_AGAIN, "the search index is damaged and is made anew");
	}
	leave(s);
	return err;
}

int search_overlap(struct search *s, const struct doc *d, size_t max, struct arena *a, struct overlap *ret,
		   struct errtext *e)
{
	int err;

	enter(s);
	err = begin_query(s, e);
	if (!err)
		err = overlap_find(s->corpus, d, max, a, ret);
	return end_query(s, err, e);
}

int search_match(struct search *s, const struct match_ask *ask, struct arena *a, struct match *ret,
		 struct errtext *e)
{
	struct match_ask q = *ask;
	int err;

	q.ref = s->reference;
	q.weights = &s->weights;
	enter(s);
	err = begin_query(s, e);
	if (!err)
		err = match_find(s->corpus, &q, a, ret);
	return end_query(s, err, e);
}
