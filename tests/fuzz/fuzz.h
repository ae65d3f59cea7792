/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fuzz target is one file with this one function over one decoder of untrusted bytes. It takes
 * any bytes, returns 0, and stops the process (CHECK, sanitizer) when a promise of the decoder's
 * header is broken. tests/fuzz/run drives it with libFuzzer, replay_main.c over kept inputs.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
