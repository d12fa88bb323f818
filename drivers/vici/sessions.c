/* SPDX-License-Identifier: Apache-2.0 */
/* What events and listings mean for the sessions. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers/vici/sessions_private.h"

#define ADDRESS_MAX 72u
#define ENDED       "its IKE_SA has ended"
#define UNLISTED    "charon does not list its IKE_SA any more"

struct sessions *sessions_new(const char *patterns, const struct sessions_ops *ops, void *ctx)
{
    struct sessions *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->patterns = patterns;
    s->ops = ops;
    s->ctx = ctx;
    s->next_ms = UINT64_MAX;
    return s;
}

static void forget_all(struct sessions *s)
{
    while (s->by_ike)
        session_remove(s, s->by_ike);
    s->left_out = s->leaving_out = 0;
    s->next_ms = UINT64_MAX;
    s->is_listing = false;
}

void sessions_free(struct sessions *s)
{
    if (!s)
        return;
    forget_all(s);
    free(s);
}

void sessions_begin(struct sessions *s)
{
    forget_all(s);
}

uint64_t sessions_left_out(const struct sessions *s)
{
    return s->left_out;
}

/* ---- whose IKE_SA is it ---- */

static bool matches(const char *patterns, struct bytes name)
{
    char text[256], pattern[256];
    session_text(text, sizeof(text), name);
    while (*(patterns += strspn(patterns, ", \t"))) {
        size_t n = strcspn(patterns, ", \t");
        snprintf(pattern, sizeof(pattern), "%.*s", (int)n, patterns);
        if (fnmatch(pattern, text, 0) == 0)
            return true;
        patterns += n;
    }
    return false;
}

/* Does the peer of this connection show who he is as people do? */
static bool asks_people(const struct sessions *s, struct bytes connection)
{
    const char *auth = s->ops->auth(s->ctx, connection);
    return auth && (strstr(auth, "eap") || strstr(auth, "xauth"));
}

static bool is_remote_access(const struct sessions *s, const struct sa_message *m)
{
    const struct sa *sa = &m->sa;
    bool has_vip = sa->vip4.n > 0 || sa->vip6.n > 0;
    if (sa->state == SA_OTHER || sa->state == SA_REKEYED || bytes_are(m->connection, "(unnamed)"))
        return false;
    /* IKEv1: before there is anything in it, it is half a log-on; and after a new one has taken all, a husk. */
    if (sa->version == 1 && sa->state != SA_CONNECTING && !has_vip && sa->children_n == 0)
        return false;
    if (s->patterns[0])
        return matches(s->patterns, m->connection);
    return has_vip || sa->eap_id.n > 0 || sa->xauth_id.n > 0 || asks_people(s, m->connection);
}

/* "USER\nCONNECTION\nHOST" */
static void twin_text(char *dst, size_t cap, const struct sa_message *m)
{
    char user[DRIVER_USER_MAX + 1], connection[256], host[ADDRESS_MAX];
    session_text(user, sizeof(user), sa_user(&m->sa));
    session_text(connection, sizeof(connection), m->connection);
    session_text(host, sizeof(host), m->sa.remote_host);
    snprintf(dst, cap, "%s\n%s\n%s", user, connection, host);
}

#define TWIN_MAX (DRIVER_USER_MAX + 256 + ADDRESS_MAX + 3)

/* ---- what rrasd is told ---- */

static void address_text(char dst[static ADDRESS_MAX], struct bytes host, struct bytes port)
{
    char h[ADDRESS_MAX - 10], p[8];
    session_text(h, sizeof(h), host);
    session_text(p, sizeof(p), port);
    if (!h[0])
        dst[0] = '\0';
    else
        snprintf(dst, ADDRESS_MAX, strchr(h, ':') ? "[%s]:%s" : "%s:%s", h, p);
}

static enum driver_session_state state_of(const struct sa *sa)
{
    if (sa->state == SA_CONNECTING)
        return DRIVER_SESSION_AUTHENTICATING;
    return sa->state == SA_DELETING ? DRIVER_SESSION_DISCONNECTING : DRIVER_SESSION_CONNECTED;
}

