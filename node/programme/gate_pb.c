/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "programme/about.h"
#include "programme/agreement.h"
#include "programme/gate.h"
#include "wire/codec.h"

#define ANY_STATE 0xffffu /* of an initiative whose state is its source's */

static bool is_kind(const struct gate_ask *ask, const char *name)
{
	return strcmp(ask->kind->name, name) == 0;
}

static void wrong(struct buf *problems, const char *pointer, const char *text)
{
	buf_printf(problems, "%s: %s\n", pointer, text);
}

bool gate_is_imported(const struct kind *k, const ProtobufCMessage *m)
{
	return m && strcmp(k->name, "initiative") == 0 && ((const Ims__Registry__Initiative *)m)->source;
}

/* ---- the acts table */
static bool is_home(const char *initiative, const char *region)
{
	struct record_id rid;

	return record_id_parse(bytes_of(initiative), &rid) == 0 && bytes_eq_text(rid.region, region);
}

/* Of one that goes on in another one by a record, and does not say so itself yet: the state that it says. */
static unsigned state_written(const struct programme_case *c)
{
	const struct case_entry *e = case_initiative(c);

	return e && e->state == CASE_LIVE
		       ? initiative_state_of(bytes_of(((const Ims__Registry__Initiative *)e->m)->state))
		       : INITIATIVE_MERGED;
}

/* State of the initiative now, by the case. */
static int state_now(const struct programme_case *c, bool merges, unsigned *ret, struct errtext *why)
{
	int err;

	if (case_is_imported(c)) {
		*ret = ANY_STATE;
		return 0;
	}
	err = case_state_before(c, NULL, ret);
	if (err == IMS_E_AGAIN)
		return errtext_set(why, IMS_E_STATE, "the payload of %s has not come yet", c->initiative);
	if (err)
		return errtext_set(why, IMS_E_STATE, "%s cannot be read", c->initiative);
	if (merges && *ret == INITIATIVE_MERGED)
		*ret = state_written(c);
	return 0;
}

static int may_on_initiative(const struct gate_ask *ask, struct errtext *why)
{
	const Ims__Registry__Initiative *m = (const Ims__Registry__Initiative *)ask->m;
	struct act_ask q = {
		.id = ask->initiative,
		.kind = "initiative",
		.roles = ask->roles,
		.whose = ACT_HOME,
		.now = INITIATIVE_NEW,
		.wanted = m ? initiative_state_of(bytes_of(m->state)) : 0,
		.name = ask->withdraw ? "withdraw" : NULL,
	};
	const struct act *act;
	unsigned to;
	int err;

	if (ask->c) {
		err = state_now(ask->c, q.wanted == INITIATIVE_MERGED, &q.now, why);
		if (err)
			return err;
		q.before_hold = case_state_before_hold(ask->c);
	}
	return act_may(&q, &act, &to, why);
}

/* Of what one may write one may also take back, whatever has become of the initiative. */
static int may_take_back(const struct gate_ask *ask, struct errtext *why)
{
	unsigned roles = act_roles_of_kind(ask->kind->name);
	char who[160];

	if (ask->roles & roles)
		return 0;
	act_roles_words(roles, who, sizeof(who));
	return errtext_set(why, IMS_E_PERMISSION, "a record of kind %s is for %s; whoever acts here is not",
			   ask->kind->name, who);
}

static int may_about(const struct gate_ask *ask, struct errtext *why)
{
	struct act_ask q = {
		.kind = ask->kind->name,
		.roles = ask->roles,
		.id = ask->initiative,
		.whose = ACT_NONE,
	};
	const struct act *act;
	unsigned to;
	int err;

	if (*ask->initiative) {
		q.whose = is_home(ask->initiative, ask->region) ? ACT_HOME : ACT_OTHER;
		if (!ask->c)
			return errtext_set(why, IMS_E_NOT_FOUND, "the initiative %s is not here (yet)",
					   ask->initiative);
		err = state_now(ask->c, false, &q.now, why);
		if (err)
			return err;
	}
	return act_may(&q, &act, &to, why);
}

/* ---- beside other records */

