/* SPDX-License-Identifier: Apache-2.0 */
/* The own log in the eyes of peers: who has shown it (own.c), and what they have cosigned (acks.c). */
#ifndef REPLICATION_OWN_H
#define REPLICATION_OWN_H

#include "replication/sync_int.h"

/* A peer shows a verified head of my log. Whoever it is, and should it go away: the log is not whole
 * below this size. */
void own_note_shown(struct sync *s, struct sync_log *own, const char *region, uint64_t size);
/* It is this one, which recovering must not contradict. */
void own_head_shown(struct sync *s, struct sync_log *own, const char *region, const struct note *n,
		    const struct checkpoint *c);

/* A head of it that cannot be judged before the roster has come that the peer obeys: it says that the peer
 * has some of it, and is looked at again then. Others are left alone. */
void own_put_off(struct sync *s, struct sync_peer *p, const struct msg_head *h);
void own_judge_again(struct sync *s);

/* While it is fetched back: the newest head that was shown of it goes to the store before it is reached, so
 * that going on with other entries below it is refused there (inv. 5). */
void own_tick(struct sync *s, struct sync_log *own);

/* The cosignatures of a head that is stored and of our history have changed, of any log: a quorum? */
void acks_note_quorum(const struct sync *s, struct sync_log *l, const struct head *h);
void acks_note(struct sync *s, const char *region, uint64_t size);
/* A cosignature of an own head that is no longer kept. */
void acks_take_late(struct sync *s, struct sync_log *own, const struct note *n, const struct checkpoint *c);

#endif
