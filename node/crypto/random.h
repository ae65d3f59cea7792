/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes from the system's generator; never fails (aborts). Any thread. */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include <stddef.h>

void crypto_random(void *p, size_t n_bytes);

#endif
