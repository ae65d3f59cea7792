/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records by number. A series is the records of one "region-letter"; inside the store a record is
 * named by two numbers, its series' and its own, so that what is new goes to the end of its tables.
 *
 * A series gets its number where it is first used, in the order of arrival: it differs from node to
 * node. Whatever others see goes by the names: series_walk() gives records in the order of their ids,
 * which is region, letter, number (as a number).
 */
#ifndef VIEW_SERIES_H
#define VIEW_SERIES_H

#include "ims/err.h"
#include "ledger/ledger.h"
#include "registry/registry.h"
#include "store/key.h"

#define SERIES_CODE_BYTES 20	/* "region-letter" and its NUL */
#define SERIES_ID_BYTES 12	/* of series and number at the end of keys: "IL" */

/* How the store names a record. */
struct series_id {
	uint32_t series;
	uint64_t number;
};

/* The record's number in the store, its series being used from now on, and its number taken. */
IMS_MUST_CHECK int series_use(struct store_txn *t, const struct record_id *rid, struct series_id *ret);
/* IMS_E_NOT_FOUND when nothing of the series is here. */
IMS_MUST_CHECK int series_find(struct store_txn *t, const struct record_id *rid, struct series_id *ret);
/* Its number in the store and the largest one that is taken in it (0: none); IMS_E_NOT_FOUND. */
IMS_MUST_CHECK int series_last(struct store_txn *t, struct bytes code, uint32_t *ret_series, uint64_t *ret_last);

/* ---- in the order of ids */
struct series_name {
	uint32_t series;
	char code[SERIES_CODE_BYTES];
};
/* Every series of a snapshot. Memory: some 30 bytes each. */
struct series_list {
	struct series_name *of;		/* in the order of their names; owned */
	size_t n;
	size_t *place;			/* of series i + 1 in `of`; owned */
};
IMS_MUST_CHECK int series_list_load(struct store_txn *t, struct series_list *ret);
void series_list_fini(struct series_list *l);

/* Keys of `table` that are `prefix`, series, number. */
struct series_walk {
	const struct series_list *list;
	store_table table;
	struct bytes prefix;
	struct bytes region;		/* empty: all */
	const struct record_id *after;	/* NULL: from the start */
};
/* Stops when it returns non-zero, which series_walk() then returns. `code` is "region-letter". */
typedef int series_walk_fn(void *ctx, const char *code, uint64_t number, struct bytes value);
IMS_MUST_CHECK int series_walk(struct store_txn *t, const struct series_walk *w, series_walk_fn *fn, void *ctx);

/* "region-letter-number" into ret[RECORD_ID_MAX_BYTES + 1]. */
struct bytes series_id_text(const char *code, uint64_t number, char *ret);

#endif
