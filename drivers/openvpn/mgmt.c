/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/openvpn/mgmt.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/text.h"

#define GREETING        ">INFO:"
#define PASSWORD_PROMPT "ENTER PASSWORD:"
#define PASSWORD_GOOD   "SUCCESS: password"

enum mgmt_state {
    MGMT_SILENT, /* not a byte yet */
    MGMT_ASKED,  /* the password is on its way */
    MGMT_OPEN,
    MGMT_BROKEN,
};

struct pending {
    enum mgmt_answer answer;
    mgmt_line *line;
    mgmt_done *done;
    void *ctx;
};

struct mgmt {
    const struct mgmt_ops *ops;
    void *ctx;
    char *password;
    enum mgmt_state state;
    struct pending pending[MGMT_PENDING_MAX]; /* a ring */
    size_t first, waiting;
    uint64_t answered;
    uint32_t lines; /* of the answer that is coming in */
    char line[MGMT_LINE_MAX];
    size_t line_n;
    bool line_cut;
    size_t out_n;
    char out[MGMT_OUTPUT_MAX];
    char error[256];
};

struct mgmt *mgmt_new(const struct mgmt_ops *ops, void *ctx, const char *password)
{
    struct mgmt *m = calloc(1, sizeof(*m));
    if (!m)
        return NULL;
    m->ops = ops;
    m->ctx = ctx;
    if (password) {
        m->password = strdup(password);
        if (!m->password) {
            free(m);
            return NULL;
        }
    }
    return m;
}

static struct pending take_pending(struct mgmt *m)
{
    struct pending p = m->pending[m->first];
    m->first = (m->first + 1) % MGMT_PENDING_MAX;
    m->waiting--;
    m->lines = 0;
    return p;
}

void mgmt_free(struct mgmt *m)
{
    if (!m)
        return;
    m->state = MGMT_BROKEN; /* so that the callbacks can't queue anything more */
    while (m->waiting > 0) {
        struct pending p = take_pending(m);
        if (p.done)
            p.done(p.ctx, -ECONNRESET, slice_of("the management connection has ended"));
    }
    explicit_bzero(m->line, m->line_n);
    if (m->password) {
        explicit_bzero(m->password, strlen(m->password));
        free(m->password);
        explicit_bzero(m->out, MGMT_COMMAND_MAX); /* it was the first that stood there */
    }
    free(m);
}

static int broken(struct mgmt *m, int error, const char *why, struct slice line)
{
    char shown[128];
    text_escape(shown, sizeof(shown), line.p, line.n);
    snprintf(m->error, sizeof(m->error), line.n ? "%s: \"%s\"" : "%s", why, shown);
    m->state = MGMT_BROKEN;
    return error;
}

const char *mgmt_error(const struct mgmt *m)
{
    return m->error;
}

/* ---- output ---- */

static int put(struct mgmt *m, const char *text)
{
    size_t n = strlen(text);
    if (n + 1 > MGMT_COMMAND_MAX)
        return -EINVAL;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return -EINVAL;
    }
    if (n + 1 > sizeof(m->out) - m->out_n)
        return -ENOBUFS;
    memcpy(m->out + m->out_n, text, n);
    m->out[m->out_n + n] = '\n';
    m->out_n += n + 1;
    return 0;
}

int mgmt_send(struct mgmt *m, const struct mgmt_command *c)
{
    if (m->state != MGMT_OPEN)
        return -ENOTCONN;
    if (m->waiting == MGMT_PENDING_MAX)
        return -ENOBUFS;
    int r = put(m, c->text);
    if (r < 0)
        return r;
    m->pending[(m->first + m->waiting) % MGMT_PENDING_MAX] =
        (struct pending){.answer = c->answer, .line = c->line, .done = c->done, .ctx = c->ctx};
    m->waiting++;
    return 0;
}

size_t mgmt_waiting(const struct mgmt *m)
{
    return m->waiting;
}

uint64_t mgmt_answered(const struct mgmt *m)
{
    return m->answered;
}

bool mgmt_is_open(const struct mgmt *m)
{
    return m->state == MGMT_OPEN;
}

struct slice mgmt_output(const struct mgmt *m)
{
    return (struct slice){m->out, m->out_n};
}

void mgmt_written(struct mgmt *m, size_t n)
{
    if (n > m->out_n)
        n = m->out_n;
    memmove(m->out, m->out + n, m->out_n - n);
    m->out_n -= n;
}

char *mgmt_plain(char *dst, size_t cap, const char *words)
{
    size_t n = 0;
    for (; words[n] && n + 1 < cap; n++) {
        unsigned char c = (unsigned char)words[n];
        dst[n] = c < 0x20 || c > 0x7e || c == '"' || c == '\\' || c == '\'' ? '_' : (char)c;
    }
    dst[n] = '\0';
    return dst;
}

