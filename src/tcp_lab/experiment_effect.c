#include "tcp_lab/experiment_effect.h"

#include <stdio.h>
#include <string.h>

/* "client.ann", for sentences */
struct who_text {
	char text[LAB_NAME_BYTES + 16];
};

static struct who_text who_of(enum lab_host host, const char *name)
{
	struct who_text who;

	(void)snprintf(who.text, sizeof(who.text), "%s%s%s", lab_host_name(host),
		       name[0] != '\0' ? "." : "", name);
	return who;
}

static bool refuse_unknown(struct experiment_parser *parser, enum lab_host host,
			   enum known_kind kind, const char *name, const char *what)
{
	const char *nearest = experiment_names_nearest(&parser->names, host, kind, name);
	struct who_text who = who_of(host, name);

	if (nearest)
		return parser_refuse(parser, "no earlier step makes %s %s; there is %s", what,
				     who.text, who_of(host, nearest).text);
	return parser_refuse(parser, "no earlier step makes %s %s", what, who.text);
}

/* It may be done or not, or later: nothing is sure behind it. */
static bool is_conditional(const struct step *step)
{
	return step->after_ns > 0 || step->only_full || step->only_short;
}

static void becomes(struct experiment_parser *parser, const struct step *step,
		    struct known_thing *thing, enum known_presence presence)
{
	if (is_conditional(step))
		presence = KNOWN_MAYBE;
	*thing = (struct known_thing){ .presence = presence, .line = parser->line };
}

static bool is_there(const struct known_thing *thing)
{
	return thing->presence == KNOWN_MADE || thing->presence == KNOWN_CONNECTED ||
	       thing->presence == KNOWN_MAYBE;
}

/* ---- sockets ---- */

/* Nothing of that name is connected yet. */
static bool need_unconnected(struct experiment_parser *parser, const struct step *step,
			     const struct known_name *known)
{
	if (known->socket.presence != KNOWN_CONNECTED || step->fails_with != 0)
		return true;
	return parser_refuse(parser,
			     "%s has a connection since line %u: close it first, or give this one "
			     "a name (%s.NAME)",
			     who_of(step->host, step->name).text, known->socket.line,
			     lab_host_name(step->host));
}

static bool begin_socket(struct experiment_parser *parser, const struct step *step,
			 struct known_name *known)
{
	bool only_listens = !is_there(&known->socket) && is_there(&known->listener);

	if (step->verb == STEP_OPTION &&
	    (known->socket.presence == KNOWN_CONNECTED || only_listens))
		return true;
	if (!need_unconnected(parser, step, known))
		return false;
	if (step->verb == STEP_SOCKET && known->socket.presence == KNOWN_MADE)
		return parser_refuse(parser, "%s has a socket since line %u",
				     who_of(step->host, step->name).text, known->socket.line);
	if (known->socket.presence != KNOWN_CONNECTED)
		becomes(parser, step, &known->socket, KNOWN_MADE);
	return true;
}

static bool begin_listener(struct experiment_parser *parser, const struct step *step,
			   struct known_name *known)
{
	if (step->fails_with != 0)
		return true;
	if (known->listener.presence == KNOWN_CONNECTED)
		return parser_refuse(parser,
				     "%s listens since line %u: give this listener a name "
				     "(%s.NAME)",
				     who_of(step->host, step->name).text, known->listener.line,
				     lab_host_name(step->host));
	if (known->socket.presence == KNOWN_MADE)
		becomes(parser, step, &known->socket, KNOWN_NEVER);
	becomes(parser, step, &known->listener, KNOWN_CONNECTED);
	return true;
}

static bool connect_socket(struct experiment_parser *parser, const struct step *step,
			   struct known_name *known)
{
	if (!need_unconnected(parser, step, known))
		return false;
	if (known->socket.presence != KNOWN_CONNECTED)
		becomes(parser, step, &known->socket,
			step->fails_with != 0 ? KNOWN_MADE : KNOWN_CONNECTED);
	return true;
}

static bool accept_socket(struct experiment_parser *parser, const struct step *step,
			  struct known_name *known)
{
	const struct known_name *listener =
		experiment_names_find(&parser->names, step->host, step->other);

	if (!listener || listener->listener.presence == KNOWN_NEVER) {
		if (step->other[0] != '\0')
			return refuse_unknown(parser, step->host, KNOWN_LISTENER, step->other,
					      "a listener");
		return parser_refuse(parser, "no earlier step makes %s listen",
				     lab_host_name(step->host));
	}
	if (listener->listener.presence == KNOWN_GONE)
		return parser_refuse(parser, "that listener was closed in line %u",
				     listener->listener.line);
	if (known->socket.presence == KNOWN_MADE && step->fails_with == 0)
		return parser_refuse(parser,
				     "%s has a socket since line %u: give the connection a name "
				     "(%s.NAME)",
				     who_of(step->host, step->name).text, known->socket.line,
				     lab_host_name(step->host));
	if (!need_unconnected(parser, step, known))
		return false;
	if (step->fails_with == 0)
		becomes(parser, step, &known->socket, KNOWN_CONNECTED);
	return true;
}

/* A socket that was made and not closed. */
static bool need_socket(struct experiment_parser *parser, const struct step *step,
			const struct known_name *known)
{
	struct who_text who = who_of(step->host, step->name);

	if (known->socket.presence == KNOWN_GONE)
		return parser_refuse(parser, "%s was closed in line %u", who.text,
				     known->socket.line);
	if (known->socket.presence != KNOWN_NEVER)
		return true;
	if (is_there(&known->listener))
		return parser_refuse(parser, "%s only listens (line %u): `%s accept` comes first",
				     who.text, known->listener.line, who.text);
	return refuse_unknown(parser, step->host, KNOWN_SOCKET, step->name, "a socket");
}

