/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/note/help.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEED "810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173"
#define KEY "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"

static char dir[256], path[300];

static int make_dir(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(dir, sizeof(dir), "%s/keyfile-XXXXXX", tmp ? tmp : P_tmpdir);
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/log.key", dir);
	return 0;
}

static int drop_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void put_file(const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void test_stored_as_go_writes_it(void **state)
{
	struct note_signer s = signer_of("PeterNeumann", NOTE_KEY_ED25519, SEED), again;
	struct errtext e = {""};
	char text[256] = "";
	struct stat st;
	FILE *f;

	(void)state;
	assert_int_equal(note_signer_store(&s, path, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	assert_string_equal(text, KEY "\n");
	assert_int_equal(note_signer_load(path, &again, &e), 0);
	assert_true(note_vkey_eq(&s.vkey, &again.vkey));
	note_signer_fini(&again);
	note_signer_fini(&s);
}

static void test_generated_keys_come_back(void **state)
{
	struct note_signer a, b;
	struct buf out_a = {0}, out_b = {0};

	(void)state;
	assert_int_equal(note_signer_generate("ims.example/eu", NOTE_KEY_COSIGN_V1, &a), 0);
	assert_int_equal(note_signer_generate("ims.example/eu", NOTE_KEY_COSIGN_V1, &b), 0);
	assert_false(note_vkey_eq(&a.vkey, &b.vkey));
	note_signer_fini(&b);
	assert_int_equal(note_signer_store(&a, path, NULL), 0);
	assert_int_equal(note_signer_load(path, &b, NULL), 0);
	assert_true(note_vkey_eq(&a.vkey, &b.vkey));
	assert_int_equal(note_sign_line(BYTES_LIT("o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"), &a,
					1, &out_a),
			 0);
	assert_int_equal(note_sign_line(BYTES_LIT("o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"), &b,
					1, &out_b),
			 0);
	assert_string_equal(buf_text(&out_a), buf_text(&out_b));
	buf_fini(&out_a);
	buf_fini(&out_b);
	note_signer_fini(&a);
	note_signer_fini(&b);
}

static void test_a_key_is_never_overwritten(void **state)
{
	struct note_signer s = signer_of("a", NOTE_KEY_ED25519, SEED), first;
	struct errtext e = {""};

	(void)state;
	put_file(KEY "\n", 0600);
	assert_int_equal(note_signer_store(&s, path, &e), IMS_E_EXISTS);
	assert_non_null(strstr(e.text, path));
	assert_int_equal(note_signer_load(path, &first, &e), 0);
	assert_string_equal(first.vkey.name, "PeterNeumann");
	note_signer_fini(&first);
	note_signer_fini(&s);
}

static void test_files_that_are_refused(void **state)
{
	struct note_signer s;
	struct errtext e = {""};
	char longer[2048];

	(void)state;
	assert_int_equal(note_signer_load(path, &s, &e), IMS_E_NOT_FOUND);
	assert_int_equal(note_signer_load(dir, &s, &e), IMS_E_IO);
	put_file(KEY "\n", 0640);
	assert_int_equal(note_signer_load(path, &s, &e), IMS_E_PERMISSION);
	put_file(KEY "\n", 0604);
	assert_int_equal(note_signer_load(path, &s, &e), IMS_E_PERMISSION);
	put_file("", 0600);
	assert_int_equal(note_signer_load(path, &s, &e), IMS_E_SYNTAX);
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	memcpy(longer, KEY, strlen(KEY));
	put_file(longer, 0600);
	assert_int_equal(note_signer_load(path, &s, &e), IMS_E_SYNTAX);
	assert_non_null(strstr(e.text, path));
}

static void test_texts(void **state)
{
	static const struct {
		const char *text;
		int err;
	} rows[] = {
		{KEY, 0},
		{KEY "\n", 0},
		{KEY "\n\n", IMS_E_SYNTAX},
		{KEY " ", IMS_E_SYNTAX},
		{"PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz", IMS_E_SYNTAX},
		{"PRIVATE+KEY+", IMS_E_SYNTAX},
		{"PRIVATE+KEY+PeterNeumann+c74f20a3", IMS_E_SYNTAX},
		{"PRIVATE+KEY+PeterNeumann+c74f20a4+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
		 IMS_E_INVALID},
		{"PRIVATE+KEY+PeterNeumanN+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
		 IMS_E_INVALID},
		{"PRIVATE+KEY+PeterNeumann+c74f20a3+BIEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
		 IMS_E_INVALID},
		{"PRIVATE+KEY+PeterNeumann+c74f20a3+AoEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
		 IMS_E_UNSUPPORTED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct note_signer s = {.key = NULL};

		assert_int_equal(note_signer_parse(bytes_of(rows[i].text), &s), rows[i].err);
		note_signer_fini(&s);
	}
}

static void test_names_and_types(void **state)
{
	uint8_t seed[SIGN_SEED_BYTES] = {0};
	struct note_signer s;

	(void)state;
	assert_int_equal(note_signer_from_seed("", NOTE_KEY_ED25519, seed, &s), IMS_E_INVALID);
	assert_int_equal(note_signer_from_seed("a b", NOTE_KEY_ED25519, seed, &s), IMS_E_INVALID);
	assert_int_equal(note_signer_generate("a+b", NOTE_KEY_ED25519, &s), IMS_E_INVALID);
	assert_int_equal(note_signer_from_seed("a", (enum note_key_type)6, seed, &s), IMS_E_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_stored_as_go_writes_it, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(test_generated_keys_come_back, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(test_a_key_is_never_overwritten, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(test_files_that_are_refused, make_dir, drop_dir),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_names_and_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
