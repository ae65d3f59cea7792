/* SPDX-License-Identifier: Apache-2.0 */
/* Writing logs in a net: entries, signed heads, and what a test asks of them. */
#ifndef TESTS_UNIT_SYNC_WRITE_H
#define TESTS_UNIT_SYNC_WRITE_H

#include "unit/replication/sync_net.h"

enum { EU, MX, US };

/* A checkpoint of a node's own log, signed. `note` is emptied before. */
static inline void net_sign(unsigned number, uint64_t size, const struct hash *root, struct buf *note)
{
	char words[8];
	struct note_signer s;
	struct buf text = {0};

	snprintf(words, sizeof(words), "%s/l1a", net_regions[number]);
	s = world_signer(bytes_of(words), false);
	buf_clear(note);
	checkpoint_put(&text, bytes_of(net_origins[number]), size, root);
	assert_int_equal(note_sign(buf_bytes(&text), &s, note), 0);
	buf_fini(&text);
	note_signer_fini(&s);
}

/* The entry and payload with which a log goes on; `salt_word` tells histories apart. */
static inline void net_item(struct net *net, unsigned number, uint64_t index, char salt_word,
			    struct msg_item *ret)
{
	char *payload = arena_printf(&net->arena, "payload %c of %llu", salt_word, (unsigned long long)index);
	struct entry en = {.origin = bytes_of(net_origins[number]),
			   .kind = BYTES_LIT("organisation"),
			   .record = bytes_of(arena_printf(&net->arena, "%s-o-%llu", net_regions[number],
							   (unsigned long long)index + 1)),
			   .index = index,
			   .time_ms = 1000,
			   .roster_version = 1,
			   .revision = 1,
			   .operation = ENTRY_PUT,
			   .audience = ENTRY_PUBLIC,
			   .has_commitment = true};
	const uint8_t domain = 2;
	uint8_t salt[SALT_BYTES];
	struct buf b = {0};

	memset(salt, salt_word, sizeof(salt));
	*ret = (struct msg_item){.index = index,
				 .state = MSG_PAYLOAD_HERE,
				 .salt = arena_dup(&net->arena, BYTES(salt, sizeof(salt))),
				 .payload = bytes_of(payload)};
	crypto_sha256_parts((struct bytes[]){BYTES(&domain, 1), ret->salt, ret->payload}, 3, &en.commitment);
	assert_int_equal(entry_encode(&en, &b), 0);
	ret->entry = arena_dup(&net->arena, buf_bytes(&b));
	buf_fini(&b);
}

static inline void net_root(struct net_node *n, unsigned log, uint64_t size, struct hash *ret)
{
	struct tile_edge *e = mem_new(struct tile_edge);

	tile_edge_init(e);
	for (uint64_t i = 0; i < size; i++)
		assert_int_equal(tile_edge_append(e, &n->logs[log].level[0][i], NULL, NULL), 0);
	tile_edge_root(e, ret);
	free(e);
}

/* `count` more entries of the node's own log in one group, with its head. */
static inline void net_write(struct net *net, unsigned number, unsigned count, bool named)
{
	struct net_node *n = &net->node[number];
	struct net_log *l = &n->logs[number];
	struct hash *leaves = mem_zalloc((count + 1) * sizeof(*leaves)), root;
	uint64_t from = l->n;
	struct buf note = {0};

	for (unsigned i = 0; i < count; i++) {
		struct msg_item it;

		net_item(net, number, l->n, 's', &it);
		merkle_leaf(it.entry, &leaves[i]);
		net_keep(net, l, &it, &leaves[i]);
	}
	net_root(n, number, l->n, &root);
	net_sign(number, l->n, &root, &note);
	sync_published(n->sync, from, leaves, count, buf_bytes(&note), named, net->now);
	buf_fini(&note);
	free(leaves);
}

static inline struct sync_log_info net_info(struct net *net, unsigned node, unsigned log)
{
	struct sync_log_info info = {0};

	for (size_t i = 0; i < sync_log_count(net->node[node].sync); i++) {
		sync_log_at(net->node[node].sync, i, &info);
		if (strcmp(info.origin, net_origins[log]) == 0)
			return info;
	}
	fail();
	return info;
}

/* Tell `to` a head over its session with `from`. */
static inline int net_show(struct net *net, unsigned from, unsigned to, struct bytes note, bool named)
{
	struct msg_head h = {note, named, false};
	struct msg m = {.type = MSG_HEADS, .u.heads = {&h, 1}};
	struct errtext why = {""};

	return sync_on_message(net->node[to].sync, net_link_between(net, to, from)->peer, &m, net->now, &why);
}

static inline void net_forged_root(struct hash *ret)
{
	memset(ret, 0x5a, sizeof(*ret));
}

/* A valid signature of the origin under another root of the size. */
static inline void net_fork_note(unsigned number, uint64_t size, struct buf *note)
{
	struct hash root;

	net_forged_root(&root);
	net_sign(number, size, &root, note);
}

/* A node holds all of another's log, byte for byte (inv. 2), and shows its head. */
static inline void expect_same(struct net *net, unsigned node, unsigned log)
{
	struct net_log *a = &net->node[log].logs[log], *b = &net->node[node].logs[log];
	struct sync_log_info info = net_info(net, node, log);
	struct hash root;

	assert_int_equal(b->n, a->n);
	for (uint64_t i = 0; i < a->n; i++)
		assert_true(bytes_eq(a->item[i].entry, b->item[i].entry));
	net_root(&net->node[log], log, a->n, &root);
	assert_int_equal(info.size, a->n);
	assert_int_equal(info.head_size, a->n);
	assert_true(hash_eq(&info.head_root, &root));
}

static inline unsigned count_missing(struct net *net, unsigned node, unsigned log)
{
	struct net_log *l = &net->node[node].logs[log];
	unsigned n = 0;

	for (uint64_t i = 0; i < l->n; i++)
		n += l->item[i].state != MSG_PAYLOAD_HERE;
	return n;
}

#endif
