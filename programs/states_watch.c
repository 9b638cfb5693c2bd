#include "programs/states_watch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"

/* The terminal's other screen, its cursor hidden; and back. */
#define ENTER "\x1b[?1049h\x1b[?25l\x1b[H"
#define LEAVE "\x1b[?25h\x1b[?1049l"

static void take_screen(struct states_watch *watch)
{
	struct termios quiet = watch->before;

	if (watch->has_keys) {
		quiet.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		quiet.c_cc[VMIN] = 1;
		quiet.c_cc[VTIME] = 0;
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
	}
	(void)fputs(ENTER, stdout);
	(void)fflush(stdout);
	watch->on_screen = true;
}

static void leave_screen(struct states_watch *watch)
{
	if (!watch->on_screen)
		return;
	(void)fputs(LEAVE, stdout);
	(void)fflush(stdout);
	if (watch->has_keys)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &watch->before);
	watch->on_screen = false;
}

int states_watch_begin(struct states_watch *watch, uint64_t every_ms)
{
	static const int ours[] = { SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH };
	sigset_t mask;

	*watch = (struct states_watch){ .every_ms = every_ms, .has_screen = isatty(STDOUT_FILENO) };
	(void)sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		(void)sigaddset(&mask, ours[i]);
	watch->signals = signalfd(-1, &mask, SFD_CLOEXEC);
	if (watch->signals < 0)
		return -errno;
	/* In the background a change of the terminal would stop us: it is refused instead. */
	(void)sigaddset(&mask, SIGTTOU);
	(void)sigprocmask(SIG_BLOCK, &mask, &watch->mask_before);
	watch->has_keys = watch->has_screen && isatty(STDIN_FILENO) &&
			  tcgetpgrp(STDIN_FILENO) == getpgrp() &&
			  tcgetattr(STDIN_FILENO, &watch->before) == 0;
	if (watch->has_screen)
		take_screen(watch);
	watch->next_ms = clock_elapsed_ms() + every_ms;
	return 0;
}

void states_watch_end(struct states_watch *watch)
{
	leave_screen(watch);
	(void)close(watch->signals);
	(void)sigprocmask(SIG_SETMASK, &watch->mask_before, NULL);
}

/* Ctrl-Z: the shell gets its terminal back until it lets us go on. */
static void pause_here(struct states_watch *watch)
{
	leave_screen(watch);
	(void)kill(getpid(), SIGSTOP);
	if (watch->has_screen)
		take_screen(watch);
}

static enum states_watch_event on_signal(struct states_watch *watch)
{
	struct signalfd_siginfo told;

	if (read(watch->signals, &told, sizeof(told)) != (ssize_t)sizeof(told))
		return STATES_WATCH_REDRAW;
	if (told.ssi_signo == SIGTSTP) {
		pause_here(watch);
		return STATES_WATCH_REDRAW;
	}
	return told.ssi_signo == SIGWINCH ? STATES_WATCH_REDRAW : STATES_WATCH_END;
}

/* A terminal that is gone ends it too. */
static bool key_ends(void)
{
	char key;
	ssize_t length = read(STDIN_FILENO, &key, 1);

	return length == 0 || (length < 0 && errno != EINTR && errno != EAGAIN) ||
	       (length == 1 && (key == 'q' || key == 'Q'));
}

static int wait_ms(const struct states_watch *watch)
{
	uint64_t now_ms = clock_elapsed_ms();
	uint64_t left_ms = watch->next_ms > now_ms ? watch->next_ms - now_ms : 0;

	return left_ms > INT32_MAX ? INT32_MAX : (int)left_ms;
}

/* Looks that were missed are not made up for. */
static void plan_next(struct states_watch *watch)
{
	uint64_t now_ms = clock_elapsed_ms();

	watch->next_ms += watch->every_ms;
	if (watch->next_ms <= now_ms)
		watch->next_ms = now_ms + watch->every_ms;
}

enum states_watch_event states_watch_wait(struct states_watch *watch)
{
	for (;;) {
		struct pollfd waited[] = {
			{ .fd = watch->signals, .events = POLLIN },
			{ .fd = watch->has_keys ? STDIN_FILENO : -1, .events = POLLIN },
			/* Told of without being asked: nobody reads what is written. */
			{ .fd = STDOUT_FILENO, .events = 0 },
		};
		int ready = poll(waited, sizeof(waited) / sizeof(waited[0]), wait_ms(watch));

		if (ready == 0) {
			plan_next(watch);
			return STATES_WATCH_LOOK;
		}
		if (ready < 0 && errno != EINTR)
			return STATES_WATCH_END;
		if (ready < 0)
			continue;
		if (waited[0].revents != 0)
			return on_signal(watch);
		if (waited[1].revents != 0 && key_ends())
			return STATES_WATCH_END;
		if (waited[2].revents & (POLLERR | POLLHUP | POLLNVAL))
			return STATES_WATCH_END;
	}
}
