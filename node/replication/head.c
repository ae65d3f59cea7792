/* SPDX-License-Identifier: Apache-2.0 */
/* One verified checkpoint with its cosignatures. */
#include <stdlib.h>

#include "base/mem.h"
#include "replication/sync_int.h"

void head_clear(struct head *h)
{
	buf_fini(&h->note);
	for (size_t i = 0; i < h->n_cosigs; i++)
		buf_fini(&h->cosigs[i].line);
	free(h->cosigs);
	*h = (struct head){0};
}

/* Is line i by a key of the log, and the first of that key? What else stands under the log's name
 * is nobody's, and with enough of it a note would become too long for the next node. */
static bool is_log_line(const struct roster *r, const struct note *n, size_t i, struct bytes origin)
{
	const struct roster_incarnation *inc;
	const struct roster_region *g = roster_origin(r, origin, &inc);
	bool known = false;

	for (size_t k = 0; g && k < g->n_log_keys && !known; k++)
		known = g->log_keys[k].incarnation == inc->number && g->log_keys[k].vkey.id == n->sigs[i].id;
	for (size_t k = 0; k < i && known; k++)
		known = n->sigs[k].id != n->sigs[i].id || !bytes_eq(n->sigs[k].name, origin);
	return known && bytes_eq(n->sigs[i].name, origin);
}

/* Text, blank line, and the signature lines of the log's own keys. */
void heads_put_log_note(const struct sync *s, const struct note *n, struct bytes origin, struct buf *out)
{
	buf_put(out, n->text);
	buf_put_u8(out, '\n');
	for (size_t i = 0; i < n->n_sigs; i++)
		if (is_log_line(s->roster, n, i, origin))
			buf_put(out, n->sigs[i].line);
}

/* note: moves. */
static int set_note(struct head *h, const struct checkpoint *c, const struct note *n, struct buf note)
{
	if (note.failed) {
		buf_fini(&note);
		return IMS_E_NOMEM;
	}
	head_clear(h);
	h->size = c->size;
	h->root = c->root;
	h->note = note;
	h->text = BYTES(note.p, n->text.n);
	return 0;
}

int head_set(const struct sync *s, struct head *h, const struct checkpoint *c, const struct note *n)
{
	struct buf note = {0};

	heads_put_log_note(s, n, c->origin, &note);
	return set_note(h, c, n, note);
}

int head_set_kept(struct head *h, const struct checkpoint *c, const struct note *n)
{
	struct buf note = {0};

	buf_put(&note, n->all);
	return set_note(h, c, n, note);
}

void head_copy(struct head *to, const struct head *from)
{
	head_clear(to);
	to->size = from->size;
	to->root = from->root;
	buf_put(&to->note, buf_bytes(&from->note));
	mem_must(!to->note.failed);
	to->text = BYTES(to->note.p, from->text.n);
	for (size_t i = 0; i < from->n_cosigs; i++)
		head_add_cosig(to, from->cosigs[i].region, from->cosigs[i].time_s,
			       buf_bytes(&from->cosigs[i].line));
}

bool head_has_text(const struct head *h, struct bytes text)
{
	return h->size && bytes_eq(h->text, text);
}

void head_put_note(const struct head *h, struct buf *out)
{
	buf_put(out, buf_bytes(&h->note));
	for (size_t i = 0; h->note.n && i < h->n_cosigs; i++)
		buf_put(out, buf_bytes(&h->cosigs[i].line));
}

/* True when it is news; a later one of the same region replaces none: one is enough. */
bool head_add_cosig(struct head *h, const char *region, uint64_t time_s, struct bytes line)
{
	struct cosig *k;

	for (size_t i = 0; i < h->n_cosigs; i++)
		if (strcmp(h->cosigs[i].region, region) == 0)
			return false;
	h->cosigs = mem_grow(h->cosigs, &h->capacity, h->n_cosigs + 1, sizeof(*h->cosigs));
	k = &h->cosigs[h->n_cosigs++];
	*k = (struct cosig){.time_s = time_s};
	memcpy(k->region, region, strlen(region) + 1);
	buf_put(&k->line, line);
	return true;
}
