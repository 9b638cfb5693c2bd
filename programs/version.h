/* The version that the programs tell; meson checks that it is the project's. */
#ifndef WIRETALE_PROGRAMS_VERSION_H
#define WIRETALE_PROGRAMS_VERSION_H

#define WIRETALE_VERSION "0.1.0"

#endif
