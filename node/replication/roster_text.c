/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a roster, and its text from the structure. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "replication/roster_int.h"

const char *roster_class_name(enum roster_class class)
{
	static const char *const names[] = {
		[ROSTER_PARTICIPANT] = "participant",
		[ROSTER_ASSOCIATE] = "associate",
		[ROSTER_SECRETARIAT] = "secretariat",
	};

	return names[class];
}

const char *roster_key_use_name(enum roster_key_use use)
{
	static const char *const names[] = {
		[ROSTER_USE_DELEGATION] = "delegation",
		[ROSTER_USE_LOG] = "log-key",
		[ROSTER_USE_COSIGNER] = "cosigner-key",
	};

	return names[use];
}

/* ---- forms */

static bool is_lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_lower_or_digit(uint8_t c)
{
	return is_lower(c) || (c >= '0' && c <= '9');
}

bool roster_federation_is_valid(struct bytes name)
{
	if (name.n == 0 || name.n > ROSTER_FEDERATION_MAX_BYTES)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!is_lower_or_digit(name.p[i]) && name.p[i] != '.' && name.p[i] != '-')
			return false;
	return is_lower_or_digit(name.p[0]) && is_lower_or_digit(name.p[name.n - 1]);
}

bool roster_code_is_valid(struct bytes code)
{
	if (code.n < 2 || code.n >= ROSTER_CODE_BYTES || !is_lower(code.p[0]))
		return false;
	for (size_t i = 0; i < code.n; i++)
		if (!is_lower_or_digit(code.p[i]))
			return false;
	return !bytes_eq_text(code, "journal");
}

bool roster_person_is_valid(struct bytes name)
{
	if (name.n == 0 || name.n > 32 || !is_lower(name.p[0]))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!is_lower_or_digit(name.p[i]) && !memchr("._-", name.p[i], 3))
			return false;
	return true;
}

/* An IP literal in the one form that the system prints. */
static bool ip_is_valid(int family, struct bytes ip)
{
	char text[INET6_ADDRSTRLEN], again[INET6_ADDRSTRLEN];
	struct in6_addr address; /* large enough for both families */

	if (ip.n == 0 || ip.n >= sizeof(text) || memchr(ip.p, '\0', ip.n))
		return false;
	memcpy(text, ip.p, ip.n);
	text[ip.n] = '\0';
	return inet_pton(family, text, &address) == 1 && inet_ntop(family, &address, again, sizeof(again)) &&
	       strcmp(text, again) == 0;
}

bool roster_address_is_valid(struct bytes address)
{
	const uint8_t *colon = address.n ? memrchr(address.p, ':', address.n) : NULL;
	struct bytes ip;
	uint64_t port;

	if (!colon)
		return false;
	ip = BYTES(address.p, (size_t)(colon - address.p));
	if (!dec_get_u64(BYTES(colon + 1, address.n - ip.n - 1), &port) || port == 0 || port > 65535)
		return false;
	if (ip.n >= 2 && ip.p[0] == '[' && ip.p[ip.n - 1] == ']')
		return ip_is_valid(AF_INET6, BYTES(ip.p + 1, ip.n - 2));
	return ip_is_valid(AF_INET, ip);
}

/* ---- the text */

static void put_log_key(const struct roster_log_key *k, struct buf *out)
{
	char key[NOTE_VKEY_BYTES];

	buf_printf(out, "log-key %" PRIu64 " %s %" PRIu64, k->incarnation, note_vkey_text(&k->vkey, key),
		   k->from_size);
	if (k->to_size == UINT64_MAX)
		buf_put_text(out, " -\n");
	else
		buf_printf(out, " %" PRIu64 "\n", k->to_size);
}

static void put_incarnation(const struct roster_incarnation *i, struct buf *out)
{
	char hex[HEX_HASH_BYTES];

	if (i->open)
		buf_printf(out, "incarnation %" PRIu64 " open\n", i->number);
	else
		buf_printf(out, "incarnation %" PRIu64 " closed %" PRIu64 " %s\n", i->number, i->kept_size,
			   hex_hash(&i->kept_root, hex));
}

static void put_people(const char *word, const struct roster_person *people, size_t n, struct buf *out)
{
	char hex[HEX_HASH_BYTES];

	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s %s %s\n", word, people[i].name, hex_hash(&people[i].pin, hex));
}

void roster_put_region(const struct roster_region *g, struct buf *out)
{
	char key[NOTE_VKEY_BYTES], hex[HEX_HASH_BYTES];

	buf_printf(out, "region %s %s%s\n", g->code, roster_class_name(g->class),
		   g->suspended ? " suspended" : "");
	buf_printf(out, "delegation %s\n", note_vkey_text(&g->delegation, key));
	for (size_t i = 0; i < g->n_incarnations; i++)
		put_incarnation(&g->incarnations[i], out);
	for (size_t i = 0; i < g->n_log_keys; i++)
		put_log_key(&g->log_keys[i], out);
	for (size_t i = 0; i < g->n_cosigner_keys; i++)
		buf_printf(out, "cosigner-key %s %s\n", note_vkey_text(&g->cosigner_keys[i].vkey, key),
			   g->cosigner_keys[i].retired ? "retired" : "current");
	for (size_t i = 0; i < g->n_retired; i++)
		buf_printf(out, "retired %08" PRIx32 " %s %" PRIu64 "\n", g->retired[i].key_id,
			   g->retired[i].origin, g->retired[i].size);
	for (size_t i = 0; i < g->n_tls_pins; i++)
		buf_printf(out, "tls-pin %s\n", hex_hash(&g->tls_pins[i], hex));
	for (size_t i = 0; i < g->n_addresses; i++)
		buf_printf(out, "address %s\n", g->addresses[i]);
	put_people("operator", g->operators, g->n_operators, out);
	put_people("auditor", g->auditors, g->n_auditors, out);
}

void roster_put_head(const struct roster *r, struct buf *out)
{
	char hex[HEX_HASH_BYTES];

	buf_printf(out, "ims-roster/1\nfederation %s\nversion %" PRIu64 "\nprevious %s\nrules %" PRIu64 "\n",
		   r->federation, r->version, hex_hash(&r->previous, hex), r->rules);
	buf_printf(out, "replicated %u", r->replicated_k);
	for (size_t i = 0; i < r->n_replicated; i++)
		buf_printf(out, " %s", r->replicated_regions[i]);
	buf_put_text(out, "\n");
}

void roster_put_text(const struct roster *r, struct buf *out)
{
	roster_put_head(r, out);
	for (size_t i = 0; i < r->n_regions; i++)
		roster_put_region(&r->regions[i], out);
}
