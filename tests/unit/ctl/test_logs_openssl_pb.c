/* SPDX-License-Identifier: Apache-2.0 */
/* Logs, proofs, entries and the roster as a client reads them from a node. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "unit/ctl/asks.h"

#include "ledger/evidence.h"

/* inv. 3: what a write's answer says is there for the next read, of the same client at once. */
static void test_a_client_reads_its_own_writes(void **state)
{
	Ims__Ctl__Empty empty = FRESH(Empty, empty);
	struct one_node *w = *state;
	struct hash root;
	struct arena a;
	Ims__Ctl__LogListReply *l;

	l = one_call(w, VERB_LOG_LIST, &empty.base, &ims__ctl__log_list_reply__descriptor, &a);
	assert_int_equal(l->n_logs, 1);
	assert_int_equal(l->logs[0]->size, 0);
	merkle_empty_root(&root);
	assert_memory_equal(l->logs[0]->root.data, &root, 32);
	arena_fini(&a);
	for (unsigned i = 0; i < 5; i++) {
		one_put(w, (const char *[]){"A", "B", "C", "D", "E"}[i], "", NULL);
		l = one_call(w, VERB_LOG_LIST, &empty.base, &ims__ctl__log_list_reply__descriptor, &a);
		assert_int_equal(l->logs[0]->size, i + 1);
		assert_string_equal(l->logs[0]->state, "ok");
		assert_string_equal(l->logs[0]->origin, ONE_ORIGIN);
		assert_string_equal(l->logs[0]->region, "eu");
		arena_fini(&a);
	}
}

#define MANY 40

/* The entries' own leaves give the root of the list; each has its payload and salt. */
static void test_entries_hash_to_the_root(void **state)
{
	Ims__Ctl__EntriesRequest q = FRESH(EntriesRequest, entries_request);
	Ims__Ctl__LogRequest show = FRESH(LogRequest, log_request);
	struct one_node *w = *state;
	Ims__Ctl__EntriesReply *r;
	Ims__Ctl__LogShowReply *s;
	struct tile_edge *edge = mem_new(struct tile_edge);
	struct hash leaf, root, commitment;
	struct arena a, b;

	/* so many and so long that some of their rows are cut: then the salt, too, is nobody's but the reader's */
	for (unsigned n = 0; n < MANY; n++) {
		char name[161];

		for (unsigned k = 0; k < sizeof(name) - 1; k++)
			name[k] = (char)('a' + (n * 7919u + k * k * 31u + k * n) % 26);
		name[sizeof(name) - 1] = '\0';
		name[0] = (char)('A' + n / 26);
		one_put(w, name, "", NULL);
	}
	q.payloads = true;
	r = one_call(w, VERB_LOG_ENTRIES, &q.base, &ims__ctl__entries_reply__descriptor, &a);
	assert_int_equal(r->n_entries, MANY);
	tile_edge_init(edge);
	for (size_t i = 0; i < r->n_entries; i++) {
		struct bytes entry = BYTES(r->entries[i]->entry.data, r->entries[i]->entry.len);

		merkle_leaf(entry, &leaf);
		assert_int_equal(r->entries[i]->index, i);
		assert_memory_equal(r->entries[i]->leaf.data, &leaf, 32);
		assert_int_equal(tile_edge_append(edge, &leaf, NULL, NULL), 0);
		assert_string_equal(r->entries[i]->payload_state, "here");
		merkle_commitment(BYTES(r->entries[i]->salt.data, r->entries[i]->salt.len),
				  BYTES(r->entries[i]->payload.data, r->entries[i]->payload.len), &leaf);
		assert_int_equal(ledger_entry_commitment(entry, &commitment), 0);
		assert_memory_equal(&commitment, &leaf, 32);
	}
	tile_edge_root(edge, &root);
	s = one_call(w, VERB_LOG_SHOW, &show.base, &ims__ctl__log_show_reply__descriptor, &b);
	assert_memory_equal(s->log->root.data, &root, 32);
	assert_int_equal(s->log->head_size, MANY);
	arena_fini(&a);
	arena_fini(&b);
	free(edge);
}

/* inv. 10: what an auditor may not see has neither payload nor salt. */
static void test_an_auditor_gets_no_sealed_payload(void **state)
{
	Ims__Ctl__EntriesRequest q = FRESH(EntriesRequest, entries_request);
	struct one_node *w = *state;
	const struct client auditor = {1, ROLE_AUDITOR, "otto"}; /* by the test's own session */
	Ims__Ctl__EntriesReply *r;
	struct buf body = {0};
	struct arena a;

	one_put(w, "Open", "public", NULL);
	one_put(w, "Members", "federation", NULL);
	one_put(w, "Closed", "named:mx,us", NULL);
	q.payloads = true;
	r = one_call(w, VERB_LOG_ENTRIES, &q.base, &ims__ctl__entries_reply__descriptor, &a);
	assert_string_equal(r->entries[2]->payload_state, "here"); /* the operator's own */
	assert_true(r->entries[2]->payload.len > 0);
	arena_fini(&a);
	codec_pack(&q.base, &body);
	ctl_request(w->ctl, &auditor, 7000, VERB_LOG_ENTRIES, buf_bytes(&body));
	r = one_take_reply(w, 7000, &ims__ctl__entries_reply__descriptor, &a);
	assert_int_equal(r->n_entries, 3);
	assert_string_equal(r->entries[0]->payload_state, "here");
	assert_string_equal(r->entries[1]->payload_state, "here");
	assert_string_equal(r->entries[2]->payload_state, "not-for-me");
	assert_int_equal(r->entries[2]->payload.len, 0);
	assert_int_equal(r->entries[2]->salt.len, 0);
	arena_fini(&a);
	buf_fini(&body);
}

