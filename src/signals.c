/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

int signals_take(void)
{
    static const int ends[] = {SIGHUP, SIGINT, SIGTERM};
    struct sigaction action;
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (sigaction(ends[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(&set, ends[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void signals_resume(int signals)
{
    struct signalfd_siginfo info;
    sigset_t set;
    if (read(signals, &info, sizeof info) == sizeof info)
        raise((int)info.ssi_signo);
    close(signals);
    sigemptyset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
}
