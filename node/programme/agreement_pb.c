/* SPDX-License-Identifier: Apache-2.0 */
/* Which signatures stand and count, and what a conclusion is worth (A2 to A5). */
#include "pb/registry.pb-c.h"

#include "programme/agreement.h"

#define COUNTED_MAX 256 /* of a conclusion; its kind bounds it lower */

static const Ims__Registry__Agreement *moa_of(const struct case_entry *e)
{
	return (const Ims__Registry__Agreement *)e->m;
}

static const Ims__Registry__Signature *signature_of(const struct case_entry *e)
{
	return (const Ims__Registry__Signature *)e->m;
}

/* ---- A2 */

/* Of what is cited: not here yet, another one, or without its payload. */
static int cited_payload(const struct programme_case *c, const Ims__Registry__Citation *cited,
			 const char *what, const char *kind, const struct case_entry **ret,
			 struct errtext *why)
{
	int err = case_cited(c, cited, ret);

	if (err == IMS_E_NOT_FOUND)
		return errtext_set(why, IMS_E_AGAIN, "the cited entry of %s is not here yet", what);
	if (err || strcmp((*ret)->kind->name, kind) != 0)
		return errtext_set(why, IMS_E_INVALID,
				   "the citation of %s is not of an entry that stands there", what);
	if ((*ret)->state == CASE_WANTED)
		return errtext_set(why, IMS_E_AGAIN, "the payload of %s has not come yet", what);
	if ((*ret)->state != CASE_LIVE)
		return errtext_set(why, IMS_E_INVALID, "the cited entry says nothing (any more) of %s", what);
	return 0;
}

static int judge_version(const struct programme_case *c, const Ims__Registry__Signature *s,
			 const struct case_entry *version, struct errtext *why)
{
	const struct case_entry *cited;
	int err = case_cited(c, s->agreement, &cited);

	if (err == IMS_E_NOT_FOUND)
		return errtext_set(why, IMS_E_AGAIN, "the cited entry of the agreement is not here yet");
	if (err || strcmp(cited->record, version->record) != 0)
		return errtext_set(why, IMS_E_INVALID,
				   "it cites an entry that is no version of the agreement");
	if (cited == version)
		return 0;
	return errtext_set(why, IMS_E_INVALID,
			   "%s version: it signs revision %llu, revision %llu is in force",
			   case_is_before(cited, version) ? "old" : "other",
			   (unsigned long long)cited->revision, (unsigned long long)version->revision);
}

static bool is_party(const Ims__Registry__Agreement *m, const char *organisation, const char *region)
{
	for (size_t i = 0; i < m->n_parties; i++)
		if (strcmp(m->parties[i]->organisation, organisation) == 0)
			return strcmp(m->parties[i]->region, region) == 0;
	return false;
}

static int judge_organisation(const struct programme_case *c, const struct case_entry *e,
			      const struct case_entry *version, struct errtext *why)
{
	const Ims__Registry__Signature *s = signature_of(e);
	const struct case_entry *organisation;
	struct record_id rid;
	int err;

	if (strcmp(s->region, e->region) != 0)
		return errtext_set(why, IMS_E_INVALID,
				   "it is said to count for %s, and stands in the log of %s", s->region,
				   e->region);
	if (!s->organisation || record_id_parse(bytes_of(s->organisation->record), &rid) ||
	    !bytes_eq_text(rid.region, e->region))
		return errtext_set(why, IMS_E_INVALID, "organisation of another region");
	err = cited_payload(c, s->organisation, "the organisation", "organisation", &organisation, why);
	if (err)
		return err;
	if (!is_party(moa_of(version), s->organisation->record, s->region))
		return errtext_set(why, IMS_E_INVALID, "%s is no party of this version for %s",
				   s->organisation->record, s->region);
	return 0;
}

int signature_judge(const struct programme_case *c, const struct case_entry *e,
		    const struct case_entry *version, const struct case_roster *roster, struct errtext *why)
{
	const Ims__Registry__Signature *s = signature_of(e);
	struct buf bytes = {0};
	int err;

	if (e->state == CASE_WANTED)
		return errtext_set(why, IMS_E_AGAIN, "its payload has not come yet");
	if (e->state != CASE_LIVE)
		return errtext_set(why, IMS_E_INVALID, "%s",
				   e->state == CASE_WITHDRAWN ? "withdrawn"
				   : e->state == CASE_ERASED  ? "its payload is erased"
							      : e->reason);
	err = judge_version(c, s, version, why);
	if (!err)
		err = judge_organisation(c, e, version, why);
	if (err)
		return err;
	err = agreement_bytes(version->record, moa_of(version), s->lang, &bytes);
	buf_fini(&bytes);
	if (err == IMS_E_NOT_FOUND)
		return errtext_set(why, IMS_E_INVALID, "this version has no text in '%.32s'", s->lang);
	if (s->cms && !agreement_is_signed_by(version->record, moa_of(version), s))
		return errtext_set(why, IMS_E_INVALID, "what was signed is not the text of this version");
	if (!case_region_counts(roster, e->region))
		return errtext_set(why, IMS_E_INVALID,
				   "%s is no Participant Region in good standing by roster version %llu",
				   e->region, (unsigned long long)(roster ? roster->version : 0));
	return 0;
}

