/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a log stands: sizes, root and cosigners from one read transaction, so that they belong
 * together; what only replication knows (is there more elsewhere, is it frozen or closed) is
 * copied before, on the loop's thread.
 */
#ifndef CTL_LOG_INFO_H
#define CTL_LOG_INFO_H

#include "base/arena.h"
#include "ims/err.h"
#include "store/store.h"

struct ctl_call;
struct Ims__Ctl__LogInfo;

/* What replication knows of one log. Texts are the arena's. */
struct log_facts {
	const char *origin, *region;
	uint64_t known_size;		/* largest verified head seen anywhere */
	uint64_t head_size;		/* of the head that `cosigners` cosigned */
	bool own, frozen, closed;
	bool incomplete;		/* closed, and not all that was kept is here */
	bool rolled_back;		/* own log of a node behind its own past */
	const char **cosigners;
	size_t n_cosigners;
};

/* Loop's thread: all logs, into the call's arena; NULL when it is too small. */
struct log_facts *log_facts_all(struct ctl_call *call, size_t *ret_n);
/* The one of this origin, NULL when replication has no such log (a journal, a mistake). */
const struct log_facts *log_facts_find(const struct log_facts *all, size_t n, const char *origin);

/* Any thread. A log of which nothing is stored yet has size 0. A root that the stored tiles do not
 * give is left empty: the list still shows the other logs (inv. 12). */
IMS_MUST_CHECK int log_info_read(struct store_txn *t, const struct log_facts *f, struct arena *a,
				 struct Ims__Ctl__LogInfo *ret);
struct ledger_reader;
/* Of its newest entry that counts, as the origin says; 0: there is none. */
int64_t log_info_last_time(struct ledger_reader *r);
/* All of them, as an array of pointers in the arena. */
IMS_MUST_CHECK int log_info_read_all(struct store_txn *t, const struct log_facts *f, size_t n, struct arena *a,
				     struct Ims__Ctl__LogInfo ***ret);

#endif
