/* SPDX-License-Identifier: Apache-2.0 */
/* The first two steps: what it is about, and how large it is; money in US dollars. */
#include "pb/registry.pb-c.h"

#include <stdio.h>

#include "programme/days.h"
#include "programme/steps_int.h"

#define RATES "exchange-rates"
#define RATE_ONE 1000000 /* a rate of 1 */

/* ---- manufacturing */
static const char *name_in(const struct step_check *k, const char *list, const char *id)
{
	struct bytes name = k->ref ? reference_get(k->ref, list, bytes_of(id), "name") : BYTES_NONE;

	return name.n ? arena_printf(k->arena, "%s, %.*s", id, (int)name.n, (const char *)name.p) : id;
}

void step_manufacturing(struct step_check *k)
{
	const Ims__Registry__Initiative *m = k->m;
	bool confirmed = false;

	if (m->platform[0])
		step_say(k, STEP_EVIDENCE, k->entry->record, "platform %s",
			 name_in(k, "platforms", m->platform));
	else
		step_say(k, STEP_MISSING, k->entry->record, "/platform: one of the five platforms");
	for (size_t i = 0; i < m->n_domains && i < 3; i++)
		step_say(k, STEP_EVIDENCE, k->entry->record, "technology domain %s",
			 name_in(k, "technology-domains", m->domains[i]));
	if (!m->n_domains)
		step_say(k, STEP_MISSING, k->entry->record, "/domains: one technology domain at least");
	if (!m->platform[0] || !m->n_domains)
		step_say(k, STEP_NEXT, NULL, "the originator or a coach of %s enters what is missing",
			 k->c->home);
	for (const struct case_entry *e = NULL; (e = case_next_live(k->c, "note", e)) != NULL; e++) {
		const Ims__Registry__CaseNote *note = (const Ims__Registry__CaseNote *)e->m;

		if (strcmp(note->topic, "manufacturing") != 0)
			continue;
		if (strcmp(e->region, k->c->home) != 0) {
			step_say(k, STEP_REMARK, e->record, "%s thinks so too", e->region);
			continue;
		}
		step_say(k, STEP_EVIDENCE, e->record, "confirmed by a coach on %s", note->day);
		confirmed = true;
	}
	if (!confirmed) {
		step_say(k, STEP_MISSING, NULL, "a coach's confirmation");
		step_say(k, STEP_NEXT, NULL, "a coach of %s writes a note on the topic 'manufacturing'",
			 k->c->home);
	}
	k->step->verdict = m->platform[0] && m->n_domains && confirmed ? STEP_MET : STEP_NOT;
}

/* ---- money */

/* "1.0842" in millionths; false: it is none, or too large. */
static bool parse_rate(struct bytes text, int64_t *ret)
{
	int64_t value = 0, unit = RATE_ONE;
	bool point = false, digit = false;

	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		if (c == '.' && !point) {
			point = true;
			continue;
		}
		if (c < '0' || c > '9' || value > INT64_C(1000000000000))
			return false;
		digit = true;
		if (point)
			unit /= 10;
		if (unit)
			value = point ? value + (c - '0') * unit : value * 10 + (int64_t)(c - '0') * RATE_ONE;
	}
	*ret = value;
	return digit && value > 0;
}

int money_in_usd(const struct reference *ref, int64_t hundredths, const char *currency, const char *day,
		 struct arena *a, int64_t *ret_hundredths, const char **ret_rate)
{
	char id[32];
	struct bytes row, rate;
	__int128 value;
	int64_t millionths;

	if (strcmp(currency, "USD") == 0) {
		*ret_hundredths = hundredths;
		*ret_rate = "";
		return 0;
	}
	snprintf(id, sizeof(id), "%.3s-%.10s", currency, day);
	row = ref ? reference_at_or_before(ref, RATES, bytes_of(id)) : BYTES_NONE;
	if (row.n < 4 || memcmp(row.p, id, 4) != 0)
		return IMS_E_NOT_FOUND;
	rate = reference_get(ref, RATES, row, "units_per_usd");
	if (!parse_rate(rate, &millionths))
		return IMS_E_RANGE;
	value = (__int128)hundredths * RATE_ONE / millionths;
	if (value > INT64_MAX)
		return IMS_E_RANGE;
	*ret_hundredths = (int64_t)value;
	*ret_rate = arena_printf(a, "1 USD = %.*s %.3s on %.*s", (int)rate.n, (const char *)rate.p, currency,
				 (int)(row.n - 4), (const char *)row.p + 4);
	return *ret_rate ? 0 : IMS_E_NOMEM;
}

/* ---- critical mass */
static bool budget_is_enough(struct step_check *k)
{
	const Ims__Registry__Initiative *m = k->m;
	char today[DAY_BYTES];
	const char *rate, *day = m->start;
	int64_t usd;
	int err;

	if (m->budget_hundredths <= 0) {
		step_say(k, STEP_MISSING, k->entry->record, "/budget_hundredths: what it costs");
		return false;
	}
	/* its start, unless that lies ahead */
	if (!day[0] || day_number(day) > k->today)
		day = day_text(k->today, today);
	err = money_in_usd(k->ref, m->budget_hundredths, m->currency, day, k->arena, &usd, &rate);
	if (err) {
		step_say(k, STEP_MISSING, k->entry->record,
			 "/currency: no reference rate of '%s' on or before %s in exchange-rates.csv",
			 m->currency, day);
		return false;
	}
	step_say(k, usd >= STEPS_USD_HUNDREDTHS ? STEP_EVIDENCE : STEP_MISSING, k->entry->record,
		 "a budget of USD %lld%s%s%s; some USD 1,000,000 are expected", (long long)(usd / 100),
		 *rate ? " (" : "", rate, *rate ? ")" : "");
	return usd >= STEPS_USD_HUNDREDTHS;
}

static bool runtime_is_enough(struct step_check *k)
{
	int64_t months = day_months(k->m->start, k->m->end);

	if (months < 0) {
		step_say(k, STEP_MISSING, k->entry->record, "/start, /end: from when to when it runs");
		return false;
	}
	step_say(k, months >= STEPS_MONTHS ? STEP_EVIDENCE : STEP_MISSING, k->entry->record,
		 "a runtime of %lld months, %s to %s; %d are expected", (long long)months, k->m->start,
		 k->m->end, STEPS_MONTHS);
	return months >= STEPS_MONTHS;
}

void step_mass(struct step_check *k)
{
	bool budget = budget_is_enough(k), runtime = runtime_is_enough(k);

	k->step->verdict = budget && runtime ? STEP_MET : STEP_NOT;
	if (k->step->verdict == STEP_NOT)
		step_say(k, STEP_NEXT, NULL,
			 "the originator or a coach of %s enters or changes budget and time", k->c->home);
}
