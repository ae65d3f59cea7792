/* SPDX-License-Identifier: Apache-2.0 */
/* Cases: the five steps of an initiative, and what an agreement is worth. */
#include "pb/registry.pb-c.h"

#include "pb/ctl.pb-c.h"

#include "base/clock.h"
#include "ctl/as_of.h"
#include "ctl/ctl_int.h"
#include "programme/agreement.h"
#include "programme/steps.h"
#include "view/case.h"
#include "view/cites.h"
#include "wire/codec.h"
#include "wire/span_pb.h"

/* What a call works on: its case, in an arena that is larger than the call's own. */
struct asked {
	struct arena arena;
	struct programme_case c;
	struct store_txn *txn;
	char id[RECORD_ID_MAX_BYTES + 1]; /* of the initiative */
	struct past_sizes as_of;
	struct case_wish wish;
};

static const struct reference *reference_of(const struct ctl_call *call)
{
	return node_options(call->node)->commit.reference;
}

static int load(struct ctl_call *call, struct store_txn *t, const Ims__Ctl__CaseRequest *q, struct asked *k)
{
	int err = as_of_take(call, t, q->n_as_of, q->as_of, &k->as_of);

	if (err)
		return err;
	k->wish.as_of = q->n_as_of ? &k->as_of : NULL;
	err = case_initiative_of(t, bytes_of(q->id), k->id);
	if (err)
		return errtext_set(&call->why, err, "'%.60s' is no initiative here, nor about one", q->id);
	return case_load(t, bytes_of(k->id), &k->wish, &k->arena, &k->c, &call->why);
}

typedef int answer_fn(struct ctl_call *call, const Ims__Ctl__CaseRequest *q, struct asked *k,
		      struct buf *out);

static int with_case(struct ctl_call *call, struct store_txn *t, answer_fn *answer, struct buf *out)
{
	const Ims__Ctl__CaseRequest *q = (const Ims__Ctl__CaseRequest *)call->request;
	struct asked *k = arena_array(&call->arena, 1, sizeof(*k));
	int err;

	if (!k)
		return IMS_E_NOMEM;
	arena_init(&k->arena, CASE_ARENA_BYTES);
	k->txn = t;
	err = load(call, t, q, k);
	if (!err)
		err = answer(call, q, k, out);
	arena_fini(&k->arena);
	return err;
}

/* ---- the checklist */
static size_t count_lines(const struct step *s)
{
	size_t n = 0;

	for (const struct step_line *l = s->lines; l; l = l->next)
		n++;
	return n;
}

static Ims__Ctl__StepState *step_message(struct arena *a, const struct step *s)
{
	Ims__Ctl__StepState *m = arena_alloc(a, sizeof(*m));
	Ims__Ctl__StepLine *line = arena_array(a, count_lines(s) + 1, sizeof(*line));

	if (!m || !line)
		return NULL;
	*m = CTL_NEW(StepState, step_state);
	m->id = ctl_lend(s->id);
	m->title = ctl_lend(s->title);
	m->verdict = ctl_lend(step_verdict_name(s->verdict));
	m->lines = arena_array(a, count_lines(s) + 1, sizeof(Ims__Ctl__StepLine *));
	for (const struct step_line *l = s->lines; m->lines && l; l = l->next) {
		line[m->n_lines] = CTL_NEW(StepLine, step_line);
		line[m->n_lines].kind = ctl_lend(step_line_kind_name(l->kind));
		line[m->n_lines].text = ctl_lend(l->text);
		line[m->n_lines].record = ctl_lend(l->record);
		m->lines[m->n_lines] = &line[m->n_lines];
		m->n_lines++;
	}
	return m->lines ? m : NULL;
}

static int answer_check(struct ctl_call *call, const Ims__Ctl__CaseRequest *q, struct asked *k,
			struct buf *out)
{
	Ims__Ctl__InitiativeCheckReply reply = CTL_NEW(InitiativeCheckReply, initiative_check_reply);
	Ims__Ctl__StepState *list[STEPS_COUNT];
	struct steps s;
	struct errtext goes_on = {""};
	char next[200] = "";
	int err = steps_check(&k->c, reference_of(call), clock_wall().ms, &k->arena, &s);

