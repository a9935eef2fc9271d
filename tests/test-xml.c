/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/xml.h"

#include "support.h"

static void what_xml_reads_as_markup_becomes_an_entity(void **state)
{
    assert_string_equal(xml_escape(*state, "<a b=\"c\">&amp;]]>"),
                        "&lt;a b=&quot;c&quot;&gt;&amp;amp;]]&gt;");
    assert_string_equal(xml_escape(*state, "&&&&&&&&"), "&amp;&amp;&amp;&amp;&amp;&amp;&amp;&amp;");
}

static void plain_text_stays(void **state)
{
    const char *text = "it's plain; 100 %";
    assert_ptr_equal(xml_escape(*state, text), text);
    assert_string_equal(xml_escape(*state, ""), "");
}

/* XML 1.0, 2.2: Char ::= #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF] */
static void what_xml_has_no_place_for_is_escaped(void **state)
{
    assert_string_equal(xml_escape(*state, "\x01\t\n\r\x1f"), "\\x01\\x09\\x0a\\x0d\\x1f");
    assert_string_equal(xml_escape(*state, "\xc0\x80"), "\\x00");
    assert_string_equal(xml_escape(*state, "\xed\xa0\x80\xed\xbf\xbf"), "\\ud800\\udfff");
    assert_string_equal(xml_escape(*state, "\xef\xbf\xbe\xef\xbf\xbf"), "\\ufffe\\uffff");
    assert_string_equal(xml_escape(*state, "\xf0\x9f\x92\xb3"), "\xf0\x9f\x92\xb3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(what_xml_reads_as_markup_becomes_an_entity),
        SUPPORT_TEST(plain_text_stays),
        SUPPORT_TEST(what_xml_has_no_place_for_is_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
