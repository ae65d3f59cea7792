/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A case: one initiative and every entry that speaks about it, in whichever log, decoded. What the
 * programme derives from it (agreement.h, steps.h) is a function of this set and of nothing else: not of
 * the order in which the entries came, nor of a clock but the one given (inv. 7). view/case.h loads one.
 *
 * All memory is the loader's arena; immutable afterwards, any thread.
 */
#ifndef PROGRAMME_CASE_H
#define PROGRAMME_CASE_H

#include "base/arena.h"
#include "programme/acts.h"
#include "registry/registry.h"

#define CASE_REGIONS_NEEDED 3	/* of which an agreement needs signatures (S0: at least three) */

struct Ims__Registry__Citation;

/* What an entry is by itself. */
enum case_state {
	CASE_LIVE,	/* `m` says what */
	CASE_WITHDRAWN,	/* it withdraws its record */
	CASE_WANTED,	/* its payload has not come yet */
	CASE_ERASED,
	CASE_INVALID,	/* its payload breaks a rule that all share: `reason` */
};

struct case_entry {
	const char *record;		/* id */
	const struct kind *kind;
	const char *region;		/* home: of the record, and of the log */
	const char *origin;
	uint64_t incarnation, index;	/* place in the region's logs */
	struct hash leaf;
	uint64_t revision, roster_version;
	int64_t time_ms;		/* as its origin says */
	bool is_newest;			/* of its record */
	enum case_state state;
	const char *reason;		/* of an invalid one, in words */
	const struct ProtobufCMessage *m;
};

/* A roster version, as far as rules ask it. */
struct case_region {
	const char *code;
	bool counts;			/* a Participant in good standing: for the three-region rule */
	bool is_asked;			/* a region, not the IRS, in good standing: of marketing */
};
struct case_roster {
	uint64_t version;
	const struct case_region *regions;	/* in order of code */
	size_t n_regions;
};

struct programme_case {
	const char *initiative;		/* record id */
	const char *home;		/* its region */
	/* By region, incarnation, index. Of initiatives, agreements, conclusions and merges every revision,
	 * of everything else the newest, and whatever is cited. */
	const struct case_entry *entries;
	size_t n;
	const struct case_roster *rosters;	/* by version: those that are here and named, the newest last */
	size_t n_rosters;
	const char *cut;		/* what was too much to be looked at, in words; NULL: nothing */
};

/* ---- looking things up */

/* The record's newest entry, and the initiative's; NULL: not there. */
const struct case_entry *case_newest(const struct programme_case *c, const char *record);
static inline const struct case_entry *case_initiative(const struct programme_case *c)
{
	return case_newest(c, c->initiative);
}
/* The next entry of a kind at or behind `from` (NULL: the first); NULL: no more. */
const struct case_entry *case_next(const struct programme_case *c, const char *kind,
				   const struct case_entry *from);
/* Each newest, live entry of a kind. */
const struct case_entry *case_next_live(const struct programme_case *c, const char *kind,
					const struct case_entry *from);

/* What is behind a citation: 0 and the entry; IMS_E_NOT_FOUND: not here yet; IMS_E_LEAF: another entry
 * stands there, or it made another record. */
IMS_MUST_CHECK int case_cited(const struct programme_case *c, const struct Ims__Registry__Citation *cited,
			      const struct case_entry **ret);
/* Is a before b in its region's logs? Both of one region. */
bool case_is_before(const struct case_entry *a, const struct case_entry *b);

/* State of the initiative as its home's log has it before an entry of the home (NULL: now), merged also by
 * a merge record. IMS_E_AGAIN: a payload that decides it has not come yet; IMS_E_NOT_FOUND: none there. */
IMS_MUST_CHECK int case_state_before(const struct programme_case *c, const struct case_entry *before,
				     unsigned *ret);
/* The record of the home, in force before an entry of it (NULL: now), by which the initiative goes on in another
 * one (its `into`); NULL: none. */
const struct case_entry *case_merge(const struct programme_case *c, const struct case_entry *before);
/* The state that one on hold had; 0: not known. */
unsigned case_state_before_hold(const struct programme_case *c);
/* It is kept elsewhere and imported: the acts do not govern its state. */
bool case_is_imported(const struct programme_case *c);

/* A version of the roster, 0: the newest; NULL: it is not here. */
const struct case_roster *case_roster_of(const struct programme_case *c, uint64_t version);
bool case_region_counts(const struct case_roster *r, const char *code);

/* The text in the language wished for, else English, else the first; "" when there is none. */
struct Ims__Registry__Text;
const char *case_text(struct Ims__Registry__Text *const *text, size_t n);

#endif
