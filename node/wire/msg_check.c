/* SPDX-License-Identifier: Apache-2.0 */
/* The bounds of messages, over plain structs: the same for what is sent and what is taken. */
#include "wire/msg.h"

#include <stdio.h>

#include "base/text.h"
#include "wire/entry.h"
#include "wire/pack.h"

#define HASH_BYTES 32

static int span_check(struct bytes b, size_t min, size_t max, const char *path, struct errtext *e)
{
	if (b.n < min)
		return errtext_set(e, IMS_E_INVALID, "%s: %zu bytes, at least %zu", path, b.n, min);
	if (b.n > max)
		return errtext_set(e, IMS_E_LIMIT, "%s: %zu bytes, at most %zu", path, b.n, max);
	return 0;
}

static int text_check(struct bytes b, size_t min, size_t max, const char *path, struct errtext *e)
{
	int r = span_check(b, min, max, path, e);

	return r || utf8_is_text(b) ? r : errtext_set(e, IMS_E_UTF8, "%s", path);
}

static int count_check(size_t n, size_t max, const char *path, struct errtext *e)
{
	return n > max ? errtext_set(e, IMS_E_TOO_MANY, "%s: %zu, at most %zu", path, n, max) : 0;
}

static int hashes_check(struct bytes b, size_t max_bytes, const char *path, struct errtext *e)
{
	if (b.n % HASH_BYTES)
		return errtext_set(e, IMS_E_INVALID, "%s: %zu bytes are not whole hashes", path, b.n);
	return span_check(b, 0, max_bytes, path, e);
}

static int note_check(struct bytes note, const char *path, struct errtext *e)
{
	return span_check(note, 1, MSG_NOTE_MAX_BYTES, path, e);
}

static int origin_check(struct bytes origin, struct errtext *e)
{
	return text_check(origin, 1, MSG_ORIGIN_MAX_BYTES, "origin", e);
}

static int heads_check(const struct msg_head *heads, size_t n, struct errtext *e)
{
	int r = count_check(n, MSG_HEADS_MAX, "heads", e);

	for (size_t i = 0; i < n && !r; i++) {
		char path[48];

		snprintf(path, sizeof(path), "heads[%zu].note", i);
		r = note_check(heads[i].note, path, e);
	}
	return r;
}

static int hello_check(const struct msg_hello *m, struct errtext *e)
{
	int r = text_check(m->federation, 1, MSG_ORIGIN_MAX_BYTES, "federation", e);

	if (!r)
		r = text_check(m->region, 1, MSG_REGION_MAX_BYTES, "region", e);
	if (!r)
		r = text_check(m->software, 0, MSG_SOFTWARE_MAX_BYTES, "software", e);
	return r ? r : heads_check(m->heads, m->n_heads, e);
}

static int roster_notes_check(const struct msg_roster_notes *m, struct errtext *e)
{
	int r = count_check(m->n_notes, MSG_ROSTER_NOTES_MAX, "notes", e);

	for (size_t i = 0; i < m->n_notes && !r; i++) {
		char path[48];

		snprintf(path, sizeof(path), "notes[%zu]", i);
		r = note_check(m->notes[i], path, e);
	}
	return r;
}

/* Of what is packed, and of the place that a claim has. */
static size_t payload_bytes(const struct msg_item *it)
{
	return it->packed.n ? payload_packed_claim(it->packed) : it->payload.n;
}

size_t msg_item_bytes(const struct msg_item *it)
{
	return it->entry.n + it->salt.n + payload_bytes(it);
}

/* *left: what the payloads of the message may still have, unpacked. */
static int item_check(const struct msg_item *item, size_t place, size_t *left, struct errtext *e)
{
	const char *path;
	size_t n = payload_bytes(item);
	size_t salt_bytes = item->state == MSG_PAYLOAD_HERE ? SALT_BYTES : 0;

	if ((unsigned)item->state >= MSG_PAYLOAD_STATES)
		path = "state";
	else if (item->salt.n != salt_bytes)
		path = "salt";
	else if (item->payload.n && item->state != MSG_PAYLOAD_HERE)
		path = "payload";
	else if (item->packed.n && (item->state != MSG_PAYLOAD_HERE || item->payload.n || !n))
		path = "packed";
	else
		path = NULL;
	if (path)
		return errtext_set(e, IMS_E_INVALID, "items[%zu].%s", place, path);
	if (n > PAYLOAD_MAX_BYTES || n > *left)
		return errtext_set(e, IMS_E_LIMIT, "items[%zu].payload: %zu bytes", place, n);
	*left -= n;
	return 0;
}

