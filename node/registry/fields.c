/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of single fields: the forms of words, codes, days and addresses. */
#include <strings.h>

#include "base/text.h"
#include "registry/kind_int.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_upper(const char *text, size_t n)
{
	if (strlen(text) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (text[i] < 'A' || text[i] > 'Z')
			return false;
	return true;
}

/* Is an empty field's emptiness all there is to say? Says so if it is a problem. */
static bool done_when_empty(struct problems *p, const char *field, const char *text, enum need need)
{
	if (text[0])
		return false;
	if (need == FIELD_REQUIRED)
		problem_add(p, field, "required");
	return true;
}

void check_line(struct problems *p, const char *field, const char *text, enum need need, size_t max_chars)
{
	size_t chars = 0;
	bool ink = false;

	if (done_when_empty(p, field, text, need))
		return;
	for (const char *c = text; *c; c++) {
		chars += ((uint8_t)*c & 0xc0) != 0x80;
		ink |= *c != ' ' && *c != '\t' && *c != '\n';
	}
	if (!ink)
		problem_add(p, field, "nothing but white space");
	else if (strpbrk(text, "\t\n"))
		problem_add(p, field, "a line break or tab in a line");
	if (chars > max_chars)
		problem_add(p, field, "%zu characters, at most %zu", chars, max_chars);
}

static void check_listed(struct problems *p, const char *field, const char *text, const char *list)
{
	if (p->ref && !reference_has(p->ref, list, bytes_of(text)))
		problem_add(p, field, "\"%s\" is not in %s.csv", text, list);
}

void check_code(struct problems *p, const char *field, const char *text, enum need need, const char *list)
{
	size_t n = 0;

	if (done_when_empty(p, field, text, need))
		return;
	while (is_letter(text[n]) || is_digit(text[n]) || text[n] == '-')
		n++;
	if (text[n] || n > 32)
		problem_add(p, field, "not a code (letters, digits and -, at most 32)");
	else
		check_listed(p, field, text, list);
}

void check_country(struct problems *p, const char *field, const char *text, enum need need)
{
	if (done_when_empty(p, field, text, need))
		return;
	if (!is_upper(text, 2))
		problem_add(p, field, "not a country code (two upper-case letters)");
	else
		check_listed(p, field, text, "countries");
}

void check_currency(struct problems *p, const char *field, const char *text, enum need need)
{
	if (done_when_empty(p, field, text, need))
		return;
	if (!is_upper(text, 3))
		problem_add(p, field, "not a currency code (three upper-case letters)");
	else
		check_listed(p, field, text, "currencies");
}

static bool number_at(const char *text, size_t n, unsigned *ret)
{
	*ret = 0;
	for (size_t i = 0; i < n; i++) {
		if (!is_digit(text[i]))
			return false;
		*ret = *ret * 10 + (unsigned)(text[i] - '0');
	}
	return true;
}

static bool day_is_valid(const char *text)
{
	static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned year, month, day, last;

	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' || !number_at(text, 4, &year) ||
	    !number_at(text + 5, 2, &month) || !number_at(text + 8, 2, &day))
		return false;
	if (year < 1900 || month < 1 || month > 12)
		return false;
	last = days[month - 1];
	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		last = 29;
	return day >= 1 && day <= last;
}

void check_day(struct problems *p, const char *field, const char *text, enum need need)
{
	if (!done_when_empty(p, field, text, need) && !day_is_valid(text))
		problem_add(p, field, "not a day of the calendar (YYYY-MM-DD)");
}

void check_days(struct problems *p, const char *first, const char *from, const char *last, const char *to)
{
	check_day(p, first, from, FIELD_OPTIONAL);
	check_day(p, last, to, FIELD_OPTIONAL);
	if (from[0] && to[0] && strcmp(to, from) < 0) /* days compare as texts */
		problem_add(p, last, "before the %s", first);
}

void check_language(struct problems *p, const char *field, const char *text)
{
	size_t n = 0;
	bool good;

	if (done_when_empty(p, field, text, FIELD_REQUIRED))
		return;
	while (is_letter(text[n]))
		n++;
	good = n == 2 || n == 3;
	while (good && text[n] == '-') {
		size_t begin = ++n;

		while (is_letter(text[n]) || is_digit(text[n]))
			n++;
		good = n - begin >= 1 && n - begin <= 8;
	}
	if (!good || text[n] || n > 35)
		problem_add(p, field, "not a language tag (like en or pt-BR)");
}

static bool domain_is_valid(const char *text)
{
	size_t label = 0, dots = 0;

	for (; *text; text++) {
		if (*text == '.') {
			if (!label || text[-1] == '-')
				return false;
			dots++;
			label = 0;
		} else if (is_letter(*text) || is_digit(*text) || (*text == '-' && label)) {
			label++;
		} else {
			return false;
		}
	}
	return dots && label && text[-1] != '-';
}

void check_email(struct problems *p, const char *field, const char *text)
{
	const char *at = strchr(text, '@');
	size_t local = 0;

	if (!text[0])
		return;
	while (is_letter(text[local]) || is_digit(text[local]) ||
	       (text[local] && strchr(".!#$%&'*+/=?^_`{|}~-", text[local])))
		local++;
	if (!at || at != text + local || local < 1 || local > 64 || strlen(text) > 254 ||
	    !domain_is_valid(at + 1))
		problem_add(p, field, "not an address (name@example.org)");
}

void check_phone(struct problems *p, const char *field, const char *text)
{
	size_t n = strlen(text), digits = 0;

	for (const char *c = text; *c; c++)
		digits += is_digit(*c);
	if (n && (strspn(text, "+0123456789 ()./-") != n || n > 40 || digits < 3))
		problem_add(p, field, "not a telephone number");
}

void check_slug(struct problems *p, const char *field, const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (!text[0])
		problem_add(p, field, "required");
	else if (text[n] || n > 32)
		problem_add(p, field, "not a name (lower-case letters, digits and -, at most 32)");
}

void check_range(struct problems *p, const char *field, uint64_t value, uint64_t min, uint64_t max)
{
	if (value == 0 && min > 0)
		problem_add(p, field, "required, %llu or more", (unsigned long long)min);
	else if (value < min || value > max)
		problem_add(p, field, "%llu, where %llu to %llu may stand", (unsigned long long)value,
			    (unsigned long long)min, (unsigned long long)max);
}

void check_not_negative(struct problems *p, const char *field, int64_t value)
{
	if (value < 0)
		problem_add(p, field, "below zero");
}

void check_count(struct problems *p, const char *field, size_t n, size_t max)
{
	if (n > max)
		problem_add(p, field, "%zu items, at most %zu", n, max);
}

void check_once(struct problems *p, const char *field, const void *list, size_t i, size_t offset)
{
	const char *const *item = list;

	for (size_t k = 0; k < i && i < DISTINCT_MAX; k++)
		if (strcasecmp(*(const char *const *)(const void *)(item[i] + offset),
			       *(const char *const *)(const void *)(item[k] + offset)) == 0) {
			problem_add(p, field, "stands twice");
			return;
		}
}

void check_distinct(struct problems *p, const char *field, char *const *text, size_t n)
{
	for (size_t i = 1; i < n && i < DISTINCT_MAX; i++)
		for (size_t k = 0; k < i; k++)
			if (strcasecmp(text[i], text[k]) == 0) {
				problem_add(p, item_name(field, i).text, "stands twice");
				break;
			}
}