	(void)q;
	if (err)
		return err;
	reply.id = k->id;
	reply.state = ctl_lend(initiative_state_id(s.state));
	reply.ok = s.all;
	reply.steps = list;
	for (; reply.n_steps < STEPS_COUNT; reply.n_steps++) {
		list[reply.n_steps] = step_message(&k->arena, &s.step[reply.n_steps]);
		if (!list[reply.n_steps])
			return IMS_E_NOMEM;
	}
	if (!case_is_imported(&k->c))
		act_next(s.state, next, sizeof(next));
	reply.next = next;
	reply.cut = ctl_lend(k->c.cut ? k->c.cut : "");
	reply.reason = ctl_lend(s.state_why ? s.state_why : "");
	if (!s.state_why && s.state == INITIATIVE_MERGED) {
		err = case_goes_on(k->txn, &k->c, &k->wish, &goes_on);
		reply.reason = goes_on.text;
	}
	if (err)
		return err;
	codec_pack(&reply.base, out);
	return 0;
}

static int read_check(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	return with_case(call, t, answer_check, out);
}

int ctl_initiative_check(struct ctl_call *call, const Ims__Ctl__CaseRequest *q)
{
	(void)q;
	return ctl_work(call, read_check);
}

/* ---- an agreement */
static Ims__Ctl__MoaSignature *signature_message(struct arena *a, const struct signing *s)
{
	static const char *const states[] = {"counts", "pending", "not"};
	const Ims__Registry__Signature *m = (const Ims__Registry__Signature *)s->entry->m;
	Ims__Ctl__MoaSignature *r = arena_alloc(a, sizeof(*r));

	if (!r)
		return NULL;
	*r = CTL_NEW(MoaSignature, moa_signature);
	r->id = ctl_lend(s->entry->record);
	r->region = ctl_lend(s->entry->region);
	r->organisation = ctl_lend(s->organisation);
	r->state = ctl_lend(states[s->state]);
	r->reason = ctl_lend(s->why ? s->why : "");
	r->how = ctl_lend(!m ? "" : s->is_paper ? "paper" : "cms");
	r->algorithm = m && m->cms ? m->cms->algorithm : ctl_lend("");
	r->lang = m ? m->lang : ctl_lend("");
	r->remark = ctl_lend(s->remark ? s->remark : "");
	r->origin = ctl_lend(s->entry->origin);
	r->index = s->entry->index;
	r->leaf = PB_DATA(bytes_of_hash(&s->entry->leaf));
	return r;
}

/* The version in force. */
static void put_version(const struct case_entry *e, struct asked *k, Ims__Ctl__MoaReply *reply)
{
	const Ims__Registry__Agreement *m = (const Ims__Registry__Agreement *)e->m;
	struct buf payload = {0};

	reply->revision = e->revision;
	reply->origin = ctl_lend(e->origin);
	reply->index = e->index;
	reply->leaf = PB_DATA(bytes_of_hash(&e->leaf));
	if (!m)
		return;
	reply->version = m->version;
	reply->languages = arena_array(&k->arena, m->n_texts + 1, sizeof(char *));
	for (size_t i = 0; reply->languages && i < m->n_texts; i++)
		reply->languages[reply->n_languages++] = m->texts[i]->lang;
	codec_pack(&m->base, &payload);
	reply->payload = PB_DATA(arena_dup(&k->arena, buf_bytes(&payload)));
	buf_fini(&payload);
}

/* A document's record may be gone, or say something else by now: what was signed names its bytes by their hash. */
static const char *remark_on(struct arena *a, const Ims__Registry__AgreementText *t, const struct named *d)
{
	if (d->is_once && d->bytes != NAMED_HERE)
		return arena_printf(a, "%s: the bytes of %s are not here yet", t->lang, t->document);
	if (d->is_now)
		return NULL;
	if (d->is_once)
		return arena_printf(a, "%s: %s has other bytes by now; those that this version names are of an "
				       "earlier revision of it", t->lang, t->document);
	if (d->record == NAMED_LIVE)
		return arena_printf(a, "%s: the bytes of %s have another SHA-256 than this version names: what is "
				       "signed is not that document", t->lang, t->document);
	return arena_printf(a, "%s, %s: %s", t->lang, t->document, named_words(d->record));
}

