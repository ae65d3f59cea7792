/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verbs: what clients (local command line, operators, auditors) may ask, from the rows of
 * verbs.def. A request is checked against its row's roles, its message is unpacked, its handler
 * answers now or later. A handler that reads the view runs only when the database holds every
 * write acknowledged before it (a client reads its own writes).
 *
 * What reads the database runs on helper threads, each call inside its own read transaction, so
 * that the loop does not wait (inv. 13) and all numbers of a reply are of one moment. Everything
 * else is the loop's thread.
 *
 *  start:  ctl_new -> node_new (request = ctl_request) -> ctl_start
 *  stop:   ctl_stop -> node_stop -> node_free -> ctl_free, with loop_free() (which runs what was
 *          posted) anywhere behind node_stop
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include "peer/node.h"

struct ctl;
struct search;

/* Strings are copied. */
struct ctl_opts {
	/* path of this program: `imsd --verify-log CONFIG ORIGIN`, `imsd --verify-backup DIR --config CONFIG` */
	const char *verify_command;
	const char *config_path;
	/* what operators are, "name:role+role …" (programme/acts.h); NULL: each is the secretariat, or the IRS */
	const char *operator_roles;
	struct search *search;	/* NULL: none; outlives the object */
};

enum verb {
#define VERB(NAME, name, id, Request, request, Reply, reply, roles, help) VERB_##NAME = (id),
#include "verbs.def"
#undef VERB
};

/* Made before the node: node_opts.request is ctl_request and its ctx this object. */
struct ctl *ctl_new(const struct ctl_opts *o);
/* 0, or IMS_E_NOMEM when the system has no thread for it. */
int ctl_start(struct ctl *c, struct node *n);
/* Join the helper threads, end the verifying child; unanswered calls are dropped. */
void ctl_stop(struct ctl *c);
/* After node_free(), which no longer calls back. NULL is allowed. */
void ctl_free(struct ctl *c);
node_request_fn ctl_request;

/* Row of verbs.def, for tests and the manual. */
struct verb_info {
	uint32_t id;
	const char *name, *help;
	unsigned roles;			/* enum client_role bits */
};
/* All rows, in the order of verbs.def. Static. */
const struct verb_info *verb_all(size_t *ret_count);
/* NULL when there is no such verb. */
const struct verb_info *verb_find(uint32_t id);
/* May a client of this role ask it? */
bool verb_is_allowed(const struct verb_info *v, enum client_role role);

#endif