/* ---- input ---- */

static int send_password(struct mgmt *m)
{
    if (!m->password)
        return broken(m, -EACCES, "the management socket wants a password and none is configured",
                      (struct slice){"", 0});
    if (m->state == MGMT_ASKED)
        return broken(m, -EACCES, "the management socket does not accept the password", (struct slice){"", 0});
    m->state = MGMT_ASKED;
    if (put(m, m->password) < 0)
        return broken(m, -EACCES, "the password is too long or has control characters", (struct slice){"", 0});
    return 0;
}

/* Before the greeting. */
static int opening_line(struct mgmt *m, struct slice line)
{
    if (m->state == MGMT_ASKED && slice_skip(&line, PASSWORD_GOOD))
        return 0;
    if (m->state == MGMT_ASKED && slice_skip(&line, "ERROR:"))
        return broken(m, -EACCES, "the management socket does not accept the password", (struct slice){"", 0});
    if (!slice_skip(&line, GREETING))
        return broken(m, -EPROTO, "not the greeting of an openvpn management socket", line);
    m->state = MGMT_OPEN;
    m->ops->greeted(m->ctx);
    return 0;
}

static void finish(struct mgmt *m, int result, struct slice text)
{
    struct pending p = take_pending(m);
    m->answered++;
    if (p.done)
        p.done(p.ctx, result, text);
}

static int word_line(struct mgmt *m, struct slice line, bool cut)
{
    struct slice text = line;
    if (!cut && slice_skip(&text, "SUCCESS: ")) {
        finish(m, 0, text);
        return 0;
    }
    if (!cut && slice_skip(&text, "ERROR: ")) {
        finish(m, -EREMOTEIO, text);
        return 0;
    }
    return broken(m, -EPROTO, "not an answer to a command", line);
}

static int listed_line(struct mgmt *m, struct slice line, bool cut)
{
    const struct pending *p = &m->pending[m->first];
    struct slice text = line;
    if (slice_is(line, "END")) {
        finish(m, 0, (struct slice){"", 0});
        return 0;
    }
    if (m->lines == 0 && slice_skip(&text, "ERROR: ")) {
        finish(m, -EREMOTEIO, text);
        return 0;
    }
    if (++m->lines > MGMT_ANSWER_LINES_MAX)
        return broken(m, -EPROTO, "an answer without an end", (struct slice){"", 0});
    if (p->line)
        p->line(p->ctx, line, cut);
    return 0;
}

static int take_line(struct mgmt *m, struct slice line, bool cut)
{
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    if (m->state != MGMT_OPEN)
        return opening_line(m, line);
    if (line.n > 0 && line.p[0] == '>') {
        m->ops->notified(m->ctx, (struct slice){line.p + 1, line.n - 1}, cut);
        return 0;
    }
    if (m->waiting == 0)
        return broken(m, -EPROTO, "an answer that nobody asked for", line);
    return m->pending[m->first].answer == MGMT_ANSWER_WORD ? word_line(m, line, cut) : listed_line(m, line, cut);
}

/* Keep what fits of a line that is not complete, or of its rest. */
static void keep(struct mgmt *m, const char *bytes, size_t n)
{
    size_t room = sizeof(m->line) - m->line_n;
    if (n > room) {
        m->line_cut = true;
        n = room;
    }
    memcpy(m->line + m->line_n, bytes, n);
    m->line_n += n;
}

static int take_kept(struct mgmt *m)
{
    struct slice line = {m->line, m->line_n};
    bool cut = m->line_cut;
    m->line_n = 0;
    m->line_cut = false;
    int r = take_line(m, line, cut);
    explicit_bzero(m->line, line.n);
    return r;
}

/* The prompt has no line end, so it is looked for in what is kept. */
static int look_for_prompt(struct mgmt *m)
{
    if (m->state == MGMT_OPEN || !slice_is((struct slice){m->line, m->line_n}, PASSWORD_PROMPT))
        return 0;
    m->line_n = 0;
    return send_password(m);
}

int mgmt_feed(struct mgmt *m, const char *bytes, size_t n)
{
    while (n > 0) {
        const char *end = memchr(bytes, '\n', n);
        size_t part = end ? (size_t)(end - bytes) : n;
        int r;
        if (m->state == MGMT_BROKEN)
            return -EPROTO;
        if (!end) {
            keep(m, bytes, part);
            return look_for_prompt(m);
        }
        if (m->line_n == 0 && !m->line_cut && part <= MGMT_LINE_MAX) {
            r = take_line(m, (struct slice){bytes, part}, false); /* whole: no copy */
        } else {
            keep(m, bytes, part);
            r = take_kept(m);
        }
        if (r < 0)
            return r;
        bytes += part + 1;
        n -= part + 1;
    }
    return 0;
}
