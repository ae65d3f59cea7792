/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/heads.h"

#include "ledger/ledger_int.h"
#include "store/key.h"

static int head_get(struct store_txn *t, struct bytes key, struct head_row *ret)
{
	struct bytes v;
	int err = store_get(t, TABLE_HEADS, key, &v);

	if (err)
		return err;
	if (v.n < 1 || v.p[0] > 1)
		return IMS_E_CORRUPT;
	ret->named = v.p[0] != 0;
	ret->note = BYTES(v.p + 1, v.n - 1);
	return 0;
}

static int head_drop(struct store_txn *t, const char *origin, uint64_t size)
{
	struct store_key k;
	int err = store_del(t, TABLE_HEADS, store_key(&k, "SL", bytes_of(origin), size));

	return err ? err
		   : ledger_drop_from(t, TABLE_COSIGS, store_key(&k, "SL", bytes_of(origin), size),
				      BYTES_NONE);
}

/* What the log holds by its row, which a transaction writes last. */
static int stored_size(struct store_txn *t, const char *origin, uint64_t *ret)
{
	struct store_key k;
	struct bytes v;
	int err = store_get(t, TABLE_LOGS, store_key(&k, "S", bytes_of(origin)), &v);

	*ret = err == 0 && v.n >= 12 ? be64_get(v.p + 4) : 0;
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

/* Un-named heads below a size go, but for the one that is shown while a larger one is the target. */
static int unnamed_prune(struct store_txn *t, const char *origin, uint64_t size)
{
	struct head_row below;
	uint64_t stored;
	bool shown = false;
	int err = stored_size(t, origin, &stored);

	while (!err && size > 0 && (err = heads_newest(t, origin, size - 1, &below)) == 0 && !below.named) {
		size = below.size;
		if (!shown && size && size <= stored)
			shown = true;
		else
			err = head_drop(t, origin, size);
	}
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

/* The oldest named one beyond what is kept goes. */
static int heads_prune(struct store_txn *t, const char *origin, uint64_t size)
{
	struct store_key k;
	struct store_cursor c;
	uint64_t oldest = 0;
	size_t n = 0;

	for (store_seek(&c, t, TABLE_HEADS, store_key(&k, "S", bytes_of(origin)), BYTES_NONE, false);
	     store_cursor_ok(&c); store_next(&c))
		if (n++ == 0)
			oldest = be64_get(c.key.p + c.key.n - 8);
	store_cursor_fini(&c);
	return n > LEDGER_HEADS_KEPT && oldest < size ? head_drop(t, origin, oldest) : 0;
}

int heads_put(struct store_txn *t, const char *origin, uint64_t size, struct bytes note, bool named)
{
	struct store_key k;
	struct bytes key = store_key(&k, "SL", bytes_of(origin), size);
	struct head_row old;
	uint8_t *p;
	int err = head_get(t, key, &old);

	if (err == 0 && old.named)
		named = true;
	else if (err && err != IMS_E_NOT_FOUND)
		return err;
	p = store_reserve(t, TABLE_HEADS, key, note.n + 1);
	if (!p)
		return store_txn_error(t);
	p[0] = named;
	memcpy(p + 1, note.p, note.n);
	err = unnamed_prune(t, origin, size);
	return err ? err : heads_prune(t, origin, size);
}

int heads_newest(struct store_txn *t, const char *origin, uint64_t max_size, struct head_row *ret)
{
	struct store_key k, from;
	struct store_cursor c;
	int err = IMS_E_NOT_FOUND;

	store_seek(&c, t, TABLE_HEADS, store_key(&k, "S", bytes_of(origin)),
		   store_key(&from, "SL", bytes_of(origin), max_size), true);
	if (store_cursor_ok(&c)) {
		if (c.value.n < 1 || c.value.p[0] > 1 || c.key.n < 8) {
			err = IMS_E_CORRUPT;
		} else {
			*ret = (struct head_row){be64_get(c.key.p + c.key.n - 8), c.value.p[0] != 0,
						 BYTES(c.value.p + 1, c.value.n - 1)};
			err = 0;
		}
	}
	store_cursor_fini(&c);
	return store_txn_error(t) ? store_txn_error(t) : err;
}

int cosigs_put(struct store_txn *t, const char *origin, uint64_t size, const char *region, uint64_t time_s,
	       struct bytes line)
{
	struct store_key k;
	uint8_t *p = store_reserve(
		t, TABLE_COSIGS, store_key(&k, "SLS", bytes_of(origin), size, bytes_of(region)), 8 + line.n);

	if (!p)
		return store_txn_error(t);
	be64_put(p, time_s);
	memcpy(p + 8, line.p, line.n);
	return 0;
}

void cosigs_each(struct store_txn *t, const char *origin, uint64_t size, cosigs_each_fn *fn, void *ctx)
{
	struct store_key k;
	struct store_cursor c;
	struct bytes prefix = store_key(&k, "SL", bytes_of(origin), size);

	for (store_seek(&c, t, TABLE_COSIGS, prefix, BYTES_NONE, false); store_cursor_ok(&c); store_next(&c))
		if (c.value.n > 8 && c.key.n > prefix.n + 1)
			fn(ctx, BYTES(c.key.p + prefix.n, c.key.n - prefix.n - 1), be64_get(c.value.p),
			   BYTES(c.value.p + 8, c.value.n - 8));
	store_cursor_fini(&c);
}

uint64_t cosigs_largest(struct store_txn *t, const char *origin, const char *region)
{
	struct store_key k;
	struct store_cursor c;
	uint64_t size = 0;

	for (store_seek(&c, t, TABLE_COSIGS, store_key(&k, "S", bytes_of(origin)), BYTES_NONE, true);
	     store_cursor_ok(&c) && !size; store_next(&c)) {
		struct bytes o, r;
		uint64_t s;

		if (store_key_parse(c.key, "SLS", &o, &s, &r) == 0 && bytes_eq_text(r, region))
			size = s;
	}
	store_cursor_fini(&c);
	return size;
}

static void put_line(void *ctx, struct bytes region, uint64_t time_s, struct bytes line)
{
	(void)region;
	(void)time_s;
	buf_put(ctx, line);
}

void heads_put_note(struct store_txn *t, const char *origin, const struct head_row *head, struct buf *out)
{
	buf_put(out, head->note);
	cosigs_each(t, origin, head->size, put_line, out);
}
