/* SPDX-License-Identifier: Apache-2.0 */
/* `ims roster sign`: lines under a version, and the promise that a delegation signs one only. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/save.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/cmd_roster.h"
#include "cli/commands.h"

#define KEYS_MAX 16
#define PROMISES_MAX_BYTES (1 << 20)

static const char usage_text[] = "usage: ims roster sign --key KEYFILE [--key KEYFILE]... FILE\n";

/* ---- KEYFILE.signed: lines "<version> <hash>", one for each version that the key has signed */

static int promise_check(struct bytes file, const struct roster *r, bool *ret_made, struct errtext *e)
{
	struct bytes line, version, rest = file;
	struct hash h;
	uint64_t n;

	*ret_made = false;
	while (rest.n && text_split(&rest, '\n', &line)) {
		if (!text_split(&line, ' ', &version) || !dec_get_u64(version, &n) ||
		    !hex_get(line, h.b, sizeof(h.b)))
			return errtext_set(e, IMS_E_CORRUPT, "not lines of a version and a hash");
		if (n != r->version)
			continue;
		if (!hash_eq(&h, &r->hash))
			return errtext_set(e, IMS_E_PERMISSION, "the key has signed another version %" PRIu64,
					   n);
		*ret_made = true;
	}
	return 0;
}

/* Remember, before signing, that this key signs this version. */
static int promise(const char *key_path, const struct roster *r, struct errtext *e)
{
	char *path = mem_printf("%s.signed", key_path), hex[HEX_HASH_BYTES];
	struct errtext cause = {""};
	struct buf file = {0};
	bool made = false;
	int err = save_exists(path) ? file_read(path, PROMISES_MAX_BYTES, &file, &cause) : 0;

	if (!err)
		err = promise_check(buf_bytes(&file), r, &made, &cause);
	if (err) {
		errtext_set(e, err, "%s: %s", path, cause.text);
	} else if (!made) {
		buf_printf(&file, "%" PRIu64 " %s\n", r->version, hex_hash(&r->hash, hex));
		err = save_file(path, buf_bytes(&file), 0600, true, e);
	}
	buf_fini(&file);
	free(path);
	return err;
}

/* ---- a key and its place */

struct place {
	const struct note_vkey *key;
	bool found;
};

static void match(void *ctx, const struct roster_region *g, enum roster_key_use use,
		  const struct note_vkey *key)
{
	struct place *p = ctx;

	(void)g, (void)use;
	p->found |= note_vkey_eq(key, p->key);
}

static bool is_delegation(const struct roster *r, const struct note_vkey *key)
{
	struct bytes name = bytes_of(key->name), federation, code;

	return key->type == NOTE_KEY_ED25519 && text_split(&name, '/', &federation) &&
	       text_split(&name, '/', &code) && bytes_eq_text(federation, r->federation) &&
	       roster_region(r, code) && bytes_eq_text(name, "delegation");
}

/* A key of this version, or a delegation that it may be replacing. */
static int check_place(const struct roster *r, const struct note_vkey *key, struct errtext *e)
{
	struct place p = {.key = key};

	roster_each_key(r, match, &p);
	if (!p.found && !is_delegation(r, key))
		return errtext_set(e, IMS_E_NO_KEY, "the key of %s has no place in this version", key->name);
	return 0;
}

/* A cosigner key signs rosters as an ordinary note key of its name (R3). Takes *s. */
static int to_note_signer(struct note_signer *s)
{
	uint8_t seed[SIGN_SEED_BYTES];
	struct note_signer twin;
	int err;

	if (s->vkey.type == NOTE_KEY_ED25519)
		return 0;
	sign_key_seed(s->key, seed);
	err = note_signer_from_seed(s->vkey.name, NOTE_KEY_ED25519, seed, &twin);
	explicit_bzero(seed, sizeof(seed));
	if (err)
		return err;
	note_signer_fini(s);
	*s = twin;
	return 0;
}

/* ---- the file */

/* Append the line to the note in `file` (text and an empty line at least). */
static int append(const struct roster *r, const struct note_signer *s, struct buf *file, struct errtext *e)
{
	int err = note_sign_line(BYTES(file->p, r->text_bytes), s, 0, file);

	return err ? errtext_set(e, err, "%s", ims_strerror(err)) : 0;
}

/* Has the note the key's line already? */
static int check_line(struct bytes file, const struct note_signer *s, bool *ret_signed, struct errtext *e)
{
	struct note n;
	int err = note_parse(file, &n) ? IMS_E_NO_KEY : note_verify(&n, &s->vkey, NULL);

	*ret_signed = err == 0;
	if (err == IMS_E_SIGNATURE)
		return errtext_set(e, err, "the line of %s that is there does not verify", s->vkey.name);
	return 0;
}

static int sign_with(const struct roster *r, const char *key_path, struct buf *file, struct errtext *e)
{
	struct note_signer s = {.key = NULL};
	bool done = false;
	int err = note_signer_load(key_path, &s, e);

	if (!err)
		err = check_place(r, &s.vkey, e);
	if (!err && is_delegation(r, &s.vkey))
		err = promise(key_path, r, e);
	if (!err && (err = to_note_signer(&s)))
		errtext_set(e, err, "%s: %s", key_path, ims_strerror(err));
	if (!err)
		err = check_line(buf_bytes(file), &s, &done, e);
	if (!err && !done)
		err = append(r, &s, file, e);
	if (!err)
		fprintf(stderr, "ims: %s %s version %" PRIu64 "\n", s.vkey.name,
			done ? "had already signed" : "signed", r->version);
	note_signer_fini(&s);
	return err;
}

/* With every --key. */
static int sign(const char *path, const struct args *a, struct errtext *e)
{
	const char *key;
	struct roster *r = NULL, *signed_one = NULL;
	struct buf file = {0};
	int err = roster_read(path, &r, e);

	if (!err)
		err = file_read(path, ROSTER_NOTE_MAX_BYTES, &file, e);
	if (!err && !r->note)
		buf_put_text(&file, "\n");
	for (size_t i = 0; !err && (key = args_nth(a, OPT_SIGN_KEY, i)); i++)
		err = sign_with(r, key, &file, e);
	if (!err) /* too many or too large is refused here, before anything is written */
		err = roster_parse(buf_bytes(&file), &signed_one, e);
	if (!err && !(r->note && r->note_bytes == file.n))
		err = save_file(path, buf_bytes(&file), 0644, true, e);
	roster_unref(signed_one);
	roster_unref(r);
	buf_fini(&file);
	return err;
}

int cmd_roster_sign(struct cli *cli)
{
	const struct args *a = &cli->args;
	struct errtext e = {""};
	int err;

	if (cli->out.json)
		err = errtext_set(&e, IMS_E_USAGE, "unknown option");
	else if (args_nth(a, OPT_SIGN_KEY, KEYS_MAX))
		err = errtext_set(&e, IMS_E_USAGE, "at most %d keys at a time", KEYS_MAX);
	else if (!args_has(a, OPT_SIGN_KEY))
		err = errtext_set(&e, IMS_E_USAGE, "a key and one file have to be given");
	else
		err = sign(args_word(a, 0), a, &e);
	return cli_end("roster sign", err, &e, usage_text);
}
