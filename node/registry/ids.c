/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "registry/registry.h"

#define FEDERATION_MAX_BYTES 100

static bool is_lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

bool region_code_is_valid(struct bytes code, bool allow_irs)
{
	if (code.n < 2 || code.n > 12 || !is_lower(code.p[0]))
		return false;
	for (size_t i = 1; i < code.n; i++)
		if (!is_lower(code.p[i]) && !is_digit(code.p[i]))
			return false;
	return !bytes_eq_text(code, "journal") && (allow_irs || !bytes_eq_text(code, "irs"));
}

static bool letter_is_valid(struct bytes letter)
{
	if (letter.n < 1 || letter.n > 4)
		return false;
	for (size_t i = 0; i < letter.n; i++)
		if (!is_lower(letter.p[i]))
			return false;
	return true;
}

int record_id_parse(struct bytes text, struct record_id *ret)
{
	struct record_id id;
	struct bytes rest = text, number;

	if (text.n > RECORD_ID_MAX_BYTES || !text_split(&rest, '-', &id.region) ||
	    !text_split(&rest, '-', &id.letter) || !text_split(&rest, '-', &number) || rest.p)
		return IMS_E_SYNTAX;
	if (!region_code_is_valid(id.region, true) || !letter_is_valid(id.letter) ||
	    !dec_get_u64(number, &id.number) || id.number == 0)
		return IMS_E_SYNTAX;
	*ret = id;
	return 0;
}

static bool federation_is_valid(struct bytes name)
{
	if (name.n < 1 || name.n > FEDERATION_MAX_BYTES)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!is_lower(name.p[i]) && !is_digit(name.p[i]) && name.p[i] != '.' && name.p[i] != '-')
			return false;
	return true;
}

int origin_parse(struct bytes text, struct origin_parts *ret)
{
	struct origin_parts o;
	struct bytes rest = text, number;

	if (text.n > ORIGIN_MAX_BYTES || !text_split(&rest, '/', &o.federation) ||
	    !text_split(&rest, '/', &o.region) || !text_split(&rest, '/', &number) || rest.p)
		return IMS_E_SYNTAX;
	if (!federation_is_valid(o.federation) || !region_code_is_valid(o.region, true) ||
	    !dec_get_u64(number, &o.incarnation) || o.incarnation == 0)
		return IMS_E_SYNTAX;
	*ret = o;
	return 0;
}
