/*
 * One row of `protocols` for each protocol that is known: how its streams begin. The rows stand in
 * the order in which they are tried, the ones that can hardly be mistaken first; plain text is the
 * last resort. TLS is read by tls_hello.c.
 */
#include "tcp_flow/conversation_name.h"

#include <string.h>

#include "base/utf8.h"
#include "tcp_flow/tls_hello.h"

#define LINE_MAX_BYTES 240u /* of a line that is given back; longer ones are cut */
#define HEADERS_MAX 64u     /* of an HTTP request that are searched for its Host */

static bool starts_with(struct stream_text text, const char *start)
{
	size_t length = strlen(start);

	return text.length >= length && memcmp(text.bytes, start, length) == 0;
}

static bool starts_with_any_case(struct stream_text text, const char *start)
{
	size_t length = strlen(start);

	if (text.length < length)
		return false;
	for (size_t i = 0; i < length; i++) {
		uint8_t byte = text.bytes[i];

		if (byte >= 'A' && byte <= 'Z')
			byte = (uint8_t)(byte - 'A' + 'a');
		if (byte != (uint8_t)start[i])
			return false;
	}
	return true;
}

static struct stream_text without(struct stream_text text, size_t length)
{
	if (length > text.length)
		length = text.length;
	return (struct stream_text){ .bytes = length ? text.bytes + length : text.bytes,
				     .length = text.length - length };
}

/* The first line, without its end; *whole: its end is there. */
static struct stream_text first_line(struct stream_text text, bool *whole)
{
	const uint8_t *end = text.length > 0 ? memchr(text.bytes, '\n', text.length) : NULL;
	struct stream_text line = text;

	*whole = end != NULL;
	if (end)
		line.length = (size_t)(end - text.bytes);
	if (line.length > 0 && line.bytes[line.length - 1] == '\r')
		line.length--;
	return line;
}

static struct stream_text line_to_show(struct stream_text text)
{
	bool whole;
	struct stream_text line = first_line(text, &whole);

	if (line.length > LINE_MAX_BYTES)
		line.length = LINE_MAX_BYTES;
	return line;
}

/* ---- HTTP/1 ---- */

static bool is_method(struct stream_text text, size_t *length)
{
	size_t i = 0;

	while (i < text.length && i < 20 &&
	       ((text.bytes[i] >= 'A' && text.bytes[i] <= 'Z') || text.bytes[i] == '-'))
		i++;
	*length = i;
	return i >= 3 && i < text.length && text.bytes[i] == ' ';
}

static bool contains(struct stream_text text, const char *what)
{
	return text.length > 0 && memmem(text.bytes, text.length, what, strlen(what)) != NULL;
}

static bool is_http_request(struct stream_text client)
{
	static const char *const methods[] = { "GET",    "POST",    "HEAD",  "PUT",
					       "DELETE", "OPTIONS", "PATCH", "CONNECT" };
	size_t method_length;
	bool whole;
	struct stream_text line = first_line(client, &whole);

	if (!is_method(line, &method_length))
		return false;
	if (whole)
		return contains(line, " HTTP/1.");
	/* A long target whose end is not here: a usual method, and what may follow it. */
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strlen(methods[i]) == method_length && starts_with(line, methods[i]))
			return line.length > method_length + 1 &&
			       (line.bytes[method_length + 1] == '/' || contains(line, "://"));
	return false;
}

static struct stream_text trimmed(struct stream_text text)
{
	while (text.length > 0 && (text.bytes[0] == ' ' || text.bytes[0] == '\t'))
		text = without(text, 1);
	while (text.length > 0 &&
	       (text.bytes[text.length - 1] == ' ' || text.bytes[text.length - 1] == '\t'))
		text.length--;
	return text;
}

static struct stream_text http_host(struct stream_text request)
{
	struct stream_text rest = request;

	for (unsigned i = 0; i < HEADERS_MAX && rest.length > 0; i++) {
		bool whole;
		struct stream_text line = first_line(rest, &whole);

		if (!whole || line.length == 0)
			break;
		if (i > 0 && starts_with_any_case(line, "host:"))
			return trimmed(without(line, 5));
		rest = without(rest, (size_t)(line.bytes - rest.bytes) + line.length);
		rest = without(rest, starts_with(rest, "\r") ? 2 : 1);
	}
	return (struct stream_text){ .length = 0 };
}

static bool find_http(struct stream_text client, struct stream_text server,
		      struct conversation_clues *clues)
{
	bool asked = is_http_request(client);
	bool answered = starts_with(server, "HTTP/1.");

