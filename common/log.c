/* SPDX-License-Identifier: Apache-2.0 */
#include "common/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_SIZE 2048 /* longer messages are cut */

static const char *program_name = "openrras";
static bool to_journal;
static atomic_int max_level = LOG_LEVEL_INFO;

/* systemd sets JOURNAL_STREAM to "device:inode" of the stream that it has made for us (systemd.exec(5)). */
static bool stderr_is_journal(void)
{
    const char *env = getenv("JOURNAL_STREAM");
    unsigned long long dev, ino;
    struct stat st;
    return env && sscanf(env, "%llu:%llu", &dev, &ino) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
           st.st_dev == (dev_t)dev && st.st_ino == (ino_t)ino;
}

void log_init(const char *program, enum log_level level)
{
    program_name = program;
    to_journal = stderr_is_journal();
    log_set_level(level);
}

void log_set_level(enum log_level level)
{
    atomic_store(&max_level, (int)level);
}

enum log_level log_get_level(void)
{
    return (enum log_level)atomic_load_explicit(&max_level, memory_order_relaxed);
}

/* The beginning of a line: the priority for the journal, else who speaks. */
static size_t prefix(char *line, size_t cap, enum log_level level)
{
    static const struct {
        int priority;
        const char *word;
    } levels[] = {{3, "error: "}, {4, "warning: "}, {6, ""}, {7, "debug: "}};
    int n = to_journal ? snprintf(line, cap, "<%d>", levels[level].priority)
                       : snprintf(line, cap, "%s: %s", program_name, levels[level].word);
    return n < 0 ? 0 : (size_t)n < cap ? (size_t)n : cap - 1;
}

void log_write(enum log_level level, const char *format, ...)
{
    char line[LINE_SIZE];
    if (level > log_get_level())
        return;
    size_t start = prefix(line, sizeof line - 1, level);
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(line + start, sizeof line - 1 - start, format, ap);
    va_end(ap);
    size_t len = n < 0 ? start : start + (size_t)n;
    if (len > sizeof line - 2)
        len = sizeof line - 2;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    }
    line[len++] = '\n';
    /* One write a line, so that lines of several processes do not mix. A log that can't be written can't be complained
     * about. */
    ssize_t ignored = write(STDERR_FILENO, line, len);
    (void)ignored;
}
