/* SPDX-License-Identifier: Apache-2.0 */
/* A roster for programs. Numbers of sizes stay below 2^63, which JSON integers of jansson hold. */
#include <inttypes.h>
#include <stdio.h>

#include <jansson.h>

#include "base/check.h"
#include "base/text.h"
#include "cli/cmd_roster.h"

static json_t *hash_json(const struct hash *h)
{
	char hex[HEX_HASH_BYTES];

	return json_string(hex_hash(h, hex));
}

static json_t *key_json(const struct note_vkey *key)
{
	char text[NOTE_VKEY_BYTES];

	return json_string(note_vkey_text(key, text));
}

static json_t *incarnations_json(const struct roster_region *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->n_incarnations; i++) {
		const struct roster_incarnation *n = &g->incarnations[i];
		json_t *o = json_pack("{s:I, s:b}", "number", (json_int_t)n->number, "open", n->open);

		if (!n->open) {
			json_object_set_new(o, "size", json_integer((json_int_t)n->kept_size));
			json_object_set_new(o, "root", hash_json(&n->kept_root));
		}
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *log_keys_json(const struct roster_region *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->n_log_keys; i++) {
		const struct roster_log_key *k = &g->log_keys[i];
		json_t *to = k->to_size == UINT64_MAX ? json_null() : json_integer((json_int_t)k->to_size);

		json_array_append_new(list, json_pack("{s:I, s:o, s:I, s:o}", "incarnation",
						      (json_int_t)k->incarnation, "key", key_json(&k->vkey),
						      "from", (json_int_t)k->from_size, "to", to));
	}
	return list;
}

static json_t *cosigners_json(const struct roster_region *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->n_cosigner_keys; i++)
		json_array_append_new(list,
				      json_pack("{s:o, s:b}", "key", key_json(&g->cosigner_keys[i].vkey),
						"retired", g->cosigner_keys[i].retired));
	return list;
}

static json_t *retired_json(const struct roster_region *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->n_retired; i++) {
		char id[9];

		snprintf(id, sizeof(id), "%08" PRIx32, g->retired[i].key_id);
		json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "key_id", id, "origin",
						      g->retired[i].origin, "size",
						      (json_int_t)g->retired[i].size));
	}
	return list;
}

static json_t *people_json(const struct roster_person *people, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:s, s:o}", "name", people[i].name, "pin",
						      hash_json(&people[i].pin)));
	return list;
}

static json_t *texts_json(char *const *texts, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(texts[i]));
	return list;
}

static json_t *region_json(const struct roster_region *g)
{
	json_t *pins = json_array();

	for (size_t i = 0; i < g->n_tls_pins; i++)
		json_array_append_new(pins, hash_json(&g->tls_pins[i]));
	return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "region", g->code,
			 "class", roster_class_name(g->class), "suspended", g->suspended, "delegation",
			 key_json(&g->delegation), "incarnations", incarnations_json(g), "log_keys",
			 log_keys_json(g), "cosigner_keys", cosigners_json(g), "retired", retired_json(g),
			 "tls_pins", pins, "addresses", texts_json(g->addresses, g->n_addresses), "operators",
			 people_json(g->operators, g->n_operators), "auditors",
			 people_json(g->auditors, g->n_auditors));
}

/* Takes the value. */
static void dump(json_t *value, FILE *f)
{
	CHECK(value); /* all texts are UTF-8: only memory can be missing */
	json_dumpf(value, f, JSON_COMPACT);
	json_decref(value);
}

void roster_print_json(const struct roster *r, FILE *f)
{
	json_t *regions = json_array();

	for (size_t i = 0; i < r->n_regions; i++)
		json_array_append_new(regions, region_json(&r->regions[i]));
	dump(json_pack("{s:s, s:I, s:I, s:o, s:o, s:{s:i, s:o}, s:o}", "federation", r->federation, "version",
		       (json_int_t)r->version, "rules", (json_int_t)r->rules, "hash", hash_json(&r->hash),
		       "previous", hash_json(&r->previous), "replicated", "count", (int)r->replicated_k,
		       "regions", texts_json(r->replicated_regions, r->n_replicated), "regions", regions),
	     f);
	fputc('\n', f);
}

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
	json_t *needs = json_array();

	roster_each_need(before, r, put_need, needs);
	dump(json_pack("{s:I, s:o, s:b, s:s, s:o}", "version", (json_int_t)r->version, "hash",
		       hash_json(&r->hash), "valid", !err, "reason", reason, "signatures", needs),
	     f);
}
