/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/org_ids.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

static const char digits32[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford's */

#define NUMBER_CHARS 7
#define MODULUS 97

static bool are_digits(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return true;
}

bool ror_is_formed(struct bytes id)
{
	if (id.n != ROR_CHARS || id.p[0] != '0')
		return false;
	for (size_t i = 1; i < NUMBER_CHARS; i++)
		if (!id.p[i] || !strchr(digits32, id.p[i]))
			return false;
	return are_digits(id.p + NUMBER_CHARS, ROR_CHARS - NUMBER_CHARS);
}

bool ror_sum_is_right(struct bytes id)
{
	uint64_t n = 0;
	unsigned sum = (unsigned)(id.p[7] - '0') * 10 + (unsigned)(id.p[8] - '0');

	for (size_t i = 0; i < NUMBER_CHARS; i++)
		n = 32 * n + (uint64_t)(strchr(digits32, id.p[i]) - digits32);
	return sum == MODULUS + 1 - n * 100 % MODULUS;
}

struct bytes ror_trim(struct bytes text)
{
	static const char *const fronts[] = {"https://", "http://", "ror.org/"};

	text = text_trim(text);
	for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++) {
		size_t n = strlen(fronts[i]);

		if (text.n > n && strncasecmp((const char *)text.p, fronts[i], n) == 0)
			text = BYTES(text.p + n, text.n - n);
	}
	if (text.n && text.p[text.n - 1] == '/')
		text.n--;
	return text;
}

bool pic_is_formed(struct bytes id)
{
	return id.n == 9 && are_digits(id.p, id.n) && memcmp(id.p, "000000000", 9) != 0;
}
