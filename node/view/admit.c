/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admission of a local write: everything that only the origin checks (reference lists, natural
 * keys, revisions, the clock), then the entry is made, appended and folded in the open
 * transaction. A refusal changes nothing.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/failpoint.h"
#include "base/mem.h"
#include "wire/pack.h"
#include "registry/audience.h"
#include "registry/fill.h"
#include "store/key.h"
#include "view/admit_int.h"

#define ADMIT_ARENA_BYTES ((4u << 20) + 2 * LEDGER_ITEM_BYTES) /* the payload before is looked at twice */

/* Origin's time: never decreasing, never far ahead of what the clocks agree on. */
static int entry_time(struct commit *c, int64_t *ret)
{
	int64_t now = c->o.ops.wall(c->o.ops.ctx).ms;
	int64_t projected =
		c->clock_base_wall.ms + mono_ms_between(c->clock_base_mono, c->o.ops.mono(c->o.ops.ctx));

	if (now > projected + CLOCK_AHEAD_MS)
		return IMS_E_CLOCK;
	*ret = now > c->last_time_ms ? now : c->last_time_ms;
	return 0;
}

/* Payloads carry who acted; the client does not say, the node does. Field 1 of every payload is
 * its header, so a header in front of what came is one message (and a second one is refused). */
static int put_with_header(const struct commit_put *p, struct bytes payload, struct buf *out)
{
	const struct kind *k = kind_by_name(bytes_of(p->kind));
	int err = registry_put_header(bytes_of(admit_header_name(p, k, payload)), out);

	buf_put(out, payload);
	return err ? err : out->failed ? IMS_E_NOMEM : 0;
}

static int with_header(struct admission *a, struct bytes payload)
{
	struct buf b = {0};
	int err = put_with_header(a->put, payload, &b);

	a->packed = BYTES_NONE;
	a->payload = arena_dup(&a->arena, buf_bytes(&b));
	buf_fini(&b);
	return err || a->payload.n ? err : IMS_E_NOMEM;
}

void commit_put_pack(struct commit_put *p)
{
	struct buf whole = {0};

	if (p->act || p->withdraw || p->fill || p->audience == ENTRY_NAMED)
		return;
	buf_clear(&p->packed);
	if (put_with_header(p, p->payload, &whole) == 0)
		payload_pack(buf_bytes(&whole), &p->packed);
	buf_fini(&whole);
}

struct bytes admit_without_header(struct bytes payload)
{
	if (payload.n < 2 || payload.p[0] != 0x0a || payload.p[1] >= 0x80 || payload.n < 2u + payload.p[1])
		return payload;
	return BYTES(payload.p + 2 + payload.p[1], payload.n - 2 - payload.p[1]);
}

/* The series of this region's records of the kind. */
static int own_series(struct admission *a, char code[SERIES_CODE_BYTES], uint32_t *ret_series,
		      uint64_t *ret_last)
{
	snprintf(code, SERIES_CODE_BYTES, "%s-%s", a->c->o.region, a->kind->letter);
	return series_last(a->c->txn, bytes_of(code), ret_series, ret_last);
}

int admit_find_by_key(struct admission *a, const struct registry_key *key)
{
	char code[SERIES_CODE_BYTES];
	struct store_key k;
	uint32_t series;
	uint64_t last, number;
	int err = own_series(a, code, &series, &last);

	if (!err)
		err = keys_find(a->c->keys, a->c->txn,
				store_key(&k, "SSI", key->value, bytes_of(key->name), series), &number);
	if (!err)
		series_id_text(code, number, a->id);
	return err;
}

int admit_new_id(struct admission *a)
{
	char code[SERIES_CODE_BYTES];
	uint32_t series;
	uint64_t last = 0;
	int err = own_series(a, code, &series, &last);

	if (err && err != IMS_E_NOT_FOUND)
		return err;
	series_id_text(code, last + 1, a->id);
	return 0;
}

