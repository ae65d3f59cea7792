/* SPDX-License-Identifier: Apache-2.0 */
/* The file: opening it, its tables, its statements. */
#include "search/index.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "search/index_int.h"

/* FTS5 sees numbers of stems, a column whose text it does not keep. */
#define STEMS_TABLE(n)                                                                                       \
	"CREATE VIRTUAL TABLE stems" n " USING fts5(stems, content='', columnsize=1, tokenize='ascii');"

static const char schema[] =
	"CREATE TABLE mark(name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;"
	"CREATE TABLE waiting(id TEXT PRIMARY KEY) WITHOUT ROWID;"
	"CREATE TABLE doc(number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, kind INTEGER NOT NULL, source "
	"TEXT,"
	" name TEXT, acronym TEXT, keywords TEXT, country TEXT, type TEXT, state TEXT, domains TEXT, "
	"platforms TEXT,"
	" wanted_types TEXT, wanted_regions TEXT, wanted_countries TEXT, expiry TEXT, uses INTEGER NOT NULL);"
	"CREATE INDEX doc_kind ON doc(kind, uses DESC, number);"
	"CREATE TABLE text(number INTEGER PRIMARY KEY AUTOINCREMENT, doc INTEGER NOT NULL, kind INTEGER NOT "
	"NULL,"
	" pick INTEGER NOT NULL, lang TEXT, title TEXT, keywords TEXT, body TEXT);"
	"CREATE INDEX text_doc ON text(doc);"
	"CREATE INDEX text_pick ON text(kind, pick, number);"
	"CREATE TABLE party(whole INTEGER, member INTEGER, PRIMARY KEY(whole, member)) WITHOUT ROWID;"
	"CREATE INDEX party_member ON party(member, whole);" STEMS_TABLE("1") STEMS_TABLE("2")
		STEMS_TABLE("3");

static const char *const sqls[] = {
#define S(name, sql) sql,
	INDEX_STATEMENTS(S)
#undef S
};

int index_error(struct index *ix, int rc)
{
	int err = IMS_E_IO;

	switch (rc & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_ERROR: /* a table that is not there, or not ours */
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_SCHEMA:
		err = IMS_E_CORRUPT;
		break;
	case SQLITE_FULL:
		err = IMS_E_NO_SPACE;
		break;
	case SQLITE_NOMEM:
		err = IMS_E_NOMEM;
		break;
	case SQLITE_PERM:
	case SQLITE_READONLY:
		err = IMS_E_PERMISSION;
		break;
	default:
		break;
	}
	return ix->why ? errtext_set(ix->why, err, "%s", sqlite3_errmsg(ix->db)) : err;
}

