/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Importers: project data of public funders as organisations and initiatives. Files in, payloads
 * out; where the payloads go is the sink's matter, so the same code feeds a node and a test.
 *
 * The same files and options give the same payloads, byte for byte, in the same order; no clock,
 * no locale, no network. What a row lacks or spells wrongly is said (file, line, what) and the row
 * left out, while the rest goes in. Running it again is safe: records are found by their natural
 * keys (registry.h). Natural persons are not imported: initiatives hold none (invariant 9).
 *
 * One thread.
 */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "base/buf.h"
#include "base/bytes.h"
#include "ims/err.h"

struct reference;
struct kind;

/* Organisations are put before the initiatives that name them. A ticket numbers a put, from 0 on. */
struct import_sink {
	void *ctx;
	/* Send a payload; it is the callee's to copy. `record` is the id of the record that it is a revision of;
	 * NULL: by natural key, or new. An error ends the import; what the node has to say about this one record
	 * is told by id() or kept by the sink. */
	int (*put)(void *ctx, const char *kind, const char *record, struct bytes payload, uint64_t ticket);
	/* Return when all that was put has been answered. */
	int (*await)(void *ctx);
	/* Record id of an answered put, borrowed until the next call; empty when it was refused. */
	struct bytes (*id)(void *ctx, uint64_t ticket);
	/* The record as JSON, when all that was put has been answered. NULL: it cannot be
	 * asked for. Fails with a text; the import goes on with the next. */
	int (*get)(void *ctx, const char *record, const struct kind *kind, struct buf *json, struct errtext *e);
};

struct import_opts {
	const struct reference *ref;
	/* Regions in order, "mx,us,eu": a project belongs to the first that one of its participants'
	 * countries lies in (countries.csv, column region), and to the last if to no other. Only the
	 * projects of `region` are imported. NULL or "": all are. */
	const char *assign, *region;
	/* Of a table: what its rows are, HEADING=FIELD where a heading is no field's name, the language of texts
	 * whose column names none (NULL: en), JSON of a record that all rows begin with (empty: nothing). */
	const struct kind *kind;
	const char *const *columns;
	size_t n_columns;
	const char *lang;
	struct bytes template;
	void *ctx; /* of the two below; each may be NULL */
	/* `what` is "bytes read", "organisations" or "initiatives"; total 0: not known. */
	void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
	/* Line 0: of the file as a whole. A member of an archive is named "archive:member". */
	void (*problem)(void *ctx, const char *file, unsigned line, const char *text);
};

struct import_report {
	size_t projects;		   /* read and well-formed; of a table: its records */
	size_t elsewhere;		   /* of these, another region's */
	size_t organisations, initiatives; /* put; of a table the latter are its records, whatever their kind */
	size_t merged;			   /* participations joined with another of the same organisation */
	size_t problems;		   /* said */
};

/*
 * CORDIS: project.csv and organization.csv of any release, in any order, plain, compressed or in
 * the .zip they come in (its other members are left aside). Files are told apart by their columns.
 *
 * An initiative gets: source cordis:<id>; title and objective as English texts; the budget from
 * totalCost or, where that is absent or zero, ecMaxContribution, in EUR, and the participants'
 * shares from the column of the same measure (totalCost, ecContribution); state and roles by the
 * `cordis` columns of the reference lists (no role: participant); links to the CORDIS page and the
 * grant's DOI; keywords; programme = frameworkProgramme. Platform and domains stay empty: nothing
 * in the source tells them. An organisation without a country gets ZZ.
 *
 * Errors: IMS_E_IO, IMS_E_SYNTAX (not such a file, a required column is missing: said as a
 * problem), IMS_E_LIMIT, IMS_E_NOMEM, what the sink returns. On error *r tells how far it came.
 */
IMS_MUST_CHECK int import_cordis(const struct import_opts *o, const char *const *files, size_t n,
				 struct import_sink *sink, struct import_report *r);

/*
 * A table of records of one kind, o->kind: consortia, lists of members. Delimiter and quotes as csv.h finds them,
 * columns as import_columns.h says. A row with an id is put over that record as it is now, any other over the
 * template; what the table has no column for stays.
 *
 * Rows of a record with a list of members (participants.organisation, participants.role) follow each other: a row
 * that says the same of the record, or nothing, adds an item. An organisation that is named, not told by its id, is
 * found by name and country among the node's, or made.
 *
 * Errors as above.
 */
IMS_MUST_CHECK int import_csv(const struct import_opts *o, const char *const *files, size_t n,
			      struct import_sink *sink, struct import_report *r);

/*
 * NSF awards: XML files as NSF gives them out, plain or in .tar.xz, .tar.gz, .zip.
 *
 * An initiative gets: source nsf:<AwardID>; title and abstract as English texts, "<br/>" as line
 * breaks; AwardAmount in USD; the institution as awardee with all of it; programme = the first
 * ProgramElement; state "active", for the source tells none: that an award's end is over is seen
 * when asked (invariant 7). Investigators and programme officers are left out.
 *
 * Errors as above.
 */
IMS_MUST_CHECK int import_nsf(const struct import_opts *o, const char *const *files, size_t n,
			      struct import_sink *sink, struct import_report *r);

#endif
