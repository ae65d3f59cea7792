/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child behind `ims log verify` and `ims backup verify`: opens the database or the copy read-only,
 * re-derives every log, prints one packed LogVerifyReply in hex. A damaged file may kill it, and it alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pb/ctl.pb-c.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/text.h"
#include "ledger/backup.h"
#include "ledger/blobs.h"
#include "ledger/ledger.h"
#include "ledger/verify.h"
#include "main/main_int.h"
#include "registry/registry.h"
#include "wire/codec.h"

#define FINDINGS_MAX 200

struct report {
	struct store_txn *txn;
	const struct roster *roster;
	const char *only;
	struct arena arena;
	Ims__Ctl__LogVerifyReply reply;
	Ims__Ctl__LogVerifyItem *items[LEDGER_LOGS_MAX], *now;
	bool journal;
};

static void add_finding(struct report *r, Ims__Ctl__Finding ***list, size_t *n, const char *object, int err,
			const char *detail)
{
	Ims__Ctl__Finding *f;

	r->reply.ok = false;
	if (*n == FINDINGS_MAX)
		return;
	f = mem_new(Ims__Ctl__Finding);
	ims__ctl__finding__init(f);
	f->object = arena_text(&r->arena, bytes_of(object));
	f->problem = arena_text(&r->arena, bytes_of(ims_error(err)->name));
	f->detail = arena_text(&r->arena, bytes_of(detail));
	*list = mem_realloc(*list, (*n + 1) * sizeof(**list));
	(*list)[(*n)++] = f;
}

static void on_finding(void *ctx, const char *object, int err, const char *detail)
{
	struct report *r = ctx;

	add_finding(r, &r->now->findings, &r->now->n_findings, object, err, detail);
}

struct cosig_check {
	const char *region;
	bool verified;
};

static void on_cosigned(void *ctx, const struct roster_region *by, uint64_t time_s, struct bytes line)
{
	struct cosig_check *c = ctx;

	(void)time_s;
	(void)line;
	c->verified |= strcmp(by->code, c->region) == 0;
}

static int check_cosignature(struct report *r, struct bytes note, const char *region, struct bytes line)
{
	struct cosig_check c = {region, false};
	struct checkpoint ck;
	struct note n;
	struct buf whole = {0};
	int err;

	buf_put(&whole, note);
	buf_put(&whole, line);
	err = note_parse(buf_bytes(&whole), &n);
	if (!err)
		err = checkpoint_parse(n.text, &ck);
	if (!err)
		roster_verify_cosignatures(r->roster, &n, &ck, on_cosigned, &c);
	buf_fini(&whole);
	return err ? err : c.verified ? 0 : IMS_E_SIGNATURE;
}

static int on_note(void *ctx, const char *origin, uint64_t size, const struct hash *root, struct bytes note,
		   const char *region, struct bytes cosignature)
{
	struct report *r = ctx;
	struct note n;
	struct checkpoint c;
	int err;

	if (*region)
		return check_cosignature(r, note, region, cosignature);
	err = roster_verify_checkpoint(r->roster, note, &n, &c);
	if (err)
		return err;
	if (!bytes_eq_text(c.origin, origin))
		return IMS_E_ORIGIN;
	if (c.size != size)
		return IMS_E_INDEX;
	return root && !hash_eq(root, &c.root) ? IMS_E_ROOT : 0;
}

/* Of a log that the roster has closed: do the tiles give the root that it kept? */
static void check_kept(struct report *r, const char *origin)
{
	const struct roster_incarnation *inc;
	struct ledger_reader log;
	struct hash root;
	char object[40];
	int err;

	if (!roster_origin(r->roster, bytes_of(origin), &inc) || inc->open)
		return;
	err = ledger_read_open(r->txn, origin, &log);
	if (err || log.size < inc->kept_size)
		return; /* told, or on its way */
	err = ledger_root(&log, inc->kept_size, &root);
	if (!err && !hash_eq(&root, &inc->kept_root))
		err = IMS_E_ROOT;
	snprintf(object, sizeof(object), "kept %llu", (unsigned long long)inc->kept_size);
	if (err)
		on_finding(r, object, err, "not what the roster kept");
}

static int one_log(void *ctx, const char *origin, uint32_t slot, uint64_t size)
{
	struct report *r = ctx;
	struct origin_parts parts;
	struct verify_counts n;
	Ims__Ctl__LogVerifyItem *it;
	int err;

	(void)slot;
	(void)size;
	if (r->only && *r->only && strcmp(r->only, origin) != 0)
		return 0;
	it = r->now = mem_new(Ims__Ctl__LogVerifyItem);
	ims__ctl__log_verify_item__init(it);
	r->items[r->reply.n_logs++] = it;
	it->origin = arena_text(&r->arena, bytes_of(origin));
	err = verify_log(r->txn, origin, origin_parse(bytes_of(origin), &parts) == 0, on_finding, on_note, r,
			 &n);
	if (err)
		on_finding(r, "log", err, "cannot be walked to its end");
	check_kept(r, origin);
	it->size = n.size;
	it->root.data = mem_dup(n.root.b, sizeof(n.root.b));
	it->root.len = sizeof(n.root.b);
	it->entries = n.entries;
	it->payloads = n.payloads;
	it->tiles = n.tiles;
	it->checkpoints = n.checkpoints;
	it->cosignatures = n.cosignatures;
	return 0;
}

