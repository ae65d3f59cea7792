/* SPDX-License-Identifier: Apache-2.0 */
#include "peer/writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/crash.h"
#include "base/failpoint.h"
#include "base/mem.h"
#include "base/say.h"
#include "base/sched.h"
#include "crypto/random.h"

#define EFFORT_MS 50

/* How much of the last while the thread had nothing to do in. */
struct effort {
	struct mono since;
	int64_t idle_ns;
	enum sched_slice slice; /* asked for */
};

struct writer {
	struct loop *loop;
	struct commit *commit;
	struct writer_ops ops;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct turns *turns; /* under lock */
	bool stop, started, needs_all_heads;
	struct effort effort; /* the thread's own */
};

/* ---- from the writer's thread to the loop's */
static void deliver_done(void *arg)
{
	struct commit_job *job = arg;

	job->done(job);
}

static void op_complete(void *ctx, struct commit_job *job)
{
	struct writer *w = ctx;

	loop_post(w->loop, deliver_done, job);
}

struct news {
	struct writer *w;
	struct commit_group *group;
	uint64_t size, ring_seq;
	enum commit_state state;
	char reason[240];
};

static struct news *news_of(struct writer *w)
{
	struct news *n = mem_new(struct news);

	n->w = w;
	return n;
}

static void deliver_published(void *arg)
{
	struct news *n = arg;

	n->w->ops.published(n->w->ops.ctx, n->group);
	free(n);
}

static void op_published(void *ctx, struct commit_group *g)
{
	struct news *n = news_of(ctx);

	n->group = g;
	loop_post(n->w->loop, deliver_published, n);
}

static void deliver_committed(void *arg)
{
	struct news *n = arg;

	n->w->ops.committed(n->w->ops.ctx, n->size, n->ring_seq);
	free(n);
}

static void op_committed(void *ctx, uint64_t own_size, uint64_t ring_seq)
{
	struct news *n = news_of(ctx);

	n->size = own_size;
	n->ring_seq = ring_seq;
	loop_post(n->w->loop, deliver_committed, n);
}

static void deliver_state(void *arg)
{
	struct news *n = arg;

	n->w->ops.state(n->w->ops.ctx, n->state, n->reason);
	free(n);
}

static void op_state(void *ctx, enum commit_state s, const char *reason)
{
	struct news *n = news_of(ctx);

	n->state = s;
	memcpy(n->reason, reason, strnlen(reason, sizeof(n->reason) - 1));
	loop_post(n->w->loop, deliver_state, n);
}

/* A disk that fails is never asked again: what was acknowledged is in the ring, the next start
 * folds it. Other threads must not go on serving what may not be there. */
static void op_fatal(void *ctx, int err, const char *why)
{
	(void)ctx;
	say(SAY_ERROR, "writer", "%s: %s; stopping", why, ims_strerror(err));
	_exit(1);
}

static struct wall op_wall(void *ctx)
{
	(void)ctx;
	return clock_wall();
}

static struct mono op_mono(void *ctx)
{
	(void)ctx;
	return clock_mono();
}

static void op_random(void *ctx, void *p, size_t n)
{
	(void)ctx;
	crypto_random(p, n);
}

static bool op_pressed(void *ctx)
{
	struct writer *w = ctx;
	bool pressed;

	pthread_mutex_lock(&w->lock);
	pressed = !w->stop && turns_pressed(w->turns);
	pthread_mutex_unlock(&w->lock);
	return pressed;
}

/* ---- the thread */
/* Short slices are for who mostly waits: a writer at full speed would take a processor before everybody else
 * who only wants it for a moment. */
static void note_idle(struct effort *f, struct mono from, struct mono to)
{
	enum sched_slice slice;

	f->idle_ns += to.ns - from.ns;
	if (mono_ms_between(f->since, to) < EFFORT_MS)
		return;
	slice = f->idle_ns < (to.ns - f->since.ns) / 2 ? SCHED_USUAL : SCHED_SHORT;
	if (slice != f->slice)
		sched_ask_slice(slice);
	*f = (struct effort){to, 0, slice};
}

static struct commit_job *wait_for_jobs(struct writer *w, size_t *ret_n, bool *ret_stop)
{
	struct mono began = clock_mono(), now = began, due = mono_plus_ms(now, commit_due_ms(w->commit));
	struct commit_job *jobs;

