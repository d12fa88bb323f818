/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In the place of rras-ntlm: does what the token of a leg says, good or bad. It shares no code with what it speaks to.
 * See answer_to() for what can be said.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DONE, MORE, REFUSED };

#define ROOM 65536u

#define MOST 4096u

static uint32_t known[MOST]; /* exchanges that are not over */
static unsigned n_known;

static void forget(uint32_t context)
{
    for (unsigned i = 0; i < n_known; i++)
        if (known[i] == context)
            known[i--] = known[--n_known];
}

static void remember(uint32_t context)
{
    forget(context);
    if (n_known == MOST)
        _exit(5);
    known[n_known++] = context;
}

static void put(uint8_t *p, uint32_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t get(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void take(uint8_t *dst, size_t n)
{
    while (n > 0) {
        ssize_t got = read(STDIN_FILENO, dst, n);
        if (got <= 0)
            _exit(0);
        dst += got;
        n -= (size_t)got;
    }
}

static void give(const void *bytes, size_t n)
{
    if (write(STDIN_FILENO, bytes, n) != (ssize_t)n)
        _exit(1);
}

/* Gives its size. The key is all 0x55, the sequence 0. */
static size_t make(uint8_t *dst, uint32_t context, unsigned outcome, unsigned protects, const char *name,
                   const char *why, const char *token)
{
    uint8_t *p = dst + 4;
    put(p, context, 4);
    p[4] = (uint8_t)outcome;
    p[5] = (uint8_t)protects;
    put(p + 6, 0, 4);
    memset(p + 10, 0x55, 16);
    p += 26;
    const char *const texts[] = {name, why};
    for (unsigned i = 0; i < 2; i++) {
        size_t n = strlen(texts[i]);
        put(p, (uint32_t)n, 2);
        memcpy(p + 2, texts[i], n);
        p += 2 + n;
    }
    memcpy(p, token, strlen(token));
    p += strlen(token);
    put(dst, (uint32_t)(p - dst - 4), 4);
    return (size_t)(p - dst);
}

static void say(uint32_t context, unsigned outcome, unsigned protects, const char *name, const char *why,
                const char *token)
{
    uint8_t bytes[ROOM];
    give(bytes, make(bytes, context, outcome, protects, name, why, token));
}

/* What it was started with: the environment, and the descriptors that are open. */
static void say_world(uint32_t context)
{
    char text[200] = "";
    for (char **e = environ; *e; e++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s;", *e);
    for (int fd = 0; fd < 256; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%d;", fd);
    say(context, REFUSED, 0, "", text, "");
}

static void say_slowly(uint32_t context)
{
    uint8_t bytes[ROOM];
    size_t n = make(bytes, context, DONE, 2, "SLOW\\user", "", "a token");
    for (size_t i = 0; i < n; i++)
        give(bytes + i, 1);
}

static void say_badly(uint32_t context, const char *how)
{
    uint8_t bytes[ROOM];
    size_t n = make(bytes, context, DONE, 2, "BAD\\user", "", "token");
    if (!strcmp(how, "twice"))
        memcpy(bytes + n, bytes, n), n *= 2;
    else if (!strcmp(how, "other context"))
        put(bytes + 4, context + 1, 4);
    else if (!strcmp(how, "too long"))
        put(bytes, 0x7fffffff, 4);
    else if (!strcmp(how, "no outcome"))
        bytes[8] = 3;
    else if (!strcmp(how, "no name"))
        n = make(bytes, context, DONE, 2, "", "", "token");
    else if (!strcmp(how, "half name"))
        put(bytes + 30, 200, 2);
    else if (!strcmp(how, "newline in name"))
        n = make(bytes, context, DONE, 2, "BAD\\us\ner", "", "token");
    else if (!strcmp(how, "name too soon"))
        n = make(bytes, context, MORE, 2, "BAD\\user", "", "token");
    give(bytes, n);
}

static void answer_to(uint32_t context, const char *word, int spnego)
{
    uint8_t half[ROOM];
    const char *arg = strchr(word, ' ');
    arg = arg ? arg + 1 : "";
    if (!strncmp(word, "done ", 5))
        say(context, DONE, 2, arg, "", spnego ? "spnego" : "bare");
    else if (!strncmp(word, "signs ", 6))
        say(context, DONE, 1, arg, "", "");
    else if (!strncmp(word, "weak ", 5))
        say(context, DONE, 0, arg, "", "");
    else if (!strcmp(word, "more"))
        say(context, MORE, 0, "", "", "challenge");
    else if (!strcmp(word, "refuse"))
        say(context, REFUSED, 0, "", "wrong password", "");
    else if (!strcmp(word, "count"))
        snprintf((char *)half, 16, "%u", n_known), say(context, REFUSED, 0, "", (char *)half, "");
    else if (!strcmp(word, "world"))
        say_world(context);
    else if (!strcmp(word, "slow"))
        say_slowly(context);
    else if (!strncmp(word, "bad ", 4))
        say_badly(context, arg);
    else if (!strcmp(word, "half")) {
        give(half, make(half, context, DONE, 2, "HALF\\user", "", "token") - 3);
        _exit(3);
    } else if (!strcmp(word, "crash"))
        raise(SIGSEGV);
    else if (!strcmp(word, "hang"))
        for (;;)
            pause();
    if (!strcmp(word, "more"))
        remember(context);
    else
        forget(context);
}

int main(void)
{
    static uint8_t in[ROOM];
    signal(SIGSEGV, SIG_DFL); /* a crash is a crash, also with sanitizers */
    for (;;) {
        take(in, 4);
        size_t n = get(in);
        if (n < 5 || n >= sizeof in)
            _exit(4);
        take(in, n);
        in[n] = 0;
        if (in[0] == 2)
            forget(get(in + 1));
        else
            answer_to(get(in + 1), (const char *)in + 6, in[5]);
    }
}
