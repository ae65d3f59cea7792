/* SPDX-License-Identifier: Apache-2.0 */
/* `ims init`: keys, card and configuration of a node; keys of people. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/save.h"
#include "base/text.h"
#include "cli/cert.h"
#include "cli/cli.h"
#include "cli/cmd_init.h"
#include "replication/roster.h"

/* Files of a node below DIR; the first four are keys and stay as they are with --force. */
static const char *const node_files[] = {
	"keys/delegation.key", "keys/log.key", "keys/cosigner.key", "keys/tls.key",
	"keys/tls.crt",	       "region.txt",   "imsd.conf"};

static char *in_dir(const struct init_options *o, const char *name)
{
	return mem_printf("%s/%s", o->dir, name);
}

/* Nothing is begun that would stop half-way because a file is there. */
static int check_absent(const struct init_options *o, struct errtext *e)
{
	int err = 0;

	for (size_t i = 0; !err && !o->force && i < sizeof(node_files) / sizeof(node_files[0]); i++) {
		char *path = in_dir(o, node_files[i]);

		if (save_exists(path))
			err = errtext_set(e, IMS_E_EXISTS,
					  "%s is there; --force keeps keys and makes the rest anew", path);
		free(path);
	}
	return err;
}

static int make_folders(const struct init_options *o, struct errtext *e)
{
	static const char *const names[] = {"keys", "data", "ring"};
	size_t n = o->state ? 1 : sizeof(names) / sizeof(names[0]);
	int err = save_folder(o->dir, e);

	for (size_t i = 0; !err && i < n; i++) {
		char *path = in_dir(o, names[i]);

		err = save_folder(path, e);
		free(path);
	}
	return err;
}

/* A key file that is there has to be of this name; one that is not is made. */
static int make_key(const struct init_options *o, const char *file, const char *name, enum note_key_type type,
		    struct note_vkey *ret, struct errtext *e)
{
	char *path = in_dir(o, file);
	struct note_signer s;
	int err;

	if (save_exists(path)) {
		err = note_signer_load(path, &s, e);
	} else {
		err = note_signer_generate(name, type, &s);
		if (!err) {
			err = note_signer_store(&s, path, e);
			if (err)
				note_signer_fini(&s);
		}
	}
	if (!err) {
		*ret = s.vkey;
		note_signer_fini(&s);
		if (strcmp(ret->name, name) != 0 || ret->type != type)
			err = errtext_set(e, IMS_E_INVALID, "%s is a key of %s, not of %s", path, ret->name,
					  name);
	}
	free(path);
	return err;
}

static int make_keys(const struct init_options *o, struct roster_region *g, struct errtext *e)
{
	char *cosigner = mem_printf("%s/%s", o->federation, o->region);
	char *delegation = mem_printf("%s/delegation", cosigner);
	char *log = mem_printf("%s/1", cosigner);
	int err = make_key(o, "keys/delegation.key", delegation, NOTE_KEY_ED25519, &g->delegation, e);

	if (!err)
		err = make_key(o, "keys/log.key", log, NOTE_KEY_ED25519, &g->log_keys[0].vkey, e);
	if (!err)
		err = make_key(o, "keys/cosigner.key", cosigner, NOTE_KEY_COSIGN_V1,
			       &g->cosigner_keys[0].vkey, e);
	free(cosigner);
	free(delegation);
	free(log);
	return err;
}

static int make_cert(const struct init_options *o, const char *role, const char *file, bool is_server,
		     struct hash *ret_pin, struct errtext *e)
{
	char *uri = mem_printf("ims://%s/%s/%s", o->federation, o->region, role);
	char *name = mem_printf("%s %s", o->region, role);
	char *key = mem_printf("%s/%s.key", o->dir, file), *crt = mem_printf("%s/%s.crt", o->dir, file);
	struct cert_spec spec = {uri, name, is_server, o->days ? o->days : CERT_DAYS_DEFAULT};
	int err = cert_make(key, crt, &spec, ret_pin, e);

	free(uri);
	free(name);
	free(key);
	free(crt);
	return err;
}

/* ---- the card */

/* What of an older card stays: its people, and its addresses when none are given. NULL: no card. */
static int old_card(const struct init_options *o, const char *path, struct roster **ret, struct errtext *e)
{
	struct buf text = {0};
	int err;

	*ret = NULL;
	if (!save_exists(path))
		return 0;
	err = file_read(path, ROSTER_NOTE_MAX_BYTES, &text, e);
	if (!err)
		err = roster_parse_card(buf_bytes(&text), o->federation, ret, e);
	buf_fini(&text);
	return err;
}

static enum roster_class class_of(const struct init_options *o)
{
	if (!o->class)
		return strcmp(o->region, "irs") == 0 ? ROSTER_SECRETARIAT : ROSTER_PARTICIPANT;
	return strcmp(o->class, "participant") == 0 ? ROSTER_PARTICIPANT
	       : strcmp(o->class, "associate") == 0 ? ROSTER_ASSOCIATE
						    : ROSTER_SECRETARIAT;
}

static void fill_from_old(struct roster_region *g, const struct roster_region *old)
{
	g->operators = old->operators;
	g->n_operators = old->n_operators;
	g->auditors = old->auditors;
	g->n_auditors = old->n_auditors;
	if (g->n_addresses)
		return;
	g->addresses = old->addresses;
	g->n_addresses = old->n_addresses;
}

