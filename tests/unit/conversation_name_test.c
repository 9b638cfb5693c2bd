#include "tcp_flow/conversation_name.h"

#include <string.h>

#include "base/byte_writer.h"
#include "support/unit_test.h"
#include "tcp_flow/tls_hello.h"

static struct stream_text text_of(const char *text)
{
	return (struct stream_text){ .bytes = (const uint8_t *)text, .length = strlen(text) };
}

/* Both sides' first bytes, and what is made of them; protocol NULL: nothing. */
static void expect_bytes(struct stream_text client, struct stream_text server, const char *protocol,
			 const char *name)
{
	struct conversation_clues clues;
	struct text_builder out;

	conversation_clues_find(client, server, &clues);
	text_builder_init(&out, 1000);
	if (!protocol) {
		assert_null(clues.protocol);
		assert_false(conversation_clues_text(&clues, &out));
	} else {
		assert_non_null(clues.protocol);
		assert_string_equal(clues.protocol, protocol);
		assert_true(conversation_clues_text(&clues, &out));
	}
	assert_string_equal(text_builder_text(&out), name);
	text_builder_finish(&out);
}

static void expect(const char *client, const char *server, const char *protocol, const char *name)
{
	expect_bytes(text_of(client), text_of(server), protocol, name);
}

static void http_is_named_by_its_host_and_first_line(void **state)
{
	(void)state;
	expect("GET /index.html HTTP/1.1\r\nUser-Agent: x\r\nhOST:  example.org \r\n\r\n",
	       "HTTP/1.1 200 OK\r\n\r\n", "http", "HTTP example.org GET /index.html");
	expect("POST /a?b=c HTTP/1.0\r\n\r\nHost: not.a.header\r\n", "", "http",
	       "HTTP POST /a?b=c");
	expect("GET /cut/off/in/the/mid", "", "http", "HTTP GET /cut/off/in/the/mid");
	expect("GET / HTTP/1.1\nHost: bare.newlines\n\n", "", "http", "HTTP bare.newlines GET /");
	/* only the answer was captured */
	expect("", "HTTP/1.1 404 Not Found\r\n\r\n", "http", "HTTP, answer 404 Not Found");
}

static void what_only_looks_like_http_is_text(void **state)
{
	(void)state;
	expect("GET me a beer\n", "", "text", "text");
	expect("get / HTTP/1.1\r\n", "", "text", "text");
	expect("GET", "", "text", "text");
}

static void a_host_that_would_obey_a_terminal_is_made_harmless(void **state)
{
	(void)state;
	expect("GET /\x1b[2J HTTP/1.1\r\nHost: evil\x1b]0;x\x07\r\n\r\n", "", "http",
	       "HTTP evil\\x1b]0;x\\x07 GET /\\x1b[2J");
}

