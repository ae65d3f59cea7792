/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs that wait for the writer, and whose turn it is (inv. 11). Every origin has a queue of its own;
 * so have local writes, what concerns the node itself, and the journal's rows. Queues are bounded
 * in jobs and bytes (QUEUES in turns.c); who finds one full is refused, nothing waits without bound.
 *
 *   one turn:  the node's own business ─ local writes ─ a slice of the origins, one after the other,
 *              each as many bytes as the next ─ journal rows
 *
 * An origin that waits with more than a share (SHARE_BYTES) is loud; the others, local writes and the node
 * are quiet. While somebody is loud every second turn, at most, is of the quiet alone: theirs is done with
 * a short commit of its own, and waits for one slice of the loud at most. The loud come in the turn after,
 * which has what the quiet have by then and a slice of everybody, so neither starves.
 *
 * The slice follows how much work turns are: TURNS_TARGET_MS of the thread's time, which is long, for each turn
 * ends in a commit, and those of a large transaction write hardly more index pages than those of a small one.
 * Who is quiet and comes meanwhile presses: the turn ends with the package that is being run, what it has done
 * is committed, and the rest waits again. While somebody is loud and somebody else has been quiet lately (a
 * number of turns) it is as much as the thread works through in TURNS_SHARED_MS, or in a quarter of the turn,
 * up to three times as much, when a flush is slower anyway; of a large package a part. Afterwards the loud
 * rest TURNS_REST times as long as their turn took, within limits: who comes meanwhile waits for nothing, and
 * finds a processor and a disk that are not taken. Time is what the caller says. No thread of its own, no
 * lock: the writer's.
 */
#ifndef PEER_TURNS_H
#define PEER_TURNS_H

#include "view/commit.h"

#define TURNS_TARGET_MS 300
#define TURNS_SHARED_MS 1
#define TURNS_REST 8

enum turns_queue { TURNS_NODE, TURNS_LOCAL, TURNS_JOURNAL, TURNS_ORIGIN, TURNS_KINDS };

struct turns;

struct turns *turns_new(void);
/* Jobs that still wait are freed. */
void turns_free(struct turns *t);
/* Takes the job; false: its queue is full and the job still the caller's. */
IMS_MUST_CHECK bool turns_push(struct turns *t, struct commit_job *job);
size_t turns_waiting(const struct turns *t);
/* From when on there is something to take; INT64_MAX ns: nothing waits. */
struct mono turns_ready(const struct turns *t);
/* The jobs of the next turn as a list, in the order in which they are to run; 0: none wait, or they rest. */
size_t turns_take(struct turns *t, struct mono now, struct commit_job **ret_list);
/* Has somebody quiet come to a turn that is all of the loud? Then it had better end. */
bool turns_pressed(const struct turns *t);
/* The last job of the turn that has not been run, whose it is again: the last one first. */
void turns_give_back(struct turns *t, struct commit_job *job);
/* The turn taken last has ended now and lasted so long. */
void turns_took(struct turns *t, struct mono now, int64_t us, int64_t cpu_us);

const char *turns_queue_name(enum turns_queue q);
size_t turns_queue_max(enum turns_queue q);
/* For status: what waits now, and how often a queue was full. */
struct turns_count {
	uint64_t jobs, bytes, refused;
};
void turns_count(const struct turns *t, struct turns_count ret[TURNS_KINDS]);

#endif
