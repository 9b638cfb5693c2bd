#include "tcp_flow/tls_hello.h"

#include "base/byte_reader.h"

enum {
	RECORD_CHANGE_CIPHER_SPEC = 20,
	RECORD_HANDSHAKE = 22,
	RECORD_APPLICATION_DATA = 23,
	RECORD_HEARTBEAT = 24,
};

enum {
	HANDSHAKE_CLIENT_HELLO = 1,
	HANDSHAKE_SERVER_HELLO = 2,
};

enum {
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_ALPN = 16,
	EXTENSION_SUPPORTED_VERSIONS = 43,
};

#define EXTENSIONS_MAX 128u /* looked at in one hello */

bool tls_record_read(const uint8_t *bytes, size_t length, struct tls_record *out)
{
	struct byte_reader reader = byte_reader_over(bytes, length);
	uint8_t type = byte_reader_u8(&reader);
	uint8_t major = byte_reader_u8(&reader);
	uint8_t minor = byte_reader_u8(&reader);
	uint16_t stated = byte_reader_u16_be(&reader);

	if (reader.overran || type < RECORD_CHANGE_CIPHER_SPEC || type > RECORD_HEARTBEAT ||
	    major != 3 || minor > 4 || stated == 0 || stated > TLS_RECORD_MAX_BYTES)
		return false;
	*out = (struct tls_record){
		.type = type,
		.length = stated,
		.content = reader.next,
		.content_length = reader.left < stated ? reader.left : stated,
	};
	return true;
}

bool tls_record_is_likely(const uint8_t *bytes, size_t length)
{
	struct tls_record record;

	/* Three bytes and a length are soon met by chance: another record must follow, or nothing.
	 */
	if (!tls_record_read(bytes, length, &record) || record.type != RECORD_APPLICATION_DATA)
		return false;
	if (record.content_length < record.length)
		return false;
	length -= TLS_RECORD_HEADER_BYTES + record.length;
	bytes += TLS_RECORD_HEADER_BYTES + record.length;
	return length == 0 || tls_record_read(bytes, length, &record);
}

/* As many bytes as the length says, or as are there. */
static struct byte_reader part_of(struct byte_reader *reader, size_t length)
{
	if (length > reader->left)
		length = reader->left;
	return byte_reader_over(byte_reader_bytes(reader, length), length);
}

static void read_server_name(struct byte_reader value, struct tls_hello *hello)
{
	uint16_t list_length = byte_reader_u16_be(&value);
	struct byte_reader list = part_of(&value, list_length);
	uint8_t type = byte_reader_u8(&list);
	uint16_t name_length = byte_reader_u16_be(&list);
	const uint8_t *name = byte_reader_bytes(&list, name_length);

	if (!name || type != 0 || name_length == 0 || name_length > 255)
		return;
	hello->name = name;
	hello->name_length = name_length;
}

static void read_alpn(struct byte_reader value, struct tls_hello *hello)
{
	uint16_t list_length = byte_reader_u16_be(&value);
	struct byte_reader list = part_of(&value, list_length);
	uint8_t protocol_length = byte_reader_u8(&list);
	const uint8_t *protocol = byte_reader_bytes(&list, protocol_length);

	if (!protocol || protocol_length == 0)
		return;
	hello->alpn = protocol;
	hello->alpn_length = protocol_length;
}

static void read_extensions(struct byte_reader *reader, struct tls_hello *hello)
{
	uint16_t all_length = byte_reader_u16_be(reader);
	struct byte_reader all = part_of(reader, all_length);

	for (unsigned i = 0; i < EXTENSIONS_MAX && all.left >= 4; i++) {
		uint16_t type = byte_reader_u16_be(&all);
		uint16_t length = byte_reader_u16_be(&all);
		struct byte_reader value = part_of(&all, length);

		if (type == EXTENSION_SERVER_NAME && !hello->is_server)
			read_server_name(value, hello);
		else if (type == EXTENSION_ALPN)
			read_alpn(value, hello);
		else if (type == EXTENSION_SUPPORTED_VERSIONS && hello->is_server &&
			 value.left == 2)
			hello->version = byte_reader_u16_be(&value);
	}
}

bool tls_hello_read(const uint8_t *bytes, size_t length, struct tls_hello *out)
{
	struct tls_record record;
	struct tls_hello hello = { .is_server = false };
	struct byte_reader reader;
	uint8_t type;

	if (!tls_record_read(bytes, length, &record) || record.type != RECORD_HANDSHAKE)
		return false;
	reader = byte_reader_over(record.content, record.content_length);
	type = byte_reader_u8(&reader);
	if (type != HANDSHAKE_CLIENT_HELLO && type != HANDSHAKE_SERVER_HELLO)
		return false;
	hello.is_server = type == HANDSHAKE_SERVER_HELLO;
	(void)byte_reader_bytes(&reader, 3); /* its length: the record's bounds are enough */
	hello.version = byte_reader_u16_be(&reader);
	if (reader.overran || hello.version < 0x0300 || hello.version > 0x0304)
		return false;
	(void)byte_reader_bytes(&reader, 32);                      /* random */
	(void)byte_reader_bytes(&reader, byte_reader_u8(&reader)); /* session id */
	if (hello.is_server) {
		(void)byte_reader_bytes(&reader, 3); /* cipher suite, compression */
	} else {
		(void)byte_reader_bytes(&reader, byte_reader_u16_be(&reader)); /* cipher suites */
		(void)byte_reader_bytes(&reader, byte_reader_u8(&reader));     /* compressions */
	}
	if (!reader.overran && reader.left > 0)
		read_extensions(&reader, &hello);
	*out = hello;
	return true;
}

const char *tls_version_name(uint16_t version)
{
	switch (version) {
	case 0x0300:
		return "SSL 3.0";
	case 0x0301:
		return "TLS 1.0";
	case 0x0302:
		return "TLS 1.1";
	case 0x0303:
		return "TLS 1.2";
	case 0x0304:
		return "TLS 1.3";
	default:
		return "TLS";
	}
}

const char *tls_handshake_name(uint8_t type)
{
	switch (type) {
	case 0:
		return "hello request";
	case HANDSHAKE_CLIENT_HELLO:
		return "client hello";
	case HANDSHAKE_SERVER_HELLO:
		return "server hello";
	case 4:
		return "new session ticket";
	case 11:
		return "certificate";
	case 12:
		return "server key exchange";
	case 13:
		return "certificate request";
	case 14:
		return "server hello done";
	case 16:
		return "client key exchange";
	case 22:
		return "certificate status";
	default:
		return NULL;
	}
}
