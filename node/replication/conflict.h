/* SPDX-License-Identifier: Apache-2.0 */
/* Two histories of one log (S2), found and told: conflict.c. Replication's own. */
#ifndef REPLICATION_CONFLICT_H
#define REPLICATION_CONFLICT_H

#include "replication/sync_int.h"

/* Each freezes the log, hands the evidence to the store, and has it told if it is portable; or
 * records it, once, when it is of no account. */
/* A head at or below what is verified that is not on our history; its note is n. */
void conflict_below(struct sync *s, struct sync_log *l, const struct note *n, const struct checkpoint *c);
/* A head of the target's size with another root. */
void conflict_of_targets(struct sync *s, struct sync_log *l, const struct note *n);
/* A package that is proven to c, of another history than ours. */
void conflict_by_package(struct sync *s, struct sync_log *l, const struct msg_entries *e,
			 const struct checkpoint *c);
/* 0, or why the peer is at fault: what evidence_verify() says. */
IMS_MUST_CHECK int conflict_on_evidence(struct sync *s, struct sync_peer *p, const struct msg_evidence *m,
					struct errtext *why);
/* What is stored of a closed log is not what the roster kept; note: what shows it, may be empty. */
void conflict_with_roster(struct sync *s, struct sync_log *l, struct bytes note);
/* Stored evidence, at start. */
void conflict_start(struct sync *s, struct sync_log *l, const struct evidence *e);
/* Tell the peers that have not heard it. */
void conflict_tell(struct sync *s, struct sync_log *l);
void conflict_fini(struct sync_log *l);

#endif
