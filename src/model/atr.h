/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_ATR_H
#define HIVEAUDIT_MODEL_ATR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

#define ATR_TS_DIRECT  0x3b
#define ATR_TS_INVERSE 0x3f

#define ATR_LEN_MIN     2  /* TS and T0 */
#define ATR_LEN_ISO_MAX 33 /* TS and 32 characters (ISO/IEC 7816-3) */
#define ATR_LEN_API_MAX 36 /* rgbAtr of SCARD_ATRMASK, cbAtr of [MS-RDPESC] 2.2.1.4 */

#define ATR_T_GLOBAL 15 /* not a protocol: its bytes are about the interface as a whole */

/* What is wrong with the structure of an ATR; the first that applies. */
enum atr_fault {
    ATR_OK,
    ATR_SHORT,     /* under 2 bytes */
    ATR_BAD_TS,    /* TS is neither 3B nor 3F */
    ATR_TRUNCATED, /* ends within the interface or historical bytes */
    ATR_NO_TCK,    /* a TCK is required and missing */
    ATR_TRAILING,  /* bytes behind the expected end */
    ATR_BAD_TCK,   /* T0..TCK do not XOR to 0 */
};

/* How much of an ATR its mask lets one judge. */
enum atr_reach {
    ATR_UNCHECKABLE, /* T0 or a TD on the path is masked: no structure */
    ATR_CHECKABLE,   /* structure and length, but some byte that TCK covers is masked */
    ATR_FULL,        /* structure, length and TCK */
};

/* An interface byte: TA1, TB1 ... TD1, TA2 ... */
struct atr_interface {
    char letter;   /* 'A' to 'D' */
    uint8_t group; /* 1: announced by T0; 2: by TD1 ... */
    uint8_t value;
    bool is_known; /* its mask byte is FF */
};

/* 33 bytes hold at most 31; of a longer value that announces more, the rest is left out. */
#define ATR_INTERFACE_MAX 32

/* An ATR decoded by ISO/IEC 7816-3 (domain: D.2). Fields past the fault are zero. */
struct atr {
    enum atr_reach reach;
    enum atr_fault fault;
    bool inverse; /* TS is 3F */
    struct atr_interface
        interface[ATR_INTERFACE_MAX]; /* in their order, as far as they are there */
    size_t ninterface;
    size_t historical_offset; /* in bytes from TS */
    size_t historical_len;    /* K of T0 */
    uint8_t protocols[32];    /* T of each TD, in order; none means T=0 */
    size_t nprotocols;
    bool needs_tck;
    size_t expected_len;       /* by T0 and the TDs; 0 where that is not known */
    uint8_t tck, tck_expected; /* as stored and as computed; only where reach is ATR_FULL */
};

/* Decodes bytes; mask (of the same length) says which of them are known: a byte counts where its
 * mask byte is FF. mask.ptr == NULL means all of them. A TS that is masked is not judged. */
struct atr atr_decode(struct slice bytes, struct slice mask);

/* Whether Windows pairs a card with an entry: lengths equal and (card & mask) == stored; only the
 * card's side is masked. mask.ptr == NULL means all FF; a mask of another length never matches. */
bool atr_matches(struct slice card, struct slice stored, struct slice mask);

/* All historical bytes; len 0 where there are none, where the ATR ends before the last of them, and
 * where one of them, T0 or a TD is masked; mask as of atr_decode. */
struct slice atr_historical(struct slice bytes, struct slice mask);

#define ATR_DEVICE_ID_PREFIX "SCFILTER\\CID_"

/* The name under which Windows looks for a driver (domain: D.1): "SCFILTER\CID_" and all historical
 * bytes in upper-case hex. NULL where atr_historical has none. */
const char *atr_device_id(struct arena *arena, struct slice bytes, struct slice mask);

#endif
