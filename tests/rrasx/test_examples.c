/* SPDX-License-Identifier: Apache-2.0 */
/* The worked examples of docs/rrasx.md, read from the document: our code makes these bytes, and understands them. */
#include "examples.h"

#include <ctype.h>
#include <stdio.h>

static char *document;

static int read_document(void **state)
{
    static const size_t room = 1024 * 1024;
    (void)state;
    FILE *f = fopen(DOCUMENT, "r");
    document = malloc(room);
    if (!f || !document)
        return -1;
    document[fread(document, 1, room - 1, f)] = '\0';
    return fclose(f);
}

static int free_document(void **state)
{
    (void)state;
    free(document);
    return 0;
}

/* Bytes at the beginning of a line, in pairs of digits with one space between; *s is moved behind them. */
static size_t line_bytes(const char **s, uint8_t *dst)
{
    size_t n = 0;
    unsigned byte;
    while (isxdigit((unsigned char)(*s)[0]) && isxdigit((unsigned char)(*s)[1])) {
        assert_int_equal(sscanf(*s, "%2x", &byte), 1);
        dst[n++] = (uint8_t)byte;
        *s += 2;
        if ((*s)[0] != ' ' || (*s)[1] == ' ')
            break;
        (*s)++;
    }
    return n;
}

/* The block that follows `what` in the section of this operation. */
static struct rrasx_chunk block(uint16_t op, const char *what)
{
    char heading[64];
    uint8_t *bytes = malloc(4096);
    size_t n = 0;
    assert_non_null(bytes);
    snprintf(heading, sizeof heading, "\n### %s\n", rrasx_op(op)->name);
    const char *s = strstr(document, heading);
    assert_non_null(s);
    s = strstr(s, what);
    assert_non_null(s);
    s = strstr(s, "```\n");
    assert_non_null(s);
    s += 4;
    while (strncmp(s, "```", 3) != 0) {
        assert_true(n < 4000);
        n += line_bytes(&s, bytes + n);
        s = strchr(s, '\n');
        assert_non_null(s);
        s++;
    }
    return (struct rrasx_chunk){bytes, n};
}

static void assert_same(struct rrasx_chunk a, struct rrasx_chunk b)
{
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.p, b.p, a.n);
    free((void *)(uintptr_t)a.p);
    free((void *)(uintptr_t)b.p);
}

static void we_say_what_the_document_shows(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        assert_same(example_request(op), block(op, "Request:"));
        assert_same(example_reply(op), block(op, "Reply:"));
    }
}

static void we_understand_what_the_document_shows(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        struct rrasx_chunk request = block(op, "Request:"), message;
        struct world w;
        world_open(&w);
        w.echo.reply = example(op)->reply;
        world_call(&w, op, request.p, request.n);
        assert_int_equal(world_fault(&w), 0);
        echo_assert_asked(&w.echo, op, example(op)->request);
        struct rrasx_chunk reply = block(op, "Reply:");
        free(w.answer);
        w.answer = (uint8_t *)(uintptr_t)reply.p; /* as if it had come */
        w.answer_len = reply.n;
        assert_int_equal(world_answer(&w, &message), 0);
        void *got = sample_decode(rrasx_form(op)->reply, &message, 1);
        assert_non_null(got);
        sample_assert_same(rrasx_form(op)->reply, example(op)->reply, got);
        free(got);
        free((void *)(uintptr_t)request.p);
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(we_say_what_the_document_shows),
        cmocka_unit_test(we_understand_what_the_document_shows),
    };
    return cmocka_run_group_tests(tests, read_document, free_document);
}
