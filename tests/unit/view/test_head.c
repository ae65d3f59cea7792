/* SPDX-License-Identifier: Apache-2.0 */
/* Signing: own heads behind the gate (C4), cosignatures after the commit (C3), evidence, rosters. */
#include "unit/view/foreign.h"
#include "unit/view/look.h"

#include "ledger/evidence.h"

#define MX "ims.example/mx/1"

/* The published note is of this size, signed by the own log key, and of the root that was given. */
static void expect_head(struct node *n, uint64_t size)
{
	struct note parsed;
	struct checkpoint c;

	assert_int_equal(roster_verify_checkpoint(n->roster, bytes_of(n->published_note), &parsed, &c), 0);
	assert_true(bytes_eq_text(c.origin, FIXTURE_ORIGIN));
	assert_int_equal(c.size, size);
	assert_true(hash_eq(&c.root, &n->published_root));
	assert_int_equal(parsed.n_sigs, 1);
}

/* DESIGN section 6: nothing is signed before peers have shown their heads. */
static void test_gate(void **state)
{
	struct node *n = *state;

	n->gate_open = false;
	assert_int_equal(node_start(n), 0);
	node_fill(n, 2, "A");
	assert_string_equal(n->published_note, "");
	assert_int_equal(n->published_size, 2);
	node_advance(n, 1000);
	commit_tick(n->commit);
	assert_string_equal(n->published_note, "");
	assert_int_equal(look_count(n, TABLE_HEADS), 0);
	assert_int_equal(node_open_gate(n, true), 0);
	expect_head(n, 2);
	assert_int_equal(n->published_size, 2);
	node_fill(n, 1, "B");
	expect_head(n, 3);
	node_sync(n);
	assert_int_equal(look_count(n, TABLE_HEADS), 2); /* the named one and the newest */
}

static void test_empty_log_has_no_head(void **state)
{
	struct node *n = *state;

	assert_int_equal(node_start(n), 0);
	assert_int_equal(node_open_gate(n, true), 0);
	node_advance(n, 10000);
	commit_tick(n->commit);
	assert_int_equal(n->n_published, 0);
}

/* A head is named at most once an interval, and the last one of a burst is named by the clock. */
static void test_naming(void **state)
{
	struct node *n = *state;

	assert_int_equal(node_start(n), 0);
	node_fill(n, 1, "A");
	assert_true(n->published_named);
	node_fill(n, 1, "B");
	assert_false(n->published_named);
	expect_head(n, 2);
	node_advance(n, FIXTURE_HEAD_MS - 1);
	commit_tick(n->commit);
	assert_int_equal(n->n_published, 2);
	assert_true(commit_due_ms(n->commit) <= 1);
	node_advance(n, 1);
	commit_tick(n->commit);
	assert_int_equal(n->n_published, 3);
	assert_true(n->published_named);
	expect_head(n, 2);
	node_advance(n, 10000);
	commit_tick(n->commit); /* nothing has moved */
	assert_int_equal(n->n_published, 3);
}

/* C5: the head goes with an aborted transaction and is made again; the log does not sign less. */
static void test_head_after_abort(void **state)
{
	struct node *n = *state;
	struct store_txn *t;
	struct head_row head;

	assert_int_equal(node_start(n), 0);
	node_fill(n, 3, "A");
	store_txn_fail(n->commit->txn, IMS_E_NO_SPACE);
	commit_tick(n->commit); /* it looks at the disk */
	node_advance(n, 500);
	commit_tick(n->commit);
	assert_int_equal(n->fatal, 0);
	assert_int_equal(n->state, COMMIT_READ_ONLY);
	node_advance(n, 2000);
	commit_tick(n->commit);
	assert_int_equal(n->state, COMMIT_READY);
	commit_tick(n->commit);
	node_sync(n);
	expect_head(n, 3);
	t = look_begin(n);
	assert_int_equal(heads_newest(t, FIXTURE_ORIGIN, UINT64_MAX, &head), 0);
	assert_int_equal(head.size, 3);
	store_abort(t);
}

/* ---- cosigning */
static struct commit_job *give(struct node *n, struct foreign *f, uint64_t from, uint64_t to, bool named)
{
	struct commit_job *j = foreign_job(f, COMMIT_PACKAGE, from, to, named);

	assert_int_equal(node_do(n, j), 0);
	return j;
}

static void add_orgs(struct foreign *f, unsigned count)
{
	char id[32], name[32], region[16];

	assert_int_equal(sscanf(f->origin, "ims.example/%15[^/]", region), 1);
	while (count--) {
		snprintf(id, sizeof(id), "%s-o-%llu", region, (unsigned long long)f->size + 1);
		snprintf(name, sizeof(name), "Org %llu", (unsigned long long)f->size);
		foreign_org(f, id, 1, name);
	}
}

