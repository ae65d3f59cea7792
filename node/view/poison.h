/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries that end the process when they are folded (inv. 6). Which entry is being folded stands in
 * a mapped file, which outlives the process and costs no system call; the handler of a deadly signal
 * marks it, and the next start counts. After POISON_CRASHES the entry is quarantined: stored, proven
 * and passed on like any other, a hole in the view.
 *
 *   fold begins ─ poison_enter() ─ SIGSEGV … ─ poison_crashed() ─> poison_open() counts
 *   fold ends   ─ poison_leave()
 *
 * Entries go by their leaf, so that nothing but the same bytes at the same place is counted. A signal
 * that another thread got, or that nobody can catch (SIGKILL), is not the entry's fault. The counts are
 * this node's, outside its database: another node may have none, and another version of the program
 * starts anew, because it may have learned to fold it. A file that is lost or damaged costs two crashes.
 *
 * One is open in a process. The writer's thread enters and leaves, any may ask.
 */
#ifndef VIEW_POISON_H
#define VIEW_POISON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "ims/err.h"
#include "registry/registry.h"

#define POISON_CRASHES 2
#define POISON_ROWS 120 /* remembered; beyond that the one counted first is forgotten */

struct poison;

struct poison_row {
	struct hash leaf;
	uint64_t index, order;
	uint32_t crashes, signo; /* so often; the last one's signal. 0 crashes: a free row */
	char origin[ORIGIN_MAX_BYTES + 1];
};

/* Open or create; counts what ended the last process, which is then in *ret_last (0 crashes: nothing).
 * version: of the program. Errors: IMS_E_IO, IMS_E_NO_SPACE. */
IMS_MUST_CHECK int poison_open(const char *path, const char *version, struct poison **ret,
			       struct poison_row *ret_last, struct errtext *e);
void poison_close(struct poison *p);

/* NULL is allowed: nothing is remembered. */
void poison_enter(struct poison *p, const char *origin, uint64_t index, const struct hash *leaf);
void poison_leave(struct poison *p);
/* How often folding this entry has ended the process. */
unsigned poison_crashes(const struct poison *p, const struct hash *leaf);
/* Quarantined entries; *ret (may be NULL) is the first of them. */
size_t poison_count(const struct poison *p, const struct poison_row **ret);

/* In a signal's handler: this thread is about to die of it. */
void poison_crashed(int signo);

#endif
