/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the files of the index: its statements, prepared when first used, and values to and from them.
 * A statement that is stepped through is reset before its function returns, also on errors.
 */
#ifndef SEARCH_INDEX_INT_H
#define SEARCH_INDEX_INT_H

#include "search/index.h"

struct sqlite3;
struct sqlite3_stmt;

#define DOC_COLUMNS                                                                                            \
	"number, kind, id, source, name, acronym, keywords, country, type, state, domains, platforms, "        \
	"wanted_types, wanted_regions, wanted_countries, expiry, uses"

#define INDEX_STATEMENTS(S)                                                                                    \
	S(BEGIN, "BEGIN IMMEDIATE")                                                                            \
	S(COMMIT, "COMMIT")                                                                                    \
	S(ROLLBACK, "ROLLBACK")                                                                                \
	S(SET_MARK, "INSERT INTO mark VALUES(?1,?2) ON CONFLICT(name) DO UPDATE SET value=?2")                 \
	S(MARK, "SELECT value FROM mark WHERE name=?1")                                                        \
	S(WAIT, "INSERT OR IGNORE INTO waiting VALUES(?1)")                                                    \
	S(UNWAIT, "DELETE FROM waiting WHERE id=?1")                                                           \
	S(WAITING, "SELECT id FROM waiting WHERE id>?1 ORDER BY id LIMIT ?2")                                  \
	S(DOC_NUMBER, "SELECT number, kind, uses FROM doc WHERE id=?1")                                        \
	S(DOC_NEW, "INSERT INTO doc(id, kind, uses) VALUES(?1, 0, 0)")                                         \
	S(DOC_SET, "UPDATE doc SET kind=?2, source=?3, name=?4, acronym=?5, keywords=?6, country=?7, type=?8, " \
		   "state=?9, domains=?10, platforms=?11, wanted_types=?12, wanted_regions=?13, "              \
		   "wanted_countries=?14, expiry=?15 WHERE number=?1")                                         \
	S(DOC_DELETE, "DELETE FROM doc WHERE number=?1")                                                       \
	S(DOC_USED, "UPDATE doc SET uses=uses+?2 WHERE number=?1")                                             \
	S(DOC_UNUSED, "DELETE FROM doc WHERE number=?1 AND kind=0 AND uses<=0")                                \
	S(DOC_FIND, "SELECT " DOC_COLUMNS " FROM doc WHERE id=?1")                                             \
	S(DOC_GET, "SELECT " DOC_COLUMNS " FROM doc WHERE number=?1")                                          \
	S(DOC_EACH, "SELECT number FROM doc WHERE kind=?1 ORDER BY uses DESC, number LIMIT ?2")                \
	S(TEXT_NEW, "INSERT INTO text(doc, kind, pick, lang, title, keywords, body) VALUES(?1,?2,?3,?4,?5,?6,?7)") \
	S(TEXT_DELETE, "DELETE FROM text WHERE doc=?1")                                                        \
	S(TEXT_GET, "SELECT number, doc, kind, lang, title, keywords, body FROM text WHERE number=?1")         \
	S(TEXTS_OF, "SELECT number, doc, kind, lang, title, keywords, body FROM text WHERE doc=?1 ORDER BY number") \
	S(TEXTS_AFTER, "SELECT number, doc, kind, lang, title, keywords, body FROM text WHERE number>?1 "      \
		       "ORDER BY number LIMIT ?2")                                                             \
	S(SAMPLE, "SELECT number, doc, kind, lang, title, keywords, body FROM text WHERE kind=?1 "             \
		  "ORDER BY pick, number LIMIT ?2")                                                            \
	S(COUNT, "SELECT count(*) FROM text WHERE kind=?1")                                                    \
	S(STEMS_PUT1, "INSERT INTO stems1(rowid, stems) VALUES(?1, ?2)")                                       \
	S(STEMS_PUT2, "INSERT INTO stems2(rowid, stems) VALUES(?1, ?2)")                                       \
	S(STEMS_PUT3, "INSERT INTO stems3(rowid, stems) VALUES(?1, ?2)")                                       \
	S(STEMS_DEL1, "INSERT INTO stems1(stems1, rowid, stems) VALUES('delete', ?1, ?2)")                     \
	S(STEMS_DEL2, "INSERT INTO stems2(stems2, rowid, stems) VALUES('delete', ?1, ?2)")                     \
	S(STEMS_DEL3, "INSERT INTO stems3(stems3, rowid, stems) VALUES('delete', ?1, ?2)")                     \
	S(STEMS_MERGE1, "INSERT INTO stems1(stems1, rank) VALUES('merge', ?1)")                                \
	S(STEMS_MERGE2, "INSERT INTO stems2(stems2, rank) VALUES('merge', ?1)")                                \
	S(STEMS_MERGE3, "INSERT INTO stems3(stems3, rank) VALUES('merge', ?1)")                                \
	S(STEMS_FIND1, "SELECT s.rowid, t.doc FROM stems1 s JOIN text t ON t.number=s.rowid "                  \
		       "WHERE stems1 MATCH ?1 ORDER BY rank LIMIT ?2")                                         \
	S(STEMS_FIND2, "SELECT s.rowid, t.doc FROM stems2 s JOIN text t ON t.number=s.rowid "                  \
		       "WHERE stems2 MATCH ?1 ORDER BY rank LIMIT ?2")                                         \
	S(STEMS_FIND3, "SELECT s.rowid, t.doc FROM stems3 s JOIN text t ON t.number=s.rowid "                  \
		       "WHERE stems3 MATCH ?1 ORDER BY rank LIMIT ?2")                                         \
	S(PARTY_NEW, "INSERT OR IGNORE INTO party VALUES(?1, ?2)")                                             \
	S(PARTIES, "SELECT member FROM party WHERE whole=?1 ORDER BY member")                                  \
	S(PARTY_DELETE, "DELETE FROM party WHERE whole=?1")                                                    \
	S(TAKES_PART, "SELECT whole FROM party WHERE member=?1 ORDER BY whole")

enum index_statement {
#define S(name, sql) ST_##name,
	INDEX_STATEMENTS(S)
#undef S
	ST_COUNT_OF
};

struct index {
	struct sqlite3 *db;
	struct sqlite3_stmt *st[ST_COUNT_OF];
	struct errtext *why;	/* of the opening call; else NULL */
	bool in_use;		/* marked as open */
};

/* The IMS_E_ of a result of SQLite that is no success. */
int index_error(struct index *ix, int rc);
/* The statement, reset, with its values by type: i int64_t, s struct bytes, ('z': NULL text is ""). NULL: *ret_err. */
struct sqlite3_stmt *index_prepare(struct index *ix, enum index_statement s, int *ret_err, const char *types, ...);
/* Run a statement that gives no rows. */
IMS_MUST_CHECK int index_run(struct index *ix, enum index_statement s, const char *types, ...);
/* One step: 1 a row, 0 the end, or an error. */
int index_step(struct index *ix, struct sqlite3_stmt *st);
void index_reset(struct sqlite3_stmt *st);
struct bytes index_column(struct sqlite3_stmt *st, int column);
/* What FTS5 is given for a text: its stems' numbers as letters. */
void index_stems_text(const struct terms *t, struct buf *out);
void index_stem_text(uint32_t stem, char out[8]);

#endif
