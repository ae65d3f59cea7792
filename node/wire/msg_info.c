/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/msg.h"

static const struct msg_info rows[] = {
#define MSG(NAME, name_, id_, Message, message, max_bytes_, who_, when_, help_)                              \
	[id_] = {                                                                                            \
		.id = (id_),                                                                                 \
		.name = #name_,                                                                              \
		.max_bytes = (max_bytes_),                                                                   \
		.who = MSG_WHO_##who_,                                                                       \
		.when = MSG_WHEN_##when_,                                                                    \
		.help = (help_),                                                                             \
	},
#include "messages.def"
#undef MSG
};

const struct msg_info *msg_info(uint8_t type)
{
	if (type >= sizeof(rows) / sizeof(rows[0]) || !rows[type].name)
		return NULL;
	return &rows[type];
}
