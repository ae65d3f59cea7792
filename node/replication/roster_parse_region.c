/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a region. The rows at the end are the grammar; each function takes one line. */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "replication/roster_int.h"

bool roster_name_is(const char *name, const char *federation, const char *code, const char *tail)
{
	char expected[NOTE_NAME_MAX_BYTES + 1];

	snprintf(expected, sizeof(expected), "%s/%s%s", federation, code, tail);
	return strcmp(name, expected) == 0;
}

static int take_class(struct roster_parser *p, struct roster_region *g)
{
	static const enum roster_class classes[] = {ROSTER_PARTICIPANT, ROSTER_ASSOCIATE, ROSTER_SECRETARIAT};
	bool found = false;

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (!bytes_eq_text(p->words[2], roster_class_name(classes[i])))
			continue;
		g->class = classes[i];
		found = true;
	}
	if (!found)
		return roster_fail(p, IMS_E_INVALID, "a class is participant, associate or secretariat");
	if ((g->class == ROSTER_SECRETARIAT) != (strcmp(g->code, "irs") == 0))
		return roster_fail(p, IMS_E_INVALID, "irs, and only irs, is the secretariat");
	return 0;
}

static int take_region(struct roster_parser *p)
{
	struct roster_region *g, *before = p->g;
	struct bytes code = p->words[1];

	if (!roster_code_is_valid(code))
		return roster_fail(p, IMS_E_INVALID, "not the code of a region");
	if (before && bytes_cmp(bytes_of(before->code), code) >= 0)
		return roster_fail(p, IMS_E_INVALID, "regions stand once, in ascending order");
	g = ROSTER_ROW(p, p->r->regions, p->r->n_regions);
	if (!g)
		return roster_fail_nomem(p);
	p->g = g;
	memcpy(g->code, code.p, code.n);
	if (p->n_words == 4 && !bytes_eq_text(p->words[3], "suspended"))
		return roster_fail(p, IMS_E_SYNTAX, "only `suspended` may follow the class");
	g->suspended = p->n_words == 4;
	return take_class(p, g);
}

/* A key of one type whose name is this region's, with a tail after it. */
static int take_key(struct roster_parser *p, struct bytes word, enum note_key_type type, const char *tail,
		    struct note_vkey *ret)
{
	int err = note_vkey_parse(word, ret);

	if (err)
		return roster_fail(p, err, "not a key");
	if (ret->type != type)
		return roster_fail(p, IMS_E_INVALID, "the key is of another type");
	if (!roster_name_is(ret->name, p->r->federation, p->g->code, tail))
		return roster_fail(p, IMS_E_INVALID, "the key is named after something else");
	return 0;
}

static int take_delegation(struct roster_parser *p)
{
	return take_key(p, p->words[1], NOTE_KEY_ED25519, "/delegation", &p->g->delegation);
}

static int take_incarnation(struct roster_parser *p)
{
	struct roster_region *g = p->g;
	size_t n = g->n_incarnations;
	struct roster_incarnation *i;
	uint64_t number;

	if (!roster_word_size(p->words[1], &number) || number != n + 1)
		return roster_fail(p, IMS_E_INVALID, "incarnations are numbered 1, 2, 3 without a gap");
	if (n && g->incarnations[n - 1].open)
		return roster_fail(p, IMS_E_INVALID, "only the last incarnation may be open");
	i = ROSTER_ROW(p, g->incarnations, g->n_incarnations);
	if (!i)
		return roster_fail_nomem(p);
	i->number = number;
	i->open = bytes_eq_text(p->words[2], "open");
	if (p->n_words != (i->open ? 3 : 5) || (!i->open && !bytes_eq_text(p->words[2], "closed")))
		return roster_fail(p, IMS_E_SYNTAX, "an incarnation is `open` or `closed SIZE ROOT`");
	if (!i->open &&
	    (!roster_word_size(p->words[3], &i->kept_size) || !roster_word_hash(p->words[4], &i->kept_root)))
		return roster_fail(p, IMS_E_INVALID, "not a size and a root");
	return 0;
}

static int take_log_key(struct roster_parser *p)
{
	struct roster_region *g = p->g;
	struct roster_log_key *k;
	uint64_t number;
	char tail[24];
	int err;

	if (!roster_word_size(p->words[1], &number) || number == 0 || number > g->n_incarnations)
		return roster_fail(p, IMS_E_INVALID, "not the number of an incarnation of this region");
	if (g->n_log_keys && g->log_keys[g->n_log_keys - 1].incarnation > number)
		return roster_fail(p, IMS_E_INVALID, "log keys stand in the order of their incarnations");
	k = ROSTER_ROW(p, g->log_keys, g->n_log_keys);
	if (!k)
		return roster_fail_nomem(p);
	k->incarnation = number;
	snprintf(tail, sizeof(tail), "/%" PRIu64, number);
	err = take_key(p, p->words[2], NOTE_KEY_ED25519, tail, &k->vkey);
	if (err)
		return err;
	k->to_size = UINT64_MAX;
	if (!roster_word_size(p->words[3], &k->from_size) ||
	    (!bytes_eq_text(p->words[4], "-") && !roster_word_size(p->words[4], &k->to_size)) ||
	    k->from_size > k->to_size)
		return roster_fail(p, IMS_E_INVALID, "not a range of sizes: FROM, then TO or -");
	return 0;
}

