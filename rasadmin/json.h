/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --json. The shape is a promise: docs/json.md, and schema_version rises when it changes in a way that could break a
 * reader. All text is printed as ASCII with \u escapes, so that no output can move a terminal's cursor.
 */
#ifndef OPENRRAS_RASADMIN_JSON_H
#define OPENRRAS_RASADMIN_JSON_H

#include <jansson.h>

#include "rasadmin/model.h"
#include "rasadmin/rasadmin.h"

#define JSON_SCHEMA_VERSION 1

/* A new document: schema_version, kind, server, time. NULL without memory. */
json_t *json_document(const struct app *app, const char *kind);
/* Print it on one line and drop it. Takes NULL (no memory: says so). An exit code. */
int json_print(json_t *document);

/*
 * A long list is not built in memory: header, items as they come, end. Each item is one line. json_list_item() drops
 * the item and takes NULL; what went wrong is told at the end.
 */
struct json_list {
    size_t n;
    bool failed;
};
void json_list_begin(struct json_list *l, json_t *document, const char *name);
void json_list_item(struct json_list *l, json_t *item);
int json_list_end(struct json_list *l);

/* NULL without memory. An unknown or empty member is null. */
json_t *json_port(const struct port *p);
json_t *json_session(const struct OPENRRAS_SESSION *s); /* null: NULL */
json_t *json_connection(const struct connection *c);
json_t *json_counters(const struct counters *c);
/* "alice", with the domain if there is one; null when NULL or nameless. */
json_t *json_user(const struct connection *c);
json_t *json_handle(uint32_t handle); /* null: 0 */
json_t *json_text(const char *s);     /* null: "" */
json_t *json_time(int64_t seconds);   /* RFC 3339; null: 0 */

#endif
