#include "base/utf8.h"

#include <string.h>

#include "support/unit_test.h"

/* RFC 3629, section 3: the plain way from a number to bytes, for numbers that have one. */
static size_t encode(uint32_t code_point, uint8_t out[4])
{
	if (code_point < 0x80) {
		out[0] = (uint8_t)code_point;
		return 1;
	}
	if (code_point < 0x800) {
		out[0] = (uint8_t)(0xc0 | code_point >> 6);
		out[1] = (uint8_t)(0x80 | (code_point & 0x3f));
		return 2;
	}
	if (code_point < 0x10000) {
		out[0] = (uint8_t)(0xe0 | code_point >> 12);
		out[1] = (uint8_t)(0x80 | (code_point >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (code_point & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | code_point >> 18);
	out[1] = (uint8_t)(0x80 | (code_point >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (code_point >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (code_point & 0x3f));
	return 4;
}

static void every_character_is_decoded_and_no_surrogate(void **state)
{
	(void)state;
	for (uint32_t code_point = 0; code_point <= 0x10ffff; code_point++) {
		uint8_t bytes[4];
		size_t length = encode(code_point, bytes);
		uint32_t decoded = UINT32_MAX;
		size_t size = utf8_decode(bytes, length, &decoded);

		if (code_point >= 0xd800 && code_point <= 0xdfff) {
			assert_int_equal(size, 0);
			continue;
		}
		assert_int_equal(size, length);
		assert_int_equal(decoded, code_point);
	}
}

static void a_character_that_is_cut_is_none(void **state)
{
	static const uint8_t bytes[] = { 0xf0, 0x9f, 0x98, 0x80 }; /* U+1F600 */
	uint32_t decoded = 0;

	(void)state;
	for (size_t length = 0; length < sizeof(bytes); length++)
		assert_int_equal(utf8_decode(bytes, length, &decoded), 0);
	assert_int_equal(utf8_decode(bytes, sizeof(bytes), &decoded), 4);
	assert_int_equal(decoded, 0x1f600);
}

static void what_rfc_3629_forbids_is_not_valid(void **state)
{
	static const char *const bad[] = {
		"\xc0\x80",         /* U+0000 in two bytes */
		"\xc1\xbf",         /* U+007F in two bytes */
		"\xe0\x9f\xbf",     /* U+07FF in three bytes */
		"\xf0\x8f\xbf\xbf", /* U+FFFF in four bytes */
		"\xf4\x90\x80\x80", /* U+110000 */
		"\xf8\x88\x80\x80\x80",
		"\xed\xa0\x80", /* a surrogate */
		"\x80",         /* a continuation without a start */
		"\xc3\x28",     /* a start without its continuation */
		"\xe2\x28\xa1",
		"\xff",
		"good and then \xfe",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(utf8_is_valid((const uint8_t *)bad[i], strlen(bad[i])));
	assert_true(utf8_is_valid((const uint8_t *)"", 0));
	assert_true(utf8_is_valid((const uint8_t *)"a\xc3\xa9\xe4\xb8\xad", 6));
}

static void the_controls_are_unicode_category_cc(void **state)
{
	(void)state;
	for (uint32_t code_point = 0; code_point < 0x200; code_point++) {
		bool expected = code_point < 0x20 || (code_point > 0x7e && code_point < 0xa0);

		assert_int_equal(utf8_is_control(code_point), expected);
	}
	assert_false(utf8_is_control(0x2028)); /* Zl, not Cc */
}

static void characters_that_deceive_the_eye_are_known(void **state)
{
	static const uint32_t deceptive[] = {
		0x00ad,  /* soft hyphen */
		0x200b,  /* zero-width space */
		0x200f,  /* right-to-left mark */
		0x2028,  /* line separator */
		0x202e,  /* right-to-left override */
		0x2066,  /* left-to-right isolate */
		0xfeff,  /* byte order mark */
		0xe0041, /* tag letter */
	};
	static const uint32_t honest[] = { 'a', 0xe9, 0x2010, 0x202f, 0x4e2d, 0x1f600 };

	(void)state;
	for (size_t i = 0; i < sizeof(deceptive) / sizeof(deceptive[0]); i++)
		assert_true(utf8_is_deceptive(deceptive[i]));
	for (size_t i = 0; i < sizeof(honest) / sizeof(honest[0]); i++)
		assert_false(utf8_is_deceptive(honest[i]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_is_decoded_and_no_surrogate),
		cmocka_unit_test(a_character_that_is_cut_is_none),
		cmocka_unit_test(what_rfc_3629_forbids_is_not_valid),
		cmocka_unit_test(the_controls_are_unicode_category_cc),
		cmocka_unit_test(characters_that_deceive_the_eye_are_known),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
