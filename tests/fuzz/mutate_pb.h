/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer's mutator for inputs that are protobuf behind a prefix: three times of four it changes
 * the message by its fields (drops, doubles, swaps, renumbers, grows one, goes into one that may be
 * a message) and sets the lengths around it right; otherwise it changes bytes. A target that
 * includes this defines the prefix's length. FUZZ_FIRST_BYTE in the environment keeps the first
 * byte at that number: one family of messages.
 *
 * mutate_pb.c is linked by tests/fuzz/run, not by replays.
 */
#ifndef TESTS_FUZZ_MUTATE_PB_H
#define TESTS_FUZZ_MUTATE_PB_H

#include <stddef.h>
#include <stdint.h>

extern const size_t mutate_pb_prefix;

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

#endif
