/* SPDX-License-Identifier: Apache-2.0 */
/* Admission of needs, owners, interests and answers beside what is here: the rules are
 * programme/partners.h's. */
#include "pb/registry.pb-c.h"

#include "programme/days.h"
#include "view/admit_int.h"
#include "view/partners.h"
#include "wire/codec.h"

const char *admit_header_name(const struct commit_put *p, const struct kind *k, struct bytes payload)
{
	bool is_need = k && strcmp(k->name, "need") == 0, is_answer = k && strcmp(k->name, "answer") == 0;
	bool hidden = false;
	ProtobufCMessage *m;
	struct arena a;

	if (!is_need && !is_answer)
		return p->operator_name;
	arena_init(&a, codec_budget(payload.n));
	if (codec_unpack(k->descriptor, payload, &a, &m, NULL) == 0)
		hidden = is_need ? ((const Ims__Registry__Need *)m)->anonymous
				 : strcmp(((const Ims__Registry__InterestAnswer *)m)->decision, "accepted") !=
					   0;
	arena_fini(&a);
	return hidden ? ADMIT_ANONYMOUS : p->operator_name;
}

void admit_owner_payload(const struct admission *a, struct buf *out)
{
	Ims__Registry__NeedOwner m;

	ims__registry__need_owner__init(&m);
	m.need = (char *)(uintptr_t)a->id;
	m.initiative = a->put->owner;
	codec_pack(&m.base, out);
}

struct asked {
	struct admission *a;
	struct arena *memory;
	struct buf *problems;
	int64_t today;
};

static void wrong(struct asked *k, const char *pointer, const char *text)
{
	buf_printf(k->problems, "%s: %s\n", pointer, text);
}

/* A record that is named: is it here, and what it should be? */
static int check_named(struct asked *k, const char *pointer, const char *kind, const char *id)
{
	struct record_here r;
	int err = *id ? partners_record(k->a->c->txn, kind, id, k->memory, &r) : 0;

	if (err == IMS_E_NOT_FOUND)
		wrong(k, pointer, arena_printf(k->memory, "no %s %s is here", kind, id));
	else if (!err && *id && !r.m)
		wrong(k, pointer,
		      arena_printf(k->memory, "the %s %s is withdrawn, or cannot be read", kind, id));
	return err == IMS_E_NOT_FOUND ? 0 : err;
}

/* The owner record beside it would break its kind's rules: need and initiative have one home. */
static bool is_own(const struct admission *a, const char *id)
{
	struct record_id rid;

	return record_id_parse(bytes_of(id), &rid) == 0 && bytes_eq_text(rid.region, a->c->o.region);
}

/* The revision that is there: of another one than a live record nothing is compared. */
static int check_need(struct asked *k, const Ims__Registry__Need *m)
{
	struct record_here before = {.m = NULL};
	struct admission *a = k->a;
	int err = a->now.state ? partners_record(a->c->txn, "need", a->id, k->memory, &before) : 0;

	if (err)
		return err;
	need_gate(m, (const Ims__Registry__Need *)before.m, a->put->owner, k->today, k->problems);
	if (a->put->owner && !is_own(a, a->put->owner))
		wrong(k, "/initiative", "whose it is: an initiative of this region");
	else if (a->put->owner)
		return check_named(k, "/initiative", "initiative", a->put->owner);
	return 0;
}

static int check_owner(struct asked *k, const Ims__Registry__NeedOwner *m)
{
	struct record_here need;
	int err = partners_record(k->a->c->txn, "need", m->need, k->memory, &need);

	if (err && err != IMS_E_NOT_FOUND)
		return err;
	if (err || !need.m)
		wrong(k, "/need", "no such need is here");
	else if (!((const Ims__Registry__Need *)need.m)->anonymous)
		wrong(k, "/need", "it is not anonymous: it says itself whose it is");
	return check_named(k, "/initiative", "initiative", m->initiative);
}

