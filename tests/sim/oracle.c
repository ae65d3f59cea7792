/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was promised and shown, watched while it happens: each member's log as its ring took it,
 * with the root at every size. Whatever leaves a node is held against it, at once:
 *
 *   inv. 1, 2  an entry on the wire is the writer's entry of that index
 *   inv. 3     what was written before a crash is there after it
 *   inv. 4     nobody shows a head, or serves an entry, beyond what is stored there; what a node
 *              shows of a log never goes back
 *   inv. 5     every head ever shown has the one root of its size; a cosignature is of what is stored
 *   inv. 10    a limited payload goes to whom it is for
 */
#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "registry/audience.h"
#include "sim/faults.h"
#include "sim/oracle.h"
#include "sim/sim.h"
#include "sim/store_fake.h"
#include "view/admit_int.h"

struct mirror {
	struct tile_edge edge;
	struct oracle_row *row;
	size_t n, capacity;
	uint64_t acked_size; /* what was acknowledged goes up to here; it is published a moment later */
};

struct oracle {
	struct sim *sim;
	struct mirror log[SIM_LOGS_MAX];
	/* Of a node that has lost its commit log, until it signs: what it writes, which takes the place of
	 * the log from where they part, if nobody knows more of that; or is set aside. */
	struct mirror branch[SIM_HOSTS_MAX];
	struct stored at[SIM_HOSTS_MAX];
};

struct oracle *oracle_new(struct sim *s)
{
	struct oracle *o = mem_new(struct oracle);

	o->sim = s;
	for (unsigned i = 0; i < SIM_LOGS_MAX; i++)
		tile_edge_init(&o->log[i].edge);
	return o;
}

void oracle_free(struct oracle *o)
{
	if (!o)
		return;
	for (unsigned i = 0; i < SIM_LOGS_MAX; i++)
		free(o->log[i].row);
	for (unsigned i = 0; i < SIM_HOSTS_MAX; i++)
		free(o->branch[i].row);
	free(o);
}

uint64_t oracle_size(const struct oracle *o, unsigned member)
{
	return o->log[member].n;
}

struct stored *oracle_stored(struct oracle *o, unsigned host)
{
	return &o->at[host];
}

const struct tile_edge *oracle_edge(const struct oracle *o, unsigned member)
{
	return &o->log[member].edge;
}

const struct oracle_row *oracle_row(const struct oracle *o, unsigned member, uint64_t index)
{
	return &o->log[member].row[index];
}

/* ---- what its writer did */
static void who_may_see(const struct federation *f, unsigned home, const struct ledger_item *item,
			struct oracle_row *row)
{
	struct arena a;
	struct entry en;

	arena_init(&a, 1u << 20);
	row->may_see = ~0u;
	if (entry_decode(item->entry, &a, &en, NULL) == 0 && en.audience != ENTRY_PUBLIC &&
	    en.audience != ENTRY_FEDERATION) {
		row->limited = true;
		row->may_see = 1u << home;
		for (unsigned i = 0; i < f->n && en.audience == ENTRY_NAMED; i++)
			if (registry_names_region(item->payload, bytes_of(f->member[i].code), &a))
				row->may_see |= 1u << i;
	}
	arena_fini(&a);
}

static void mirror_add(struct oracle *o, struct mirror *m, unsigned member, const struct ledger_item *item)
{
	struct oracle_row *row;

	m->row = mem_grow(m->row, &m->capacity, m->n + 1, sizeof(*m->row));
	row = &m->row[m->n++];
	*row = (struct oracle_row){
		.leaf = item->leaf, .acked = m->n <= m->acked_size, .has_payload = item->payload.n > 0};
	merkle_leaf(admit_without_header(item->payload), &row->content);
	who_may_see(o->sim->fed, member, item, row);
	CHECK(tile_edge_append(&m->edge, &item->leaf, NULL, NULL) == 0);
	tile_edge_root(&m->edge, &row->root);
}

/* ---- after its files were lost */
static void mirror_clear(struct mirror *m)
{
	m->n = m->acked_size = 0;
	tile_edge_init(&m->edge);
}

