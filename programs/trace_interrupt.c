#include "programs/trace_interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "programs/whole_file.h"

static volatile sig_atomic_t came;
static int event_fd = -1;

static void end_program(int signal_number)
{
	whole_file_unlink_unfinished();
	(void)signal(signal_number, SIG_DFL);
	(void)raise(signal_number); /* once this handler is over */
}

static void take(int signal_number)
{
	const uint64_t one = 1;
	int saved = errno;

	if (came)
		end_program(signal_number);
	came = 1;
	if (event_fd >= 0 && write(event_fd, &one, sizeof(one)) < 0)
		end_program(signal_number); /* who waits would wait on */
	errno = saved;
}

void trace_interrupt_begin(void)
{
	/* Writing goes on as if nothing had come; who waits for input polls, which does not. */
	struct sigaction action = { .sa_handler = take, .sa_flags = SA_RESTART };
	struct sigaction before;

	if (event_fd < 0)
		event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	(void)sigemptyset(&action.sa_mask);
	(void)sigaddset(&action.sa_mask, SIGINT);
	(void)sigaddset(&action.sa_mask, SIGTERM);
	(void)sigaddset(&action.sa_mask, SIGHUP);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler == SIG_IGN)
		return;
	(void)sigaction(SIGHUP, &action, NULL);
}

bool trace_interrupt_came(void)
{
	return came != 0;
}

int trace_interrupt_fd(void)
{
	return event_fd;
}
