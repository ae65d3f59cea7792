/* SPDX-License-Identifier: Apache-2.0 */
#include "programme/acts.h"

#include <stdio.h>

#include "base/text.h"

#define NEW INITIATIVE_NEW
#define NONE ACT_NONE
#define HOME ACT_HOME
#define OTHER ACT_OTHER
#define ANY ACT_ANY
#define SAME ACT_SAME
#define BACK ACT_BACK
enum {
#define STATE(NAME, bit, id, words) NAME = INITIATIVE_##NAME,
#include "programme/acts.def"
#define ROLE(NAME, bit, id, words) NAME = ACTOR_##NAME,
#include "programme/acts.def"
};

static const struct act acts[] = {
#define ACT(NAME, name_, kind_, roles_, whose_, from_, to_, help_)                                           \
	{                                                                                                    \
		.name = name_,                                                                               \
		.kind = kind_,                                                                               \
		.help = help_,                                                                               \
		.roles = (roles_),                                                                           \
		.from = (from_),                                                                             \
		.whose = (whose_),                                                                           \
		.to = (to_),                                                                                 \
	},
#include "programme/acts.def"
};
#define ACTS_COUNT (sizeof(acts) / sizeof(acts[0]))

struct word {
	unsigned bit;
	const char *id, *words;
};
static const struct word states[] = {
#define STATE(NAME, bit, id, words) {INITIATIVE_##NAME, id, words},
#include "programme/acts.def"
	{INITIATIVE_NEW, "new", "not there yet"},
};
static const struct word roles[] = {
#define ROLE(NAME, bit, id, words) {ACTOR_##NAME, id, words},
#include "programme/acts.def"
};
#define STATES_COUNT (sizeof(states) / sizeof(states[0]))
#define ROLES_COUNT (sizeof(roles) / sizeof(roles[0]))

const struct act *act_all(size_t *ret_count)
{
	*ret_count = ACTS_COUNT;
	return acts;
}

static unsigned find_bit(const struct word *w, size_t n, struct bytes id)
{
	for (size_t i = 0; i < n; i++)
		if (bytes_eq_text(id, w[i].id))
			return w[i].bit;
	return 0;
}

static const struct word *find_word(const struct word *w, size_t n, unsigned bit)
{
	static const struct word none = {0, "", ""};

	for (size_t i = 0; i < n; i++)
		if (w[i].bit == bit)
			return &w[i];
	return &none;
}

unsigned initiative_state_of(struct bytes id)
{
	return find_bit(states, STATES_COUNT - 1, id);
}

const char *initiative_state_id(unsigned state)
{
	return find_word(states, STATES_COUNT, state)->id;
}

const char *initiative_state_words(unsigned state)
{
	return find_word(states, STATES_COUNT, state)->words;
}

unsigned actor_role_of(struct bytes id)
{
	return find_bit(roles, ROLES_COUNT, id);
}

/* ---- words */

/* Items joined as people do: "a, b or c". */
struct joined {
	char *out;
	size_t n, used;
	const char *held; /* the newest item, not yet written: it may be the last */
	bool any;
};

static void joined_write(struct joined *j, const char *between)
{
	int r;

	if (!j->held || j->used >= j->n)
		return;
	r = snprintf(j->out + j->used, j->n - j->used, "%s%s", j->any ? between : "", j->held);
	j->used += r > 0 ? (size_t)r : 0;
	j->any = true;
}

static void joined_add(struct joined *j, const char *item)
{
	joined_write(j, ", ");
	j->held = item;
}

static void joined_end(struct joined *j)
{
	joined_write(j, " or ");
}

static struct joined joined_begin(char *out, size_t n)
{
	out[0] = '\0';
	return (struct joined){.out = out, .n = n};
}

void act_roles_words(unsigned bits, char *out, size_t n)
{
	struct joined j = joined_begin(out, n);

	for (size_t i = 0; i < ROLES_COUNT; i++)
		if (bits & roles[i].bit)
			joined_add(&j, roles[i].words);
	joined_end(&j);
}

static void states_words(unsigned bits, char *out, size_t n)
{
	struct joined j = joined_begin(out, n);

	for (size_t i = 0; i < STATES_COUNT; i++)
		if (bits & states[i].bit)
			joined_add(&j, states[i].id);
	joined_end(&j);
}

void act_next(unsigned now, char *out, size_t n)
{
	struct joined j = joined_begin(out, n);

	for (size_t i = 0; i < ACTS_COUNT; i++)
		if (strcmp(acts[i].kind, "initiative") == 0 && acts[i].to != ACT_SAME && (acts[i].from & now))
			joined_add(&j, acts[i].name);
	joined_end(&j);
}

unsigned act_roles_of_kind(const char *kind)
{
	unsigned found = 0;

	for (size_t i = 0; i < ACTS_COUNT; i++)
		if (strcmp(acts[i].kind, kind) == 0)
			found |= acts[i].roles;
	return found;
}

/* ---- who is what */
static bool next_entry(struct bytes *rest, struct bytes *ret)
{
	size_t n = 0;

	while (rest->n && (rest->p[0] == ' ' || rest->p[0] == ',' || rest->p[0] == '\t'))
		*rest = BYTES(rest->p + 1, rest->n - 1);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != ',' && rest->p[n] != '\t')
		n++;
	*ret = BYTES(rest->p, n);
	*rest = BYTES(rest->p + n, rest->n - n);
	return n > 0;
}

/* "name:role+role"; 0 when it is none. */
static unsigned parse_entry(struct bytes entry, struct bytes *ret_name)
{
	struct bytes rest = entry, role;
	unsigned bits = 0, bit;

	if (!text_split(&rest, ':', ret_name) || !rest.p || !ret_name->n)
		return 0;
	while (text_split(&rest, '+', &role)) {
		bit = actor_role_of(role);
		if (!bit)
			return 0;
		bits |= bit;
	}
	return bits;
}

