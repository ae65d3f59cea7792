/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inv. 7, 8: whatever the order in which five regions' entries and their payloads come to a node, the view
 * has one digest, a rebuild gives it again, and what is derived across regions is the same: which signatures
 * count, why others do not, the five steps. And it is what it has to be: one region counts once; an old
 * version, a foreign organisation, a signature after the conclusion or after the end of the initiative never
 * count.
 */
#include "programme/agreement.h"
#include "programme/steps.h"
#include "unit/view/story_make_openssl.h"
#include "view/case.h"

#define NOW_MS INT64_C(1711929600000) /* 2024-04-01 */

#define ROSTER                                                                                               \
	"ims-roster/1\nfederation ims.example\nversion 1\nprevious " WORLD_ZEROS "\nrules 1\n"               \
	"replicated 1 mx\n" WORLD_REGION("eu", "participant", "") WORLD_REGION("irs", "secretariat", "")     \
		WORLD_REGION("mx", "participant", "") WORLD_REGION("us", "participant", "")                  \
			WORLD_REGION("za", "participant", "")

struct bench {
	char *dir;
	struct store *store;
	struct keys *keys;
	struct store_txn *txn;
	struct ledger_log *log[STORY_LOGS];
	struct story story;
	struct reference *reference;
};

/* A database with five empty logs and the roster; every order starts from it, in a transaction that is given
 * up. */
static int setup(void **state)
{
	struct bench *b = mem_new(struct bench);
	struct roster *roster = world_roster(ROSTER, "eu/da mx/da us/da za/da");
	char *lists = mem_printf("%s/config/reference", top_dir());
	struct store_opts o = {.tables = ledger_tables,
			       .n_tables = TABLE_COUNT,
			       .max_extra_tables = 64,
			       .map_bytes = 64u << 20,
			       .map_max_bytes = 64u << 20};
	struct store_key k;

	*b = (struct bench){.dir = tmpdir_new()};
	o.dir = b->dir;
	assert_int_equal(reference_load(lists, &b->reference, NULL), 0);
	free(lists);
	assert_int_equal(store_open(&o, &b->store, NULL), 0);
	b->keys = keys_new(b->store, 11);
	assert_int_equal(store_begin_write(b->store, &b->txn), 0);
	for (int r = 0; r < STORY_LOGS; r++) {
		char origin[64];

		snprintf(origin, sizeof(origin), "ims.example/%s/1", story_region[r]);
		assert_int_equal(ledger_open(b->txn, origin, &b->log[r]), 0);
		assert_int_equal(ledger_flush(b->txn, b->log[r]), 0);
	}
	assert_int_equal(store_put(b->txn, TABLE_ROSTER, store_key(&k, "L", (uint64_t)1),
				   BYTES(roster->note, roster->note_bytes)),
			 0);
	assert_int_equal(store_commit(b->txn), 0);
	roster_unref(roster);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	for (int r = 0; r < STORY_LOGS; r++)
		ledger_close(b->log[r]);
	keys_free(b->keys);
	store_close(b->store);
	reference_free(b->reference);
	tmpdir_free(b->dir);
	free(b);
	return 0;
}

static struct fold fold_of(struct bench *b)
{
	return (struct fold){.txn = b->txn, .logs = b->log, .n_logs = STORY_LOGS, .keys = b->keys};
}

/* ---- an order */
struct late {
	int log;
	uint64_t index;
};

static void take_entry(struct bench *b, int r, uint64_t index, bool late)
{
	struct ledger_item item = b->story.log[r]->items[index];
	struct fold f = fold_of(b);

	if (late) {
		item.payload_state = LEDGER_PAYLOAD_WANTED;
		item.salt = item.payload = BYTES_NONE;
	}
	assert_int_equal(ledger_append(b->txn, b->log[r], &item), 0);
	assert_int_equal(fold_entry(&f, b->log[r], &item), 0);
}

static void take_payload(struct bench *b, const struct late *l)
{
	const struct ledger_item *item = &b->story.log[l->log]->items[l->index];
	struct fold f = fold_of(b);

	assert_int_equal(fold_payload(&f, b->log[l->log], item), 0);
	assert_int_equal(ledger_set_payload(b->txn, b->log[l->log]->payloads, b->log[l->log]->slot, item), 0);
}

