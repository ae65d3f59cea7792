/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a log is taken in: its share of time and of the disk, and what waits for the store. */
#ifndef REPLICATION_QUOTA_INT_H
#define REPLICATION_QUOTA_INT_H

#include <stddef.h>

#include "base/bucket.h"
#include "replication/sync.h"

struct sync_log;

struct quota {
	struct bucket entries, bytes;
	uint64_t batch_bytes;	/* of the batches on their way to the store */
	uint64_t disk_bytes;	/* that the log takes */
	enum sync_over over;
	uint64_t n_over;	/* how often it came over */
	struct mono report_at;
};

void quota_start(const struct sync *s, struct sync_log *l);
void quota_take(struct sync_log *l, size_t n_entries, uint64_t bytes);
/* May it be fetched now? Counts and tells when it comes over. */
enum sync_over quota_over(struct sync *s, struct sync_log *l);

#endif
