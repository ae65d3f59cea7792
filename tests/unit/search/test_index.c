/* SPDX-License-Identifier: Apache-2.0 */
/* The file: what is put is found, what is removed is gone from its bytes (inv. 9), damage is told. */
#include "unit/search/corpus.h"

#include "base/file.h"
#include "search/likeness.h"

#define SECRET "Xylographie"

static int find(struct place *p, const char *id, struct index_doc *ret)
{
	static struct arena a;

	arena_fini(&a);
	arena_init(&a, 1u << 20);
	return index_find(corpus_index(p->c), bytes_of(id), &a, ret);
}

static bool file_holds(const char *path, const char *text)
{
	struct buf b = {0};
	struct errtext e;
	bool found;

	if (file_read(path, 64u << 20, &b, &e))
		return false;
	found = b.n && memmem(b.p, b.n, text, strlen(text)) != NULL;
	buf_fini(&b);
	return found;
}

static void test_put_and_find(void **state)
{
	struct place *p = *state;
	struct index_doc d;
	uint64_t n;

	place_put_text(p, "eu-i-1", "Soil", "Plastics in fields");
	assert_int_equal(find(p, "eu-i-1", &d), 0);
	assert_int_equal(d.doc.kind, DOC_INITIATIVE);
	assert_true(bytes_eq_text(d.doc.name, "Soil"));
	assert_int_equal(find(p, "eu-i-2", &d), IMS_E_NOT_FOUND);
	place_put_text(p, "eu-i-1", "Water", "Plastics in rivers"); /* in its place */
	assert_int_equal(index_count(corpus_index(p->c), DOC_INITIATIVE, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(likeness_texts(corpus_likeness(p->c)), 1);
}

static void test_what_is_removed_is_in_no_byte(void **state)
{
	struct place *p = *state;
	struct index_doc d;
	char *journal;
	bool was;

	place_fill(p);
	place_put_text(p, "eu-i-9", SECRET, SECRET " " SECRET);
	assert_true(file_holds(p->path, SECRET));
	assert_int_equal(index_begin(corpus_index(p->c)), 0);
	assert_int_equal(corpus_remove(p->c, BYTES_LIT("eu-i-9"), &was), 0);
	assert_int_equal(index_commit(corpus_index(p->c)), 0);
	assert_true(was);
	for (bool first = true, done = false; !done; first = false)
		assert_int_equal(index_scrub(corpus_index(p->c), first, &done), 0);
	assert_int_equal(find(p, "eu-i-9", &d), IMS_E_NOT_FOUND);
	assert_false(file_holds(p->path, SECRET));
	journal = mem_printf("%s-journal", p->path);
	assert_false(file_holds(journal, SECRET));
	free(journal);
}

/* An organisation that somebody names is counted before it is here, and after it has gone. */
static void test_who_takes_part(void **state)
{
	struct place *p = *state;
	struct bytes parties[] = {BYTES_LIT("eu-o-1"), BYTES_LIT("mx-o-2")};
	struct doc org = {.kind = DOC_ORGANISATION, .id = BYTES_LIT("eu-o-1"), .name = BYTES_LIT("Acme")};
	struct doc_text text;
	struct doc d = initiative("eu-i-1", "Soil", "", &text);
	struct index_doc found;
	bool was;

	d.parties = parties;
	d.n_parties = 2;
	place_put(p, &d);
	assert_int_equal(find(p, "eu-o-1", &found), 0);
	assert_int_equal(found.doc.kind, DOC_OTHER);
	assert_int_equal(found.uses, 1);
	place_put(p, &org);
	assert_int_equal(find(p, "eu-o-1", &found), 0);
	assert_int_equal(found.doc.kind, DOC_ORGANISATION);
	assert_int_equal(found.uses, 1);
	d.n_parties = 1;
	place_put(p, &d);
	assert_int_equal(find(p, "mx-o-2", &found), IMS_E_NOT_FOUND);
	assert_int_equal(corpus_remove(p->c, BYTES_LIT("eu-i-1"), &was), 0);
	assert_int_equal(find(p, "eu-o-1", &found), 0);
	assert_int_equal(found.uses, 0);
}

static void test_it_comes_back(void **state)
{
	struct place *p = *state;
	uint64_t mark;
	bool done = false;

	place_fill(p);
	assert_int_equal(index_set_mark(corpus_index(p->c), "size a", 7), 0);
	corpus_close(p->c);
	place_open(p);
	while (!done)
		assert_int_equal(corpus_load(p->c, 10, &done), 0);
	assert_int_equal(likeness_texts(corpus_likeness(p->c)), 40);
	assert_int_equal(index_mark(corpus_index(p->c), "size a", &mark), 0);
	assert_int_equal(mark, 7);
}

static void overwrite(const char *path, long at, const char *with, size_t n)
{
	FILE *f = fopen(path, "r+b");

	assert_non_null(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	assert_int_equal(fwrite(with, 1, n, f), n);
	fclose(f);
}

static void test_damage_and_other_versions_are_told(void **state)
{
	struct place *p = *state;
	struct errtext e = {""};
	struct corpus *c;

	place_fill(p);
	corpus_close(p->c);
	p->c = NULL;
	overwrite(p->path, 60, "\0\0\0\x63", 4); /* user_version 99 */
	assert_int_equal(corpus_open(p->path, &c, &e), IMS_E_CORRUPT);
	overwrite(p->path, 0, "no database here", 16);
	assert_int_equal(corpus_open(p->path, &c, &e), IMS_E_CORRUPT);
	assert_true(e.text[0]);
}

static void copy(const char *from, const char *to)
{
	struct buf b = {0};
	struct errtext e;
	FILE *f;

	assert_int_equal(file_read(from, 64u << 20, &b, &e), 0);
	f = fopen(to, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
	fclose(f);
	buf_fini(&b);
}

/* What lies there while it is open is good after a kill, and is not trusted after the machine has stopped. */
static void test_open_when_the_machine_stopped(void **state)
{
	struct place *p = *state;
	char *killed = mem_printf("%s/killed.db", p->dir), *lost = mem_printf("%s/lost.db", p->dir);
	struct errtext e = {""};
	struct corpus *c;

	place_fill(p);
	copy(p->path, killed);
	assert_int_equal(corpus_open(killed, &c, &e), 0);
	corpus_close(c);
	assert_int_equal(index_set_mark(corpus_index(p->c), "boot", 1), 0); /* another boot */
	copy(p->path, lost);
	assert_int_equal(corpus_open(lost, &c, &e), IMS_E_CORRUPT);
	assert_non_null(strstr(e.text, "stopped"));
	corpus_close(p->c); /* closed in order: whatever boot */
	place_open(p);
	free(killed);
	free(lost);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
	const struct CMUnitTest tests[] = {
		T(test_put_and_find),
		T(test_what_is_removed_is_in_no_byte),
		T(test_who_takes_part),
		T(test_it_comes_back),
		T(test_damage_and_other_versions_are_told),
		T(test_open_when_the_machine_stopped),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
