/* SPDX-License-Identifier: Apache-2.0 */
/* The audit log's file: appending, syncing by a worker, rotation. What the lines say is audit.c's business. */
#ifndef OPENRRAS_RRASD_AUDIT_FILE_H
#define OPENRRAS_RRASD_AUDIT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct audit_file;

int audit_file_open(uv_loop_t *loop, const char *path, struct audit_file **ret);
int audit_file_reopen(struct audit_file *f, const char *path);
/* Append one line, LF included. A failure is logged together with the line. */
void audit_file_append(struct audit_file *f, const char *line, size_t n);
uint64_t audit_file_failures(const struct audit_file *f);
void audit_file_count_failure(struct audit_file *f);
void audit_file_close(struct audit_file *f);
void audit_file_free(struct audit_file *f);

#endif
