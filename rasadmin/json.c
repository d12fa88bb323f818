/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/json.h"

#include <openrras.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/text.h"
#include "rasadmin/show.h"

#define JSON_ESCAPED_MAX 4096u

#define FLAGS            (JSON_COMPACT | JSON_ENSURE_ASCII)

json_t *json_handle(uint32_t handle)
{
    return handle ? json_integer(handle) : json_null();
}

json_t *json_text(const char *s)
{
    char shown[JSON_ESCAPED_MAX];
    size_t n = strlen(s);
    if (n == 0)
        return json_null();
    /* The library gives UTF-8. Were it not, the rest of a document should not be lost for it. */
    return json_string(text_is_utf8(s, n) ? s : text_escape(shown, sizeof shown, s, n));
}

json_t *json_time(int64_t seconds)
{
    char text[TEXT_TIME_MAX];
    return seconds > 0 ? json_string(text_time(text, seconds)) : json_null();
}

json_t *json_user(const struct connection *c)
{
    if (!c || !c->user[0])
        return json_null();
    return c->domain[0] ? json_sprintf("%s\\%s", c->domain, c->user) : json_string(c->user);
}

json_t *json_document(const struct app *app, const char *kind)
{
    const char *server = app->server_name && *app->server_name ? app->server_name : "default";
    return json_pack("{s:i, s:s, s:s, s:o}", "schema_version", JSON_SCHEMA_VERSION, "kind", kind, "server", server,
                     "time", json_time(time(NULL)));
}

/*
 * jansson escapes what JSON demands and, with JSON_ENSURE_ASCII, all that is not ASCII. DEL is neither. In its output
 * DEL can only be inside a string.
 */
static void print_text(const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == 0x7f)
            fputs("\\u007f", stdout);
        else
            putc_unlocked(*p, stdout);
    }
}

/* Print and drop. False without memory. */
static bool print_value(json_t *value, const char *end)
{
    char *text = value ? json_dumps(value, FLAGS) : NULL;
    json_decref(value);
    if (!text)
        return false;
    print_text(text);
    fputs(end, stdout);
    free(text);
    return true;
}

int json_print(json_t *document)
{
    return print_value(document, "\n") ? EXIT_DONE : app_no_memory();
}

void json_list_begin(struct json_list *l, json_t *document, const char *name)
{
    *l = (struct json_list){0};
    char *text = document ? json_dumps(document, FLAGS) : NULL;
    json_decref(document);
    if (!text) {
        l->failed = true;
        return;
    }
    text[strlen(text) - 1] = '\0'; /* the closing brace comes at the end of the list */
    print_text(text);
    printf(",\"%s\":[\n", name);
    free(text);
}

void json_list_item(struct json_list *l, json_t *item)
{
    if (l->failed) {
        json_decref(item);
        return;
    }
    if (l->n++)
        fputs(",\n", stdout);
    l->failed = !print_value(item, "");
}

int json_list_end(struct json_list *l)
{
    if (l->failed)
        return app_no_memory();
    fputs(l->n ? "\n]}\n" : "]}\n", stdout);
    return EXIT_DONE;
}

json_t *json_counters(const struct counters *c)
{
#define N(member) #member, (json_int_t)c->member
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i}", N(bytes_in), N(bytes_out),
                     N(frames_in), N(frames_out), N(crc_errors), N(timeout_errors), N(alignment_errors),
                     N(hardware_overruns), N(framing_errors), N(buffer_overruns), "compression_in_percent",
                     (json_int_t)c->ratio_in, "compression_out_percent", (json_int_t)c->ratio_out, "counter_bits", 32);
#undef N
}

