/* SPDX-License-Identifier: Apache-2.0 */
/* The table of kinds, from kinds.def. */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

static const struct kind kinds[] = {
#define KIND(name_, letter_, Message, message, max_bytes_, audience_, erase_, key_names_, help_)             \
	{                                                                                                    \
		.name = #name_,                                                                              \
		.letter = letter_,                                                                           \
		.help = help_,                                                                               \
		.key_names = key_names_,                                                                     \
		.max_bytes = max_bytes_,                                                                     \
		.audience = ENTRY_##audience_,                                                               \
		.erase = KIND_ERASE_##erase_,                                                                \
		.descriptor = &ims__registry__##message##__descriptor,                                       \
		.validate = registry_validate_##name_,                                                       \
		.keys = registry_keys_##name_,                                                               \
	},
#include "kinds.def"
#undef KIND
};

const struct kind *kind_all(size_t *ret_count)
{
	*ret_count = sizeof(kinds) / sizeof(kinds[0]);
	return kinds;
}

const struct kind *kind_by_name(struct bytes name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (bytes_eq_text(name, kinds[i].name))
			return &kinds[i];
	return NULL;
}

const struct kind *kind_by_letter(struct bytes letter)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (bytes_eq_text(letter, kinds[i].letter))
			return &kinds[i];
	return NULL;
}

bool kind_is_once(const struct kind *k)
{
	static const char *const once[] = {
#define KIND(...)
#define KIND_ONCE(name) #name,
#include "kinds.def"
#undef KIND
	};

	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		if (strcmp(k->name, once[i]) == 0)
			return true;
	return false;
}
