/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of identifiers: of records and regions, of organisations elsewhere, of media types. */
#include <stdio.h>

#include "base/check.h"
#include "base/text.h"
#include "registry/audience.h"
#include "registry/kind_int.h"
#include "registry/org_ids.h"

#define MEDIA_TYPE_MAX_BYTES 127

/* Is there anything to check? Says so if there must be. */
static bool is_there(struct problems *p, const char *field, const char *text, enum need need)
{
	if (!text[0] && need == FIELD_REQUIRED)
		problem_add(p, field, "required");
	return text[0] != '\0';
}

static bool has_letter(const struct record_id *id, const char *letters)
{
	struct bytes rest = bytes_of(letters), letter;

	while (text_split(&rest, ' ', &letter))
		if (bytes_eq(letter, id->letter))
			return true;
	return false;
}

/* "an initiative or moa is wanted" */
static void tell_wanted(struct problems *p, const char *field, const char *letters)
{
	struct bytes rest = bytes_of(letters), letter;
	char names[100] = "";
	size_t n = 0;

	while (text_split(&rest, ' ', &letter)) {
		const struct kind *k = kind_by_letter(letter);

		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s", n ? " or " : "",
				      k ? k->name : SEALED_KIND);
		CHECK(n < sizeof(names)); /* the letters are ours */
	}
	problem_add(p, field, "the id of another kind, where %s is wanted (like eu-%.*s-17)", names,
		    (int)strcspn(letters, " "), letters);
}

/* A record id with one of these letters, or a problem. */
static bool take_record(struct problems *p, const char *field, const char *text, const char *letters,
			struct record_id *ret)
{
	if (record_id_parse(bytes_of(text), ret)) {
		problem_add(p, field, "not a record id (like eu-%.*s-17)", (int)strcspn(letters, " "),
			    letters);
		return false;
	}
	if (!has_letter(ret, letters)) {
		tell_wanted(p, field, letters);
		return false;
	}
	return true;
}

void check_record(struct problems *p, const char *field, const char *text, enum need need,
		  const char *letters)
{
	struct record_id id;

	if (is_there(p, field, text, need))
		take_record(p, field, text, letters, &id);
}

void check_own_record(struct problems *p, const char *field, const char *text, enum need need,
		      const char *letters)
{
	struct record_id id;

	if (is_there(p, field, text, need) && take_record(p, field, text, letters, &id) && p->home.n &&
	    !bytes_eq(id.region, p->home))
		problem_add(p, field, "a record of this region is wanted (%.*s-…)", (int)p->home.n,
			    (const char *)p->home.p);
}

void check_region(struct problems *p, const char *field, const char *text, enum need need)
{
	if (is_there(p, field, text, need) && !region_code_is_valid(bytes_of(text), false))
		problem_add(p, field, "not a region code");
}

void check_home_of(struct problems *p, const char *field, const char *region, const char *record)
{
	struct record_id id;

	if (!region_code_is_valid(bytes_of(region), false) || record_id_parse(bytes_of(record), &id))
		return; /* said already */
	if (!bytes_eq_text(id.region, region))
		problem_add(p, field, "%s is at home in %.*s", record, (int)id.region.n,
			    (const char *)id.region.p);
}

void check_ror(struct problems *p, const char *field, const char *text)
{
	if (!text[0])
		return;
	if (!ror_is_formed(bytes_of(text)))
		problem_add(p, field,
			    "not a ROR id (nine characters like 03yrm5c26, without https://ror.org/)");
	else if (!ror_sum_is_right(bytes_of(text)))
		problem_add(p, field, "a ROR id whose last two digits do not fit: is it mistyped?");
}

void check_pic(struct problems *p, const char *field, const char *text)
{
	if (text[0] && !pic_is_formed(bytes_of(text)))
		problem_add(p, field, "not a participant code of the EU (nine digits)");
}

/* RFC 6838, 4.2. */
static bool media_name_is_valid(struct bytes name)
{
	size_t n = 0;

	while (n < name.n && (name.p[n] > ' ' && name.p[n] < 0x7f) &&
	       !strchr("()<>@,;:\\\"/[]?=%'*`{|}~", name.p[n]))
		n++;
	return n == name.n && n >= 1 && n <= MEDIA_TYPE_MAX_BYTES;
}

void check_media_type(struct problems *p, const char *field, const char *text)
{
	struct bytes rest = bytes_of(text), type, subtype;

	if (!is_there(p, field, text, FIELD_REQUIRED))
		return;
	if (!text_split(&rest, '/', &type) || !text_split(&rest, '/', &subtype) || rest.p ||
	    !media_name_is_valid(type) || !media_name_is_valid(subtype))
		problem_add(p, field, "not a media type (like application/pdf)");
}
