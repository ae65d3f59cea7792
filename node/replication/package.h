/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packages, verified: entries inside one tile with the proof that they are of a checkpoint's tree, what
 * such a proof tells of that tree, and payloads against their entries. Replication's own.
 */
#ifndef REPLICATION_PACKAGE_H
#define REPLICATION_PACKAGE_H

#include "replication/sync_int.h"

/* Verify items at the end of a log's edge against a checkpoint; leaves go to
 * leaf[0..n). IMS_E_PROOF, IMS_E_ROOT, IMS_E_CONFLICT (valid proof of another history), IMS_E_RANGE. */
IMS_MUST_CHECK int package_verify(const struct tile_edge *edge, const struct msg_entries *e,
				  const struct checkpoint *c, struct hash leaf[TILE_WIDTH]);
/* What a package and its proof, verified before, tell of the larger tree; with what we hold ourselves,
 * where that is the same. */
struct package_part {
	uint64_t lo, hi;
	struct hash hash;
};
struct package_view {
	uint64_t start, end, size;
	struct log_nodes own;
	struct hash leaf[TILE_WIDTH];	/* of [start, end) */
	struct package_part part[MERKLE_LEVELS];
	size_t n_parts;
};
void package_view(struct package_view *v, const struct log_nodes *own, const struct msg_entries *e, uint64_t size);
/* An evidence_span_fn; ctx is a struct package_view. */
int package_span(void *package_view, uint64_t lo, uint64_t hi, struct hash *ret);
/* An item's payload against its entry; sets the state that it deserves. from_home: the log's own region sent it.
 * *ret_payload: it, in the arena, empty if it is not HERE; what came packed is unpacked there.
 * Errors: IMS_E_COMMITMENT (also of what is no packed form), arena_error(), IMS_E_NOMEM. */
IMS_MUST_CHECK int package_judge_payload(struct msg_item *it, bool from_home, struct arena *a,
					 struct bytes *ret_payload);

#endif
