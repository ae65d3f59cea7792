/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints and cosignatures of logs, with the keys of one roster version. */
#include "replication/roster_int.h"

static int verify_by_log_keys(const struct roster_region *g, uint64_t incarnation, const struct note *n,
			      uint64_t size)
{
	bool valid = false, out_of_range = false;

	for (size_t i = 0; i < g->n_log_keys; i++) {
		const struct roster_log_key *k = &g->log_keys[i];
		int err = k->incarnation == incarnation ? note_verify(n, &k->vkey, NULL) : IMS_E_NO_KEY;

		if (err == IMS_E_NO_KEY)
			continue;
		if (err)
			return err;
		if (size >= k->from_size && size <= k->to_size)
			valid = true;
		else
			out_of_range = true;
	}
	return valid ? 0 : out_of_range ? IMS_E_RANGE : IMS_E_NO_KEY;
}

int roster_verify_checkpoint(const struct roster *r, struct bytes note, struct note *ret_note,
			     struct checkpoint *ret)
{
	const struct roster_incarnation *incarnation;
	const struct roster_region *g;
	struct checkpoint c;
	struct note n;
	int err;

	if (note_parse(note, &n) || checkpoint_parse(n.text, &c))
		return IMS_E_SYNTAX;
	g = roster_origin(r, c.origin, &incarnation);
	if (!g)
		return IMS_E_ORIGIN;
	err = verify_by_log_keys(g, incarnation->number, &n, c.size);
	if (err)
		return err;
	*ret_note = n;
	*ret = c;
	return 0;
}

bool roster_checkpoint_is_retired(const struct roster *r, struct bytes note)
{
	const struct roster_incarnation *incarnation;
	const struct roster_region *g;
	struct checkpoint c;
	struct note n;

	if (roster_verify_checkpoint(r, note, &n, &c))
		return false;
	g = roster_origin(r, c.origin, &incarnation);
	for (size_t i = 0; i < g->n_log_keys; i++) {
		const struct roster_log_key *k = &g->log_keys[i];

		if (k->incarnation == incarnation->number && k->to_size == UINT64_MAX &&
		    c.size >= k->from_size && note_verify(&n, &k->vkey, NULL) == 0)
			return false;
	}
	return true;
}

/* A retired key counts up to the size that the roster names for the log, without one not at all. */
static bool counts(const struct roster_region *g, const struct roster_cosigner_key *k,
		   const struct checkpoint *c)
{
	if (!k->retired)
		return true;
	for (size_t i = 0; i < g->n_retired; i++)
		if (g->retired[i].key_id == k->vkey.id && bytes_eq_text(c->origin, g->retired[i].origin))
			return c->size <= g->retired[i].size;
	return false;
}

static struct bytes line_of(const struct note *n, const struct note_vkey *key)
{
	for (size_t i = 0; i < n->n_sigs; i++)
		if (n->sigs[i].id == key->id && bytes_eq_text(n->sigs[i].name, key->name))
			return n->sigs[i].line;
	return BYTES_NONE;
}

size_t roster_verify_cosignatures(const struct roster *r, const struct note *n, const struct checkpoint *c,
				  roster_cosigned_fn *found, void *ctx)
{
	size_t n_found = 0;

	for (size_t i = 0; i < r->n_regions; i++) {
		const struct roster_region *g = &r->regions[i];

		for (size_t k = 0; k < g->n_cosigner_keys; k++) {
			const struct roster_cosigner_key *key = &g->cosigner_keys[k];
			uint64_t time_s = 0;

			if (!counts(g, key, c) || note_verify(n, &key->vkey, &time_s))
				continue;
			found(ctx, g, time_s, line_of(n, &key->vkey));
			n_found++;
		}
	}
	return n_found;
}
