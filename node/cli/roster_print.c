/* SPDX-License-Identifier: Apache-2.0 */
/* A roster for people. */
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

static void put_incarnations(const struct roster_region *g, FILE *f)
{
	char hex[HEX_HASH_BYTES];

	for (size_t i = 0; i < g->n_incarnations; i++) {
		const struct roster_incarnation *n = &g->incarnations[i];

		if (n->open)
			fprintf(f, "  incarnation  %" PRIu64 ", open\n", n->number);
		else
			fprintf(f, "  incarnation  %" PRIu64 ", closed at %" PRIu64 " with root %s\n",
				n->number, n->kept_size, hex_hash(&n->kept_root, hex));
	}
	for (size_t i = 0; i < g->n_log_keys; i++) {
		const struct roster_log_key *k = &g->log_keys[i];

		fprintf(f, "  log key      %s %08" PRIx32 " from %" PRIu64, k->vkey.name, k->vkey.id,
			k->from_size);
		if (k->to_size == UINT64_MAX)
			fputs(" on\n", f);
		else
			fprintf(f, " to %" PRIu64 "\n", k->to_size);
	}
}

static void put_people(const char *what, const struct roster_person *people, size_t n, FILE *f)
{
	char hex[HEX_HASH_BYTES];

	for (size_t i = 0; i < n; i++)
		fprintf(f, "  %-12s %s, pin %s\n", what, people[i].name, hex_hash(&people[i].pin, hex));
}

static void put_region(const struct roster_region *g, FILE *f)
{
	char hex[HEX_HASH_BYTES];

	fprintf(f, "%s: %s%s\n", g->code, roster_class_name(g->class), g->suspended ? ", SUSPENDED" : "");
	fprintf(f, "  delegation   %08" PRIx32 "\n", g->delegation.id);
	put_incarnations(g, f);
	for (size_t i = 0; i < g->n_cosigner_keys; i++)
		fprintf(f, "  cosigner     %08" PRIx32 "%s\n", g->cosigner_keys[i].vkey.id,
			g->cosigner_keys[i].retired ? ", retired" : "");
	for (size_t i = 0; i < g->n_retired; i++)
		fprintf(f, "  retired      %08" PRIx32 " counts for %s up to %" PRIu64 "\n",
			g->retired[i].key_id, g->retired[i].origin, g->retired[i].size);
	for (size_t i = 0; i < g->n_tls_pins; i++)
		fprintf(f, "  TLS pin      %s\n", hex_hash(&g->tls_pins[i], hex));
	for (size_t i = 0; i < g->n_addresses; i++)
		fprintf(f, "  address      %s\n", g->addresses[i]);
	put_people("operator", g->operators, g->n_operators, f);
	put_people("auditor", g->auditors, g->n_auditors, f);
}

void roster_print_text(const struct roster *r, FILE *f)
{
	char hex[HEX_HASH_BYTES];

	fprintf(f, "federation %s, roster version %" PRIu64 ", rules %" PRIu64 "\n", r->federation,
		r->version, r->rules);
	fprintf(f, "hash of its text %s\n", hex_hash(&r->hash, hex));
	fprintf(f, "replicated when stored by %u of", r->replicated_k);
	for (size_t i = 0; i < r->n_replicated; i++)
		fprintf(f, " %s", r->replicated_regions[i]);
	fputs(r->n_replicated ? "\n" : " none\n", f);
	for (size_t i = 0; i < r->n_regions; i++)
		put_region(&r->regions[i], f);
}
