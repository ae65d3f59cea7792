/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the importers share: a source is read into import_projects, and from there on all go the
 * same way (import.c: choose, put organisations, await their ids, put initiatives). A new source
 * is one reader.
 */
#ifndef CLI_IMPORT_INT_H
#define CLI_IMPORT_INT_H

#include "base/arena.h"
#include "base/buf.h"
#include "cli/import.h"
#include "cli/intern.h"

/* NULL texts are empty; they lie in an arena that outlives the call. */
struct import_org {
	char *name, *short_name, *country, *city, *type, *homepage;
	char *scheme, *id; /* source, or NULL */
	const char *file;  /* where it was first read; outlives the run */
	unsigned line;
	/* private to import.c */
	bool was_put;
	uint64_t ticket;
};

struct import_party {
	size_t org; /* number from import_org_add() */
	char *role, *country;
	int64_t share_hundredths;
};

struct import_link {
	char *rel, *url;
};

struct import_project {
	char *scheme, *id, *title, *abstract, *acronym, *currency, *start, *end, *state, *programme;
	int64_t budget_hundredths;
	bool by_contribution; /* what the budget is of: shares are of the same */
	char *keywords;	      /* between ',' or ';' */
	struct import_link link[2];
	struct import_party *party;
	size_t n_parties;
	const char *file;
	unsigned line;
};

struct import_run {
	const struct import_opts *o;
	struct import_sink *sink;
	struct import_report *r;
	struct arena arena;  /* lives as long as the run */
	struct intern names; /* fold(name) "|" country, numbered like org[] */
	struct import_org *org;
	size_t org_capacity;
	uint64_t tickets;
};

void import_run_init(struct import_run *run, const struct import_opts *o, struct import_sink *sink,
		     struct import_report *r, size_t arena_bytes);
void import_run_fini(struct import_run *run);

void import_problem(struct import_run *run, const char *file, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void import_progress(struct import_run *run, const char *what, uint64_t done, uint64_t total);

/* What a source takes of its files: the fields of struct archive_walk (archive.h). */
struct import_reader {
	void *ctx;
	size_t max_member_bytes;
	const char *suffix;
	int (*member)(void *ctx, const char *name, bool from_archive, struct bytes data);
};
/* Read files in their order, telling how far it is; what is skipped or cannot be read is said.
 * Errors: those of archive_walk(). */
IMS_MUST_CHECK int import_read_files(struct import_run *run, const struct import_reader *reader,
				     const char *const *files, size_t n);

/* Number of the organisation with this name and country; the first one's other fields stay. */
size_t import_org_add(struct import_run *run, const struct import_org *org);
/* Alpha-2 of a code, an alias or a name; "ZZ" for an empty one; NULL when unknown. In the arena. */
char *import_country(struct import_run *run, struct bytes text);
/* Add one to a project's parties (room for one more is the caller's), or join it with the party of
 * the same organisation: shares add up, and coordinator is the role that stays. */
void import_party_add(struct import_run *run, struct import_project *p, const struct import_party *party);
/* A record that is put, and the place that it is from. */
struct import_put {
	const char *kind, *id, *file; /* id NULL: by natural key, or new */
	unsigned line;
};
/* Check by the node's rules, what is wrong being said, and put; counts. IMS_E_INVALID: said. */
IMS_MUST_CHECK int import_put(struct import_run *run, const struct import_put *p, struct buf *payload,
			      uint64_t *ret_ticket, size_t *count);
/* Put the organisation of this number, unless it has been; `payload` is for use. */
IMS_MUST_CHECK int import_put_org(struct import_run *run, size_t number, struct buf *payload);
/* Put what belongs to the region: organisations, then initiatives. */
IMS_MUST_CHECK int import_flush(struct import_run *run, struct import_project *project, size_t n);

/* ---- import_text.c: cleaning texts of foreign files. NULL: not valid UTF-8, or no memory. */
/* One line: white space and control characters become single spaces, none at the ends. */
char *import_line(struct arena *a, struct bytes text);
/* Lines: as written, without control characters, spaces at line ends, runs of empty lines. */
char *import_lines(struct arena *a, struct bytes text);
/* Unescape markup that a source left in its text: <br>, the named entities of XML, numbered ones. */
struct bytes import_unescape(struct arena *a, struct bytes text);
/* "1234.5", "1234,50", "1234": hundredths, half up. False: not such a number, or 10^16 and more. */
bool import_money(struct bytes text, int64_t *ret_hundredths);

/* ---- import_build_pb.c: payloads */
void import_build_org(const struct import_org *org, struct buf *out);
/* Parties whose organisation has no record id are left out. */
IMS_MUST_CHECK int import_build_project(struct import_run *run, const struct import_project *p,
					struct buf *out);

#endif
