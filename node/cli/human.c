/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define SPAN_MAX 1000000000 /* of a relative time, in its unit */

char *human_count(uint64_t n, char out[HUMAN_BYTES])
{
	char digits[24], *to = out;
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return out;
}

char *human_size(uint64_t bytes, char out[HUMAN_BYTES])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	double v = (double)bytes;
	unsigned u = 0;

	for (; v >= 1023.95 && u + 1 < sizeof(units) / sizeof(units[0]); u++)
		v /= 1024;
	snprintf(out, HUMAN_BYTES, u && v < 99.95 ? "%.1f %s" : "%.0f %s", v, units[u]);
	return out;
}

char *human_span(int64_t ms, char out[HUMAN_BYTES])
{
	if (ms < 0)
		snprintf(out, HUMAN_BYTES, "-");
	else if (ms < SECOND_MS)
		snprintf(out, HUMAN_BYTES, "%" PRId64 " ms", ms);
	else if (ms < 10 * SECOND_MS)
		snprintf(out, HUMAN_BYTES, "%.1f s", (double)ms / SECOND_MS);
	else if (ms < MINUTE_MS)
		snprintf(out, HUMAN_BYTES, "%" PRId64 " s", ms / SECOND_MS);
	else if (ms < HOUR_MS)
		snprintf(out, HUMAN_BYTES, "%" PRId64 "m %" PRId64 "s", ms / MINUTE_MS,
			 ms % MINUTE_MS / SECOND_MS);
	else if (ms < DAY_MS)
		snprintf(out, HUMAN_BYTES, "%" PRId64 "h %" PRId64 "m", ms / HOUR_MS,
			 ms % HOUR_MS / MINUTE_MS);
	else
		snprintf(out, HUMAN_BYTES, "%" PRId64 "d %" PRId64 "h", ms / DAY_MS, ms % DAY_MS / HOUR_MS);
	return out;
}

char *human_time(int64_t ms, char out[HUMAN_BYTES])
{
	time_t s = (time_t)(ms / SECOND_MS);
	struct tm tm;

	if (ms == 0 || !gmtime_r(&s, &tm) || strftime(out, HUMAN_BYTES, "%Y-%m-%d %H:%M:%SZ", &tm) == 0)
		snprintf(out, HUMAN_BYTES, "-");
	return out;
}

/* ---- reading times */

/* Two to four digits at *at. */
static bool take_digits(const char **at, int n, int *ret)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		if ((*at)[i] < '0' || (*at)[i] > '9')
			return false;
		v = v * 10 + ((*at)[i] - '0');
	}
	*at += n;
	*ret = v;
	return true;
}

static bool take_letter(const char **at, const char *one_of)
{
	if (**at == '\0' || !strchr(one_of, **at))
		return false;
	(*at)++;
	return true;
}

static bool take_day(const char **at, int64_t *ret_ms)
{
	struct tm tm = {0}, back;
	int y, m, d;
	time_t s;

	if (!take_digits(at, 4, &y) || !take_letter(at, "-") || !take_digits(at, 2, &m) ||
	    !take_letter(at, "-") || !take_digits(at, 2, &d))
		return false;
	tm.tm_year = y - 1900;
	tm.tm_mon = m - 1;
	tm.tm_mday = d;
	s = timegm(&tm);
	/* timegm() takes 31 February for 3 March */
	if (!gmtime_r(&s, &back) || back.tm_mday != d || back.tm_mon != m - 1)
		return false;
	*ret_ms = (int64_t)s * SECOND_MS;
	return true;
}

/* "Z", "+01:00": what to subtract. */
static bool take_offset(const char **at, int64_t *ret_ms)
{
	int h, m, sign = **at == '-' ? -1 : 1;

	*ret_ms = 0;
	if (take_letter(at, "Zz"))
		return true;
	if (!take_letter(at, "+-") || !take_digits(at, 2, &h) || !take_letter(at, ":") ||
	    !take_digits(at, 2, &m) || h > 23 || m > 59)
		return false;
	*ret_ms = sign * (h * HOUR_MS + m * MINUTE_MS);
	return true;
}

static bool take_clock(const char **at, int64_t *ret_ms)
{
	int h, m, s, digit;
	int64_t fraction = 0, unit = 100;

	if (!take_digits(at, 2, &h) || !take_letter(at, ":") || !take_digits(at, 2, &m) ||
	    !take_letter(at, ":") || !take_digits(at, 2, &s) || h > 23 || m > 59 || s > 60)
		return false;
	if (take_letter(at, ".")) {
		if (**at < '0' || **at > '9')
			return false;
		for (; take_digits(at, 1, &digit); unit /= 10)
			fraction += digit * unit;
	}
	*ret_ms = h * HOUR_MS + m * MINUTE_MS + s * SECOND_MS + fraction;
	return true;
}

static bool parse_rfc3339(const char *text, int64_t *ret_ms)
{
	int64_t day, clock, offset;

	if (!take_day(&text, &day))
		return false;
	if (*text == '\0') {
		*ret_ms = day;
		return true;
	}
	if (!take_letter(&text, "Tt ") || !take_clock(&text, &clock) || !take_offset(&text, &offset) || *text)
		return false;
	*ret_ms = day + clock - offset;
	return true;
}

/* "-2h" → 2 hours. */
static bool parse_ago(const char *text, int64_t *ret_ms)
{
	static const struct {
		char letter;
		int64_t ms;
	} units[] = {{'s', SECOND_MS}, {'m', MINUTE_MS}, {'h', HOUR_MS}, {'d', DAY_MS}, {'w', 7 * DAY_MS}};
	size_t n = strlen(text);
	uint64_t count;

	if (n < 3 || text[0] != '-' || !dec_get_u64(BYTES(text + 1, n - 2), &count) || count > SPAN_MAX)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (text[n - 1] == units[i].letter) {
			*ret_ms = (int64_t)count * units[i].ms;
			return true;
		}
	return false;
}

int human_time_parse(const char *text, struct wall now, int64_t *ret_ms, struct errtext *e)
{
	int64_t today = now.ms - now.ms % DAY_MS, ms;
	uint64_t number;

	if (strcmp(text, "now") == 0)
		*ret_ms = now.ms;
	else if (strcmp(text, "today") == 0)
		*ret_ms = today;
	else if (strcmp(text, "yesterday") == 0)
		*ret_ms = today - DAY_MS;
	else if (parse_ago(text, &ms))
		*ret_ms = now.ms - ms;
	else if (dec_get_u64(bytes_of(text), &number) && number <= INT64_MAX)
		*ret_ms = (int64_t)number;
	else if (!parse_rfc3339(text, ret_ms))
		return errtext_set(e, IMS_E_USAGE,
				   "'%.40s' is no time; write 2026-11-22T09:24:08Z, 2026-11-22, today or -2h",
				   text);
	return 0;
}
