/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to a case: the initiative, what is about it, what is about that, and what is cited. */
#include "view/case.h"

#include <stdlib.h>

#include "base/mem.h"
#include "programme/about.h"
#include "store/key.h"
#include "view/case_int.h"
#include "view/key_cursor.h"
#include "wire/codec.h"

#define REVISIONS_MAX 1000 /* of one record; the newest ones */
#define TARGETS_MAX 1000   /* agreements and notices of one initiative */
#define LEADS_MAX 4	   /* from an acknowledgement to its initiative */

/* ---- the entries of one record */
/* The newest revision, and the others where they matter. */
static int add_revisions(struct case_loading *l, const struct kind *kind, const struct past_revisions *r)
{
	size_t from = about_needs_history(kind) ? 0 : r->n ? r->n - 1 : 0;
	int err = 0;

	if (r->n - from > REVISIONS_MAX) {
		from = r->n - REVISIONS_MAX;
		l->cut = "a record of it has more revisions than are looked at";
	}
	for (size_t i = r->n; !err && i > from; i--) {
		const struct past_revision *v = &r->of[i - 1];

		err = case_add(l, &(struct case_place){v->slot, v->index}, i == r->n,
			       v->is_current && v->was_judged, NULL);
	}
	return err;
}

/* Does what the record says as of then speak about `target`? What its index keys say, it says now. */
static int speaks_about(struct case_loading *l, const struct record *now, const struct past_revisions *r,
			const char *target, bool *ret)
{
	struct record then = *now;

	*ret = false;
	if (!r->n)
		return 0;
	then.slot = r->of[r->n - 1].slot;
	then.index = r->of[r->n - 1].index;
	return past_has_key(&l->past, &then, BYTES_LIT("about"), bytes_of(target), ret);
}

/* A record with this id, if it is of a kind that a case has. `target`: only if it speaks about that; NULL: in any
 * case. */
static int add_record(struct case_loading *l, struct bytes id, const char *target)
{
	struct past_revisions r;
	const struct kind *kind;
	struct series_id at;
	struct record now;
	bool wanted = true;
	int err = record_get(l->past.txn, id, &now, &at);

	if (err)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	kind = kind_by_name(bytes_of(now.kind));
	if (!kind || now.state == RECORD_SEALED)
		return 0;
	if (!l->past.sizes && !about_needs_history(kind))
		return case_add(l, &(struct case_place){now.slot, now.index}, true, now.state == RECORD_LIVE,
				NULL);
	err = past_revisions_load(&l->past, &at, &now, &r);
	if (!err && target)
		err = speaks_about(l, &now, &r, target, &wanted);
	if (!err && wanted)
		err = add_revisions(l, kind, &r);
	past_revisions_fini(&r);
	return err;
}

/* ---- what is about something */

/* Is it a series of a kind that speaks about initiatives, of the home or of the others? */
static bool is_series_wanted(const struct case_loading *l, const struct series_name *s, bool of_home)
{
	const char *dash = strchr(s->code, '-');
	const struct kind *kind = dash ? kind_by_letter(bytes_of(dash + 1)) : NULL;
	size_t n = dash ? (size_t)(dash - s->code) : 0;

	return kind && about_is_case_kind(kind) && bytes_eq(BYTES(s->code, n), bytes_of(l->home)) == of_home;
}

/* By the index key `about`. */
static int add_by_key(struct case_loading *l, const struct series_name *s, const char *target)
{
	char id[RECORD_ID_MAX_BYTES + 1];
	struct key_cursor c;
	struct store_key k;
	struct bytes prefix = store_key(&k, "SSI", bytes_of(target), BYTES_LIT("about"), s->series);
	size_t n = 0;
	int err = 0;

	for (key_seek(&c, l->past.txn, prefix, BYTES_NONE); !err && key_cursor_ok(&c); key_next(&c)) {
		if (c.key.n != prefix.n + 8) {
			err = IMS_E_CORRUPT;
		} else if (n++ == CASE_SERIES_MAX) {
			l->cut = arena_printf(l->arena, "more than %d records of series %s", CASE_SERIES_MAX,
					      s->code);
			break;
		} else {
			err = add_record(l, series_id_text(s->code, be64_get(c.key.p + prefix.n), id),
					 l->past.sizes ? target : NULL);
		}
	}
	key_cursor_fini(&c);
	return err;
}