static void count_cosig(void *ctx, const struct roster_region *by, uint64_t time_s, struct bytes line)
{
	unsigned *n = ctx;

	(void)line;
	assert_string_equal(by->code, "eu");
	assert_int_equal(time_s, 1700000000);
	++*n;
}

static void expect_cosigned(struct node *n, struct commit_job *j, struct foreign *f)
{
	struct commit_package *p = &j->u.package;
	struct buf all = {0};
	struct note parsed;
	struct checkpoint c;
	unsigned found = 0;

	assert_int_equal(p->ret_size, f->size);
	assert_int_equal(p->ret_cosigned_size, f->size);
	buf_put(&all, p->note);
	buf_put(&all, buf_bytes(&p->ret_cosignature));
	assert_int_equal(roster_verify_checkpoint(n->roster, buf_bytes(&all), &parsed, &c), 0);
	assert_int_equal(roster_verify_cosignatures(n->roster, &parsed, &c, count_cosig, &found), 1);
	assert_int_equal(found, 1);
	buf_fini(&all);
}

static uint64_t cosigned_size(struct node *n)
{
	struct store_txn *t;
	uint64_t size;

	node_sync(n);
	t = look_begin(n);
	size = cosigs_largest(t, MX, "eu");
	store_abort(t);
	return size;
}

static void test_cosign(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");
	struct commit_job *j;

	assert_int_equal(node_start(n), 0);
	add_orgs(f, 10);
	j = give(n, f, 0, 4, true); /* on the way to a named head */
	assert_int_equal(j->u.package.ret_cosigned_size, 0);
	assert_int_equal(j->u.package.ret_size, 4);
	commit_job_free(j);
	j = give(n, f, 4, 10, true); /* reached */
	expect_cosigned(n, j, f);
	commit_job_free(j);
	assert_int_equal(cosigned_size(n), 10);
	add_orgs(f, 1);
	j = give(n, f, 10, 11, false); /* reached, not named */
	assert_int_equal(j->u.package.ret_cosigned_size, 0);
	commit_job_free(j);
	assert_int_equal(cosigned_size(n), 10);
	j = foreign_job(f, COMMIT_HEAD, 11, 11, true); /* named afterwards */
	assert_int_equal(node_do(n, j), 0);
	expect_cosigned(n, j, f);
	commit_job_free(j);
	assert_int_equal(cosigned_size(n), 11);
	foreign_free(f);
}

/* All that a log has not given yet, the last package up to a named head. */
static void give_rest(struct node *n, struct foreign *f, uint64_t from)
{
	for (uint64_t to; from < f->size; from = to) {
		struct commit_job *j;

		to = f->size - from > 1000 ? from + 1000 : f->size;
		j = give(n, f, from, to, true);
		if (to == f->size)
			expect_cosigned(n, j, f);
		commit_job_free(j);
	}
}

/* Who cosigns has a transaction open; the set of index keys takes in what it owes all the same (view/settle.c). */
static void test_cosigning_while_keys_are_owed(void **state)
{
	struct node *n = *state;
	struct foreign *one = foreign_new("mx"), *other = foreign_new("us");

	assert_int_equal(node_start(n), 0);
	add_orgs(one, 12000);
	give_rest(n, one, 0);
	n->mono_ms += 20000; /* what is open is committed; a round begins, with more than it takes in at once */
	commit_tick(n->commit);
	for (int i = 0; i < 12; i++) { /* and more comes, in many commits that each reach a head */
		add_orgs(other, 1000);
		give_rest(n, other, other->size - 1000);
	}
	assert_int_equal(n->fatal, 0);
	assert_int_equal(cosigned_size(n), 12000);
	foreign_free(one);
	foreign_free(other);
}

static void test_no_cosigning_behind_gate(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");
	struct commit_job *j;

	n->gate_open = false;
	assert_int_equal(node_start(n), 0);
	add_orgs(f, 3);
	j = give(n, f, 0, 3, true);
	assert_int_equal(j->u.package.ret_cosigned_size, 0);
	commit_job_free(j);
	assert_int_equal(cosigned_size(n), 0);
	assert_int_equal(node_open_gate(n, true), 0);
	j = foreign_job(f, COMMIT_HEAD, 3, 3, true);
	assert_int_equal(node_do(n, j), 0);
	expect_cosigned(n, j, f);
	commit_job_free(j);
	foreign_free(f);
}

/* A cosignature says "with every payload that is for me" (DESIGN section 2): not while one is
 * wanted. */