json_t *json_session(const OPENRRAS_SESSION *s)
{
    if (!s)
        return json_null();
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:b, s:o}",
        "driver", json_text(s->pszDriver), "instance", json_text(s->pszInstance), "id", json_text(s->pszId), "auth",
        json_text(s->pszAuth), "caller", json_text(s->pszCaller), "client_address", json_text(s->pszClientAddress),
        "server_address", json_text(s->pszServerAddress), "tunnel_address4", json_text(s->pszTunnelAddress4),
        "tunnel_address6", json_text(s->pszTunnelAddress6), "tunnel_server4", json_text(s->pszTunnelServer4),
        "interface", json_text(s->pszInterface), "bundle", json_text(s->pszBundle), "started", json_time(s->llStart),
        "line_speed_bps", s->ullLineSpeed ? json_integer((json_int_t)s->ullLineSpeed) : json_null(), "bytes_in",
        (json_int_t)s->ullBytesIn, "bytes_out", (json_int_t)s->ullBytesOut, "frames_in", (json_int_t)s->ullFramesIn,
        "frames_out", (json_int_t)s->ullFramesOut, "last_order_failed", s->fFailed != 0, "last_error",
        json_text(s->pszLastError));
}

json_t *json_port(const struct port *p)
{
    const struct connection *c = p->conn;
    return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:o}",             //
                     "name", json_text(p->name), "handle", json_handle(p->handle), "state", port_state(p),      //
                     "connection", json_handle(p->connection), "user", json_user(c),                            //
                     "client_address", json_text(show_client_address(c)),                                       //
                     "client_address6", json_text(c ? c->client6 : ""),                                         //
                     "remote_address", json_text(c ? c->remote_endpoint : ""), "type", json_text(port_type(p)), //
                     "media", json_text(p->media), "device_name", json_text(p->device_name),                    //
                     "device_type", json_text(p->device_type), "duration_seconds", (json_int_t)p->seconds,      //
                     "total_calls", (json_int_t)p->calls, "session", json_session(p->session));
}

static const char *quarantine_word(uint32_t q)
{
    static const char *const words[] = {"normal", "quarantine", "probation", "not_capable"};
    return q < sizeof words / sizeof words[0] ? words[q] : "unknown";
}

static json_t *json_traffic(const struct connection *c)
{
    const struct traffic *t = &c->traffic;
    if (!c->has_traffic)
        return json_null();
    return json_pack("{s:I, s:I, s:I, s:I}", "bytes_in", (json_int_t)t->bytes_in, "bytes_out", (json_int_t)t->bytes_out,
                     "frames_in", (json_int_t)t->frames_in, "frames_out", (json_int_t)t->frames_out);
}

/* What the server's own interface tells on top. */
static json_t *json_connection_more(const struct connection *c)
{
    const OPENRRAS_SESSION *s = c->session;
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "traffic", json_traffic(c), "auth", json_text(s ? s->pszAuth : ""),
                     "driver", json_text(s ? s->pszDriver : ""), "instance", json_text(s ? s->pszInstance : ""),
                     "caller", json_text(s ? s->pszCaller : ""));
}

json_t *json_connection(const struct connection *c)
{
    json_t *j =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",                            //
                  "handle", json_handle(c->handle), "user", json_user(c), "domain", json_text(c->domain),         //
                  "user_name", json_text(c->user), "remote_computer", json_text(c->remote_computer),              //
                  "client_address", json_text(show_client_address(c)),                                            //
                  "client_address4", json_text(c->client4), "client_address6", json_text(c->client6),             //
                  "server_address4", json_text(c->server4),                                                       //
                  "remote_address", json_text(c->remote_endpoint), "local_address", json_text(c->local_endpoint), //
                  "interface", json_text(c->interface), "type", json_text(c->device_type));
    json_t *more =
        json_pack("{s:o, s:I, s:o, s:I, s:I, s:s, s:o}", "started", json_time(c->start), "duration_seconds",
                  (json_int_t)c->seconds, "guid", json_text(c->guid), "interface_type", (json_int_t)c->interface_type,
                  "flags", (json_int_t)c->flags, "quarantine", quarantine_word(c->quarantine), "counters",
                  c->has_counters ? json_counters(&c->counters) : json_null());
    json_t *own = json_connection_more(c);
    if (!j || !more || !own || json_object_update(j, more) < 0 || json_object_update(j, own) < 0) {
        json_decref(j);
        j = NULL;
    }
    json_decref(more);
    json_decref(own);
    return j;
}
