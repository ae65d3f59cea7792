/* SPDX-License-Identifier: Apache-2.0 */
/* Who takes part: keys from their names, one roster for all, a second one when somebody is late. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "sim/sim.h"

static struct federation *made[SIM_HOSTS_MAX + 1][2];

static void signer(struct note_signer *ret, const char *name, const char *use, enum note_key_type type)
{
	struct hash seed;

	crypto_sha256_parts((struct bytes[]){bytes_of(name), bytes_of(use)}, 2, &seed);
	CHECK(note_signer_from_seed(name, type, seed.b, ret) == 0);
}

static void member_init(struct member *m, const char *code)
{
	char name[80];

	snprintf(m->code, sizeof(m->code), "%s", code);
	snprintf(m->origin, sizeof(m->origin), SIM_FEDERATION "/%s/1", code);
	snprintf(m->name, sizeof(m->name), SIM_FEDERATION "/%s", code);
	snprintf(name, sizeof(name), "%s/delegation", m->name);
	m->secretariat = strcmp(code, "irs") == 0;
	signer(&m->delegation, name, "delegation", NOTE_KEY_ED25519);
	signer(&m->log, m->origin, "log", NOTE_KEY_ED25519);
	signer(&m->cosigner, m->name, "cosigner", NOTE_KEY_COSIGN_V1);
	signer(&m->cosigner_note, m->name, "cosigner", NOTE_KEY_ED25519);
}

static void put_key(struct buf *out, const char *before, const struct note_signer *s, const char *after)
{
	char key[NOTE_VKEY_BYTES];

	buf_printf(out, "%s%s%s\n", before, note_vkey_text(&s->vkey, key), after);
}

static void put_region(struct buf *out, const struct member *m)
{
	char hex[HEX_HASH_BYTES];
	struct hash pin;

	crypto_sha256(bytes_of(m->name), &pin);
	buf_printf(out, "region %s %s\n", m->code, m->secretariat ? "secretariat" : "participant");
	put_key(out, "delegation ", &m->delegation, "");
	buf_put_text(out, "incarnation 1 open\n");
	put_key(out, "log-key 1 ", &m->log, " 0 -");
	put_key(out, "cosigner-key ", &m->cosigner, " current");
	buf_printf(out, "tls-pin %s\n", hex_hash(&pin, hex));
}

static void add_signature(struct buf *note, struct bytes text, const struct note_signer *s)
{
	CHECK(note_sign_line(text, s, 0, note) == 0);
}

/* The next version, of the first n members, signed by all and everything in it. */
static void add_roster(struct federation *f, unsigned n)
{
	const struct roster *before = f->n_rosters ? f->roster[f->n_rosters - 1] : NULL;
	struct buf text = {0}, note = {0};
	struct errtext e = {""};
	char hex[HEX_HASH_BYTES];
	struct hash zero = {{0}};

	buf_printf(&text, "ims-roster/1\nfederation " SIM_FEDERATION "\nversion %u\nprevious %s\nrules 1\n",
		   f->n_rosters + 1, hex_hash(before ? &before->hash : &zero, hex));
	buf_printf(&text, "replicated 1 %s\n", f->member[1].code);
	for (unsigned i = 0; i < n; i++)
		put_region(&text, &f->member[i]);
	buf_put(&note, buf_bytes(&text));
	buf_put_text(&note, "\n");
	for (unsigned i = 0; i < n; i++) {
		add_signature(&note, buf_bytes(&text), &f->member[i].delegation);
		add_signature(&note, buf_bytes(&text), &f->member[i].log);
		add_signature(&note, buf_bytes(&text), &f->member[i].cosigner_note);
	}
	if (roster_parse(buf_bytes(&note), &f->roster[f->n_rosters], &e) ||
	    (before && roster_check_successor(before, f->roster[f->n_rosters], &e)))
		fprintf(stderr, "sim: roster: %s\n", e.text);
	CHECK(e.text[0] == '\0');
	f->n_rosters++;
	buf_fini(&text);
	buf_fini(&note);
}

const struct federation *federation_of(unsigned n, bool late)
{
	static const char *const codes[SIM_HOSTS_MAX] = {"eu", "irs", "jp", "mx", "us"};
	struct federation *f = made[n][late];

	CHECK(n >= 2 && n <= SIM_HOSTS_MAX);
	if (f)
		return f;
	f = mem_new(struct federation);
	f->n = n;
	f->late = late;
	for (unsigned i = 0; i < n; i++)
		member_init(&f->member[i], codes[i]);
	if (late)
		add_roster(f, n - 1);
	add_roster(f, n);
	made[n][late] = f;
	return f;
}

void federations_free(void)
{
	for (unsigned n = 0; n <= SIM_HOSTS_MAX; n++)
		for (int late = 0; late < 2; late++) {
			struct federation *f = made[n][late];

			if (!f)
				continue;
			for (unsigned i = 0; i < f->n; i++) {
				note_signer_fini(&f->member[i].delegation);
				note_signer_fini(&f->member[i].log);
				note_signer_fini(&f->member[i].cosigner);
				note_signer_fini(&f->member[i].cosigner_note);
			}
			for (unsigned i = 0; i < f->n_rosters; i++)
				roster_unref(f->roster[i]);
			free(f);
			made[n][late] = NULL;
		}
}

unsigned federation_find(const struct federation *f, struct bytes origin)
{
	unsigned i = 0;

	while (i < f->n && !bytes_eq_text(origin, f->member[i].origin))
		i++;
	return i;
}
