/* SPDX-License-Identifier: Apache-2.0 */
/* Needs, interests, notices and the summary, for people. */
#include <inttypes.h>

#include "pb/ctl.pb-c.h"

#include "cli/human.h"
#include "cli/show.h"

/* ---- pieces */
#define LABEL_COLUMNS 60

static enum mark state_mark(const char *state)
{
	static const struct {
		const char *state;
		enum mark mark;
	} marks[] = {
		{"open", MARK_GOOD},	      {"accepted", MARK_GOOD},
		{"acknowledged", MARK_GOOD},  {"ok", MARK_GOOD},
		{"past-deadline", MARK_WARN}, {"expired", MARK_WARN},
		{"waiting", MARK_WARN},	      {"more-information", MARK_WARN},
		{"behind", MARK_WARN},	      {"stale", MARK_BAD},
		{"frozen", MARK_BAD},	      {"late", MARK_BAD},
		{"void", MARK_DIM},	      {"superseded", MARK_DIM},
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strcmp(state, marks[i].state) == 0)
			return marks[i].mark;
	return MARK_NONE;
}

/* English, else the first. */
static const char *best_text(Ims__Ctl__TextIn *const *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(text[i]->lang, "en") == 0)
			return text[i]->text;
	return n ? text[0]->text : "";
}

static void pair_texts(struct table *t, const char *name, Ims__Ctl__TextIn *const *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		show_pair(t, i ? "" : name, "%s: %s", text[i]->lang, text[i]->text);
}

static void pair_words(struct table *t, const char *name, char *const *word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		show_pair(t, i ? "" : name, "%s", word[i]);
}

static void pair_if(struct table *t, const char *name, const char *text)
{
	if (*text)
		show_pair(t, name, "%s", text);
}

/* "mx us", "any". */
static void cell_words(struct table *t, char *const *one, size_t n_one, char *const *other, size_t n_other)
{
	char text[100] = "";
	size_t used = 0;

	for (size_t i = 0; i < n_one + n_other && used < sizeof(text) - 20; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.16s", i ? " " : "",
					 i < n_one ? one[i] : other[i - n_one]);
	table_put(t, MARK_NONE, "%s", *text ? text : "any");
}

/* ---- needs */
static const char *const need_headings[] = {"ID",	 "STATE",    "TITLE",	    "OF",
					    "WANTED IN", "DEADLINE", "SHOWN UNTIL", NULL};

static void need_row(struct table *t, const ProtobufCMessage *base)
{
	const Ims__Ctl__NeedInfo *m = (const Ims__Ctl__NeedInfo *)base;

	table_text(t, m->id);
	table_put(t, state_mark(m->state), "%s", m->state);
	table_cut(t, MARK_NONE, best_text(m->title, m->n_title), LABEL_COLUMNS);
	if (!m->anonymous)
		table_text(t, m->initiative);
	else
		table_put(t, MARK_DIM, "anonymous, %s%s%s", m->owner_country, *m->initiative ? ": " : "",
			  m->initiative);
	cell_words(t, m->regions, m->n_regions, m->countries, m->n_countries);
	table_text(t, m->deadline);
	table_text(t, m->expiry);
}

