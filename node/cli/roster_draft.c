/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/roster_draft.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cmd_roster.h"
#include "registry/registry.h"

struct roster_draft {
	struct roster *before; /* as it is; NULL: genesis */
	struct roster head;    /* lines above the regions; owns its texts, not counted */
	struct roster_region *regions[ROSTER_REGIONS_MAX]; /* in order of code */
	size_t n_regions;
	struct roster *sources[2 * ROSTER_REGIONS_MAX + 1]; /* parsed; own what `regions` points to */
	size_t n_sources;
};

static struct roster_draft *draft_new(const char *federation)
{
	struct roster_draft *d = mem_new(struct roster_draft);

	arena_init(&d->head.memory, ROSTER_NOTE_MAX_BYTES);
	d->head.federation = mem_strdup(federation);
	d->head.replicated_regions = mem_zalloc(ROSTER_REGIONS_MAX * sizeof(char *));
	return d;
}

static void forget_replicated(struct roster_draft *d)
{
	for (size_t i = 0; i < d->head.n_replicated; i++)
		free(d->head.replicated_regions[i]);
	d->head.n_replicated = 0;
}

void roster_draft_free(struct roster_draft *d)
{
	if (!d)
		return;
	forget_replicated(d);
	free(d->head.replicated_regions);
	free(d->head.federation);
	arena_fini(&d->head.memory);
	for (size_t i = 0; i < d->n_sources; i++)
		roster_unref(d->sources[i]);
	roster_unref(d->before);
	free(d);
}

int roster_draft_genesis(const char *federation, struct roster_draft **ret, struct errtext *e)
{
	if (!roster_federation_is_valid(bytes_of(federation)))
		return errtext_set(e, IMS_E_INVALID, "'%s' is no name for a federation", federation);
	*ret = draft_new(federation);
	(*ret)->head.version = 1;
	(*ret)->head.rules = REGISTRY_RULES_VERSION;
	return 0;
}

int roster_draft_from(const char *path, struct roster_draft **ret, struct errtext *e)
{
	struct roster *before = NULL, *copy = NULL;
	struct roster_draft *d;
	int err = roster_read(path, &before, e);

	if (!err)
		err = roster_read(path, &copy, e); /* the second is edited in place */
	if (err) {
		roster_unref(before);
		return err;
	}
	d = draft_new(before->federation);
	d->before = before;
	d->sources[d->n_sources++] = copy;
	d->head.version = before->version + 1;
	d->head.previous = before->hash;
	d->head.rules = before->rules;
	d->head.replicated_k = before->replicated_k;
	for (size_t i = 0; i < before->n_replicated; i++)
		d->head.replicated_regions[d->head.n_replicated++] =
			mem_strdup(before->replicated_regions[i]);
	for (size_t i = 0; i < copy->n_regions; i++)
		d->regions[d->n_regions++] = &copy->regions[i];
	*ret = d;
	return 0;
}

const struct roster *roster_draft_before(const struct roster_draft *d)
{
	return d->before;
}

/* ---- edits of the head */

int roster_draft_set_rules(struct roster_draft *d, uint64_t rules, struct errtext *e)
{
	if (rules == 0 || (d->head.version > 1 && rules < d->head.rules))
		return errtext_set(e, IMS_E_INVALID, "rules do not go back below %" PRIu64, d->head.rules);
	d->head.rules = rules;
	return 0;
}

