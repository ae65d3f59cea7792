/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many writes at once: puts go out without waiting, up to a window, and their answers are matched
 * by number. What an importer writes through (struct import_sink). While puts are in flight
 * nothing else may use the client.
 */
#ifndef CLI_PUT_PIPE_H
#define CLI_PUT_PIPE_H

#include "cli/client.h"

#define PUT_PIPE_WINDOW 256

struct put_answer {
	char *id;	/* record id; NULL until answered, and when refused */
	int err;	/* why it was refused */
	bool named;	/* it was put by its id */
};

struct put_pipe {
	struct client *client;
	const char *audience;		/* "": the kind's own */
	const char *fill_kind;		/* records of this kind that no id names keep what they have; NULL: none */
	struct put_answer *answer;	/* by ticket: numbers of puts from 0 */
	size_t n, capacity, answered;
	uint64_t first_id;		/* request number of ticket 0: the client counts up */
	size_t created, updated, unchanged, refused;
	int failed;			/* sticky: the walk is over */
	/* Why a record was refused; may be NULL. */
	void (*refusal)(void *ctx, uint64_t ticket, int err, const char *text);
	void *ctx;
};

void put_pipe_init(struct put_pipe *p, struct client *c);
void put_pipe_fini(struct put_pipe *p);
/* Queue a put, of a revision of the record `id` or (NULL) by natural key; waits for answers when the window is
 * full. Tickets are given in order, from 0.
 * Errors, after which the pipe is dead: those of the client, and what concerns not one record but all
 * (no permission, read-only, no space, …); e says which. */
IMS_MUST_CHECK int put_pipe_put(struct put_pipe *p, const char *kind, const char *id, struct bytes payload,
				uint64_t ticket, struct errtext *e);
/* Wait until everything is answered. Errors as above. */
IMS_MUST_CHECK int put_pipe_await(struct put_pipe *p, struct errtext *e);
/* Record id; empty when refused or not answered yet. */
struct bytes put_pipe_id(const struct put_pipe *p, uint64_t ticket);

#endif
