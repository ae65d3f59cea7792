/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One message of every type with every field set to something of its own, one entry, one journal
 * row. What they point to is static.
 */
#ifndef TESTS_WIRE_SAMPLE_H
#define TESTS_WIRE_SAMPLE_H

#include "wire/entry.h"
#include "wire/msg.h"

#define SAMPLE_ORIGIN BYTES_LIT("ims.example/eu/1")
#define SAMPLE_TYPES_MAX 255
#define SAMPLE_PACKED "\x28\xb5\x2f\xfd\x60\x2c\0\x63\x09\0a" /* 300 letters a */

static uint8_t sample_salt[SALT_BYTES], sample_proof[64];
static uint64_t sample_indexes[] = {0, 1, 127, 128, 300, UINT64_MAX};
static struct msg_head sample_heads[2];
static struct msg_item sample_items[5], sample_payloads[4];
static struct bytes sample_notes[2];

static inline void sample_fill(uint8_t *p, size_t n, uint8_t first)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(first + i);
}

static inline void sample_init(void)
{
	sample_fill(sample_salt, sizeof(sample_salt), 0x40);
	sample_fill(sample_proof, sizeof(sample_proof), 0x80);
	sample_notes[0] = BYTES_LIT("ims.example/roster\n1\n\n\xe2\x80\x94 eu AAAA\n");
	sample_notes[1] = BYTES_LIT("ims.example/roster\n2\n\n\xe2\x80\x94 mx BBBB\n");
	sample_heads[0] = (struct msg_head){BYTES_LIT("ims.example/eu/1\n3\nCCCC\n"), true, false};
	sample_heads[1] = (struct msg_head){BYTES_LIT("ims.example/mx/1\n9\nDDDD\n"), false, false};
	sample_items[0] =
		(struct msg_item){.index = 256, .entry = BYTES_LIT("e0"), .state = MSG_PAYLOAD_NONE};
	sample_items[1] = (struct msg_item){
		.index = 257,
		.entry = BYTES_LIT("e1"),
		.state = MSG_PAYLOAD_HERE,
		.salt = BYTES(sample_salt, sizeof(sample_salt)),
		.payload = BYTES_LIT("a payload"),
	};
	sample_items[2] = (struct msg_item){
		.index = 258, .entry = BYTES_LIT("e2"), .state = MSG_PAYLOAD_ERASED, .erased_by = 4711};
	sample_items[3] =
		(struct msg_item){.index = 259, .entry = BYTES_LIT("e3"), .state = MSG_PAYLOAD_NOT_FOR_YOU};
	sample_items[4] = (struct msg_item){
		.index = 260,
		.entry = BYTES_LIT("e4"),
		.state = MSG_PAYLOAD_HERE,
		.salt = BYTES(sample_salt, sizeof(sample_salt)),
		.packed = BYTES_LIT(SAMPLE_PACKED),
	};
	sample_payloads[0] = sample_items[1];
	sample_payloads[0].entry = BYTES_NONE;
	sample_payloads[1] = (struct msg_item){.index = 1000, .state = MSG_PAYLOAD_ABSENT};
	sample_payloads[2] = (struct msg_item){.index = 1001, .state = MSG_PAYLOAD_ERASED, .erased_by = 1002};
	sample_payloads[3] = sample_items[4];
	sample_payloads[3].entry = BYTES_NONE;
	sample_payloads[3].index = 1003;
}

