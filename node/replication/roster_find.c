/* SPDX-License-Identifier: Apache-2.0 */
/* Looking things up in one version. */
#include "base/text.h"
#include "replication/roster_int.h"

const struct roster_region *roster_region(const struct roster *r, struct bytes code)
{
	size_t from = 0, to = r->n_regions;

	while (from < to) {
		size_t mid = (from + to) / 2;
		int order = bytes_cmp(code, bytes_of(r->regions[mid].code));

		if (order == 0)
			return &r->regions[mid];
		if (order < 0)
			to = mid;
		else
			from = mid + 1;
	}
	return NULL;
}

const struct roster_region *roster_origin(const struct roster *r, struct bytes origin,
					  const struct roster_incarnation **ret_incarnation)
{
	const struct roster_region *g;
	struct bytes federation, code;
	uint64_t number;

	if (!text_split(&origin, '/', &federation) || !text_split(&origin, '/', &code) ||
	    !dec_get_u64(origin, &number))
		return NULL;
	g = bytes_eq_text(federation, r->federation) ? roster_region(r, code) : NULL;
	if (!g || number == 0 || number > g->n_incarnations)
		return NULL;
	*ret_incarnation = &g->incarnations[number - 1];
	return g;
}

void roster_each_key(const struct roster *r, roster_key_fn *found, void *ctx)
{
	for (size_t i = 0; i < r->n_regions; i++) {
		const struct roster_region *g = &r->regions[i];

		found(ctx, g, ROSTER_USE_DELEGATION, &g->delegation);
		for (size_t k = 0; k < g->n_log_keys; k++)
			found(ctx, g, ROSTER_USE_LOG, &g->log_keys[k].vkey);
		for (size_t k = 0; k < g->n_cosigner_keys; k++)
			found(ctx, g, ROSTER_USE_COSIGNER, &g->cosigner_keys[k].vkey);
	}
}

/* ---- who is this? */

/* What a URI says, as spans of it. */
struct claim {
	struct bytes federation, region, name;
	enum roster_role role;
};

static bool claim_parse(const char *uri, struct claim *ret)
{
	struct bytes rest = bytes_of(uri), scheme = BYTES_LIT("ims://"), what;
	struct claim c = {.name = BYTES_NONE};

	if (!bytes_has_prefix(rest, scheme))
		return false;
	rest = BYTES(rest.p + scheme.n, rest.n - scheme.n);
	if (!text_split(&rest, '/', &c.federation) || !text_split(&rest, '/', &c.region) ||
	    !text_split(&rest, '/', &what) || !roster_federation_is_valid(c.federation) ||
	    !roster_code_is_valid(c.region))
		return false;
	c.role = bytes_eq_text(what, "node")	   ? ROSTER_ROLE_NODE
		 : bytes_eq_text(what, "operator") ? ROSTER_ROLE_OPERATOR
		 : bytes_eq_text(what, "auditor")  ? ROSTER_ROLE_AUDITOR
						   : ROSTER_ROLE_NONE;
	c.name = rest;
	*ret = c;
	return c.role == ROSTER_ROLE_NODE ? !rest.p
					  : c.role != ROSTER_ROLE_NONE && roster_person_is_valid(rest);
}

static bool node_is_pinned(const struct roster_region *g, const struct hash *spki)
{
	for (size_t i = 0; i < g->n_tls_pins; i++)
		if (hash_eq(&g->tls_pins[i], spki))
			return true;
	return false;
}

static const struct roster_person *person_pinned(const struct roster_person *people, size_t n,
						 struct bytes name, const struct hash *spki)
{
	for (size_t i = 0; i < n; i++)
		if (bytes_eq_text(name, people[i].name) && hash_eq(&people[i].pin, spki))
			return &people[i];
	return NULL;
}

int roster_identify(const struct roster *r, const char *uri, const struct hash *spki,
		    struct roster_identity *ret, struct errtext *e)
{
	const struct roster_person *person = NULL;
	const struct roster_region *g;
	struct claim c;

	if (!claim_parse(uri, &c))
		return errtext_set(e, IMS_E_CERT_SAN, "not an ims:// identity");
	if (!bytes_eq_text(c.federation, r->federation))
		return errtext_set(e, IMS_E_FEDERATION, "%s is not of the federation %s", uri, r->federation);
	g = roster_region(r, c.region);
	if (!g)
		return errtext_set(e, IMS_E_CERT_REGION, "%s: the roster has no such region", uri);
	if (c.role == ROSTER_ROLE_OPERATOR)
		person = person_pinned(g->operators, g->n_operators, c.name, spki);
	else if (c.role == ROSTER_ROLE_AUDITOR)
		person = person_pinned(g->auditors, g->n_auditors, c.name, spki);
	if (!person && !(c.role == ROSTER_ROLE_NODE && node_is_pinned(g, spki)))
		return errtext_set(e, IMS_E_CERT_PIN, "%s: the roster does not pin this key for it", uri);
	if (g->suspended)
		return errtext_set(e, IMS_E_SUSPENDED, "%s: region %s is suspended", uri, g->code);
	*ret = (struct roster_identity){c.role, g, person ? person->name : NULL};
	return 0;
}
