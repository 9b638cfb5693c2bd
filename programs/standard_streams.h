/* Standard input, output and error, before anything else. The main thread. */
#ifndef WIRETALE_PROGRAMS_STANDARD_STREAMS_H
#define WIRETALE_PROGRAMS_STANDARD_STREAMS_H

#include <stdbool.h>

/*
 * Whoever started the program may have closed some of them (`2>&-`). The next socket or file would
 * get that number then, and what is meant for people would go to the peer, or into the capture that
 * is written. Their places are taken, so that reading or writing there fails with EBADF as before.
 * False: they could not be.
 */
bool standard_streams_keep_places(void);

#endif