/* A row that stands in the log as it was watched. */
static void mirror_add_row(struct mirror *m, const struct oracle_row *row)
{
	m->row = mem_grow(m->row, &m->capacity, m->n + 1, sizeof(*m->row));
	m->row[m->n++] = *row;
	CHECK(tile_edge_append(&m->edge, &row->leaf, NULL, NULL) == 0);
}

/* What it has by now, into its branch. */
static int read_branch(struct host *h, struct ledger_reader *r)
{
	struct oracle *o = h->sim->oracle;
	struct mirror *m = &o->log[h->log], *b = &o->branch[h->number];
	struct ledger_item item;
	bool same = true; /* up to here; a withdrawal may be so again after other entries, under another root */
	int err = 0;

	mirror_clear(b);
	for (uint64_t i = 0; !err && i < r->size; i++) {
		struct arena a;

		arena_init(&a, LEDGER_ITEM_BYTES);
		err = ledger_read_item(r, i, &a, &item);
		same &= !err && i < m->n && hash_eq(&item.leaf, &m->row[i].leaf);
		if (same)
			mirror_add_row(b, &m->row[i]);
		else if (!err)
			mirror_add(o, b, h->number, &item);
		arena_fini(&a);
	}
	return err;
}

/* The largest signed head of a log that a node knows, or what it has stored. */
static uint64_t known_size(const struct host *h, const char *origin)
{
	const struct sync *sync = bridge_sync(h->bridge);
	struct sync_log_info l;

	for (size_t i = 0; i < sync_log_count(sync); i++) {
		sync_log_at(sync, i, &l);
		if (strcmp(l.origin, origin) == 0)
			return l.known_size;
	}
	return 0;
}

/* It signs: its branch is its log. What nobody else had of that is gone from where they part; what anybody
 * knows to be signed is not (inv. 5). */
static void take_branch(struct host *h)
{
	struct sim *s = h->sim;
	struct mirror *m = &s->oracle->log[h->log], *b = &s->oracle->branch[h->number], was = *m;
	uint64_t same = 0;

	h->lost_ring = false;
	while (same < m->n && same < b->n && hash_eq(&m->row[same].leaf, &b->row[same].leaf))
		same++;
	for (unsigned i = 0; i < s->p.hosts && same < m->n; i++)
		if (i != h->number && s->host[i].up && known_size(&s->host[i], host_origin(h)) > same)
			sim_fail(s, "inv. 5", "%s goes on at %llu, %s knows more of it", h->who->code,
				 (unsigned long long)same, s->host[i].who->code);
	*m = *b;
	*b = was;
}

void oracle_recovered(struct host *h)
{
	struct ledger_reader r;
	struct store_txn *t;
	int err = store_begin_read(h->store, &t);

	if (err)
		return;
	err = ledger_read_open(t, host_origin(h), &r);
	if (!err)
		err = read_branch(h, &r);
	if (err)
		sim_fail(h->sim, "inv. 3", "%s cannot read its log: %s", h->who->code, ims_error(err)->name);
	else
		take_branch(h);
	store_abort(t);
}

void oracle_may_sign(struct host *h)
{
	if (h->lost_ring)
		take_branch(h);
}

/* What was acknowledged before it was published is in the log now. */
static void acked_is_there(struct host *h, const struct mirror *m)
{
	if (m->acked_size > m->n)
		sim_fail(h->sim, "inv. 3", "%s has acknowledged up to %llu, its log has %zu", h->who->code,
			 (unsigned long long)m->acked_size, m->n);
}

void oracle_published(struct host *h, const struct commit_group *g)
{
	struct oracle *o = h->sim->oracle;
	struct mirror *m = h->lost_ring ? &o->branch[h->number] : &o->log[h->log];

	if (host_is_rolled_back(h))
		sim_fail(h->sim, "section 6", "%s is rolled back and publishes", h->who->code);
	if (g->from > m->n || g->size != g->from + g->n)
		sim_fail(h->sim, "inv. 1", "%s publishes [%llu, %llu) of %zu, known are %zu", h->who->code,
			 (unsigned long long)g->from, (unsigned long long)g->size, g->n, m->n);
	for (size_t i = 0; i < g->n && !h->sim->failed; i++) {
		if (g->from + i < m->n)
			sim_fail(h->sim, "inv. 5", "%s uses index %llu again", h->who->code,
				 (unsigned long long)(g->from + i));
		else
			mirror_add(o, m, h->number, &g->items[i]);
	}
	acked_is_there(h, m);
	if (g->note.n && h->lost_ring)
		take_branch(h);
}

