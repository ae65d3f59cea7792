/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may do what with an initiative, and when: the rows of acts.def as functions. Pure, any thread;
 * everything returned is static or the caller's. Asked at the origin of a record, never by the fold
 * (inv. 7): what another region's node let pass is judged by what the records say (agreement.h).
 */
#ifndef PROGRAMME_ACTS_H
#define PROGRAMME_ACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "ims/err.h"

/* Bits, since an act has several. */
enum initiative_state {
	INITIATIVE_NEW = 1 << 15,	/* it does not exist yet */
#define STATE(NAME, bit, id, words) INITIATIVE_##NAME = 1 << (bit),
#include "programme/acts.def"
};

enum actor_role {
#define ROLE(NAME, bit, id, words) ACTOR_##NAME = 1 << (bit),
#include "programme/acts.def"
};

enum act_whose { ACT_NONE = 0, ACT_HOME = 1, ACT_OTHER = 2, ACT_ANY = ACT_HOME | ACT_OTHER };

#define ACT_SAME 0	/* in `to` */
#define ACT_BACK (1 << 14)

/* A row. */
struct act {
	const char *name, *kind, *help;
	unsigned roles, from;
	enum act_whose whose;
	unsigned to;		/* a state, ACT_SAME or ACT_BACK */
};
const struct act *act_all(size_t *ret_count);

/* 0 when it is none. */
unsigned initiative_state_of(struct bytes id);
const char *initiative_state_id(unsigned state);	/* "seeking-partners"; "new" */
const char *initiative_state_words(unsigned state);	/* "looking for partners" */
/* The initiative is over: nothing is counted for it any more. */
static inline bool initiative_is_closed(unsigned state)
{
	return state & (INITIATIVE_WITHDRAWN | INITIATIVE_DECLINED | INITIATIVE_MERGED);
}

/* "name:role+role name:role …", separated by blanks or commas: what the operator `name` is; who is not
 * listed is `otherwise`. */
unsigned actor_roles_of(const char *table, struct bytes name, unsigned otherwise);
/* Is it such a list? IMS_E_SYNTAX with the part that is wrong. */
IMS_MUST_CHECK int actor_roles_check(const char *table, struct errtext *why);
/* One role's bit; 0: there is none of this name. */
unsigned actor_role_of(struct bytes id);

/* ---- may it be done? */
struct act_ask {
	const char *id;		/* of the initiative, to name it; NULL: of none */
	const char *kind;	/* of the record that is to be written */
	const char *name;	/* of the act; NULL: whichever row allows it */
	unsigned roles;		/* of who acts */
	enum act_whose whose;	/* ACT_HOME or ACT_OTHER; ACT_NONE: it is about no initiative */
	unsigned now;		/* state of the initiative, INITIATIVE_NEW */
	unsigned before_hold;	/* of one on hold: the state that it had; 0: not known */
	unsigned wanted;	/* state that the new revision has; 0: whatever the act leads to */
};
/* The row that allows it, and the state it leads to (0 of other kinds). Errors, each with words for a newcomer
 * that name what can be done instead: IMS_E_PERMISSION (not this role, not this region), IMS_E_STATE (not in
 * this state), IMS_E_NOT_FOUND (no act of this name). */
IMS_MUST_CHECK int act_may(const struct act_ask *ask, const struct act **ret_act, unsigned *ret_to,
			   struct errtext *why);
/* Who may write records of a kind at all, and so take them back; 0: no row has it. */
unsigned act_roles_of_kind(const char *kind);
/* The acts on an initiative itself that its state allows to some role: "coach, hold or decline". */
void act_next(unsigned now, char *out, size_t n);
/* Who may, in words: "a coach or the secretariat". */
void act_roles_words(unsigned roles, char *out, size_t n);

#endif