static void test_a_reader_waits_for_the_next_entry(void **state)
{
	Ims__Ctl__EntriesRequest q = FRESH(EntriesRequest, entries_request);
	struct one_node *w = *state;
	Ims__Ctl__EntriesReply *r;
	uint64_t waiting;
	struct arena a;

	q.wait_ms = 60;
	r = one_call(w, VERB_LOG_ENTRIES, &q.base, &ims__ctl__entries_reply__descriptor, &a);
	assert_int_equal(r->n_entries, 0);
	arena_fini(&a);
	q.wait_ms = 60000;
	waiting = one_send(w, VERB_LOG_ENTRIES, &q.base);
	one_await(w, one_send_put(w, "A", "", ""));
	r = one_take_reply(w, waiting, &ims__ctl__entries_reply__descriptor, &a);
	assert_int_equal(r->n_entries, 1);
	assert_int_equal(r->size, 1);
	arena_fini(&a);
}

/* The checkpoint at the end of a proof, once it is signed. */
static uint64_t await_checkpoint(struct one_node *w, uint64_t size, struct buf *note)
{
	Ims__Ctl__LogRequest q = FRESH(LogRequest, log_request);
	Ims__Ctl__NoteReply *r;
	struct checkpoint c;
	struct note n;
	struct arena a;

	r = one_call(w, VERB_LOG_CHECKPOINT, &q.base, &ims__ctl__note_reply__descriptor, &a);
	buf_clear(note);
	buf_put(note, BYTES(r->note.data, r->note.len));
	arena_fini(&a);
	assert_int_equal(roster_verify_checkpoint(w->roster, buf_bytes(note), &n, &c), 0);
	assert_int_equal(c.size, size);
	return c.size;
}

static void parse_hashes(struct bytes *rest, struct merkle_proof *p)
{
	struct bytes line;
	size_t n;

	p->n = 0;
	while (rest->p && text_split(rest, '\n', &line) && line.n) {
		assert_int_equal(base64_get(line, p->hash[p->n].b, 32, &n), true);
		assert_int_equal(n, 32);
		p->n++;
	}
}

/* C2SP tlog-proof: header, index, path, empty line, checkpoint; it verifies without the node. */
static void test_a_proof_of_inclusion_verifies(void **state)
{
	Ims__Ctl__LogRequest q = FRESH(LogRequest, log_request);
	Ims__Ctl__EntriesRequest eq = FRESH(EntriesRequest, entries_request);
	struct one_node *w = *state;
	struct bytes rest, line;
	struct merkle_proof path;
	struct checkpoint c;
	struct hash leaf;
	struct note n;
	struct arena a, b;
	Ims__Ctl__EntriesReply *e;

	for (int i = 0; i < 7; i++)
		one_put(w, (const char *[]){"A", "B", "C", "D", "E", "F", "G"}[i], "", NULL);
	e = one_call(w, VERB_LOG_ENTRIES, &eq.base, &ims__ctl__entries_reply__descriptor, &b);
	for (uint64_t i = 0; i < 7; i++) {
		Ims__Ctl__ProofReply *r;
		char index[32];

		q.index = i;
		r = one_call(w, VERB_LOG_PROOF, &q.base, &ims__ctl__proof_reply__descriptor, &a);
		rest = BYTES(r->text.data, r->text.len);
		assert_true(text_split(&rest, '\n', &line) && bytes_eq_text(line, "c2sp.org/tlog-proof@v1"));
		snprintf(index, sizeof(index), "index %d", (int)i);
		assert_true(text_split(&rest, '\n', &line) && bytes_eq_text(line, index));
		parse_hashes(&rest, &path);
		assert_int_equal(roster_verify_checkpoint(w->roster, rest, &n, &c), 0);
		memcpy(leaf.b, e->entries[i]->leaf.data, 32);
		assert_int_equal(merkle_verify_inclusion(i, c.size, &leaf, path.hash, path.n, &c.root), 0);
		arena_fini(&a);
	}
	arena_fini(&b);
}

