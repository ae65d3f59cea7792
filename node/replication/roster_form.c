/* SPDX-License-Identifier: Apache-2.0 */
/* Rules between the lines of one roster, checked when all of them have been read. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "replication/roster_int.h"

/* A public key or a pin, and where it stands; sorted, equal ones are neighbours. */
struct stand {
	const uint8_t *b; /* 32 bytes */
	const char *code;
};

struct stands {
	struct stand *rows;
	size_t n, size;
};

static void stand_put(struct stands *s, const uint8_t *b, const struct roster_region *g)
{
	if (s->n < s->size)
		s->rows[s->n] = (struct stand){b, g->code};
	s->n++;
}

static int stand_cmp(const void *a, const void *b)
{
	const struct stand *x = a, *y = b;

	return memcmp(x->b, y->b, 32);
}

static void put_key(void *ctx, const struct roster_region *g, enum roster_key_use use,
		    const struct note_vkey *key)
{
	(void)use; /* another use does not make it another key */
	stand_put(ctx, key->public_key, g);
}

static void put_keys(const struct roster *r, struct stands *s)
{
	roster_each_key(r, put_key, s);
}

static void put_pins(const struct roster *r, struct stands *s)
{
	for (size_t i = 0; i < r->n_regions; i++) {
		const struct roster_region *g = &r->regions[i];

		for (size_t k = 0; k < g->n_tls_pins; k++)
			stand_put(s, g->tls_pins[k].b, g);
		for (size_t k = 0; k < g->n_operators; k++)
			stand_put(s, g->operators[k].pin.b, g);
		for (size_t k = 0; k < g->n_auditors; k++)
			stand_put(s, g->auditors[k].pin.b, g);
	}
}

/* Counted first, collected then: the number of keys has no other bound than the text's. */
static int check_unique(const struct roster *r, void (*put)(const struct roster *r, struct stands *s),
			const char *what, struct errtext *e)
{
	struct stands s = {0};
	int err = 0;

	put(r, &s);
	s.size = s.n;
	s.n = 0;
	s.rows = calloc(s.size + 1, sizeof(*s.rows));
	if (!s.rows)
		return errtext_set(e, IMS_E_NOMEM, "out of memory");
	put(r, &s);
	qsort(s.rows, s.n, sizeof(*s.rows), stand_cmp);
	for (size_t i = 1; i < s.n && !err; i++)
		if (stand_cmp(&s.rows[i - 1], &s.rows[i]) == 0)
			err = errtext_set(e, IMS_E_DUPLICATE, "%s stands twice (regions %s and %s)", what,
					  s.rows[i - 1].code, s.rows[i].code);
	free(s.rows);
	return err;
}

static int check_region(const struct roster_region *g, struct errtext *e)
{
	const struct roster_incarnation *last = &g->incarnations[g->n_incarnations - 1];
	bool has_key = !last->open, has_cosigner = false;

	for (size_t i = 0; i < g->n_log_keys; i++)
		has_key |= g->log_keys[i].incarnation == last->number;
	for (size_t i = 0; i < g->n_cosigner_keys; i++)
		has_cosigner |= !g->cosigner_keys[i].retired;
	if (!has_key)
		return errtext_set(e, IMS_E_MISSING, "region %s: open incarnation %" PRIu64 " has no log key",
				   g->code, last->number);
	if (!has_cosigner)
		return errtext_set(e, IMS_E_MISSING, "region %s: no current cosigner key", g->code);
	return 0;
}

static int check_references(const struct roster *r, struct errtext *e)
{
	const struct roster_incarnation *i;

	for (size_t k = 0; k < r->n_replicated; k++)
		if (!roster_region(r, bytes_of(r->replicated_regions[k])))
			return errtext_set(e, IMS_E_INVALID, "`replicated` names %s, which is no region here",
					   r->replicated_regions[k]);
	for (size_t k = 0; k < r->n_regions; k++)
		for (size_t j = 0; j < r->regions[k].n_retired; j++)
			if (!roster_origin(r, bytes_of(r->regions[k].retired[j].origin), &i))
				return errtext_set(e, IMS_E_INVALID,
						   "region %s: `retired` names an unknown log",
						   r->regions[k].code);
	return 0;
}

/* With nobody who may vote the chain would end here. */
static int check_voters(const struct roster *r, struct errtext *e)
{
	for (size_t i = 0; i < r->n_regions; i++)
		if (r->regions[i].class == ROSTER_PARTICIPANT && !r->regions[i].suspended)
			return 0;
	return errtext_set(e, IMS_E_MISSING, "no participant that may vote");
}

int roster_check_form(const struct roster *r, bool whole, struct errtext *e)
{
	int err = 0;

	for (size_t i = 0; i < r->n_regions && !err; i++)
		err = check_region(&r->regions[i], e);
	if (!err)
		err = check_unique(r, put_keys, "a public key", e);
	if (!err)
		err = check_unique(r, put_pins, "a pin", e);
	if (!err && whole)
		err = check_voters(r, e);
	if (!err && whole)
		err = check_references(r, e);
	return err;
}
