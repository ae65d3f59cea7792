/* SPDX-License-Identifier: Apache-2.0 */
#include "view/limited.h"

#include <string.h>

#include "registry/audience.h"
#include "store/key.h"
#include "view/record.h"
#include "wire/codec.h"
#include "wire/entry.h"

/* ---- rows */

/* That the node has no memory says nothing of the payload; all else does. */
static bool is_ours(int err)
{
	return err == IMS_E_NOMEM;
}

static int take_about(const struct kind *k, const struct registry_keys *keys, struct arena *a,
		      struct limited_rows *ret)
{
	struct bytes *about = arena_array(a, keys->n + 1, sizeof(*about));

	if (!about)
		return IMS_E_NOMEM;
	ret->kind = k;
	ret->about = about;
	for (size_t i = 0; i < keys->n; i++)
		if (strcmp(keys->key[i].name, "about") == 0 &&
		    !memchr(keys->key[i].value.p, 0, keys->key[i].value.n))
			about[ret->n++] = keys->key[i].value;
	if (!ret->n)
		about[ret->n++] = BYTES_NONE;
	return 0;
}

/* What is inside, if it keeps its kind's rules. */
static int open_sealed(struct bytes sealed, struct bytes home, struct arena *a, const struct kind **ret_kind,
		       struct bytes *ret_payload, struct registry_keys *ret_keys)
{
	int err = registry_unseal(sealed, a, ret_kind, ret_payload);

	return err ? err : registry_judge(*ret_kind, *ret_payload, home, NULL, a, NULL, ret_keys);
}

int limited_of(const struct ledger_item *sealed, struct bytes home, struct arena *a, struct limited_rows *ret)
{
	struct registry_keys keys;
	const struct kind *k;
	struct bytes payload;
	int err;

	*ret = (struct limited_rows){0};
	if (sealed->payload_state != LEDGER_PAYLOAD_HERE)
		return 0;
	err = open_sealed(sealed->payload, home, a, &k, &payload, &keys);
	if (err)
		return is_ours(err) ? err : 0;
	return take_about(k, &keys, a, ret);
}

int limited_change(struct store_txn *t, const struct series_id *at, const struct limited_rows *rows, bool put)
{
	struct store_key k;
	int err = 0;

	for (size_t i = 0; !err && i < rows->n; i++) {
		struct bytes key = store_key(&k, "SSIL", bytes_of(rows->kind->name), rows->about[i],
					     at->series, at->number);

		err = put ? store_put(t, TABLE_LIMITED, key, BYTES_LIT("l"))
			  : store_del(t, TABLE_LIMITED, key);
		if (!put && err == IMS_E_NOT_FOUND)
			err = 0;
	}
	return err;
}

/* ---- reading */
static int why_not_here(enum ledger_payload state)
{
	return state == LEDGER_PAYLOAD_WANTED	    ? IMS_E_AGAIN
	       : state == LEDGER_PAYLOAD_NOT_FOR_ME ? IMS_E_PERMISSION
						    : IMS_E_NOT_FOUND;
}

static int describe(const struct ledger_item *item, const char *origin, const struct entry *en,
		    struct arena *a, struct limited_item *ret)
{
	struct origin_parts parts;

	if (origin_parse(bytes_of(origin), &parts))
		return IMS_E_CORRUPT;
	ret->record = arena_text(a, en->record);
	ret->region = arena_text(a, parts.region);
	ret->origin = arena_text(a, bytes_of(origin));
	ret->incarnation = parts.incarnation;
	ret->index = item->index;
	ret->leaf = item->leaf;
	ret->time_ms = en->time_ms;
	ret->bytes = item->payload.n;
	return arena_error(a);
}

/* The payload in its own words. */
static int read_payload(const struct ledger_item *item, struct bytes home, struct arena *a,
			struct limited_item *ret)
{
	struct registry_keys keys;
	struct bytes payload;
	struct arena scratch;
	int err;

	if (item->payload_state != LEDGER_PAYLOAD_HERE)
		return why_not_here(item->payload_state);
	arena_init(&scratch, LIMITED_ARENA_BYTES);
	err = open_sealed(item->payload, home, &scratch, &ret->kind, &payload, &keys);
	if (err)
		err = is_ours(err) ? err : IMS_E_INVALID;
	else
		err = codec_unpack(ret->kind->descriptor, payload, a,
				   (struct ProtobufCMessage **)(uintptr_t)&ret->m, NULL);
	arena_fini(&scratch);
	return err;
}

static int read_entry(struct store_txn *t, struct bytes id, const struct record *r, struct arena *a,
		      struct limited_item *ret)
{
	char origin[ORIGIN_MAX_BYTES + 1];
	struct ledger_item item;
	struct arena unpacked;
	struct record_id rid;
	struct entry en;
	int err;

