/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Helper threads for what reads the database: a call waits in one queue, is worked on inside a read
 * transaction of its own, and is posted back to the loop, which sends the reply. While a helper has
 * it nobody else touches it. What reads a few pages is worked on by the loop itself, since the way to a
 * helper and back costs as much; but not for a while after one of them had to wait for the disk (inv. 13),
 * and by the writer while the commit log holds what the database does not.
 */
#include <signal.h>
#include <sys/resource.h>

#include "base/check.h"
#include "ctl/ctl_int.h"

static struct loop *loop_of(const struct ctl_call *call)
{
	return node_options(call->node)->loop;
}

/* ---- the loop's side */
static void deliver(void *arg)
{
	struct ctl_call *call = arg;

	if (call->err)
		ctl_fail(call, call->err);
	else
		ctl_answer_packed(call, buf_bytes(&call->out));
}

int ctl_work(struct ctl_call *call, ctl_work_fn *work)
{
	struct ctl *c = call->ctl;

	call->work = work;
	call->next = NULL;
	pthread_mutex_lock(&c->lock);
	*c->queue_last = call;
	c->queue_last = &call->next;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
	return CTL_LATER;
}

int ctl_work_apart(struct ctl_call *call, ctl_work_fn *fn)
{
	call->apart = true;
	return ctl_work(call, fn);
}

/* ---- the helpers' side */
static int work_in(struct ctl_call *call, struct store_txn *t)
{
	int err = call->work(call, t, &call->out);

	if (!err && t)
		err = store_txn_error(t);
	if (!err && (call->out.failed || arena_failed(&call->arena)))
		err = IMS_E_NOMEM;
	return err;
}

static int work(struct ctl_call *call)
{
	struct store_txn *t;
	int err;

	if (call->apart)
		return work_in(call, NULL);
	err = store_begin_read(node_options(call->node)->commit.store, &t);
	if (err)
		return errtext_set(&call->why, err, "reading the database");
	err = work_in(call, t);
	store_abort(t);
	return err;
}

/* ---- the writer's side */
static void read_at_writer(void *ctx, struct store_txn *t)
{
	struct ctl_call *call = ctx;

	call->err = work_in(call, t);
}

static void was_read(struct commit_job *job)
{
	struct ctl_call *call = job->u.read.ctx;
	int err = job->err;

	commit_job_free(job);
	if (call->ctl->stop)
		ctl_call_free(call);
	else if (err)
		ctl_fail(call, errtext_set(&call->why, err, "reading what the writer has"));
	else
		deliver(call);
}

static int work_at_writer(struct ctl_call *call, ctl_work_fn *fn)
{
	struct commit_job *job = commit_job_new(COMMIT_READ);

	call->work = fn;
	job->u.read = (struct commit_read){read_at_writer, call};
	ctl_submit(call, job, was_read);
	return CTL_LATER;
}

/* Pages that this thread has waited for a disk for. */
static long cold_reads(void)
{
	struct rusage u;

	return getrusage(RUSAGE_THREAD, &u) == 0 ? u.ru_majflt : 0;
}

int ctl_work_here(struct ctl_call *call, ctl_work_fn *fn)
{
	struct ctl *c = call->ctl;
	struct mono now = loop_now(loop_of(call));
	long before;

	if (bridge_is_ahead(node_bridge(call->node)))
		return work_at_writer(call, fn);
	if (now.ns < c->cold_until.ns)
		return ctl_work(call, fn);
	before = cold_reads();
	call->work = fn;
	call->err = work(call);
	if (cold_reads() != before)
		c->cold_until = mono_plus_ms(now, CTL_COLD_MS);
	deliver(call);
	return CTL_LATER;
}

static struct ctl_call *take(struct ctl *c)
{
	struct ctl_call *call;

	pthread_mutex_lock(&c->lock);
	while (!c->queue && !c->helpers_stop)
		pthread_cond_wait(&c->wake, &c->lock);
	call = c->helpers_stop ? NULL : c->queue;
	if (call) {
		c->queue = call->next;
		if (!c->queue)
			c->queue_last = &c->queue;
	}
	pthread_mutex_unlock(&c->lock);
	return call;
}

static void *helper_main(void *arg)
{
	struct ctl_call *call;

	while ((call = take(arg)) != NULL) {
		call->err = work(call);
		loop_post(loop_of(call), deliver, call);
	}
	return NULL;
}

/* ---- life */
int worker_start(struct ctl *c)
{
	sigset_t all, old;
	int rc = 0;

	sigfillset(&all); /* signals are the loop's */
	pthread_sigmask(SIG_BLOCK, &all, &old);
	while (rc == 0 && c->n_helpers < CTL_HELPERS) {
		rc = pthread_create(&c->helpers[c->n_helpers], NULL, helper_main, c);
		c->n_helpers += rc == 0;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return c->n_helpers ? 0 : IMS_E_NOMEM;
}

void worker_stop(struct ctl *c)
{
	pthread_mutex_lock(&c->lock);
	c->helpers_stop = true;
	pthread_cond_broadcast(&c->wake);
	pthread_mutex_unlock(&c->lock);
	while (c->n_helpers)
		pthread_join(c->helpers[--c->n_helpers], NULL);
	while (c->queue) {
		struct ctl_call *call = c->queue;

		c->queue = call->next;
		ctl_call_free(call);
	}
	c->queue_last = &c->queue;
}
