/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verbs: what clients (local command line, operators, auditors) may ask, from the rows of
 * verbs.def. A request is checked against its row's roles, its message is unpacked, its handler
 * answers now or later. A handler that reads the view runs only when the database holds every
 * write acknowledged before it (a client reads its own writes).
 *
 * Long reads (digest, listing) run on one helper thread with their own read transaction, so that
 * the loop does not wait (inv. 13). Everything else is the loop's thread.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include "peer/node.h"

struct ctl;

struct ctl_opts {
	const char *verify_command;	/* path of this program: `imsd --verify-log CONFIG ORIGIN` */
	const char *config_path;
};

enum verb {
#define VERB(NAME, name, id, Request, request, Reply, reply, roles, help) VERB_##NAME = (id),
#include "verbs.def"
#undef VERB
};

/* Made before the node: node_opts.request is ctl_request and its ctx this object. */
struct ctl *ctl_new(const struct ctl_opts *o);
void ctl_start(struct ctl *c, struct node *n);
/* Stop the helper thread; unanswered calls are dropped. */
void ctl_stop(struct ctl *c);
void ctl_free(struct ctl *c);
node_request_fn ctl_request;

/* Row of verbs.def, for tests and the manual. */
struct verb_info {
	uint32_t id;
	const char *name, *help;
	unsigned roles;			/* enum client_role bits */
};
const struct verb_info *verb_all(size_t *ret_count);

#endif
