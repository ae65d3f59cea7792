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

/* By the narrowest index. */
static int choose_index(const struct record_walk *w, struct path *p, struct errtext *why)
{
	struct bytes name = BYTES_LIT("kind"), value = w->kind;
	int err = w->key.n ? parse_key(w->key, &name, &value, why) : 0;

	if (err)
		return err;
	p->sealed = bytes_eq_text(w->kind, SEALED_KIND);
	p->prefix.n = 0;
	if (value.n == 0 || (p->sealed && !w->key.n)) {
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

static int walk_record(void *ctx, const char *code, uint64_t number, struct bytes value)
{
	const struct walking *w = ctx;
	char text[RECORD_ID_MAX_BYTES + 1];
	struct bytes id = series_id_text(code, number, text);
	struct record rec;
	int r = w->path->table == TABLE_RECORDS ? record_decode(value, code, &rec)
						: record_get(w->txn, id, &rec, NULL);

	if (r == IMS_E_NOT_FOUND) /* a key without its record */
		r = IMS_E_CORRUPT;
	return !r && is_wanted(w->walk, w->path, &rec) ? w->fn(w->ctx, id, &rec) : r;
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