/* The entry as it would stand behind everything that is there. */
static struct case_entry as_entry(const struct gate_ask *ask)
{
	return (struct case_entry){
		.record = ask->record,
		.kind = ask->kind,
		.region = ask->region,
		.origin = "",
		.incarnation = UINT64_MAX,
		.index = UINT64_MAX,
		.roster_version = ask->roster_version,
		.state = CASE_LIVE,
		.m = ask->m,
	};
}

static bool is_concluded(const struct gate_ask *ask, const char *moa, struct arena *a, struct agreement *ret)
{
	return agreement_judge(ask->c, moa, NULL, a, ret) == 0 && ret->conclusion;
}

static void check_signature(const struct gate_ask *ask, struct arena *a, struct buf *problems)
{
	const Ims__Registry__Signature *m = (const Ims__Registry__Signature *)ask->m;
	const struct case_entry e = as_entry(ask);
	struct agreement moa;
	struct errtext why;

	if (agreement_judge(ask->c, m->agreement->record, NULL, a, &moa)) {
		wrong(problems, "/agreement/record", "no such agreement is here");
		return;
	}
	if (moa.conclusion)
		wrong(problems, "/agreement/record", "it is concluded: nothing is added any more");
	else if (moa.version->state != CASE_LIVE)
		wrong(problems, "/agreement/record", "it has no version in force");
	else if (signature_judge(ask->c, &e, moa.version, case_roster_of(ask->c, 0), &why))
		wrong(problems, "", why.text);
}

/* It lists what counts, all of it and nothing else. */
static void check_conclusion(const struct gate_ask *ask, struct arena *a, struct buf *problems)
{
	const Ims__Registry__Conclusion *m = (const Ims__Registry__Conclusion *)ask->m;
	const struct case_entry e = as_entry(ask), *listed;
	struct agreement moa;
	struct errtext why;
	bool is_listed;

	if (is_concluded(ask, m->agreement->record, a, &moa)) {
		wrong(problems, "/agreement/record",
		      arena_printf(a, "it is concluded already, by %s", moa.conclusion->record));
		return;
	}
	if (conclusion_judge(ask->c, &e, &why)) {
		wrong(problems, why.text[0] == '/' ? "/" : "", why.text);
		return;
	}
	for (size_t i = 0; i < moa.n_signings; i++) {
		if (moa.signings[i].state != SIGNING_COUNTS)
			continue;
		is_listed = false;
		for (size_t k = 0; k < m->n_counted; k++)
			is_listed |= case_cited(ask->c, m->counted[k]->signature, &listed) == 0 &&
				     strcmp(listed->region, moa.signings[i].entry->region) == 0;
		if (!is_listed)
			wrong(problems, "/counted",
			      arena_printf(a, "%s counts, and is not listed", moa.signings[i].entry->record));
	}
}

static void check_parties(const struct gate_ask *ask, const Ims__Registry__Agreement *m, struct arena *a,
			  struct buf *problems)
{
	const struct case_roster *r = case_roster_of(ask->c, 0);

	for (size_t i = 0; i < m->n_parties; i++) {
		bool known = false;

		for (size_t k = 0; r && k < r->n_regions; k++)
			known |= strcmp(r->regions[k].code, m->parties[i]->region) == 0;
		if (!known)
			wrong(problems, arena_printf(a, "/parties/%zu/region", i),
			      "the roster has no such region");
	}
}

static void check_moa(const struct gate_ask *ask, struct arena *a, struct buf *problems)
{
	const Ims__Registry__Agreement *m = (const Ims__Registry__Agreement *)ask->m;
	const struct case_entry *now = *ask->record ? case_newest(ask->c, ask->record) : NULL;
	uint32_t before = now && now->m ? ((const Ims__Registry__Agreement *)now->m)->version : 0;
	struct agreement moa;

	check_parties(ask, m, a, problems);
	if (now && is_concluded(ask, ask->record, a, &moa))
		wrong(problems, "",
		      arena_printf(a, "the agreement is concluded by %s: nothing changes it any more",
				   moa.conclusion->record));
	if (m->version != before + 1)
		wrong(problems, "/version",
		      arena_printf(a, "the next version is %u, not %u", before + 1, m->version));
	for (const struct case_entry *e = NULL; (e = case_next_live(ask->c, "moa", e)) != NULL; e++)
		if (strcmp(e->record, ask->record) != 0) {
			wrong(problems, "/initiative",
			      arena_printf(a,
					   "it has the agreement %s already: the next version is a revision "
					   "of that",
					   e->record));
			break;
		}
}