static int entries_check(const struct msg_entries *m, struct errtext *e)
{
	size_t room = MSG_PACKAGE_ENTRIES - m->from % MSG_PACKAGE_ENTRIES, left = msg_info(MSG_ENTRIES)->max_bytes;
	int r = origin_check(m->origin, e);

	if (!r)
		r = count_check(m->n_items, room, "items", e);
	for (size_t i = 0; i < m->n_items && !r; i++) {
		char path[48];

		snprintf(path, sizeof(path), "items[%zu].entry", i);
		r = span_check(m->items[i].entry, 1, ENTRY_MAX_BYTES, path, e);
		if (!r)
			r = item_check(&m->items[i], i, &left, e);
	}
	if (!r)
		r = hashes_check(m->proof, (size_t)MSG_PROOF_HASHES_MAX * HASH_BYTES, "proof", e);
	return r ? r : span_check(m->checkpoint, 0, MSG_NOTE_MAX_BYTES, "checkpoint", e);
}

static int want_check(const struct msg_want *m, struct errtext *e)
{
	int r = origin_check(m->origin, e);

	return r ? r : count_check(m->n_indexes, MSG_WANT_MAX, "indexes", e);
}

static int payloads_check(const struct msg_payloads *m, struct errtext *e)
{
	size_t left = msg_info(MSG_PAYLOADS)->max_bytes;
	int r = origin_check(m->origin, e);

	if (!r)
		r = count_check(m->n_items, MSG_WANT_MAX, "items", e);
	for (size_t i = 0; i < m->n_items && !r; i++) {
		r = item_check(&m->items[i], i, &left, e);
		if (!r && m->items[i].entry.n)
			r = errtext_set(e, IMS_E_INVALID, "items[%zu].entry", i);
	}
	return r;
}

static int blobs_check(const struct msg_blobs *m, struct errtext *e)
{
	if (m->here ? m->offset > m->bytes || m->data.n > m->bytes - m->offset : m->data.n != 0)
		return errtext_set(e, IMS_E_INVALID, "data");
	return span_check(m->data, 0, MSG_BLOB_DATA_BYTES, "data", e);
}

static int evidence_check(const struct msg_evidence *m, struct errtext *e)
{
	int r = origin_check(m->origin, e);

	if (!r)
		r = note_check(m->note_a, "note_a", e);
	if (!r)
		r = note_check(m->note_b, "note_b", e);
	return r ? r : hashes_check(m->nodes, msg_info(MSG_EVIDENCE)->max_bytes, "nodes", e);
}

int msg_check(const struct msg *m, struct errtext *e)
{
	switch (m->type) {
	case MSG_HELLO:
		return hello_check(&m->u.hello, e);
	case MSG_HEADS:
		return heads_check(m->u.heads.heads, m->u.heads.n_heads, e);
	case MSG_ROSTER_NOTES:
		return roster_notes_check(&m->u.roster_notes, e);
	case MSG_FETCH:
		return origin_check(m->u.fetch.origin, e);
	case MSG_ENTRIES:
		return entries_check(&m->u.entries, e);
	case MSG_WANT:
		return want_check(&m->u.want, e);
	case MSG_PAYLOADS:
		return payloads_check(&m->u.payloads, e);
	case MSG_BLOBS:
		return blobs_check(&m->u.blobs, e);
	case MSG_COSIGN:
		return note_check(m->u.cosign.note, "note", e);
	case MSG_EVIDENCE:
		return evidence_check(&m->u.evidence, e);
	case MSG_BLOB_FETCH:
		return origin_check(m->u.blob_fetch.origin, e);
	case MSG_ROSTER_FETCH:
	case MSG_PING:
	case MSG_BYE:
	case MSG_REQUEST:
	case MSG_REPLY:
		return 0; /* nothing beyond the cap of the type */
	}
	return errtext_set(e, IMS_E_FRAME, "type %u", (unsigned)m->type);
}
