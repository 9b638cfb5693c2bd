/*
 * A user namespace in which everyone is who he was: files and programs keep the user's own rights.
 * An ordinary user is mapped to himself alone; root's are all mapped, so that programs which
 * change their user still can.
 */
#ifndef WIRETALE_TCP_LAB_LAB_USER_NAMESPACE_H
#define WIRETALE_TCP_LAB_LAB_USER_NAMESPACE_H

#include "tcp_lab/lab_refusal.h"

/* Enters a new one for good; the process has one thread. 0, or -errno with *attempt. */
int lab_user_namespace_enter(enum lab_attempt *attempt);

/* Gives up what rights the process has in its user namespace, unless it is root's: then they come
 * back with every execve() anyway, and are no more than root had. 0 or -errno. */
int lab_user_namespace_drop_rights(void);

#endif
