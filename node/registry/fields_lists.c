/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of lists of codes, countries, regions, languages, record ids and lines. */
#include "registry/kind_int.h"

#define COUNTRIES_MAX 300
#define REGIONS_MAX 64
#define LANGUAGES_MAX 20

typedef void check_item_fn(struct problems *p, const char *text, const char *detail);

/* An item is its own field: "". */
static void check_items(struct problems *p, const char *field, char *const *text, size_t n,
			check_item_fn *check, const char *detail)
{
	for (size_t i = 0; i < n; i++) {
		problem_enter(p, field, i);
		check(p, text[i], detail);
		problem_leave(p);
	}
}

static void code_item(struct problems *p, const char *text, const char *list)
{
	check_code(p, "", text, FIELD_REQUIRED, list);
}

static void country_item(struct problems *p, const char *text, const char *detail)
{
	(void)detail;
	check_country(p, "", text, FIELD_REQUIRED);
}

static void region_item(struct problems *p, const char *text, const char *detail)
{
	(void)detail;
	check_region(p, "", text, FIELD_REQUIRED);
}

static void language_item(struct problems *p, const char *text, const char *detail)
{
	(void)detail;
	check_language(p, "", text);
}

static void record_item(struct problems *p, const char *text, const char *letters)
{
	check_record(p, "", text, FIELD_REQUIRED, letters);
}

static void check_set(struct problems *p, const char *field, char *const *text, size_t n, size_t max,
		      check_item_fn *check, const char *detail)
{
	check_count(p, field, n, max);
	check_items(p, field, text, n, check, detail);
	check_distinct(p, field, text, n);
}

void check_codes(struct problems *p, const char *field, char *const *code, size_t n, size_t max,
		 const char *list)
{
	check_set(p, field, code, n, max, code_item, list);
}

void check_countries(struct problems *p, const char *field, char *const *text, size_t n, enum need need)
{
	if (n == 0 && need == FIELD_REQUIRED)
		problem_add(p, field, "one country at least");
	check_set(p, field, text, n, COUNTRIES_MAX, country_item, NULL);
}

void check_regions(struct problems *p, const char *field, char *const *text, size_t n)
{
	check_set(p, field, text, n, REGIONS_MAX, region_item, NULL);
}

void check_languages(struct problems *p, const char *field, char *const *text, size_t n)
{
	check_set(p, field, text, n, LANGUAGES_MAX, language_item, NULL);
}

void check_records(struct problems *p, const char *field, char *const *text, size_t n, size_t max,
		   const char *letters)
{
	check_set(p, field, text, n, max, record_item, letters);
}

void check_lines(struct problems *p, const char *field, char *const *text, size_t n, size_t max,
		 size_t max_chars)
{
	check_count(p, field, n, max);
	for (size_t i = 0; i < n; i++) {
		problem_enter(p, field, i);
		check_line(p, "", text[i], FIELD_REQUIRED, max_chars);
		problem_leave(p);
	}
}