/* Put it as this message shows it. */
static void put(struct sessions *s, struct entry *e, const struct sa_message *m)
{
    char client[ADDRESS_MAX], server[ADDRESS_MAX], vip4[ADDRESS_MAX], vip6[ADDRESS_MAX], ike_id[DRIVER_TEXT_MAX + 5];
    struct driver_counters counters = session_counters(e);
    address_text(client, m->sa.remote_host, m->sa.remote_port);
    address_text(server, m->sa.local_host, m->sa.local_port);
    session_text(vip4, sizeof(vip4), m->sa.vip4);
    session_text(vip6, sizeof(vip6), m->sa.vip6);
    session_text(ike_id, sizeof(ike_id), m->sa.remote_id);
    struct driver_session view = {
        .id = e->id,
        .start = e->s.start,
        .state = state_of(&m->sa),
        .user = e->user,
        .client_address = client,
        .server_address = server,
        .tunnel_address4 = vip4,
        .tunnel_address6 = vip6,
        .caller = strcmp(ike_id, e->user) == 0 || strcmp(ike_id, "%any") == 0 ? "" : ike_id,
        .auth = s->ops->auth(s->ctx, m->connection),
        .counters = &counters,
    };
    e->s.certain = view.state == DRIVER_SESSION_CONNECTED && e->s.spis[0];
    if (s->ops->put(s->ctx, &view) == 0)
        e->shown = true; /* else the next listing tries again */
}

static void end(struct sessions *s, struct entry *e, const char *reason, bool final)
{
    struct driver_counters counters = session_counters(e);
    if (e->shown)
        s->ops->gone(s->ctx, &e->s, reason, &counters, final);
    session_remove(s, e);
    s->ops->changed(s->ctx);
}

/* ---- one IKE_SA ---- */

/* sessions_tick() is due then, or earlier. */
static void wake_by(struct sessions *s, uint64_t ms)
{
    s->next_ms = ms < s->next_ms ? ms : s->next_ms;
}

static void set_heir(struct sessions *s, struct entry *e, uint64_t heir)
{
    if (!e->over && !e->heir && heir)
        s->deadlines++;
    if (!e->over && e->heir && !heir)
        s->deadlines--;
    e->heir = heir;
    e->heir_by = s->ops->now_ms(s->ctx) + SESSIONS_TWIN_MS;
    if (heir)
        wake_by(s, e->heir_by);
}

/* False: the session has been ended, for want of memory. */
static bool take_over(struct sessions *s, struct entry *e, uint64_t ike)
{
    set_heir(s, e, 0);
    if (!session_set_ike(s, e, ike)) {
        end(s, e, "there is no memory to follow its rekeying", false);
        return false;
    }
    e->s.spis[0] = '\0';
    e->s.certain = false;
    e->seen = s->listing;
    s->ops->changed(s->ctx);
    s->ops->moved(s->ctx, &e->s);
    return true;
}

static void spis_text(char dst[static SESSIONS_SPIS_MAX], const struct sa *sa)
{
    char i[SA_SPI_MAX + 1], r[SA_SPI_MAX + 1];
    session_text(i, sizeof(i), sa->initiator_spi);
    session_text(r, sizeof(r), sa->responder_spi);
    snprintf(dst, SESSIONS_SPIS_MAX, "%s_%s", i, r);
}

/* Of user and connection (FNV-1a). */
static uint64_t who_is(const struct sa_message *m)
{
    const struct bytes texts[] = {sa_user(&m->sa), m->connection};
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < texts[i].n; j++)
            h = (h ^ (unsigned char)texts[i].p[j]) * 0x100000001b3u;
        h = (h ^ 0xff) * 0x100000001b3u;
    }
    return h >> 1 ? h >> 1 : 1; /* JSON's integers have 63 bits */
}

