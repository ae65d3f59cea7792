/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an origin asks of a record before it writes it: the acts table, and what can only be seen beside other
 * records. Once, at the origin; never in the fold. What is wrong is told all at once, a line
 * "<JSON pointer>: <what>" each, in words for a newcomer. Pure.
 */
#ifndef PROGRAMME_GATE_H
#define PROGRAMME_GATE_H

#include "base/buf.h"
#include "programme/case.h"

struct gate_ask {
	const char *region;		/* who writes: code */
	unsigned roles;			/* of who acts */
	uint64_t roster_version;	/* the entry's */
	const struct kind *kind;
	const char *record;		/* id of the record that gets a revision; "" for a new one */
	bool withdraw;			/* instead of a payload */
	const struct ProtobufCMessage *m;	/* the payload; NULL: a withdrawal */
	const char *initiative;		/* that it is about, or is; "" none */
	const struct programme_case *c;	/* of that; NULL: it is new, or not there */
	const struct programme_case *into; /* of a merge: of the initiative that it goes on in; NULL: not here */
};

/* 0; IMS_E_PERMISSION, IMS_E_STATE, IMS_E_NOT_FOUND, IMS_E_INVALID with lines in `problems`, or else with words in
 * `why`; IMS_E_NOMEM. */
IMS_MUST_CHECK int gate_check(const struct gate_ask *ask, struct arena *a, struct buf *problems, struct errtext *why);

/* Is this payload of an initiative one that comes from elsewhere, so that its state is not for the acts? */
bool gate_is_imported(const struct kind *k, const struct ProtobufCMessage *m);

/* The next revision of an initiative by an act on it, "submit": its payload, without header, packed into `out`, and
 * the state it leads to. Errors as act_may(). */
IMS_MUST_CHECK int gate_step(const struct programme_case *c, const char *act, const char *region, unsigned roles,
			     struct buf *out, unsigned *ret_state, struct errtext *why);

#endif
