/* SPDX-License-Identifier: Apache-2.0 */
#include "view/journal.h"

#include "base/failpoint.h"

#define DETAIL_MAX_BYTES 400

static const char *const event_names[JOURNAL_EVENT_MAX] = {
#define JOURNAL(NAME, name, help) [JOURNAL_##NAME] = name,
#include "journal.def"
#undef JOURNAL
};

const char *journal_event_name(enum journal_event e)
{
	return e < JOURNAL_EVENT_MAX ? event_names[e] : "unknown";
}

/* Where to cut a long detail: between two characters, for a row is text. */
static size_t text_cut(struct bytes text)
{
	size_t n = DETAIL_MAX_BYTES;

	while (n && (text.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

int journal_append(struct store_txn *t, struct ledger_log *journal, struct journal_row *row)
{
	struct ledger_item item = {.index = ledger_size(journal)};
	struct buf b;
	int err;

	buf_init(&b, ENTRY_MAX_BYTES);
	row->index = item.index;
	if (row->detail.n > DETAIL_MAX_BYTES)
		row->detail.n = text_cut(row->detail);
	err = journal_row_encode(row, &b);
	if (!err) {
		item.entry = buf_bytes(&b);
		merkle_leaf(item.entry, &item.leaf);
		err = ledger_append(t, journal, &item);
	}
	if (!err)
		err = FAILPOINT_ERR(JOURNAL_APPENDED);
	buf_fini(&b);
	return err;
}

static bool matches(const struct journal_filter *f, const struct journal_row *r)
{
	if (f->peer.n && !bytes_eq(f->peer, r->peer))
		return false;
	if (f->origin.n && !bytes_eq(f->origin, r->origin))
		return false;
	if (r->time_ms < f->since_ms || (f->until_ms && r->time_ms >= f->until_ms))
		return false;
	if (f->outcome_any_refusal)
		return r->outcome != 0;
	return f->outcome < 0 || r->outcome == f->outcome;
}

int journal_each(struct store_txn *t, const char *origin, const struct journal_filter *f, uint64_t max_rows,
		 journal_each_fn *fn, void *ctx, uint64_t *ret_next)
{
	struct ledger_reader rd;
	uint64_t at, n = 0;
	int err = ledger_read_open(t, origin, &rd);

	*ret_next = 0;
	if (err == IMS_E_NOT_FOUND || (!err && rd.size == 0))
		return 0;
	if (err)
		return err;
	if (f->newest_first)
		at = f->from_start ? rd.size - 1 : f->after - 1;
	else
		at = f->from_start ? 0 : f->after + 1;
	if (f->newest_first && !f->from_start && f->after == 0)
		return 0;
	for (; at < rd.size; at += f->newest_first ? UINT64_MAX : 1) {
		struct ledger_item item;
		struct journal_row row;
		struct arena a;
		int stop = 0;

		if (n++ == max_rows) {
			*ret_next = f->newest_first ? at + 1 : at - 1;
			return 0;
		}
		err = ledger_read_entry(&rd, at, &item);
		if (err)
			return err;
		arena_init(&a, 65536);
		err = journal_row_decode(item.entry, &a, &row, NULL);
		if (!err && matches(f, &row))
			stop = fn(ctx, &row);
		arena_fini(&a);
		if (err)
			return err;
		if (stop) {
			*ret_next = at;
			return 0;
		}
	}
	return 0;
}
