/* SPDX-License-Identifier: Apache-2.0 */
/* What the two files of the fake store share. */
#ifndef SIM_STORE_FAKE_INT_H
#define SIM_STORE_FAKE_INT_H

#include "sim/fake_tree.h"
#include "store/store.h"

#define FAKE_STORE_MAGIC 0x4673746fu
#define FAKE_TXN_MAGIC 0x4674786eu

/* What a directory would hold, and what is planned for it. */
struct store_disk {
	char *dir;
	struct store_disk *next;
	struct store *opened; /* and not crashed */
	bool created;
	char **names; /* of the committed tables */
	struct fake_tree *trees;
	size_t n_tables;
	uint64_t map_bytes, commits;
	unsigned fail_in; /* 0: never */
	int fail_err;
	bool fail_persists;
};

struct store {
	uint32_t magic;
	struct store_disk *disk;
	bool read_only;
	int fatal; /* no write transaction any more */
	bool crashed;
	uint64_t map_max_bytes;
	unsigned max_readers, readers;
	struct store_txn *writer;
	uint64_t writes;
	struct store_txn *txns;
	/* tables[i] is the place of table i in the disk's arrays; those behind n_tables are new
	 * in the write transaction */
	size_t *places;
	char **names;
	size_t n_tables, max_tables;
};

struct scratch {
	struct scratch *next;
	uint8_t b[];
};

struct store_txn {
	uint32_t magic;
	struct store *store;
	struct store_txn *next;
	bool write;
	int err;
	unsigned cursors;
	struct scratch *scratch; /* what store_get() gave since the last write */
	size_t n_tables;
	struct fake_tree trees[];
};

void fake_txn_forget_scratch(struct store_txn *t);

#endif