/* Something that an act needs to be there. */
static bool has_evidence(const struct gate_ask *ask, unsigned state, struct arena *a, const char **ret_why)
{
	const struct programme_case *c = ask->c;
	struct agreement moa;

	switch (state) {
	case INITIATIVE_COACHED:
		*ret_why = "a coach is assigned first: a record of kind assignment";
		return case_next_live(c, "assignment", NULL);
	case INITIATIVE_SIGNING:
		*ret_why = "a Memorandum of Agreement is drafted first: 'ims moa draft'";
		return case_next_live(c, "moa", NULL);
	case INITIATIVE_MERGED:
		*ret_why = "which one it goes on in is said first: a record of kind merge";
		return case_next_live(c, "merge", NULL);
	case INITIATIVE_ACTIVE:
		*ret_why = "its agreement is concluded first: 'ims moa conclude'";
		for (const struct case_entry *e = NULL; (e = case_next(c, "moa", e)) != NULL; e++)
			if (agreement_judge(c, e->record, NULL, a, &moa) == 0 && moa.conclusion)
				return true;
		return false;
	}
	return true;
}

static void check_initiative(const struct gate_ask *ask, struct arena *a, struct buf *problems)
{
	const Ims__Registry__Initiative *m = (const Ims__Registry__Initiative *)ask->m;
	unsigned now, wanted = initiative_state_of(bytes_of(m->state));
	const char *why;

	if (!ask->c || case_state_before(ask->c, NULL, &now))
		return;
	if (m->source)
		wrong(problems, "/source", "it began here and has no source: its steps are made here");
	/* what comes back from hold had its evidence, and what is merged is so by its record */
	if (wanted != now && now != INITIATIVE_ON_HOLD && now != INITIATIVE_MERGED &&
	    !has_evidence(ask, wanted, a, &why))
		wrong(problems, "/state", why);
}

static void check_note(const struct gate_ask *ask, struct buf *problems)
{
	const Ims__Registry__CaseNote *m = (const Ims__Registry__CaseNote *)ask->m;

	if (strcmp(m->topic, "manufacturing") == 0 && !(ask->roles & (ACTOR_COACH | ACTOR_SECRETARIAT)))
		wrong(problems, "/topic", "that it is about manufacturing is for a coach to say");
}

/* What it goes on in goes on itself. That two regions let theirs go on in each other's at one time, neither can see:
 * 'ims initiative check' tells it then. */
static void check_merge(const struct gate_ask *ask, struct arena *a, struct buf *problems)
{
	const char *into = ((const Ims__Registry__Merge *)ask->m)->into->record, *why = NULL;
	const struct case_entry *merge = ask->into ? case_merge(ask->into, NULL) : NULL;
	unsigned state = 0;
	int err = ask->into ? case_state_before(ask->into, NULL, &state) : IMS_E_NOT_FOUND;

	if (!ask->into)
		why = arena_printf(a, "the initiative %s is not here (yet)", into);
	else if (err)
		why = arena_printf(a, "the payload of %s has not come yet, or cannot be read", into);
	else if (merge && strcmp(((const Ims__Registry__Merge *)merge->m)->into->record, ask->initiative) == 0)
		why = arena_printf(a, "%s goes on in this one already, by %s", into, merge->record);
	else if (merge)
		why = arena_printf(a, "%s goes on in %s itself: name that one", into,
				   ((const Ims__Registry__Merge *)merge->m)->into->record);
	else if (state & (INITIATIVE_WITHDRAWN | INITIATIVE_DECLINED | INITIATIVE_MERGED | INITIATIVE_COMPLETED))
		why = arena_printf(a, "%s is %s: nothing goes on in it", into, initiative_state_id(state));
	if (why)
		wrong(problems, "/into/record", why);
}

