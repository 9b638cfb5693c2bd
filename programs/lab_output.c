#include "programs/lab_output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "programs/one_shot.h"

#define COLUMNS_MIN 40u
#define PROSE_COLUMNS_MAX 120u
#define LADDER_COLUMNS_MAX 160u
#define COLUMNS_DEFAULT 100u /* where no terminal says how wide it is */
#define TAB_COLUMNS 8u

bool lab_output_has_colour(void)
{
	return one_shot_wants_colour();
}

static size_t columns(size_t most)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
	    size.ws_col == 0)
		return COLUMNS_DEFAULT;
	if (size.ws_col < COLUMNS_MIN)
		return COLUMNS_MIN;
	return size.ws_col > most ? most : size.ws_col;
}

size_t lab_output_columns(void)
{
	return columns(PROSE_COLUMNS_MAX);
}

size_t lab_output_ladder_columns(void)
{
	return columns(LADDER_COLUMNS_MAX);
}

bool lab_output_write(const char *text, size_t length)
{
	bool written = length == 0 || fwrite(text, 1, length, stdout) == length;
	int error;

	written = fflush(stdout) == 0 && written;
	error = errno;
	/* EPIPE: whoever read it has seen enough, which is no fault to speak of. */
	if (!written && error != EPIPE)
		one_shot_complain("lab: standard output: %s", strerror(error));
	return written;
}

void lab_output_append_line(struct text_builder *out, const char *line, size_t length)
{
	size_t column = 0;

	while (length > 0) {
		const char *tab = memchr(line, '\t', length);
		size_t piece = tab ? (size_t)(tab - line) : length;
		size_t blanks;

		text_append_harmless(out, line, piece);
		column += piece;
		line += piece;
		length -= piece;
		if (!tab)
			break;
		blanks = TAB_COLUMNS - column % TAB_COLUMNS;
		text_append_format(out, "%*s", (int)blanks, "");
		column += blanks;
		line++;
		length--;
	}
	text_append(out, "\n");
}

const char *lab_output_colour(bool colour, enum lab_colour which)
{
	static const char *const codes[] = {
		[LAB_PLAIN] = "\x1b[0m",  [LAB_BOLD] = "\x1b[1m",   [LAB_DIM] = "\x1b[2m",
		[LAB_GOOD] = "\x1b[32m",  [LAB_BAD] = "\x1b[31m",   [LAB_HUE_1] = "\x1b[33m",
		[LAB_HUE_2] = "\x1b[36m", [LAB_HUE_3] = "\x1b[35m", [LAB_HUE_4] = "\x1b[34m"
	};

	return colour ? codes[which] : "";
}

enum lab_colour lab_output_hue(size_t i)
{
	static const enum lab_colour hues[] = { LAB_HUE_1, LAB_HUE_2, LAB_HUE_3, LAB_HUE_4 };

	return hues[i % (sizeof(hues) / sizeof(hues[0]))];
}

bool lab_output_folder(const char *option, const char *folder)
{
	struct stat there;

	if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
		one_shot_complain("lab: --%s %s: %s", option, folder, strerror(errno));
		return false;
	}
	if (stat(folder, &there) == 0 && !S_ISDIR(there.st_mode)) {
		one_shot_complain("lab: --%s %s: that is no folder.", option, folder);
		return false;
	}
	return true;
}