static void update(struct sessions *s, struct entry *e, const struct sa_message *m)
{
    const struct sa *sa = &m->sa;
    e->seen = s->listing;
    if (sa->version)
        e->s.version = sa->version;
    spis_text(e->s.spis, sa);
    if (e->who != who_is(m)) {
        e->who = who_is(m);
        s->ops->changed(s->ctx);
    }
    struct bytes user = sa_user(sa);
    session_text(e->user, sizeof(e->user), bytes_are(user, "%any") ? (struct bytes){"", 0} : user);
    for (size_t i = 0; i < sa->children_n; i++)
        session_child(s, e, sa->children[i].id, &sa->children[i].counts);
    if (sa->children_left_out > 0)
        session_children_stay(s, e);
    if (e->s.version == 1) {
        char twin[TWIN_MAX];
        twin_text(twin, sizeof(twin), m);
        session_set_twin(s, e, twin);
    }
    put(s, e, m);
}

/* The session whose CHILD_SAs this IKE_SA has now. */
static struct entry *by_children(const struct sessions *s, const struct sa_message *m)
{
    for (size_t i = 0; i < m->sa.children_n; i++) {
        struct entry *e = session_of_child(s, m->sa.children[i].id);
        if (e && !e->over && e->who == who_is(m))
            return e;
    }
    return NULL;
}

/* Is this IKE_SA held back, because it may be about to take over from another one? */
static bool is_held_back(struct sessions *s, const struct sa_message *m)
{
    char twin[TWIN_MAX];
    if (m->sa.version != 1 || m->sa.state == SA_CONNECTING)
        return false;
    twin_text(twin, sizeof(twin), m);
    struct entry *e = session_by_twin(s, twin);
    if (!e || e->over || e->no_heir == m->sa.id || m->sa.id < e->s.ike)
        return false;
    if (e->heir != m->sa.id) {
        if (e->heir)
            e->no_heir = e->heir;
        set_heir(s, e, m->sa.id);
    }
    s->ops->look(s->ctx, SESSIONS_TWIN_LOOK_MS);
    return true;
}

static struct entry *begin(struct sessions *s, const struct sa *sa)
{
    char spis[SESSIONS_SPIS_MAX], id[SESSIONS_ID_MAX];
    spis_text(spis, sa);
    snprintf(id, sizeof(id), "%llu:%s", (unsigned long long)sa->id, spis);
    if (sessions_find(s, id)) /* a session has left it behind, and goes on with another one */
        return NULL;
    int64_t start = s->ops->ago(s->ctx, sa->has_established ? sa->established : 0);
    struct entry *e = session_add(s, id, sa->id, start);
    if (e)
        s->ops->changed(s->ctx);
    else
        s->leaving_out++;
    return e;
}

/* The same unique id, and yet another IKE_SA: of another run of charon. */
static bool is_stranger(const struct entry *e, const struct sa *sa)
{
    char spis[SESSIONS_SPIS_MAX];
    spis_text(spis, sa);
    return e->s.spis[0] && strcmp(e->s.spis, spis) != 0;
}

/* An IKE_SA is there, and looks like this. */
static struct entry *appear(struct sessions *s, const struct sa_message *m)
{
    struct entry *e = session_by_ike(s, m->sa.id);
    if (m->sa.state == SA_REKEYED)
        return NULL;
    if (e && is_stranger(e, &m->sa)) {
        end(s, e, UNLISTED, false);
        e = NULL;
    }
    if (!e && (e = by_children(s, m)) && !take_over(s, e, m->sa.id))
        return NULL;
    if (!e && !is_held_back(s, m) && is_remote_access(s, m))
        e = begin(s, &m->sa);
    if (e && !e->over)
        update(s, e, m);
    return e;
}

/* ---- events ---- */

static void on_ike_down(struct sessions *s, const struct sa *sa)
{
    struct entry *e = session_by_ike(s, sa->id);
    if (!e || e->over)
        return;
    if (e->heir && !session_by_ike(s, e->heir)) { /* the peer has authenticated anew, and takes leave of the old one */
        take_over(s, e, e->heir);
        s->ops->look(s->ctx, 0);
        return;
    }
    e->s.farewell = sa->state == SA_DELETING && sa->has_delete;
    if (!e->children) {
        end(s, e, ENDED, true);
        return;
    }
    e->over = true;
    e->over_by = s->ops->now_ms(s->ctx) + SESSIONS_LAST_WORDS_MS;
    s->deadlines++;
    wake_by(s, e->over_by);
}