static void need_whole(struct out *o, const ProtobufCMessage *base)
{
	const Ims__Ctl__NeedInfo *m = (const Ims__Ctl__NeedInfo *)base;
	struct table t;

	show_pairs_begin(&t, o);
	show_pair(&t, "need", "%s, revision %" PRIu64, m->id, m->revision);
	table_put(&t, MARK_DIM, "state");
	table_put(&t, state_mark(m->state), "%s", m->state);
	show_pair(&t, "of", "%s%s%s", m->anonymous ? "an anonymous owner" : m->initiative,
		  m->anonymous && *m->initiative ? ", here known: " : "", m->anonymous ? m->initiative : "");
	pair_if(&t, "owner's country", m->owner_country);
	pair_if(&t, "owner's type", m->owner_type);
	pair_texts(&t, "title", m->title, m->n_title);
	pair_texts(&t, "description", m->description, m->n_description);
	pair_words(&t, "domain", m->domains, m->n_domains);
	pair_words(&t, "platform", m->platforms, m->n_platforms);
	pair_words(&t, "keyword", m->keywords, m->n_keywords);
	pair_words(&t, "wanted: type", m->organisation_types, m->n_organisation_types);
	pair_words(&t, "wanted: region", m->regions, m->n_regions);
	pair_words(&t, "wanted: country", m->countries, m->n_countries);
	pair_if(&t, "role", m->role);
	pair_if(&t, "deadline", m->deadline);
	show_pair(&t, "shown until", "%s", m->expiry);
	table_fini(&t);
}

/* ---- interests */
static const char *const interest_headings[] = {"ID", "NEED", "FROM", "STATE", "DUE", "LATE", "REMARK", NULL};

static void cell_late(struct table *t, uint32_t days)
{
	if (days)
		table_put(t, MARK_BAD, "%" PRIu32 " day%s", days, days == 1 ? "" : "s");
	else
		table_text(t, "");
}

/* Whose turn it is: the region of the need answers, both meet. */
static const char *whose_turn(const Ims__Ctl__InterestInfo *m)
{
	if (strcmp(m->due_for, "answer") != 0)
		return "";
	return strcmp(m->side, "theirs") == 0 ? " (of them)" : " (of us)";
}

static void interest_row(struct table *t, const ProtobufCMessage *base)
{
	const Ims__Ctl__InterestInfo *m = (const Ims__Ctl__InterestInfo *)base;

	table_text(t, m->id);
	table_put(t, MARK_NONE, "%s %.40s", m->need, m->need_title);
	table_put(t, MARK_NONE, "%s: %.40s", m->region, *m->organisation ? m->organisation : m->name);
	table_put(t, state_mark(m->state), "%s", m->state);
	table_put(t, MARK_NONE, "%s%s%s%s", m->due_for, whose_turn(m), *m->due ? " by " : "", m->due);
	cell_late(t, m->late_days);
	table_text(t, m->remark);
}

static void pair_due(struct table *t, const Ims__Ctl__InterestInfo *m)
{
	table_put(t, MARK_DIM, "state");
	table_put(t, state_mark(m->state), "%s%s%s", m->state, *m->remark ? ": " : "", m->remark);
	if (!*m->due)
		return;
	table_put(t, MARK_DIM, "due");
	table_put(t, m->late_days ? MARK_BAD : MARK_NONE, "%s%s by %s%s", m->due_for, whose_turn(m), m->due,
		  m->late_days ? ", late" : "");
}

static void interest_whole(struct out *o, const ProtobufCMessage *base)
{
	const Ims__Ctl__InterestInfo *m = (const Ims__Ctl__InterestInfo *)base;
	char time[HUMAN_BYTES];
	struct table t;

	show_pairs_begin(&t, o);
	show_pair(&t, "interest", "%s, %s", m->id, human_time(m->time_ms, time));
	show_pair(&t, "in", "%s%s%s%s", m->need, *m->need_title ? ": " : "", m->need_title,
		  *m->need_state ? "" : " (it has not come yet)");
	show_pair(&t, "from", "%s: %s%s%s", m->region, m->organisation,
		  *m->organisation && *m->name ? ", " : "", m->name);
	pair_if(&t, "country", m->country);
	pair_if(&t, "type", m->organisation_type);
	pair_if(&t, "contact", m->contact);
	pair_due(&t, m);
	pair_texts(&t, "cooperation sought", m->cooperation, m->n_cooperation);
	pair_texts(&t, "what is unclear", m->questions, m->n_questions);
	pair_texts(&t, "about them", m->about, m->n_about);
	pair_if(&t, "answer", m->answer);
	pair_texts(&t, "reason", m->reason, m->n_reason);
	pair_if(&t, "initiative", m->initiative);
	pair_if(&t, "turn to", m->answer_contact);
	pair_if(&t, "meet by", m->meet_by);
	table_fini(&t);
}

