/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/history.h"

#include "pb/ctl.pb-c.h"

#include "programme/agreement.h"
#include "store/key.h"
#include "view/case.h"
#include "view/record.h"
#include "wire/codec.h"
#include "wire/entry.h"

/* ---- revisions that had their effect, or not */

/* Lines as one. */
static char *one_line(struct ctl_call *call, const struct buf *lines)
{
	char *text = arena_text(&call->arena, BYTES(lines->p, lines->n - 1));

	for (char *c = text; c && *c; c++)
		if (*c == '\n')
			*c = ';';
	return text;
}

/* By the rules that all share; true: it breaks one. */
static bool explain_invalid(struct ctl_call *call, Ims__Ctl__Record *r)
{
	const struct kind *kind = kind_by_name(bytes_of(r->kind));
	struct bytes payload = BYTES(r->payload.data, r->payload.len);
	struct registry_keys keys;
	struct buf problems = {0};
	struct record_id rid;
	struct arena a;
	int err = 0;

	if (!kind || !payload.n || record_id_parse(bytes_of(r->id), &rid))
		return false;
	arena_init(&a, 2 * codec_budget(payload.n));
	err = registry_judge(kind, payload, rid.region, NULL, &a, &problems, &keys);
	arena_fini(&a);
	if (err) {
		r->state = ctl_lend(record_state_name(RECORD_INVALID));
		r->reason = problems.n ? one_line(call, &problems) : ctl_lend(ims_strerror(err));
	}
	buf_fini(&problems);
	return err != 0;
}

static const struct case_entry *find_entry(const struct programme_case *c, const Ims__Ctl__Record *r)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->entries[i].index == r->index && strcmp(c->entries[i].origin, r->origin) == 0)
			return &c->entries[i];
	return NULL;
}

static void explain_by_case(struct ctl_call *call, const struct programme_case *c, struct arena *a,
			    Ims__Ctl__Record *r)
{
	const struct case_entry *e = find_entry(c, r);
	const char *why = e ? case_why_not(c, e, a) : NULL;

	if (why)
		r->reason = arena_text(&call->arena, bytes_of(why));
}

int history_explain(struct ctl_call *call, struct store_txn *t, struct bytes id, const struct past_sizes *sizes,
		    Ims__Ctl__RecordHistoryReply *reply)
{
	const struct case_wish wish = {.as_of = sizes};
	char initiative[RECORD_ID_MAX_BYTES + 1];
	struct programme_case c;
	struct arena a;
	int err = case_initiative_of(t, id, initiative);
	bool has_case = !err;

	if (err && err != IMS_E_NOT_FOUND && err != IMS_E_SYNTAX)
		return err;
	arena_init(&a, CASE_ARENA_BYTES);
	err = has_case ? case_load(t, bytes_of(initiative), &wish, &a, &c, &call->why) : 0;
	for (size_t i = 0; !err && i < reply->n_revisions; i++) {
		Ims__Ctl__Record *r = reply->revisions[i];

		if (*r->reason)
			continue;
		if (strcmp(r->state, record_state_name(RECORD_WANTED)) == 0)
			r->reason = ctl_lend("its payload has not come yet");
		else if (!explain_invalid(call, r) && has_case)
			explain_by_case(call, &c, &a, r);
	}
	arena_fini(&a);
	return err;
}

/* ---- entries that had none */
static int read_problem(struct ctl_call *call, struct store_txn *t, uint32_t slot, uint64_t index,
			struct bytes id, bool *ret_is_about)
{
	char origin[ORIGIN_MAX_BYTES + 1];
	struct ledger_reader r;
	struct ledger_item item;
	struct arena a;
	struct entry en;
	int err = ledger_origin_of(t, slot, origin);

	(void)call;
	if (!err)
		err = ledger_read_open(t, origin, &r);
	if (!err)
		err = ledger_read_entry(&r, index, &item);
	if (err)
		return err;
	arena_init(&a, 65536);
	*ret_is_about = entry_decode(item.entry, &a, &en, NULL) == 0 && bytes_eq(en.record, id);
	arena_fini(&a);
	return 0;
}

static const char *words_of(struct ctl_call *call, struct bytes row)
{
	const char *what = row.n >= 2 ? ims_strerror(be16_get(row.p)) : "no effect";

	return row.n > 2
		       ? arena_printf(&call->arena, "%s: %.*s", what, (int)row.n - 2, (const char *)row.p + 2)
		       : what;
}

int history_each_problem(struct ctl_call *call, struct store_txn *t, struct bytes id, history_found_fn *found,
			 void *ctx)
{
	struct store_cursor c;
	uint64_t index;
	uint32_t slot;
	size_t n = 0;
	bool is_about;
	int err = 0;

	store_seek(&c, t, TABLE_PROBLEMS, BYTES_NONE, BYTES_NONE, false);
	for (; !err && store_cursor_ok(&c) && n < HISTORY_PROBLEMS_MAX; store_next(&c), n++) {
		err = store_key_parse(c.key, "IL", &slot, &index);
		if (!err)
			err = read_problem(call, t, slot, index, id, &is_about);
		if (!err && is_about)
			err = found(ctx, slot, index, words_of(call, c.value));
	}
	store_cursor_fini(&c);
	return err ? err : store_txn_error(t);
}