static int take_cosigner_key(struct roster_parser *p)
{
	struct roster_cosigner_key *k = ROSTER_ROW(p, p->g->cosigner_keys, p->g->n_cosigner_keys);

	if (!k)
		return roster_fail_nomem(p);
	k->retired = bytes_eq_text(p->words[2], "retired");
	if (!k->retired && !bytes_eq_text(p->words[2], "current"))
		return roster_fail(p, IMS_E_SYNTAX, "a cosigner key is `current` or `retired`");
	return take_key(p, p->words[1], NOTE_KEY_COSIGN_V1, "", &k->vkey);
}

static bool retired_key_id(const struct roster_region *g, struct bytes word, uint32_t *ret)
{
	char id[9];

	for (size_t i = 0; i < g->n_cosigner_keys; i++) {
		const struct roster_cosigner_key *k = &g->cosigner_keys[i];

		snprintf(id, sizeof(id), "%08" PRIx32, k->vkey.id);
		if (!k->retired || !bytes_eq_text(word, id))
			continue;
		*ret = k->vkey.id;
		return true;
	}
	return false;
}

static int take_retired(struct roster_parser *p)
{
	struct roster_region *g = p->g;
	struct roster_retired *row;
	uint32_t id;

	if (!retired_key_id(g, p->words[1], &id))
		return roster_fail(p, IMS_E_INVALID, "not the id of a retired cosigner key of this region");
	for (size_t i = 0; i < g->n_retired; i++)
		if (g->retired[i].key_id == id && bytes_eq_text(p->words[2], g->retired[i].origin))
			return roster_fail(p, IMS_E_DUPLICATE, "key and origin stand twice");
	row = ROSTER_ROW(p, g->retired, g->n_retired);
	if (!row || !(row->origin = arena_text(&p->r->memory, p->words[2])))
		return roster_fail_nomem(p);
	row->key_id = id;
	if (!roster_word_size(p->words[3], &row->size))
		return roster_fail(p, IMS_E_INVALID, "not a size");
	return 0;
}

static int take_tls_pin(struct roster_parser *p)
{
	if (!roster_word_hash(p->words[1], &p->g->tls_pins[p->g->n_tls_pins]))
		return roster_fail(p, IMS_E_INVALID, "not a pin");
	p->g->n_tls_pins++;
	return 0;
}

static int take_address(struct roster_parser *p)
{
	struct roster_region *g = p->g;
	char **row;

	if (!roster_address_is_valid(p->words[1]))
		return roster_fail(p, IMS_E_INVALID, "not an IP:PORT");
	for (size_t i = 0; i < g->n_addresses; i++)
		if (bytes_eq_text(p->words[1], g->addresses[i]))
			return roster_fail(p, IMS_E_DUPLICATE, "the address stands twice");
	row = ROSTER_ROW(p, g->addresses, g->n_addresses);
	return row && (*row = arena_text(&p->r->memory, p->words[1])) ? 0 : roster_fail_nomem(p);
}

static int take_person(struct roster_parser *p, struct roster_person **people, size_t *n)
{
	struct roster_person *row;

	if (!roster_person_is_valid(p->words[1]))
		return roster_fail(p, IMS_E_INVALID, "not a name for a person");
	for (size_t i = 0; i < *n; i++)
		if (bytes_eq_text(p->words[1], (*people)[i].name))
			return roster_fail(p, IMS_E_DUPLICATE, "the name stands twice");
	row = ROSTER_ROW(p, *people, *n);
	if (!row || !(row->name = arena_text(&p->r->memory, p->words[1])))
		return roster_fail_nomem(p);
	if (!roster_word_hash(p->words[2], &row->pin))
		return roster_fail(p, IMS_E_INVALID, "not a pin");
	return 0;
}

static int take_operator(struct roster_parser *p)
{
	return take_person(p, &p->g->operators, &p->g->n_operators);
}

static int take_auditor(struct roster_parser *p)
{
	return take_person(p, &p->g->auditors, &p->g->n_auditors);
}

const struct roster_rule roster_region_rules[] = {
	/* word, words with it, lines in a region */
	{"region", 3, 4, 1, 1, take_region},
	{"delegation", 2, 2, 1, 1, take_delegation},
	{"incarnation", 3, 5, 1, 32, take_incarnation},
	{"log-key", 5, 5, 0, 32, take_log_key},
	{"cosigner-key", 3, 3, 1, 16, take_cosigner_key},
	{"retired", 4, 4, 0, 256, take_retired},
	{"tls-pin", 2, 2, 1, 2, take_tls_pin},
	{"address", 2, 2, 0, 8, take_address},
	{"operator", 3, 3, 0, 32, take_operator},
	{"auditor", 3, 3, 0, 32, take_auditor},
};
const size_t roster_n_region_rules = sizeof(roster_region_rules) / sizeof(roster_region_rules[0]);
