/* SPDX-License-Identifier: Apache-2.0 */
/* Logs of mx of any content, heads of them that anybody signed, and proofs that are right for them. */
#ifndef TESTS_UNIT_REPLICATION_LIAR_LOG_H
#define TESTS_UNIT_REPLICATION_LIAR_LOG_H

#include "unit/replication/roster_world.h"

#include "merkle/merkle.h"
#include "wire/entry.h"
#include "wire/msg.h"

#define LIAR_MX "ims.example/mx/1"
#define LIAR_ENTRIES_MAX 300

/* Entries, each with a payload; lives in its arena. */
struct liar_log {
	struct arena *arena;
	size_t n;
	struct msg_item item[LIAR_ENTRIES_MAX];
	struct hash leaf[LIAR_ENTRIES_MAX];
};

static inline void liar_commitment(struct bytes salt, struct bytes payload, struct hash *ret)
{
	crypto_sha256_parts((struct bytes[]){BYTES_LIT("\x02"), salt, payload}, 3, ret);
}

/* One more entry with this payload. */
static inline void liar_add_text(struct liar_log *log, const char *text)
{
	struct msg_item *it = &log->item[log->n];
	struct entry en = {.origin = BYTES_LIT(LIAR_MX),
			   .index = log->n,
			   .time_ms = 1700000000000,
			   .roster_version = 1,
			   .kind = BYTES_LIT("organisation"),
			   .record = BYTES_LIT("mx-o-1"),
			   .revision = log->n + 1,
			   .operation = ENTRY_PUT,
			   .audience = ENTRY_PUBLIC,
			   .has_commitment = true};
	struct hash salt;
	struct buf b = {0};

	assert_true(log->n < LIAR_ENTRIES_MAX);
	crypto_sha256(bytes_of(text), &salt);
	*it = (struct msg_item){.index = log->n, .state = MSG_PAYLOAD_HERE};
	it->salt = arena_dup(log->arena, bytes_of_hash(&salt));
	it->payload = arena_dup(log->arena, bytes_of(text));
	liar_commitment(it->salt, it->payload, &en.commitment);
	assert_int_equal(entry_encode(&en, &b), 0);
	it->entry = arena_dup(log->arena, buf_bytes(&b));
	merkle_leaf(it->entry, &log->leaf[log->n++]);
	buf_fini(&b);
}

/* One more entry, told apart by its word. */
static inline void liar_add(struct liar_log *log, const char *word)
{
	char *text = mem_printf("%s %zu", word, log->n);

	liar_add_text(log, text);
	free(text);
}

static inline struct liar_log *liar_log_new(struct arena *a, size_t n, const char *word)
{
	struct liar_log *log = arena_alloc(a, sizeof(*log));

	*log = (struct liar_log){.arena = a};
	while (log->n < n)
		liar_add(log, word);
	return log;
}

static inline int liar_node(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
	const struct liar_log *log = ctx;
	struct hash right;

	if (level == 0) {
		*ret = log->leaf[index];
		return 0;
	}
	liar_node(ctx, level - 1, 2 * index, ret);
	liar_node(ctx, level - 1, 2 * index + 1, &right);
	merkle_node(ret, &right, ret);
	return 0;
}

/* A head of a log as it is, with the lines of `signers` ("mx/l1a us/ca"). */
static inline struct bytes liar_head(struct liar_log *log, const char *origin, const char *signers)
{
	struct bytes rest = bytes_of(signers), words, ret;
	struct buf text = {0}, note = {0};
	struct hash root;

	assert_int_equal(merkle_subtree_root(liar_node, log, 0, log->n, &root), 0);
	checkpoint_put(&text, bytes_of(origin), log->n, &root);
	buf_put(&note, buf_bytes(&text));
	buf_put_text(&note, "\n");
	while (text_split(&rest, ' ', &words)) {
		struct note_signer s = world_signer(words, false);

		assert_int_equal(note_sign_line(buf_bytes(&text), &s, 1700000000, &note), 0);
		note_signer_fini(&s);
	}
	ret = arena_dup(log->arena, buf_bytes(&note));
	buf_fini(&text);
	buf_fini(&note);
	return ret;
}

#endif
