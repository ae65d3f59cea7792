/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer's thread: takes the next turn of what is queued (turns.h), runs it by commit_run(), and
 * posts what came of it to the loop. The loop never waits for it (inv. 13).
 */
#ifndef PEER_WRITER_H
#define PEER_WRITER_H

#include "loop/loop.h"
#include "peer/turns.h"
#include "view/commit.h"

struct writer;

/* News for the loop's thread. */
struct writer_ops {
	void (*published)(void *ctx, struct commit_group *g);	/* takes the reference */
	void (*committed)(void *ctx, uint64_t own_size, uint64_t ring_seq);
	void (*state)(void *ctx, enum commit_state s, const char *reason);
	void *ctx;
};

/* Opens the commit object (opts.ops is filled in here) and starts the thread.
 * Errors: those of commit_open(). */
IMS_MUST_CHECK int writer_new(struct loop *l, const struct commit_opts *opts, const struct writer_ops *ops,
			      struct writer **ret, struct errtext *e);
/* commit_needs_all_heads(), as it was at the start. */
bool writer_needs_all_heads(const struct writer *w);
/* Loop's thread. job->done is called on the loop's thread, never from within; with IMS_E_AGAIN when the
 * job's queue is full. */
void writer_submit(struct writer *w, struct commit_job *job);
void writer_count(struct writer *w, struct turns_count ret[TURNS_KINDS]);
/* Finish what is queued, commit, join. Posts are delivered by the loop afterwards. */
void writer_stop(struct writer *w);
void writer_free(struct writer *w);

#endif
