/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Needs, whose they are, and who is interested, from the store: what is public, and of sealed records what this node
 * may read (limited.h). In one transaction; in a write transaction the logs are flushed before. All memory is the
 * arena's. Rules: programme/partners.h.
 */
#ifndef VIEW_PARTNERS_H
#define VIEW_PARTNERS_H

#include "programme/partners.h"
#include "view/limited.h"

#define PARTNERS_ARENA_BYTES ((size_t)128 << 20)
#define INTERESTS_MAX 1000 /* of each region that are looked at */
#define ANSWERS_MAX 100	   /* to one interest */

struct Ims__Registry__Citation;

/* A record of a kind that all see, as it is now. */
struct record_here {
	const char *region;		/* its home */
	const struct ProtobufCMessage *m; /* NULL: not live */
	uint64_t revision;
	int64_t time_ms;		/* of the entry that it stands in now */
};
/* IMS_E_NOT_FOUND: no record of this kind and id is here. */
IMS_MUST_CHECK int partners_record(struct store_txn *t, const char *kind, const char *id, struct arena *a,
				   struct record_here *ret);
/* The initiative that a need is of: named by it, or by the newest owner record that this node may read; "" unknown. */
IMS_MUST_CHECK int partners_owner(struct store_txn *t, const char *need, const struct record_here *here,
				  struct arena *a, const char **ret);

/* An interest with what belongs to it. */
struct interest_here {
	struct limited_item item;
	const struct Ims__Registry__Interest *m;
	const char *need;			/* record id */
	struct record_here of;			/* the need; region "" when it is not here */
	const struct limited_item *answer;	/* the newest one of the need's home; NULL: none */
	bool is_superseded;
	struct interest_now now;
};
/* One by the id of its sealed record; errors as limited_get(), IMS_E_INVALID when it is no interest. */
IMS_MUST_CHECK int partners_interest(struct store_txn *t, const char *id, int64_t today, struct arena *a,
				     struct interest_here *ret);
/* Those in a need (NULL: in any), each as of today. */
IMS_MUST_CHECK int partners_interests(struct store_txn *t, const char *need, int64_t today, struct arena *a,
				      struct interest_here **ret, size_t *ret_n, bool *ret_cut);

#endif