unsigned actor_roles_of(const char *table, struct bytes name, unsigned otherwise)
{
	struct bytes rest = bytes_of(table), entry, who;
	unsigned bits, found = 0;

	while (next_entry(&rest, &entry)) {
		bits = parse_entry(entry, &who);
		if (bytes_eq(who, name))
			found |= bits;
	}
	return found ? found : otherwise;
}

int actor_roles_check(const char *table, struct errtext *why)
{
	struct bytes rest = bytes_of(table), entry, who;

	while (next_entry(&rest, &entry))
		if (!parse_entry(entry, &who))
			return errtext_set(why, IMS_E_SYNTAX,
					   "'%.*s' is not NAME:ROLE+ROLE with roles originator, coach, "
					   "secretariat, irs",
					   (int)(entry.n < 80 ? entry.n : 80), (const char *)entry.p);
	return 0;
}

/* ---- may it be done? */
static bool is_about(const struct act *a, const struct act_ask *ask)
{
	return strcmp(a->kind, ask->kind) == 0 && (!ask->name || strcmp(a->name, ask->name) == 0);
}

static bool is_whose(const struct act *a, const struct act_ask *ask)
{
	return a->whose == ACT_NONE ? ask->whose == ACT_NONE : (a->whose & ask->whose) != 0;
}

static unsigned state_before(const struct act_ask *ask)
{
	return ask->whose == ACT_NONE ? INITIATIVE_NEW : ask->now;
}

static bool is_of_initiative(const struct act *a)
{
	return strcmp(a->kind, "initiative") == 0;
}

/* The state that the new revision of an initiative has after this act. */
static unsigned leads_to(const struct act *a, const struct act_ask *ask)
{
	if (!is_of_initiative(a))
		return 0;
	if (a->to == ACT_SAME)
		return ask->now;
	return a->to == ACT_BACK ? ask->before_hold : a->to;
}

static bool is_wanted(const struct act *a, const struct act_ask *ask)
{
	return !ask->wanted || !is_of_initiative(a) || leads_to(a, ask) == ask->wanted;
}

/* No row allows it: what stands against those that come nearest. */
struct refusal {
	unsigned roles;	  /* of rows that only another role could use */
	unsigned from;	  /* states in which the rows for this region's initiatives allow it */
	unsigned anybody; /* roles of all its rows */
	bool exists;	  /* there is such an act at all */
	bool whose;	  /* and for such an initiative */
	const char *name;
};

static struct refusal look(const struct act_ask *ask)
{
	struct refusal r = {.name = ask->name};

	for (size_t i = 0; i < ACTS_COUNT; i++) {
		const struct act *a = &acts[i];

		if (!is_about(a, ask) || !is_wanted(a, ask))
			continue;
		r.exists = true;
		r.anybody |= a->roles;
		if (!r.name)
			r.name = a->name;
		if (!is_whose(a, ask))
			continue;
		r.whose = true;
		if (a->from & state_before(ask))
			r.roles |= a->roles;
		r.from |= a->from;
	}
	return r;
}

static int refuse(const struct act_ask *ask, struct errtext *why)
{
	const struct refusal r = look(ask);
	const char *id = ask->id ? ask->id : "the initiative";
	char who[160], next[160];

	if (ask->wanted && !r.roles && ask->now == INITIATIVE_NEW)
		return errtext_set(
			why, IMS_E_STATE,
			"/state: a new initiative is 'draft' or 'submitted', not '%s'; an imported one "
			"names its source",
			initiative_state_id(ask->wanted));
	if (ask->wanted && !r.roles) {
		act_next(ask->now, next, sizeof(next));
		return errtext_set(why, IMS_E_STATE,
				   "/state: no step leads from '%s' to '%s'; what can be done: %s",
				   initiative_state_id(ask->now), initiative_state_id(ask->wanted),
				   *next ? next : "nothing, it is over");
	}
	if (!r.exists)
		return errtext_set(why, IMS_E_NOT_FOUND, "no act '%.40s' on a record of kind %s",
				   ask->name ? ask->name : "", ask->kind);
	if (!r.whose && (r.anybody & ask->roles))
		return errtext_set(why, IMS_E_PERMISSION, "'%s' is not for an initiative of %s", r.name,
				   ask->whose == ACT_HOME ? "one's own region: another one does it"
							  : "another region: its home does it");
	if (r.roles || !r.whose) {
		act_roles_words(r.roles ? r.roles : r.anybody, who, sizeof(who));
		return errtext_set(why, IMS_E_PERMISSION, "'%s' is for %s; whoever acts here is not", r.name,
				   who);
	}
	states_words(r.from, who, sizeof(who));
	act_next(ask->now, next, sizeof(next));
	return errtext_set(why, IMS_E_STATE,
			   "%s is '%s': '%s' needs it to be %s; what can be done with it now: %s", id,
			   initiative_state_id(ask->now), r.name, who, *next ? next : "nothing, it is over");
}

int act_may(const struct act_ask *ask, const struct act **ret_act, unsigned *ret_to, struct errtext *why)
{
	for (size_t i = 0; i < ACTS_COUNT; i++) {
		const struct act *a = &acts[i];

		if (!is_about(a, ask) || !is_whose(a, ask) || !is_wanted(a, ask) ||
		    !(a->roles & ask->roles) || !(a->from & state_before(ask)))
			continue;
		*ret_act = a;
		*ret_to = leads_to(a, ask);
		return 0;
	}
	return refuse(ask, why);
}
