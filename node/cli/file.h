/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files that people hand to the command line, bounded. */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "base/buf.h"
#include "ims/err.h"

/* Append the file, "-" for standard input. Errors: IMS_E_NOT_FOUND, IMS_E_IO, IMS_E_LIMIT (more than
 * max_bytes), IMS_E_PERMISSION; detail is the cause, without the path. */
IMS_MUST_CHECK int file_read(const char *path, size_t max_bytes, struct buf *out, struct errtext *e);

#endif