static inline void sample_sync(struct msg *m)
{
	switch (m->type) {
	case MSG_FETCH:
		m->u.fetch = (struct msg_fetch){7, SAMPLE_ORIGIN, 256, 1024, 1 << 20, 30000};
		break;
	case MSG_ENTRIES:
		m->u.entries = (struct msg_entries){
			.id = 7,
			.origin = SAMPLE_ORIGIN,
			.from = 256,
			.items = sample_items,
			.n_items = 5,
			.proof = BYTES(sample_proof, sizeof(sample_proof)),
			.checkpoint = sample_heads[0].note,
			.last = true,
			.named = true,
		};
		break;
	case MSG_WANT:
		m->u.want = (struct msg_want){8, SAMPLE_ORIGIN, sample_indexes, 6};
		break;
	case MSG_PAYLOADS:
		m->u.payloads = (struct msg_payloads){8, SAMPLE_ORIGIN, sample_payloads, 4, true};
		break;
	case MSG_BLOB_FETCH:
		m->u.blob_fetch = (struct msg_blob_fetch){
			.id = 9, .origin = SAMPLE_ORIGIN, .offset = 65536, .budget_bytes = 1 << 18};
		sample_fill(m->u.blob_fetch.sha256.b, 32, 3);
		break;
	case MSG_BLOBS:
		m->u.blobs = (struct msg_blobs){
			.id = 9, .here = true, .bytes = 65600, .offset = 65536, .data = BYTES(sample_proof, 64)};
		sample_fill(m->u.blobs.sha256.b, 32, 3);
		break;
	case MSG_COSIGN:
		m->u.cosign.note = sample_heads[1].note;
		break;
	case MSG_EVIDENCE:
		m->u.evidence = (struct msg_evidence){
			.origin = SAMPLE_ORIGIN,
			.note_a = sample_heads[0].note,
			.note_b = sample_heads[1].note,
			.nodes = BYTES(sample_proof, sizeof(sample_proof)),
		};
		break;
	default:
		break;
	}
}

static inline struct msg sample_msg(enum msg_type type)
{
	struct msg m;

	memset(&m, 0, sizeof(m));
	m.type = type;
	sample_init();
	switch (type) {
	case MSG_HELLO:
		m.u.hello = (struct msg_hello){
			.version = 1,
			.federation = BYTES_LIT("ims.example"),
			.region = BYTES_LIT("eu"),
			.roster_version = 3,
			.software = BYTES_LIT("imsd 0.1.0"),
			.heads = sample_heads,
			.n_heads = 2,
			.run = UINT64_MAX,
			.takes_packed = true,
		};
		sample_fill(m.u.hello.roster_hash.b, 32, 1);
		sample_fill(m.u.hello.instance, 16, 0xf0);
		break;
	case MSG_HEADS:
		m.u.heads = (struct msg_heads){sample_heads, 2};
		break;
	case MSG_ROSTER_FETCH:
		m.u.roster_fetch.from_version = 2;
		break;
	case MSG_ROSTER_NOTES:
		m.u.roster_notes = (struct msg_roster_notes){sample_notes, 2};
		break;
	case MSG_PING:
		m.u.ping = (struct msg_ping){UINT64_MAX, true, 90};
		break;
	case MSG_BYE:
		m.u.bye = (struct msg_bye){66, BYTES_LIT("stopping")};
		break;
	case MSG_REQUEST:
		m.u.request = (struct msg_request){5, 50, BYTES_LIT("\x01\x02\x00\x03")};
		break;
	case MSG_REPLY:
		m.u.reply = (struct msg_reply){5, 4, BYTES_LIT("no such record: \xc3\xa9"),
					       BYTES_LIT("\xff\x00"), true};
		break;
	default:
		sample_sync(&m);
	}
	return m;
}

static inline struct entry sample_entry(void)
{
	struct entry en = {
		.origin = SAMPLE_ORIGIN,
		.kind = BYTES_LIT("initiative"),
		.record = BYTES_LIT("eu-i-1042"),
		.index = 300,
		.time_ms = 1700000000123,
		.roster_version = 2,
		.revision = 4,
		.operation = ENTRY_PUT,
		.audience = ENTRY_FEDERATION,
		.has_commitment = true,
	};

	sample_fill(en.commitment.b, sizeof(en.commitment.b), 0x20);
	return en;
}

static inline struct journal_row sample_journal_row(void)
{
	return (struct journal_row){
		.index = 12,
		.time_ms = 1700000000456,
		.event = BYTES_LIT("entries-received"),
		.peer = BYTES_LIT("mx"),
		.origin = BYTES_LIT("ims.example/mx/1"),
		.from = 256,
		.to = 300,
		.bytes = 40960,
		.outcome = 42,
		.detail = BYTES_LIT("subtree [256, 300)"),
		.session = BYTES_LIT("00ff10"),
	};
}

#endif