int roster_draft_set_replicated(struct roster_draft *d, uint64_t k, struct errtext *e)
{
	if (k > ROSTER_REGIONS_MAX)
		return errtext_set(e, IMS_E_LIMIT, "at most %d cosigners", ROSTER_REGIONS_MAX);
	forget_replicated(d);
	d->head.replicated_k = (unsigned)k;
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int roster_draft_replicate_at(struct roster_draft *d, const char *code, struct errtext *e)
{
	if (d->head.n_replicated == ROSTER_REGIONS_MAX)
		return errtext_set(e, IMS_E_LIMIT, "at most %d cosigners", ROSTER_REGIONS_MAX);
	d->head.replicated_regions[d->head.n_replicated++] = mem_strdup(code);
	qsort(d->head.replicated_regions, d->head.n_replicated, sizeof(char *), by_text);
	return 0;
}

/* ---- edits of regions */

/* Where the region stands, or would stand. */
static size_t place_of(const struct roster_draft *d, const char *code, bool *ret_found)
{
	size_t i = 0;

	while (i < d->n_regions && strcmp(d->regions[i]->code, code) < 0)
		i++;
	*ret_found = i < d->n_regions && strcmp(d->regions[i]->code, code) == 0;
	return i;
}

static struct roster_region *find(const struct roster_draft *d, const char *code, struct errtext *e)
{
	bool found;
	size_t i = place_of(d, code, &found);

	if (!found)
		errtext_set(e, IMS_E_NOT_FOUND, "there is no region '%s'", code);
	return found ? d->regions[i] : NULL;
}

static int read_card(const char *path, const char *federation, struct roster **ret, struct errtext *e)
{
	struct errtext cause = {""};
	struct buf text = {0};
	int err = file_read(path, ROSTER_NOTE_MAX_BYTES, &text, &cause);

	if (!err)
		err = roster_parse_card(buf_bytes(&text), federation, ret, &cause);
	buf_fini(&text);
	return err ? errtext_set(e, err, "%s: %s", path, cause.text) : 0;
}

int roster_draft_add_card(struct roster_draft *d, const char *path, bool replace, struct errtext *e)
{
	struct roster_region *g;
	struct roster *card;
	bool found;
	size_t i;
	int err;

	if (d->n_sources == sizeof(d->sources) / sizeof(d->sources[0]))
		return errtext_set(e, IMS_E_LIMIT, "too many cards");
	err = read_card(path, d->head.federation, &card, e);
	if (err)
		return err;
	d->sources[d->n_sources++] = card;
	g = &card->regions[0];
	i = place_of(d, g->code, &found);
	if (found != replace)
		return found ? errtext_set(e, IMS_E_EXISTS, "%s: region %s is there: --set-card replaces it",
					   path, g->code)
			     : errtext_set(e, IMS_E_NOT_FOUND, "%s: there is no region %s to replace", path,
					   g->code);
	if (replace) {
		g->suspended |= d->regions[i]->suspended;
		d->regions[i] = g;
		return 0;
	}
	if (d->n_regions == ROSTER_REGIONS_MAX)
		return errtext_set(e, IMS_E_LIMIT, "at most %d regions", ROSTER_REGIONS_MAX);
	memmove(&d->regions[i + 1], &d->regions[i], (d->n_regions++ - i) * sizeof(d->regions[0]));
	d->regions[i] = g;
	return 0;
}

int roster_draft_suspend(struct roster_draft *d, const char *code, bool suspended, struct errtext *e)
{
	struct roster_region *g = find(d, code, e);

	if (!g)
		return IMS_E_NOT_FOUND;
	g->suspended = suspended;
	return 0;
}

int roster_draft_close(struct roster_draft *d, const char *code, uint64_t size, const char *root,
		       struct errtext *e)
{
	struct roster_region *g = find(d, code, e);
	struct roster_incarnation *last;

	if (!g)
		return IMS_E_NOT_FOUND;
	last = &g->incarnations[g->n_incarnations - 1];
	if (!last->open)
		return errtext_set(e, IMS_E_INVALID, "incarnation %" PRIu64 " of %s is closed", last->number,
				   code);
	if (!hex_get(bytes_of(root), last->kept_root.b, sizeof(last->kept_root.b)))
		return errtext_set(e, IMS_E_INVALID, "'%s' is no root: 64 hex digits", root);
	last->open = false;
	last->kept_size = size;
	return 0;
}

/* A larger copy of an array, with an empty row at the end. */
static void *with_row(struct roster_draft *d, const void *rows, size_t n, size_t elem_bytes)
{
	void *more = arena_array(&d->head.memory, n + 1, elem_bytes);

	if (more && n)
		memcpy(more, rows, n * elem_bytes);
	return more;
}

int roster_draft_open(struct roster_draft *d, const char *code, const char *vkey, struct errtext *e)
{
	struct roster_region *g = find(d, code, e);
	struct roster_incarnation *incarnations;
	struct roster_log_key *keys;
	struct note_vkey key;

	if (!g)
		return IMS_E_NOT_FOUND;
	if (g->incarnations[g->n_incarnations - 1].open)
		return errtext_set(e, IMS_E_INVALID, "an incarnation of %s is open: --close comes first",
				   code);
	if (note_vkey_parse(bytes_of(vkey), &key))
		return errtext_set(e, IMS_E_INVALID, "'%s' is no key", vkey);
	incarnations = with_row(d, g->incarnations, g->n_incarnations, sizeof(*incarnations));
	keys = with_row(d, g->log_keys, g->n_log_keys, sizeof(*keys));
	if (!incarnations || !keys)
		return errtext_set(e, IMS_E_NOMEM, "out of memory");
	incarnations[g->n_incarnations] =
		(struct roster_incarnation){.number = g->n_incarnations + 1, .open = true};
	keys[g->n_log_keys] = (struct roster_log_key){
		.incarnation = g->n_incarnations + 1, .vkey = key, .to_size = UINT64_MAX};
	g->incarnations = incarnations;
	g->n_incarnations++;
	g->log_keys = keys;
	g->n_log_keys++;
	return 0;
}

int roster_draft_text(const struct roster_draft *d, struct buf *out, struct roster **ret_next,
		      struct errtext *e)
{
	roster_put_head(&d->head, out);
	for (size_t i = 0; i < d->n_regions; i++)
		roster_put_region(d->regions[i], out);
	if (out->failed)
		return errtext_set(e, IMS_E_NOMEM, "out of memory");
	return roster_parse_text(buf_bytes(out), ret_next, e);
}