static int exec(struct index *ix, const char *sql)
{
	int rc = sqlite3_exec(ix->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : index_error(ix, rc);
}

static int user_version(struct index *ix, int *ret)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(ix->db, "PRAGMA user_version", -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	*ret = rc == SQLITE_ROW ? sqlite3_column_int(st, 0) : 0;
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? 0 : index_error(ix, rc);
}

/* Tables of this version, made when the file is new. */
static int open_tables(struct index *ix)
{
	char version[40];
	int is, err = user_version(ix, &is);

	if (err || is == INDEX_VERSION)
		return err;
	if (is)
		return errtext_set(ix->why, IMS_E_CORRUPT, "version %d, not %d", is, INDEX_VERSION);
	snprintf(version, sizeof(version), "PRAGMA user_version=%d", INDEX_VERSION);
	err = exec(ix, "BEGIN IMMEDIATE");
	if (!err)
		err = exec(ix, schema);
	if (!err)
		err = exec(ix, version);
	return err ? err : exec(ix, "COMMIT");
}

/* ---- power: nothing is flushed before the end, so a file that was open when the machine stopped is not to
 * be trusted. A process that is killed leaves its writes with the kernel. */
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* A number of this boot of the machine; 0: not to be known. */
static uint64_t boot_number(void)
{
	uint64_t h = 0xcbf29ce484222325u;
	FILE *f = fopen(BOOT_ID, "re");
	int c;

	if (!f)
		return 0;
	while ((c = fgetc(f)) != EOF)
		h = (h ^ (uint64_t)c) * 0x100000001b3u;
	fclose(f);
	return h | 1;
}

/* On the disk before anything else is written. */
static int mark_open(struct index *ix, uint64_t boot)
{
	int err = exec(ix, "PRAGMA synchronous=NORMAL");

	if (!err)
		err = index_begin(ix);
	if (!err)
		err = index_set_mark(ix, "boot", boot);
	if (!err)
		err = index_set_mark(ix, "open", 1);
	return err ? err : index_commit(ix);
}

static int begin_use(struct index *ix)
{
	uint64_t boot = boot_number(), was_boot = 0, was_open = 0;
	int err = index_mark(ix, "open", &was_open);

	if (!err)
		err = index_mark(ix, "boot", &was_boot);
	if (!err && was_open && boot && was_boot != boot)
		return errtext_set(ix->why, IMS_E_CORRUPT, "the machine stopped while it was written");
	if (!err && (!was_open || was_boot != boot))
		err = mark_open(ix, boot);
	if (!err)
		err = exec(ix, boot ? "PRAGMA synchronous=OFF" : "PRAGMA synchronous=NORMAL");
	ix->in_use = !err;
	return err;
}

/* The flush of this one transaction is of the whole file. */
static void end_use(struct index *ix)
{
	if (!ix->in_use || !sqlite3_get_autocommit(ix->db) || exec(ix, "PRAGMA synchronous=FULL"))
		return;
	if (index_set_mark(ix, "open", 0)) {
		/* the next one to open it makes it anew, after a loss of power alone */
	}
}

int index_open(const char *path, struct index **ret, struct errtext *e)
{
	struct index *ix = mem_new(struct index);
	int err = 0, rc;

	ix->why = e;
	rc = sqlite3_open_v2(path, &ix->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
			     NULL);
	if (rc != SQLITE_OK)
		err = index_error(ix, rc);
	if (!err)
		err = exec(ix, "PRAGMA secure_delete=ON; PRAGMA synchronous=OFF; PRAGMA cache_size=-8192;"
			       "PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY; "
			       "PRAGMA journal_mode=TRUNCATE");
	if (!err)
		err = open_tables(ix);
	if (!err)
		err = begin_use(ix);
	ix->why = NULL;
	if (err) {
		index_close(ix);
		return err;
	}
	*ret = ix;
	return 0;
}

void index_close(struct index *ix)
{
	if (!ix)
		return;
	end_use(ix);
	for (int i = 0; i < ST_COUNT_OF; i++)
		sqlite3_finalize(ix->st[i]);
	sqlite3_close(ix->db);
	free(ix);
}

/* ---- statements */
static int bind(sqlite3_stmt *st, const char *types, va_list ap)
{
	int rc = SQLITE_OK;

	for (int i = 1; *types && rc == SQLITE_OK; types++, i++) {
		if (*types == 'i') {
			rc = sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
		} else {
			struct bytes b = va_arg(ap, struct bytes);

			rc = sqlite3_bind_text(st, i, b.n ? (const char *)b.p : "", (int)b.n, SQLITE_STATIC);
		}
	}
	return rc;
}

static sqlite3_stmt *prepare(struct index *ix, enum index_statement s, int *ret_err, const char *types,
			     va_list ap)
{
	int rc = SQLITE_OK;

	if (!ix->st[s])
		rc = sqlite3_prepare_v3(ix->db, sqls[s], -1, SQLITE_PREPARE_PERSISTENT, &ix->st[s], NULL);
	if (rc == SQLITE_OK)
		rc = bind(ix->st[s], types, ap);
	*ret_err = rc == SQLITE_OK ? 0 : index_error(ix, rc);
	return rc == SQLITE_OK ? ix->st[s] : NULL;
}

sqlite3_stmt *index_prepare(struct index *ix, enum index_statement s, int *ret_err, const char *types, ...)
{
	sqlite3_stmt *st;
	va_list ap;

	va_start(ap, types);
	st = prepare(ix, s, ret_err, types, ap);
	va_end(ap);
	return st;
}

int index_step(struct index *ix, sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : index_error(ix, rc);
}

void index_reset(sqlite3_stmt *st)
{
	if (!st)
		return;
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}

int index_run(struct index *ix, enum index_statement s, const char *types, ...)
{
	sqlite3_stmt *st;
	va_list ap;
	int err;

	va_start(ap, types);
	st = prepare(ix, s, &err, types, ap);
	va_end(ap);
	if (st)
		err = index_step(ix, st);
	index_reset(st);
	return err < 0 ? err : 0;
}

struct bytes index_column(sqlite3_stmt *st, int column)
{
	const unsigned char *p = sqlite3_column_text(st, column);

	return p ? BYTES(p, (size_t)sqlite3_column_bytes(st, column)) : BYTES_NONE;
}
