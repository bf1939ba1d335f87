// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h> /* needs what is above */

/* Types `text`; returns what the terminal then shows, computed as show() in uk_console.c does. */
static void type(struct husk_uk_line *line, const char *text, char *screen)
{
    size_t shown = 0;

    for (; *text != '\0'; text++) {
        switch (husk_uk_line_feed(line, (uint8_t)*text)) {
        case HUSK_UK_LINE_ECHO:
            screen[shown++] = *text;
            break;
        case HUSK_UK_LINE_ERASE:
            assert_true(line->columns <= shown);
            shown -= line->columns;
            break;
        case HUSK_UK_LINE_BELL:
            screen[shown++] = '!';
            break;
        case HUSK_UK_LINE_DONE:
            screen[shown++] = '$';
            break;
        case HUSK_UK_LINE_SILENT:
            break;
        }
        assert_int_equal(line->buf[line->length], '\0');
    }
    screen[shown] = '\0';
}

static void typed__gives_line_and_screen(void **state)
{
    static const struct {
        const char *typed, *line, *screen;
    } rows[] = {
        { "Ada\n", "Ada", "Ada$" },
        { "Ada\r", "Ada", "Ada$" },
        { "Bxc\x7f\x7fob\r", "Bob", "Bob$" },
        { "Bxc\b\bob\r", "Bob", "Bob$" },
        { "wrong\x15right\r", "right", "right$" },
        { "\x7f", "", "!" },
        { "\x15", "", "!" },
        { "a\x1b[Ab\x1b[1;5Cc\x1bOPd\x1bxe\r", "abcde", "abcde$" },
        { "a\x1b[\rb", "ab", "a$b" }, /* a line end ends the sequence too */
        { "\x01\x03\x04\ta\r", "a", "a$" },
        { "1234567890", "1234567", "1234567!!!" },
        { "1234567890\x7f\x7f"
          "ab\r",
          "12345ab", NULL },
    };

    (void)state;
    for (size_t i = 0; i < HUSK_COUNT(rows); i++) {
        char buf[8];
        char screen[64];
        struct husk_uk_line line;

        husk_uk_line_init(&line, buf, sizeof(buf));
        type(&line, rows[i].typed, screen);
        assert_string_equal(buf, rows[i].line);
        assert_int_equal(line.length, strlen(rows[i].line));
        if (rows[i].screen != NULL) {
            assert_string_equal(screen, rows[i].screen);
        }
    }
}

static void multibyte_character__is_erased_whole(void **state)
{
    char buf[32];
    char screen[64];
    struct husk_uk_line line;

    (void)state;
    husk_uk_line_init(&line, buf, sizeof(buf));
    type(&line, "J\xc3\xbc", screen);
    assert_int_equal(husk_uk_line_feed(&line, 0x7f), HUSK_UK_LINE_ERASE);
    assert_int_equal(line.columns, 1);
    assert_string_equal(buf, "J");
    type(&line, "\xe2\x82\xac\xf0\x9f\x98\x80", screen);
    assert_int_equal(husk_uk_line_feed(&line, 0x15), HUSK_UK_LINE_ERASE);
    assert_int_equal(line.columns, 3);
    assert_string_equal(buf, "");
}

static void room_for_nothing__takes_nothing(void **state)
{
    char buf[1] = { 'x' };
    struct husk_uk_line line;

    (void)state;
    husk_uk_line_init(&line, buf, sizeof(buf));
    assert_int_equal(husk_uk_line_feed(&line, 'a'), HUSK_UK_LINE_BELL);
    assert_int_equal(husk_uk_line_feed(&line, '\n'), HUSK_UK_LINE_DONE);
    assert_int_equal(buf[0], '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typed__gives_line_and_screen),
        cmocka_unit_test(multibyte_character__is_erased_whole),
        cmocka_unit_test(room_for_nothing__takes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