static int write_card(const struct init_options *o, struct roster_region *g, struct errtext *e)
{
	char *path = in_dir(o, "region.txt");
	struct roster *old = NULL, *parsed = NULL;
	struct buf text = {0};
	int err = old_card(o, path, &old, e);

	if (!err) {
		if (old)
			fill_from_old(g, &old->regions[0]);
		roster_put_region(g, &text);
		err = roster_parse_card(buf_bytes(&text), o->federation, &parsed, e);
	}
	if (!err)
		err = save_file(path, buf_bytes(&text), 0644, true, e);
	roster_unref(parsed);
	roster_unref(old);
	buf_fini(&text);
	free(path);
	return err;
}

/* An absolute path, as the configuration needs it. */
static int write_conf(const struct init_options *o, struct errtext *e)
{
	char *dir = realpath(o->dir, NULL);
	int err;

	if (!dir)
		return errtext_set(e, IMS_E_IO, "%s: no absolute path", o->dir);
	err = init_conf(o, dir, e);
	free(dir);
	return err;
}

int init_node(const struct init_options *o, struct errtext *e)
{
	struct roster_incarnation incarnation = {.number = 1, .open = true};
	struct roster_log_key log_key = {.incarnation = 1, .to_size = UINT64_MAX};
	struct roster_cosigner_key cosigner = {.retired = false};
	char *addresses[INIT_ADDRESSES_MAX];
	struct roster_region g = {
		.class = class_of(o),
		.incarnations = &incarnation,
		.n_incarnations = 1,
		.log_keys = &log_key,
		.n_log_keys = 1,
		.cosigner_keys = &cosigner,
		.n_cosigner_keys = 1,
		.n_tls_pins = 1,
		.addresses = addresses,
		.n_addresses = o->n_addresses,
	};
	int err = check_absent(o, e);

	memcpy(g.code, o->region, strlen(o->region) + 1);
	for (unsigned i = 0; i < o->n_addresses; i++)
		addresses[i] = mem_strdup(o->addresses[i]);
	if (!err)
		err = make_folders(o, e);
	if (!err)
		err = make_keys(o, &g, e);
	if (!err)
		err = make_cert(o, "node", "keys/tls", true, &g.tls_pins[0], e);
	if (!err)
		err = write_card(o, &g, e);
	if (!err)
		err = write_conf(o, e);
	for (unsigned i = 0; i < o->n_addresses; i++)
		free(addresses[i]);
	if (err)
		return err;
	cli_tell("%s/region.txt is this region's card, for the roster", o->dir);
	cli_tell(
		"%s/keys/delegation.key signs versions of the roster, nothing else: keep it off this machine",
		o->dir);
	if (!o->roster_hash)
		cli_tell("%s/imsd.conf still needs roster_hash", o->dir);
	return 0;
}

int init_renew(const struct init_options *o, struct errtext *e)
{
	char *key = in_dir(o, "keys/tls.key");
	struct hash pin;
	int err = 0;

	if (!save_exists(key))
		err = errtext_set(e, IMS_E_NOT_FOUND, "%s: no key to make a certificate for", key);
	if (!err)
		err = make_cert(o, "node", "keys/tls", true, &pin, e);
	if (!err)
		cli_tell("%s/keys/tls.crt is new; the node takes it over at a reload (SIGHUP)", o->dir);
	free(key);
	return err;
}

/* ---- people and further incarnations */

int init_person(const struct init_options *o, struct errtext *e)
{
	const char *name = o->operator_name ? o->operator_name : o->auditor_name;
	const char *kind = o->operator_name ? "operator" : "auditor";
	char *role = mem_printf("%s/%s", kind, name), *key = mem_printf("%s/%s.key", o->dir, name);
	char hex[HEX_HASH_BYTES];
	struct hash pin;
	int err = save_folder(o->dir, e);

	if (!err && save_exists(key) && !o->force)
		err = errtext_set(e, IMS_E_EXISTS,
				  "%s is there; --force keeps it and makes a new certificate", key);
	if (!err)
		err = make_cert(o, role, name, false, &pin, e);
	if (!err) {
		printf("%s %s %s\n", kind, name, hex_hash(&pin, hex));
		cli_tell("this line belongs on the card, region.txt, for the next version of the roster");
	}
	free(role);
	free(key);
	return err;
}

int init_log_key(const struct init_options *o, struct errtext *e)
{
	char *file = mem_printf("keys/log-%" PRIu64 ".key", o->log_key), *path = in_dir(o, file);
	char *name = mem_printf("%s/%s/%" PRIu64, o->federation, o->region, o->log_key);
	char text[NOTE_VKEY_BYTES];
	struct note_vkey key;
	int err = make_folders(o, e);

	if (!err && save_exists(path) && !o->force)
		err = errtext_set(e, IMS_E_EXISTS, "%s is there", path);
	if (!err)
		err = make_key(o, file, name, NOTE_KEY_ED25519, &key, e);
	if (!err)
		printf("log-key %" PRIu64 " %s 0 -\n", o->log_key, note_vkey_text(&key, text));
	free(file);
	free(path);
	free(name);
	return err;
}
