/* SPDX-License-Identifier: Apache-2.0 */
/* Packages of live logs in the commit log. The writer's own; live.c says what for. */
#ifndef VIEW_LIVE_INT_H
#define VIEW_LIVE_INT_H

#include "view/commit_int.h"

/* First byte of a record of the commit log. */
#define GROUP_FORMAT 1
#define GROUP_FORMAT_LIVE 2

/* May a turn that has this job have packages that are in the commit log before they are in the database? *bytes
 * counts those of the turn so far. */
bool live_takes(struct commit *c, const struct commit_job *job, uint64_t *bytes);
/* One record of these packages, which the open transaction holds. Errors: ring_append()'s, IMS_E_NOMEM. */
IMS_MUST_CHECK int live_to_ring(struct commit *c, struct commit_job *const *jobs, size_t n);
/* Such a record into the open transaction. IMS_E_CORRUPT when it does not continue the logs. */
IMS_MUST_CHECK int live_replay(struct commit *c, struct bytes body);

#endif