static int put_remarks(const struct case_entry *e, struct asked *k, Ims__Ctl__MoaReply *reply)
{
	const Ims__Registry__Agreement *m = (const Ims__Registry__Agreement *)e->m;
	int err = 0;

	if (!m)
		return 0;
	reply->remarks = arena_array(&k->arena, m->n_texts + 1, sizeof(char *));
	for (size_t i = 0; !err && reply->remarks && i < m->n_texts; i++) {
		const Ims__Registry__AgreementText *t = m->texts[i];
		const char *remark;
		struct named d;
		struct hash h;

		if (!t->document[0] || t->sha256.len != sizeof(h.b))
			continue;
		memcpy(h.b, t->sha256.data, sizeof(h.b));
		err = cites_named(k->txn, bytes_of(t->document), &h, &d);
		remark = err ? NULL : remark_on(&k->arena, t, &d);
		if (remark)
			reply->remarks[reply->n_remarks++] = ctl_lend(remark);
	}
	return err;
}

/* The one that is named, else the initiative's only one. */
static const char *find_moa(struct ctl_call *call, const Ims__Ctl__CaseRequest *q, const struct asked *k)
{
	const struct case_entry *e = case_newest(&k->c, q->id), *found = NULL;
	unsigned n = 0;

	if (e && strcmp(e->kind->name, "moa") == 0)
		return e->record;
	for (e = NULL; (e = case_next(&k->c, "moa", e)) != NULL; e++)
		if (e->is_newest) {
			found = e;
			n++;
		}
	if (n == 1)
		return found->record;
	errtext_set(&call->why, IMS_E_NOT_FOUND,
		    n ? "%s has several agreements: name one" : "%s has no agreement yet", k->id);
	return NULL;
}

static int answer_moa(struct ctl_call *call, const Ims__Ctl__CaseRequest *q, struct asked *k, struct buf *out)
{
	Ims__Ctl__MoaReply reply = CTL_NEW(MoaReply, moa_reply);
	const char *id = find_moa(call, q, k);
	struct agreement m;
	int err = id ? agreement_judge(&k->c, id, reference_of(call), &k->arena, &m) : IMS_E_NOT_FOUND;

	if (err)
		return err;
	reply.id = ctl_lend(id);
	reply.initiative = k->id;
	put_version(m.version, k, &reply);
	err = put_remarks(m.version, k, &reply);
	if (err)
		return err;
	reply.concluded = m.conclusion != NULL;
	reply.conclusion = ctl_lend(m.conclusion ? m.conclusion->record : "");
	reply.regions = (uint32_t)m.n_regions;
	reply.regions_needed = CASE_REGIONS_NEEDED;
	reply.roster_version = m.roster_version;
	reply.reason = ctl_lend(m.nothing_counts ? m.nothing_counts : "");
	reply.cut = ctl_lend(k->c.cut ? k->c.cut : "");
	reply.signatures = arena_array(&k->arena, m.n_signings + 1, sizeof(Ims__Ctl__MoaSignature *));
	for (size_t i = 0; reply.signatures && i < m.n_signings; i++)
		reply.signatures[reply.n_signatures++] = signature_message(&k->arena, &m.signings[i]);
	if (arena_failed(&k->arena))
		return IMS_E_NOMEM;
	codec_pack(&reply.base, out);
	return out->n > CTL_REPLY_BYTES
		       ? errtext_set(&call->why, IMS_E_LIMIT, "more signatures than a reply takes")
		       : 0;
}

static int read_moa(struct ctl_call *call, struct store_txn *t, struct buf *out)
{
	return with_case(call, t, answer_moa, out);
}

int ctl_moa_show(struct ctl_call *call, const Ims__Ctl__CaseRequest *q)
{
	(void)q;
	return ctl_work(call, read_moa);
}