	if (!asked && !(answered && client.length == 0))
		return false;
	clues->protocol = "http";
	clues->title = "HTTP";
	if (asked) {
		clues->request = line_to_show(client);
		clues->host = http_host(client);
		if (clues->host.length > LINE_MAX_BYTES)
			clues->host.length = LINE_MAX_BYTES;
	}
	if (answered)
		clues->answer = line_to_show(server);
	return true;
}

static bool find_http2(struct stream_text client, struct stream_text server,
		       struct conversation_clues *clues)
{
	(void)server;
	if (!starts_with(client, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
		return false;
	clues->protocol = "http2";
	clues->title = "HTTP/2";
	return true;
}

/* ---- protocols with a greeting or a first word of their own ---- */

static bool find_tls(struct stream_text client, struct stream_text server,
		     struct conversation_clues *clues)
{
	struct tls_hello asked;
	struct tls_hello chosen;
	bool has_client = tls_hello_read(client.bytes, client.length, &asked);
	bool has_server = tls_hello_read(server.bytes, server.length, &chosen);

	if (!has_client && !has_server) {
		if (!tls_record_is_likely(client.bytes, client.length) &&
		    !tls_record_is_likely(server.bytes, server.length))
			return false;
		clues->protocol = "tls";
		clues->title = "TLS";
		return true;
	}
	clues->protocol = "tls";
	clues->title = has_server && chosen.is_server ? tls_version_name(chosen.version) : "TLS";
	if (has_client && !asked.is_server) {
		clues->host = (struct stream_text){ asked.name, asked.name_length };
		clues->alpn = (struct stream_text){ asked.alpn, asked.alpn_length };
	}
	if (has_server && chosen.is_server && chosen.alpn_length > 0) {
		clues->alpn = (struct stream_text){ chosen.alpn, chosen.alpn_length };
		clues->alpn_chosen = true;
	}
	return true;
}

static bool find_ssh(struct stream_text client, struct stream_text server,
		     struct conversation_clues *clues)
{
	if (!starts_with(server, "SSH-") && !starts_with(client, "SSH-"))
		return false;
	clues->protocol = "ssh";
	clues->title = "SSH";
	if (starts_with(server, "SSH-")) {
		struct stream_text line = line_to_show(server);
		const uint8_t *dash = memchr(line.bytes + 4, '-', line.length - 4);

		clues->greeting = dash ? without(line, (size_t)(dash - line.bytes) + 1) : line;
	}
	return true;
}

/* A greeting "220 ..." is one of mail or of files: the words, or the client's, tell which. */
static bool find_reply_code(struct stream_text client, struct stream_text server,
			    struct conversation_clues *clues)
{
	struct stream_text line;

	if (!starts_with(server, "220 ") && !starts_with(server, "220-"))
		return false;
	line = line_to_show(server);
	if (contains(line, "SMTP") || starts_with_any_case(client, "ehlo ") ||
	    starts_with_any_case(client, "helo ")) {
		clues->protocol = "smtp";
		clues->title = "SMTP";
	} else if (contains(line, "FTP") || starts_with_any_case(client, "user ") ||
		   starts_with_any_case(client, "auth tls")) {
		clues->protocol = "ftp";
		clues->title = "FTP";
	} else {
		return false;
	}
	clues->greeting = without(line, 4);
	return true;
}

static bool find_smb(struct stream_text client, struct stream_text server,
		     struct conversation_clues *clues)
{
	struct stream_text frame = without(client, 4); /* behind the length of NetBIOS */

	(void)server;
	if (client.length < 8 || client.bytes[0] != 0 ||
	    (!starts_with(frame, "\xffSMB") && !starts_with(frame, "\xfeSMB")))
		return false;
	clues->protocol = "smb";
	clues->title = "SMB";
	return true;
}

static bool is_dns_message(struct stream_text text, bool is_answer)
{
	size_t stated;

	/* length 2, id 2, flags 2, questions 2 ...; a query asks one thing */
	if (text.length < 2 + 12 + 5)
		return false;
	stated = (size_t)text.bytes[0] << 8 | text.bytes[1];
	return stated >= 12 + 5 && stated <= 4096 && ((text.bytes[4] & 0x80u) != 0) == is_answer &&
	       (text.bytes[4] & 0x78u) == 0 && (text.bytes[5] & 0x40u) == 0 && text.bytes[6] == 0 &&
	       text.bytes[7] == 1 && text.bytes[14] < 64;
}

static bool find_dns(struct stream_text client, struct stream_text server,
		     struct conversation_clues *clues)
{
	if (!is_dns_message(client, false) || !is_dns_message(server, true) ||
	    client.bytes[2] != server.bytes[2] || client.bytes[3] != server.bytes[3])
		return false;
	clues->protocol = "dns";
	clues->title = "DNS";
	return true;
}

static bool find_mqtt(struct stream_text client, struct stream_text server,
		      struct conversation_clues *clues)
{
	(void)server;
	/* CONNECT, a length of one or two bytes, and the name of the protocol */
	if (client.length < 10 || client.bytes[0] != 0x10 ||
	    (memcmp(client.bytes + 2, "\0\4MQTT", 6) != 0 &&
	     memcmp(client.bytes + 3, "\0\4MQTT", 6) != 0))
		return false;
	clues->protocol = "mqtt";
	clues->title = "MQTT";
	return true;
}

static bool find_bgp(struct stream_text client, struct stream_text server,
		     struct conversation_clues *clues)
{
	struct stream_text text = client.length > 0 ? client : server;

	if (text.length < 19 || text.bytes[18] < 1 || text.bytes[18] > 5)
		return false;
	for (size_t i = 0; i < 16; i++)
		if (text.bytes[i] != 0xff)
			return false;
	clues->protocol = "bgp";
	clues->title = "BGP";
	return true;
}

static bool find_mysql(struct stream_text client, struct stream_text server,
		       struct conversation_clues *clues)
{
	(void)client;
	/* length 3, number 0, protocol 10, the version as text with a zero behind it */
	if (server.length < 16 || server.bytes[3] != 0 || server.bytes[4] != 10 ||
	    server.bytes[2] != 0 || server.bytes[5] < '3' || server.bytes[5] > '9' ||
	    !memchr(server.bytes + 5, '.', 4))
		return false;
	clues->protocol = "mysql";
	clues->title = "MySQL";
	clues->greeting = without(server, 5);
	clues->greeting.length =
		strnlen((const char *)clues->greeting.bytes, clues->greeting.length);
	if (clues->greeting.length > LINE_MAX_BYTES)
		clues->greeting.length = LINE_MAX_BYTES;
	return true;
}

static bool find_postgresql(struct stream_text client, struct stream_text server,
			    struct conversation_clues *clues)
{
	static const uint8_t wants_tls[] = { 0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f };
	static const uint8_t version_3[] = { 0, 3, 0, 0 };

	(void)server;
	if (client.length < 8 || (memcmp(client.bytes, wants_tls, 8) != 0 &&
				  (client.bytes[0] != 0 || client.bytes[1] != 0 ||
				   memcmp(client.bytes + 4, version_3, 4) != 0 ||
				   client.length < 13 || memcmp(client.bytes + 8, "user", 5) != 0)))
		return false;
	clues->protocol = "postgresql";
	clues->title = "PostgreSQL";
	return true;
}

static bool find_telnet(struct stream_text client, struct stream_text server,
			struct conversation_clues *clues)
{
	struct stream_text text = server.length > 0 ? server : client;

	/* IAC, then WILL, WONT, DO or DONT, then an option */
	if (text.length < 3 || text.bytes[0] != 0xff || text.bytes[1] < 0xfb ||
	    text.bytes[1] == 0xff || text.bytes[2] > 60)
		return false;
	clues->protocol = "telnet";
	clues->title = "Telnet";
	return true;
}

static bool is_openflow_hello(struct stream_text text)
{
	/* version 1 to 6, type 0, length, transaction id */
	return text.length >= 8 && text.bytes[0] >= 1 && text.bytes[0] <= 6 && text.bytes[1] == 0 &&
	       text.bytes[2] == 0 && text.bytes[3] >= 8 && text.bytes[3] <= 64 &&
	       text.bytes[3] % 8 == 0;
}

static bool find_openflow(struct stream_text client, struct stream_text server,
			  struct conversation_clues *clues)
{
	/* Both say hello; eight bytes of one are too little to go by. */
	if (!is_openflow_hello(client) || !is_openflow_hello(server))
		return false;
	clues->protocol = "openflow";
	clues->title = "OpenFlow";
	return true;
}

/* Those that one look at the first bytes tells. */
static const struct greeting_row {
	const char *protocol;
	const char *title;
	enum { BY_SERVER, BY_CLIENT } by;
	const char *start;
	unsigned skipped; /* of the greeting that is shown */
} greetings[] = {
	{ "pop3", "POP3", BY_SERVER, "+OK", 4 },
	{ "imap", "IMAP", BY_SERVER, "* OK", 5 },
	{ "imap", "IMAP", BY_SERVER, "* PREAUTH", 10 },
	{ "rfb", "VNC (RFB)", BY_SERVER, "RFB 00", 4 },
	{ "rsync", "rsync", BY_SERVER, "@RSYNCD:", 9 },
	{ "rtsp", "RTSP", BY_SERVER, "RTSP/1.0 ", 9 },
	{ "sip", "SIP", BY_SERVER, "SIP/2.0 ", 8 },
	{ "nntp", "NNTP", BY_SERVER, "200 NNTP", 4 },
	{ "irc", "IRC", BY_CLIENT, "NICK ", 0 },
	{ "bittorrent", "BitTorrent", BY_CLIENT,
	  "\x13"
	  "BitTorrent protocol",
	  0 },
	{ "xmpp", "XMPP", BY_CLIENT, "<?xml version='1.0'?><stream:stream", 0 },
	{ "redis", "Redis", BY_CLIENT, "*1\r\n$", 0 },
	{ "redis", "Redis", BY_CLIENT, "*2\r\n$", 0 },
	{ "redis", "Redis", BY_CLIENT, "*3\r\n$", 0 },
};

static bool find_greeting(struct stream_text client, struct stream_text server,
			  struct conversation_clues *clues)
{
	for (size_t i = 0; i < sizeof(greetings) / sizeof(greetings[0]); i++) {
		const struct greeting_row *row = &greetings[i];

		if (!starts_with(row->by == BY_SERVER ? server : client, row->start))
			continue;
		clues->protocol = row->protocol;
		clues->title = row->title;
		if (row->by == BY_SERVER && row->skipped > 0)
			clues->greeting = without(line_to_show(server), row->skipped);
		return true;
	}
	return false;
}

static bool find_text(struct stream_text client, struct stream_text server,
		      struct conversation_clues *clues)
{
	if (client.length + server.length == 0 || !stream_text_is_plain(client) ||
	    !stream_text_is_plain(server))
		return false;
	clues->protocol = "text";
	clues->title = "text";
	return true;
}

static bool could_be_text(uint32_t character)
{
	return !utf8_is_control(character) || character == '\0' ||
	       (character >= '\t' && character <= '\r');
}

bool stream_text_is_plain(struct stream_text text)
{
	bool is_empty = text.length == 0;
	bool has_letter = false;

	while (text.length > 0) {
		uint32_t character = text.bytes[0];
		size_t length = 1;

		if (character >= 0x80) {
			length = utf8_decode(text.bytes, text.length, &character);
			/* The last character may be cut where the kept bytes end. */
			if (length == 0)
				return text.length < 4 && has_letter && text.bytes[0] >= 0xc2;
		}
		if (!could_be_text(character))
			return false;
		has_letter = has_letter || character > ' ';
		text = without(text, length);
	}
	return has_letter || is_empty;
}

void conversation_clues_find(struct stream_text client, struct stream_text server,
			     struct conversation_clues *out)
{
	static bool (*const protocols[])(struct stream_text client, struct stream_text server,
					 struct conversation_clues * clues) = {
		find_tls, find_http2, find_http,   find_ssh,        find_reply_code,
		find_smb, find_mysql, find_mqtt,   find_postgresql, find_greeting,
		find_bgp, find_dns,   find_telnet, find_openflow,   find_text,
	};

	*out = (struct conversation_clues){ .protocol = NULL };
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i](client, server, out))
			return;
}

