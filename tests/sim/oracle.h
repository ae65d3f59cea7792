/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was promised and shown, watched while it happens (oracle.c), and the invariants of DESIGN
 * section 3 when all is quiet (checks.c, of the view checks_view.c).
 */
#ifndef SIM_ORACLE_H
#define SIM_ORACLE_H

#include "sim/sim.h"

struct oracle *oracle_new(struct sim *s);
void oracle_free(struct oracle *o);
/* Called by the node that did it. */
void oracle_started(struct host *h);
/* It will start from an old copy: what it holds may be less than before. */
void oracle_restored(struct host *h);
/* It has recovered: what it has now is its log. */
void oracle_recovered(struct host *h);
/* It may sign, and need not have anything to sign. */
void oracle_may_sign(struct host *h);
void oracle_published(struct host *h, const struct commit_group *g);
void oracle_completed(struct host *h, const struct commit_job *job);
void oracle_sent(struct host *from, struct host *to, const struct msg *m);
/* Its loop has had a turn: what it shows has not gone back. */
void oracle_looked_at(struct host *h);
/* An entry of mischief: nobody needs to find sense in it. */
void oracle_expect_nonsense(struct host *h, uint64_t index);
/* What is known of entry `index` of a member's log. */
struct oracle_row {
	struct hash leaf, root; /* root: of the tree that ends with it */
	struct hash content;	/* of its payload, without the header */
	bool has_payload;
	unsigned may_see;	/* bit of each member whose eyes the payload is for */
	bool limited;		/* it is for some only */
	bool acked, nonsense;
};
uint64_t oracle_size(const struct oracle *o, unsigned member);
/* The largest copy of a log that a node has, other than its writer. */
uint64_t oracle_kept(struct sim *s, unsigned log);
const struct tile_edge *oracle_edge(const struct oracle *o, unsigned member);
const struct oracle_row *oracle_row(const struct oracle *o, unsigned member, uint64_t index);

/* ---- stored.c: what a host has stored of each log, as of a number of commits, and in records of its commit log;
 * and what it has shown since it lives. */
struct stored {
	uint64_t commits, life, ring_life;
	uint64_t size[SIM_LOGS_MAX], in_ring[SIM_LOGS_MAX], shown[SIM_LOGS_MAX];
};
struct stored *oracle_stored(struct oracle *o, unsigned host);
void stored_package(struct host *h, const struct commit_package *p);
uint64_t stored_size(struct host *h, unsigned of);
/* An entry as it is stored. Its payload has been checked and is gone. */
int stored_item(struct ledger_reader *r, uint64_t index, struct ledger_item *ret);

/* ---- checks_view.c: one node's records and keys */
void checks_view(struct host *h, struct store_txn *t);

/* ---- checks.c */
/* checks_closed.c: what was acknowledged above the end of a closed log is not lost. */
void checks_closed(struct sim *s);
/* Is this what a node without its old database may start with, whose log is over? Of that as much as was
 * kept, and what else its commit log has of it is set aside for the next one. */
bool checks_closed_is_whole(struct host *h, struct store_txn *t, uint64_t size);
/* All logs equal, nothing wanted that somebody has, all heads cosigned. NULL, or what is missing. */
const char *checks_not_quiet(struct sim *s);
/* Entries that somebody signed are lost to all: the roster would have to close that log. */
bool checks_are_beyond_recovery(const struct sim *s, unsigned *ret_log);
void checks_run(struct sim *s);

#endif
