/* SPDX-License-Identifier: Apache-2.0 */
/* A version of the roster in its chain, for people. */
#include <inttypes.h>

#include "base/text.h"
#include "cli/cmd_roster.h"
#include "cli/table.h"

const char *roster_need_state_name(int state)
{
	return state == 0 ? "signed" : state == IMS_E_NO_KEY ? "missing" : "bad";
}

const char *roster_need_kind_name(enum roster_need_kind kind)
{
	static const char *const names[] = {
		[ROSTER_NEED_VOTE] = "vote", [ROSTER_NEED_OWN] = "own", [ROSTER_NEED_KEY] = "key"};

	return names[kind];
}

static void put_need(void *ctx, const struct roster_need *n)
{
	struct table *t = ctx;

	table_put(t,
		  n->state == 0		     ? MARK_GOOD
		  : n->state == IMS_E_NO_KEY ? MARK_WARN
					     : MARK_BAD,
		  "%s", roster_need_state_name(n->state));
	table_text(t, roster_need_kind_name(n->kind));
	table_text(t, n->key->name);
	table_text(t, n->what);
}

void roster_print_check(const struct roster *before, const struct roster *r, int err, const char *reason,
			FILE *f)
{
	static const char *const headings[] = {"signature", "as", "key", "for", NULL};
	char hex[HEX_HASH_BYTES];
	struct table t;

	fprintf(f, "version %" PRIu64 "  %s  %s%s%s\n", r->version, hex_hash(&r->hash, hex),
		err ? "NOT VALID" : "valid", reason[0] ? ": " : "", reason);
	table_init(&t, f, false, headings, 0);
	t.indent = "  ";
	roster_each_need(before, r, put_need, &t);
	table_fini(&t);
}
