/* What holds of every explanation, whatever it says. */
#ifndef WIRETALE_TESTS_SUPPORT_EXPLANATION_LAYOUT_H
#define WIRETALE_TESTS_SUPPORT_EXPLANATION_LAYOUT_H

#include <string.h>

#include "report/explanation_checksum.h"
#include "support/unit_test.h"

/* No arithmetic is wider than its columns; all ends with a newline. */
static inline void explanation_check_layout(const char *text)
{
	while (*text != '\0') {
		const char *end = strchr(text, '\n');

		assert_non_null(end);
		assert_true(end > text);
		if (strncmp(text, "  ", 2) == 0 && end - text > (int)CHECKSUM_LINE_COLUMNS)
			fail_msg("%d columns: %.*s", (int)(end - text), (int)(end - text), text);
		text = end + 1;
	}
}

#endif
