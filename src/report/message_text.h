/* Parts of a line about one message. The bytes are somebody else's: all is made harmless. */
#ifndef WIRETALE_REPORT_MESSAGE_TEXT_H
#define WIRETALE_REPORT_MESSAGE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"

#define MESSAGE_SAMPLE_BYTES 80u /* of a content that is shown as text */
#define MESSAGE_HEX_BYTES 16u    /* of one that is shown in hex */

/* "hello" with quotes, cut with dots; what is no text in hex: 16 03 01 ... */
void message_text_sample(struct text_builder *out, const uint8_t *bytes, size_t length);

/* 16 03 01 ..., at most MESSAGE_HEX_BYTES of them. */
void message_text_hex(struct text_builder *out, const uint8_t *bytes, size_t length);

/* The sample as text whatever it is, without quotes: hello, \x01\n. */
void message_text_words(struct text_builder *out, const uint8_t *bytes, size_t length);

/* A comma where something stands before it. */
void message_text_next(struct text_builder *out);

#endif
