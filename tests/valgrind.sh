#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Usage: valgrind.sh ARGUMENT...
# hiveaudit under Valgrind, for shell tests; its workers are forked and go on under it. Valgrind 3.19 knows
# no seccomp(2), so the sandbox is off.
exec valgrind "${builddir:?}/src/hiveaudit" --sandbox=off "$@"
