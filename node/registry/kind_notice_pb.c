/* SPDX-License-Identifier: Apache-2.0 */
#include "pb/registry.pb-c.h"

#include "registry/kind_int.h"

#define DUE_DAYS_MAX 366

void registry_validate_notice(const ProtobufCMessage *base, struct problems *p)
{
	const Ims__Registry__Notice *m = (const Ims__Registry__Notice *)base;

	check_citation(p, "initiative", m->initiative, FIELD_REQUIRED, "i");
	check_texts(p, "text", m->text, m->n_text, FIELD_REQUIRED, TEXT_LONG);
	check_day(p, "published", m->published, FIELD_REQUIRED);
	check_range(p, "due_days", m->due_days, 0, DUE_DAYS_MAX);
	check_links(p, "links", m->links, m->n_links);
}

void registry_keys_notice(const ProtobufCMessage *base, struct registry_keys *keys)
{
	const Ims__Registry__Notice *m = (const Ims__Registry__Notice *)base;

	key_put_cited(keys, "about", m->initiative);
}
