/* SPDX-License-Identifier: Apache-2.0 */
#include "view/partners.h"

#include <stdio.h>

#include "pb/registry.pb-c.h"

#include "view/cited.h"
#include "view/record.h"
#include "wire/codec.h"
#include "wire/entry.h"

/* ---- what all see */
static int read_record(struct store_txn *t, const char *id, const struct record *r, const struct kind *k,
		       struct arena *a, struct record_here *ret)
{
	char origin[ORIGIN_MAX_BYTES + 1];
	struct ledger_item item;
	struct entry en;
	int err = ledger_read_at(t, r->slot, r->index, a, origin, &item);

	if (!err)
		err = record_entry(r, bytes_of(id), &item, a, &en);
	if (err)
		return err == IMS_E_NOT_FOUND ? IMS_E_CORRUPT : err;
	ret->time_ms = en.time_ms;
	if (r->state != RECORD_LIVE || item.payload_state != LEDGER_PAYLOAD_HERE)
		return 0;
	return codec_unpack(k->descriptor, item.payload, a, (ProtobufCMessage **)(uintptr_t)&ret->m, NULL);
}

int partners_record(struct store_txn *t, const char *kind, const char *id, struct arena *a,
		    struct record_here *ret)
{
	struct record_id rid;
	struct record r;
	int err = record_get(t, bytes_of(id), &r, NULL);

	*ret = (struct record_here){.region = ""};
	if (err)
		return err == IMS_E_SYNTAX ? IMS_E_NOT_FOUND : err;
	if (strcmp(r.kind, kind) != 0 || record_id_parse(bytes_of(id), &rid))
		return IMS_E_NOT_FOUND;
	ret->region = arena_text(a, rid.region);
	ret->revision = r.revision;
	err = read_record(t, id, &r, kind_by_name(bytes_of(kind)), a, ret);
	return err ? err : arena_error(a);
}

/* ---- whose */
int partners_owner(struct store_txn *t, const char *need, const struct record_here *here, struct arena *a,
		   const char **ret)
{
	const Ims__Registry__Need *m = (const Ims__Registry__Need *)here->m;
	const struct limited_item *newest = NULL;
	struct limited_item *list;
	size_t n;
	bool cut;
	int err;

	*ret = m ? m->initiative : "";
	if (!m || !m->anonymous)
		return 0;
	err = limited_list(t, "owner", need, ANSWERS_MAX, a, &list, &n, &cut);
	for (size_t i = 0; !err && i < n; i++)
		if (strcmp(list[i].region, here->region) == 0 &&
		    strcmp(((const Ims__Registry__NeedOwner *)list[i].m)->need, need) == 0 &&
		    (!newest || limited_is_before(newest, &list[i])))
			newest = &list[i];
	if (newest)
		*ret = ((const Ims__Registry__NeedOwner *)newest->m)->initiative;
	return err;
}

/* ---- interests */
static bool cites_entry(const Ims__Registry__Citation *c, const struct limited_item *e)
{
	return strcmp(c->record, e->record) == 0 && strcmp(c->origin, e->origin) == 0 &&
	       c->index == e->index && bytes_eq(BYTES(c->leaf.data, c->leaf.len), bytes_of_hash(&e->leaf));
}

/* The newest answer of the need's home to this very entry. */
static int find_answer(struct store_txn *t, struct arena *a, const char *home, struct interest_here *i)
{
	struct limited_item *list;
	size_t n;
	bool cut;
	int err = limited_list(t, "answer", i->item.record, ANSWERS_MAX, a, &list, &n, &cut);

	for (size_t k = 0; !err && k < n; k++) {
		const Ims__Registry__InterestAnswer *m = (const Ims__Registry__InterestAnswer *)list[k].m;

		if (strcmp(list[k].region, home) == 0 && cites_entry(m->interest, &i->item) &&
		    (!i->answer || limited_is_before(i->answer, &list[k])))
			i->answer = &list[k];
	}
	return err;
}

/* The need as it is now, if what cites it was made after it: what is cited may be on its way, or made up. */
static int find_need(struct store_txn *t, struct arena *a, const struct interest_here *before,
		     struct interest_here *i)
{
	bool is_read = before && *before->of.region && strcmp(before->need, i->need) == 0;
	int err = is_read ? 0 : partners_record(t, "need", i->need, a, &i->of);