static void test_no_cosigning_with_holes(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");
	struct ledger_item whole;
	struct commit_job *j;

	assert_int_equal(node_start(n), 0);
	add_orgs(f, 3);
	whole = f->items[1];
	f->items[1].payload_state = LEDGER_PAYLOAD_WANTED;
	f->items[1].payload = f->items[1].salt = BYTES_NONE;
	j = give(n, f, 0, 3, true);
	assert_int_equal(j->u.package.ret_cosigned_size, 0);
	commit_job_free(j);
	f->items[1] = whole;
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PAYLOADS, 1, 2, false)), 0);
	j = foreign_job(f, COMMIT_HEAD, 3, 3, true);
	assert_int_equal(node_do(n, j), 0);
	expect_cosigned(n, j, f);
	commit_job_free(j);
	foreign_free(f);
}

/* A package in two jobs, in one turn or in two, is the package: reached, and cosigned, with the second. */
static void test_cosign_a_split_package(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");
	struct commit_job *jobs[2];

	assert_int_equal(node_start(n), 0);
	for (uint64_t from = 0; from < 20; from += 10) {
		add_orgs(f, 10);
		jobs[1] = foreign_job(f, COMMIT_PACKAGE, from, from + 10, true);
		jobs[0] = commit_job_split(jobs[1], 3);
		if (from == 0)
			commit_run(n->commit, jobs, 2);
		for (int i = 0; i < 2 && from; i++)
			assert_int_equal(node_do(n, jobs[i]), 0);
		assert_int_equal(jobs[0]->u.package.ret_size, from + 3);
		assert_int_equal(jobs[0]->u.package.ret_cosigned_size, 0);
		expect_cosigned(n, jobs[1], f);
		commit_job_free(jobs[0]);
		commit_job_free(jobs[1]);
		assert_int_equal(cosigned_size(n), from + 10);
	}
	foreign_free(f);
}

/* What the first part met stops the second one: nothing has a hole. */
static void test_a_split_package_fails_as_one(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");
	struct commit_job *jobs[2];

	assert_int_equal(node_start(n), 0);
	add_orgs(f, 10);
	jobs[1] = foreign_job(f, COMMIT_PACKAGE, 1, 10, true);
	jobs[0] = commit_job_split(jobs[1], 3);
	commit_run(n->commit, jobs, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(jobs[i]->err, IMS_E_STALE);
		commit_job_free(jobs[i]);
	}
	assert_int_equal(look_log(n, MX, NULL), 0);
	foreign_free(f);
}

static void test_package_not_at_the_end(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");

	assert_int_equal(node_start(n), 0);
	add_orgs(f, 4);
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 1, 3, false)), IMS_E_STALE);
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 0, 2, false)), 0);
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 0, 2, false)), IMS_E_STALE);
	snprintf(f->origin, sizeof(f->origin), "%s",
		 FIXTURE_ORIGIN); /* inv. 1: nobody appends to the own log */
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 0, 2, false)), IMS_E_STALE);
	snprintf(f->origin, sizeof(f->origin), "ims.example/jp/1");
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 0, 2, false)), IMS_E_NOT_FOUND);
	assert_int_equal(look_log(n, MX, NULL), 2);
	foreign_free(f);
}

/* A peer's cosignature is kept with the head. */
static void test_peers_cosignature(void **state)
{
	struct node *n = *state;
	struct commit_job *j = commit_job_new(COMMIT_COSIGNATURE);
	struct commit_cosignature *k = &j->u.cosignature;
	struct store_txn *t;

	assert_int_equal(node_start(n), 0);
	node_fill(n, 1, "A");
	k->origin = mem_strdup(FIXTURE_ORIGIN);
	k->region = mem_strdup("mx");
	k->size = 1;
	k->time_s = 5;
	buf_put_text(&k->line, "a line\n");
	assert_int_equal(node_run(n, j), 0);
	node_sync(n);
	t = look_begin(n);
	assert_int_equal(cosigs_largest(t, FIXTURE_ORIGIN, "mx"), 1);
	store_abort(t);
	assert_int_equal(look_journal(n, "cosignature").n, 1);
}

/* ---- evidence: inv. 12, one log is frozen, the others go on */
static struct commit_job *evidence_job(void)
{
	struct commit_job *j = commit_job_new(COMMIT_EVIDENCE);

	j->u.evidence.origin = mem_strdup(MX);
	buf_put_text(&j->u.evidence.note_a, "note a");
	buf_put_text(&j->u.evidence.note_b, "note b");
	j->u.evidence.freezes = true;
	return j;
}