static int check_interest(struct asked *k, const Ims__Registry__Interest *m)
{
	struct record_here need;
	int err = partners_record(k->a->c->txn, "need", m->need->record, k->memory, &need);

	if (err)
		return err; /* its entry is here: that was looked at before */
	interest_gate(m, (const Ims__Registry__Need *)need.m, k->today, k->problems);
	err = check_named(k, "/organisation", "organisation", m->organisation);
	return err ? err : check_named(k, "/contact", "contact", m->contact);
}

static int check_answer_to(struct asked *k, const Ims__Registry__InterestAnswer *m,
			   const struct interest_here *i)
{
	const char *owner = "", *home = k->a->c->o.region;
	int err = 0;

	if (!*i->of.region)
		wrong(k, "/interest/record", "the need that it is about is not here (yet)");
	else if (strcmp(i->now.state, "superseded") == 0)
		wrong(k, "/interest/record",
		      "a later interest of the same organisation takes its place: answer that one");
	else if (strcmp(i->of.region, home) != 0)
		wrong(k, "/interest/record",
		      arena_printf(k->memory, "it is about %s: the secretariat of %s answers it", i->need,
				   i->of.region));
	else
		err = partners_owner(k->a->c->txn, i->need, &i->of, k->memory, &owner);
	if (err || k->problems->n)
		return err;
	answer_gate(m, i->answer ? (const Ims__Registry__InterestAnswer *)i->answer->m : NULL,
		    (const Ims__Registry__Need *)i->of.m, owner, k->today, k->problems);
	return check_named(k, "/contact", "contact", m->contact);
}

static int check_answer(struct asked *k, const Ims__Registry__InterestAnswer *m)
{
	struct interest_here i;
	int err = partners_interest(k->a->c->txn, m->interest->record, k->today, k->memory, &i);

	if (err == IMS_E_PERMISSION)
		wrong(k, "/interest/record", "it is sealed for other regions");
	else if (err == IMS_E_AGAIN)
		wrong(k, "/interest/record", "its payload has not come yet");
	else if (err == IMS_E_NOT_FOUND || err == IMS_E_INVALID)
		wrong(k, "/interest/record", "it is no interest");
	else
		return err ? err : check_answer_to(k, m, &i);
	return 0;
}

/* What was made known was so by today; a day more, since it is tomorrow already somewhere. */
static void check_published(struct asked *k, const char *day)
{
	if (day_number(day) > k->today + 1)
		wrong(k, "/published", arena_printf(k->memory, "%s is still to come", day));
}

int admit_check_partners(struct admission *a, const struct kind *k, const ProtobufCMessage *m,
			 struct arena *memory)
{
	struct asked ask = {a, memory, &a->put->problems, day_of_ms(a->c->o.ops.wall(a->c->o.ops.ctx).ms)};
	int err = 0;

	if (strcmp(k->name, "need") == 0)
		err = check_need(&ask, (const Ims__Registry__Need *)m);
	else if (strcmp(k->name, "owner") == 0)
		err = check_owner(&ask, (const Ims__Registry__NeedOwner *)m);
	else if (strcmp(k->name, "interest") == 0)
		err = check_interest(&ask, (const Ims__Registry__Interest *)m);
	else if (strcmp(k->name, "answer") == 0)
		err = check_answer(&ask, (const Ims__Registry__InterestAnswer *)m);
	else if (strcmp(k->name, "notice") == 0)
		check_published(&ask, ((const Ims__Registry__Notice *)m)->published);
	else if (strcmp(k->name, "acknowledgement") == 0)
		check_published(&ask, ((const Ims__Registry__Acknowledgement *)m)->published);
	if (!err && (arena_failed(memory) || a->put->problems.failed))
		err = IMS_E_NOMEM;
	return err ? err : a->put->problems.n ? IMS_E_INVALID : 0;
}
