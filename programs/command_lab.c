/* wiretale lab: experiments on two real TCP stacks and a cable made of software. */
#include "programs/command.h"
#include "programs/lab_list.h"
#include "programs/lab_options.h"
#include "programs/lab_running.h"

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	struct lab_options options;
	enum exit_status status = EXIT_USAGE;

	if (!lab_options_read(self, argc, argv, &options, &status))
		return status;
	switch (options.action) {
	case LAB_ACTION_LIST:
		return lab_list(&options);
	case LAB_ACTION_SHOW:
		return lab_show(&options);
	case LAB_ACTION_CHECK:
		return lab_check(&options);
	case LAB_ACTION_RUN:
	case LAB_ACTION_SCORE:
		return lab_run_command(&options);
	case LAB_ACTION_TRY:
		return lab_try_command(self, &options);
	case LAB_ACTION_COUNT:
		break;
	}
	return EXIT_USAGE;
}

const struct command command_lab = {
	.name = "lab",
	.summary = "experiments on two real TCP stacks and a software cable",
	.usage = "list [--json]\n"
		 "show NAME\n"
		 "check FILE...\n"
		 "run [OPTION]... NAME|FILE...\n"
		 "run [OPTION]... --all\n"
		 "try [OPTION]... --server CMD --client CMD\n"
		 "score [OPTION]... [NAME|FILE]...",
	.about =
		"Joins two hosts of this machine's own Linux, each with a network of its own, by "
		"a cable made of software that can delay, lose, hold, reorder, corrupt or cut, "
		"segment by segment. It needs no root and touches no network of this machine.\n\n"
		"run goes through experiments: those that come with it, by name (list shows them), "
		"or files, whose names end in .lab or have a slash in them. It prints the "
		"question, each segment with the true states of both kernels, the story of each "
		"connection, how what the wire tells compares with what the kernels say, and the "
		"explanation; --brief leaves the segments out. An experiment passes when all that "
		"its file expects is so. Of several there is a line each, and the whole of those "
		"that failed. show prints an experiment's file, check reads files without running "
		"them.\n\n"
		"try puts any two programs on the cable: the server's command, and once it "
		"listens on a TCP port the client's; then it tells what became of them. It ends "
		"when both have ended, or when the client has and nothing moves any more (after a "
		"cut: not before the server has), or at the time limit.\n\n"
		"score runs experiments, all that come with it unless some are named, and says "
		"how what the trace tells of their captures compares with what both kernels "
		"say: states, what was sent again, and why.",
	.options = lab_options_table,
	.notes = "On the cable the hosts are called client (10.77.0.1, fd77::1) and server "
		 "(10.77.0.2, fd77::2); CMD is run by /bin/sh with your own rights. wiretale and "
		 "wiretaled are found there. Ctrl-C ends all that was started; of a single "
		 "experiment it still tells what had happened.",
	.examples =
		"wiretale lab list\n"
		"wiretale lab run close-three  # four segments, or three?\n"
		"wiretale lab run --all --jobs 4\n"
		"wiretale lab show close-three > mine.lab  # to begin one of your own\n"
		"wiretale lab check mine.lab && wiretale lab run ./mine.lab\n"
		"wiretale lab run cable-pulled --save captures\n"
		"wiretale lab run close-three --report close-three.html  # see it in a browser\n"
		"wiretale lab run --all --report pages  # a page of each, and index.html\n"
		"wiretale lab run relay-send --brief  # who printed what, when, and why\n"
		"wiretale trace captures/cable-pulled-server.pcapng  # what one end saw\n"
		"wiretale lab try --cut-after 2s --server ./server --client ./client\n"
		"wiretale lab score  # is the trace right?\n"
		"wiretale lab run --all --json | jq 'select(.passed == false).name'",
	.statuses = "0 every experiment passed; of try, both ran to their end or the limit; 1 an "
		    "expectation did not hold, a step failed, or a program could not be started; "
		    "of check, a file is not right; 2 wrong usage; of run, a file is not right; 3 "
		    "this machine lets nobody make a lab, and why.",
	.operands = VALUE_WORDS,
	.operand_words = "list show check run try score",
	.run = run,
};
