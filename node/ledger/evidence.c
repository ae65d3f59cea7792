/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/evidence.h"

#include "base/buf.h"
#include "ledger/ledger.h"
#include "store/key.h"

/* How many there are of a log, and when the last was put. */
static size_t count_kept(struct store_txn *t, const char *origin, uint64_t *ret_time_ms)
{
	struct store_key k;
	struct store_cursor c;
	size_t n = 0;

	*ret_time_ms = 0;
	for (store_seek(&c, t, TABLE_EVIDENCE, store_key(&k, "S", bytes_of(origin)), BYTES_NONE, false);
	     store_cursor_ok(&c) && n < LEDGER_EVIDENCE_KEPT; store_next(&c)) {
		struct bytes o;

		n++;
		if (store_key_parse(c.key, "SL", &o, ret_time_ms))
			break;
	}
	store_cursor_fini(&c);
	return n;
}

int evidence_put(struct store_txn *t, const char *origin, uint64_t time_ms, const struct evidence_row *row)
{
	struct store_key k;
	struct buf value = {0};
	uint64_t last_ms;
	size_t n = count_kept(t, origin, &last_ms);
	int err;

	if (n >= LEDGER_EVIDENCE_KEPT)
		return store_txn_error(t);
	if (n && time_ms <= last_ms)
		time_ms = last_ms + 1;
	buf_put_span(&value, row->note_a);
	buf_put_span(&value, row->note_b);
	buf_put_span(&value, row->nodes);
	err = value.failed ? IMS_E_NOMEM
			   : store_put(t, TABLE_EVIDENCE, store_key(&k, "SL", bytes_of(origin), time_ms),
				       buf_bytes(&value));
	buf_fini(&value);
	return err;
}

int evidence_newest(struct store_txn *t, const char *origin, struct evidence_row *ret)
{
	struct store_key k;
	struct store_cursor c;
	struct evidence_row row;
	struct rd r;
	int err = IMS_E_NOT_FOUND;

	store_seek(&c, t, TABLE_EVIDENCE, store_key(&k, "S", bytes_of(origin)), BYTES_NONE, true);
	if (store_cursor_ok(&c)) {
		r = rd_of(c.value);
		row.note_a = rd_span(&r);
		row.note_b = rd_span(&r);
		row.nodes = rd_span(&r);
		err = rd_done(&r) ? 0 : IMS_E_CORRUPT;
		if (!err)
			*ret = row;
	}
	store_cursor_fini(&c);
	return err;
}