/* One notice to all regions: with a second one each would be late with one of them. */
static void check_notice(const struct gate_ask *ask, struct arena *a, struct buf *problems)
{
	if (!ask->c)
		return;
	for (const struct case_entry *e = NULL; (e = case_next_live(ask->c, "notice", e)) != NULL; e++)
		if (strcmp(e->region, ask->region) == 0 && strcmp(e->record, ask->record) != 0) {
			wrong(problems, "/initiative",
			      arena_printf(a, "%s asks all regions already: withdraw that one first",
					   e->record));
			break;
		}
}

static void check_withdrawal(const struct gate_ask *ask, struct arena *a, struct buf *problems)
{
	struct agreement moa;

	if (kind_is_once(ask->kind))
		wrong(problems, "", "what it closes stays closed: it is not withdrawn");
	else if (is_kind(ask, "moa") && ask->c && is_concluded(ask, ask->record, a, &moa))
		wrong(problems, "", "the agreement is concluded: it stands");
}

static void check_beside(const struct gate_ask *ask, struct arena *a, struct buf *problems)
{
	if (ask->withdraw)
		check_withdrawal(ask, a, problems);
	else if (is_kind(ask, "initiative"))
		check_initiative(ask, a, problems);
	else if (kind_is_once(ask->kind) && *ask->record)
		wrong(problems, "", "what it closes stays closed: it has one revision");
	else if (is_kind(ask, "note"))
		check_note(ask, problems);
	else if (is_kind(ask, "notice"))
		check_notice(ask, a, problems);
	else if (is_kind(ask, "signature"))
		check_signature(ask, a, problems);
	else if (is_kind(ask, "conclusion"))
		check_conclusion(ask, a, problems);
	else if (is_kind(ask, "moa"))
		check_moa(ask, a, problems);
	else if (is_kind(ask, "merge"))
		check_merge(ask, a, problems);
}

int gate_check(const struct gate_ask *ask, struct arena *a, struct buf *problems, struct errtext *why)
{
	bool imported = is_kind(ask, "initiative") &&
			(ask->c ? case_is_imported(ask->c) : gate_is_imported(ask->kind, ask->m));
	int err = 0;

	if (imported) /* its state is its source's */
		return ask->roles & (ACTOR_SECRETARIAT | ACTOR_IRS)
			       ? 0
			       : errtext_set(why, IMS_E_PERMISSION,
					     "an imported initiative is kept by the secretariat");
	if (is_kind(ask, "initiative"))
		err = may_on_initiative(ask, why);
	else
		err = ask->withdraw ? may_take_back(ask, why) : may_about(ask, why);
	if (err)
		return err;
	check_beside(ask, a, problems);
	if (arena_failed(a) || problems->failed)
		return IMS_E_NOMEM;
	return problems->n ? IMS_E_INVALID : 0;
}

int gate_step(const struct programme_case *c, const char *act, const char *region, unsigned roles,
	      struct buf *out, unsigned *ret_state, struct errtext *why)
{
	const struct case_entry *e = case_initiative(c);
	struct act_ask q = {
		.id = c->initiative,
		.kind = "initiative",
		.name = act,
		.roles = roles,
		.whose = is_home(c->initiative, region) ? ACT_HOME : ACT_OTHER,
		.before_hold = case_state_before_hold(c),
	};
	Ims__Registry__Initiative m;
	const struct act *row;
	int err;

	if (case_is_imported(c))
		return errtext_set(why, IMS_E_STATE, "%s is imported: its state is its source's",
				   c->initiative);
	err = state_now(c, strcmp(act, "merge") == 0, &q.now, why);
	if (!err)
		err = act_may(&q, &row, ret_state, why);
	if (err)
		return err;
	if (!e || e->state != CASE_LIVE || !*ret_state)
		return errtext_set(why, IMS_E_STATE, "%s cannot be read", c->initiative);
	m = *(const Ims__Registry__Initiative *)e->m;
	m.header = NULL;
	m.state = (char *)(uintptr_t)initiative_state_id(*ret_state);
	codec_pack(&m.base, out);
	return out->failed ? IMS_E_NOMEM : 0;
}
