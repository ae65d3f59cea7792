/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every fold of the writer goes through here: what ended the process twice is not folded again. Only
 * its record's number is noted, so that it is not given out again; when that ends the process as well,
 * not even that.
 */
#include "view/commit_int.h"

int quarantine_fold(struct commit *c, const struct ledger_log *log, const struct ledger_item *item,
		    fold_fn *fold)
{
	const struct fold f = commit_fold(c);
	unsigned crashes = poison_crashes(c->o.poison, &item->leaf);
	int err = crashes >= POISON_CRASHES ? fold_quarantined(&f, log, item) : 0;

	if (err || crashes > POISON_CRASHES)
		return err;
	poison_enter(c->o.poison, log->origin, item->index, &item->leaf);
	err = crashes == POISON_CRASHES ? fold_orphan(&f, log, item) : fold(&f, log, item);
	poison_leave(c->o.poison);
	return err;
}
