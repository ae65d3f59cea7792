/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admission beside other records: what a payload cites is there, and the programme's rules allow it
 * (programme/gate.h). Reads the writer's open transaction.
 */
#include "pb/registry.pb-c.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "programme/about.h"
#include "programme/gate.h"
#include "view/admit_int.h"
#include "view/case.h"
#include "view/cited.h"
#include "wire/codec.h"

#define POINTER_BYTES 200
#define CITE_DEPTH_MAX 4

/* ---- citations */
struct citing {
	struct store_txn *txn;
	struct buf *problems;
};

static int check_cited(struct citing *k, const ProtobufCMessage *m, const char *where, unsigned depth);

static int check_member(struct citing *k, const ProtobufCMessage *m, const char *where, unsigned depth)
{
	const char *why;
	int err;

	if (m->descriptor != &ims__registry__citation__descriptor)
		return depth < CITE_DEPTH_MAX ? check_cited(k, m, where, depth + 1) : 0;
	err = cited_check(k->txn, (const Ims__Registry__Citation *)m);
	why = cited_words(err);
	if (why)
		buf_printf(k->problems, "%s: %s\n", where, why);
	return why ? 0 : err;
}

/* Every Citation in a message, wherever it stands. */
static int check_cited(struct citing *k, const ProtobufCMessage *m, const char *where, unsigned depth)
{
	int err = 0;

	for (unsigned i = 0; !err && i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
		const void *member = (const char *)m + f->offset;
		char path[POINTER_BYTES];

		if (f->type != PROTOBUF_C_TYPE_MESSAGE)
			continue;
		if (f->label != PROTOBUF_C_LABEL_REPEATED) {
			const ProtobufCMessage *one = *(ProtobufCMessage *const *)member;

			snprintf(path, sizeof(path), "%s/%s", where, f->name);
			err = one ? check_member(k, one, path, depth) : 0;
			continue;
		}
		for (size_t n = *(const size_t *)(const void *)((const char *)m + f->quantifier_offset),
			    j = 0;
		     !err && j < n; j++) {
			snprintf(path, sizeof(path), "%s/%s/%zu", where, f->name, j);
			err = check_member(k, (*(ProtobufCMessage * *const *)member)[j], path, depth);
		}
	}
	return err;
}

/* ---- the programme's rules */
static unsigned roles_of(const struct admission *a)
{
	if (a->put->roles)
		return a->put->roles;
	return strcmp(a->c->o.region, "irs") == 0 ? ACTOR_IRS : ACTOR_SECRETARIAT;
}

/* The case of the initiative that the payload, or the record that is withdrawn, is about. */
static int find_case(struct admission *a, const ProtobufCMessage *m, char id[RECORD_ID_MAX_BYTES + 1],
		     struct arena *memory, struct programme_case *c, struct gate_ask *ask,
		     struct errtext *why)
{
	const struct case_wish wish = {.kind = ask->kind, .m = m};
	bool is_initiative = strcmp(ask->kind->name, "initiative") == 0;
	const char *about = a->put->owner	   ? a->put->owner
			    : m && !is_initiative ? about_of(ask->kind, m)
						  : ask->record;
	int err;

	id[0] = '\0';
	if (!*about || (!is_initiative && !about_is_case_kind(ask->kind)))
		return 0;
	err = case_initiative_of(a->c->txn, bytes_of(about), id);
	if (err == IMS_E_NOT_FOUND || err == IMS_E_SYNTAX) {
		snprintf(id, RECORD_ID_MAX_BYTES + 1, "%s", ask->withdraw ? "" : about);
		return 0;
	}
	if (!err)
		err = case_load(a->c->txn, bytes_of(id), &wish, memory, c, why);
	if (!err)
		ask->c = c;
	return err;
}

/* That of what a merge goes on in. */
static int find_into(struct admission *a, const ProtobufCMessage *m, struct arena *memory,
		     struct programme_case *c, struct gate_ask *ask, struct errtext *why)
{
	const Ims__Registry__Merge *merge = (const Ims__Registry__Merge *)m;
	int err;

