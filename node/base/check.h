/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assertions that stay on.
 *
 * CHECK(x)   our bug, and the state is unsafe to go on with: say where, abort.
 * BUG(x)     our bug, recoverable: `if (BUG(x)) return IMS_E_BUG;` says it once and goes on.
 * Neither is for input, networks, disks or memory that strangers ask for: those are errors.
 * OBJ_*      long-lived objects that travel through void * carry a magic, checked on entry.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include <stdbool.h>

_Noreturn void check_failed(const char *file, int line, const char *func, const char *what);
bool bug_seen(const char *file, int line, const char *func, const char *what);

#define CHECK(x) ((x) ? (void)0 : check_failed(__FILE__, __LINE__, __func__, #x))
#define BUG(x) ((x) ? bug_seen(__FILE__, __LINE__, __func__, #x) : false)

#define OBJ_CHECK(obj, number) CHECK((obj) != NULL && (obj)->magic == (number))

#endif
