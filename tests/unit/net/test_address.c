/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses: what is one, what is none, and text -> sockaddr -> text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/net_int.h"

static void good_ones_print_as_they_were(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"127.0.0.1:7443", "127.0.0.1:7443"},
		{"0.0.0.0:0", "0.0.0.0:0"},
		{"255.255.255.255:65535", "255.255.255.255:65535"},
		{"[::1]:1", "[::1]:1"},
		{"[2001:DB8::00a]:443", "[2001:db8::a]:443"},
		{"[::ffff:192.0.2.1]:80", "192.0.2.1:80"},
		{"unix:/run/x.sock", "unix"},
	};
	struct net_address a;
	char text[NET_ADDRESS_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(net_address_parse(cases[i].in, &a, NULL), 0);
		net_address_print(&a, text);
		assert_string_equal(text, cases[i].out);
		assert_true(net_address_is_unix(&a) == (strncmp(cases[i].in, "unix:", 5) == 0));
	}
}

static void others_are_refused(void **state)
{
	static const char *const cases[] = {
		"",
		":",
		":1",
		"1.2.3.4",
		"1.2.3.4:",
		"1.2.3.4:65536",
		"1.2.3.4:-1",
		"1.2.3.4:01",
		"1.2.3.4: 1",
		"::1:5",
		"[::1]",
		"[::1]5",
		"[1.2.3.4]:5",
		"localhost:1",
		"1.2.3:4",
		" 1.2.3.4:5",
		"[::1%lo]:5",
		"unix:",
		"[]:1",
		"1.2.3.4:5:6",
		"[[::1]]:5",
		"[::1:5",
		"::1]:5",
	};
	struct net_address a;
	struct errtext e;
	char longest[300];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(net_address_parse(cases[i], &a, &e), IMS_E_INVALID);
	memset(longest, '1', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	memcpy(longest + 290, ":1", 3);
	assert_int_equal(net_address_parse(longest, &a, &e), IMS_E_INVALID);
	memcpy(longest, "unix:", 5);
	assert_int_equal(net_address_parse(longest, &a, &e), IMS_E_INVALID);
	longest[5 + 107] = '\0';
	assert_int_equal(net_address_parse(longest, &a, &e), 0);
}

static void source_addresses_have_no_port(void **state)
{
	struct net_address a;
	char text[NET_ADDRESS_BYTES];

	(void)state;
	assert_int_equal(net_address_parse_ip("127.0.0.2", &a, NULL), 0);
	net_address_print(&a, text);
	assert_string_equal(text, "127.0.0.2:0");
	assert_int_equal(net_address_parse_ip("::1", &a, NULL), 0);
	assert_int_equal(net_address_parse_ip("127.0.0.2:1", &a, NULL), IMS_E_INVALID);
	assert_int_equal(net_address_parse_ip("", &a, NULL), IMS_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones_print_as_they_were),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(source_addresses_have_no_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