/* ---- A3: one organisation under several regions */
static const Ims__Registry__Organisation *organisation_of(const struct programme_case *c,
							  const struct case_entry *e)
{
	const struct case_entry *o;

	if (!e->m || case_cited(c, signature_of(e)->organisation, &o) || o->state != CASE_LIVE)
		return NULL;
	return (const Ims__Registry__Organisation *)o->m;
}

static bool is_same_organisation(const struct programme_case *c, const struct case_entry *a,
				 const struct case_entry *b)
{
	const Ims__Registry__Organisation *x = organisation_of(c, a), *y = organisation_of(c, b);

	return x && y &&
	       ((x->ror[0] && strcmp(x->ror, y->ror) == 0) || (x->pic[0] && strcmp(x->pic, y->pic) == 0));
}

/* ---- A5 */

/* The newest version of the agreement before an entry of the home (NULL: now) that can be read. */
static const struct case_entry *version_before(const struct programme_case *c, const char *id,
					       const struct case_entry *before)
{
	const struct case_entry *found = NULL;

	for (const struct case_entry *e = NULL; (e = case_next(c, "moa", e)) != NULL; e++)
		if (strcmp(e->record, id) == 0 && (!before || case_is_before(e, before)))
			found = e;
	return found;
}

/* One item of a conclusion. */
static int judge_counted(const struct programme_case *c, const Ims__Registry__Conclusion *m, size_t i,
			 const struct case_entry **seen, const struct case_entry *version,
			 const struct case_roster *roster, struct errtext *why)
{
	const Ims__Registry__Counted *item = m->counted[i];
	const struct case_entry *e;
	struct errtext detail;
	int err = case_cited(c, item->signature, &e);

	if (err == IMS_E_NOT_FOUND)
		return errtext_set(why, IMS_E_AGAIN, "the signature %s that it lists is not here yet",
				   item->signature->record);
	if (err || strcmp(e->kind->name, "signature") != 0)
		return errtext_set(why, IMS_E_INVALID, "/counted/%zu: no such signature", i);
	seen[i] = e;
	for (size_t k = 0; k < i; k++) {
		if (strcmp(seen[k]->region, e->region) == 0)
			return errtext_set(why, IMS_E_INVALID, "/counted/%zu: %s is counted already", i,
					   e->region);
		if (is_same_organisation(c, seen[k], e))
			return errtext_set(why, IMS_E_INVALID,
					   "/counted/%zu: the organisation is counted for %s", i,
					   seen[k]->region);
	}
	if (strcmp(item->region, e->region) != 0)
		return errtext_set(why, IMS_E_INVALID, "/counted/%zu: %s is of %s, not of %s", i, e->record,
				   e->region, item->region);
	if (e->state == CASE_ERASED) /* a closing that lists it stands */
		return 0;
	err = signature_judge(c, e, version, roster, &detail);
	return err ? errtext_set(why, err, "/counted/%zu: %s: %s", i, e->record, detail.text) : 0;
}

static int judge_list(const struct programme_case *c, const struct case_entry *e,
		      const struct case_entry *version, struct errtext *why)
{
	const Ims__Registry__Conclusion *m = (const Ims__Registry__Conclusion *)e->m;
	const struct case_entry *seen[COUNTED_MAX];
	const struct case_roster *roster;
	int err = 0;

	if (m->roster_version != e->roster_version)
		return errtext_set(
			why, IMS_E_INVALID, "it counts by roster version %llu, and was made under %llu",
			(unsigned long long)m->roster_version, (unsigned long long)e->roster_version);
	roster = case_roster_of(c, m->roster_version);
	if (!roster)
		return errtext_set(why, IMS_E_AGAIN, "roster version %llu is not here yet",
				   (unsigned long long)m->roster_version);
	if (m->n_counted > COUNTED_MAX)
		return errtext_set(why, IMS_E_INVALID, "more than %d signatures", COUNTED_MAX);
	if (m->n_counted < CASE_REGIONS_NEEDED)
		return errtext_set(why, IMS_E_INVALID, "%zu regions, %d are needed", m->n_counted,
				   CASE_REGIONS_NEEDED);
	for (size_t i = 0; !err && i < m->n_counted; i++)
		err = judge_counted(c, m, i, seen, version, roster, why);
	return err;
}

