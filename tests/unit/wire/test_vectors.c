/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/vectors/frames: the bytes of one message of every type, one entry and one journal row.
 * They change only with the protocol. IMS_VECTORS_UPDATE=1 writes them anew; IMS_TOP is the top of
 * the source tree (default: the current directory).
 */
#include "wire/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/text.h"
#include "unit/wire/sample.h"

#define LINE_BYTES 32
#define FILE_BYTES_MAX 8192

static void path_of(const char *name, char *out, size_t size)
{
	const char *top = getenv("IMS_TOP");

	snprintf(out, size, "%s/tests/vectors/frames/%s.hex", top ? top : ".", name);
}

static void vector_write(const char *path, const char *what, struct bytes b)
{
	char hex[2 * LINE_BYTES + 1];
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f, "# %s\n", what);
	for (size_t i = 0; i < b.n; i += LINE_BYTES)
		fprintf(f, "%s\n", hex_put(hex, BYTES(b.p + i, b.n - i < LINE_BYTES ? b.n - i : LINE_BYTES)));
	assert_int_equal(fclose(f), 0);
}

/* Lines of hex; a line of '#' is a comment. */
static size_t vector_read(const char *path, uint8_t *out, size_t size)
{
	char line[256];
	FILE *f = fopen(path, "r");
	size_t n = 0;

	if (!f)
		fail_msg("%s is missing (IMS_TOP?)", path);
	while (fgets(line, sizeof(line), f)) {
		size_t digits = strcspn(line, "\n");

		if (line[0] == '#')
			continue;
		assert_true(n + digits / 2 <= size);
		assert_true(hex_get(BYTES(line, digits), out + n, digits / 2));
		n += digits / 2;
	}
	fclose(f);
	return n;
}

static void golden(const char *name, const char *what, struct bytes b)
{
	static uint8_t want[FILE_BYTES_MAX];
	char path[512];
	size_t n;

	path_of(name, path, sizeof(path));
	if (getenv("IMS_VECTORS_UPDATE"))
		vector_write(path, what, b);
	n = vector_read(path, want, sizeof(want));
	if (n != b.n || memcmp(want, b.p, n) != 0)
		fail_msg("%s differs: peers would not understand each other", path);
}

static void test_frames(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, FILE_BYTES_MAX);
	for (unsigned type = 0; type <= UINT8_MAX; type++) {
		const struct msg_info *info = msg_info((uint8_t)type);
		struct msg m;

		if (!info)
			continue;
		m = sample_msg((enum msg_type)type);
		buf_clear(&b);
		assert_int_equal(msg_encode(&m, &b), 0);
		golden(info->name, info->help, buf_bytes(&b));
	}
	buf_fini(&b);
}

static void test_leaves(void **state)
{
	struct journal_row row = sample_journal_row();
	struct entry en = sample_entry();
	struct buf b;

	(void)state;
	buf_init(&b, FILE_BYTES_MAX);
	assert_int_equal(entry_encode(&en, &b), 0);
	golden("entry", "an entry: leaf data, no frame", buf_bytes(&b));
	buf_clear(&b);
	assert_int_equal(journal_row_encode(&row, &b), 0);
	golden("journal_row", "a row of a journal: leaf data, no frame", buf_bytes(&b));
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_frames), cmocka_unit_test(test_leaves)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
