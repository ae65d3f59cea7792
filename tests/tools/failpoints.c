/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the table of failpoints, a line each: name, 1 if the place can report an error, promise. */
#include <stdio.h>

int main(void)
{
#define FAIL(name, text, can_fail, promise) printf("%s\t%d\t%s\n", text, can_fail, promise);
#include "base/failpoint.def"
#undef FAIL
	return 0;
}
