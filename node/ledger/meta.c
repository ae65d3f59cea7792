/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/meta.h"

#include "ledger/ledger.h"
#include "store/key.h"

int meta_get(struct store_txn *t, const char *name, struct bytes *ret)
{
	struct store_key k;

	return store_get(t, TABLE_META, store_key(&k, "S", bytes_of(name)), ret);
}

int meta_put(struct store_txn *t, const char *name, struct bytes v)
{
	struct store_key k;

	return store_put(t, TABLE_META, store_key(&k, "S", bytes_of(name)), v);
}

int meta_del(struct store_txn *t, const char *name)
{
	struct store_key k;
	int err = store_del(t, TABLE_META, store_key(&k, "S", bytes_of(name)));

	return err == IMS_E_NOT_FOUND ? 0 : err;
}

int meta_get_u64(struct store_txn *t, const char *name, uint64_t *ret)
{
	struct bytes v;
	int err = meta_get(t, name, &v);

	if (err)
		return err;
	if (v.n != 8)
		return IMS_E_CORRUPT;
	*ret = be64_get(v.p);
	return 0;
}

int meta_put_u64(struct store_txn *t, const char *name, uint64_t v)
{
	uint8_t b[8];

	be64_put(b, v);
	return meta_put(t, name, BYTES(b, sizeof(b)));
}
