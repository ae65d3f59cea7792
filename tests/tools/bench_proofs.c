/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inclusion proofs, made and verified: bench_proofs FOLDER LEAVES MS, where FOLDER is empty and
 * takes a store. Proofs are made as the node makes them, from tiles that ledger/ has stored, for
 * leaves chosen at random; verified as an auditor does it, entry, path and root in memory.
 */
#include <unistd.h>

#include "bench/measure.h"
#include "crypto/hash.h"
#include "ledger/ledger.h"

#define ORIGIN "bench.example/eu/1"
#define MAP_BYTES ((uint64_t)4 << 30)
#define ENTRY_BYTES 180 /* an entry of an initiative */
#define COMMIT_EVERY 65536
#define KEPT 1024 /* proofs that are verified in turn */

struct proof {
	uint8_t entry[ENTRY_BYTES];
	uint64_t index;
	struct merkle_proof path;
};

static void must(int err, const char *what)
{
	if (err)
		die("%s: %s", what, ims_strerror(err));
}

static void make_entry(uint64_t index, uint8_t out[ENTRY_BYTES])
{
	memset(out, (int)(index & 0xff), ENTRY_BYTES);
	be64_put(out, index);
}

static struct store *build(const char *folder, uint64_t leaves)
{
	const struct store_opts opts = {.dir = folder,
					.tables = ledger_tables,
					.n_tables = TABLE_COUNT,
					.max_extra_tables = 3,
					.map_bytes = MAP_BYTES,
					.map_max_bytes = MAP_BYTES};
	uint8_t entry[ENTRY_BYTES];
	struct ledger_log *log = NULL;
	struct store_txn *t = NULL;
	struct errtext e = {""};
	struct store *s;
	int err = store_open(&opts, &s, &e);

	if (err)
		die("%s: %s %s", folder, ims_strerror(err), e.text);
	for (uint64_t i = 0; i < leaves; i++) {
		struct ledger_item item = {.index = i, .entry = BYTES(entry, sizeof(entry))};

		if (!t)
			must(store_begin_write(s, &t), "store_begin_write");
		if (!log)
			must(ledger_open(t, ORIGIN, &log), "ledger_open");
		make_entry(i, entry);
		merkle_leaf(item.entry, &item.leaf);
		must(ledger_append(t, log, &item), "ledger_append");
		if (i + 1 < leaves && (i + 1) % COMMIT_EVERY)
			continue;
		must(ledger_flush(t, log), "ledger_flush");
		must(store_commit(t), "store_commit");
		t = NULL;
	}
	ledger_close(log);
	return s;
}

static void report(const char *name, size_t n, struct mono start)
{
	printf("{\"name\": \"%s\", \"unit\": \"proofs/s\", \"value\": %.3f}\n", name,
	       (double)n / seconds_between(start, clock_mono()));
}

/* The last KEPT of them are left in `kept`. */
static void measure_make(struct store *s, int64_t run_ms, struct proof *kept, struct hash *ret_root)
{
	struct ledger_reader *r = mem_new(struct ledger_reader);
	struct mono start, end;
	struct store_txn *t;
	uint64_t rng = 11;
	size_t n = 0;

	must(store_begin_read(s, &t), "store_begin_read");
	must(ledger_read_open(t, ORIGIN, r), "ledger_read_open");
	must(ledger_root(r, r->size, ret_root), "ledger_root");
	start = clock_mono();
	end = mono_plus_ms(start, run_ms);
	for (; clock_mono().ns < end.ns || n < KEPT; n++) {
		struct proof *p = &kept[n % KEPT];

		p->index = chance(&rng) % r->size;
		must(merkle_prove_inclusion(ledger_node, r, p->index, r->size, &p->path), "a proof");
	}
	report("proof_make", n, start);
	store_abort(t);
	free(r);
}

static void measure_verify(uint64_t leaves, int64_t run_ms, struct proof *kept, const struct hash *root)
{
	struct mono start, end;
	size_t n = 0;

	for (size_t i = 0; i < KEPT; i++)
		make_entry(kept[i].index, kept[i].entry);
	start = clock_mono();
	end = mono_plus_ms(start, run_ms);
	for (; clock_mono().ns < end.ns; n++) {
		const struct proof *p = &kept[n % KEPT];
		struct hash leaf;

		merkle_leaf(BYTES(p->entry, sizeof(p->entry)), &leaf);
		must(merkle_verify_inclusion(p->index, leaves, &leaf, p->path.hash, p->path.n, root),
		     "verifying a proof");
	}
	report("proof_verify", n, start);
}

int main(int argc, char **argv)
{
	struct proof *kept = mem_zalloc(KEPT * sizeof(*kept));
	uint64_t leaves, run_ms;
	struct hash root;
	struct store *s;

	if (argc != 4)
		die("usage: bench_proofs FOLDER LEAVES MS");
	leaves = number("LEAVES", argv[2]);
	run_ms = number("MS", argv[3]);
	s = build(argv[1], leaves);
	measure_make(s, (int64_t)run_ms, kept, &root);
	measure_verify(leaves, (int64_t)run_ms, kept, &root);
	store_close(s);
	free(kept);
	return 0;
}
