/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vici/sa.h"

#include <errno.h>

/* What the section is in which the cursor stands. */
enum place {
    PLACE_TOP,
    PLACE_SA,
    PLACE_OLD_SA,
    PLACE_CHILDREN,
    PLACE_CHILD,
    PLACE_OTHER,
};

struct parser {
    struct sa_message *m;
    enum place places[WIRE_DEPTH_MAX + 1];
    unsigned depth;
    bool has_sa;
    struct sa_child left_out; /* where the values of a CHILD_SA go for which there is no room */
    struct sa_child *child;
};

static enum sa_state state_of(struct bytes value)
{
    static const struct {
        const char *name;
        enum sa_state state;
    } states[] = {
        {"ESTABLISHED", SA_ESTABLISHED}, {"CONNECTING", SA_CONNECTING}, {"REKEYING", SA_REKEYING},
        {"REKEYED", SA_REKEYED},         {"DELETING", SA_DELETING},     {"DESTROYING", SA_DELETING},
        {"PASSIVE", SA_ESTABLISHED},
    };
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (bytes_are(value, states[i].name))
            return states[i].state;
    return SA_OTHER;
}

static bool is_yes(struct bytes value)
{
    return bytes_are(value, "yes");
}

/* ---- values ---- */

static int set_number(struct bytes value, uint64_t *ret)
{
    return bytes_number(value, ret) < 0 ? -EPROTO : 0;
}

static int top_value(struct sa_message *m, const struct wire_element *e)
{
    if (bytes_are(e->name, "up"))
        m->up = is_yes(e->value);
    else if (bytes_are(e->name, "remote-host"))
        m->remote_host = e->value;
    else if (bytes_are(e->name, "remote-port"))
        m->remote_port = e->value;
    else if (bytes_are(e->name, "local-host"))
        m->local_host = e->value;
    else if (bytes_are(e->name, "local-port"))
        m->local_port = e->value;
    return 0;
}

