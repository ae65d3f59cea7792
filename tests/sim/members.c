/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who takes part: keys from their names, and the versions of the roster, by a script: somebody is
 * late, suspended for a while, or gets new keys beside the old ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "sim/sim.h"

static struct federation *made[SIM_HOSTS_MAX + 1][2][SIM_SCRIPTS];

static void signer(struct note_signer *ret, const char *name, const char *use, enum note_key_type type)
{
	struct hash seed;

	crypto_sha256_parts((struct bytes[]){bytes_of(name), bytes_of(use)}, 2, &seed);
	CHECK(note_signer_from_seed(name, type, seed.b, ret) == 0);
}

static void member_init(struct member *m, const char *code)
{
	static const char *const use[2] = {"first", "second"};
	char name[80];

	snprintf(m->code, sizeof(m->code), "%s", code);
	snprintf(m->origin, sizeof(m->origin), SIM_FEDERATION "/%s/1", code);
	snprintf(m->next_origin, sizeof(m->next_origin), SIM_FEDERATION "/%s/2", code);
	signer(&m->next_log, m->next_origin, "next", NOTE_KEY_ED25519);
	snprintf(m->name, sizeof(m->name), SIM_FEDERATION "/%s", code);
	snprintf(name, sizeof(name), "%s/delegation", m->name);
	m->secretariat = strcmp(code, "irs") == 0;
	signer(&m->delegation, name, "delegation", NOTE_KEY_ED25519);
	for (int i = 0; i < 2; i++) {
		signer(&m->log[i], m->origin, use[i], NOTE_KEY_ED25519);
		signer(&m->cosigner[i], m->name, use[i], NOTE_KEY_COSIGN_V1);
		signer(&m->cosigner_note[i], m->name, use[i], NOTE_KEY_ED25519);
	}
}

static void put_key(struct buf *out, const char *before, const struct note_signer *s, const char *after)
{
	char key[NOTE_VKEY_BYTES];

	buf_printf(out, "%s%s%s\n", before, note_vkey_text(&s->vkey, key), after);
}

static void put_region(struct buf *out, const struct member *m, const struct shape *is, unsigned number)
{
	const bool suspended = is->suspended >> number & 1, closed = is->end[number].closed;
	const unsigned keys = 1 + (is->rekeyed >> number & 1);
	char hex[HEX_HASH_BYTES];
	struct hash pin;

	crypto_sha256(bytes_of(m->name), &pin);
	buf_printf(out, "region %s %s%s\n", m->code, m->secretariat ? "secretariat" : "participant",
		   suspended ? " suspended" : "");
	put_key(out, "delegation ", &m->delegation, "");
	if (closed)
		buf_printf(out, "incarnation 1 closed %llu %s\nincarnation 2 open\n",
			   (unsigned long long)is->end[number].size, hex_hash(&is->end[number].root, hex));
	else
		buf_put_text(out, "incarnation 1 open\n");
	for (unsigned i = 0; i < keys; i++)
		put_key(out, "log-key 1 ", &m->log[i], " 0 -");
	if (closed)
		put_key(out, "log-key 2 ", &m->next_log, " 0 -");
	for (unsigned i = 0; i < keys; i++)
		put_key(out, "cosigner-key ", &m->cosigner[i], " current");
	buf_printf(out, "tls-pin %s\n", hex_hash(&pin, hex));
}

static void add_signature(struct buf *note, struct bytes text, const struct note_signer *s)
{
	CHECK(note_sign_line(text, s, 0, note) == 0);
}

static void add_signatures(struct buf *note, struct bytes text, const struct member *m, unsigned keys)
{
	add_signature(note, text, &m->delegation);
	for (unsigned i = 0; i < keys; i++) {
		add_signature(note, text, &m->log[i]);
		add_signature(note, text, &m->cosigner_note[i]);
	}
}

/* The next version, signed by all and everything in it. */
static void add_roster(struct federation *f, const struct shape *is)
{
	const struct roster *before = f->n_rosters ? f->roster[f->n_rosters - 1] : NULL;
	struct buf text = {0}, note = {0};
	struct errtext e = {""};
	char hex[HEX_HASH_BYTES];
	struct hash zero = {{0}};

	CHECK(f->n_rosters < SIM_ROSTERS_MAX);
	buf_printf(&text, "ims-roster/1\nfederation " SIM_FEDERATION "\nversion %u\nprevious %s\nrules 1\n",
		   f->n_rosters + 1, hex_hash(before ? &before->hash : &zero, hex));
	buf_printf(&text, "replicated 1 %s\n", f->member[1].code);
	for (unsigned i = 0; i < is->n; i++)
		put_region(&text, &f->member[i], is, i);
	buf_put(&note, buf_bytes(&text));
	buf_put_text(&note, "\n");
	for (unsigned i = 0; i < is->n; i++) {
		add_signatures(&note, buf_bytes(&text), &f->member[i], 1 + (is->rekeyed >> i & 1));
		if (is->end[i].closed)
			add_signature(&note, buf_bytes(&text), &f->member[i].next_log);
	}
	if (roster_parse(buf_bytes(&note), &f->roster[f->n_rosters], &e) ||
	    (before && roster_check_successor(before, f->roster[f->n_rosters], &e)))
		fprintf(stderr, "sim: roster: %s\n", e.text);
	CHECK(e.text[0] == '\0');
	f->n_rosters++;
	buf_fini(&text);
	buf_fini(&note);
}

