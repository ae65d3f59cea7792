/* SPDX-License-Identifier: Apache-2.0 */
/* Is a version valid? R1 to R5 of roster.h; what counts as a region's own is in roster_change.c. */
#include <inttypes.h>

#include "base/check.h"
#include "replication/roster_int.h"

int roster_check_genesis(const struct roster *r, const struct hash *pinned, struct errtext *e)
{
	if (r->version != 1)
		return errtext_set(e, IMS_E_ROSTER, "R1: version %" PRIu64 " is no beginning", r->version);
	if (!hash_eq(&r->hash, pinned))
		return errtext_set(e, IMS_E_ROSTER, "R1: the text does not have the pinned hash");
	return 0;
}

void roster_signing_key(const struct note_vkey *key, struct note_vkey *ret)
{
	*ret = *key;
	ret->type = NOTE_KEY_ED25519;
	ret->id = note_key_id(bytes_of(ret->name), ret->type, ret->public_key);
}

/* ---- needs: who signs, and did they? */

struct needs {
	const struct roster *now, *next;
	struct note note; /* of next; no lines when it has none */
	roster_need_fn *found;
	void *ctx;
};

static void need(struct needs *s, enum roster_need_kind kind, const struct roster_region *g,
		 const struct note_vkey *key, const char *what)
{
	struct roster_need n = {.kind = kind, .region = g, .what = what};
	struct note_vkey signing;

	roster_signing_key(key, &signing);
	n.key = &signing;
	n.state = note_verify(&s->note, &signing, NULL);
	s->found(s->ctx, &n);
}

/* How a key of `next` stands in `now`. */
struct known {
	const struct note_vkey *key;
	bool same, other_use;
};

static void compare_key(void *ctx, const struct roster_region *g, enum roster_key_use use,
			const struct note_vkey *key)
{
	struct known *k = ctx;

	(void)g, (void)use; /* the name says both */
	if (note_vkey_eq(key, k->key))
		k->same = true;
	else if (memcmp(key->public_key, k->key->public_key, SIGN_PUBLIC_BYTES) == 0)
		k->other_use = true;
}

static void need_key(void *ctx, const struct roster_region *g, enum roster_key_use use,
		     const struct note_vkey *key)
{
	struct needs *s = ctx;
	struct known known = {.key = key};

	if (s->now)
		roster_each_key(s->now, compare_key, &known);
	if (!known.same)
		need(s, ROSTER_NEED_KEY, g, key, roster_key_use_name(use));
}

static bool has_vote(const struct roster_region *g)
{
	return g->class == ROSTER_PARTICIPANT && !g->suspended;
}

void roster_each_need(const struct roster *now, const struct roster *next, roster_need_fn *found, void *ctx)
{
	struct needs s = {.now = now, .next = next, .found = found, .ctx = ctx};

	if (next->note && BUG(note_parse(BYTES(next->note, next->note_bytes), &s.note))) /* parsed before */
		s.note.n_sigs = 0;
	for (size_t i = 0; now && i < now->n_regions; i++)
		if (has_vote(&now->regions[i]))
			need(&s, ROSTER_NEED_VOTE, &now->regions[i], &now->regions[i].delegation,
			     "delegation");
	for (size_t i = 0; now && i < now->n_regions; i++) {
		const struct roster_region *was = &now->regions[i];
		const struct roster_region *is = roster_region(next, bytes_of(was->code));
		const char *what = is ? roster_own_change(was, is) : NULL;

		if (what)
			need(&s, ROSTER_NEED_OWN, was, &was->delegation, what);
	}
	roster_each_key(next, need_key, &s);
}

/* ---- the rules */