/* Documents whose bytes are here: are they what their name says? */
static int one_document(void *ctx, const struct blob_ref *of, const struct blob *b)
{
	struct report *r = ctx;
	char hex[HEX_HASH_BYTES], object[80];
	int err = blob_verify(r->txn, of);

	(void)b;
	r->reply.documents++;
	if (err != IMS_E_HASH && err != IMS_E_CORRUPT)
		return err;
	snprintf(object, sizeof(object), "document %s", hex_hash(&of->sha256, hex));
	add_finding(r, &r->reply.findings, &r->reply.n_findings, object, err, "its bytes are damaged");
	return 0;
}

static void print_reply(struct report *r)
{
	struct buf packed = {0};
	char *hex;

	codec_pack(&r->reply.base, &packed);
	hex = mem_zalloc(2 * packed.n + 1);
	puts(hex_put(hex, buf_bytes(&packed)));
	free(hex);
	buf_fini(&packed);
}

static void free_findings(Ims__Ctl__Finding **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

static void report_free(struct report *r)
{
	free_findings(r->reply.findings, r->reply.n_findings);
	for (size_t i = 0; i < r->reply.n_logs; i++) {
		free_findings(r->items[i]->findings, r->items[i]->n_findings);
		free(r->items[i]->root.data);
		free(r->items[i]);
	}
	arena_fini(&r->arena);
	free(r);
}

/* Every log that `only` leaves, from an open database. */
static int walk(struct report *r, const struct conf *conf, struct store *store)
{
	struct roster *roster;
	int err = open_roster(conf, store, &roster);

	if (err)
		return err;
	err = store_begin_read(store, &r->txn);
	if (!err) {
		r->roster = roster;
		err = ledger_each(r->txn, one_log, r);
		if (!err && (!r->only || !*r->only))
			err = blob_each(r->txn, BLOB_HERE, 0, NULL, one_document, r);
		store_abort(r->txn);
	}
	roster_unref(roster);
	return !err && r->only && *r->only && r->reply.n_logs == 0 ? IMS_E_NOT_FOUND : err;
}

/* The copy must be the one that was made; then its logs are looked at like any. */
static int walk_backup(struct report *r, const struct conf *conf, const char *dir)
{
	struct errtext why = {""};
	struct backup_facts facts;
	struct store *copy;
	int err = backup_open(dir, &copy, &facts, &why);

	if (err == IMS_E_CORRUPT) {
		add_finding(r, &r->reply.findings, &r->reply.n_findings, "backup", err, why.text);
		return 0;
	}
	if (err) {
		r->reply.failure = arena_text(&r->arena, bytes_of(why.text));
		return err;
	}
	err = walk(r, conf, copy);
	store_close(copy);
	return err;
}

static int walk_database(struct report *r, const struct conf *conf)
{
	struct store *store;
	int err = open_store(conf, true, &store);

	if (err)
		return err;
	err = walk(r, conf, store);
	store_close(store);
	return err;
}

/* backup NULL: the node's own database. */
static int verify(const char *config_path, const char *origin, const char *backup)
{
	struct report *r = mem_new(struct report);
	struct errtext why = {""};
	struct conf *conf;
	int err = conf_load(config_path, &conf, &why);

	if (err) {
		fprintf(stderr, "imsd: %s: %s\n", why.text, ims_strerror(err));
		free(r);
		return ims_error(err)->exit_code;
	}
	ims__ctl__log_verify_reply__init(&r->reply);
	arena_init(&r->arena, 64u << 20);
	r->reply.ok = true;
	r->reply.logs = r->items;
	r->only = origin;
	err = backup ? walk_backup(r, conf, backup) : walk_database(r, conf);
	if (err) {
		r->reply.ok = false;
		if (!*r->reply.failure)
			r->reply.failure = arena_text(&r->arena, bytes_of(ims_strerror(err)));
	}
	print_reply(r);
	report_free(r);
	conf_free(conf);
	return err ? ims_error(err)->exit_code : 0;
}

int verify_child(const char *config_path, const char *origin)
{
	return verify(config_path, origin, NULL);
}

int verify_backup_child(const char *config_path, const char *dir)
{
	return verify(config_path, NULL, dir);
}