int conclusion_judge(const struct programme_case *c, const struct case_entry *e, struct errtext *why)
{
	const Ims__Registry__Conclusion *m = (const Ims__Registry__Conclusion *)e->m;
	const struct case_entry *version, *cited;
	unsigned state;
	int err;

	if (e->state == CASE_WANTED)
		return errtext_set(why, IMS_E_AGAIN, "its payload has not come yet");
	if (e->state != CASE_LIVE)
		return errtext_set(why, IMS_E_INVALID, "%s",
				   e->state == CASE_WITHDRAWN ? "a conclusion cannot be taken back"
				   : e->state == CASE_ERASED  ? "its payload is erased"
							      : e->reason);
	err = cited_payload(c, m->agreement, "the agreement", "moa", &cited, why);
	if (err)
		return err;
	if (strcmp(m->initiative, c->initiative) != 0 ||
	    strcmp(moa_of(cited)->initiative, c->initiative) != 0)
		return errtext_set(why, IMS_E_INVALID, "its agreement is of another initiative");
	version = version_before(c, cited->record, e);
	if (cited != version)
		return errtext_set(why, IMS_E_INVALID, "it closes a version that was not the newest");
	err = case_state_before(c, e, &state);
	if (err == IMS_E_AGAIN)
		return errtext_set(why, IMS_E_AGAIN, "the state of the initiative has not come yet");
	if (err || initiative_is_closed(state))
		return errtext_set(why, IMS_E_INVALID, "the initiative was %s before it",
				   err ? "not there" : initiative_state_id(state));
	return judge_list(c, e, version, why);
}

static bool lists(const struct programme_case *c, const struct case_entry *conclusion,
		  const struct case_entry *signature)
{
	const Ims__Registry__Conclusion *m = (const Ims__Registry__Conclusion *)conclusion->m;
	const struct case_entry *e;

	for (size_t i = 0; i < m->n_counted; i++)
		if (case_cited(c, m->counted[i]->signature, &e) == 0 && e == signature)
			return true;
	return false;
}

static bool lists_region(const struct case_entry *conclusion, const char *region)
{
	const Ims__Registry__Conclusion *m = (const Ims__Registry__Conclusion *)conclusion->m;

	for (size_t i = 0; i < m->n_counted; i++)
		if (strcmp(m->counted[i]->region, region) == 0)
			return true;
	return false;
}

/* The first conclusion of this agreement that stands. */
static const struct case_entry *find_conclusion(const struct programme_case *c, const char *id)
{
	struct errtext why;

	for (const struct case_entry *e = NULL; (e = case_next(c, "conclusion", e)) != NULL; e++) {
		const Ims__Registry__Conclusion *m = (const Ims__Registry__Conclusion *)e->m;

		if (m && m->agreement && strcmp(m->agreement->record, id) == 0 &&
		    strcmp(e->region, c->home) == 0 && conclusion_judge(c, e, &why) == 0)
			return e;
	}
	return NULL;
}

/* ---- all of it */
static void set(struct signing *s, struct arena *a, enum signing_state state, const char *why)
{
	s->state = state;
	s->why = arena_text(a, bytes_of(why));
}

/* The version that a conclusion closes. */
static const struct case_entry *concluded_version(const struct programme_case *c, const struct case_entry *e)
{
	const struct case_entry *version = NULL;

	return case_cited(c, ((const Ims__Registry__Conclusion *)e->m)->agreement, &version) == 0 ? version
												  : NULL;
}

static void judge_one(const struct programme_case *c, const struct agreement *m,
		      const struct case_roster *roster, struct arena *a, struct signing *s)
{
	struct errtext why;
	int err;

	if (m->conclusion) {
		if (lists(c, m->conclusion, s->entry))
			s->state = SIGNING_COUNTS;
		else
			set(s, a, SIGNING_NOT,
			    lists_region(m->conclusion, s->entry->region)
				    ? "its region is counted already by the conclusion"
				    : "after the conclusion, which does not list it");
		return;
	}
	if (m->nothing_counts) {
		set(s, a, SIGNING_NOT, m->nothing_counts);
		return;
	}
	if (!m->version || m->version->state != CASE_LIVE) {
		set(s, a, m->version && m->version->state == CASE_WANTED ? SIGNING_PENDING : SIGNING_NOT,
		    m->version && m->version->state == CASE_WANTED ? "the version in force has not come yet"
								   : "the agreement has no version in force");
		return;
	}
	err = signature_judge(c, s->entry, m->version, roster, &why);
	if (err)
		set(s, a, err == IMS_E_AGAIN ? SIGNING_PENDING : SIGNING_NOT, why.text);
	else
		s->state = SIGNING_COUNTS;
}