static void grow(struct federation *f, struct shape *is)
{
	if (is->n < f->n) {
		is->n = f->n;
		add_roster(f, is);
	}
}

/* Bits of a script: 1 somebody is suspended for a while, 2 somebody is rekeyed, 4 another, too. */
static void add_rosters(struct federation *f)
{
	struct shape is = {.n = f->late ? f->n - 1 : f->n};

	add_roster(f, &is);
	if (f->script & 1) {
		is.suspended = 1u << (f->n / 2 % is.n);
		add_roster(f, &is);
	}
	if (f->script & 2) {
		is.rekeyed |= 1;
		add_roster(f, &is);
	}
	grow(f, &is);
	if (is.suspended) {
		is.suspended = 0;
		add_roster(f, &is);
	}
	if (f->script & 4) {
		is.rekeyed |= 1u << (f->n - 1);
		add_roster(f, &is);
	}
	f->is = is;
}

void federation_copy(const struct federation *from, struct federation *to)
{
	*to = *from;
	for (unsigned i = 0; i < to->n_rosters; i++)
		roster_ref(to->roster[i]);
}

void federation_drop(struct federation *f)
{
	for (unsigned i = 0; i < f->n_rosters; i++)
		roster_unref(f->roster[i]);
	f->n_rosters = 0;
}

bool federation_may_close(const struct federation *f, unsigned member)
{
	return f->n_rosters < SIM_ROSTERS_MAX && !f->is.end[member].closed;
}

void federation_close(struct federation *f, unsigned member, uint64_t size, const struct hash *root)
{
	f->is.end[member].closed = true;
	f->is.end[member].size = size;
	f->is.end[member].root = *root;
	add_roster(f, &f->is);
}

const char *federation_origin(const struct federation *f, unsigned log)
{
	return log < SIM_HOSTS_MAX ? f->member[log].origin : f->member[log - SIM_HOSTS_MAX].next_origin;
}

static int by_code(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const struct federation *federation_of(unsigned n, bool late, unsigned script)
{
	const char *codes[SIM_HOSTS_MAX] = {"eu", "irs", "jp", "mx", "us", "au", "ca", "kr", "no"};
	struct federation *f = made[n][late][script];

	CHECK(n >= 2 && n <= SIM_HOSTS_MAX && script < SIM_SCRIPTS);
	if (f)
		return f;
	f = mem_new(struct federation);
	f->n = n;
	f->late = late;
	f->script = script;
	qsort(codes, n, sizeof(codes[0]), by_code);
	for (unsigned i = 0; i < n; i++)
		member_init(&f->member[i], codes[i]);
	add_rosters(f);
	made[n][late][script] = f;
	return f;
}

static void federation_free(struct federation *f)
{
	for (unsigned i = 0; f && i < f->n; i++) {
		struct member *m = &f->member[i];

		note_signer_fini(&m->delegation);
		note_signer_fini(&m->next_log);
		for (int k = 0; k < 2; k++) {
			note_signer_fini(&m->log[k]);
			note_signer_fini(&m->cosigner[k]);
			note_signer_fini(&m->cosigner_note[k]);
		}
	}
	for (unsigned i = 0; f && i < f->n_rosters; i++)
		roster_unref(f->roster[i]);
	free(f);
}

void federations_free(void)
{
	for (unsigned n = 0; n <= SIM_HOSTS_MAX; n++)
		for (int late = 0; late < 2; late++)
			for (unsigned script = 0; script < SIM_SCRIPTS; script++) {
				federation_free(made[n][late][script]);
				made[n][late][script] = NULL;
			}
}

bool federation_has(const struct federation *f, unsigned log)
{
	return federation_writer(log) < f->n && (log < SIM_HOSTS_MAX || f->is.end[federation_writer(log)].closed);
}

unsigned federation_find(const struct federation *f, struct bytes origin)
{
	unsigned log = 0;

	while (log < SIM_LOGS_MAX &&
	       !(federation_has(f, log) && bytes_eq_text(origin, federation_origin(f, log))))
		log++;
	return log;
}
