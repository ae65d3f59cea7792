/* SPDX-License-Identifier: Apache-2.0 */
/* Which record a record speaks about, and by which citations it does: what makes a case one. Pure. */
#ifndef PROGRAMME_ABOUT_H
#define PROGRAMME_ABOUT_H

#include "registry/registry.h"

/* Id of the initiative, agreement or notice that a decoded payload speaks about; "" when it does about none.
 * Of an overlap the first of the two. Borrowed from the message. */
const char *about_of(const struct kind *k, const struct ProtobufCMessage *m);
/* Speaks this kind about an initiative, be it through another record? */
bool about_is_case_kind(const struct kind *k);
/* Of initiatives, agreements, conclusions and merges every revision matters. */
bool about_needs_history(const struct kind *k);

/* What the rules look at behind a payload's citations: calls `found` for each, until it returns non-zero, and
 * returns that. */
struct about_citation {
	const char *record, *origin;	/* borrowed from the message */
	uint64_t index;
	struct bytes leaf;
};
typedef int about_citation_fn(void *ctx, const struct about_citation *c);
int about_each_citation(const struct kind *k, const struct ProtobufCMessage *m, about_citation_fn *found, void *ctx);

#endif
