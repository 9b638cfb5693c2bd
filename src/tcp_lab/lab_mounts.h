/*
 * The file system as programs in the lab see it: as it is, but names of hosts are those of the lab,
 * and /proc is of the lab's processes. For the process that holds the lab's mount namespace.
 */
#ifndef WIRETALE_TCP_LAB_LAB_MOUNTS_H
#define WIRETALE_TCP_LAB_LAB_MOUNTS_H

#include "base/text_builder.h"

/* Each 0 or -errno: what could not be had is done without. */
struct lab_mounts {
	int namespace; /* with it all of them */
	int hosts;     /* /etc/hosts */
	int nsswitch;  /* /etc/nsswitch.conf; -ENOENT: there is none, nor need of it */
	int proc;      /* /proc */
};

/* Unshares the mount namespace and fills it. The caller is process 1 of its PID namespace, or /proc
 * cannot be mounted. */
void lab_mounts_make(struct lab_mounts *out);

/* What is lacking, a sentence each. */
void lab_mounts_text(const struct lab_mounts *mounts, struct text_builder *out);

/* nsswitch.conf with its lines for hosts such that names are looked up in /etc/hosts only: others
 * know nothing of the lab, or are asked over a network that is not there. */
void lab_mounts_nsswitch(const char *text, struct text_builder *out);

#endif