static void test_a_proof_of_consistency_verifies(void **state)
{
	Ims__Ctl__LogRequest q = FRESH(LogRequest, log_request);
	struct one_node *w = *state;
	struct buf old = {0}, new = {0};
	struct checkpoint c_old, c_new;
	struct merkle_proof proof;
	Ims__Ctl__ProofReply *r;
	struct bytes rest;
	struct note n;
	struct arena a;
	char text[512];

	for (int i = 0; i < 3; i++)
		one_put(w, (const char *[]){"A", "B", "C"}[i], "", NULL);
	q.old_size = await_checkpoint(w, 3, &old);
	one_put(w, "D", "", NULL);
	one_put(w, "E", "", NULL);
	q.size = await_checkpoint(w, 5, &new);
	r = one_call(w, VERB_LOG_PROOF, &q.base, &ims__ctl__proof_reply__descriptor, &a);
	rest = BYTES(r->text.data, r->text.len);
	parse_hashes(&rest, &proof);
	arena_fini(&a);
	assert_int_equal(roster_verify_checkpoint(w->roster, buf_bytes(&old), &n, &c_old), 0);
	assert_int_equal(roster_verify_checkpoint(w->roster, buf_bytes(&new), &n, &c_new), 0);
	assert_int_equal(merkle_verify_consistency(3, 5, &c_old.root, &c_new.root, proof.hash, proof.n), 0);
	q.size = 6;
	assert_int_equal(one_refused(w, VERB_LOG_PROOF, &q.base, text), IMS_E_RANGE);
	q = FRESH(LogRequest, log_request);
	q.index = 5;
	assert_int_equal(one_refused(w, VERB_LOG_PROOF, &q.base, text), IMS_E_RANGE);
	q.origin = LEND("ims.example/mx/1");
	assert_int_equal(one_refused(w, VERB_LOG_PROOF, &q.base, text), IMS_E_NOT_FOUND);
	buf_fini(&old);
	buf_fini(&new);
}

/* What is kept against a log comes out as the file that `ims verify` reads. */
static void test_evidence_is_exported(void **state)
{
	const struct evidence_row kept = {BYTES_LIT("one\n"), BYTES_LIT("two\n"), BYTES_NONE};
	Ims__Ctl__LogRequest q = FRESH(LogRequest, log_request);
	struct one_node *w = *state;
	Ims__Ctl__ProofReply *r;
	struct store_txn *t;
	struct arena a;
	char text[512];

	q.origin = LEND("ims.example/mx/1");
	assert_int_equal(one_refused(w, VERB_LOG_EVIDENCE, &q.base, text), IMS_E_NOT_FOUND);
	assert_int_equal(store_begin_write(w->store, &t), 0);
	assert_int_equal(evidence_put(t, q.origin, 1, &kept), 0);
	assert_int_equal(store_commit(t), 0);
	r = one_call(w, VERB_LOG_EVIDENCE, &q.base, &ims__ctl__proof_reply__descriptor, &a);
	assert_true(bytes_eq_text(BYTES(r->text.data, r->text.len), "ims-evidence/1\nnote 4\none\nnote 4\ntwo\n"));
	arena_fini(&a);
}

static void test_the_roster_is_shown(void **state)
{
	Ims__Ctl__RosterRequest q = FRESH(RosterRequest, roster_request);
	Ims__Ctl__RosterPublishRequest p = FRESH(RosterPublishRequest, roster_publish_request);
	struct one_node *w = *state;
	Ims__Ctl__RosterReply *r;
	struct arena a;
	char text[512];

	r = one_call(w, VERB_ROSTER_SHOW, &q.base, &ims__ctl__roster_reply__descriptor, &a);
	assert_int_equal(r->version, 1);
	assert_memory_equal(r->hash.data, &w->roster->hash, 32);
	assert_int_equal(r->note.len, w->roster->note_bytes);
	arena_fini(&a);
	q.version = 9;
	assert_int_equal(one_refused(w, VERB_ROSTER_SHOW, &q.base, text), IMS_E_NOT_FOUND);
	p.note = (ProtobufCBinaryData){w->roster->note_bytes, w->roster->note};
	r = one_call(w, VERB_ROSTER_PUBLISH, &p.base, &ims__ctl__roster_reply__descriptor, &a);
	assert_int_equal(r->version, 1); /* known already */
	arena_fini(&a);
	p.note = (ProtobufCBinaryData){3, (uint8_t *)LEND("abc")};
	assert_int_equal(one_refused(w, VERB_ROSTER_PUBLISH, &p.base, text), IMS_E_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_client_reads_its_own_writes, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_entries_hash_to_the_root, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_an_auditor_gets_no_sealed_payload, one_setup,
						one_teardown),
		cmocka_unit_test_setup_teardown(test_a_reader_waits_for_the_next_entry, one_setup,
						one_teardown),
		cmocka_unit_test_setup_teardown(test_a_proof_of_inclusion_verifies, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_a_proof_of_consistency_verifies, one_setup,
						one_teardown),
		cmocka_unit_test_setup_teardown(test_evidence_is_exported, one_setup, one_teardown),
		cmocka_unit_test_setup_teardown(test_the_roster_is_shown, one_setup, one_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
