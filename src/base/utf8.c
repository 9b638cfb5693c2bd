#include "base/utf8.h"

size_t utf8_decode(const uint8_t *bytes, size_t length, uint32_t *code_point)
{
	static const uint32_t smallest[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t value;
	size_t size;

	if (length == 0)
		return 0;
	if (bytes[0] < 0x80) {
		*code_point = bytes[0];
		return 1;
	}
	if ((bytes[0] & 0xe0) == 0xc0) {
		size = 2;
		value = bytes[0] & 0x1fu;
	} else if ((bytes[0] & 0xf0) == 0xe0) {
		size = 3;
		value = bytes[0] & 0x0fu;
	} else if ((bytes[0] & 0xf8) == 0xf0) {
		size = 4;
		value = bytes[0] & 0x07u;
	} else {
		return 0;
	}
	if (size > length)
		return 0;
	for (size_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (bytes[i] & 0x3fu);
	}
	if (value < smallest[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*code_point = value;
	return size;
}

bool utf8_is_valid(const uint8_t *bytes, size_t length)
{
	size_t at = 0;

	while (at < length) {
		uint32_t code_point;
		size_t size = utf8_decode(bytes + at, length - at, &code_point);

		if (size == 0)
			return false;
		at += size;
	}
	return true;
}

bool utf8_is_deceptive(uint32_t code_point)
{
	return code_point == 0x00ad || code_point == 0x061c || code_point == 0x180e ||
	       (code_point >= 0x200b && code_point <= 0x200f) ||
	       (code_point >= 0x2028 && code_point <= 0x202e) ||
	       (code_point >= 0x2060 && code_point <= 0x2069) || code_point == 0xfeff ||
	       (code_point >= 0xfff9 && code_point <= 0xfffb) ||
	       (code_point >= 0xe0000 && code_point <= 0xe007f);
}