/* Of those that stand, the ones that count: entries are in order of region and place (A3). */
static void count(const struct programme_case *c, struct agreement *m, struct arena *a)
{
	for (size_t i = 0; i < m->n_signings; i++) {
		struct signing *s = &m->signings[i];

		if (s->state != SIGNING_COUNTS)
			continue;
		for (size_t k = 0; k < i && s->state == SIGNING_COUNTS && !m->conclusion; k++) {
			const struct signing *o = &m->signings[k];

			if (o->state != SIGNING_COUNTS)
				continue;
			if (strcmp(o->entry->region, s->entry->region) == 0)
				set(s, a, SIGNING_NOT, "its region is counted already");
			else if (is_same_organisation(c, o->entry, s->entry))
				set(s, a, SIGNING_NOT,
				    arena_printf(a, "same organisation: it is counted for %s",
						 o->entry->region));
		}
		m->n_regions += s->state == SIGNING_COUNTS;
	}
}

/* What counts is the registry in which it is entered; that its country lies elsewhere is said. */
static void remark(const struct programme_case *c, const struct reference *ref, struct arena *a,
		   struct signing *s)
{
	const Ims__Registry__Organisation *o = organisation_of(c, s->entry);
	struct bytes region;

	if (!o || !ref)
		return;
	region = reference_get(ref, "countries", bytes_of(o->country), "region");
	if (region.n && !bytes_eq_text(region, s->entry->region))
		s->remark = arena_printf(a, "%s lies in %s; it is entered, and signs, in the region %s",
					 o->country, arena_text(a, region), s->entry->region);
}

/* One that the case has because of this agreement: the newest of its record, or one that is listed. */
static bool is_of(const struct programme_case *c, const struct agreement *m, const char *id,
		  const struct case_entry *e)
{
	const Ims__Registry__Signature *s = signature_of(e);

	if (s && (!s->agreement || strcmp(s->agreement->record, id) != 0))
		return false;
	return e->is_newest || (m->conclusion && lists(c, m->conclusion, e));
}

static int collect(const struct programme_case *c, const char *id, struct arena *a, struct agreement *m)
{
	m->signings = arena_array(a, c->n + 1, sizeof(*m->signings));
	if (!m->signings)
		return IMS_E_NOMEM;
	for (const struct case_entry *e = NULL; (e = case_next(c, "signature", e)) != NULL; e++) {
		const Ims__Registry__Signature *s = signature_of(e);

		if (!is_of(c, m, id, e))
			continue;
		m->signings[m->n_signings++] = (struct signing){
			.entry = e,
			.is_paper = s && s->paper,
			.organisation = s && s->organisation ? s->organisation->record : "",
		};
	}
	return 0;
}

int agreement_judge(const struct programme_case *c, const char *id, const struct reference *ref,
		    struct arena *a, struct agreement *ret)
{
	struct agreement m = {.version = version_before(c, id, NULL)};
	const struct case_roster *roster = case_roster_of(c, 0);
	unsigned state;
	int err;

	if (!m.version)
		return IMS_E_NOT_FOUND;
	m.conclusion = find_conclusion(c, id);
	if (m.conclusion) {
		m.version = concluded_version(c, m.conclusion);
		roster = case_roster_of(c, m.conclusion->roster_version);
	} else if (case_state_before(c, NULL, &state) == 0 && initiative_is_closed(state)) {
		m.nothing_counts = arena_printf(a, "the initiative is %s", initiative_state_id(state));
	}
	m.roster_version = roster ? roster->version : 0;
	err = collect(c, id, a, &m);
	for (size_t i = 0; !err && i < m.n_signings; i++) {
		judge_one(c, &m, roster, a, &m.signings[i]);
		remark(c, ref, a, &m.signings[i]);
	}
	if (!err)
		count(c, &m, a);
	if (!err && arena_failed(a))
		err = IMS_E_NOMEM;
	if (!err)
		*ret = m;
	return err;
}

const struct signing *agreement_counted(const struct agreement *m, const char *region)
{
	for (size_t i = 0; i < m->n_signings; i++)
		if (m->signings[i].state == SIGNING_COUNTS &&
		    strcmp(m->signings[i].entry->region, region) == 0)
			return &m->signings[i];
	return NULL;
}
