/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/drivers/message_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct driver_message message;
char why[DRIVER_MESSAGE_WHY];

int parse_n(const char *line, size_t n)
{
    driver_message_free(&message);
    /* An exact copy, so that the sanitizer sees a read beyond the line. */
    char *copy = malloc(n > 0 ? n : 1);
    assert_non_null(copy);
    memcpy(copy, line, n);
    int r = driver_message_parse(copy, n, &message, why);
    free(copy);
    return r;
}

int parse(const char *line)
{
    return parse_n(line, strlen(line));
}

int forget(void **state)
{
    (void)state;
    driver_message_free(&message);
    return 0;
}

/* FORMAT with %s replaced by `n` times `fill`. */
int parse_filled(const char *format, const char *fill, size_t n)
{
    static char text[70000], line[80000];
    size_t unit = strlen(fill);
    assert_true(n * unit < sizeof(text));
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * unit, fill, unit);
    text[n * unit] = '\0';
    const char *at = strstr(format, "%s");
    assert_non_null(at);
    int length = snprintf(line, sizeof(line), "%.*s%s%s", (int)(at - format), format, text, at + 2);
    return parse_n(line, (size_t)length);
}
