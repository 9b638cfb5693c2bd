#include "tcp_lab/program_fate.h"

#include <signal.h>
#include <string.h>

#include "tcp_lab/program_output.h"

static void append_words_of_shell(const struct lab_program_result *result, struct text_builder *out)
{
	enum { WORDS_MAX_BYTES = 200 };
	size_t length = 0;
	const char *words =
		program_output_last_line(result->output, result->output_length, &length);

	if (length == 0) {
		text_append_format(out, "%s", strerrordesc_np(result->error));
		return;
	}
	text_append_harmless(out, words, length < WORDS_MAX_BYTES ? length : WORDS_MAX_BYTES);
}

static void append_signal(int number, struct text_builder *out)
{
	const char *name = sigabbrev_np(number);

	if (name)
		text_append_format(out, "SIG%s", name);
	else
		text_append_format(out, "signal %d", number);
}

static bool is_crash(int number)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };

	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
		if (crashes[i] == number)
			return true;
	}
	return false;
}

static void append_signal_death(const struct lab_program_result *result, struct text_builder *out)
{
	bool crashed = is_crash(result->signal);

	text_append(out, crashed ? "crashed: " : "was ended by ");
	append_signal(result->signal, out);
	if (crashed)
		text_append_format(out, " (%s)", sigdescr_np(result->signal));
	else if (result->killed_by_us)
		text_append(out, ", which the lab sent it at the end");
}

void program_fate_text(const struct lab_program_result *result, struct text_builder *out)
{
	if (!result->ran) {
		text_append(out, "could not be started: ");
		if (result->exit_status >= 0)
			append_words_of_shell(result, out);
		else
			text_append_format(out, "%s", strerrordesc_np(result->error));
	} else if (!result->ended) {
		text_append(out, "is running");
	} else if (result->signal != 0) {
		append_signal_death(result, out);
	} else {
		text_append_format(out, "ended with status %d", result->exit_status);
		if (result->exit_status > 128 && sigabbrev_np(result->exit_status - 128)) {
			text_append(out, ", as shells say it of ");
			append_signal(result->exit_status - 128, out);
		}
		if (result->killed_by_us)
			text_append(out, " when the lab told it to, at the end");
	}
}
