/* SPDX-License-Identifier: Apache-2.0 */
#include "view/cited.h"

#include "pb/registry.pb-c.h"

#include "ledger/ledger.h"
#include "wire/entry.h"

int cited_check(struct store_txn *t, const Ims__Registry__Citation *c)
{
	struct ledger_reader r;
	struct ledger_item item;
	struct arena a;
	struct entry en;
	int err = ledger_read_open(t, c->origin, &r);

	if (!err)
		err = c->index < ledger_counted(&r) ? ledger_read_entry(&r, c->index, &item)
						    : IMS_E_NOT_FOUND;
	if (err)
		return err;
	if (!bytes_eq(bytes_of_hash(&item.leaf), BYTES(c->leaf.data, c->leaf.len)))
		return IMS_E_LEAF;
	arena_init(&a, 65536);
	err = entry_decode(item.entry, &a, &en, NULL);
	if (!err && !bytes_eq_text(en.record, c->record))
		err = IMS_E_INVALID;
	arena_fini(&a);
	return err;
}

const char *cited_words(int err)
{
	switch (err) {
	case IMS_E_NOT_FOUND:
		return "the entry is not here (yet)";
	case IMS_E_LEAF:
		return "the entry that stands there has another leaf hash";
	case IMS_E_INVALID:
		return "the entry that stands there made another record";
	default:
		return NULL;
	}
}
