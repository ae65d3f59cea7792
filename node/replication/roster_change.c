/* SPDX-License-Identifier: Apache-2.0 */
/* What changes in a region between two versions, and who may change it (R4). */
#include <inttypes.h>

#include "replication/roster_int.h"

static bool incarnation_eq(const struct roster_incarnation *a, const struct roster_incarnation *b)
{
	return a->open == b->open &&
	       (a->open || (a->kept_size == b->kept_size && hash_eq(&a->kept_root, &b->kept_root)));
}

static const struct roster_cosigner_key *cosigner_find(const struct roster_region *g,
						       const struct note_vkey *key)
{
	for (size_t i = 0; i < g->n_cosigner_keys; i++)
		if (note_vkey_eq(&g->cosigner_keys[i].vkey, key))
			return &g->cosigner_keys[i];
	return NULL;
}

int roster_check_history(const struct roster_region *was, const struct roster_region *is, struct errtext *e)
{
	if (is->n_incarnations < was->n_incarnations)
		return errtext_set(e, IMS_E_ROSTER, "R4: region %s loses an incarnation", was->code);
	if (is->n_incarnations > was->n_incarnations + 1)
		return errtext_set(e, IMS_E_ROSTER, "R4: region %s opens two incarnations at once",
				   was->code);
	for (size_t i = 0; i < was->n_incarnations; i++)
		if (!was->incarnations[i].open &&
		    !incarnation_eq(&was->incarnations[i], &is->incarnations[i]))
			return errtext_set(e, IMS_E_ROSTER, "R4: region %s changes closed incarnation %zu",
					   was->code, i + 1);
	for (size_t i = 0; i < was->n_cosigner_keys; i++) {
		const struct roster_cosigner_key *a = &was->cosigner_keys[i],
						 *b = cosigner_find(is, &a->vkey);

		if (a->retired && b && !b->retired)
			return errtext_set(e, IMS_E_ROSTER, "R4: region %s puts a retired cosigner key back",
					   was->code);
	}
	return 0;
}

/* Are all log keys of `a` for incarnations up to `last` in `b`, with the same ranges? */
static bool log_keys_in(const struct roster_region *a, const struct roster_region *b, uint64_t last)
{
	for (size_t i = 0; i < a->n_log_keys; i++) {
		const struct roster_log_key *k = &a->log_keys[i];
		bool found = k->incarnation > last;

		for (size_t j = 0; j < b->n_log_keys && !found; j++) {
			const struct roster_log_key *other = &b->log_keys[j];

			found = note_vkey_eq(&k->vkey, &other->vkey) && k->from_size == other->from_size &&
				k->to_size == other->to_size;
		}
		if (!found)
			return false;
	}
	return true;
}

/* Are all cosigner keys of `a` in `b`? A re-keying may retire them. */
static bool cosigners_in(const struct roster_region *a, const struct roster_region *b, bool may_retire)
{
	for (size_t i = 0; i < a->n_cosigner_keys; i++) {
		const struct roster_cosigner_key *k = &a->cosigner_keys[i],
						 *other = cosigner_find(b, &k->vkey);

		if (!other || (other->retired != k->retired && !may_retire))
			return false;
	}
	return true;
}

static bool retired_in(const struct roster_region *a, const struct roster_region *b)
{
	for (size_t i = 0; i < a->n_retired; i++) {
		bool found = false;

		for (size_t j = 0; j < b->n_retired && !found; j++)
			found = a->retired[i].key_id == b->retired[j].key_id &&
				a->retired[i].size == b->retired[j].size &&
				strcmp(a->retired[i].origin, b->retired[j].origin) == 0;
		if (!found)
			return false;
	}
	return true;
}

static bool pins_in(const struct roster_region *a, const struct roster_region *b)
{
	for (size_t i = 0; i < a->n_tls_pins; i++) {
		bool found = false;

		for (size_t j = 0; j < b->n_tls_pins && !found; j++)
			found = hash_eq(&a->tls_pins[i], &b->tls_pins[j]);
		if (!found)
			return false;
	}
	return true;
}

static bool addresses_in(const struct roster_region *a, const struct roster_region *b)
{
	for (size_t i = 0; i < a->n_addresses; i++) {
		bool found = false;

		for (size_t j = 0; j < b->n_addresses && !found; j++)
			found = strcmp(a->addresses[i], b->addresses[j]) == 0;
		if (!found)
			return false;
	}
	return true;
}

static bool people_eq(const struct roster_person *a, size_t n_a, const struct roster_person *b, size_t n_b)
{
	for (size_t i = 0; i < n_a; i++) {
		bool found = false;

		for (size_t j = 0; j < n_b && !found; j++)
			found = strcmp(a[i].name, b[j].name) == 0 && hash_eq(&a[i].pin, &b[j].pin);
		if (!found)
			return false;
	}
	return n_a == n_b; /* names stand once, so equal counts make it the same set */
}

/* What a version that opens the next incarnation may change without the region. */
static const char *key_change(const struct roster_region *was, const struct roster_region *is)
{
	if (!note_vkey_eq(&was->delegation, &is->delegation))
		return "delegation key";
	if (!cosigners_in(was, is, false) || was->n_cosigner_keys != is->n_cosigner_keys ||
	    !retired_in(was, is) || was->n_retired != is->n_retired)
		return "cosigner keys";
	if (!pins_in(was, is) || was->n_tls_pins != is->n_tls_pins)
		return "TLS pins";
	return NULL;
}

const char *roster_own_change(const struct roster_region *was, const struct roster_region *is)
{
	bool rekeyed = is->n_incarnations > was->n_incarnations;
	const char *keys = rekeyed ? NULL : key_change(was, is);

	if (keys)
		return keys;
	if (!log_keys_in(was, is, was->n_incarnations) || !log_keys_in(is, was, was->n_incarnations))
		return "log keys";
	if (!cosigners_in(was, is, true) || !retired_in(was, is))
		return "cosigner keys";
	if (!addresses_in(was, is) || was->n_addresses != is->n_addresses)
		return "addresses";
	if (!people_eq(was->operators, was->n_operators, is->operators, is->n_operators))
		return "operators";
	if (!people_eq(was->auditors, was->n_auditors, is->auditors, is->n_auditors))
		return "auditors";
	return NULL;
}
