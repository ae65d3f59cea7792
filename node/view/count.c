/* SPDX-License-Identifier: Apache-2.0 */
#include "view/count.h"

#include "store/key.h"
#include "view/key_cursor.h"
#include "view/record.h"

/* IMS_E_NOT_FOUND: nothing of it is here. */
static int number_of(struct store_txn *t, const char *code, uint32_t *ret)
{
	uint64_t last;

	return series_last(t, bytes_of(code), ret, &last);
}

int count_live(struct store_txn *t, const char *code, uint64_t *ret)
{
	struct store_cursor c;
	struct store_key k;
	uint32_t series;
	int err = number_of(t, code, &series);

	*ret = 0;
	if (err)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	store_seek(&c, t, TABLE_RECORDS, store_key(&k, "I", series), BYTES_NONE, false);
	for (; !err && store_cursor_ok(&c); store_next(&c)) {
		struct record r;

		err = record_decode(c.value, code, &r);
		*ret += !err && r.state == RECORD_LIVE;
	}
	store_cursor_fini(&c);
	return err ? err : store_txn_error(t);
}

int count_key(struct store_txn *t, const char *code, const char *name, struct bytes value, uint64_t *ret)
{
	struct key_cursor c;
	struct store_key k;
	struct bytes prefix;
	uint32_t series;
	int err = number_of(t, code, &series);

	*ret = 0;
	if (err)
		return err == IMS_E_NOT_FOUND ? 0 : err;
	prefix = store_key(&k, "SSI", value, bytes_of(name), series);
	for (key_seek(&c, t, prefix, BYTES_NONE); key_cursor_ok(&c); key_next(&c))
		(*ret)++;
	key_cursor_fini(&c);
	return store_txn_error(t);
}
