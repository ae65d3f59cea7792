/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of bytes, and of the citations by which an entry speaks about another one (inv. 8). */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

void check_bytes(struct problems *p, const char *field, const ProtobufCBinaryData *b, enum need need,
		 size_t min, size_t max)
{
	if (b->len == 0) {
		if (need == FIELD_REQUIRED)
			problem_add(p, field, "required");
	} else if (b->len < min || b->len > max) {
		if (min == max)
			problem_add(p, field, "%zu hexadecimal digits are wanted, not %zu", 2 * min,
				    2 * b->len);
		else
			problem_add(p, field, "%zu bytes, where %zu to %zu may stand", b->len, min, max);
	}
}

/* The entry's log is of the record's home. */
static void check_origin(struct problems *p, const Ims__Registry__Citation *c)
{
	struct origin_parts origin;
	struct record_id id;

	if (!c->origin[0])
		problem_add(p, "origin", "required");
	else if (origin_parse(bytes_of(c->origin), &origin))
		problem_add(p, "origin", "not the origin of a log (like ims.example/eu/1)");
	else if (record_id_parse(bytes_of(c->record), &id) == 0 && !bytes_eq(id.region, origin.region))
		problem_add(p, "origin", "not a log of the record's home");
}

typedef void check_record_fn(struct problems *p, const char *field, const char *text, enum need need,
			     const char *letters);

static void check_cited(struct problems *p, const char *field, const Ims__Registry__Citation *c,
			enum need need, const char *letters, check_record_fn *check)
{
	if (!c) {
		if (need == FIELD_REQUIRED)
			problem_add(p, field, "required");
		return;
	}
	problem_enter(p, field, PROBLEM_ONE);
	check(p, "record", c->record, FIELD_REQUIRED, letters);
	check_origin(p, c);
	check_bytes(p, "leaf", &c->leaf, FIELD_REQUIRED, HASH_BYTES, HASH_BYTES);
	problem_leave(p);
}

void check_citation(struct problems *p, const char *field, const Ims__Registry__Citation *c, enum need need,
		    const char *letters)
{
	check_cited(p, field, c, need, letters, check_record);
}

void check_own_citation(struct problems *p, const char *field, const Ims__Registry__Citation *c,
			enum need need, const char *letters)
{
	check_cited(p, field, c, need, letters, check_own_record);
}
