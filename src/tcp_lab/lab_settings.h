/*
 * How a host's TCP is set before an experiment begins: as textbooks have it, where that is not what
 * a machine of today does by itself, and so that every machine does the same.
 */
#ifndef WIRETALE_TCP_LAB_LAB_SETTINGS_H
#define WIRETALE_TCP_LAB_LAB_SETTINGS_H

#include <stdbool.h>

#include "base/text_builder.h"

/* In the network namespace in between, before those of the hosts are made. */
void lab_settings_for_wire(void);

/*
 * In a host's namespace, before its device is made. Both builders are empty before. What was set is
 * told in `settings`: "congestion control reno, ..."; what could not be in `lacks`, sentences; that
 * a kernel has no such setting is no lack.
 */
void lab_settings_for_host(bool textbook, struct text_builder *settings,
			   struct text_builder *lacks);

#endif
