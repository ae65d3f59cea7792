/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/store_fake.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "sim/store_fake_int.h"

#define MIN_MAP_BYTES (1u << 20)

static struct store_disk *store_disks;

/* ---- disks --------------------------------------------------------------------------------- */

static struct store_disk *store_disk_find(const char *dir)
{
	struct store_disk *d = store_disks;

	while (d && strcmp(d->dir, dir) != 0)
		d = d->next;
	return d;
}

static struct store_disk *store_disk_make(const char *dir)
{
	struct store_disk *d = store_disk_find(dir);

	if (!d) {
		d = mem_new(struct store_disk);
		d->dir = mem_strdup(dir);
		d->next = store_disks;
		store_disks = d;
	}
	return d;
}

static size_t add_table(struct store_disk *d, const char *name)
{
	for (size_t i = 0; i < d->n_tables; i++)
		if (strcmp(d->names[i], name) == 0)
			return i;
	d->names = mem_realloc(d->names, (d->n_tables + 1) * sizeof(*d->names));
	d->trees = mem_realloc(d->trees, (d->n_tables + 1) * sizeof(*d->trees));
	d->names[d->n_tables] = mem_strdup(name);
	d->trees[d->n_tables] = (struct fake_tree){0};
	return d->n_tables++;
}

static void store_disk_empty(struct store_disk *d)
{
	for (size_t i = 0; i < d->n_tables; i++) {
		fake_tree_clear(&d->trees[i]);
		free(d->names[i]);
	}
	free(d->trees);
	free(d->names);
	d->trees = NULL;
	d->names = NULL;
	d->n_tables = 0;
	d->created = false;
}

static void store_disk_copy(const struct store_disk *from, struct store_disk *to)
{
	CHECK(from != to && !to->opened);
	store_disk_empty(to);
	for (size_t i = 0; i < from->n_tables; i++) {
		size_t place = add_table(to, from->names[i]);

		to->trees[place] = fake_tree_copy(&from->trees[i]);
	}
	to->map_bytes = from->map_bytes;
	to->created = from->created;
}

/* ---- open and close ------------------------------------------------------------------------ */

static void map_table(struct store *s, size_t place)
{
	for (size_t i = 0; i < s->n_tables; i++)
		if (s->places[i] == place)
			return;
	s->names[s->n_tables] = mem_strdup(s->disk->names[place]);
	s->places[s->n_tables++] = place;
}

static int open_tables(struct store *s, const struct store_opts *opts, struct errtext *e)
{
	struct store_disk *d = s->disk;

	for (size_t i = 0; i < opts->n_tables; i++) {
		size_t before = d->n_tables, place = add_table(d, opts->tables[i].name);

		if (place == before && s->read_only && i == 0) /* others are empty */
			return errtext_set(e, IMS_E_NOT_FOUND, "%s: no table %s", d->dir,
					   opts->tables[i].name);
		map_table(s, place);
	}
	if (d->n_tables > s->max_tables)
		return errtext_set(e, IMS_E_LIMIT, "%s: too many tables", d->dir);
	for (size_t i = 0; i < d->n_tables; i++)
		map_table(s, i);
	return 0;
}

int store_open(const struct store_opts *opts, struct store **ret, struct errtext *e)
{
	struct store_disk *d = store_disk_make(opts->dir);
	uint64_t map_bytes = opts->map_bytes < MIN_MAP_BYTES ? MIN_MAP_BYTES : opts->map_bytes;
	struct store *s;
	int err;

	if (d->opened)
		return errtext_set(e, IMS_E_EXISTS, "%s: is already open", opts->dir);
	if (opts->read_only && !d->created)
		return errtext_set(e, IMS_E_NOT_FOUND, "%s: no database", opts->dir);
	s = mem_new(struct store);
	s->magic = FAKE_STORE_MAGIC;
	s->disk = d;
	s->read_only = opts->read_only;
	s->max_readers = opts->max_readers ? opts->max_readers : 126;
	s->max_tables = opts->n_tables + opts->max_extra_tables;
	s->places = mem_zalloc(s->max_tables * sizeof(*s->places));
	s->names = mem_zalloc(s->max_tables * sizeof(*s->names));
	d->opened = s;
	d->created = true;
	if (d->map_bytes < map_bytes)
		d->map_bytes = map_bytes;
	s->map_max_bytes = opts->map_max_bytes < d->map_bytes ? d->map_bytes : opts->map_max_bytes;
	err = open_tables(s, opts, e);
	if (err) {
		store_close(s);
		return err;
	}
	*ret = s;
	return 0;
}

static void txn_free(struct store_txn *t);

void store_close(struct store *s)
{
	if (!s)
		return;
	OBJ_CHECK(s, FAKE_STORE_MAGIC);
	CHECK(s->txns == NULL || s->crashed);
	while (s->txns) /* nobody comes back to end what a crash left */
		txn_free(s->txns);
	if (s->disk->opened == s)
		s->disk->opened = NULL;
	for (size_t i = 0; i < s->n_tables; i++)
		free(s->names[i]);
	free(s->names);
	free(s->places);
	s->magic = 0;
	free(s);
}

int store_copy(struct store *s, const char *dir, struct errtext *e)
{
	OBJ_CHECK(s, FAKE_STORE_MAGIC);
	if (s->crashed)
		return errtext_set(e, IMS_E_IO, "%s: crashed", s->disk->dir);
	store_disk_copy(s->disk, store_disk_make(dir));
	return 0;
}

/* ---- transactions -------------------------------------------------------------------------- */

