/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by ctl_pb.c (table and dispatch), ctl.c (life, answers), worker.c (helper threads) and the
 * handlers, one file a noun.
 *
 * A handler is `int ctl_<name>(struct ctl_call *call, const Request *q)`, on the loop's thread:
 *   0             it has answered: the call is gone
 *   CTL_LATER     it keeps the call, or has answered already from within
 *   IMS_E_*       the call fails with this error and call->why
 * The request and whatever the reply is built of live in the call's arena.
 */
#ifndef CTL_CTL_INT_H
#define CTL_CTL_INT_H

#include <pthread.h>

#include "base/arena.h"
#include "base/buf.h"
#include "ctl/ctl.h"

#define CTL_MAGIC 0x43544c00u
#define CTL_LATER 1
#define CTL_HELPERS 2			/* a digest of the whole view holds up nobody else */
#define CTL_CALLS_MAX 8192		/* unanswered, of all clients */
#define CTL_CALLS_BYTES_MAX (64u << 20)	/* of their requests */
#define CTL_COLD_MS 1000		/* that long after a wait for the disk the loop reads nothing itself */
#define CTL_REPLY_BYTES (900u << 10)	/* items stop here: a Reply has at most 1 MiB */
#define CTL_ARENA_BYTES (4u << 20)	/* of a call, above what its request takes */
#define CTL_NO_LOG "no such log here: 'ims log list' has the names"

struct ProtobufCMessage;
struct ProtobufCMessageDescriptor;
struct follow;
struct verify;

struct ctl_call;
/* On a helper thread, the loop's or the writer's: build the reply in call->arena and append it, packed, to
 * `out`. What is read is t and the call. A failure is told by the result and call->why. */
typedef int ctl_work_fn(struct ctl_call *call, struct store_txn *t, struct buf *out);

/* What must be in the database before a handler runs. */
enum ctl_wait {
	CTL_WAIT_NOTHING,
	CTL_WAIT_WRITES,	/* every local write that was acknowledged */
	CTL_WAIT_QUEUED,	/* all that the writer was given, journal rows included */
	CTL_WAIT_IF_IT_CAN,	/* as WRITES, but a writer that fails is no reason not to answer */
};

/* What a row of verbs.def is to the dispatch. */
struct ctl_verb {
	const struct ProtobufCMessageDescriptor *request, *reply;
	int (*handler)(struct ctl_call *call);
};
/* v is one of verb_all(). */
const struct ctl_verb *ctl_verb_of(const struct verb_info *v);

struct ctl_call {
	struct ctl *ctl;
	struct node *node;
	uint64_t session, id;
	enum client_role role;
	char name[64];
	const struct verb_info *verb;
	struct arena arena;
	const struct ProtobufCMessage *request;
	size_t request_bytes;
	struct errtext why;
	struct ctl_call *next;		/* of whatever list it waits in */
	ctl_work_fn *work;
	bool apart;			/* of the work: without a transaction */
	struct buf out;			/* packed reply of the work */
	int err;			/* of the work */
	void *data;			/* the handler's own, in the arena */
};

struct ctl {
	unsigned magic;
	int refs;			/* the owner and every call */
	char *verify_command, *config_path, *operator_roles;
	struct search *search;		/* may be NULL */
	struct node *node;
	struct mono started_at;
	bool clock_jumped;		/* the last write was refused because of the clock */
	size_t n_calls, n_calls_bytes;
	bool stop;			/* loop's thread: answer nobody any more */
	/* worker.c */
	pthread_t helpers[CTL_HELPERS];
	unsigned n_helpers;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct ctl_call *queue, **queue_last;	/* under lock */
	bool helpers_stop;			/* under lock */
	struct mono cold_until;			/* ctl_work_here() */
	/* handlers that wait for something */
	struct ctl_call *waiting;	/* put_pb.c: calls that the node has for node_wait_replicated() */
	struct follow *follow;		/* entries_pb.c */
	struct verify *verify;		/* verify_pb.c: the one child; NULL: none runs */
	_Atomic bool backing_up;	/* backup_pb.c: one at a time */
};

/* ---- ctl.c */
struct ctl_call *ctl_call_new(struct ctl *c, const struct client *who, uint64_t id, const struct verb_info *v,
			      struct bytes request);
void ctl_call_free(struct ctl_call *call);
/* Pack and send the reply, or say why not; each frees the call. After ctl_stop() they only free. */
void ctl_answer(struct ctl_call *call, const struct ProtobufCMessage *reply);
void ctl_answer_packed(struct ctl_call *call, struct bytes reply);
void ctl_fail(struct ctl_call *call, int err);
/* The same with a text of any length; errors of the writer carry whole lists of problems. */
void ctl_fail_text(struct ctl_call *call, int err, const char *text);
/* Give the writer a job; job->ctx is the call and `done` frees the job. */
void ctl_submit(struct ctl_call *call, struct commit_job *job, void (*done)(struct commit_job *job));
/* The own log's origin. */
const char *ctl_own_origin(const struct ctl_call *call);
/* The journal's, into out. */
void ctl_journal_origin(const struct ctl_call *call, char out[ORIGIN_MAX_BYTES + 1]);

/* ---- worker.c */
int worker_start(struct ctl *c);
void worker_stop(struct ctl *c);
/* Run `work` on a helper thread; what it puts into `out` is sent as the reply. CTL_LATER. */
int ctl_work(struct ctl_call *call, ctl_work_fn *work);
/* The same without a transaction (t is NULL), for what waits for something: a transaction is short. */
int ctl_work_apart(struct ctl_call *call, ctl_work_fn *work);
/* The same for work that reads a few pages whatever is asked, of all that is durable: on the writer's thread,
 * in its transaction, while some of it is in the commit log alone; this holds writes up. Else at once, on the
 * loop's thread; on a helper while pages have to be read from the disk. */
int ctl_work_here(struct ctl_call *call, ctl_work_fn *work);

/* ---- search_pb.c */
struct Ims__Ctl__OverlapMatch;
/* What an initiative may duplicate, as messages in the arena: those that raise an alarm. Waits for the index; not on
 * the loop's thread. Errors: those of the search, with call->why. */
int ctl_alike(struct ctl_call *call, const char *id, struct arena *a, struct Ims__Ctl__OverlapMatch ***ret,
	      size_t *ret_n);

/* ---- entries_pb.c, verify_pb.c: what they keep, at the end */
void ctl_follow_stop(struct ctl *c);
void ctl_verify_stop(struct ctl *c);

/* ---- handlers */
#define VERB(NAME, name, id, Request, request, Reply, reply, roles, help)                                      \
	struct Ims__Ctl__##Request;                                                                            \
	int ctl_##name(struct ctl_call *call, const struct Ims__Ctl__##Request *q);
#include "verbs.def"
#undef VERB

/* A fresh message as a value: CTL_NEW(LogInfo, log_info); protobuf-c's own __INIT casts const away. */
#define CTL_NEW(Message, message)                                                                              \
	({                                                                                                     \
		Ims__Ctl__##Message fresh_;                                                                    \
		ims__ctl__##message##__init(&fresh_);                                                          \
		fresh_;                                                                                        \
	})

/* protobuf-c's texts are not const, but packing only reads them. */
static inline char *ctl_lend(const char *text)
{
	return (char *)(uintptr_t)text;
}

#endif
