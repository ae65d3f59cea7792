/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A payload as cells of a table (RFC 4180), one a field of the kind's message, so a new field is a new column
 * without a line here. A list of words is joined by "; ", one text in English stands as it is; other texts, other
 * messages and lists of them are JSON, and so is whatever `ims import csv` would read as something else.
 */
#ifndef CLI_EXPORT_CELLS_H
#define CLI_EXPORT_CELLS_H

#include <stdbool.h>
#include <stdio.h>

#include "registry/registry.h"

struct ProtobufCMessage;

/* A cell that begins with one of these, which spreadsheets may take for a formula, gets a "'" in front; the
 * importer takes it away again. */
#define EXPORT_FORMULA "=+-@'"

/* Quoted where it must be; behind the last one of a row the line ends. */
void export_cell(FILE *f, const char *text, bool last);
/* Of all fields but the header, which says who acted and not what the record is. */
void export_headings(FILE *f, const struct kind *kind);
void export_fields(FILE *f, const struct kind *kind, const struct ProtobufCMessage *m); /* NULL: empty cells */

#endif