/* Which record: the one named, the one with the same natural key, or a new one. */
static int find_record(struct admission *a, struct errtext *why)
{
	const struct registry_key *natural;
	struct record_id rid;
	int err;

	if (a->put->id) {
		if (record_id_parse(bytes_of(a->put->id), &rid))
			return errtext_set(why, IMS_E_INVALID, "'%s' is not a record id", a->put->id);
		if (!bytes_eq_text(rid.region, a->c->o.region))
			return errtext_set(why, IMS_E_PERMISSION, "%s is at home in another region",
					   a->put->id);
		err = record_get(a->c->txn, bytes_of(a->put->id), &a->now, NULL);
		if (err)
			return errtext_set(why, err, "%s", a->put->id);
		if (a->now.state == RECORD_SEALED)
			return errtext_set(why, IMS_E_UNSUPPORTED, "a sealed record has no revisions");
		if (a->kind && strcmp(a->now.kind, a->kind->name))
			return errtext_set(why, IMS_E_INVALID, "%s is of kind %s", a->put->id, a->now.kind);
		snprintf(a->id, sizeof(a->id), "%s", a->put->id);
		return 0;
	}
	natural = registry_natural_key(&a->keys);
	err = natural ? admit_find_by_key(a, natural) : IMS_E_NOT_FOUND;
	if (err == IMS_E_NOT_FOUND)
		return admit_new_id(a);
	return err ? err : record_get(a->c->txn, bytes_of(a->id), &a->now, NULL);
}

/* From a second source: what is there stays. A union that breaks a limit is not made. */
static int fill_from(struct admission *a)
{
	struct bytes old, offered = a->payload;
	struct registry_keys keys;
	struct buf merged = {0};
	int err;

	if (a->now.state != RECORD_LIVE || a->now.slot != a->c->own->slot)
		return 0;
	err = ledger_peek_payload(a->c->txn, a->c->own, a->now.index, &a->arena, &old);
	if (!err)
		err = registry_fill(a->kind, admit_without_header(old), a->put->payload, &a->arena, &merged);
	if (!err)
		err = with_header(a, buf_bytes(&merged));
	if (!err && registry_judge(a->kind, a->payload, bytes_of(a->c->o.region), NULL, &a->arena, NULL,
				   &keys) == 0) {
		free((void *)(uintptr_t)a->put->payload.p);
		a->put->payload = BYTES(mem_dup(merged.p, merged.n), merged.n);
		a->keys = keys;
	} else {
		a->payload = offered;
	}
	buf_fini(&merged);
	return err;
}

static bool is_unchanged(struct admission *a)
{
	struct bytes old;

	if (a->put->withdraw)
		return a->now.state == RECORD_WITHDRAWN;
	return a->now.state == RECORD_LIVE && a->now.slot == a->c->own->slot &&
	       (int)a->put->audience == a->now.audience &&
	       ledger_peek_payload(a->c->txn, a->c->own, a->now.index, &a->arena, &old) == 0 &&
	       bytes_eq(admit_without_header(old), a->put->payload);
}

static int check_content(struct admission *a, struct errtext *why)
{
	struct commit_put *p = a->put;
	int err;

	if (p->withdraw)
		return p->id ? 0 : errtext_set(why, IMS_E_USAGE, "a withdrawal names its record");
	a->kind = kind_by_name(bytes_of(p->kind));
	if (!a->kind)
		return errtext_set(why, IMS_E_UNKNOWN_KIND, "'%.60s'", p->kind ? p->kind : "");
	if (p->owner && strcmp(a->kind->name, "need") != 0)
		return errtext_set(why, IMS_E_INVALID, "only a need has an owner that is kept apart");
	if (!p->audience)
		p->audience = a->kind->audience;
	else if (a->kind->audience == ENTRY_NAMED)
		return errtext_set(why, IMS_E_INVALID,
				   "for whom it is follows from what it says: no audience may be given");
	err = with_header(a, p->payload);
	a->packed = buf_bytes(&p->packed);
	if (!err)
		err = registry_judge(a->kind, a->payload, bytes_of(a->c->o.region), a->c->o.reference,
				     &a->arena, &p->problems, &a->keys);
	if (err && p->problems.n)
		errtext_set(why, err, "%.230s", buf_text(&p->problems));
	return err ? err : blobs_admit(a->c, a->kind, a->payload, why);
}

void admit_sealed_id(struct admission *a)
{
	uint64_t random;

	a->c->o.ops.random(a->c->o.ops.ctx, &random, sizeof(random));
	snprintf(a->id, sizeof(a->id), "%s-" SEALED_LETTER "-%llu", a->c->o.region,
		 (unsigned long long)(random >> 2) + 1);
}

/* For whom: those that the writer names, or those whom the kind is for, which nobody has to name. */
static int find_recipients(struct admission *a, struct buf *ret, struct errtext *why)
{
	if (a->kind->audience == ENTRY_NAMED)
		return registry_recipients(a->kind, a->payload, bytes_of(a->c->o.region), &a->arena, ret);
	buf_put_text(ret, a->put->named ? a->put->named : "");
	return ret->n ? 0 : errtext_set(why, IMS_E_INVALID, "no regions named");
}

/* For named regions: nothing of what it is shows outside, not even the record it belongs to. `inner`: without
 * header. */
