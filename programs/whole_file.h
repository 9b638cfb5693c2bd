/*
 * A file that takes its name only once it is whole: until then it has none where the file system
 * can do that (O_TMPFILE), else it stands beside, under a name of its own. What had the name before
 * is replaced, at the end of a symbolic link; a device or a pipe is written in place. One thread.
 *
 *   file = whole_file_open("out.html");     NULL: errno says why
 *   fwrite(..., whole_file_stream(file));
 *   error = whole_file_close(file);         or whole_file_abandon(file)
 */
#ifndef WIRETALE_PROGRAMS_WHOLE_FILE_H
#define WIRETALE_PROGRAMS_WHOLE_FILE_H

#include <stdio.h>

struct whole_file;

/* Not what this user may not write (EACCES), nor a pipe that nobody reads (ENXIO). */
struct whole_file *whole_file_open(const char *path);

/* Whether it could be opened, without doing it. 0 or -errno. */
int whole_file_try(const char *path);

/* What errno says, for people. */
const char *whole_file_why(int error);

/* Borrowed until the file is closed or abandoned. */
FILE *whole_file_stream(const struct whole_file *file);

/* Gives it its name. 0, or -errno, also of what was written before: then no file of ours stays. */
int whole_file_close(struct whole_file *file);

/* No file of ours stays. May be NULL. */
void whole_file_abandon(struct whole_file *file);

/* For a signal handler that ends the program: the one that was opened last and stands beside. */
void whole_file_unlink_unfinished(void);

#endif
