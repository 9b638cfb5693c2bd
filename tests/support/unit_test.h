/*
 * What every unit test includes, and in the order that cmocka wants it: its header leans on four
 * others without including them itself.
 */
#ifndef TESTS_SUPPORT_UNIT_TEST_H
#define TESTS_SUPPORT_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/*
 * Ends a test that this machine cannot do. cmocka's own skip() writes "not ok ... # SKIP" in
 * Debian 12's version, which those who read it take for a failure.
 */
#define LEAVE_OUT(why)                                                                             \
	do {                                                                                       \
		print_message("# left out: %s\n", why);                                            \
		return;                                                                            \
	} while (0)

#endif