/* All entries below `sizes`, in an order made from the seed; some payloads later than their entries. */
static void arrive(struct bench *b, const uint64_t sizes[STORY_LOGS], uint64_t seed)
{
	struct story random = {.seed = seed * 0x9e3779b97f4a7c15u + 3};
	uint64_t at[STORY_LOGS] = {0}, left = 0;
	struct late late[STORY_LOGS * FOREIGN_MAX / 8];
	unsigned percent_late = (unsigned)story_random(&random, 4) * 15;
	size_t n_late = 0;
	int r = 0;

	for (int i = 0; i < STORY_LOGS; i++)
		left += sizes[i];
	while (left || n_late) {
		if (n_late && (!left || story_chance(&random, 10))) {
			size_t k = story_random(&random, n_late);

			take_payload(b, &late[k]);
			late[k] = late[--n_late];
			continue;
		}
		if (story_chance(&random, 40))
			r = (int)story_random(&random, STORY_LOGS);
		if (at[r] == sizes[r]) {
			r = (r + 1) % STORY_LOGS;
			continue;
		}
		bool is_late = b->story.log[r]->items[at[r]].payload.n && story_chance(&random, percent_late);

		take_entry(b, r, at[r], is_late);
		if (is_late)
			late[n_late++] = (struct late){r, at[r]};
		at[r]++;
		left--;
	}
	for (int i = 0; i < STORY_LOGS; i++)
		assert_int_equal(ledger_flush(b->txn, b->log[i]), 0);
	assert_int_equal(keys_keep(b->keys, b->txn), 0);
	if (story_chance(&random, 50))
		assert_int_equal(keys_settle(b->keys, b->txn), 0);
}

static void begin(struct bench *b)
{
	keys_drop(b->keys); /* of the transaction before, which was given up */
	assert_int_equal(store_begin_write(b->store, &b->txn), 0);
	for (int r = 0; r < STORY_LOGS; r++)
		assert_int_equal(ledger_reload(b->txn, b->log[r]), 0);
}

/* ---- what comes of it */
static void digest_of(struct bench *b, struct hash *ret)
{
	struct digest d;

	assert_int_equal(digest_compute(b->txn, 1, &d), 0);
	assert_int_equal(d.holes, 0);
	*ret = d.digest;
	digest_fini(&d);
}

static void tell_agreement(const struct agreement *m, struct buf *out)
{
	static const char *const states[] = {"counts", "pending", "not"};

	buf_printf(out, "revision %llu, %zu regions, %s\n", (unsigned long long)m->version->revision,
		   m->n_regions, m->conclusion ? m->conclusion->record : "open");
	for (size_t i = 0; i < m->n_signings; i++)
		buf_printf(out, "%s %llu %s %s\n", m->signings[i].entry->record,
			   (unsigned long long)m->signings[i].entry->revision, states[m->signings[i].state],
			   m->signings[i].why ? m->signings[i].why : "");
}

static void tell_steps(const struct steps *s, struct buf *out)
{
	for (size_t i = 0; i < STEPS_COUNT; i++) {
		buf_printf(out, "%s %s\n", s->step[i].id, step_verdict_name(s->step[i].verdict));
		for (const struct step_line *l = s->step[i].lines; l; l = l->next)
			buf_printf(out, "  %s %s %s\n", step_line_kind_name(l->kind), l->text, l->record);
	}
}

/* Everything that is derived, as text. */
static void derive(struct bench *b, const struct past_sizes *as_of, struct arena *a, struct agreement *ret,
		   struct buf *out)
{
	const struct case_wish wish = {.as_of = as_of};
	struct programme_case c;
	struct errtext why;
	struct steps s;
	int err = case_load(b->txn, BYTES_LIT("eu-i-1"), &wish, a, &c, &why);

	if (err)
		fail_msg("%s: %s", ims_strerror(err), why.text);
	assert_null(c.cut);
	err = agreement_judge(&c, "eu-m-1", b->reference, a, ret);
	if (err == IMS_E_NOT_FOUND)
		*ret = (struct agreement){0};
	else
		assert_int_equal(err, 0);
	if (!err)
		tell_agreement(ret, out);
	assert_int_equal(steps_check(&c, b->reference, NOW_MS, a, &s), 0);
	tell_steps(&s, out);
	assert_false(out->failed);
}

static bool counts(const struct agreement *m, const char *id)
{
	for (size_t i = 0; i < m->n_signings; i++)
		if (m->signings[i].state == SIGNING_COUNTS && strcmp(m->signings[i].entry->record, id) == 0)
			return true;
	return false;
}

/* It is what the history was made to be. */
static void expect_counts(const struct story *s, const struct agreement *m, uint64_t seed)
{
	bool wanted[STORY_SIGNATURES];
	unsigned n = 0;
	char id[32];

	story_expect(s, wanted);
	assert_int_equal(m->conclusion != NULL, s->concluded);
	for (unsigned i = 0; i < s->n_signatures; i++) {
		snprintf(id, sizeof(id), "%s-sg-%u", story_region[s->signature[i].region],
			 s->signature[i].number);
		n += wanted[i];
		if (counts(m, id) != wanted[i])
			fail_msg("seed %llu: %s %s", (unsigned long long)seed, id,
				 wanted[i] ? "has to count" : "must not count");
	}
	assert_int_equal(m->n_regions, n);
}

