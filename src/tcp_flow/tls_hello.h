/*
 * The hello messages of TLS (RFC 8446 section 4.1, RFC 6066, RFC 7301), as far as they are sent in
 * the clear. Bytes in, facts out that point into them; nothing is read outside. Any thread.
 */
#ifndef WIRETALE_TCP_FLOW_TLS_HELLO_H
#define WIRETALE_TCP_FLOW_TLS_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_RECORD_HEADER_BYTES 5u
#define TLS_RECORD_MAX_BYTES (16384u + 2048u) /* RFC 5246 section 6.2.3 */

struct tls_hello {
	bool is_server;   /* a ServerHello; else a ClientHello */
	uint16_t version; /* server: chosen, 0x0304 is 1.3; client: the highest it says, old way */
	const uint8_t *name; /* client: server_name; borrowed; NULL with length 0: none */
	size_t name_length;
	const uint8_t
		*alpn; /* server: the protocol chosen; client: the first it offers; borrowed */
	size_t alpn_length;
};

struct tls_record {
	uint8_t type;    /* 20 change cipher spec, 21 alert, 22 handshake, 23 application data */
	uint16_t length; /* of its content, by its header */
	const uint8_t *content; /* borrowed */
	size_t content_length;  /* bytes of it that are there */
};

/* The record at the start of the bytes. False: none that could be one starts there. */
bool tls_record_read(const uint8_t *bytes, size_t length, struct tls_record *out);

/* Application data and nothing else: the middle of a connection. */
bool tls_record_is_likely(const uint8_t *bytes, size_t length);

/*
 * The hello at the start of a stream; one that is cut short gives what is there. False: the stream
 * starts otherwise.
 */
bool tls_hello_read(const uint8_t *bytes, size_t length, struct tls_hello *out);

/* "TLS 1.3"; "TLS" for a version that is none. Static. */
const char *tls_version_name(uint16_t version);

/* "client hello", "certificate" ...; NULL: none that is known. Static. */
const char *tls_handshake_name(uint8_t type);

#endif