	if (!m || strcmp(ask->kind->name, "merge") != 0)
		return 0;
	err = case_load(a->c->txn, bytes_of(merge->into->record), NULL, memory, c, why);
	if (!err)
		ask->into = c;
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

static int check(struct admission *a, struct arena *memory, struct errtext *why)
{
	struct commit_put *p = a->put;
	struct gate_ask ask = {
		.region = a->c->o.region,
		.roles = roles_of(a),
		.roster_version = a->c->roster->version,
		.kind = a->kind ? a->kind : kind_by_name(bytes_of(a->now.kind)),
		.record = a->now.state ? a->id : "",
		.withdraw = p->withdraw,
	};
	struct citing citing = {a->c->txn, &p->problems};
	char id[RECORD_ID_MAX_BYTES + 1];
	struct programme_case c, into;
	ProtobufCMessage *m = NULL;
	int err = 0;

	if (!ask.kind)
		return 0;
	if (!p->withdraw) /* as it came: of named regions the entry's payload is sealed already */
		err = codec_unpack(ask.kind->descriptor, p->payload, memory, &m, why);
	if (!err && m)
		err = check_cited(&citing, m, "", 0);
	if (!err)
		err = find_case(a, m, id, memory, &c, &ask, why);
	if (!err)
		err = find_into(a, m, memory, &into, &ask, why);
	if (err)
		return err;
	if (p->problems.n) /* what cannot be found cannot be judged */
		return errtext_set(why, IMS_E_NOT_FOUND, "%.230s", buf_text(&p->problems));
	ask.m = m;
	ask.initiative = id;
	err = gate_check(&ask, memory, &p->problems, why);
	if (m && (!err || (err == IMS_E_INVALID && p->problems.n))) {
		int texts = admit_check_texts(a, ask.kind, m);

		err = texts ? texts : p->problems.n ? IMS_E_INVALID : 0;
	}
	if (!err && m)
		err = admit_check_partners(a, ask.kind, m, memory);
	if (err && p->problems.n)
		errtext_set(why, err, "%.230s", buf_text(&p->problems));
	return err;
}

/* Most writes speak about nothing: neither a case nor the logs have to be looked at. */
static bool is_free(const struct admission *a)
{
	const struct kind *k = a->kind;
	bool is_initiative = k && strcmp(k->name, "initiative") == 0;

	return k && !a->put->withdraw && !a->put->roles && !is_initiative && !about_is_case_kind(k) &&
	       (strcmp(k->name, "organisation") == 0 || strcmp(k->name, "contact") == 0 ||
		strcmp(k->name, "document") == 0);
}

/* So does an import by whoever may write all: an initiative with a source, found by that or new. */
static bool is_import(const struct admission *a)
{
	return registry_natural_key(&a->keys) && a->kind && strcmp(a->kind->name, "initiative") == 0 &&
	       !a->put->id && !a->put->roles;
}

/* A case is read by index keys, and checked against tiles: both as of now. */
static int make_readable(struct commit *c)
{
	int err = keys_keep(c->keys, c->txn);

	return err ? err : commit_flush_logs(c);
}

int admit_check_case(struct admission *a, struct errtext *why)
{
	struct arena memory;
	int err;

	if (is_free(a) || is_import(a))
		return 0;
	err = make_readable(a->c);
	if (err)
		return err;
	arena_init(&memory, CASE_ARENA_BYTES);
	err = check(a, &memory, why);
	arena_fini(&memory);
	return err;
}

int admit_step(struct admission *a, struct errtext *why)
{
	struct commit_put *p = a->put;
	struct programme_case c;
	struct buf payload = {0};
	struct arena memory;
	unsigned state;
	int err = make_readable(a->c);

	if (err)
		return err;
	arena_init(&memory, CASE_ARENA_BYTES);
	err = case_load(a->c->txn, bytes_of(p->id), NULL, &memory, &c, why);
	if (!err)
		err = gate_step(&c, p->act, a->c->o.region, roles_of(a), &payload, &state, why);
	if (!err) {
		free((void *)(uintptr_t)p->payload.p);
		p->payload = BYTES(mem_dup(payload.p, payload.n), payload.n);
		free(p->kind);
		p->kind = mem_strdup("initiative");
	}
	buf_fini(&payload);
	arena_fini(&memory);
	return err;
}
