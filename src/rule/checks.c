/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include "base/utf16.h"
#include "rule/pair.h"

const struct check checks[] = {
    {"atr_missing", .on_card = check_atr_missing},
    {"atr_type", .on_card = check_pair, .detail = PAIR_ATR_TYPE},
    {"mask_type", .on_card = check_pair, .detail = PAIR_MASK_TYPE},
    {"atr_length", .on_card = check_pair, .detail = PAIR_LENGTH_INVALID},
    {"atr_length_over_iso", .on_card = check_pair, .detail = PAIR_LENGTH_OVER_ISO},
    {"mask_length", .on_card = check_pair, .detail = PAIR_MASK_LENGTH},
    {"mask_zero", .on_card = check_pair, .detail = PAIR_MASK_ZERO},
    {"atr_outside_mask", .on_card = check_pair, .detail = PAIR_OUTSIDE_MASK},
    {"mask_weak", .on_card = check_pair, .detail = PAIR_MASK_WEAK},
    {"atr_structure", .on_card = check_pair, .detail = PAIR_STRUCTURE},
    {"mask_missing", .on_card = check_pair, .detail = PAIR_NO_MASK},
    {"mask_too_broad", .on_card = check_mask_too_broad, .parameters = {"makers", "common_words"},
     .numbers = 1u << 0},
    {"module_missing", .on_card = check_module_missing, .parameters = {"providers"}},
    {"module_path", .on_card = check_module_path},
    {"module_not_found", .on_card = check_module_found},
    {"module_wrong_architecture", .on_card = check_module_machine,
     .on_snapshot = check_image_machine},
    {"module_outside_windows", .on_card = check_module_place, .on_snapshot = check_image_place,
     .parameters = {"folders"}},
    {"module_unverified", .on_snapshot = check_file_unverified, .of_no_view = true,
     .of_hive = true},
    {"inbox_module", .on_card = check_inbox_module, .parameters = {"entries", "modules"}},
    {"inbox_missing", .on_snapshot = check_inbox_missing, .parameters = {"entries"},
     .of_no_view = true, .of_hive = true},
    {"provider_missing", .on_card = check_provider_missing},
    {"csp_missing", .on_card = check_csp_missing},
    {"ksp_missing", .on_card = check_ksp_missing},
    {"csp_registered", .on_card = check_csp_registered, .of_hive = true},
    {"ksp_registered", .on_card = check_ksp_registered},
    {"ksp_known", .on_card = check_ksp_known, .parameters = {"providers"}},
    {"provider_image_not_found", .on_snapshot = check_image_found},
    {"provider_known_bad", .on_card = check_provider_bad, .parameters = {"providers"}},
    {"csp_suppresses_pnp", .on_card = check_csp_suppresses, .parameters = {"providers"}},
    {"string_malformed", .on_card = check_string_form,
     .detail = UTF16_ODD_LENGTH | UTF16_EMBEDDED_NUL | UTF16_LONE_SURROGATE},
    {"string_unterminated", .on_card = check_string_form, .detail = UTF16_UNTERMINATED},
    {"view_asymmetric", .on_card = check_view_asymmetric},
    {"view_differs", .on_card = check_view_differs},
    {"retry_value", .on_snapshot = check_retry_value, .of_no_view = true},
    {"retry_misplaced", .on_snapshot = check_retry_misplaced},
    {"stray_key", .on_snapshot = check_stray_key, .parameters = {"keys"}, .wants_keys = true},
    {"smart_card_service_disabled", .on_snapshot = check_service_disabled,
     .detail = SERVICE_SCARDSVR, .of_no_view = true},
    {"certificate_propagation_disabled", .on_snapshot = check_service_disabled,
     .detail = SERVICE_CERTPROPSVC, .of_no_view = true},
    {"pnp_filter_missing", .on_snapshot = check_pnp_filter, .parameters = {"entries"},
     .of_no_view = true},
};

const size_t nchecks = sizeof checks / sizeof *checks;
