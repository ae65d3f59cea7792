/* SPDX-License-Identifier: Apache-2.0 */
/* `ims verify` of evidence: a file and a roster, and the exit code that scripts look at. */
#include "unit/cli/handler.h"
#include "unit/replication/liar_log.h"

#include "replication/evidence.h"

static struct arena arena;

static int log_span(void *log, uint64_t lo, uint64_t hi, struct hash *ret)
{
	return merkle_subtree_root(liar_node, log, lo, hi, ret);
}

static void write_evidence(const char *path, const struct evidence *e)
{
	struct buf file = {0};

	evidence_put_text(e, &file);
	handler_write(path, buf_text(&file));
	buf_fini(&file);
}

/* Two histories in two forms, one history, and the roster that knows the log's key. */
static int enter(void **state)
{
	struct roster *r = world_roster(WORLD, "eu/da mx/da us/da");
	struct liar_log *log, *fork, *old;
	struct buf nodes = {0};
	struct evidence e;
	char *note;

	arena_init(&arena, 64u << 20);
	if (handler_enter(state))
		return -1;
	note = mem_strndup(BYTES(r->note, r->note_bytes));
	handler_write("roster.note", note);
	log = liar_log_new(&arena, 13, "true");
	fork = liar_log_new(&arena, 6, "else");
	old = liar_log_new(&arena, 6, "true");
	e = (struct evidence){liar_head(fork, LIAR_MX, "mx/l1a"), liar_head(old, LIAR_MX, "mx/l1a"),
			      BYTES_NONE};
	write_evidence("one-size", &e);
	e.note_b = liar_head(log, LIAR_MX, "mx/l1a");
	write_evidence("not-portable", &e);
	assert_int_equal(evidence_put_nodes(log_span, log, 6, 13, &nodes), 0);
	e.nodes = buf_bytes(&nodes);
	write_evidence("two-sizes", &e);
	e.note_a = liar_head(old, LIAR_MX, "mx/l1a");
	write_evidence("one-history", &e);
	buf_fini(&nodes);
	roster_unref(r);
	free(note);
	return 0;
}

static int leave(void **state)
{
	arena_fini(&arena);
	return handler_leave(state);
}

static void two_histories_are_proven(void **state)
{
	(void)state;
	handler_expect("verify one-size --roster roster.note", 0);
	assert_printed(&handler_out, LIAR_MX);
	handler_expect("verify two-sizes --roster roster.note --json", 0);
	assert_printed(&handler_out, "\"proves_two_histories\"");
	assert_printed(&handler_out, "13");
}

static void all_else_fails_the_verification(void **state)
{
	(void)state;
	handler_expect("verify one-history --roster roster.note", 5);
	assert_printed(&handler_err, "one history");
	handler_expect("verify not-portable --roster roster.note", 5);
	assert_printed(&handler_err, "no nodes");
	handler_write("damaged", EVIDENCE_MAGIC "node AAAA\n");
	handler_expect("verify damaged --roster roster.note", 5);
	handler_expect("verify two-sizes --vkey PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		       2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_histories_are_proven),
		cmocka_unit_test(all_else_fails_the_verification),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