static void interests_whole(struct out *o, const ProtobufCMessage *base)
{
	const Ims__Ctl__InterestListReply *m = (const Ims__Ctl__InterestListReply *)base;

	show_table(o, "", show_partners, &ims__ctl__interest_info__descriptor,
		   (ProtobufCMessage *const *)m->interests, m->n_interests);
}

/* ---- notices */
static const char *const notice_headings[] = {"ID",	      "INITIATIVE", "TITLE", "PUBLISHED", "DUE",
					      "ACKNOWLEDGED", ">REACH",	    "LATE",  NULL};

static void notice_row(struct table *t, const ProtobufCMessage *base)
{
	const Ims__Ctl__NoticeInfo *m = (const Ims__Ctl__NoticeInfo *)base;
	char late[100] = "";
	size_t used = 0;

	for (size_t i = 0; i < m->n_late && used < sizeof(late) - 20; i++)
		used += (size_t)snprintf(late + used, sizeof(late) - used, "%s%.16s", i ? " " : "",
					 m->late[i]);
	table_text(t, m->id);
	table_text(t, m->initiative);
	table_put(t, MARK_NONE, "%.50s", m->title);
	table_text(t, m->published);
	table_text(t, m->due);
	table_put(t, m->acknowledged == m->n_regions ? MARK_GOOD : MARK_NONE, "%" PRIu32 " of %zu",
		  m->acknowledged, m->n_regions);
	table_number(t, m->reach);
	table_put(t, *late ? MARK_BAD : MARK_DIM, "%s", *late ? late : m->reason);
}

static const char *const region_headings[] = {"REGION",	  "STATE",	     "LATE", "MADE KNOWN", ">REACH",
					      "CHANNELS", "ACKNOWLEDGEMENT", NULL};

static void region_row(struct table *t, const ProtobufCMessage *base)
{
	const Ims__Ctl__NoticeRegion *m = (const Ims__Ctl__NoticeRegion *)base;

	table_text(t, m->region);
	table_put(t, state_mark(m->state), "%s", m->state);
	cell_late(t, m->late_days);
	table_text(t, m->published);
	table_number(t, m->reach);
	if (m->n_channels)
		cell_words(t, m->channels, m->n_channels, NULL, 0);
	else
		table_text(t, "");
	table_text(t, m->acknowledgement);
}

static void notice_whole(struct out *o, const ProtobufCMessage *base)
{
	const Ims__Ctl__NoticeInfo *m = (const Ims__Ctl__NoticeInfo *)base;
	struct table t;

	show_pairs_begin(&t, o);
	show_pair(&t, "notice", "%s", m->id);
	show_pair(&t, "initiative", "%s%s%s", m->initiative, *m->title ? ": " : "", m->title);
	show_pair(&t, "published", "%s, due on %s", m->published, m->due);
	pair_texts(&t, "text", m->text, m->n_text);
	show_pair(&t, "acknowledged", "%" PRIu32 " of %zu regions", m->acknowledged, m->n_regions);
	pair_if(&t, "of no effect", m->reason);
	table_fini(&t);
	fputc('\n', o->file);
	show_table(o, "", show_partners, &ims__ctl__notice_region__descriptor,
		   (ProtobufCMessage *const *)m->regions, m->n_regions);
}

/* ---- the summary */
static const char *const summary_headings[] = {"REGION", "CLASS",     "STATE",	">SIZE", "NEWEST ENTRY",
					       ">AGE",	 "IN TOTALS", "REASON", NULL};