static void test_evidence(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("mx");

	assert_int_equal(node_start(n), 0);
	add_orgs(f, 4);
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 0, 2, false)), 0);
	assert_int_equal(node_run(n, evidence_job()), 0);
	assert_int_equal(look_count(n, TABLE_EVIDENCE), 1);
	assert_int_equal(look_journal(n, "conflict").outcome, -IMS_E_CONFLICT);
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 2, 4, false)), IMS_E_FROZEN);
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_HEAD, 2, 2, true)), IMS_E_FROZEN);
	assert_int_equal(node_run(n, org_job("Goes on", "Bonn")), 0);
	node_stop(n);
	assert_int_equal(node_start(n), 0); /* for good */
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 2, 4, false)), IMS_E_FROZEN);
	assert_int_equal(look_log(n, MX, NULL), 2);
	for (int i = 0; i < 3; i++) /* inv. 11: what was found here, one that others can verify, no more */
		assert_int_equal(node_run(n, evidence_job()), 0);
	assert_int_equal(look_count(n, TABLE_EVIDENCE), LEDGER_EVIDENCE_KEPT);
	foreign_free(f);
}

/* ---- rosters */
static struct commit_job *roster_job(struct node *n, const char *signers)
{
	struct commit_job *j = commit_job_new(COMMIT_ROSTER);
	struct buf text = {0};
	char hex[HEX_HASH_BYTES], *version_2;

	hex_hash(&n->roster->hash, hex);
	version_2 = world_edit(FIXTURE_ROSTER WORLD_REGION("zz", "participant", ""),
			       (struct world_edit[]){{"version 1", "version 2"}, {WORLD_ZEROS, hex}}, 2);
	world_expand(&text, version_2);
	world_sign(&j->u.roster, buf_bytes(&text), signers);
	buf_fini(&text);
	free(version_2);
	return j;
}

#define ZZ_SIGNERS "eu/da mx/da us/da zz/da zz/l1a zz/ca"

static void test_roster(void **state)
{
	struct node *n = *state;
	struct foreign *f = foreign_new("zz");
	struct arena a;
	struct entry en;
	struct ledger_item it;
	struct ledger_reader r;
	struct store_txn *t;

	assert_int_equal(node_start(n), 0);
	assert_int_equal(node_run(n, roster_job(n, "eu/da zz/da zz/l1a zz/ca")), IMS_E_ROSTER);
	foreign_org(f, "zz-o-1", 1, "New");
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 0, 1, false)), IMS_E_NOT_FOUND);
	assert_int_equal(node_run(n, roster_job(n, ZZ_SIGNERS)), 0);
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 0, 1, false)), 0);
	assert_string_equal(look_record(n, "zz-o-1"), "live 1");
	node_fill(n, 1, "Under two");
	node_stop(n);
	assert_int_equal(node_start(n), 0); /* given version 1, it finds the second in its store */
	assert_int_equal(n->commit->roster->version, 2);
	t = look_begin(n);
	assert_int_equal(ledger_read_open(t, FIXTURE_ORIGIN, &r), 0);
	assert_int_equal(ledger_read_entry(&r, 0, &it), 0);
	arena_init(&a, 65536);
	assert_int_equal(entry_decode(it.entry, &a, &en, NULL), 0);
	assert_int_equal(en.roster_version, 2);
	arena_fini(&a);
	store_abort(t);
	foreign_free(f);
}

/* A roster whose transaction is lost is not obeyed as if it were kept. */
static void test_roster_after_abort(void **state)
{
	struct node *n = *state;
	struct commit_job *j = roster_job(n, ZZ_SIGNERS);
	struct commit_job *jobs[2] = {j, org_job("With it", "Bonn")};

	assert_int_equal(node_start(n), 0);
	node_fill(n, 1, "Before");
	store_txn_fail(n->commit->txn, IMS_E_MAP_FULL);
	commit_run(n->commit, jobs, 2);
	assert_int_equal(jobs[0]->err, 0);
	assert_int_equal(jobs[1]->err, 0);
	commit_job_free(jobs[0]);
	commit_job_free(jobs[1]);
	assert_int_equal(look_count(n, TABLE_ROSTER), 2);
	node_crash(n);
	assert_int_equal(node_start(n), 0);
	assert_int_equal(n->commit->roster->version, 2);
	assert_int_equal(look_log(n, FIXTURE_ORIGIN, NULL), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_gate, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_empty_log_has_no_head, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_naming, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_head_after_abort, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_cosign, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_cosign_a_split_package, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_a_split_package_fails_as_one, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_cosigning_while_keys_are_owed, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_no_cosigning_behind_gate, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_no_cosigning_with_holes, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_package_not_at_the_end, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_peers_cosignature, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_evidence, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_roster, node_setup, node_teardown),
		cmocka_unit_test_setup_teardown(test_roster_after_abort, node_setup, node_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
