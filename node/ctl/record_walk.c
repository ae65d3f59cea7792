/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/record_walk.h"

#include "base/text.h"
#include "ledger/ledger.h"
#include "registry/audience.h"
#include "store/key.h"

/* Where the records stand: keys of `table` that start with `prefix`. */
struct path {
	store_table table;
	struct store_key prefix;
	bool sealed;
	struct bytes name, value; /* of the key that is asked for; empty: none */
};

static int parse_key(struct bytes key, struct bytes *ret_name, struct bytes *ret_value, struct errtext *why)
{
	struct bytes rest = key;

	if (!text_split(&rest, '=', ret_name) || !rest.p || ret_name->n == 0 || ret_name->n > 64 ||
	    rest.n == 0 || rest.n > REGISTRY_KEY_MAX_BYTES)
		return errtext_set(why, IMS_E_INVALID, "'%.*s' is not NAME=VALUE of an index key",
				   (int)(key.n < 60 ? key.n : 60), (const char *)key.p);
	*ret_value = rest;
	return 0;
}

static bool is_of_then(const struct record_walk *w)
{
	return w->past && w->past->sizes;
}

/* By the narrowest index. */
static int choose_index(const struct record_walk *w, struct path *p, struct errtext *why)
{
	struct bytes name = BYTES_LIT("kind"), value = w->kind;
	int err;

	*p = (struct path){.sealed = bytes_eq_text(w->kind, SEALED_KIND)};
	err = w->key.n ? parse_key(w->key, &p->name, &p->value, why) : 0;
	if (err)
		return err;
	if (w->key.n) {
		name = p->name;
		value = p->value;
	}
	if (value.n == 0 || (p->sealed && !w->key.n) || is_of_then(w)) {
		p->table = TABLE_RECORDS;
		return 0;
	}
	p->table = TABLE_KEYS;
	store_key(&p->prefix, "SS", value, name);
	return 0;
}

static bool is_wanted(const struct record_walk *w, const struct path *p, const struct record *r)
{
	if (r->state != (p->sealed ? RECORD_SEALED : RECORD_LIVE))
		return false;
	return w->kind.n == 0 || bytes_eq_text(w->kind, r->kind);
}

struct walking {
	struct store_txn *txn;
	const struct record_walk *walk;
	const struct path *path;
	record_walk_fn *fn;
	void *ctx;
};

/* A record's kind is in its id: one of another kind was never of this one. */
static bool was_never_wanted(const struct walking *w, const struct record *now)
{
	return w->walk->kind.n && !w->path->sealed && !bytes_eq_text(w->walk->kind, now->kind) &&
	       strcmp(now->kind, SEALED_KIND) != 0;
}

/* Its row as of then, and whether that is one that is asked for. */
static int look_back(const struct walking *w, const char *code, uint64_t number, struct record *rec, bool *wanted)
{
	char text[RECORD_ID_MAX_BYTES + 1];
	struct record_id rid;
	struct record now = *rec;
	struct series_id at;
	int err;

	*wanted = false;
	if (was_never_wanted(w, &now))
		return 0;
	err = record_id_parse(series_id_text(code, number, text), &rid) ? IMS_E_CORRUPT : 0;
	if (!err)
		err = series_find(w->txn, &rid, &at);
	if (!err)
		err = past_record(w->walk->past, &at, &now, rec);
	if (err)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	*wanted = is_wanted(w->walk, w->path, rec);
	if (!*wanted || !w->path->name.n)
		return 0;
	return past_has_key(w->walk->past, rec, w->path->name, w->path->value, wanted);
}

static int walk_record(void *ctx, const char *code, uint64_t number, struct bytes value)
{
	const struct walking *w = ctx;
	char text[RECORD_ID_MAX_BYTES + 1];
	struct bytes id = series_id_text(code, number, text);
	struct record rec;
	bool wanted;
	int r = w->path->table == TABLE_RECORDS ? record_decode(value, code, &rec)
						: record_get(w->txn, id, &rec, NULL);

	if (r) /* a key without its record */
		return r == IMS_E_NOT_FOUND ? IMS_E_CORRUPT : r;
	wanted = is_wanted(w->walk, w->path, &rec);
	if (is_of_then(w->walk))
		r = look_back(w, code, number, &rec, &wanted);
	return !r && wanted ? w->fn(w->ctx, id, &rec) : r;
}

int record_walk(struct store_txn *t, const struct record_walk *w, record_walk_fn *fn, void *ctx,
		struct errtext *why)
{
	struct path p;
	struct walking walking = {t, w, &p, fn, ctx};
	struct series_list list;
	struct record_id after;
	int r = choose_index(w, &p, why);

	if (r)
		return r;
	if (w->after.n && record_id_parse(w->after, &after))
		return errtext_set(why, IMS_E_INVALID, "'%.*s' is not a record id",
				   (int)(w->after.n < 60 ? w->after.n : 60), (const char *)w->after.p);
	r = series_list_load(t, &list);
	if (r)
		return r;
	r = series_walk(t,
			&(struct series_walk){.list = &list,
					      .table = p.table,
					      .prefix = BYTES(p.prefix.b, p.prefix.n),
					      .region = w->region,
					      .after = w->after.n ? &after : NULL},
			walk_record, &walking);
	series_list_fini(&list);
	return r;
}
