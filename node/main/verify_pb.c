/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child behind `ims log verify`: opens the database read-only, re-derives every log, prints
 * one packed LogVerifyReply in hex. A damaged file may kill it, and it alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pb/ctl.pb-c.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/text.h"
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

static void on_finding(void *ctx, const char *object, int err, const char *detail)
{
	struct report *r = ctx;
	Ims__Ctl__Finding *f;

	r->reply.ok = false;
	if (r->now->n_findings == FINDINGS_MAX)
		return;
	f = mem_new(Ims__Ctl__Finding);
	ims__ctl__finding__init(f);
	f->object = arena_text(&r->arena, bytes_of(object));
	f->problem = arena_text(&r->arena, bytes_of(ims_error(err)->name));
	f->detail = arena_text(&r->arena, bytes_of(detail));
	r->now->findings = mem_realloc(r->now->findings, (r->now->n_findings + 1) * sizeof(*r->now->findings));
	r->now->findings[r->now->n_findings++] = f;
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
	err = verify_log(r->txn, origin, origin_parse(bytes_of(origin), &parts) == 0, on_finding, on_note, r, &n);
	if (err)
		on_finding(r, "log", err, "cannot be walked to its end");
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

static void report_free(struct report *r)
{
	for (size_t i = 0; i < r->reply.n_logs; i++) {
		for (size_t k = 0; k < r->items[i]->n_findings; k++)
			free(r->items[i]->findings[k]);
		free(r->items[i]->findings);
		free(r->items[i]->root.data);
		free(r->items[i]);
	}
	arena_fini(&r->arena);
	free(r);
}

int verify_child(const char *config_path, const char *origin)
{
	struct report *r = mem_new(struct report);
	struct roster *roster = NULL;
	struct store *store = NULL;
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
	err = open_store(conf, true, &store);
	if (!err)
		err = open_roster(conf, store, &roster);
	if (!err)
		err = store_begin_read(store, &r->txn);
	if (!err) {
		r->roster = roster;
		err = ledger_each(r->txn, one_log, r);
		store_abort(r->txn);
	}
	if (!err && origin && *origin && r->reply.n_logs == 0)
		err = IMS_E_NOT_FOUND;
	if (err) {
		r->reply.ok = false;
		r->reply.failure = arena_text(&r->arena, bytes_of(ims_strerror(err)));
	}
	print_reply(r);
	report_free(r);
	roster_unref(roster);
	store_close(store);
	conf_free(conf);
	return err ? ims_error(err)->exit_code : 0;
}
