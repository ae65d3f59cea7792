/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of records in replies: the message differs, the words do not. */
#ifndef CTL_TEXTS_H
#define CTL_TEXTS_H

#include <stddef.h>

#include "base/arena.h"

struct Ims__Ctl__TextIn;
struct Ims__Registry__Text;

/* In the arena, pointing into the record's message; NULL when it is too small. */
struct Ims__Ctl__TextIn **texts_of(struct arena *a, struct Ims__Registry__Text *const *text, size_t n);

#endif
