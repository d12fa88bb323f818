/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of rrasd and of the drivers: stderr, or the journal when systemd has connected stderr to it (then each line
 * carries its priority as <N>, sd-daemon(3)). One line a message. Text from outside must be escaped with common/text.h
 * before it comes here; as a second line of defence control characters in the finished line become '?'.
 *
 * Any thread may log.
 */
#ifndef OPENRRAS_COMMON_LOG_H
#define OPENRRAS_COMMON_LOG_H

enum log_level {
    LOG_LEVEL_ERROR, /* somebody must do something */
    LOG_LEVEL_WARNING,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG,
};

/* Before any thread starts. `program` prefixes lines that do not go to the journal. */
void log_init(const char *program, enum log_level level);
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)   log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)    log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)                                                                                                 \
    do {                                                                                                               \
        if (log_get_level() >= LOG_LEVEL_DEBUG)                                                                        \
            log_write(LOG_LEVEL_DEBUG, __VA_ARGS__);                                                                   \
    } while (0)

#endif