/* "GET /index.html" of "GET /index.html HTTP/1.1". */
static struct stream_text request_target(struct stream_text request)
{
	const uint8_t *version =
		request.length > 0 ? memmem(request.bytes, request.length, " HTTP/1.", 8) : NULL;

	if (version)
		request.length = (size_t)(version - request.bytes);
	return request;
}

static void append(struct text_builder *out, const char *before, struct stream_text text)
{
	text_append(out, before);
	text_append_harmless(out, text.bytes, text.length);
}

bool conversation_clues_text(const struct conversation_clues *clues, struct text_builder *out)
{
	if (!clues->protocol)
		return false;
	text_append(out, clues->title);
	if (strcmp(clues->protocol, "tls") == 0) {
		if (clues->host.length > 0)
			append(out, " to ", clues->host);
		if (clues->alpn.length > 0) {
			append(out, clues->alpn_chosen ? " (ALPN " : " (offers ", clues->alpn);
			text_append(out, ")");
		}
		return true;
	}
	if (clues->host.length > 0)
		append(out, " ", clues->host);
	if (clues->request.length > 0)
		append(out, " ", request_target(clues->request));
	else if (clues->answer.length > 0)
		append(out, ", answer ", without(clues->answer, strlen("HTTP/1.1 ")));
	if (clues->greeting.length > 0)
		append(out, " ", clues->greeting);
	return true;
}
