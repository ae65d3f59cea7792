/* SPDX-License-Identifier: Apache-2.0 */
#include "programme/days.h"

#include <stdio.h>
#include <string.h>

#define MS_PER_DAY (24 * 60 * 60 * INT64_C(1000))

struct date {
	int year, month, day;
};

/* Howard Hinnant's days_from_civil: years begin in March, eras have 400 of them. */
static int64_t number_of(struct date d)
{
	int64_t y = d.month <= 2 ? d.year - 1 : d.year;
	int64_t era = (y >= 0 ? y : y - 399) / 400, year = y - era * 400;
	int64_t day = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;

	return era * 146097 + year * 365 + year / 4 - year / 100 + day - 719468;
}

static struct date date_of(int64_t n)
{
	int64_t era, day, year, month;

	n += 719468;
	era = (n >= 0 ? n : n - 146096) / 146097;
	n -= era * 146097;
	year = (n - n / 1460 + n / 36524 - n / 146096) / 365;
	day = n - (365 * year + year / 4 - year / 100);
	month = (5 * day + 2) / 153;
	return (struct date){
		.year = (int)(year + era * 400 + (month >= 10)),
		.month = (int)(month < 10 ? month + 3 : month - 9),
		.day = (int)(day - (153 * month + 2) / 5 + 1),
	};
}

static bool parse(const char *text, struct date *ret)
{
	char again[DAY_BYTES];

	if (strlen(text) != 10 || strspn(text, "0123456789-") != 10 ||
	    sscanf(text, "%4d-%2d-%2d", &ret->year, &ret->month, &ret->day) != 3 || ret->month < 1 ||
	    ret->month > 12)
		return false;
	return strcmp(day_text(number_of(*ret), again), text) == 0;
}

int64_t day_number(const char *day)
{
	struct date d;

	return parse(day, &d) ? number_of(d) : INT64_MIN;
}

const char *day_text(int64_t number, char out[DAY_BYTES])
{
	struct date d;

	if (number < -719162 || number > 2932896) /* 0001-01-01, 9999-12-31 */
		number = number < 0 ? -719162 : 2932896;
	d = date_of(number);
	snprintf(out, DAY_BYTES, "%04d-%02d-%02d", d.year % 10000, d.month % 100, d.day % 100);
	return out;
}

int64_t day_of_ms(int64_t ms)
{
	return ms >= 0 ? ms / MS_PER_DAY : (ms - MS_PER_DAY + 1) / MS_PER_DAY;
}

int64_t day_months(const char *first, const char *last)
{
	struct date a, b;

	if (!parse(first, &a) || !parse(last, &b) || number_of(b) < number_of(a))
		return -1;
	b = date_of(number_of(b) + 1); /* the day behind it */
	return (int64_t)(b.year - a.year) * 12 + b.month - a.month - (b.day < a.day);
}

int64_t day_months_after(int64_t number, int months)
{
	struct date d = date_of(number), first;
	int64_t month = (int64_t)d.year * 12 + d.month - 1 + months, last;

	first = (struct date){.year = (int)(month / 12), .month = (int)(month % 12) + 1, .day = 1};
	d = (struct date){.year = (int)((month + 1) / 12), .month = (int)((month + 1) % 12) + 1, .day = 1};
	last = number_of(d) - 1;
	number = number_of(first) + date_of(number).day - 1;
	return number < last ? number : last;
}
