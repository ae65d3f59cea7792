/* SPDX-License-Identifier: Apache-2.0 */
/* The index follows the view: what is written comes into it, what is withdrawn leaves it, nothing of a
 * limited payload is ever in it (inv. 9, 10); a file that is damaged or of another history is made anew. */
#include "unit/view/fixture.h"

#include <pthread.h>

#include "base/file.h"
#include "search/follow.h"
#include "search/search.h"

#define SECRET "Geheimnis"

/* A node, and an index beside it, in a folder of its own for the files' removal. */
struct both {
	struct node *n;
	char *dir, *path;
	struct corpus *c;
};

static int setup(void **state)
{
	static struct both b;
	void *n;
	struct errtext e;

	assert_int_equal(node_setup(&n), 0);
	b = (struct both){.n = n, .dir = tmpdir_new()};
	b.path = tmpdir_path(b.dir, "search.db");
	assert_int_equal(node_start(b.n), 0);
	assert_int_equal(corpus_open(b.path, &b.c, &e), 0);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	struct both *b = *state;
	void *n = b->n;

	corpus_close(b->c);
	free(b->path);
	tmpdir_free(b->dir);
	return node_teardown(&n);
}

static void put_initiative(struct node *n, const char *title, const char *abstract)
{
	static unsigned source = 100;
	struct commit_job *j;
	char json[600];

	snprintf(json, sizeof(json),
		 "{'title':[{'lang':'en','text':'%s'}],'abstract':[{'lang':'en','text':'%s'}],'state':'"
		 "active',"
		 "'source':{'scheme':'cordis','id':'%u'},'start':'2024-01-01','end':'2026-01-01'}",
		 title, abstract, ++source);
	j = put_job("initiative", json, NULL);
	if (node_do(n, j))
		fail_msg("%s", buf_text(&j->u.put.problems));
	commit_job_free(j);
}

static struct follow_turn turn(struct both *b)
{
	static char waited[RECORD_ID_MAX_BYTES + 1];
	struct follow_turn t;

	node_sync(b->n);
	assert_int_equal(follow(b->n->store, b->c, 100, waited, &t), 0);
	return t;
}

static enum doc_kind kind_of(struct corpus *c, const char *id)
{
	struct index_doc d = {.number = 0};
	struct arena a;

	arena_init(&a, 1u << 20);
	if (index_find(corpus_index(c), bytes_of(id), &a, &d))
		d.doc.kind = DOC_OTHER;
	arena_fini(&a);
	return d.doc.kind;
}

static void test_it_follows(void **state)
{
	struct both *b = *state;
	struct follow_turn t;

	put_initiative(b->n, "Soil", "Plastics in fields");
	assert_int_equal(node_run(b->n, org_job("Acme", "Ulm")), 0);
	t = turn(b);
	assert_int_equal(t.entries, 2);
	assert_int_equal(t.left, 0);
	assert_int_equal(kind_of(b->c, "eu-i-1"), DOC_INITIATIVE);
	assert_int_equal(kind_of(b->c, "eu-o-1"), DOC_ORGANISATION);
	t = turn(b);
	assert_int_equal(t.entries, 0);
	assert_int_equal(node_run(b->n, withdraw_job("eu-i-1")), 0);
	t = turn(b);
	assert_true(t.removed);
	assert_int_equal(kind_of(b->c, "eu-i-1"), DOC_OTHER);
}

static void test_turns_are_bounded(void **state)
{
	struct both *b = *state;
	struct follow_turn t;
	char name[16];

	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "Org %d", i);
		assert_int_equal(node_run(b->n, org_job(name, "Ulm")), 0);
	}
	node_sync(b->n);
	assert_int_equal(follow(b->n->store, b->c, 3, NULL, &t), 0);
	assert_int_equal(t.entries, 3);
	assert_int_equal(t.left, 5);
	t = turn(b);
	assert_int_equal(t.entries, 5);
}

static void test_nothing_limited(void **state)
{
	struct both *b = *state;
	struct commit_job *j = put_job("organisation", "{'name':'" SECRET "','country':'DE'}", NULL);
	struct buf bytes = {0};
	struct errtext e;

	put_initiative(b->n, "Soil", "Plastics in fields");
	j->u.put.audience = ENTRY_NAMED;
	j->u.put.named = mem_strdup("mx,us");
	assert_int_equal(node_run(b->n, j), 0);
	turn(b);
	assert_int_equal(file_read(b->path, 64u << 20, &bytes, &e), 0);
	assert_non_null(memmem(bytes.p, bytes.n, "Plastics", 8));
	assert_null(memmem(bytes.p, bytes.n, SECRET, strlen(SECRET)));
	buf_fini(&bytes);
}

