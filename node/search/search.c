/* SPDX-License-Identifier: Apache-2.0 */
/* The indexer's thread. */
#include "search/search.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sched.h"
#include "search/follow.h"
#include "search/search_int.h"

#define WAITING_MS 5000 /* between two looks at what had no payload */
#define SCRUB_MS 10000	/* after the last one */
#define DAMAGED_MS 1000 /* until what was damaged is made anew */
#define LOAD_TEXTS 200	/* of a file that is opened, at a time */
#define UNASKED_REST 3	/* times as long as a piece of work took */
#define SETTLE_MS 5000	/* between two, while nobody asks */

/* ---- the file */
static void remove_file(const char *path)
{
	char journal[4300];

	snprintf(journal, sizeof(journal), "%s-journal", path);
	unlink(path);
	unlink(journal);
}

static void close_corpus(struct search *s)
{
	corpus_close(s->corpus);
	s->corpus = NULL;
	s->loaded = s->settled = s->calibrated = s->scrubbing = false;
}

/* Nothing of it is to be answered from any more. */
static void drop(struct search *s)
{
	close_corpus(s);
	remove_file(s->path);
	remove_file(s->path_new);
}

static int open_corpus(struct search *s)
{
	int err;

	if (mkdir(s->dir, 0700) && errno != EEXIST) {
		/* opening the file says so */
	}
	s->is_new = access(s->path, F_OK) != 0;
	if (s->is_new)
		remove_file(s->path_new);
	err = corpus_open(s->is_new ? s->path_new : s->path, &s->corpus, &s->why);
	if (err == IMS_E_CORRUPT && !s->is_new) {
		drop(s);
		s->is_new = true;
		err = corpus_open(s->path_new, &s->corpus, &s->why);
	}
	return err;
}

/* It is whole for the first time: under its own name from now on. */
static int rename_whole(struct search *s)
{
	int err = corpus_move(s->corpus, s->path_new, s->path, &s->why);

	s->is_new = err != 0;
	return err;
}

/* ---- the indexer's work, in pieces: the lock is given up between two of them, and then all may have changed
 */

/* Everything has been looked at, or they have waited long enough: queries that wait go on. */
static void wake_queries(struct search *s)
{
	if (!s->waiting)
		return;
	s->wakes++;
	s->woken += s->waiting;
	s->waiting = 0;
	pthread_cond_broadcast(&s->turned);
}

/* Queries that want the lock get it: a mutex alone would go to who has just given it up. */
static void give_way(struct search *s)
{
	if (s->waiting && mono_ms_between(s->since, clock_mono()) >= SEARCH_FRESH_MS)
		wake_queries(s);
	while ((s->in_line || s->woken) && !s->stop)
		pthread_cond_wait(&s->gone, &s->lock);
}

/* One turn. */
static int turn(struct search *s)
{
	struct mono now = clock_mono();
	bool waiting = now.ns >= s->waiting_at.ns;
	struct follow_turn t;
	int err = follow(s->store, s->corpus, SEARCH_TURN_ENTRIES, waiting ? s->waited : NULL, &t);

	if (err)
		return err == IMS_E_CORRUPT && !t.broken ? IMS_E_IO : err;
	if (t.other) {
		drop(s);
		return 0;
	}
	if (waiting)
		s->waiting_at = mono_plus_ms(now, WAITING_MS);
	s->left = t.left;
	return 0;
}

/* The mark "scrub": something was removed, and is to be; or it has begun, and nothing was removed since. */
enum scrubbing { SCRUB_NOT, SCRUB_DUE, SCRUB_BEGUN };

static int begin_scrub(struct search *s, uint64_t *mark)
{
	struct mono now = clock_mono();

	if (now.ns < s->scrub_at.ns) {
		*mark = SCRUB_NOT;
		return 0;
	}
	s->scrub_at = mono_plus_ms(now, SCRUB_MS);
	s->scrubbing = true;
	*mark = SCRUB_BEGUN;
	return index_set_mark(corpus_index(s->corpus), "scrub", SCRUB_BEGUN);
}

/* A piece of it. */
static int scrub(struct search *s, bool *ret_more)
{
	struct index *ix = corpus_index(s->corpus);
	bool first, done = false;
	uint64_t mark;
	int err = index_mark(ix, "scrub", &mark);

	if (err || mark == SCRUB_NOT)
		return err;
	first = mark == SCRUB_DUE || !s->scrubbing;
	if (first)
		err = begin_scrub(s, &mark);
	if (err || mark == SCRUB_NOT)
		return err;
	err = index_scrub(ix, first, &done);
	*ret_more = !err && !done;
	return done ? index_set_mark(ix, "scrub", SCRUB_NOT) : err;
}

/* Weights, and what is usual here, cost memory and seconds: who asks makes them (search_prepare()), and they
 * are kept up with what comes, now and then, as long as somebody has asked lately. */
static bool is_asked(struct search *s)
{
	return s->waiting || clock_mono().ns < s->asked_until.ns;
}

static bool is_to_settle(struct search *s)
{
	return s->settled && is_asked(s) && corpus_needs_settling(s->corpus) &&
	       clock_mono().ns >= s->settle_at.ns;
}

/* Nobody has asked for long: what only queries need is freed. */
static void put_away(struct search *s)
{
	if (!s->settled || is_asked(s))
		return;
	corpus_put_away(s->corpus);
	s->settled = s->calibrated = false;
}

