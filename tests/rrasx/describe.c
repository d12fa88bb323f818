/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints what docs/rrasx.md has of the code: its tables, its examples; and the fuzzers' dictionary.
 *
 * usage: describe operations | messages | examples | dictionary
 */
#include <stdio.h>

#include "examples.h"

/* ---- tables ---- */

static const char *const rights[] = {"view", "disconnect", "administrator"};

static void print_operations(void)
{
    puts("| opnum | operation | right | request | reply |\n|---|---|---|---|---|");
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++)
        printf("| %u | %s | %s | %s | %s |\n", op, rrasx_op(op)->name, rights[rrasx_op(op)->right],
               rrasx_form(op)->request->name, rrasx_form(op)->reply->name);
}

static void print_attr(const struct rrasx_attr *a)
{
    static const char *const types[] = {"bool", "u32", "u64", "i64", "guid"};
    printf("| %u | %s | ", a->tag, a->name);
    if (a->type == RRASX_TEXT)
        printf("text, %u |\n", a->limit);
    else if (a->type == RRASX_LIST)
        printf("list of %s, %u |\n", a->of->name, a->limit);
    else if (a->type == RRASX_RECORD)
        printf("record %s |\n", a->of->name);
    else
        printf("%s |\n", types[a->type]);
}

static void print_messages(void)
{
    for (size_t i = 0; sample_messages[i]; i++) {
        const struct rrasx_message *m = sample_messages[i];
        if (m->n == 0)
            continue;
        printf("### %s\n\n| tag | name | type |\n|---|---|---|\n", m->name);
        for (size_t j = 0; j < m->n; j++)
            print_attr(&m->attrs[j]);
        puts("");
    }
}

/* ---- examples ---- */

#define LINE 16u /* bytes of one line */

/* Bytes, and what they mean beside the first of their lines. */
static void print_bytes(const uint8_t *p, size_t n, int indent, const char *meaning)
{
    for (size_t i = 0; i < n || i == 0; i += LINE) {
        size_t part = n - i < LINE ? n - i : LINE;
        for (size_t j = 0; j < part; j++)
            printf("%s%02x", j ? " " : "", p[i + j]);
        if (i == 0)
            printf("%*s%*s%s", (int)(3 * (LINE - part) + 2), "", indent, "", meaning);
        puts("");
    }
}

static const struct rrasx_attr *find(const struct rrasx_message *m, uint16_t tag)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->attrs[i].tag == tag)
            return &m->attrs[i];
    return NULL;
}

static uint64_t number(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    while (n > 0)
        v = v << 8 | p[--n];
    return v;
}

static void print_attributes(const struct rrasx_message *m, const uint8_t *p, size_t n, int indent)
{
    char meaning[256];
    while (n > 0) {
        size_t length = (size_t)number(p + 2, 2), whole = RRASX_HEADER + length;
        const struct rrasx_attr *a = find(m, (uint16_t)number(p, 2));
        if (!a || whole > n) {
            fail_msg("an attribute that is none, or too long");
            return;
        }
        if (a->of) {
            snprintf(meaning, sizeof meaning, "%s: %zu bytes", a->name, length);
            print_bytes(p, RRASX_HEADER, indent, meaning);
            print_attributes(a->of, p + RRASX_HEADER, length, indent + 2);
        } else {
            if (a->type == RRASX_TEXT)
                snprintf(meaning, sizeof meaning, "%s \"%.*s\"", a->name, (int)length, (const char *)p + RRASX_HEADER);
            else if (a->type == RRASX_GUID)
                snprintf(meaning, sizeof meaning, "%s", a->name);
            else
                snprintf(meaning, sizeof meaning, "%s %llu", a->name,
                         (unsigned long long)number(p + RRASX_HEADER, length));
            print_bytes(p, whole, indent, meaning);
        }
        p += whole;
        n -= whole;
    }
}

static void print_request(uint16_t op)
{
    struct rrasx_chunk c = example_request(op);
    char meaning[64];
    snprintf(meaning, sizeof meaning, "cb: %zu bytes of message", c.n - 8);
    print_bytes(c.p, 4, 0, meaning);
    print_bytes(c.p + 4, 4, 0, "size of the array: the same");
    print_attributes(rrasx_form(op)->request, c.p + 8, c.n - 8, 0);
    free((void *)(uintptr_t)c.p);
}

static void print_reply(uint16_t op)
{
    struct rrasx_chunk c = example_reply(op);
    size_t n = (size_t)number(c.p, 4), at = 8;
    char meaning[64];
    snprintf(meaning, sizeof meaning, "*pcb: %zu bytes of message", n);
    print_bytes(c.p, 4, 0, meaning);
    print_bytes(c.p + 4, 4, 0, n ? "pointer to the message" : "pointer: NULL");
    if (n) {
        print_bytes(c.p + 8, 4, 0, "size of the array: the same");
        print_attributes(rrasx_form(op)->reply, c.p + 12, n, 0);
        at = 12 + n;
    }
    if (at % 4) {
        print_bytes(c.p + at, 4 - at % 4, 0, "gap");
        at += 4 - at % 4;
    }
    print_bytes(c.p + at, 4, 0, "code 0");
    assert_int_equal(at + 4, c.n);
    free((void *)(uintptr_t)c.p);
}

static void print_examples(void)
{
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        printf("### %s\n\nRequest:\n\n```\n", rrasx_op(op)->name);
        print_request(op);
        puts("```\n\nReply:\n\n```");
        print_reply(op);
        puts("```\n");
    }
}

/* ---- dictionary ---- */

/* The head of each attribute, and of a text or record some short lengths. */
static void print_dictionary(void)
{
    static const uint8_t lengths[] = {[RRASX_BOOL] = 1,  [RRASX_U32] = 4,  [RRASX_U64] = 8,    [RRASX_I64] = 8,
                                      [RRASX_GUID] = 16, [RRASX_TEXT] = 3, [RRASX_RECORD] = 8, [RRASX_LIST] = 8};
    bool seen[64][17] = {{false}};
    for (size_t i = 0; sample_messages[i]; i++)
        for (size_t j = 0; j < sample_messages[i]->n; j++)
            seen[sample_messages[i]->attrs[j].tag][lengths[sample_messages[i]->attrs[j].type]] = true;
    for (unsigned tag = 0; tag < 64; tag++)
        for (unsigned length = 0; length < 17; length++)
            if (seen[tag][length])
                printf("\"\\x%02x\\x00\\x%02x\\x00\"\n", tag, length);
    puts("\"\\xff\\xff\"");
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";
    if (strcmp(what, "operations") == 0)
        print_operations();
    else if (strcmp(what, "messages") == 0)
        print_messages();
    else if (strcmp(what, "examples") == 0)
        print_examples();
    else if (strcmp(what, "dictionary") == 0)
        print_dictionary();
    else
        return 2;
    return 0;
}
