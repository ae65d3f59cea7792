/* SPDX-License-Identifier: Apache-2.0 */
/* Days of the calendar as records write them, "YYYY-MM-DD", and as numbers. Pure. */
#ifndef PROGRAMME_DAYS_H
#define PROGRAMME_DAYS_H

#include <stdbool.h>
#include <stdint.h>

#define DAY_BYTES 16

/* Days since 1970-01-01 of a valid day; INT64_MIN of anything else. */
int64_t day_number(const char *day);
/* The day, into out; returns out. */
const char *day_text(int64_t number, char out[DAY_BYTES]);
/* The UTC day of an instant in milliseconds since 1970. */
int64_t day_of_ms(int64_t ms);
/* Whole months from the first day to the last one, both included: 2026-01-01 to 2027-12-31 are 24. Negative
 * when one of them is no day or the second is before the first. */
int64_t day_months(const char *first, const char *last);
/* The day that many months later; of a month that is too short its last one. */
int64_t day_months_after(int64_t number, int months);

#endif