	arena_init(&unpacked, LEDGER_ITEM_BYTES);
	err = ledger_read_at(t, r->slot, r->index, &unpacked, origin, &item);
	if (!err)
		err = entry_decode(item.entry, a, &en, NULL);
	if (!err && (!bytes_eq(en.record, id) || record_id_parse(id, &rid)))
		err = IMS_E_CORRUPT;
	if (!err)
		err = describe(&item, origin, &en, a, ret);
	if (!err)
		err = read_payload(&item, rid.region, a, ret);
	arena_fini(&unpacked);
	return err;
}

int limited_get(struct store_txn *t, struct bytes id, struct arena *a, struct limited_item *ret)
{
	struct record r;
	int err = record_get(t, id, &r, NULL);

	*ret = (struct limited_item){0};
	if (err)
		return err == IMS_E_SYNTAX ? IMS_E_NOT_FOUND : err;
	return r.state == RECORD_SEALED ? read_entry(t, id, &r, a, ret) : IMS_E_INVALID;
}

/* ---- lists */
struct listed {
	size_t n, bytes;
};
struct listing {
	struct store_txn *txn;
	struct arena *arena;
	struct series_list series;
	struct listed *of; /* each series; in the arena */
	struct limited_item *item;
	size_t n, max, capacity, bytes;
	bool cut;
};

static bool grow(struct listing *l)
{
	size_t capacity = l->capacity ? 2 * l->capacity : 8;
	struct limited_item *item;

	if (l->n < l->capacity)
		return true;
	item = arena_array(l->arena, capacity, sizeof(*item));
	if (item && l->n)
		memcpy(item, l->item, l->n * sizeof(*item));
	if (item) {
		l->item = item;
		l->capacity = capacity;
	}
	return item != NULL;
}

static int add(struct listing *l, uint32_t series, uint64_t number)
{
	char id[RECORD_ID_MAX_BYTES + 1];
	const struct series_name *name;
	struct listed *of;
	int err;

	if (!series || series > l->series.n)
		return IMS_E_CORRUPT;
	of = &l->of[series - 1];
	if (l->n == LIMITED_LIST_MAX || l->bytes >= LIMITED_LIST_BYTES || of->n == l->max ||
	    of->bytes >= LIMITED_REGION_BYTES) {
		l->cut = true;
		return 0;
	}
	if (!grow(l))
		return arena_error(l->arena);
	name = &l->series.of[l->series.place[series - 1]];
	err = limited_get(l->txn, series_id_text(name->code, number, id), l->arena, &l->item[l->n]);
	if (!err) {
		of->n++;
		of->bytes += l->item[l->n].bytes;
		l->bytes += l->item[l->n++].bytes;
	}
	/* what is erased in this moment, or was made invalid by a later version of the rules, is not listed
	 */
	return err == IMS_E_NOT_FOUND || err == IMS_E_INVALID || err == IMS_E_AGAIN || err == IMS_E_PERMISSION
		       ? 0
		       : err;
}

static int walk(struct listing *l, struct bytes prefix)
{
	struct store_cursor c;
	int err = 0;

	store_seek(&c, l->txn, TABLE_LIMITED, prefix, BYTES_NONE, false);
	for (; !err && store_cursor_ok(&c); store_next(&c)) {
		struct bytes key = c.key;

		err = key.n < SERIES_ID_BYTES ? IMS_E_CORRUPT
					      : add(l, be32_get(key.p + key.n - SERIES_ID_BYTES),
						    be64_get(key.p + key.n - SERIES_ID_BYTES + 4));
	}
	store_cursor_fini(&c);
	return err ? err : store_txn_error(l->txn);
}

int limited_list(struct store_txn *t, const char *kind, const char *about, size_t max, struct arena *a,
		 struct limited_item **ret, size_t *ret_n, bool *ret_cut)
{
	struct listing l = {.txn = t, .arena = a, .max = max};
	struct store_key k;
	struct bytes prefix = about ? store_key(&k, "SS", bytes_of(kind), bytes_of(about))
				    : store_key(&k, "S", bytes_of(kind));
	int err;

	if (about && strlen(about) > RECORD_ID_MAX_BYTES)
		return IMS_E_SYNTAX;
	err = series_list_load(t, &l.series);
	if (err)
		return err;
	l.of = arena_array(a, l.series.n + 1, sizeof(*l.of));
	err = l.of ? walk(&l, prefix) : arena_error(a);
	series_list_fini(&l.series);
	if (err)
		return err;
	*ret = l.item;
	*ret_n = l.n;
	*ret_cut = l.cut;
	return 0;
}
