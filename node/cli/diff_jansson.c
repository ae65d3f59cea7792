/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/diff.h"

#include <string.h>

#include <jansson.h>

#include "base/buf.h"

struct diff {
	diff_fn *fn;
	void *ctx;
	struct buf pointer;
};

static void compare(struct diff *d, const json_t *was, const json_t *is);

static bool is_nothing(const json_t *v)
{
	switch (v ? json_typeof(v) : JSON_NULL) {
	case JSON_STRING:
		return *json_string_value(v) == '\0';
	case JSON_INTEGER:
		return json_integer_value(v) == 0;
	case JSON_ARRAY:
		return json_array_size(v) == 0;
	case JSON_OBJECT:
		return json_object_size(v) == 0;
	case JSON_NULL:
	case JSON_FALSE:
		return true;
	default:
		return false;
	}
}

static void tell(struct diff *d, const json_t *was, const json_t *is)
{
	d->fn(d->ctx, buf_text(&d->pointer), is_nothing(was) ? NULL : was, is_nothing(is) ? NULL : is);
}

/* RFC 6901: '~' and '/' of a name are escaped. Returns the length to go back to. */
static size_t push(struct diff *d, const char *name)
{
	size_t n = d->pointer.n;

	buf_put_text(&d->pointer, "/");
	for (; *name; name++)
		if (*name == '~' || *name == '/')
			buf_put_text(&d->pointer, *name == '~' ? "~0" : "~1");
		else
			buf_put_u8(&d->pointer, (uint8_t)*name);
	return n;
}

static size_t push_index(struct diff *d, size_t i)
{
	size_t n = d->pointer.n;

	buf_printf(&d->pointer, "/%zu", i);
	return n;
}

static void compare_objects(struct diff *d, const json_t *was, const json_t *is);

/* A message that is new, or gone, is told by its fields. */
static void compare_member(struct diff *d, const json_t *was, const json_t *is)
{
	if (is_nothing(was) && json_is_object(is))
		compare_objects(d, NULL, is);
	else if (is_nothing(is) && json_is_object(was))
		compare_objects(d, was, NULL);
	else
		compare(d, was, is);
}

static void compare_objects(struct diff *d, const json_t *was, const json_t *is)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)was, key, v) {
		size_t n = push(d, key);

		compare_member(d, v, json_object_get(is, key));
		d->pointer.n = n;
	}
	json_object_foreach((json_t *)(uintptr_t)is, key, v) {
		size_t n;

		if (json_object_get(was, key))
			continue;
		n = push(d, key);
		compare_member(d, NULL, v);
		d->pointer.n = n;
	}
}

/* ---- lists */
static bool is_plain(const json_t *v)
{
	return !json_is_object(v) && !json_is_array(v);
}

static bool all_plain(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!is_plain(json_array_get(list, i)))
			return false;
	return true;
}

static const char *name_in(const json_t *item, const char *member)
{
	const char *name = json_string_value(json_object_get(item, member));

	return name && *name ? name : NULL;
}

static json_t *find_named(const json_t *list, const char *member, const char *name)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i);
		const char *its = name_in(item, member);

		if (its && strcmp(its, name) == 0)
			return item;
	}
	return NULL;
}

/* Has each item of the list a name of its own in this member? */
static bool names_each(const json_t *list, const char *member)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		const char *name = name_in(item, member);

		if (!name || find_named(list, member, name) != item)
			return false;
	}
	return true;
}

static const char *naming_member(const json_t *was, const json_t *is)
{
	static const char *const members[] = {"lang", "organisation", "id", "url", "region"};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (names_each(was, members[i]) && names_each(is, members[i]))
			return members[i];
	return NULL;
}

static void compare_named(struct diff *d, const json_t *was, const json_t *is, const char *member)
{
	for (size_t i = 0; i < json_array_size(was); i++) {
		const json_t *item = json_array_get(was, i);
		size_t n = push_index(d, i);

		if (!find_named(is, member, name_in(item, member)))
			tell(d, item, NULL);
		d->pointer.n = n;
	}
	for (size_t i = 0; i < json_array_size(is); i++) {
		const json_t *item = json_array_get(is, i);
		size_t n = push_index(d, i);

		compare(d, find_named(was, member, name_in(item, member)), item);
		d->pointer.n = n;
	}
}

static bool has_equal(const json_t *list, const json_t *v)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), v))
			return true;
	return false;
}

/* Items of one list that the other lacks. */
static size_t tell_lacking(struct diff *d, const json_t *list, const json_t *other, bool gone)
{
	size_t told = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		size_t n = push_index(d, i);

		if (!has_equal(other, v)) {
			tell(d, gone ? v : NULL, gone ? NULL : v);
			told++;
		}
		d->pointer.n = n;
	}
	return told;
}

static void compare_sets(struct diff *d, const json_t *was, const json_t *is)
{
	size_t told = tell_lacking(d, was, is, true) + tell_lacking(d, is, was, false);

	if (!told && !json_equal(was, is)) /* another order */
		tell(d, was, is);
}

static void compare_places(struct diff *d, const json_t *was, const json_t *is)
{
	size_t max = json_array_size(was) > json_array_size(is) ? json_array_size(was) : json_array_size(is);

	for (size_t i = 0; i < max; i++) {
		size_t n = push_index(d, i);

		compare(d, json_array_get(was, i), json_array_get(is, i));
		d->pointer.n = n;
	}
}

static void compare_lists(struct diff *d, const json_t *was, const json_t *is)
{
	const char *member = naming_member(was, is);

	if (all_plain(was) && all_plain(is))
		compare_sets(d, was, is);
	else if (member)
		compare_named(d, was, is, member);
	else
		compare_places(d, was, is);
}

static void compare(struct diff *d, const json_t *was, const json_t *is)
{
	if ((is_nothing(was) && is_nothing(is)) || (was && is && json_equal(was, is)))
		return;
	if (json_is_object(was) && json_is_object(is))
		compare_objects(d, was, is);
	else if (json_is_array(was) && json_is_array(is))
		compare_lists(d, was, is);
	else
		tell(d, was, is);
}

void json_diff(const json_t *was, const json_t *is, diff_fn *fn, void *ctx)
{
	struct diff d = {.fn = fn, .ctx = ctx};

	compare(&d, was, is);
	buf_fini(&d.pointer);
}
