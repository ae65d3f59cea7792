/* SPDX-License-Identifier: Apache-2.0 */
#include "view/keys.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "store/key.h"

#define WAITING_MAX (1u << 16) /* changes: of some 4,000 records, 4 MB */

struct keys_waiting {
	struct arena arena; /* of the keys; unused while n is 0 */
	struct store_change *change;
	size_t n, capacity;
};

int keys_wait(struct keys_waiting *k, struct store_txn *t, struct bytes key, bool put)
{
	int err = k->n == WAITING_MAX ? keys_apply(k, t) : 0;

	if (err)
		return err;
	if (k->n == 0)
		arena_init(&k->arena, (size_t)WAITING_MAX * STORE_KEY_MAX_BYTES);
	key = arena_dup(&k->arena, key);
	if (!key.p)
		return IMS_E_NOMEM;
	k->change = mem_grow(k->change, &k->capacity, k->n + 1, sizeof(*k->change));
	k->change[k->n++] = (struct store_change){.key = key, .put = put};
	return 0;
}

int keys_apply(struct keys_waiting *k, struct store_txn *t)
{
	int err = k->n ? store_change_set(t, TABLE_KEYS, k->change, k->n) : 0;

	keys_drop(k);
	return err;
}

void keys_drop(struct keys_waiting *k)
{
	if (k->n)
		arena_fini(&k->arena);
	k->n = 0;
}

struct keys_waiting *keys_new(void)
{
	return mem_new(struct keys_waiting);
}

void keys_free(struct keys_waiting *k)
{
	if (!k)
		return;
	keys_drop(k);
	free(k->change);
	free(k);
}