static void sizes_of(const struct story *s, uint64_t ret[STORY_LOGS])
{
	for (int r = 0; r < STORY_LOGS; r++)
		ret[r] = s->log[r]->size;
}

/* A rebuild, with all payloads there. */
static void fold_again(struct bench *b)
{
	struct fold f = fold_of(b);

	assert_int_equal(fold_clear(b->txn), 0);
	keys_drop(b->keys);
	for (int r = STORY_LOGS - 1; r >= 0; r--)
		for (uint64_t i = 0; i < b->story.log[r]->size; i++)
			assert_int_equal(fold_entry(&f, b->log[r], &b->story.log[r]->items[i]), 0);
	assert_int_equal(keys_keep(b->keys, b->txn), 0);
}

/* The state at earlier sizes, read from the whole, is what a node had that had no more than these. */
static void check_as_of(struct bench *b, uint64_t seed)
{
	struct story random = {.seed = seed + 77};
	uint64_t all[STORY_LOGS], some[STORY_LOGS];
	struct past_size of[STORY_LOGS];
	struct agreement m;
	struct buf then = {0}, now = {0};
	struct arena a;

	sizes_of(&b->story, all);
	for (int r = 0; r < STORY_LOGS; r++) {
		some[r] = r == EU ? 5 + story_random(&random, all[r] - 4) : story_random(&random, all[r] + 1);
		of[r] = (struct past_size){b->story.log[r]->origin, some[r]};
	}
	begin(b);
	arena_init(&a, CASE_ARENA_BYTES);
	arrive(b, some, seed);
	derive(b, NULL, &a, &m, &then);
	store_abort(b->txn);
	begin(b);
	arrive(b, all, seed);
	derive(b, &(struct past_sizes){of, STORY_LOGS}, &a, &m, &now);
	store_abort(b->txn);
	assert_string_equal(buf_text(&now), buf_text(&then));
	arena_fini(&a);
	buf_fini(&then);
	buf_fini(&now);
}

/* One history in many orders. */
static void check_story(struct bench *b, uint64_t seed, unsigned n_orders, unsigned *ret_concluded)
{
	uint64_t sizes[STORY_LOGS];
	struct hash first, digest;
	struct buf told = {0}, once = {0};
	struct agreement m;

	story_make(&b->story, seed, STORY_ENTRIES);
	sizes_of(&b->story, sizes);
	for (unsigned i = 0; i < n_orders; i++) {
		struct arena a;

		arena_init(&a, CASE_ARENA_BYTES);
		begin(b);
		arrive(b, sizes, seed * 1000 + i);
		digest_of(b, &digest);
		buf_clear(&told);
		derive(b, NULL, &a, &m, &told);
		if (i == 0) {
			first = digest;
			buf_put(&once, buf_bytes(&told));
			expect_counts(&b->story, &m, seed);
			*ret_concluded += m.conclusion != NULL;
			fold_again(b);
			digest_of(b, &digest);
		}
		store_abort(b->txn);
		assert_memory_equal(&digest, &first, sizeof(digest));
		assert_string_equal(buf_text(&told), buf_text(&once));
		arena_fini(&a);
	}
	buf_fini(&told);
	buf_fini(&once);
}

/* The same history when it was young: in the end most are closed, one way or another. */
static void check_young(struct bench *b, uint64_t seed)
{
	uint64_t sizes[STORY_LOGS];
	struct buf told = {0};
	struct agreement m;
	struct arena a;

	story_make(&b->story, seed, 30 + seed * 37 % 120);
	sizes_of(&b->story, sizes);
	arena_init(&a, CASE_ARENA_BYTES);
	begin(b);
	arrive(b, sizes, seed);
	derive(b, NULL, &a, &m, &told);
	expect_counts(&b->story, &m, seed);
	store_abort(b->txn);
	arena_fini(&a);
	buf_fini(&told);
	story_end(&b->story);
}

static unsigned number(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void test_orders(void **state)
{
	struct bench *b = *state;
	/* some here, all of them by tests/run's `orders` */
	unsigned first = number("CASE_FIRST", 1), stories = number("CASE_STORIES", 30),
		 orders = number("CASE_ORDERS", 2);
	unsigned concluded = 0;

	for (uint64_t seed = first; seed < first + stories; seed++) {
		check_young(b, seed);
		check_story(b, seed, orders, &concluded);
		check_as_of(b, seed);
		story_end(&b->story);
	}
	print_message("%u orders of %d entries, %u of %u histories concluded\n", stories * orders,
		      STORY_ENTRIES, concluded, stories);
	if (stories >= 50) { /* both happen */
		assert_true(concluded > stories / 10);
		assert_true(concluded < stories);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_orders, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
