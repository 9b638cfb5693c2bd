#include "report/state_diagram.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/readable.h"

#define BOLD "\x1b[1m"
#define PLAIN "\x1b[0m"

#define BOX_COLUMNS 21u
#define COUNT_COLUMNS 5 /* wider ones are rounded: 12.3k */
#define LINES_MAX 48u

/* A box is found by its text, "| NAME", so that the drawing can be changed here alone. */
/* clang-format off */
static const char drawing[] =
	"                             +-------------------+\n"
	"                             | CLOSED            |------------------------+\n"
	"                             +-------------------+<-------------+         |\n"
	"                     listen()  |               ^                |connect()|\n"
	"                               v               | close()        |send SYN |\n"
	"                             +-------------------+       close()|         |\n"
	"                             | LISTEN            |    or timeout|         |\n"
	"                             +-------------------+              |         |\n"
	"   SYN came                    |               |   send()       |         |\n"
	"   send SYN,ACK  +-------------+               +-----------+    |         |\n"
	"                 v                                send SYN v    |         v\n"
	"+-------------------+     SYN came (both opened at once)  +-------------------+\n"
	"| SYN_RECV          |<------------------------------------| SYN_SENT          |\n"
	"+-------------------+            send SYN,ACK             +-------------------+\n"
	"   |             |  ACK came                    SYN,ACK came  |\n"
	"   |             |                                 send ACK   |\n"
	"   |             |           +-------------------+            |\n"
	"   |             +---------->| ESTABLISHED       |<-----------+\n"
	"   | close()                 +-------------------+\n"
	"   | send FIN         close()  |               |  FIN came\n"
	"   v                 send FIN  |               |  send ACK\n"
	"+-------------------+          |               |          +-------------------+\n"
	"| FIN_WAIT1         |<---------+               +--------->| CLOSE_WAIT        |\n"
	"+-------------------+                                     +-------------------+\n"
	"   |             |  FIN came                                      |\n"
	"   | ACK came    |  send ACK                              close() |\n"
	"   |             +---------------------+                 send FIN |\n"
	"   v                                   v                          v\n"
	"+-------------------+        +-------------------+        +-------------------+\n"
	"| FIN_WAIT2         |        | CLOSING           |        | LAST_ACK          |\n"
	"+-------------------+        +-------------------+        +-------------------+\n"
	"   |                                   |                          |\n"
	"   | FIN came                          | ACK came                 | ACK came\n"
	"   | send ACK                          v                          v\n"
	"   |                         +-------------------+\n"
	"   +------------------------>| TIME_WAIT         |-----------> CLOSED\n"
	"                             +-------------------+  60 s later\n";
/* clang-format on */

static const char note[] =
	"ACK came: of its own SYN or FIN. Where it comes together with the peer's FIN,\n"
	"FIN_WAIT1 goes straight to TIME_WAIT. RST came: from any state to CLOSED, but\n"
	"LISTEN stays, and a SYN_RECV of it is forgotten alone.\n";

struct canvas {
	char cells[LINES_MAX][STATE_DIAGRAM_COLUMNS];
	bool bold[LINES_MAX][STATE_DIAGRAM_COLUMNS];
	size_t lines;
};

static void draw(struct canvas *canvas)
{
	size_t line = 0;
	size_t column = 0;

	memset(canvas, 0, sizeof(*canvas));
	memset(canvas->cells, ' ', sizeof(canvas->cells));
	for (const char *at = drawing; *at && line < LINES_MAX; at++) {
		if (*at == '\n') {
			line++;
			column = 0;
		} else if (column < STATE_DIAGRAM_COLUMNS) {
			canvas->cells[line][column++] = *at;
		}
	}
	canvas->lines = line;
}

/* False: the drawing lacks it. */
static bool find_box(const struct canvas *canvas, enum tcp_state state, size_t *line,
		     size_t *column)
{
	char text[BOX_COLUMNS];
	size_t length = (size_t)snprintf(text, sizeof(text), "| %s ", tcp_state_name(state));

	for (size_t i = 1; i + 1 < canvas->lines; i++) {
		for (size_t j = 0; j + BOX_COLUMNS <= STATE_DIAGRAM_COLUMNS; j++) {
			if (memcmp(&canvas->cells[i][j], text, length) == 0) {
				*line = i;
				*column = j;
				return true;
			}
		}
	}
	return false;
}

/* Ends before the box's last two columns. */
static void put_right(char box[BOX_COLUMNS], const char *text)
{
	size_t length = strlen(text);

	if (length <= BOX_COLUMNS - 4)
		memcpy(box + BOX_COLUMNS - 2 - length, text, length);
}

static void stand_out(struct canvas *canvas, size_t line, size_t column)
{
	for (size_t i = line - 1; i <= line + 1; i++) {
		memset(&canvas->bold[i][column], true, BOX_COLUMNS);
		canvas->cells[i][column] = '#';
		canvas->cells[i][column + BOX_COLUMNS - 1] = '#';
		if (i != line)
			memset(&canvas->cells[i][column], '#', BOX_COLUMNS);
	}
}

static void put_count(struct canvas *canvas, const struct state_counts *counts,
		      enum tcp_state state)
{
	int64_t change = state_counts_change(counts, state);
	struct text_builder count;
	char changed[BOX_COLUMNS];
	size_t column;
	size_t line;

	if (!find_box(canvas, state, &line, &column))
		return;
	if (counts->now[state] > 0)
		stand_out(canvas, line, column);
	text_builder_init(&count, COUNT_COLUMNS + 3);
	if (counts->now[state] < 100000)
		text_append_format(&count, "%" PRIu64, counts->now[state]);
	else
		readable_short_bytes(&count, counts->now[state]);
	put_right(&canvas->cells[line][column], text_builder_text(&count));
	text_builder_finish(&count);
	if (change == 0 || snprintf(changed, sizeof(changed), " %+" PRId64 " ", change) < 0)
		return;
	put_right(&canvas->cells[line + 1][column], changed);
}

static void append_line(struct text_builder *out, const struct canvas *canvas, size_t line,
			bool colour)
{
	size_t length = STATE_DIAGRAM_COLUMNS;
	bool bold = false;

	while (length > 0 && canvas->cells[line][length - 1] == ' ')
		length--;
	for (size_t i = 0; i < length; i++) {
		if (colour && canvas->bold[line][i] != bold) {
			bold = !bold;
			text_append(out, bold ? BOLD : PLAIN);
		}
		text_append_bytes(out, &canvas->cells[line][i], 1);
	}
	text_append(out, bold ? PLAIN "\n" : "\n");
}

void state_diagram_append(struct text_builder *out, const struct state_counts *counts, bool colour)
{
	struct canvas canvas;

	draw(&canvas);
	for (unsigned state = 0; state < TCP_STATE_COUNT; state++)
		put_count(&canvas, counts, (enum tcp_state)state);
	for (size_t line = 0; line < canvas.lines; line++)
		append_line(out, &canvas, line, colour);
	text_append(out, note);
}
