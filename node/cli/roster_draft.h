/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A version of the roster in the making: the one before it, edits in the order they are given, and
 * the text at the end, which the parser has the last word on. One thread.
 */
#ifndef CLI_ROSTER_DRAFT_H
#define CLI_ROSTER_DRAFT_H

#include "replication/roster.h"

struct roster_draft;

/* Version 1, without regions, rules REGISTRY_RULES_VERSION, replicated 0; or what follows the version in a file.
 * Errors: IMS_E_INVALID, those of roster_read(). */
IMS_MUST_CHECK int roster_draft_genesis(const char *federation, struct roster_draft **ret, struct errtext *e);
IMS_MUST_CHECK int roster_draft_from(const char *path, struct roster_draft **ret, struct errtext *e);
void roster_draft_free(struct roster_draft *d);

/* Errors of all edits: IMS_E_NOT_FOUND (no such region), IMS_E_EXISTS, IMS_E_INVALID, IMS_E_LIMIT, and
 * of cards those of file_read() and roster_parse_card(). */
IMS_MUST_CHECK int roster_draft_set_rules(struct roster_draft *d, uint64_t rules, struct errtext *e);
/* k of the regions that roster_draft_replicate_at() names after it; forgets those before. */
IMS_MUST_CHECK int roster_draft_set_replicated(struct roster_draft *d, uint64_t k, struct errtext *e);
IMS_MUST_CHECK int roster_draft_replicate_at(struct roster_draft *d, const char *code, struct errtext *e);
/* A new region, or with `replace` another block for one that is there (it stays suspended). */
IMS_MUST_CHECK int roster_draft_add_card(struct roster_draft *d, const char *path, bool replace,
					 struct errtext *e);
IMS_MUST_CHECK int roster_draft_suspend(struct roster_draft *d, const char *code, bool suspended,
					struct errtext *e);
/* The last incarnation ends with this size and root (hex). */
IMS_MUST_CHECK int roster_draft_close(struct roster_draft *d, const char *code, uint64_t size,
				      const char *root, struct errtext *e);
/* The next incarnation, with its first log key. */
IMS_MUST_CHECK int roster_draft_open(struct roster_draft *d, const char *code, const char *vkey,
				     struct errtext *e);

/* Put the text; *ret_next is it, parsed (the caller unrefs). */
IMS_MUST_CHECK int roster_draft_text(const struct roster_draft *d, struct buf *out, struct roster **ret_next,
				     struct errtext *e);
/* The version it follows, borrowed; NULL for a genesis. */
const struct roster *roster_draft_before(const struct roster_draft *d);

#endif
