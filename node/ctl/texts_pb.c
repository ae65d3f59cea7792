/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/texts.h"

#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include "ctl/ctl_int.h"

Ims__Ctl__TextIn **texts_of(struct arena *a, Ims__Registry__Text *const *text, size_t n)
{
	Ims__Ctl__TextIn **list = arena_array(a, n + 1, sizeof(Ims__Ctl__TextIn *));
	Ims__Ctl__TextIn *item = arena_array(a, n + 1, sizeof(*item));

	for (size_t i = 0; list && item && i < n; i++) {
		item[i] = CTL_NEW(TextIn, text_in);
		item[i].lang = text[i]->lang;
		item[i].text = text[i]->text;
		list[i] = &item[i];
	}
	return item ? list : NULL;
}
