/* SPDX-License-Identifier: Apache-2.0 */
#include "view/digest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "ledger/ledger.h"
#include "store/key.h"
#include "view/record.h"

struct walk {
	struct store_txn *txn;
	struct crypto_hasher *hasher;
	struct digest *out;
	struct series_list list;
	struct ledger_reader readers[LEDGER_LOGS_MAX + 1]; /* by slot, like: */
	char origins[LEDGER_LOGS_MAX + 1][161];		   /* empty: no log */
};

__attribute__((format(printf, 2, 3))) static void line(struct walk *w, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > 0)
		crypto_hasher_add(w->hasher, BYTES(text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1));
}

static int add_log(void *ctx, const char *origin, uint32_t slot, uint64_t size)
{
	struct walk *w = ctx;
	struct digest *d = w->out;
	struct ledger_reader *r;
	struct origin_parts parts;
	struct hash root;
	char hex[HEX_HASH_BYTES];
	int err;

	if (slot > LEDGER_LOGS_MAX)
		return IMS_E_CORRUPT;
	strcpy(w->origins[slot], origin);
	if (origin_parse(bytes_of(origin), &parts))
		return 0; /* a journal */
	r = &w->readers[slot];
	err = ledger_read_open(w->txn, origin, r);
	if (err)
		return err;
	size = ledger_counted(r);
	err = ledger_root(r, size, &root);
	if (err)
		return err;
	line(w, "log %s %llu %s\n", origin, (unsigned long long)size, hex_hash(&root, hex));
	d->logs = mem_realloc(d->logs, (d->n_logs + 1) * sizeof(*d->logs));
	strcpy(d->logs[d->n_logs].origin, origin);
	d->logs[d->n_logs++].size = size;
	return 0;
}

static int add_record(void *ctx, const char *code, uint64_t number, struct bytes row)
{
	char hex[HEX_HASH_BYTES], text[RECORD_ID_MAX_BYTES + 1];
	struct walk *w = ctx;
	struct record r;
	struct hash leaf;
	int err = record_decode(row, code, &r);

	if (!err && (r.slot > LEDGER_LOGS_MAX || !w->origins[r.slot][0]))
		err = IMS_E_CORRUPT;
	if (!err)
		err = ledger_leaf(&w->readers[r.slot], r.index, &leaf);
	if (err)
		return err == IMS_E_NOT_FOUND ? IMS_E_CORRUPT : err;
	series_id_text(code, number, text);
	w->out->records++;
	w->out->holes += r.state == RECORD_WANTED;
	line(w, "record %s %s %s %llu %s %llu %s\n", text, r.kind, record_state_name(r.state),
	     (unsigned long long)r.revision, w->origins[r.slot], (unsigned long long)r.index,
	     hex_hash(&leaf, hex));
	return 0;
}

static int add_records(struct walk *w)
{
	const struct series_walk all = {.list = &w->list, .table = TABLE_RECORDS};

	return series_walk(w->txn, &all, add_record, w);
}

/* What the fold may not look at is a hole: a node that may has another digest. */
static void count_quarantined(struct walk *w)
{
	struct store_cursor c;

	for (store_seek(&c, w->txn, TABLE_PROBLEMS, BYTES_NONE, BYTES_NONE, false); store_cursor_ok(&c); store_next(&c))
		w->out->holes += c.value.n >= 2 && be16_get(c.value.p) == -IMS_E_QUARANTINED;
	store_cursor_fini(&c);
}

/* The records of one value and name. */
struct key_group {
	struct walk *walk;
	struct bytes name, value;
};

static int add_key(void *ctx, const char *code, uint64_t number, struct bytes nothing)
{
	char text[RECORD_ID_MAX_BYTES + 1];
	struct key_group *g = ctx;

	(void)nothing;
	series_id_text(code, number, text);
	g->walk->out->keys++;
	line(g->walk, "key %.*s %.*s %s\n", (int)g->name.n, (const char *)g->name.p, (int)g->value.n,
	     (const char *)g->value.p, text);
	return 0;
}

/* The first group from a key on, and into *from the key that the next one begins behind. */
static int add_group(struct walk *w, struct store_key *from)
{
	struct key_group g = {.walk = w};
	struct store_cursor c;
	struct store_key prefix;
	uint64_t number;
	uint32_t series;
	int err = IMS_E_NOT_FOUND;

	store_seek(&c, w->txn, TABLE_KEYS, BYTES_NONE, BYTES(from->b, from->n), false);
	if (store_cursor_ok(&c))
		err = store_key_parse(c.key, "SSIL", &g.value, &g.name, &series, &number);
	if (!err) {
		const struct series_walk all = {.list = &w->list,
						.table = TABLE_KEYS,
						.prefix = store_key(&prefix, "SS", g.value, g.name)};

		err = series_walk(w->txn, &all, add_key, &g);
		store_key_after_prefix(from, all.prefix);
	}
	store_cursor_fini(&c);
	return err;
}

static int add_keys(struct walk *w)
{
	struct store_key from = {.n = 0};
	int err;

	do
		err = add_group(w, &from);
	while (!err);
	return err == IMS_E_NOT_FOUND ? store_txn_error(w->txn) : err;
}

int digest_compute(struct store_txn *t, uint64_t roster_version, struct digest *ret)
{
	struct walk *w = mem_new(struct walk);
	int err;

	*ret = (struct digest){.roster = roster_version, .rules = REGISTRY_RULES_VERSION};
	*w = (struct walk){.txn = t, .hasher = crypto_hasher_new(), .out = ret};
	line(w, "imsd-view/1\nroster %llu\nrules %d\n", (unsigned long long)roster_version,
	     REGISTRY_RULES_VERSION);
	err = ledger_each(t, add_log, w);
	if (!err)
		err = series_list_load(t, &w->list);
	if (!err)
		err = add_records(w);
	if (!err)
		err = add_keys(w);
	count_quarantined(w);
	crypto_hasher_finish(w->hasher, &ret->digest);
	series_list_fini(&w->list);
	free(w);
	if (err)
		digest_fini(ret);
	return err;
}

void digest_fini(struct digest *d)
{
	free(d->logs);
	*d = (struct digest){0};
}
