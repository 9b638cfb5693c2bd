/* Names what a file is that is no capture file of ours, as far as its first bytes tell. */
#ifndef WIRETALE_CAPTURE_OTHER_KINDS_H
#define WIRETALE_CAPTURE_OTHER_KINDS_H

#include <stddef.h>
#include <stdint.h>

/* Enough to name every kind that can be named. */
#define OTHER_KIND_BYTES 64u

/* A sentence, static, ready to be shown. bytes: the file's first, at best OTHER_KIND_BYTES. */
const char *other_kind_sentence(const uint8_t *bytes, size_t length);

#endif