/* For an earlier time: records that have been revised since may have spoken about it then. */
static int add_by_history(struct case_loading *l, const struct series_name *s, const char *target, size_t *n)
{
	char id[RECORD_ID_MAX_BYTES + 1];
	struct store_cursor c;
	struct store_key k;
	struct bytes prefix = store_key(&k, "I", s->series);
	uint64_t last = 0, number;
	int err = 0;

	store_seek(&c, l->past.txn, TABLE_HISTORY, prefix, BYTES_NONE, false);
	for (; !err && store_cursor_ok(&c); store_next(&c)) {
		if (c.key.n < prefix.n + 8) {
			err = IMS_E_CORRUPT;
			break;
		}
		if (++*n > CASE_HISTORY_MAX) {
			l->cut = "more revisions than are looked at for an earlier time";
			break;
		}
		number = be64_get(c.key.p + prefix.n);
		if (number != last)
			err = add_record(l, series_id_text(s->code, number, id), target);
		last = number;
	}
	store_cursor_fini(&c);
	return err;
}

static int add_about(struct case_loading *l, const char *target)
{
	size_t looked = 0;
	int err = 0;

	for (int of_home = 1; of_home >= 0; of_home--)
		for (size_t i = 0; !err && i < l->series.n; i++) {
			const struct series_name *s = &l->series.of[i];

			if (!is_series_wanted(l, s, of_home))
				continue;
			err = add_by_key(l, s, target);
			if (!err && l->past.sizes)
				err = add_by_history(l, s, target, &looked);
		}
	return err;
}

/* ---- what follows from what is there */
struct closure {
	struct case_loading *l;
	const char *target[TARGETS_MAX]; /* agreements and notices that have been asked for */
	size_t n;
	const struct kind *from; /* kind of the entry whose citations are followed */
};

static int add_target(struct closure *f, const char *id)
{
	int err;

	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->target[i], id) == 0)
			return 0;
	if (f->n == TARGETS_MAX) {
		f->l->cut = "more agreements and notices than are looked at";
		return 0;
	}
	f->target[f->n++] = arena_text(f->l->arena, bytes_of(id));
	err = add_record(f->l, bytes_of(id), NULL);
	return err ? err : add_about(f->l, id);
}

/* The cited entry alone; of a conclusion's agreement all that belongs to it. */
static int add_cited(void *ctx, const struct about_citation *c)
{
	struct closure *f = ctx;
	struct case_place at = {.index = c->index};
	struct record now;
	int err = case_slot_of(f->l, c->origin, &at.slot);
	bool judged;

	if (err)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	err = record_get(f->l->past.txn, bytes_of(c->record), &now, NULL);
	if (err)
		return err == IMS_E_NOT_FOUND || err == IMS_E_SYNTAX ? 0 : err;
	judged = now.state == RECORD_LIVE && now.slot == at.slot && now.index == at.index;
	err = case_add(f->l, &at, false, judged, NULL);
	if (!err && strcmp(f->from->name, "conclusion") == 0 && strcmp(now.kind, "moa") == 0)
		err = add_target(f, c->record);
	return err;
}

static int follow(struct closure *f)
{
	int err = 0;

	for (size_t i = 0; !err && i < f->l->n; i++) {
		const struct case_entry e = f->l->entries[i]; /* the array may move */

		f->from = e.kind;
		if (strcmp(e.kind->name, "notice") == 0 ||
		    (strcmp(e.kind->name, "moa") == 0 && e.is_newest && strcmp(e.region, f->l->home) == 0))
			err = add_target(f, e.record);
		if (!err && e.m)
			err = about_each_citation(e.kind, e.m, add_cited, f);
	}
	return err;
}