static bool use_connection(struct experiment_parser *parser, const struct step *step,
			   struct known_name *known)
{
	if (!need_socket(parser, step, known))
		return false;
	if (known->socket.presence == KNOWN_MADE && step->fails_with == 0)
		return parser_refuse(parser, "%s has no connection: connect or accept comes first",
				     who_of(step->host, step->name).text);
	if (step->verb == STEP_CONNECTED && step->fails_with != 0)
		becomes(parser, step, &known->socket, KNOWN_MADE);
	return true;
}

static bool end_socket(struct experiment_parser *parser, const struct step *step,
		       struct known_name *known)
{
	if (step->verb == STEP_CLOSE && !is_there(&known->socket) && is_there(&known->listener)) {
		becomes(parser, step, &known->listener, KNOWN_GONE);
		return true;
	}
	if (!need_socket(parser, step, known))
		return false;
	becomes(parser, step, &known->socket, KNOWN_GONE);
	return true;
}

/* The connection of a closed socket is good too. */
static bool use_last_connection(struct experiment_parser *parser, const struct step *step,
				const struct known_name *known)
{
	if (known->socket.presence != KNOWN_NEVER)
		return true;
	if (step->verb != STEP_DESTROY &&
	    (step->name[0] == '\0' || known->listener.presence != KNOWN_NEVER))
		return true;
	return refuse_unknown(parser, step->host, KNOWN_SOCKET, step->name, "a socket");
}

/* ---- programs ---- */

static bool run_program(struct experiment_parser *parser, const struct step *step,
			struct known_name *known)
{
	if (known->program.presence == KNOWN_CONNECTED)
		return parser_refuse(parser,
				     "%s runs since line %u: give this program a name (%s.NAME)",
				     who_of(step->host, step->name).text, known->program.line,
				     lab_host_name(step->host));
	becomes(parser, step, &known->program, KNOWN_CONNECTED);
	return true;
}

static bool use_program(struct experiment_parser *parser, const struct step *step,
			struct known_name *known)
{
	bool to_it =
		step->verb == STEP_TYPE || step->verb == STEP_END_INPUT || step->verb == STEP_KILL;

	if (known->program.presence == KNOWN_NEVER)
		return refuse_unknown(parser, step->host, KNOWN_PROGRAM, step->name, "a program");
	if (known->program.presence == KNOWN_GONE && to_it)
		return parser_refuse(parser, "%s has ended in line %u",
				     who_of(step->host, step->name).text, known->program.line);
	if (step->verb == STEP_EXITS)
		becomes(parser, step, &known->program, KNOWN_GONE);
	return true;
}

/* Both would answer to client.ann. */
static bool need_one_kind(struct experiment_parser *parser, const struct step *step,
			  const struct known_name *known)
{
	struct who_text who = who_of(step->host, step->name);
	bool is_program = known->program.presence != KNOWN_NEVER;
	bool is_socket =
		known->socket.presence != KNOWN_NEVER || known->listener.presence != KNOWN_NEVER;

	if (step->name[0] == '\0')
		return true;
	if (step->verb >= STEP_RUN && step->verb <= STEP_KILL && is_socket)
		return parser_refuse(parser, "%s is a socket, and no program", who.text);
	if (step->verb <= STEP_DESTROY && is_program)
		return parser_refuse(parser, "%s is a program (line %u), and no socket", who.text,
				     known->program.line);
	return true;
}

static bool apply(struct experiment_parser *parser, const struct step *step,
		  struct known_name *known)
{
	switch (step->verb) {
	case STEP_SOCKET:
	case STEP_OPTION:
	case STEP_ISN:
	case STEP_BIND:
		return begin_socket(parser, step, known);
	case STEP_LISTEN:
		return begin_listener(parser, step, known);
	case STEP_CONNECT:
		return connect_socket(parser, step, known);
	case STEP_ACCEPT:
		return accept_socket(parser, step, known);
	case STEP_CONNECTED:
	case STEP_SEND:
	case STEP_RECEIVE:
	case STEP_SHUTDOWN:
		return use_connection(parser, step, known);
	case STEP_CLOSE:
	case STEP_RESET:
	case STEP_VANISH:
		return end_socket(parser, step, known);
	case STEP_DESTROY:
	case STEP_WAIT_STATE:
	case STEP_EXPECT_STATE:
	case STEP_EXPECT_INFO:
	case STEP_EXPECT_STATES:
		return use_last_connection(parser, step, known);
	case STEP_RUN:
		return run_program(parser, step, known);
	case STEP_TYPE:
	case STEP_END_INPUT:
	case STEP_OUTPUT:
	case STEP_EXITS:
	case STEP_KILL:
	case STEP_EXPECT_OUTPUT:
		return use_program(parser, step, known);
	case STEP_SYSCTL:
	case STEP_CABLE_SET:
	case STEP_CABLE_RULE:
	case STEP_CABLE_CUT:
	case STEP_CABLE_RESTORE:
	case STEP_WAIT_TIME:
	case STEP_WAIT_SEGMENT:
	case STEP_WAIT_LISTEN:
	case STEP_WAIT_QUIET:
	case STEP_EXPECT_CONNECTION:
	case STEP_EXPECT_COUNT:
		break;
	}
	return true;
}

bool experiment_effect(struct experiment_parser *parser, const struct step *step)
{
	struct known_name *known;

	if (!step->has_host || step->both_hosts || step->verb == STEP_CABLE_SET ||
	    step->verb == STEP_WAIT_LISTEN || step->verb == STEP_SYSCTL)
		return true;
	known = experiment_names_add(&parser->names, step->host, step->name);
	if (!known)
		return parser_refuse_memory(parser);
	return need_one_kind(parser, step, known) && apply(parser, step, known);
}
