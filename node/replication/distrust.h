/* SPDX-License-Identifier: Apache-2.0 */
/* Peers that are not asked for something for a while: they lied, or did not answer. Outlives their sessions. */
#ifndef REPLICATION_DISTRUST_H
#define REPLICATION_DISTRUST_H

#include <stdbool.h>

#include "base/clock.h"

#define SYNC_DISTRUST_MS 30000
#define SYNC_DISTRUST_MAX_MS 600000	/* each time in a row twice as long, up to this */
#define SYNC_DISTRUSTED_MAX 16		/* peers remembered so, for one log or all documents */

struct distrust {
	char region[13];	/* "": free */
	struct mono until;
	int64_t ms;		/* how long the last time */
};

bool distrust_holds(const struct distrust list[SYNC_DISTRUSTED_MAX], const char *region, struct mono now);
/* Each time twice as long, until it gives something. */
void distrust_note(struct distrust list[SYNC_DISTRUSTED_MAX], const char *region, struct mono now);
/* Only for this long, and it is no fault. */
void distrust_pause(struct distrust list[SYNC_DISTRUSTED_MAX], const char *region, struct mono now, int64_t ms);
void distrust_end(struct distrust list[SYNC_DISTRUSTED_MAX], const char *region);

#endif
