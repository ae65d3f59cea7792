/* SPDX-License-Identifier: Apache-2.0 */
/* Making small whole files: there completely, or not at all. */
#ifndef BASE_SAVE_H
#define BASE_SAVE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "ims/err.h"

/* Write `path` with this mode (whatever the umask). replace: an older file of that name goes in the
 * same instant; else IMS_E_EXISTS. Durable when it returns 0; on failure nothing is left. Errors:
 * IMS_E_EXISTS, IMS_E_PERMISSION, IMS_E_NOT_FOUND (no such folder), IMS_E_IO; detail with the path. */
IMS_MUST_CHECK int save_file(const char *path, struct bytes content, mode_t mode, bool replace,
			     struct errtext *e);
/* Make a folder with mode 0700; one that is there already is fine. */
IMS_MUST_CHECK int save_folder(const char *path, struct errtext *e);
bool save_exists(const char *path);

#endif
