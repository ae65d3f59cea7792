/* SPDX-License-Identifier: Apache-2.0 */
#include "view/digest.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "ledger/ledger.h"
#include "store/key.h"
#include "view/key_cursor.h"
#include "view/record.h"

#define GROUP_MEMBERS 256 /* records of one index key that are held in memory */
#define TEXT_BYTES 16384  /* about what is hashed at once */

struct walk {
	struct store_txn *txn;
	struct crypto_hasher *hasher;
	struct buf text; /* of whole lines, not hashed yet */
	struct digest *out;
	struct series_list list;
	struct ledger_reader readers[LEDGER_LOGS_MAX + 1]; /* by slot, like: */
	char origins[LEDGER_LOGS_MAX + 1][161];		   /* empty: no log */
};

/* ---- lines: a record has a dozen, so printf and a call of the hash for each would be most of the time */
static void word(struct walk *w, struct bytes text)
{
	buf_put(&w->text, text);
	buf_put_u8(&w->text, ' ');
}

static void word_text(struct walk *w, const char *text)
{
	word(w, bytes_of(text));
}

static void word_number(struct walk *w, uint64_t n)
{
	buf_put_dec(&w->text, n);
	buf_put_u8(&w->text, ' ');
}

static void word_id(struct walk *w, const char *code, uint64_t number)
{
	buf_put_text(&w->text, code);
	buf_put_u8(&w->text, '-');
	word_number(w, number);
}

static void text_to_hash(struct walk *w)
{
	if (w->text.failed)
		return;
	crypto_hasher_add(w->hasher, buf_bytes(&w->text));
	buf_clear(&w->text);
}

/* Of its words: the last one's space is the line's end. */
static void end_line(struct walk *w)
{
	if (w->text.n)
		w->text.p[w->text.n - 1] = '\n';
	if (w->text.n >= TEXT_BYTES)
		text_to_hash(w);
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
	word_text(w, "log");
	word_text(w, origin);
	word_number(w, size);
	word_text(w, hex_hash(&root, hex));
	end_line(w);
	d->logs = mem_realloc(d->logs, (d->n_logs + 1) * sizeof(*d->logs));
	strcpy(d->logs[d->n_logs].origin, origin);
	d->logs[d->n_logs++].size = size;
	return 0;
}

static int add_record(void *ctx, const char *code, uint64_t number, struct bytes row)
{
	char hex[HEX_HASH_BYTES];
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
	w->out->records++;
	w->out->holes += r.state == RECORD_WANTED;
	word_text(w, "record");
	word_id(w, code, number);
	word_text(w, r.kind);
	word_text(w, record_state_name(r.state));
	word_number(w, r.revision);
	word_text(w, w->origins[r.slot]);
	word_number(w, r.index);
	word_text(w, hex_hash(&leaf, hex));
	end_line(w);
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

/* The records of one value and name: the first of them here, which mostly are all. */
struct key_group {
	struct walk *walk;
	struct store_key prefix;
	struct bytes value, name; /* in the prefix */
	struct member {
		size_t place; /* of the series in the list */
		uint64_t number;
	} member[GROUP_MEMBERS];
	size_t n;
};

static int add_key(void *ctx, const char *code, uint64_t number, struct bytes nothing)
{
	struct key_group *g = ctx;
	struct walk *w = g->walk;

	(void)nothing;
	w->out->keys++;
	word_text(w, "key");
	word(w, g->name);
	word(w, g->value);
	word_id(w, code, number);
	end_line(w);
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static bool is_in_group(const struct key_group *g, const struct key_cursor *c)
{
	return key_cursor_ok(c) && bytes_has_prefix(c->key, BYTES(g->prefix.b, g->prefix.n));
}

/* Members off the cursor, until there are no more or no more room. */
static int group_take(struct key_group *g, struct key_cursor *c)
{
	const struct series_list *list = &g->walk->list;
	struct bytes value, name;
	uint64_t number;
	uint32_t series;

	if (store_key_parse(c->key, "SSIL", &value, &name, &series, &number))
		return IMS_E_CORRUPT;
	store_key(&g->prefix, "SS", value, name);
	g->value = BYTES(g->prefix.b, value.n);
	g->name = BYTES(g->prefix.b + value.n + 1, name.n);
	for (g->n = 0; g->n < GROUP_MEMBERS && is_in_group(g, c); key_next(c)) {
		if (store_key_parse(c->key, "SSIL", &value, &name, &series, &number) || series == 0 ||
		    series > list->n)
			return IMS_E_CORRUPT;
		g->member[g->n++] = (struct member){list->place[series - 1], number};
	}
	return 0;
}

/* A group that is larger is walked series by series. */
static int group_add(struct key_group *g, struct key_cursor *c)
{
	struct walk *w = g->walk;
	const struct series_walk all = {
		.list = &w->list, .table = TABLE_KEYS, .prefix = BYTES(g->prefix.b, g->prefix.n)};
	struct store_key behind;
	int err = 0;

	if (!is_in_group(g, c)) {
		qsort(g->member, g->n, sizeof(g->member[0]), by_id);
		for (size_t i = 0; i < g->n; i++)
			add_key(g, w->list.of[g->member[i].place].code, g->member[i].number, BYTES_NONE);
		return 0;
	}
	err = series_walk(w->txn, &all, add_key, g);
	key_cursor_fini(c);
	store_key_after_prefix(&behind, all.prefix);
	key_seek(c, w->txn, BYTES_NONE, BYTES(behind.b, behind.n));
	return err;
}

static int add_keys(struct walk *w)
{
	struct key_group *g = mem_new(struct key_group);
	struct key_cursor c;
	int err = 0;

	g->walk = w;
	key_seek(&c, w->txn, BYTES_NONE, BYTES_NONE);
	while (!err && key_cursor_ok(&c)) {
		err = group_take(g, &c);
		if (!err)
			err = group_add(g, &c);
	}
	key_cursor_fini(&c);
	free(g);
	return err ? err : store_txn_error(w->txn);
}

int digest_compute(struct store_txn *t, uint64_t roster_version, struct digest *ret)
{
	struct walk *w = mem_new(struct walk);
	int err;

	*ret = (struct digest){.roster = roster_version, .rules = REGISTRY_RULES_VERSION};
	*w = (struct walk){.txn = t, .hasher = crypto_hasher_new(), .out = ret};
	buf_printf(&w->text, "imsd-view/1\nroster %llu\nrules %d\n", (unsigned long long)roster_version,
		   REGISTRY_RULES_VERSION);
	err = ledger_each(t, add_log, w);
	if (!err)
		err = series_list_load(t, &w->list);
	if (!err)
		err = add_records(w);
	if (!err)
		err = add_keys(w);
	count_quarantined(w);
	text_to_hash(w);
	if (!err && w->text.failed)
		err = IMS_E_NOMEM;
	crypto_hasher_finish(w->hasher, &ret->digest);
	buf_fini(&w->text);
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