void oracle_completed(struct host *h, const struct commit_job *job)
{
	struct oracle *o = h->sim->oracle;
	struct mirror *m = h->lost_ring ? &o->branch[h->number] : &o->log[h->log];
	const struct commit_put *p = &job->u.put;

	if (job->type == COMMIT_PACKAGE && !job->err)
		stored_package(h, &job->u.package);
	if (job->type != COMMIT_PUT || job->err)
		return;
	h->sim->acked++;
	if (strcmp(p->ret_origin, host_origin(h)) != 0) /* unchanged since a former incarnation */
		return;
	if (p->ret_index < m->n)
		m->row[p->ret_index].acked = true;
	else if (p->ret_index >= m->acked_size)
		m->acked_size = p->ret_index + 1;
}

static bool ends_with(const struct mirror *m, uint64_t size, const struct hash *root)
{
	return size <= m->n && hash_eq(root, &m->row[size - 1].root);
}

/* After a start: the log has all that it had, and perhaps what the crash left unanswered. */
void oracle_started(struct host *h)
{
	struct oracle *o = h->sim->oracle;
	struct mirror *m = &o->log[h->log];
	struct ledger_reader r;
	struct ledger_item item;
	struct store_txn *t;
	struct hash root;
	uint64_t due;
	int err = store_begin_read(h->store, &t);

	if (err)
		return;
	err = ledger_read_open(t, host_origin(h), &r);
	if (host_is_rolled_back(h)) { /* it says so: it has some of its history, or of one unseen */
		due = r.size > m->n && h->log != h->number ? m->n : r.size; /* appended again, and no more */
		if (!err && !h->lost_ring && due > 0 && (ledger_root(&r, due, &root) ||
		    !(ends_with(m, due, &root) || ends_with(&o->branch[h->number], due, &root))))
			sim_fail(h->sim, "inv. 5", "%s is rolled back to another history", h->who->code);
		store_abort(t);
		return;
	}
	if (!err && h->lost_ring) { /* whether somebody has more will show */
		err = read_branch(h, &r);
		m = &o->branch[h->number];
	}
	due = !err && checks_closed_is_whole(h, t, r.size) ? r.size : m->n;
	if (!err && r.size < due)
		sim_fail(h->sim, "inv. 3", "%s comes back with %llu of %zu entries", h->who->code,
			 (unsigned long long)r.size, m->n);
	if (!err && due && !h->sim->failed) {
		err = ledger_root(&r, due, &root);
		if (!err && !hash_eq(&root, &m->row[due - 1].root))
			sim_fail(h->sim, "inv. 5", "%s comes back with another history", h->who->code);
	}
	while (!err && !h->sim->failed && m->n < r.size) {
		struct arena a;

		arena_init(&a, LEDGER_ITEM_BYTES);
		err = ledger_read_item(&r, m->n, &a, &item);
		if (!err)
			mirror_add(o, m, h->number, &item);
		arena_fini(&a);
	}
	if (err)
		sim_fail(h->sim, "inv. 3", "%s cannot read its log after a start: %s", h->who->code,
			 ims_error(err)->name);
	else
		acked_is_there(h, m);
	store_abort(t);
}

void oracle_restored(struct host *h)
{
	h->sim->oracle->at[h->number] = (struct stored){0};
	h->sim->oracle->log[h->log].acked_size = 0; /* what nobody else had went with the files */
}

void oracle_expect_nonsense(struct host *h, uint64_t index)
{
	struct mirror *m = &h->sim->oracle->log[h->log];

	if (index < m->n)
		m->row[index].nonsense = true;
}

/* ---- what it says */
static bool cosigned_by(const struct note *n, const struct member *m)
{
	for (size_t i = 0; i < n->n_sigs; i++)
		if (bytes_eq_text(n->sigs[i].name, m->name))
			return true;
	return false;
}