static int settle(struct search *s)
{
	int err = corpus_settle(s->corpus);

	s->settled = true;
	s->calibrated = false;
	s->settle_at = mono_plus_ms(clock_mono(), SETTLE_MS);
	return err;
}

int search_prepare(struct search *s)
{
	struct mono begin = clock_mono();
	int err = !s->settled || corpus_needs_settling(s->corpus) ? settle(s) : 0;

	while (!err && !s->calibrated && !s->stop && mono_ms_between(begin, clock_mono()) < SEARCH_USUAL_MS)
		err = corpus_calibrate(s->corpus, &s->calibrated);
	return err;
}

/* A piece of what is done when nothing is left to look at. */
static int rest(struct search *s, bool *ret_more)
{
	int err = s->is_new ? rename_whole(s) : 0;

	if (err)
		return err;
	wake_queries(s);
	if (is_to_settle(s))
		return settle(s);
	if (s->settled && !s->calibrated && !s->woken) {
		*ret_more = true;
		return corpus_calibrate(s->corpus, &s->calibrated);
	}
	put_away(s);
	return scrub(s, ret_more);
}

/* A piece; *ret_more: there is more to do at once. */
static int work(struct search *s, bool *ret_more)
{
	int err;

	*ret_more = false;
	if (!s->corpus)
		return open_corpus(s);
	if (!s->loaded) {
		*ret_more = true;
		return corpus_load(s->corpus, LOAD_TEXTS, &s->loaded);
	}
	err = turn(s);
	if (err)
		return err;
	if (s->corpus && !s->left)
		return rest(s, ret_more);
	*ret_more = true;
	return 0;
}

/* What is damaged goes at once, the rest is opened anew. */
void search_fail(struct search *s, int err)
{
	if (err == IMS_E_CORRUPT)
		drop(s);
	else
		close_corpus(s);
	s->err = err;
	s->retry_at = mono_plus_ms(clock_mono(), err == IMS_E_CORRUPT ? DAMAGED_MS : SEARCH_RETRY_MS);
}

struct timespec search_after_ms(int64_t ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	t.tv_sec += (time_t)(ms / 1000) + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void pause_ms(struct search *s, int64_t ms)
{
	struct timespec until = search_after_ms(ms);

	while (ms && !s->stop && (!s->waiting || s->err == IMS_E_CORRUPT))
		if (pthread_cond_timedwait(&s->wake, &s->lock, &until) == ETIMEDOUT)
			break;
}

/* Much is to be looked at, a node catches up say, and nobody asks: the machine has better things to do. */
static int64_t rest_ms(struct search *s, struct mono begin)
{
	int64_t took_ms = mono_ms_between(begin, clock_mono());

	if (is_asked(s) || !(s->left || !s->loaded))
		return 0;
	return took_ms < SEARCH_PAUSE_MS / UNASKED_REST ? took_ms * UNASKED_REST : SEARCH_PAUSE_MS;
}

static void *indexer_main(void *arg)
{
	struct search *s = arg;

	sched_ask_slice(SCHED_USUAL);
	sched_stand_back();
	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		struct mono begin = clock_mono();
		bool is_due = !s->err || begin.ns >= s->retry_at.ns, more = false;
		int err = 0;

		if (is_due) {
			s->err = 0;
			err = work(s, &more);
			more |= !err && !s->loaded;
		}
		if (err)
			search_fail(s, err);
		if (s->err &&
		    s->err != IMS_E_CORRUPT) /* what was damaged is there again soon: queries wait for it */
			wake_queries(s);
		give_way(s);
		pause_ms(s, more ? rest_ms(s, begin) : SEARCH_PAUSE_MS);
	}
	close_corpus(s);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* ---- life */
static int start_thread(struct search *s)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all); /* signals are the loop's */
	pthread_sigmask(SIG_BLOCK, &all, &old);
	rc = pthread_create(&s->thread, NULL, indexer_main, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc ? IMS_E_NOMEM : 0;
}

static void search_free(struct search *s)
{
	pthread_cond_destroy(&s->wake);
	pthread_cond_destroy(&s->turned);
	pthread_cond_destroy(&s->gone);
	pthread_mutex_destroy(&s->lock);
	free(s->dir);
	free(s->path);
	free(s->path_new);
	free(s);
}

static void init_locks(struct search *s)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, &monotonic);
	pthread_cond_init(&s->turned, &monotonic);
	pthread_cond_init(&s->gone, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

int search_start(const struct search_opts *o, struct search **ret, struct errtext *e)
{
	struct search *s = mem_new(struct search);
	int err = match_weights_load(o->reference, &s->weights, e);

	if (err) {
		free(s);
		return err;
	}
	s->dir = mem_strdup(o->dir);
	s->path = mem_printf("%s/search.db", o->dir);
	s->path_new = mem_printf("%s/search.db.new", o->dir);
	s->store = o->store;
	s->reference = o->reference;
	init_locks(s);
	err = start_thread(s);
	if (err)
		search_free(s);
	else
		*ret = s;
	return err;
}

void search_quit(struct search *s)
{
	if (!s)
		return;
	s->stop = true;
	pthread_mutex_lock(&s->lock);
	pthread_cond_broadcast(&s->wake);
	pthread_cond_broadcast(&s->turned);
	pthread_cond_broadcast(&s->gone);
	pthread_mutex_unlock(&s->lock);
}

void search_stop(struct search *s)
{
	if (!s)
		return;
	search_quit(s);
	pthread_join(s->thread, NULL);
	search_free(s);
}

const struct match_weights *search_weights(const struct search *s)
{
	return &s->weights;
}
