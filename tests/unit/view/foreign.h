/* SPDX-License-Identifier: Apache-2.0 */
/* Another region's log, as its packages would bring it: entries good and bad, heads, payloads. */
#ifndef TESTS_UNIT_VIEW_FOREIGN_H
#define TESTS_UNIT_VIEW_FOREIGN_H

#include "unit/view/fixture.h"

#define FOREIGN_MAX 16384

struct foreign {
	char origin[64], key[16];
	struct arena arena;
	struct ledger_item items[FOREIGN_MAX];
	struct tile_edge edge;
	uint64_t size;
};

/* The log of an incarnation of a region of the roster. */
static inline struct foreign *foreign_of(const char *region, unsigned incarnation)
{
	struct foreign *f = mem_new(struct foreign);

	snprintf(f->origin, sizeof(f->origin), "ims.example/%s/%u", region, incarnation);
	snprintf(f->key, sizeof(f->key), "%s/l%ua", region, incarnation);
	arena_init(&f->arena, 64u << 20);
	tile_edge_init(&f->edge);
	return f;
}

static inline struct foreign *foreign_new(const char *region)
{
	return foreign_of(region, 1);
}

static inline void foreign_free(struct foreign *f)
{
	arena_fini(&f->arena);
	free(f);
}

/* A raw leaf, whatever it is. */
static inline struct ledger_item *foreign_raw(struct foreign *f, struct bytes entry)
{
	struct ledger_item *it = &f->items[f->size];

	assert_true(f->size < FOREIGN_MAX);
	*it = (struct ledger_item){.index = f->size++, .entry = arena_dup(&f->arena, entry)};
	merkle_leaf(it->entry, &it->leaf);
	assert_int_equal(tile_edge_append(&f->edge, &it->leaf, NULL, NULL), 0);
	return it;
}

/* What every entry has unless a test wants otherwise. */
static inline struct entry foreign_entry(struct foreign *f, const char *kind, const char *id,
					 uint64_t revision)
{
	return (struct entry){.origin = bytes_of(f->origin),
			      .kind = bytes_of(kind),
			      .record = bytes_of(id),
			      .index = f->size,
			      .time_ms = 1700000000000 + (int64_t)f->size,
			      .roster_version = 1,
			      .revision = revision,
			      .operation = ENTRY_PUT,
			      .audience = ENTRY_PUBLIC};
}

/* Append an entry with a payload beside it (NULL: none, and no commitment). */
static inline struct ledger_item *foreign_add(struct foreign *f, struct entry en, const struct bytes *payload)
{
	struct ledger_item *it;
	uint8_t salt[SALT_BYTES];
	struct buf b = {0};

	memset(salt, (int)(f->size & 0xff), sizeof(salt));
	if (payload) {
		merkle_commitment(BYTES(salt, sizeof(salt)), *payload, &en.commitment);
		en.has_commitment = true;
	}
	assert_int_equal(entry_encode(&en, &b), 0);
	it = foreign_raw(f, buf_bytes(&b));
	buf_fini(&b);
	if (payload) {
		it->payload_state = LEDGER_PAYLOAD_HERE;
		it->salt = arena_dup(&f->arena, BYTES(salt, sizeof(salt)));
		it->payload = arena_dup(&f->arena, *payload);
	}
	return it;
}

/* With a payload of this kind, whatever the entry says. */
static inline struct ledger_item *foreign_put_kind(struct foreign *f, struct entry en, const char *kind,
						   const char *json)
{
	struct buf b = {0};
	struct bytes payload;
	struct ledger_item *it;

	payload_put(kind, json, &b);
	payload = buf_bytes(&b);
	it = foreign_add(f, en, &payload);
	buf_fini(&b);
	return it;
}

static inline struct ledger_item *foreign_put_json(struct foreign *f, struct entry en, const char *json)
{
	return foreign_put_kind(f, en, "organisation", json);
}

/* An organisation that is as it should be. */
static inline struct ledger_item *foreign_org(struct foreign *f, const char *id, uint64_t revision,
					      const char *name)
{
	char json[200];

	snprintf(json, sizeof(json), "{'name':'%s','country':'MX'}", name);
	return foreign_put_json(f, foreign_entry(f, "organisation", id, revision), json);
}

/* The checkpoint of the log as it is now, or (with another root) as it is not. */
static inline struct bytes foreign_note(struct foreign *f, uint64_t size, const struct hash *root)
{
	struct note_signer s = world_signer(bytes_of(f->key), false);
	struct buf text = {0}, note = {0};
	struct bytes ret;

	checkpoint_put(&text, bytes_of(f->origin), size, root);
	assert_int_equal(note_sign(buf_bytes(&text), &s, &note), 0);
	ret = arena_dup(&f->arena, buf_bytes(&note));
	buf_fini(&text);
	buf_fini(&note);
	note_signer_fini(&s);
	return ret;
}

/* A job for entries [from, to), the head of the whole log with it; type PACKAGE, HEAD or PAYLOADS. */
static inline struct commit_job *foreign_job(struct foreign *f, enum commit_job_type type, uint64_t from,
					     uint64_t to, bool named)
{
	struct commit_job *j = commit_job_new(type);
	struct commit_package *p = &j->u.package;

	arena_init(&p->arena, 64u << 20);
	p->origin = f->origin;
	p->peer = "mx";
	p->from = from;
	p->n = to - from;
	p->items = arena_array(&p->arena, p->n + 1, sizeof(*p->items));
	memcpy(p->items, &f->items[from], p->n * sizeof(*p->items));
	p->head_size = f->size;
	tile_edge_root(&f->edge, &p->head_root);
	p->note = foreign_note(f, f->size, &p->head_root);
	p->named = named;
	return j;
}

/* Everything at once, complete when the database has it (C3). */
static inline void foreign_give(struct node *n, struct foreign *f)
{
	assert_int_equal(node_run(n, foreign_job(f, COMMIT_PACKAGE, 0, f->size, false)), 0);
}

#endif