static int by_place(const void *a, const void *b)
{
	const struct case_entry *x = a, *y = b;
	int r = strcmp(x->region, y->region);

	if (r)
		return r;
	if (x->incarnation != y->incarnation)
		return x->incarnation < y->incarnation ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static int load(struct case_loading *l, const char *initiative, const struct case_wish *wish,
		struct programme_case *ret)
{
	struct closure *f = mem_new(struct closure);
	int err = add_record(l, bytes_of(initiative), NULL);

	f->l = l;
	if (!err)
		err = add_about(l, initiative);
	if (!err && wish && wish->m) {
		f->from = wish->kind;
		err = about_each_citation(wish->kind, wish->m, add_cited, f);
	}
	if (!err)
		err = follow(f);
	free(f);
	if (!err && arena_failed(l->arena))
		err = arena_error(l->arena);
	if (err)
		return err;
	if (l->n > 1)
		qsort(l->entries, l->n, sizeof(*l->entries), by_place);
	*ret = (struct programme_case){
		.initiative = initiative,
		.home = arena_text(l->arena, bytes_of(l->home)),
		.entries = l->entries,
		.n = l->n,
		.cut = l->cut,
	};
	return case_load_rosters(l, ret);
}

int case_load(struct store_txn *t, struct bytes initiative, const struct case_wish *wish, struct arena *a,
	      struct programme_case *ret, struct errtext *why)
{
	struct case_loading *l;
	struct record_id rid;
	struct record now;
	int err;

	if (record_id_parse(initiative, &rid))
		return errtext_set(why, IMS_E_SYNTAX, "'%.*s' is not a record id",
				   (int)(initiative.n < 60 ? initiative.n : 60), (const char *)initiative.p);
	err = record_get(t, initiative, &now, NULL);
	if (err)
		return errtext_set(why, err, "no record %.*s", (int)initiative.n, (const char *)initiative.p);
	if (strcmp(now.kind, "initiative") != 0)
		return errtext_set(why, IMS_E_INVALID, "%.*s is of kind %s, not an initiative",
				   (int)initiative.n, (const char *)initiative.p, now.kind);
	l = mem_new(struct case_loading);
	*l = (struct case_loading){.arena = a, .past = past_of(t, wish ? wish->as_of : NULL, a)};
	memcpy(l->home, rid.region.p, rid.region.n < sizeof(l->home) ? rid.region.n : sizeof(l->home) - 1);
	err = series_list_load(t, &l->series);
	if (!err) {
		err = load(l, arena_text(a, initiative), wish, ret);
		series_list_fini(&l->series);
	}
	free(l);
	return err;
}

/* From a record to the one that its newest readable revision is about. */
static int lead(struct store_txn *t, const struct record *now, char id[RECORD_ID_MAX_BYTES + 1])
{
	const struct kind *kind = kind_by_name(bytes_of(now->kind));
	struct ProtobufCMessage *m;
	struct ledger_item item;
	struct arena a, held;
	char origin[161];
	int err;

	if (!kind || !about_is_case_kind(kind))
		return IMS_E_NOT_FOUND;
	arena_init(&held, LEDGER_ITEM_BYTES);
	err = ledger_read_at(t, now->slot, now->index, &held, origin, &item);
	if (!err && item.payload_state != LEDGER_PAYLOAD_HERE)
		err = IMS_E_NOT_FOUND;
	if (err) {
		arena_fini(&held);
		return err;
	}
	arena_init(&a, codec_budget(item.payload.n));
	err = codec_unpack(kind->descriptor, item.payload, &a, &m, NULL);
	if (!err && (!*about_of(kind, m) || strlen(about_of(kind, m)) > RECORD_ID_MAX_BYTES))
		err = IMS_E_NOT_FOUND;
	if (!err)
		memcpy(id, about_of(kind, m), strlen(about_of(kind, m)) + 1);
	arena_fini(&a);
	arena_fini(&held);
	return err;
}

int case_initiative_of(struct store_txn *t, struct bytes record, char ret[RECORD_ID_MAX_BYTES + 1])
{
	char id[RECORD_ID_MAX_BYTES + 1];
	int err = record.n > RECORD_ID_MAX_BYTES ? IMS_E_SYNTAX : 0;

	if (err)
		return err;
	memcpy(id, record.p, record.n);
	id[record.n] = '\0';
	for (int i = 0; i < LEADS_MAX; i++) {
		struct record now;

		err = record_get(t, bytes_of(id), &now, NULL);
		if (err)
			return err;
		if (strcmp(now.kind, "initiative") == 0) {
			memcpy(ret, id, sizeof(id));
			return 0;
		}
		err = lead(t, &now, id);
		if (err)
			return err;
	}
	return IMS_E_NOT_FOUND;
}