static int check_chain(const struct roster *now, const struct roster *next, struct errtext *e)
{
	if (strcmp(now->federation, next->federation) != 0)
		return errtext_set(e, IMS_E_ROSTER, "R2: the federation changes");
	if (next->version != now->version + 1)
		return errtext_set(e, IMS_E_ROSTER, "R2: version %" PRIu64 " does not follow %" PRIu64,
				   next->version, now->version);
	if (!hash_eq(&next->previous, &now->hash))
		return errtext_set(e, IMS_E_ROSTER,
				   "R2: it names another version %" PRIu64 " as the previous one",
				   now->version);
	if (next->rules < now->rules)
		return errtext_set(e, IMS_E_ROSTER, "R5: the rules go back from %" PRIu64 " to %" PRIu64,
				   now->rules, next->rules);
	return 0;
}

static int check_regions(const struct roster *now, const struct roster *next, struct errtext *e)
{
	for (size_t i = 0; i < now->n_regions; i++) {
		const struct roster_region *was = &now->regions[i];
		const struct roster_region *is = roster_region(next, bytes_of(was->code));
		int err = is ? roster_check_history(was, is, e)
			     : errtext_set(e, IMS_E_ROSTER,
					   "R4: region %s is removed; it can only be suspended", was->code);

		if (err)
			return err;
	}
	return 0;
}

struct uses {
	const struct roster *now;
	const char *changed; /* code of a region with a key that changes its use */
};

static void check_use(void *ctx, const struct roster_region *g, enum roster_key_use use,
		      const struct note_vkey *key)
{
	struct uses *u = ctx;
	struct known known = {.key = key};

	(void)use;
	roster_each_key(u->now, compare_key, &known);
	if (known.other_use)
		u->changed = g->code;
}

static int check_uses(const struct roster *now, const struct roster *next, struct errtext *e)
{
	struct uses u = {.now = now};

	roster_each_key(next, check_use, &u);
	return u.changed ? errtext_set(e, IMS_E_ROSTER, "R4: a key of region %s had another use", u.changed)
			 : 0;
}

struct tally {
	unsigned voters, votes;
	int err; /* of the first need that is not met, votes apart */
	struct errtext *e;
};

static void count_need(void *ctx, const struct roster_need *n)
{
	struct tally *t = ctx;

	if (n->kind == ROSTER_NEED_VOTE) {
		t->voters++;
		t->votes += n->state == 0;
	}
	if (t->err || n->state == 0)
		return;
	if (n->state != IMS_E_NO_KEY)
		t->err = errtext_set(t->e, n->state, "the line of %s does not verify", n->key->name);
	else if (n->kind == ROSTER_NEED_KEY)
		t->err = errtext_set(t->e, IMS_E_ROSTER, "R3: the new %s of region %s has not countersigned",
				     n->what, n->region->code);
	else if (n->kind == ROSTER_NEED_OWN)
		t->err = errtext_set(t->e, IMS_E_ROSTER, "R4: region %s has not signed, and its %s change",
				     n->region->code, n->what);
}

/* R2 is told before R3 and R4, a bad signature before all of them. */
static int check_signatures(const struct roster *now, const struct roster *next, struct errtext *e)
{
	struct errtext detail = {""};
	struct tally t = {.e = &detail};

	roster_each_need(now, next, count_need, &t);
	if (t.err && t.err != IMS_E_ROSTER)
		return errtext_set(e, t.err, "%s", detail.text);
	if (t.votes == 0)
		return errtext_set(e, IMS_E_NO_KEY, "R2: no participant of version %" PRIu64 " has signed",
				   now->version);
	if (2 * t.votes <= t.voters)
		return errtext_set(e, IMS_E_ROSTER, "R2: signed by %u of %u participants, %u have to",
				   t.votes, t.voters, t.voters / 2 + 1);
	return t.err ? errtext_set(e, t.err, "%s", detail.text) : 0;
}

int roster_check_successor(const struct roster *now, const struct roster *next, struct errtext *e)
{
	int err = check_chain(now, next, e);

	if (!err)
		err = check_regions(now, next, e);
	if (!err)
		err = check_uses(now, next, e);
	if (!err)
		err = check_signatures(now, next, e);
	return err;
}
