/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries that no honest node would write (inv. 6, 8): put into a node's own ring while it is
 * down, as if its code had made them. Its start folds, signs and passes them on like any other.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ledger/ledger.h"
#include "sim/faults.h"
#include "sim/oracle.h"
#include "sim/sim.h"

/* Size of the log after the ring's newest record (the form is in view/group.c). */
static bool size_of_newest(struct ring *ring, uint64_t *ret)
{
	struct bytes body;
	struct rd r;

	*ret = 0;
	if (ring_last(ring) == 0)
		return true;
	if (ring_read(ring, ring_last(ring), &body) || body.n < 40)
		return false;
	r = rd_of(BYTES(body.p + body.n - 40, 8));
	*ret = rd_u64(&r);
	return true;
}

/* A put of an organisation, until it is bent. */
static struct entry honest(const struct host *h, uint64_t index, char id[32])
{
	snprintf(id, 32, "%s-o-%llu", h->who->code, (unsigned long long)(1000 + index));
	return (struct entry){
		.origin = bytes_of(h->who->origin),
		.index = index,
		.time_ms = 1790000000000,
		.roster_version = 1,
		.kind = BYTES_LIT("organisation"),
		.record = bytes_of(id),
		.revision = 1,
		.operation = ENTRY_PUT,
		.audience = ENTRY_PUBLIC,
		.has_commitment = true,
	};
}

static void bend(struct host *h, struct entry *en, char id[32])
{
	const struct federation *f = h->sim->fed;

	switch (rng_below(&h->sim->rng, 9)) {
	case 0:
		en->kind = BYTES_LIT("hologram");
		snprintf(id, 32, "%s-h-7", h->who->code);
		en->record = bytes_of(id);
		break;
	case 1:
		en->index += 5;
		break;
	case 2:
		snprintf(id, 32, "%s-o-1", f->member[!h->number].code);
		en->record = bytes_of(id);
		break;
	case 3:
		en->audience = 9;
		break;
	case 4:
		en->audience = ENTRY_NAMED; /* of a payload that names nobody */
		break;
	case 5:
		en->revision = UINT64_MAX;
		break;
	case 6:
		en->operation = 77;
		break;
	case 7:
		en->origin = bytes_of(f->member[!h->number].origin);
		break;
	default:
		break; /* the payload is bad enough */
	}
}

static void put_record(struct host *h, uint64_t index, struct buf *out)
{
	static const char payload[] = "\x12\x07nowhere\x22\x09nocountry";
	const bool garbage = rng_percent(&h->sim->rng, 20);
	uint8_t salt[SALT_BYTES] = {(uint8_t)index, 1};
	struct ledger_item item = {.salt = BYTES(salt, sizeof(salt)), .payload = BYTES_LIT(payload)};
	struct tile_edge *edge = mem_dup(oracle_edge(h->sim->oracle, h->number), sizeof(*edge));
	struct buf entry = {0};
	struct entry en;
	struct hash root;
	char id[32];

	en = honest(h, index, id);
	bend(h, &en, id);
	merkle_commitment(item.salt, item.payload, &en.commitment);
	if (garbage || entry_encode(&en, &entry)) {
		buf_clear(&entry);
		buf_put_text(&entry, "this is no entry");
		item.salt = item.payload = BYTES_NONE;
	}
	merkle_leaf(buf_bytes(&entry), &item.leaf);
	if (tile_edge_append(edge, &item.leaf, NULL, NULL))
		out->failed = true;
	tile_edge_root(edge, &root);
	buf_put_u8(out, 1);
	buf_put_span(out, bytes_of(h->who->origin));
	buf_put_u64(out, index);
	buf_put_u32(out, 1);
	buf_put_span(out, buf_bytes(&entry));
	buf_put_span(out, item.salt);
	buf_put_span(out, item.payload);
	buf_put_u64(out, index + 1);
	buf_put(out, bytes_of_hash(&root));
	buf_fini(&entry);
	free(edge);
}

void mischief(struct host *h)
{
	struct ring_opts ro = {.path = h->path};
	struct ring *ring = NULL;
	struct buf record = {0};
	uint64_t size, seq;
	int err;

	if (h->restored || h->log != h->number || ring_open(&ro, &ring, NULL))
		return; /* or never started */
	if (size_of_newest(ring, &size) && size == oracle_size(h->sim->oracle, h->number)) {
		put_record(h, size, &record);
		err = record.failed ? IMS_E_NOMEM
				    : ring_append(ring, (struct bytes[]){buf_bytes(&record)}, 1, &seq);
		sim_trace(h->sim, "%s has mischief at %llu: %s", h->who->code, (unsigned long long)size,
			  err ? ims_error(err)->name : "ok");
		h->nonsense = true;
		h->mischief_at = size + 1; /* whether it is there shows at the next start */
	}
	buf_fini(&record);
	ring_close(ring);
}
