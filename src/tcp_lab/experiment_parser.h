/*
 * What reads an experiment's line word by word, and refuses it with a sentence. The first refusal
 * stands: from then on there are no more words, and everything returns false. For the files
 * experiment_*.c alone. One thread; no input or output.
 */
#ifndef WIRETALE_TCP_LAB_EXPERIMENT_PARSER_H
#define WIRETALE_TCP_LAB_EXPERIMENT_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_lab/experiment.h"
#include "tcp_lab/experiment_names.h"
#include "tcp_lab/experiment_text.h"

struct experiment_word {
	const char *text; /* in the parser's storage; zero-terminated behind its length; of quoted
			     ones what the quotes hold, unescaped: may have zeros */
	size_t length;
	bool quoted;
	size_t at; /* where it begins in the line */
	size_t end;
};

struct experiment_parser {
	struct experiment *experiment;      /* borrowed; what is being made */
	struct experiment_problem *problem; /* borrowed */
	bool failed;                        /* *problem is filled */
	struct experiment_names names;      /* what earlier steps have made */
	uint32_t line;                      /* the line's number, from 1 */
	const char *text;                   /* borrowed; the line, without blanks around it */
	size_t length;                      /* of it */
	size_t at;                          /* up to here it was read */
	size_t stored;                      /* bytes of `storage` in use */
	bool has_word;                      /* `word` was read and not taken */
	struct experiment_word word;        /* the next */
	struct experiment_word taken;       /* the last that was taken; .text NULL: none */
	char storage[EXPERIMENT_LINE_MAX_BYTES + 1]; /* of the line's words */
};

/* Begins a line; text: without its newline, borrowed while the line is read. */
void parser_begin_line(struct experiment_parser *parser, uint32_t number, const char *text,
		       size_t length);

/* These return false, for `return parser_refuse(...)`. */
bool parser_refuse(struct experiment_parser *parser, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool parser_refuse_memory(struct experiment_parser *parser);
/* "a port is expected behind 'connect', not 'abc'; is abd meant?" words: that would do, of which
 * the nearest is named; may be NULL. */
bool parser_refuse_word(struct experiment_parser *parser, const char *what,
			const char *const *words, size_t count);

#define PARSER_SHOWN_BYTES 256u
/* Text of the file as sentences may have it: harmless, and not long. Returns out. */
const char *parser_shown(const char *text, size_t length, char out[PARSER_SHOWN_BYTES]);

/* Refuses a line that is too long or is no text, before it is begun. */
bool parser_check_line(struct experiment_parser *parser, const struct experiment_line *line);
/* Notes in *line where a heading stands; refuses it where it stood before. */
bool parser_stands_once(struct experiment_parser *parser, const char *heading, uint32_t *line);

/* The next word, or NULL: the line (but for a comment) ends, or was refused. */
const struct experiment_word *parser_peek(struct experiment_parser *parser);
/* Takes it; there must be one. */
const struct experiment_word *parser_take(struct experiment_parser *parser);
/* The rest of the line as it stands, comments too. */
const char *parser_take_rest(struct experiment_parser *parser, size_t *length);

/* To look further than one word ahead: what was read since is read again. */
struct parser_place {
	size_t at;
	size_t stored;
	bool has_word;
	struct experiment_word word;
	struct experiment_word taken;
};
struct parser_place parser_mark(const struct experiment_parser *parser);
void parser_return(struct experiment_parser *parser, const struct parser_place *place);

/* Takes the next word if it is that keyword. */
bool parser_take_keyword(struct experiment_parser *parser, const char *keyword);
/* Refuses anything else. */
bool parser_need_keyword(struct experiment_parser *parser, const char *keyword);
/* Which of the words the next is; takes it. -1: none of them, refused. */
int parser_take_choice(struct experiment_parser *parser, const char *what, const char *const *words,
		       size_t count);

/* what: "a port", for the refusal. */
bool parser_take_number(struct experiment_parser *parser, const char *what, uint64_t min,
			uint64_t max, uint64_t *out);
bool parser_take_port(struct experiment_parser *parser, uint16_t *out);
bool parser_take_time(struct experiment_parser *parser, const char *what, uint64_t *out_ns);
/* A quoted text. */
bool parser_take_string(struct experiment_parser *parser, const char *what, struct step_bytes *out);
/* Nothing more may stand in the line. */
bool parser_need_end(struct experiment_parser *parser);

/* The next word would be a number. */
bool parser_sees_number(struct experiment_parser *parser);

/* "client" or "server". False: it is another word; nothing was refused or taken. */
bool parser_take_host(struct experiment_parser *parser, enum lab_host *out);
/* "client", "server.NAME"; into the step. The same; but a name that is none is refused. */
bool parser_take_who(struct experiment_parser *parser, struct step *step);
/* A name as of sockets and programs; refuses others. */
bool parser_copy_name(struct experiment_parser *parser, const char *text, size_t length,
		      char out[LAB_NAME_BYTES]);

/* A copy with a zero behind it. */
bool parser_copy_bytes(struct experiment_parser *parser, const char *bytes, size_t length,
		       struct step_bytes *out);

#endif
