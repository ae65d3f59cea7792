/* SPDX-License-Identifier: Apache-2.0 */
/* A version of the roster in its chain, for programs. */
#include <jansson.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cmd_roster.h"

static void put_need(void *ctx, const struct roster_need *n)
{
	json_array_append_new(ctx, json_pack("{s:s, s:s, s:s, s:s, s:s}", "state",
					     roster_need_state_name(n->state), "as",
					     roster_need_kind_name(n->kind), "region", n->region->code, "key",
					     n->key->name, "for", n->what));
}

void roster_print_check_json(const struct roster *before, const struct roster *r, int err, const char *reason,
			     FILE *f)
{
	json_t *needs = json_array(), *value;
	char hex[HEX_HASH_BYTES];

	roster_each_need(before, r, put_need, needs);
	value = json_pack("{s:I, s:s, s:b, s:s, s:o}", "version", (json_int_t)r->version, "hash",
			  hex_hash(&r->hash, hex), "valid", !err, "reason", reason, "signatures", needs);
	mem_must(value != NULL); /* all texts are UTF-8: only memory can be missing */
	json_dumpf(value, f, JSON_COMPACT);
	json_decref(value);
}
