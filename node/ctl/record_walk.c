/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/record_walk.h"

#include "base/text.h"
#include "ledger/ledger.h"
#include "registry/audience.h"
#include "store/key.h"

/* Where the ids stand: keys of `table` that start with `prefix`, the id behind the first `skip` bytes. */
struct path {
	store_table table;
	struct store_key prefix, from;
	size_t skip;
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

static void append(struct store_key *k, struct bytes b)
{
	memcpy(k->b + k->n, b.p, b.n);
	k->n += b.n;
}

/* The head of the keys, by the narrowest index. */
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
	store_key(&p->prefix, "SS", name, value);
	return 0;
}

static int choose_path(const struct record_walk *w, struct path *p, struct errtext *why)
{
	struct record_id id;
	int err = choose_index(w, p, why);

	if (err)
		return err;
	p->skip = p->prefix.n;
	p->from = p->prefix;
	if (w->region.n) {
		append(&p->prefix, w->region);
		append(&p->prefix, BYTES_LIT("-"));
	}
	if (w->after.n && record_id_parse(w->after, &id))
		return errtext_set(why, IMS_E_INVALID, "'%.*s' is not a record id",
				   (int)(w->after.n < 60 ? w->after.n : 60), (const char *)w->after.p);
	if (w->after.n) { /* the next id is at least this one and a zero byte */
		append(&p->from, w->after);
		append(&p->from, BYTES("", 1));
	}
	return 0;
}

static bool is_wanted(const struct record_walk *w, const struct path *p, const struct record *r)
{
	if (r->state != (p->sealed ? RECORD_SEALED : RECORD_LIVE))
		return false;
	return w->kind.n == 0 || bytes_eq_text(w->kind, r->kind);
}

int record_walk(struct store_txn *t, const struct record_walk *w, record_walk_fn *fn, void *ctx,
		struct errtext *why)
{
	struct store_cursor c;
	struct path p;
	int r = choose_path(w, &p, why);

	if (r)
		return r;
	for (store_seek(&c, t, p.table, BYTES(p.prefix.b, p.prefix.n),
			w->after.n ? BYTES(p.from.b, p.from.n) : BYTES_NONE, false);
	     store_cursor_ok(&c) && !r; store_next(&c)) {
		struct bytes id = BYTES(c.key.p + p.skip, c.key.n - p.skip);
		struct record rec;

		r = record_get(t, id, &rec);
		if (r == IMS_E_NOT_FOUND) /* a key without its record */
			r = IMS_E_CORRUPT;
		if (!r && is_wanted(w, &p, &rec))
			r = fn(ctx, id, &rec);
	}
	store_cursor_fini(&c);
	return r ? r : store_txn_error(t);
}
