/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors: one table (errors.def) for C, peers, HTTP and exit codes.
 *
 * Functions return int: 0 is success, a negative IMS_E_* is failure. Lower layers return, only
 * peer/, ctl/, main/ and cli/ log or print, once, with object and cause. Where a cause has
 * detail (a pointer into input, a file and line), it is written to a `struct errtext`, always
 * the last parameter, only on failure; NULL is allowed.
 */
#ifndef IMS_ERR_H
#define IMS_ERR_H

#include <stddef.h>

enum {
	IMS_OK = 0,
#define ERR(name, code, exit_code, http, retry, text) IMS_E_##name = -(code),
#include "ims/errors.def"
#undef ERR
};

#define IMS_MUST_CHECK __attribute__((warn_unused_result))

/* Detail of a failure, NUL-terminated, cut at the end. Owned by the caller. */
struct errtext {
	char text[240];
};

/* One row of the table. Static, never freed. */
struct ims_error {
	int code;		/* as returned: negative */
	const char *name;	/* "NOT_FOUND" */
	const char *text;
	int exit_code;
	int http_status;
	int retry;		/* 0 or 1 */
};

/* The row for `err` (either sign); an unknown number gives the row of IMS_E_BUG. Never NULL. */
const struct ims_error *ims_error(int err);

/* All rows in the order of the table; *ret_count is their number. */
const struct ims_error *ims_error_all(size_t *ret_count);

/* Shorthand for ims_error(err)->text; "ok" for 0. */
const char *ims_strerror(int err);

/* Write detail (printf style) and return `err`, so that a failure is one statement. */
int errtext_set(struct errtext *e, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
