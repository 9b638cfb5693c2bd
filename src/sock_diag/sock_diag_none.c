/* sock_diag.h in a build without libmnl: there is nobody to ask. */
#include "sock_diag/sock_diag.h"

#include <errno.h>
#include <stddef.h>

bool sock_diag_is_built(void)
{
	return false;
}

int sock_diag_open(struct sock_diag **out)
{
	(void)out;
	return -ENOTSUP;
}

int sock_diag_adopt(int fd, struct sock_diag **out)
{
	(void)fd;
	(void)out;
	return -ENOTSUP;
}

void sock_diag_close(struct sock_diag *diag)
{
	(void)diag;
}

int sock_diag_fd(const struct sock_diag *diag)
{
	(void)diag;
	return -1;
}

int sock_diag_dump(struct sock_diag *diag, const struct sock_diag_question *question,
		   const struct sock_diag_taker *taker, struct sock_diag_notes *notes)
{
	(void)diag;
	(void)question;
	(void)taker;
	(void)notes;
	return -ENOTSUP;
}

int sock_diag_find(struct sock_diag *diag, const struct sock_diag_ends *ends, bool wants_info,
		   struct diag_socket *out)
{
	(void)diag;
	(void)ends;
	(void)wants_info;
	(void)out;
	return -ENOTSUP;
}

int sock_diag_find_receiver(struct sock_diag *diag, const struct sock_diag_ends *ends,
			    bool wants_info, struct diag_socket *out)
{
	return sock_diag_find(diag, ends, wants_info, out);
}

int sock_diag_destroy(struct sock_diag *diag, const struct sock_diag_ends *ends)
{
	(void)diag;
	(void)ends;
	return -ENOTSUP;
}
