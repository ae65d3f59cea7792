/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a region had acknowledged above the size at which the roster closed its log (inv. 3): it goes on in the
 * next one, or the region's logs say the same already. Of a region that has lost files nobody can tell.
 */
#include <stdio.h>

#include "sim/oracle.h"
#include "sim/sim.h"

static bool says(const struct oracle *o, unsigned log, uint64_t end, const struct hash *content)
{
	bool ret = false;

	for (uint64_t i = 0; i < end && !ret; i++)
		ret = oracle_row(o, log, i)->has_payload && hash_eq(&oracle_row(o, log, i)->content, content);
	return ret;
}

static void check_orphans(struct sim *s, unsigned member)
{
	const struct oracle *o = s->oracle;
	const unsigned next = SIM_HOSTS_MAX + member;
	const uint64_t end = s->fed->is.end[member].size;

	for (uint64_t i = end; i < oracle_size(o, member) && !s->failed; i++) {
		const struct oracle_row *row = oracle_row(o, member, i);

		if (row->acked && row->has_payload && !row->nonsense && !says(o, member, end, &row->content) &&
		    !says(o, next, oracle_size(o, next), &row->content))
			sim_fail(s, "inv. 3", "acknowledged at %llu of %s, which ends at %llu, and not in %s",
				 (unsigned long long)i, federation_origin(s->fed, member),
				 (unsigned long long)end, federation_origin(s->fed, next));
	}
}

void checks_closed(struct sim *s)
{
	for (unsigned i = 0; i < s->p.hosts; i++)
		if (s->fed->is.end[i].closed && !s->host[i].restored)
			check_orphans(s, i);
}
