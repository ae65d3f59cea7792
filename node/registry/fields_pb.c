/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of the messages that several kinds have. */
#include <strings.h>

#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

#define NAMED_MAX 64
#define TEXTS_MAX 30 /* languages side by side */
#define LINKS_MAX 50
#define LINE_MAX_CHARS 500
#define URL_MAX_BYTES 2048
#define SOURCE_ID_MAX_BYTES 128

void check_header(struct problems *p, const Ims__Registry__Header *h)
{
	if (!h)
		return;
	problem_enter(p, "header", PROBLEM_ONE);
	check_line(p, "operator", h->operator_, FIELD_OPTIONAL, 64);
	check_count(p, "named", h->n_named, NAMED_MAX);
	for (size_t i = 0; i < h->n_named; i++)
		if (!region_code_is_valid(bytes_of(h->named[i]), true))
			problem_add(p, item_name("named", i).text, "not a region code");
	check_distinct(p, "named", h->named, h->n_named);
	problem_leave(p);
}

void check_long(struct problems *p, const char *field, const char *text, enum need need, size_t max_bytes)
{
	size_t n = strlen(text);

	if (n == 0 && need == FIELD_REQUIRED)
		problem_add(p, field, "required");
	else if (n && strspn(text, " \t\n") == n)
		problem_add(p, field, "nothing but white space");
	if (n > max_bytes)
		problem_add(p, field, "%zu bytes, at most %zu", n, max_bytes);
}

void check_texts(struct problems *p, const char *field, Ims__Registry__Text *const *text, size_t n,
		 enum need need, enum text_form form)
{
	if (n == 0 && need == FIELD_REQUIRED)
		problem_add(p, field, "required in one language at least");
	check_count(p, field, n, TEXTS_MAX);
	for (size_t i = 0; i < n; i++) {
		problem_enter(p, field, i);
		check_language(p, "lang", text[i]->lang);
		check_once(p, "lang", text, i, offsetof(Ims__Registry__Text, lang));
		if (form == TEXT_LINE)
			check_line(p, "text", text[i]->text, FIELD_REQUIRED, LINE_MAX_CHARS);
		else
			check_long(p, "text", text[i]->text, FIELD_REQUIRED, LONG_MAX_BYTES);
		problem_leave(p);
	}
}

static bool url_is_valid(const char *url)
{
	const char *host = strncmp(url, "https://", 8) == 0  ? url + 8
			   : strncmp(url, "http://", 7) == 0 ? url + 7
							     : NULL;

	if (!host || strspn(host, "/?#:") || !host[0] || strlen(url) > URL_MAX_BYTES)
		return false;
	for (const char *c = url; *c; c++)
		if (*c <= ' ' || *c > '~' || strchr("\"<>\\^`{|}", *c)) /* RFC 3986: not in any URI */
			return false;
	return true;
}

static bool word_is_valid(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-");

	return text[n] == '\0' && n >= 1 && n <= 32 && text[0] >= 'a';
}

void check_links(struct problems *p, const char *field, Ims__Registry__Link *const *link, size_t n)
{
	check_count(p, field, n, LINKS_MAX);
	for (size_t i = 0; i < n; i++) {
		problem_enter(p, field, i);
		if (!word_is_valid(link[i]->rel))
			problem_add(p, "rel", "not a relation (a lower-case word like homepage)");
		if (!url_is_valid(link[i]->url))
			problem_add(p, "url", "not an http or https address");
		problem_leave(p);
	}
}

void check_source(struct problems *p, const char *field, size_t i, const Ims__Registry__Source *s)
{
	size_t n = strlen(s->id);

	problem_enter(p, field, i);
	if (!word_is_valid(s->scheme))
		problem_add(p, "scheme", "not a scheme (a lower-case word like cordis)");
	for (const char *c = s->id; *c; c++)
		if (*c <= ' ' || *c > '~') {
			problem_add(p, "id", "a space or a character outside ASCII");
			break;
		}
	if (n < 1 || n > SOURCE_ID_MAX_BYTES)
		problem_add(p, "id", "%zu characters, 1 to %d", n, SOURCE_ID_MAX_BYTES);
	problem_leave(p);
}