static struct bytes *text_of(struct sa *sa, struct bytes name)
{
    const struct {
        const char *name;
        struct bytes *text;
    } texts[] = {
        {"local-host", &sa->local_host},       {"local-port", &sa->local_port},
        {"remote-host", &sa->remote_host},     {"remote-port", &sa->remote_port},
        {"remote-id", &sa->remote_id},         {"remote-eap-id", &sa->eap_id},
        {"remote-xauth-id", &sa->xauth_id},    {"initiator-spi", &sa->initiator_spi},
        {"responder-spi", &sa->responder_spi},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (bytes_are(name, texts[i].name))
            return texts[i].text;
    return NULL;
}

static int sa_value(struct sa *sa, const struct wire_element *e)
{
    struct bytes *text = text_of(sa, e->name);
    uint64_t v;
    if (text) {
        *text = e->value;
        return 0;
    }
    if (bytes_are(e->name, "uniqueid"))
        return set_number(e->value, &sa->id);
    if (bytes_are(e->name, "established")) {
        sa->has_established = true;
        return set_number(e->value, &sa->established);
    }
    if (bytes_are(e->name, "state"))
        sa->state = state_of(e->value);
    else if (bytes_are(e->name, "initiator"))
        sa->is_initiator = is_yes(e->value);
    else if (bytes_are(e->name, "version") && set_number(e->value, &v) == 0)
        sa->version = v == 1 || v == 2 ? (unsigned)v : 0;
    return 0;
}

static int child_value(struct sa_child *c, const struct wire_element *e)
{
    const struct {
        const char *name;
        uint64_t *number;
    } numbers[] = {
        {"uniqueid", &c->id},
        {"bytes-in", &c->counts.bytes_in},
        {"bytes-out", &c->counts.bytes_out},
        {"packets-in", &c->counts.packets_in},
        {"packets-out", &c->counts.packets_out},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (bytes_are(e->name, numbers[i].name))
            return set_number(e->value, numbers[i].number);
    return 0;
}

static int on_value(struct parser *p, const struct wire_element *e)
{
    switch (p->places[p->depth]) {
    case PLACE_TOP:
        return top_value(p->m, e);
    case PLACE_SA:
        return sa_value(&p->m->sa, e);
    case PLACE_OLD_SA:
        return bytes_are(e->name, "uniqueid") ? set_number(e->value, &p->m->old_id) : 0;
    case PLACE_CHILD:
        return child_value(p->child, e);
    case PLACE_CHILDREN:
    case PLACE_OTHER:
        break;
    }
    return 0;
}

/* What is being done with the peer, or one of the addresses that it was given, of which the first of each family
 * counts. */
static void on_item(struct parser *p, const struct wire_element *e)
{
    struct sa *sa = &p->m->sa;
    if (p->places[p->depth] != PLACE_SA)
        return;
    if (bytes_are(e->name, "tasks-active") || bytes_are(e->name, "tasks-passive"))
        sa->has_delete = sa->has_delete || bytes_are(e->value, "IKE_DELETE");
    if (!bytes_are(e->name, "remote-vips") || e->value.n == 0)
        return;
    struct bytes *vip = memchr(e->value.p, ':', e->value.n) ? &sa->vip6 : &sa->vip4;
    if (!vip->p)
        *vip = e->value;
}

/* ---- sections ---- */

/* What was begun and has no id is not a CHILD_SA: the place that it took is free again. */
static void drop_nameless(struct sa *sa)
{
    while (sa->children_n > 0 && sa->children[sa->children_n - 1].id == 0)
        sa->children_n--;
}

static enum place begin_child(struct parser *p, bool old)
{
    struct sa *sa = &p->m->sa;
    drop_nameless(sa);
    if (sa->children_n < SA_CHILDREN_MAX) {
        p->child = &sa->children[sa->children_n++];
    } else {
        p->child = &p->left_out;
        sa->children_left_out++;
    }
    *p->child = (struct sa_child){.old = old};
    return PLACE_CHILD;
}

static enum place inside_sa(struct bytes name)
{
    if (bytes_are(name, "child-sas"))
        return PLACE_CHILDREN;
    if (bytes_are(name, "old"))
        return PLACE_OLD_SA;
    return bytes_are(name, "new") ? PLACE_SA : PLACE_OTHER;
}

static enum place section(struct parser *p, struct bytes name)
{
    switch (p->places[p->depth]) {
    case PLACE_TOP:
        if (p->has_sa)
            return PLACE_OTHER;
        p->has_sa = true;
        p->m->connection = name;
        return PLACE_SA;
    case PLACE_SA:
        return inside_sa(name);
    case PLACE_CHILDREN:
        return begin_child(p, false);
    case PLACE_CHILD:
        return bytes_are(name, "old") || bytes_are(name, "new") ? begin_child(p, bytes_are(name, "old")) : PLACE_OTHER;
    case PLACE_OLD_SA:
    case PLACE_OTHER:
        break;
    }
    return PLACE_OTHER;
}

static int on_element(struct parser *p, const struct wire_element *e)
{
    switch (e->kind) {
    case WIRE_SECTION: {
        enum place place = section(p, e->name);
        p->places[++p->depth] = place; /* not deeper than WIRE_DEPTH_MAX: the cursor sees to it */
        return 0;
    }
    case WIRE_SECTION_END:
        p->depth--;
        return 0;
    case WIRE_VALUE:
        return on_value(p, e);
    case WIRE_ITEM:
        on_item(p, e);
        return 0;
    case WIRE_LIST:
    case WIRE_LIST_END:
        break;
    }
    return 0;
}

int sa_parse(struct bytes message, struct sa_message *ret)
{
    struct parser p = {.m = ret};
    struct wire_cursor c = wire_cursor_of(message);
    struct wire_element e;
    int r;
    memset(ret, 0, sizeof(*ret));
    while ((r = wire_next(&c, &e)) > 0) {
        r = on_element(&p, &e);
        if (r < 0)
            return r;
    }
    drop_nameless(&ret->sa);
    return r < 0 || ret->sa.id == 0 ? -EPROTO : 0;
}

struct bytes sa_user(const struct sa *sa)
{
    if (sa->eap_id.n > 0)
        return sa->eap_id;
    return sa->xauth_id.n > 0 ? sa->xauth_id : sa->remote_id;
}
