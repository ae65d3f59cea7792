/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by ctl.c (dispatch) and the handlers, one file a noun: status_pb.c, logs_pb.c,
 * proofs_pb.c, verify_pb.c, roster_pb.c, view_pb.c, journal_pb.c, records_pb.c, put_pb.c.
 *
 * A handler is `int ctl_<name>(struct ctl_call *call, const Request *req)`: it returns
 *   0             after ctl_answer(): done
 *   CTL_LATER     it keeps the call and will answer it with ctl_answer() or ctl_fail()
 *   IMS_E_*       the call fails with this error and call->why
 */
#ifndef CTL_CTL_INT_H
#define CTL_CTL_INT_H

#include <pthread.h>

#include "base/arena.h"
#include "ctl/ctl.h"

#define CTL_MAGIC 0x43544c00u
#define CTL_LATER 1

struct ProtobufCMessage;

struct ctl_call {
	struct ctl *ctl;
	struct node *node;
	uint64_t session, id;
	enum client_role role;
	char name[64];
	uint32_t verb;
	struct arena arena;		/* holds the request; freed with the call */
	const struct ProtobufCMessage *request;
	struct errtext why;
	/* work on the helper thread */
	struct ctl_call *next;
	int (*work)(struct ctl_call *call, struct store_txn *t, struct buf *out);
	struct buf out;			/* packed reply of the work */
	int err;
	void *data;			/* the handler's own; freed with free() */
};

struct ctl {
	unsigned magic;
	struct ctl_opts o;
	struct node *node;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct ctl_call *queue, **queue_last;
	bool stop, started;
};

/* Pack and send the reply; frees the call. */
void ctl_answer(struct ctl_call *call, const struct ProtobufCMessage *reply);
void ctl_fail(struct ctl_call *call, int err);
/* Run `work` on the helper thread inside a read transaction; what it packs into `out` is sent
 * as the reply. Returns CTL_LATER. The work touches nothing but its arguments. */
int ctl_work(struct ctl_call *call, int (*work)(struct ctl_call *call, struct store_txn *t, struct buf *out));
/* Short read on the loop's thread: run fn inside a read transaction now. */
IMS_MUST_CHECK int ctl_read(struct ctl_call *call, int (*fn)(struct ctl_call *call, struct store_txn *t));

#endif
