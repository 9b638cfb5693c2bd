/*
 * What a live capture needed to be opened, and nothing else does: given up for good once it is
 * open, before the first byte of a stranger is read. One thread; before others are started.
 */
#ifndef WIRETALE_PROGRAMS_PRIVILEGES_H
#define WIRETALE_PROGRAMS_PRIVILEGES_H

#include <stdbool.h>

#include "base/text_builder.h"

/*
 * Gives up every capability and the way back to one; who came by sudo becomes the user who called
 * it, with that user's groups, so that files are written as theirs. It is proved before it is
 * believed. False: *problem got a sentence, and nothing must be read.
 */
bool privileges_give_up(struct text_builder *problem);

/* Appends what to do where capturing was not permitted, as a sentence with the path of this very
 * program: "to permit it: sudo setcap cap_net_raw+ep /usr/bin/wiretale, or run it with sudo". */
void privileges_append_remedy(struct text_builder *out);

#endif