static void summary_region_row(struct table *t, const ProtobufCMessage *base)
{
	const Ims__Ctl__SummaryRegion *m = (const Ims__Ctl__SummaryRegion *)base;
	char text[HUMAN_BYTES];

	table_text(t, m->region);
	table_text(t, m->class_);
	table_put(t, state_mark(m->state), "%s", m->state);
	table_number(t, m->size);
	table_put(t, MARK_NONE, "%s", human_time(m->entry_ms, text));
	table_put(t, MARK_NONE, "%s", m->age_ms < 0 ? "never" : human_span(m->age_ms, text));
	table_put(t, m->counted ? MARK_NONE : MARK_BAD, "%s", m->counted ? "yes" : "no");
	table_text(t, m->reason);
}

static bool has_numbers(const Ims__Ctl__SummaryRow *r)
{
	for (size_t i = 0; i < r->n_regions; i++)
		if (r->regions[i]->value)
			return true;
	return false;
}

/* A line of numbers: only those that say something. */
static void show_group(struct out *o, const Ims__Ctl__SummaryReply *s, const Ims__Ctl__SummaryGroup *g)
{
	size_t n = s->n_regions < TABLE_COLUMNS_MAX - 3 ? s->n_regions : TABLE_COLUMNS_MAX - 3;
	const char *headings[TABLE_COLUMNS_MAX + 1] = {g->name, ">TOTAL"};
	char text[TABLE_COLUMNS_MAX][32];
	struct table t;

	for (size_t i = 0; i < n; i++) {
		snprintf(text[i], sizeof(text[i]), ">%.12s%s", s->regions[i]->region,
			 s->regions[i]->counted ? "" : "*");
		headings[i + 2] = text[i];
	}
	headings[n + 2] = "";
	headings[n + 3] = NULL;
	fputc('\n', o->file);
	table_init(&t, o->file, o->colour, headings, 0);
	for (size_t i = 0; i < g->n_rows; i++) {
		const Ims__Ctl__SummaryRow *r = g->rows[i];

		if (!has_numbers(r))
			continue;
		table_text(&t, r->id);
		table_number(&t, r->total);
		for (size_t k = 0; k < n; k++)
			table_number(&t, k < r->n_regions ? r->regions[k]->value : 0);
		table_cut(&t, MARK_DIM, r->name, LABEL_COLUMNS);
	}
	table_fini(&t);
}

static void summary_whole(struct out *o, const ProtobufCMessage *base)
{
	const Ims__Ctl__SummaryReply *m = (const Ims__Ctl__SummaryReply *)base;
	char text[HUMAN_BYTES];

	fprintf(o->file, "at %s, by roster version %" PRIu64 "\n\n", m->time, m->roster);
	show_table(o, "", show_partners, &ims__ctl__summary_region__descriptor,
		   (ProtobufCMessage *const *)m->regions, m->n_regions);
	if (m->n_left_out) {
		fprintf(o->file,
			"\n* in no total, since nothing has been known of it for %s or its log is in "
			"dispute:",
			human_span((int64_t)m->stale_ms, text));
		for (size_t i = 0; i < m->n_left_out; i++)
			fprintf(o->file, " %s", m->left_out[i]);
		fputc('\n', o->file);
	}
	for (size_t i = 0; i < m->n_groups; i++)
		show_group(o, m, m->groups[i]);
}

const struct show show_partners[] = {
	{&ims__ctl__need_info__descriptor, need_whole, need_headings, need_row},
	{&ims__ctl__interest_list_reply__descriptor, interests_whole, NULL, NULL},
	{&ims__ctl__interest_info__descriptor, interest_whole, interest_headings, interest_row},
	{&ims__ctl__notice_info__descriptor, notice_whole, notice_headings, notice_row},
	{&ims__ctl__notice_region__descriptor, NULL, region_headings, region_row},
	{&ims__ctl__summary_region__descriptor, NULL, summary_headings, summary_region_row},
	{&ims__ctl__summary_reply__descriptor, summary_whole, NULL, NULL},
	{NULL, NULL, NULL, NULL},
};