/* Entries of another history under the same numbers, as after a restored backup. */
static void test_another_history_is_noticed(void **state)
{
	struct both *b = *state;
	struct follow_turn t;

	assert_int_equal(node_run(b->n, org_job("Acme", "Ulm")), 0);
	turn(b);
	assert_int_equal(index_set_mark(corpus_index(b->c), "leaf " FIXTURE_ORIGIN, 1), 0);
	t = turn(b);
	assert_true(t.other);
	assert_int_equal(index_set_mark(corpus_index(b->c), "size " FIXTURE_ORIGIN, 50), 0);
	t = turn(b);
	assert_true(t.other);
}

/* ---- the thread */
static struct search *begin(struct both *b)
{
	struct search_opts o = {.dir = b->dir, .store = b->n->store, .reference = b->n->reference};
	struct errtext e = {""};
	struct search *s;

	node_sync(b->n);
	assert_int_equal(search_start(&o, &s, &e), 0);
	return s;
}

/* Its own words find it: everything written before is in it (a query waits for that). */
static int find(struct search *s, const char *title, struct errtext *e)
{
	struct doc_text text = {BYTES_LIT("en"), bytes_of(title), BYTES_NONE};
	struct doc d = {.kind = DOC_INITIATIVE, .texts = &text, .n_texts = 1};
	struct overlap found;
	struct arena a;
	int err, n = 0;

	arena_init(&a, 16u << 20);
	for (int i = 0; i < 20 && (err = search_overlap(s, &d, 5, &a, &found, e)) == IMS_E_AGAIN; i++)
		;
	n = err ? err : (int)found.n;
	arena_fini(&a);
	return n;
}

static void overwrite(const char *path)
{
	FILE *f = fopen(path, "r+b");

	assert_non_null(f);
	assert_int_equal(fseek(f, 4096, SEEK_SET), 0);
	for (int i = 0; i < 8192; i++)
		assert_true(fputc(0x5a, f) != EOF);
	fclose(f);
}

static void test_the_thread_makes_it_and_makes_it_anew(void **state)
{
	struct both *b = *state;
	struct errtext e = {""};
	struct search *s;

	corpus_close(b->c);
	b->c = NULL;
	unlink(b->path);
	put_initiative(b->n, "Soil", "Plastics in fields");
	s = begin(b);
	assert_int_equal(find(s, "Soil", &e), 1);
	put_initiative(b->n, "Soil again", "Plastics in gardens");
	node_sync(b->n);
	assert_int_equal(find(s, "Soil", &e), 2);
	search_stop(s);
	assert_int_equal(access(b->path, F_OK), 0);
	overwrite(b->path);
	s = begin(b);
	assert_int_equal(find(s, "Soil", &e), 2);
	search_stop(s);
}

/* ---- queries of other threads, while it grows and when it ends */
struct asker {
	struct search *s;
	pthread_t thread;
	_Atomic unsigned answers, wrong;
	_Atomic bool stop;
};

static void *ask_on(void *arg)
{
	struct asker *k = arg;
	struct errtext e;
	struct search_state is;

	while (!k->stop) {
		int n = find(k->s, "Soil", &e);

		k->wrong += n < 0 && n != IMS_E_AGAIN && n != IMS_E_STOPPING;
		k->answers++;
		search_state(k->s, &is);
	}
	return NULL;
}

static void test_queries_beside_the_indexer(void **state)
{
	struct both *b = *state;
	struct asker asker[2] = {{.s = begin(b)}, {.s = NULL}};

	asker[1].s = asker[0].s;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&asker[i].thread, NULL, ask_on, &asker[i]), 0);
	for (int i = 0; i < 20 || asker[0].answers < 2 || asker[1].answers < 2; i++) {
		put_initiative(b->n, "Soil", "Plastics in fields and gardens");
		node_sync(b->n);
	}
	search_quit(asker[0].s);
	for (int i = 0; i < 2; i++) {
		asker[i].stop = true;
		pthread_join(asker[i].thread, NULL);
		assert_int_equal(asker[i].wrong, 0);
	}
	search_stop(asker[0].s);
}

static void test_a_folder_that_cannot_be(void **state)
{
	struct both *b = *state;
	struct search_opts o = {.dir = "/proc/none", .store = b->n->store, .reference = b->n->reference};
	struct errtext e = {""};
	struct search_state state_now;
	struct search *s;
	struct doc d = {.kind = DOC_INITIATIVE};
	struct overlap found;
	struct arena a;

	arena_init(&a, 1u << 20);
	assert_int_equal(search_start(&o, &s, &e), 0);
	assert_int_equal(search_overlap(s, &d, 5, &a, &found, &e), IMS_E_AGAIN);
	assert_non_null(strstr(e.text, "cannot be used"));
	search_state(s, &state_now);
	assert_false(state_now.ready);
	search_stop(s);
	arena_fini(&a);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_it_follows),
		T(test_turns_are_bounded),
		T(test_nothing_limited),
		T(test_another_history_is_noticed),
		T(test_the_thread_makes_it_and_makes_it_anew),
		T(test_queries_beside_the_indexer),
		T(test_a_folder_that_cannot_be),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
