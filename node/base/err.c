/* SPDX-License-Identifier: Apache-2.0 */
#include "ims/err.h"

#include <stdarg.h>
#include <stdio.h>

static const struct ims_error rows[] = {
#define ERR(name, code, exit_code, http, retry, text) {-(code), #name, text, exit_code, http, retry},
#include "ims/errors.def"
#undef ERR
};

const struct ims_error *ims_error(int err)
{
	if (err > 0)
		err = -err;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].code == err)
			return &rows[i];
	return &rows[0];
}

const struct ims_error *ims_error_all(size_t *ret_count)
{
	*ret_count = sizeof(rows) / sizeof(rows[0]);
	return rows;
}

const char *ims_strerror(int err)
{
	return err ? ims_error(err)->text : "ok";
}

int errtext_set(struct errtext *e, int err, const char *fmt, ...)
{
	va_list ap;

	if (e) {
		va_start(ap, fmt);
		vsnprintf(e->text, sizeof(e->text), fmt, ap);
		va_end(ap);
	}
	return err;
}