static void greetings_tell_who_serves(void **state)
{
	(void)state;
	expect("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "", "http2", "HTTP/2");
	expect("SSH-2.0-PuTTY\r\n", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "ssh",
	       "SSH OpenSSH_9.2p1 Debian-2");
	expect("", "SSH-", "ssh", "SSH SSH-");
	expect("EHLO me\r\n", "220 mail.example.org\r\n", "smtp", "SMTP mail.example.org");
	expect("", "220 mail.example.org ESMTP Postfix\r\n", "smtp",
	       "SMTP mail.example.org ESMTP Postfix");
	expect("USER anonymous\r\n", "220 welcome\r\n", "ftp", "FTP welcome");
	expect("", "220 who knows\r\n", "text", "text");
	expect("", "+OK POP3 ready\r\n", "pop3", "POP3 POP3 ready");
	expect("", "* OK IMAP4rev1\r\n", "imap", "IMAP IMAP4rev1");
	expect("", "RFB 003.008\n", "rfb", "VNC (RFB) 003.008");
	expect("*1\r\n$4\r\nPING\r\n", "+PONG\r\n", "redis", "Redis");
}

static void plain_text_is_called_so_and_nothing_else_is(void **state)
{
	static const uint8_t padded[] = { '0', 'h', 'e', 'l', 'l', 'o', 0, 0, 0 };
	static const uint8_t binary[] = { 1, 2, 3, 4 };
	static const uint8_t cut[] = { 'g', 'r', 0xc3, 0xbc, 'n', 0xe2, 0x82 };

	(void)state;
	expect("Hello", "Hello, client!", "text", "text");
	expect("", "", NULL, "");
	expect_bytes((struct stream_text){ padded, sizeof(padded) }, text_of(""), "text", "text");
	expect_bytes((struct stream_text){ binary, sizeof(binary) }, text_of("fine"), NULL, "");
	expect_bytes((struct stream_text){ cut, sizeof(cut) }, text_of(""), "text", "text");
	assert_false(stream_text_is_plain((struct stream_text){ cut + 5, 2 }));
	/* zeros pad texts, but are none */
	expect_bytes((struct stream_text){ padded + 6, 3 }, text_of(""), NULL, "");
}

static void binary_protocols_are_known_by_their_first_bytes(void **state)
{
	static const uint8_t smb[] = "\0\0\0\x54\xfeSMB\x40\0";
	static const uint8_t mqtt[] = "\x10\x0c\0\4MQTT\4\2";
	static const uint8_t postgresql[] = "\0\0\0\x17\0\3\0\0user\0ann\0";
	static const uint8_t mysql[] = "\x4a\0\0\0\x0a"
				       "8.0.33\0abcdefgh";
	static const uint8_t telnet[] = { 0xff, 0xfd, 24 };
	static const uint8_t query[] = "\0\x1d\x12\x34\1\0\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1";
	uint8_t answer[sizeof(query) - 1];
	uint8_t bgp[19];

	(void)state;
	expect_bytes((struct stream_text){ smb, sizeof(smb) - 1 }, text_of(""), "smb", "SMB");
	expect_bytes((struct stream_text){ mqtt, sizeof(mqtt) - 1 }, text_of(""), "mqtt", "MQTT");
	expect_bytes((struct stream_text){ postgresql, sizeof(postgresql) - 1 }, text_of(""),
		     "postgresql", "PostgreSQL");
	expect_bytes(text_of(""), (struct stream_text){ mysql, sizeof(mysql) - 1 }, "mysql",
		     "MySQL 8.0.33");
	expect_bytes(text_of(""), (struct stream_text){ telnet, sizeof(telnet) }, "telnet",
		     "Telnet");
	memcpy(answer, query, sizeof(answer));
	answer[4] = 0x81;
	expect_bytes((struct stream_text){ query, sizeof(query) - 1 },
		     (struct stream_text){ answer, sizeof(answer) }, "dns", "DNS");
	memset(bgp, 0xff, 16);
	memcpy(bgp + 16, "\0\x1d\1", 3);
	expect_bytes((struct stream_text){ (const uint8_t *)"\4\0\0\x10\0\0\0\1", 8 },
		     (struct stream_text){ (const uint8_t *)"\1\0\0\x08\0\0\0\2", 8 }, "openflow",
		     "OpenFlow");
	expect_bytes((struct stream_text){ bgp, sizeof(bgp) }, text_of(""), "bgp", "BGP");
}

/* ---- TLS ---- */

struct hello {
	uint8_t bytes[600];
	struct byte_writer writer;
};

static void put(struct byte_writer *writer, const void *bytes, size_t length)
{
	byte_write_bytes(writer, bytes, length);
}

/* A hello with these extensions: RFC 8446 section 4.1. */
static struct stream_text build_hello(struct hello *hello, uint8_t type, const void *extensions,
				      size_t length)
{
	struct byte_writer *writer = &hello->writer;
	size_t fixed = 2 + 32 + 1 + 4 + (type == 1 ? 2 + 2 + 1 + 1 : 2 + 1) + 2;

	*writer = byte_writer_into(hello->bytes, sizeof(hello->bytes));
	put(writer, "\x16\x03\x01", 3); /* record: handshake */
	byte_write_u16_be(writer, (uint16_t)(4 + fixed + length));
	byte_write_u8(writer, type);
	byte_write_u8(writer, 0);
	byte_write_u16_be(writer, (uint16_t)(fixed + length));
	byte_write_u16_be(writer, 0x0303);
	put(writer, "0123456789abcdef0123456789abcdef", 32); /* random */
	put(writer, "\4sess", 5);
	if (type == 1)
		put(writer, "\0\2\x13\1\1\0", 6); /* one cipher suite, no compression */
	else
		put(writer, "\x13\1\0", 3);
	byte_write_u16_be(writer, (uint16_t)(length));
	put(writer, extensions, length);
	assert_false(writer->overflowed);
	return (struct stream_text){ hello->bytes, writer->length };
}

#define SERVER_NAME                                                                                \
	"\0\0\0\x10\0\x0e\0\0\x0b"                                                                 \
	"example.org"
#define ALPN_OFFER "\0\x10\0\x0e\0\x0c\2h2\x08http/1.1"
#define ALPN_CHOSEN "\0\x10\0\5\0\3\2h2"
#define VERSION_1_3 "\0\x2b\0\2\3\4"

static void tls_is_named_by_its_server_name_and_alpn(void **state)
{
	struct hello client;
	struct hello server;
	static const char offer[] = VERSION_1_3 SERVER_NAME ALPN_OFFER;

	(void)state;
	expect_bytes(build_hello(&client, 1, offer, sizeof(offer) - 1),
		     build_hello(&server, 2, VERSION_1_3, 6), "tls",
		     "TLS 1.3 to example.org (offers h2)");
	expect_bytes(build_hello(&client, 1, SERVER_NAME, sizeof(SERVER_NAME) - 1),
		     build_hello(&server, 2, ALPN_CHOSEN, sizeof(ALPN_CHOSEN) - 1), "tls",
		     "TLS 1.2 to example.org (ALPN h2)");
	expect_bytes(build_hello(&client, 1, "", 0), text_of(""), "tls", "TLS");
}

static void a_hello_that_is_cut_anywhere_is_still_tls(void **state)
{
	struct hello client;
	static const char offer[] = SERVER_NAME ALPN_OFFER;
	struct stream_text whole = build_hello(&client, 1, offer, sizeof(offer) - 1);
	struct tls_hello hello;

	(void)state;
	for (size_t length = 0; length < whole.length; length++) {
		uint8_t cut[600];

		memcpy(cut, whole.bytes, length);
		assert_int_equal(tls_hello_read(cut, length, &hello), length >= 11);
		if (length < 11)
			continue;
		/* 59 bytes of hello, then the extension whose name ends 20 bytes further on */
		assert_int_equal(hello.name_length, length >= whole.length - 18 ? 11 : 0);
	}
}

static void lengths_that_lie_in_a_hello_are_not_believed(void **state)
{
	static const char *const lies[] = {
		"\0\0\0\x10\0\x0e\0\xff\xff"
		"example.org", /* the name */
		"\0\0\xff\xff\xff\xff\0\xff\xff"
		"x",                /* everything */
		"\0\0\0\2\0\0",     /* an empty list */
		"\0\x10\0\1\0",     /* ALPN: half a length */
		"\0\x10\0\3\0\1\0", /* ALPN: an empty name */
	};
	static const size_t lengths[] = { 20, 10, 6, 5, 7 };
	struct hello client;

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		expect_bytes(build_hello(&client, 1, lies[i], lengths[i]), text_of(""), "tls",
			     "TLS");
}

static void the_middle_of_a_tls_connection_is_known_by_two_records(void **state)
{
	static const uint8_t records[] = "\x17\3\3\0\2ab\x17\3\3\0\3abc";
	static const uint8_t no_record[] = "\x17\3\3\0\2ab!";

	(void)state;
	expect_bytes((struct stream_text){ records, sizeof(records) - 1 }, text_of(""), "tls",
		     "TLS");
	expect_bytes((struct stream_text){ no_record, sizeof(no_record) - 1 }, text_of(""), NULL,
		     "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(http_is_named_by_its_host_and_first_line),
		cmocka_unit_test(what_only_looks_like_http_is_text),
		cmocka_unit_test(a_host_that_would_obey_a_terminal_is_made_harmless),
		cmocka_unit_test(greetings_tell_who_serves),
		cmocka_unit_test(plain_text_is_called_so_and_nothing_else_is),
		cmocka_unit_test(binary_protocols_are_known_by_their_first_bytes),
		cmocka_unit_test(tls_is_named_by_its_server_name_and_alpn),
		cmocka_unit_test(a_hello_that_is_cut_anywhere_is_still_tls),
		cmocka_unit_test(lengths_that_lie_in_a_hello_are_not_believed),
		cmocka_unit_test(the_middle_of_a_tls_connection_is_known_by_two_records),
	};

	return cmocka_run_group_tests_name("conversation_name", tests, NULL, NULL);
}