static void on_ike_rekey(struct sessions *s, struct sa_message *m)
{
    struct entry *e = session_by_ike(s, m->old_id);
    if (!e || e->over || session_by_ike(s, m->sa.id))
        return;
    if (take_over(s, e, m->sa.id))
        update(s, e, m);
}

/* The peer goes on from another address; the event has the old one in the IKE_SA. */
static void on_ike_update(struct sessions *s, struct sa_message *m)
{
    if (m->remote_host.n > 0) {
        m->sa.remote_host = m->remote_host;
        m->sa.remote_port = m->remote_port;
    }
    if (m->local_host.n > 0) {
        m->sa.local_host = m->local_host;
        m->sa.local_port = m->local_port;
    }
    if (session_by_ike(s, m->sa.id))
        appear(s, m);
}

static void on_child_down(struct sessions *s, const struct sa_message *m)
{
    struct entry *e = session_by_ike(s, m->sa.id);
    if (!e)
        return;
    for (size_t i = 0; i < m->sa.children_n; i++)
        session_child_ended(s, e, m->sa.children[i].id, &m->sa.children[i].counts);
    if (e->over && !e->children)
        end(s, e, ENDED, true);
}

int sessions_event(struct sessions *s, struct bytes name, struct bytes message)
{
    struct sa_message *m = &s->message;
    int r = sa_parse(message, m);
    if (r < 0)
        return r;
    if (bytes_are(name, "ike-rekey"))
        on_ike_rekey(s, m);
    else if (bytes_are(name, "ike-update"))
        on_ike_update(s, m);
    else if (bytes_are(name, "child-updown") && !m->up)
        on_child_down(s, m);
    else if (bytes_are(name, "ike-updown") && !m->up)
        on_ike_down(s, &m->sa);
    else if (bytes_are(name, "ike-updown") || bytes_are(name, "child-updown") || bytes_are(name, "child-rekey"))
        appear(s, m);
    return 0;
}

/* ---- listings ---- */

void sessions_list_begin(struct sessions *s)
{
    s->listing++;
    s->is_listing = true;
    s->leaving_out = 0;
}

int sessions_row(struct sessions *s, struct bytes message)
{
    struct sa_message *m = &s->message;
    int r = sa_parse(message, m);
    if (r == 0)
        appear(s, m);
    return r;
}

void sessions_list_end(struct sessions *s)
{
    struct entry *e, *next;
    if (!s->is_listing)
        return;
    s->is_listing = false;
    s->left_out = s->leaving_out;
    HASH_ITER(by_ike, s->by_ike, e, next)
    {
        if (e->over)
            continue;
        if (e->seen < s->listing)
            end(s, e, UNLISTED, false);
        else
            session_children_unseen(s, e, s->listing);
    }
}

void sessions_list_abandon(struct sessions *s)
{
    s->is_listing = false;
}

/* ---- deadlines ---- */

static void act_if_due(struct sessions *s, struct entry *e, uint64_t now)
{
    if (e->over && now >= e->over_by) {
        end(s, e, ENDED, false);
    } else if (e->over) {
        wake_by(s, e->over_by);
    } else if (e->heir && now >= e->heir_by) {
        e->no_heir = e->heir;
        set_heir(s, e, 0);
        s->ops->look(s->ctx, 0);
    } else if (e->heir) {
        wake_by(s, e->heir_by);
    }
}

void sessions_tick(struct sessions *s)
{
    uint64_t now = s->ops->now_ms(s->ctx);
    struct entry *e, *next;
    if (now < s->next_ms)
        return;
    s->next_ms = UINT64_MAX;
    if (s->deadlines == 0)
        return;
    HASH_ITER(by_ike, s->by_ike, e, next)
    {
        act_if_due(s, e, now);
    }
}

uint64_t sessions_next_ms(const struct sessions *s)
{
    return s->next_ms;
}