static int seal_for(struct admission *a, struct bytes regions, struct bytes inner, struct errtext *why)
{
	struct buf sealed = {0};
	int err = registry_seal(bytes_of(admit_header_name(a->put, a->kind, inner)), regions,
				bytes_of(a->kind->name), inner, &sealed);

	if (err)
		errtext_set(why, err, "regions '%.*s'", (int)(regions.n < 60 ? regions.n : 60),
			    (const char *)regions.p);
	if (!err && sealed.n > PAYLOAD_MAX_BYTES) /* no peer would take it */
		err = errtext_set(why, IMS_E_LIMIT, "%zu bytes when sealed", sealed.n);
	a->packed = BYTES_NONE;
	a->payload = arena_dup(&a->arena, buf_bytes(&sealed));
	if (!err && !a->payload.n)
		err = IMS_E_NOMEM;
	buf_fini(&sealed);
	admit_sealed_id(a);
	return err;
}

static int seal(struct admission *a, struct errtext *why)
{
	struct buf regions = {0};
	int err;

	if (a->put->id)
		return errtext_set(why, IMS_E_UNSUPPORTED, "a sealed record has no revisions");
	err = find_recipients(a, &regions, why);
	if (!err)
		err = seal_for(a, buf_bytes(&regions), a->put->payload, why);
	buf_fini(&regions);
	return err;
}

/* The entry itself, with a fresh salt. */
int admit_make_item(struct admission *a, struct arena *memory, struct ledger_item *ret)
{
	struct commit *c = a->c;
	bool sealed = a->audience == ENTRY_NAMED;
	struct entry en = {
		.origin = bytes_of(c->own->origin),
		.kind = bytes_of(sealed	   ? SEALED_KIND
				 : a->kind ? a->kind->name
					   : a->now.kind),
		.record = bytes_of(a->id),
		.index = ledger_size(c->own),
		.roster_version = c->roster->version,
		.revision = sealed ? 0 : a->now.revision + 1,
		.operation = a->withdraw ? ENTRY_WITHDRAW : ENTRY_PUT,
		.audience = a->withdraw ? a->now.audience : a->audience,
		.time_ms = a->time_ms,
	};
	uint8_t salt[SALT_BYTES];
	struct buf b;
	int err;

	*ret = (struct ledger_item){.index = en.index};
	if (!a->withdraw) {
		c->o.ops.random(c->o.ops.ctx, salt, sizeof(salt));
		ret->salt = arena_dup(memory, BYTES(salt, sizeof(salt)));
		ret->payload = arena_dup(memory, a->payload);
		ret->payload_state = LEDGER_PAYLOAD_HERE;
		merkle_commitment(ret->salt, ret->payload, &en.commitment);
		en.has_commitment = true;
	}
	buf_init(&b, ENTRY_MAX_BYTES);
	err = entry_encode(&en, &b);
	ret->entry = arena_dup(memory, buf_bytes(&b));
	buf_fini(&b);
	if (!err && arena_failed(memory))
		err = IMS_E_NOMEM;
	if (err)
		return err;
	merkle_leaf(ret->entry, &ret->leaf);
	c->last_time_ms = en.time_ms;
	return 0;
}

static void answer(struct admission *a, const char *origin, uint64_t index, uint64_t revision,
		   const char *outcome)
{
	struct commit_put *p = a->put;

	snprintf(p->ret_id, sizeof(p->ret_id), "%s", a->id);
	snprintf(p->ret_origin, sizeof(p->ret_origin), "%s", origin);
	p->ret_index = index;
	p->ret_revision = revision;
	p->ret_outcome = outcome;
}

/* Of the log that made the record what it is: perhaps a former incarnation. */
static const char *origin_of_slot(const struct commit *c, uint32_t slot)
{
	const struct fold f = commit_fold(c);
	const struct ledger_log *log = fold_log_of(&f, slot);

	return (log ? log : c->own)->origin;
}

/* It is answered when the draft's group is in the ring, an empty one included: what it read may
 * stand in that group. */
static void wait_for_ring(struct commit *c, struct commit_job *job)
{
	*c->draft.last = job;
	job->next = NULL;
	c->draft.last = &job->next;
}

