#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Stands in for the unit tests where configure found no cmocka.
. "${srcdir:?}/tests/tap.sh"
skip_all 'the unit tests need cmocka (Debian package libcmocka-dev)'
