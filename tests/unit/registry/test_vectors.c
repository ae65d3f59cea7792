/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/vectors/kinds: for each NAME a record as JSON (NAME.json), its payload bytes (NAME.hex) and
 * its keys (NAME.keys, lines "name=value"); the kind is NAME up to an underscore. Bytes and keys are
 * what other implementations must arrive at. IMS_VECTORS_UPDATE=1 writes .hex and .keys anew from
 * the JSON; IMS_TOP is the top of the source tree (default: the current directory).
 */
#include <dirent.h>

#include "base/mem.h"
#include "base/text.h"
#include "unit/registry/payload.h"

#define LINE_BYTES 32

static char *path_of(const char *name, const char *suffix)
{
	return mem_printf("%s/tests/vectors/kinds/%s.%s", top_dir(), name, suffix);
}

static void read_text(const char *name, const char *suffix, struct buf *out)
{
	char *path = path_of(name, suffix), chunk[4096];
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		fail_msg("%s is missing (IMS_TOP?)", path);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(out, BYTES(chunk, n));
	fclose(f);
	free(path);
}

static void compare(const char *name, const char *suffix, struct buf *got)
{
	struct buf want;

	if (getenv("IMS_VECTORS_UPDATE")) {
		char *path = path_of(name, suffix);
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		fputs(buf_text(got), f);
		assert_int_equal(fclose(f), 0);
		free(path);
	}
	buf_init(&want, 0);
	read_text(name, suffix, &want);
	assert_string_equal(buf_text(got), buf_text(&want));
	buf_fini(&want);
}

static void put_hex(struct bytes b, struct buf *out)
{
	char hex[2 * LINE_BYTES + 1];

	for (size_t i = 0; i < b.n; i += LINE_BYTES)
		buf_printf(out, "%s\n",
			   hex_put(hex, BYTES(b.p + i, b.n - i < LINE_BYTES ? b.n - i : LINE_BYTES)));
}

/* "kind name" of every key that a vector has. */
static struct buf keys_seen;

/* Is `name` a word of `names`? */
static bool is_among(const char *names, const char *name)
{
	struct bytes rest = bytes_of(names), word;

	while (text_split(&rest, ' ', &word))
		if (bytes_eq_text(word, name))
			return true;
	return false;
}

static void put_keys(const char *kind, struct bytes payload, struct buf *out)
{
	const char *names = kind_by_name(bytes_of(kind))->key_names;
	struct registry_keys keys;
	struct arena a;

	arena_init(&a, PAYLOAD_ARENA_BYTES);
	assert_int_equal(registry_keys_of(kind_by_name(bytes_of(kind)), payload, &a, &keys), 0);
	for (size_t i = 0; i < keys.n; i++) {
		assert_true(is_among(names, keys.key[i].name));
		buf_printf(&keys_seen, "%s %s\n", kind, keys.key[i].name);
		buf_printf(out, "%s=", keys.key[i].name);
		buf_put(out, keys.key[i].value);
		buf_put_u8(out, '\n');
	}
	arena_fini(&a);
}

static void test_one(const char *name, const struct reference *ref)
{
	char *kind = mem_strndup(BYTES(name, strcspn(name, "_")));
	struct buf json, payload, text, problems;

	buf_init(&json, 0);
	buf_init(&payload, 0);
	buf_init(&text, 0);
	buf_init(&problems, 0);
	read_text(name, "json", &json);
	payload_put(kind, buf_text(&json), &payload);
	assert_int_equal(payload_check(kind, buf_bytes(&payload), ref, &problems), 0);
	put_hex(buf_bytes(&payload), &text);
	compare(name, "hex", &text);
	buf_clear(&text);
	put_keys(kind, buf_bytes(&payload), &text);
	compare(name, "keys", &text);
	buf_fini(&json);
	buf_fini(&payload);
	buf_fini(&text);
	buf_fini(&problems);
	free(kind);
}

/* Every NAME.json of the folder: a new kind's vector is found, not listed. */
static void test_vectors(void **state)
{
	char *lists = mem_printf("%s/config/reference", top_dir());
	char *folder = mem_printf("%s/tests/vectors/kinds", top_dir());
	DIR *dir = opendir(folder);
	struct dirent *e;
	struct reference *ref;
	size_t n = 0;

	(void)state;
	assert_non_null(dir);
	assert_int_equal(reference_load(lists, &ref, NULL), 0);
	while ((e = readdir(dir)) != NULL) {
		size_t stem = strcspn(e->d_name, ".");
		char *name;

		if (strcmp(e->d_name + stem, ".json") != 0)
			continue;
		name = mem_strndup(BYTES(e->d_name, stem));
		test_one(name, ref);
		free(name);
		n++;
	}
	assert_true(n >= 5);
	closedir(dir);
	reference_free(ref);
	free(lists);
	free(folder);
}

/* Every kind has a vector. */
static void test_complete(void **state)
{
	size_t n;
	const struct kind *k = kind_all(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct buf json = {0};

		read_text(k[i].name, "json", &json);
		assert_true(json.n > 0);
		buf_fini(&json);
	}
}

/* What kinds.def says of a kind's keys is true: above that no vector has another, here that each is in one.
 */
static void test_key_names(void **state)
{
	size_t n;
	const struct kind *k = kind_all(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct bytes rest = bytes_of(k[i].key_names), name;

		while (text_split(&rest, ' ', &name)) {
			char *line = mem_printf("%s %.*s\n", k[i].name, (int)name.n, (const char *)name.p);

			if (!strstr(buf_text(&keys_seen), line))
				fail_msg("no vector has %s", line);
			free(line);
		}
	}
	buf_fini(&keys_seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_key_names),
	};

	return cmocka_run_group_tests_name("kinds vectors", tests, NULL, NULL);
}
