/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules ask of rosters: which regions count, by the newest version and by those that conclusions name. */
#include "replication/roster.h"
#include "store/key.h"
#include "view/case_int.h"

#define ROSTERS_MAX 64

static int take(struct case_loading *l, struct bytes note, struct case_roster *ret)
{
	struct case_region *regions;
	struct roster *r;
	int err = roster_parse(note, &r, NULL);

	if (err)
		return err == IMS_E_NOMEM ? err : IMS_E_CORRUPT;
	regions = arena_array(l->arena, r->n_regions + 1, sizeof(*regions));
	for (size_t i = 0; regions && i < r->n_regions; i++) {
		const struct roster_region *g = &r->regions[i];

		regions[i] = (struct case_region){
			.code = arena_text(l->arena, bytes_of(g->code)),
			.counts = g->class == ROSTER_PARTICIPANT && !g->suspended,
			.is_asked = g->class != ROSTER_SECRETARIAT && !g->suspended,
		};
	}
	*ret = (struct case_roster){.version = r->version, .regions = regions, .n_regions = r->n_regions};
	roster_unref(r);
	return arena_error(l->arena);
}

static bool is_named(const struct case_loading *l, uint64_t version)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->entries[i].kind->name, "conclusion") == 0 &&
		    l->entries[i].roster_version == version)
			return true;
	return false;
}

int case_load_rosters(struct case_loading *l, struct programme_case *c)
{
	struct case_roster *list = arena_array(l->arena, ROSTERS_MAX, sizeof(*list));
	struct store_cursor cur;
	uint64_t version;
	size_t n = 0;
	int err = list ? 0 : arena_error(l->arena);

	/* from the newest on: that one always, and then those that are named */
	store_seek(&cur, l->past.txn, TABLE_ROSTER, BYTES_NONE, BYTES_NONE, true);
	for (; !err && store_cursor_ok(&cur) && n < ROSTERS_MAX; store_next(&cur)) {
		err = store_key_parse(cur.key, "L", &version);
		if (!err && (n == 0 || is_named(l, version)))
			err = take(l, cur.value, &list[n++]);
	}
	store_cursor_fini(&cur);
	for (size_t i = 0; !err && i < n / 2; i++) {
		struct case_roster swap = list[i];

		list[i] = list[n - 1 - i];
		list[n - 1 - i] = swap;
	}
	c->rosters = list;
	c->n_rosters = n;
	return err ? err : store_txn_error(l->past.txn);
}
