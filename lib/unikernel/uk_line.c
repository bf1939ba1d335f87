// SPDX-License-Identifier: Apache-2.0
#include "unikernel_internal.h"

enum {
    BACKSPACE = 0x08,
    LINE_KILL = 0x15, /* Ctrl-U */
    ESCAPE = 0x1B,
    DELETE = 0x7F,
};

/* States of husk_uk_line.escape: ECMA-48 "ESC x" and "ESC [ parameters final". */
enum { ESCAPE_NONE, ESCAPE_FIRST, ESCAPE_CSI };

void husk_uk_line_init(struct husk_uk_line *line, char *buf, size_t size)
{
    *line = (struct husk_uk_line){ .buf = buf, .size = size };
    buf[0] = '\0';
}

/* Drops the last character: its UTF-8 continuation bytes, then its lead byte. */
static void drop_last(struct husk_uk_line *line)
{
    while (line->length > 0) {
        line->length--;
        if (((uint8_t)line->buf[line->length] & 0xC0) != 0x80) {
            break;
        }
    }
    line->buf[line->length] = '\0';
}

static enum husk_uk_line_echo erase(struct husk_uk_line *line, bool whole_line)
{
    line->columns = 0;
    if (line->length == 0) {
        return HUSK_UK_LINE_BELL;
    }
    do {
        drop_last(line);
        line->columns++;
    } while (whole_line && line->length > 0);
    return HUSK_UK_LINE_ERASE;
}

/* True while `c` belongs to an escape sequence. */
static bool in_escape(struct husk_uk_line *line, uint8_t c)
{
    switch (line->escape) {
    case ESCAPE_FIRST:
        line->escape = c == '[' || c == 'O' ? ESCAPE_CSI : ESCAPE_NONE;
        return true;
    case ESCAPE_CSI:
        if (c >= 0x40 && c <= 0x7E) {
            line->escape = ESCAPE_NONE;
        }
        return true;
    default:
        if (c == ESCAPE) {
            line->escape = ESCAPE_FIRST;
            return true;
        }
        return false;
    }
}

enum husk_uk_line_echo husk_uk_line_feed(struct husk_uk_line *line, uint8_t c)
{
    if (c == '\r' || c == '\n') {
        line->escape = ESCAPE_NONE;
        return HUSK_UK_LINE_DONE;
    }
    if (in_escape(line, c)) {
        return HUSK_UK_LINE_SILENT;
    }
    if (c == BACKSPACE || c == DELETE) {
        return erase(line, false);
    }
    if (c == LINE_KILL) {
        return erase(line, true);
    }
    if (c < ' ') {
        return HUSK_UK_LINE_SILENT;
    }
    if (line->length + 1 >= line->size) {
        return HUSK_UK_LINE_BELL;
    }
    line->buf[line->length++] = (char)c;
    line->buf[line->length] = '\0';
    return HUSK_UK_LINE_ECHO;
}