	pthread_mutex_lock(&w->lock);
	for (; !w->stop; now = clock_mono()) {
		struct mono ready = turns_ready(w->turns), wake = ready.ns < due.ns ? ready : due;
		struct timespec until = {wake.ns / 1000000000, wake.ns % 1000000000};

		if (now.ns >= wake.ns)
			break;
		(void)pthread_cond_timedwait(&w->wake, &w->lock, &until);
	}
	*ret_n = turns_take(w->turns, w->stop ? (struct mono){INT64_MAX} : now, &jobs);
	*ret_stop = w->stop && turns_waiting(w->turns) == 0;
	pthread_mutex_unlock(&w->lock);
	note_idle(&w->effort, began, now);
	return jobs;
}

static void run_jobs(struct writer *w, struct commit_job *list, size_t n)
{
	struct commit_job **jobs = mem_zalloc(n * sizeof(struct commit_job *));
	struct mono began = clock_mono(), ended;
	int64_t cpu_us = clock_cpu_us();
	size_t n_run;

	for (size_t i = 0; i < n; i++, list = list->next)
		jobs[i] = list;
	n_run = commit_run(w->commit, jobs, n);
	ended = clock_mono();
	pthread_mutex_lock(&w->lock);
	while (n > n_run)
		turns_give_back(w->turns, jobs[--n]);
	turns_took(w->turns, ended, (ended.ns - began.ns) / 1000, clock_cpu_us() - cpu_us);
	pthread_mutex_unlock(&w->lock);
	free(jobs);
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	bool stop = false;

	crash_own_stack();
	w->effort = (struct effort){clock_mono(), 0, SCHED_SHORT};
	sched_ask_slice(w->effort.slice);
	while (!stop) {
		size_t n;
		struct commit_job *jobs = wait_for_jobs(w, &n, &stop);

		if (n)
			run_jobs(w, jobs, n);
		commit_tick(w->commit);
	}
	/* Here, because a write transaction belongs to the thread that opened it. */
	if (commit_close(w->commit))
		say(SAY_WARN, "writer", "the last commit failed; the commit log has it");
	w->commit = NULL;
	FAILPOINT(STOP_COMMITTED);
	return NULL;
}

/* What a start that failed has told must not be delivered when the writer is gone. */
static int give_up(struct writer *w, int err)
{
	if (w->commit && commit_close(w->commit))
		say(SAY_WARN, "writer", "the last commit failed; the commit log has it");
	w->commit = NULL;
	loop_settle(w->loop);
	writer_free(w);
	return err;
}

int writer_new(struct loop *l, const struct commit_opts *opts, const struct writer_ops *ops,
	       struct writer **ret, struct errtext *e)
{
	struct writer *w = mem_new(struct writer);
	struct commit_opts o = *opts;
	pthread_condattr_t attr;
	sigset_t all, old;
	int err;

	w->loop = l;
	w->ops = *ops;
	w->turns = turns_new();
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
	o.ops = (struct commit_ops){op_complete, op_published, op_committed, op_state, op_fatal,
				    op_wall,	 op_mono,      op_random,    w,	       op_pressed};
	err = commit_open(&o, &w->commit, e);
	if (err)
		return give_up(w, err);
	w->needs_all_heads = commit_needs_all_heads(w->commit);
	sigfillset(&all); /* signals are the loop's */
	pthread_sigmask(SIG_BLOCK, &all, &old);
	w->started = pthread_create(&w->thread, NULL, writer_main, w) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!w->started)
		return give_up(w, IMS_E_NOMEM);
	*ret = w;
	return 0;
}

bool writer_needs_all_heads(const struct writer *w)
{
	return w->needs_all_heads;
}

void writer_submit(struct writer *w, struct commit_job *job)
{
	bool taken;

	pthread_mutex_lock(&w->lock);
	taken = turns_push(w->turns, job);
	pthread_mutex_unlock(&w->lock);
	pthread_cond_signal(&w->wake); /* who is woken finds the lock free */
	if (taken)
		return;
	job->err = errtext_set(&job->why, IMS_E_AGAIN, "the writer has too much to do");
	loop_post(w->loop, deliver_done, job); /* nobody expects it from within this call */
}

void writer_count(struct writer *w, struct turns_count ret[TURNS_KINDS])
{
	pthread_mutex_lock(&w->lock);
	turns_count(w->turns, ret);
	pthread_mutex_unlock(&w->lock);
}

void writer_stop(struct writer *w)
{
	if (!w || !w->started)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	w->started = false;
}

void writer_free(struct writer *w)
{
	if (!w)
		return;
	writer_stop(w);
	if (w->commit)
		commit_close(w->commit);
	turns_free(w->turns);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