static void txn_new(struct store *s, bool write, struct store_txn **ret)
{
	struct store_txn *t = mem_zalloc(sizeof(*t) + s->max_tables * sizeof(t->trees[0]));

	t->magic = FAKE_TXN_MAGIC;
	t->store = s;
	t->write = write;
	t->n_tables = s->n_tables;
	for (size_t i = 0; i < t->n_tables; i++)
		t->trees[i] = fake_tree_copy(&s->disk->trees[s->places[i]]);
	t->next = s->txns;
	s->txns = t;
	if (write)
		s->writer = t;
	else
		s->readers++;
	*ret = t;
}

void fake_txn_forget_scratch(struct store_txn *t)
{
	while (t->scratch) {
		struct scratch *next = t->scratch->next;

		free(t->scratch);
		t->scratch = next;
	}
}

static void txn_free(struct store_txn *t)
{
	struct store *s = t->store;
	struct store_txn **p = &s->txns;

	while (*p != t)
		p = &(*p)->next;
	*p = t->next;
	fake_txn_forget_scratch(t);
	for (size_t i = 0; i < t->n_tables; i++)
		fake_tree_clear(&t->trees[i]);
	if (t->write) {
		for (size_t i = s->n_tables; i < t->n_tables; i++)
			free(s->names[i]); /* tables that were not committed */
		s->writer = NULL;
	} else {
		s->readers--;
	}
	t->magic = 0;
	free(t);
}

int store_begin_read(struct store *s, struct store_txn **ret)
{
	OBJ_CHECK(s, FAKE_STORE_MAGIC);
	if (s->crashed)
		return IMS_E_IO;
	if (s->readers == s->max_readers)
		return IMS_E_AGAIN;
	txn_new(s, false, ret);
	return 0;
}

int store_begin_write(struct store *s, struct store_txn **ret)
{
	OBJ_CHECK(s, FAKE_STORE_MAGIC);
	if (s->read_only)
		return IMS_E_READ_ONLY;
	if (s->fatal)
		return s->fatal;
	if (s->writer)
		return IMS_E_BUG;
	txn_new(s, true, ret);
	return 0;
}

static void publish(struct store_txn *t)
{
	struct store *s = t->store;

	for (size_t i = s->n_tables; i < t->n_tables; i++)
		s->places[i] = add_table(s->disk, s->names[i]);
	s->n_tables = t->n_tables;
	for (size_t i = 0; i < t->n_tables; i++) {
		fake_tree_clear(&s->disk->trees[s->places[i]]);
		s->disk->trees[s->places[i]] = fake_tree_copy(&t->trees[i]);
	}
	s->disk->commits++;
}

static int commit(struct store_txn *t)
{
	struct store_disk *d = t->store->disk;
	int err = 0;

	if (d->fail_in && --d->fail_in == 0)
		err = d->fail_err;
	if (!err || d->fail_persists)
		publish(t);
	if (err == IMS_E_IO)
		t->store->fatal = err;
	return err;
}

static int end(struct store_txn *t, bool committing)
{
	int err;

	OBJ_CHECK(t, FAKE_TXN_MAGIC);
	CHECK(t->cursors == 0 || t->store->crashed);
	err = t->err;
	if (committing && t->write && !err)
		err = commit(t);
	txn_free(t);
	return err;
}

int store_commit(struct store_txn *t)
{
	return end(t, true);
}

void store_abort(struct store_txn *t)
{
	if (t)
		end(t, false);
}

uint64_t store_writes(const struct store *s)
{
	return s->writes;
}

int store_txn_error(const struct store_txn *t)
{
	OBJ_CHECK(t, FAKE_TXN_MAGIC);
	return t->err;
}

void store_txn_fail(struct store_txn *t, int err)
{
	OBJ_CHECK(t, FAKE_TXN_MAGIC);
	if (!t->err)
		t->err = err;
}

int store_table_open(struct store_txn *t, const char *name, store_table *ret)
{
	struct store *s;

	OBJ_CHECK(t, FAKE_TXN_MAGIC);
	s = t->store;
	if (t->err)
		return t->err;
	for (size_t i = 0; i < t->n_tables; i++)
		if (strcmp(s->names[i], name) == 0) {
			*ret = (store_table)i;
			return 0;
		}
	if (!t->write)
		return IMS_E_NOT_FOUND;
	if (t->n_tables == s->max_tables) {
		store_txn_fail(t, IMS_E_LIMIT);
		return t->err;
	}
	s->names[t->n_tables] = mem_strdup(name);
	*ret = (store_table)t->n_tables++;
	return 0;
}

/* ---- what only the simulator calls --------------------------------------------------------- */

void store_fake_crash(struct store *s)
{
	OBJ_CHECK(s, FAKE_STORE_MAGIC);
	s->crashed = true;
	s->fatal = IMS_E_IO;
	for (struct store_txn *t = s->txns; t; t = t->next)
		t->err = IMS_E_IO;
	if (s->disk->opened == s)
		s->disk->opened = NULL;
}

void store_fake_fail_commit(const char *dir, unsigned n, int err, bool persists)
{
	struct store_disk *d = store_disk_make(dir);

	d->fail_in = n;
	d->fail_err = err;
	d->fail_persists = persists;
}

uint64_t store_fake_commits(const char *dir)
{
	const struct store_disk *d = store_disk_find(dir);

	return d ? d->commits : 0;
}

void store_fake_copy(const char *from, const char *to)
{
	struct store_disk *d = store_disk_find(from);

	CHECK(d != NULL);
	store_disk_copy(d, store_disk_make(to));
}

void store_fake_remove(const char *dir)
{
	struct store_disk *d = store_disk_find(dir), **p = &store_disks;

	if (!d)
		return;
	CHECK(d->opened == NULL);
	while (*p != d)
		p = &(*p)->next;
	*p = d->next;
	store_disk_empty(d);
	free(d->dir);
	free(d);
}

void store_fake_reset(void)
{
	while (store_disks)
		store_fake_remove(store_disks->dir);
}