static int add_to_draft(struct admission *a)
{
	struct commit *c = a->c;
	struct group_draft *d = &c->draft;
	struct ledger_item *item;
	int err;

	if (!d->group) {
		d->group = group_new(ledger_size(c->own));
		d->capacity = d->bytes = 0;
	}
	d->group->items = mem_grow(d->group->items, &d->capacity, d->group->n + 1, sizeof(*item));
	item = &d->group->items[d->group->n];
	err = entry_time(c, &a->time_ms);
	if (!err)
		err = admit_make_item(a, &d->group->arena, item);
	if (err)
		return err;
	c->dirty = true;
	item->packed = arena_dup(&d->group->arena, a->packed); /* to be passed on so, until the database has it */
	err = ledger_append(c->txn, c->own, item);
	if (!err)
		err = FAILPOINT_ERR(PUT_APPENDED);
	c->admitted = &a->keys;
	if (!err)
		err = quarantine_fold(c, c->own, item, fold_entry);
	c->admitted = NULL;
	if (err)
		return err;
	FAILPOINT(PUT_FOLDED);
	d->group->n++;
	d->bytes += item->entry.n + item->payload.n + 64;
	return 0;
}

/* Whose the need is that has just been written, for its home alone. */
static int add_owner(struct admission *a)
{
	struct admission o = {
		.c = a->c, .put = a->put, .kind = kind_by_name(BYTES_LIT("owner")), .audience = ENTRY_NAMED};
	struct buf inner = {0};
	int err;

	arena_init(&o.arena, ADMIT_ARENA_BYTES);
	admit_owner_payload(a, &inner);
	err = seal_for(&o, bytes_of(a->c->o.region), buf_bytes(&inner), NULL);
	if (!err)
		err = add_to_draft(&o);
	buf_fini(&inner);
	arena_fini(&o.arena);
	return err;
}

/* The record, and whose it is beside it: both in one group, so both or neither. Whatever refuses one of them
 * has been asked before. */
static int write(struct admission *a, struct commit_job *job)
{
	struct commit *c = a->c;
	uint64_t index = ledger_size(c->own);
	int err = add_to_draft(a);

	if (!err && a->put->owner)
		err = add_owner(a);
	if (err)
		return err;
	answer(a, c->own->origin, index, a->put->audience == ENTRY_NAMED ? 0 : a->now.revision + 1,
	       a->put->withdraw ? "withdrawn"
	       : a->now.state	? "updated"
				: "created");
	wait_for_ring(c, job);
	return 0;
}

int admit_put(struct commit *c, struct commit_job *job)
{
	struct admission a = {.c = c, .put = &job->u.put, .withdraw = job->u.put.withdraw};
	const struct ledger_log *before;
	int err;

	if (c->state != COMMIT_READY)
		return errtext_set(&job->why,
				   commit_is_behind(c->state) ? IMS_E_ROLLED_BACK : IMS_E_READ_ONLY, "%s",
				   c->reason);
	if (c->own->frozen)
		return IMS_E_FROZEN;
	if (!roster_region(c->roster, bytes_of(c->o.region)))
		return errtext_set(&job->why, IMS_E_READ_ONLY,
				   "the roster in force does not name this region yet");
	before = incarnation_waits_for(c, c->own);
	if (before) /* whose records it would number and revise without knowing them */
		return errtext_set(&job->why, IMS_E_READ_ONLY, "%s comes from the peers first: %llu of %llu",
				   before->origin, (unsigned long long)ledger_size(before),
				   (unsigned long long)before->kept_size);
	if (c->roster->rules >
	    REGISTRY_RULES_VERSION) /* what it would write, the others judge by other rules */
		return errtext_set(&job->why, IMS_E_READ_ONLY,
				   "the roster asks for rules version %llu, this imsd knows %d: update it",
				   (unsigned long long)c->roster->rules, REGISTRY_RULES_VERSION);
	buf_clear(&a.put->problems);
	arena_init(&a.arena, ADMIT_ARENA_BYTES);
	err = a.put->act ? admit_step(&a, &job->why) : 0;
	if (!err)
		err = check_content(&a, &job->why);
	a.audience = (int)a.put->audience;
	if (!err) /* before anything is numbered: what is refused later takes the open transaction with it (C5), and the
		   * cosignatures in that */
		err = entry_time(c, &a.time_ms);
	if (!err)
		err = a.put->audience == ENTRY_NAMED ? seal(&a, &job->why) : find_record(&a, &job->why);
	if (!err && a.put->if_revision && a.put->if_revision != a.now.revision)
		err = errtext_set(&job->why, IMS_E_STALE, "%s is at revision %llu", a.id,
				  (unsigned long long)a.now.revision);
	if (!err && a.put->fill && a.put->audience != ENTRY_NAMED)
		err = fill_from(&a);
	if (!err && is_unchanged(&a)) {
		answer(&a, origin_of_slot(c, a.now.slot), a.now.index, a.now.revision, "unchanged");
		wait_for_ring(c, job);
	} else if (!err) {
		err = admit_check_case(&a, &job->why);
		if (!err)
			err = write(&a, job);
	}
	arena_fini(&a.arena);
	return err;
}
