/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration file imsd.conf: `option = "value"` lines, read once into one struct that
 * nobody changes. Options are rows of options.def, types rows of types.def; the struct, the
 * defaults, the checks, the printed form and the man page all come from these tables.
 *
 * conf/ does not look at what the values name: that a folder exists, a key loads or a port is
 * free is found out by who uses it. There is no global: main/ hands each part its own options.
 *
 * Threads: loading is for one thread at a time (libconfuse's scanner is global); a loaded
 * struct conf is constant and may be read by all.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/say.h"
#include "ims/err.h"

/* Types of the fields. */
#define TYPE(name, ctype, text) typedef ctype conf_type_##name;
#include "conf/types.def"
#undef TYPE

/* One field for each option. Texts are never NULL; paths are absolute. */
struct conf {
#define GROUP(title, text)
#define OPT(name, type, min, max, def, unit, reloadable, help) conf_type_##type name;
#include "conf/options.def"
#undef OPT
#undef GROUP
};

#define CONF_FILE_MAX_BYTES 262144

/*
 * Read a file; relative paths in it start at its folder. Every failure is told with file and,
 * where it has one, line: "etc/imsd.conf:7: ...".
 * Errors: IMS_E_NOT_FOUND, IMS_E_PERMISSION, IMS_E_IO, IMS_E_LIMIT (file too large), IMS_E_SYNTAX, IMS_E_INVALID
 * (unknown option, bad value), IMS_E_DUPLICATE, IMS_E_MISSING.
 */
IMS_MUST_CHECK int conf_load(const char *path, struct conf **ret, struct errtext *e);

/* The same from memory. `name` stands for the file in messages, `dir` is an absolute path. */
IMS_MUST_CHECK int conf_parse(struct bytes text, const char *name, const char *dir, struct conf **ret,
			      struct errtext *e);

void conf_free(struct conf *c);

/* All options with their values, as a file that reads back to the same struct and prints the
 * same again. */
void conf_print(const struct conf *c, struct buf *out);

/* The first option, by name, that differs and that a reload cannot change; NULL: none, `next`
 * may replace `old`. */
const char *conf_fixed_change(const struct conf *old, const struct conf *next);

/* The manual page imsd.conf(5), roff (man macros). */
void conf_print_man(struct buf *out);

#endif