/* to: whom it is shown as one that was never reached; NULL: it was. */
static void note_shown(struct host *from, const struct host *to, struct bytes bytes)
{
	struct sim *s = from->sim;
	const struct mirror *m;
	struct checkpoint c;
	struct note n;
	unsigned of, writer;

	if (note_parse(bytes, &n) || checkpoint_parse(n.text, &c)) {
		sim_fail(s, "wire", "%s sends a note that is none", from->who->code);
		return;
	}
	of = federation_find(s->fed, c.origin);
	writer = federation_writer(of);
	if (of == SIM_LOGS_MAX || (to && liar_forked(s, federation_origin(s->fed, of))))
		return;
	m = &s->oracle->log[of];
	if (c.size == 0 || c.size > m->n || !hash_eq(&c.root, &m->row[c.size - 1].root))
		sim_fail(s, "inv. 5", "%s shows a head of %s at %llu that is not of its history",
			 from->who->code, federation_origin(s->fed, of), (unsigned long long)c.size);
	else if (to ? writer != to->number : writer != from->number && c.size > stored_size(from, of))
		sim_fail(s, "inv. 4", "%s shows a head of %s at %llu and has not stored it", from->who->code,
			 federation_origin(s->fed, of), (unsigned long long)c.size);
	else if (writer == from->number && cosigned_by(&n, from->who))
		sim_fail(s, "inv. 5", "%s cosigns itself", from->who->code);
}

static void payload_shown(struct host *from, const struct host *to, unsigned of, uint64_t index)
{
	const struct mirror *m = &from->sim->oracle->log[of];

	if (index >= m->n || !(m->row[index].may_see & 1u << to->number))
		sim_fail(from->sim, "inv. 10", "%s sends %s the payload of %s %llu", from->who->code,
			 to->who->code, federation_origin(from->sim->fed, of), (unsigned long long)index);
}

static void entries_shown(struct host *from, const struct host *to, const struct msg_entries *e)
{
	struct sim *s = from->sim;
	unsigned of = federation_find(s->fed, e->origin);
	const struct mirror *m;

	if (e->checkpoint.n)
		note_shown(from, NULL, e->checkpoint);
	if (of == SIM_LOGS_MAX || e->n_items == 0)
		return;
	m = &s->oracle->log[of];
	if (federation_writer(of) != from->number && e->from + e->n_items > stored_size(from, of))
		sim_fail(s, "inv. 4", "%s serves what it has not stored", from->who->code);
	for (size_t i = 0; i < e->n_items && !s->failed; i++) {
		struct hash leaf;

		merkle_leaf(e->items[i].entry, &leaf);
		if (e->from + i >= m->n || !hash_eq(&leaf, &m->row[e->from + i].leaf))
			sim_fail(s, "inv. 2", "%s serves other bytes at %s %llu", from->who->code,
				 federation_origin(s->fed, of), (unsigned long long)(e->from + i));
		else if (e->items[i].state == MSG_PAYLOAD_HERE)
			payload_shown(from, to, of, e->from + i);
	}
}

void oracle_sent(struct host *from, struct host *to, const struct msg *m)
{
	unsigned of;

	switch (m->type) {
	case MSG_HELLO:
		for (size_t i = 0; i < m->u.hello.n_heads; i++)
			note_shown(from, m->u.hello.heads[i].unreached ? to : NULL, m->u.hello.heads[i].note);
		break;
	case MSG_HEADS:
		for (size_t i = 0; i < m->u.heads.n_heads; i++)
			note_shown(from, m->u.heads.heads[i].unreached ? to : NULL, m->u.heads.heads[i].note);
		break;
	case MSG_COSIGN:
		note_shown(from, NULL, m->u.cosign.note);
		break;
	case MSG_ENTRIES:
		entries_shown(from, to, &m->u.entries);
		break;
	case MSG_PAYLOADS:
		of = federation_find(from->sim->fed, m->u.payloads.origin);
		for (size_t i = 0; of < SIM_LOGS_MAX && i < m->u.payloads.n_items; i++)
			if (m->u.payloads.items[i].state == MSG_PAYLOAD_HERE)
				payload_shown(from, to, of, m->u.payloads.items[i].index);
		break;
	default:
		break;
	}
}
