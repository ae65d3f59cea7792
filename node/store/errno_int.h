/* SPDX-License-Identifier: Apache-2.0 */
/* errno as ours, for the files of this folder that make system calls. */
#ifndef STORE_ERRNO_INT_H
#define STORE_ERRNO_INT_H

#include <errno.h>

#include "ims/err.h"

static inline int errno_err(int no)
{
	switch (no) {
	case 0:
		return 0;
	case ENOENT:
	case ENOTDIR:
		return IMS_E_NOT_FOUND;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return IMS_E_NO_SPACE;
	case ENOMEM:
		return IMS_E_NOMEM;
	case EACCES:
	case EPERM:
	case EROFS:
		return IMS_E_PERMISSION;
	default:
		return IMS_E_IO;
	}
}

#endif
