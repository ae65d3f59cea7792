/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses as text and as sockaddr. Literals only: the loop never waits for a name server. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
#include "base/text.h"
#include "net/net_int.h"

static int parse_unix(const char *path, struct net_address *ret, struct errtext *e)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&ret->ss;
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(un->sun_path))
		return errtext_set(e, IMS_E_INVALID, "socket path must have 1 to %zu bytes",
				   sizeof(un->sun_path) - 1);
	*ret = (struct net_address){.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + 1)};
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, n + 1);
	return 0;
}

static bool set_ip(const char *ip, uint16_t port, struct net_address *ret)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&ret->ss;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ret->ss;

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		ret->len = sizeof(*v4);
		return true;
	}
	if (inet_pton(AF_INET6, ip, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		ret->len = sizeof(*v6);
		return true;
	}
	return false;
}

int net_address_parse(const char *text, struct net_address *ret, struct errtext *e)
{
	const char *colon = strrchr(text, ':'), *ip = text;
	char host[INET6_ADDRSTRLEN];
	uint64_t port;
	size_t n;
	bool brackets;

	if (strncmp(text, "unix:", 5) == 0)
		return parse_unix(text + 5, ret, e);
	if (colon && dec_get_u64(bytes_of(colon + 1), &port) && port <= 65535) {
		n = (size_t)(colon - text);
		brackets = n >= 2 && text[0] == '[' && colon[-1] == ']';
		if (brackets) {
			ip++;
			n -= 2;
		}
		if (n < sizeof(host)) {
			memcpy(host, ip, n);
			host[n] = '\0';
			if (set_ip(host, (uint16_t)port, ret) && brackets == (ret->ss.ss_family == AF_INET6))
				return 0;
		}
	}
	return errtext_set(e, IMS_E_INVALID, "'%.80s' is not IP:PORT, [IPv6]:PORT or unix:PATH", text);
}

int net_address_parse_ip(const char *ip, struct net_address *ret, struct errtext *e)
{
	if (set_ip(ip, 0, ret))
		return 0;
	return errtext_set(e, IMS_E_INVALID, "'%.80s' is not an IP address", ip);
}

void net_address_print(const struct net_address *a, char out[NET_ADDRESS_BYTES])
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&a->ss;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&a->ss;
	char ip[INET6_ADDRSTRLEN] = "?";

	if (a->ss.ss_family == AF_INET) {
		inet_ntop(AF_INET, &v4->sin_addr, ip, sizeof(ip));
		snprintf(out, NET_ADDRESS_BYTES, "%s:%u", ip, ntohs(v4->sin_port));
	} else if (a->ss.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], ip, sizeof(ip));
		snprintf(out, NET_ADDRESS_BYTES, "%s:%u", ip, ntohs(v6->sin6_port));
	} else if (a->ss.ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &v6->sin6_addr, ip, sizeof(ip));
		snprintf(out, NET_ADDRESS_BYTES, "[%s]:%u", ip, ntohs(v6->sin6_port));
	} else {
		snprintf(out, NET_ADDRESS_BYTES, "unix");
	}
}

bool net_address_is_unix(const struct net_address *a)
{
	return a->ss.ss_family == AF_UNIX;
}

const struct sockaddr *net_address_sockaddr(const struct net_address *a)
{
	return (const struct sockaddr *)&a->ss;
}

int net_address_socket(const struct net_address *a)
{
	return socket(a->ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

void net_socket_tune(int fd)
{
	int on = 1;

	/* Nagle's algorithm against delayed acknowledgements costs 40 ms a message. Local
	 * sockets have no such option, and need none. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}
