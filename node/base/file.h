/* SPDX-License-Identifier: Apache-2.0 */
/* Reading whole files, bounded, and what errno means to people. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"
#include "ims/err.h"

/* Append the file, "-" for standard input. Errors: IMS_E_NOT_FOUND, IMS_E_IO, IMS_E_LIMIT (more than
 * max_bytes), IMS_E_PERMISSION; detail is the cause, without the path. */
IMS_MUST_CHECK int file_read(const char *path, size_t max_bytes, struct buf *out, struct errtext *e);

/* The same of a file by its path, which stands before the cause in the detail. */
IMS_MUST_CHECK int file_load(const char *path, size_t max_bytes, struct buf *out, struct errtext *e);
/* The row of errors.def for errno, with "PATH: cannot WHAT: cause" as detail. */
int file_error(const char *path, const char *what, struct errtext *e);

#endif