	if (is_read)
		i->of = before->of;
	if (!err)
		err = cited_check(t, i->m->need);
	if (err == IMS_E_NOT_FOUND || err == IMS_E_LEAF || err == IMS_E_INVALID) {
		i->of = (struct record_here){.region = ""};
		err = 0;
	}
	return err;
}

/* `before`: one that is filled, perhaps in the same need; NULL: none. */
static int fill(struct store_txn *t, struct arena *a, const struct limited_item *item,
		const struct interest_here *before, struct interest_here *i)
{
	struct record_id rid;
	char home[SERIES_CODE_BYTES];
	int err;

	*i = (struct interest_here){.item = *item, .of = {.region = ""}};
	i->m = (const Ims__Registry__Interest *)item->m;
	i->need = i->m->need->record;
	err = record_id_parse(bytes_of(i->need), &rid);
	if (err)
		return err;
	snprintf(home, sizeof(home), "%.*s", (int)rid.region.n, (const char *)rid.region.p);
	err = find_answer(t, a, home, i);
	return err ? err : find_need(t, a, before, i);
}

static struct interest_said said_of(const struct interest_here *i)
{
	return (struct interest_said){
		.m = i->m,
		.time_ms = i->item.time_ms,
		.is_superseded = i->is_superseded,
		.answer = i->answer ? (const Ims__Registry__InterestAnswer *)i->answer->m : NULL,
		.need = (const Ims__Registry__Need *)i->of.m,
		.need_time_ms = i->of.time_ms,
	};
}

/* Of one organisation's in one need the newest one stands, if it has effect. Both are in that need. */
static bool takes_its_place(const struct interest_here *later, const struct interest_here *of)
{
	struct interest_said s = said_of(later);

	return strcmp(later->item.region, of->item.region) == 0 &&
	       limited_is_before(&of->item, &later->item) && interest_is_of_same(later->m, of->m) &&
	       !interest_is_void(&s);
}

static int judge_all(struct interest_here *all, size_t n, int64_t today, struct arena *a)
{
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		struct interest_said s;

		for (size_t k = 0; k < n && !all[i].is_superseded; k++)
			all[i].is_superseded = takes_its_place(&all[k], &all[i]);
		s = said_of(&all[i]);
		err = interest_judge(&s, today, a, &all[i].now);
	}
	return err;
}

/* Those in one need stand together: the rows are ordered by what they are about. It is read once for all of
 * them, and what each cites of it is looked at. */
static int fill_all(struct store_txn *t, struct limited_item *list, size_t n, int64_t today, struct arena *a,
		    struct interest_here *all)
{
	size_t first = 0;
	int err = 0;

	for (size_t i = 0; !err && i < n; i++)
		err = fill(t, a, &list[i], i ? &all[i - 1] : NULL, &all[i]);
	for (size_t i = 1; !err && i <= n; i++)
		if (i == n || strcmp(all[i].need, all[first].need) != 0) {
			err = judge_all(&all[first], i - first, today, a);
			first = i;
		}
	return err;
}

int partners_interests(struct store_txn *t, const char *need, int64_t today, struct arena *a,
		       struct interest_here **ret, size_t *ret_n, bool *ret_cut)
{
	struct limited_item *list;
	size_t n;
	int err = limited_list(t, "interest", need, INTERESTS_MAX, a, &list, &n, ret_cut);

	if (err)
		return err;
	*ret_n = n;
	*ret = arena_array(a, n + 1, sizeof(**ret));
	return *ret ? fill_all(t, list, n, today, a, *ret) : arena_error(a);
}

int partners_interest(struct store_txn *t, const char *id, int64_t today, struct arena *a,
		      struct interest_here *ret)
{
	struct limited_item item;
	struct interest_here *all;
	size_t n;
	bool cut;
	int err = limited_get(t, bytes_of(id), a, &item);

	if (!err && strcmp(item.kind->name, "interest") != 0)
		err = IMS_E_INVALID;
	if (!err) /* beside the others in its need */
		err = partners_interests(t, ((const Ims__Registry__Interest *)item.m)->need->record, today, a,
					 &all, &n, &cut);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].item.record, id) == 0) {
			*ret = all[i];
			return 0;
		}
	err = fill(t, a, &item, NULL, ret); /* there are more than are looked at */
	return err ? err : judge_all(ret, 1, today, a);
}
