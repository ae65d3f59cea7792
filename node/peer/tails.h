/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ends of logs that the commit log has and the database not yet, in memory: what was acknowledged here,
 * and packages of live logs (view/live.c). They are served from here until the database has them. The loop's
 * thread only; as many bytes as the writer leaves uncommitted.
 */
#ifndef PEER_TAILS_H
#define PEER_TAILS_H

#include "view/commit.h"

struct tails;

struct tails *tails_new(void);
void tails_free(struct tails *t);
/* A group of the own log: takes a reference. */
void tails_add_group(struct tails *t, const char *origin, struct commit_group *g);
/* A package that a record of the commit log has: copied, unless the database has that record. */
void tails_add_package(struct tails *t, const struct commit_package *p);
/* The database has groups of this log up to `size`, and packages up to this record. */
void tails_committed(struct tails *t, const char *origin, uint64_t size, uint64_t ring_seq);
/* All of one log goes. */
void tails_drop(struct tails *t, const char *origin);
/* Is any package here? */
bool tails_has_packages(const struct tails *t);
/* Entries [*ret_from, *ret_end) of a log are here; false: none. */
bool tails_range(const struct tails *t, const char *origin, uint64_t *ret_from, uint64_t *ret_end);
/* NULL: not here. Borrowed until the next call that changes something. */
const struct ledger_item *tails_item(const struct tails *t, const char *origin, uint64_t index);

#endif
