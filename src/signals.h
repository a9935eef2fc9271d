/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_SIGNALS_H
#define HIVEAUDIT_SIGNALS_H

/* Takes the signals that would end the run (SIGHUP, SIGINT and SIGTERM, unless ignored), so that it
 * can remove what it has begun. Returns a descriptor that can be read from when one has come; -1
 * where there is none to be had. */
int signals_take(void);

/* Gives them back; one that has come has its usual effect now. */
void signals_resume(int signals);

#endif
