/* SPDX-License-Identifier: Apache-2.0 */
/* Users who come while the simulated daemon asks its driver whether they may: they wait outside for the answer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "drivers/sim/sim.h"

#define SHOWN_USER 128u

/* Somebody who waits. */
struct sim_caller {
    struct sim_caller *prev, *next; /* sim.callers */
    uint64_t n;                     /* of the question */
    struct sim_birth birth;         /* its texts are owned */
    enum driver_session_state state;
};

static const char *const names[] = {
    [SIM_ADMISSION_NONE] = "none", [SIM_ADMISSION_ASK] = "ask", [SIM_ADMISSION_IGNORE] = "ignore"};

bool sim_admission_by_name(const char *name, enum sim_admission *ret)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(names[i], name) == 0) {
            *ret = (enum sim_admission)i;
            return true;
        }
    }
    return false;
}

static void caller_free(struct sim_caller *c)
{
    const char *const texts[] = {c->birth.user, c->birth.id, c->birth.caller, c->birth.bundle, c->birth.auth};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        free((char *)(uintptr_t)texts[i]);
    free(c);
}

static bool copy(const char **text)
{
    char *own = *text ? strdup(*text) : NULL;
    bool good = own || !*text;
    *text = own;
    return good;
}

static struct sim_caller *caller_new(const struct sim_birth *birth)
{
    struct sim_caller *c = calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    c->birth = *birth;
    if (birth->state) {
        c->state = *birth->state;
        c->birth.state = &c->state;
    }
    const char **const texts[] = {&c->birth.user, &c->birth.id, &c->birth.caller, &c->birth.bundle, &c->birth.auth};
    bool good = true;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        good &= copy(texts[i]);
    if (good)
        return c;
    caller_free(c);
    return NULL;
}

/* ---- the question ---- */

/* Nobody can be asked. */
static int decide_alone(struct sim *sim, const struct sim_birth *birth)
{
    return sim->options.refuse_unanswered ? -EHOSTDOWN : sim_begin(sim, birth);
}

int sim_knock(struct sim *sim, const struct sim_birth *birth)
{
    char user[SHOWN_USER];
    if (!sim->shared || sim->options.admission == SIM_ADMISSION_NONE)
        return sim_begin(sim, birth);
    struct sim_caller *c = caller_new(birth);
    if (!c)
        return -ENOMEM;
    if (driver_ask_admission(sim->shared->driver, birth->user, "198.51.100.1:4000", &c->n) < 0) {
        caller_free(c);
        return decide_alone(sim, birth);
    }
    DL_APPEND(sim->callers, c);
    sim_event(sim, "asked %llu %s", (unsigned long long)c->n, text_escape_z(user, sizeof(user), birth->user));
    return 0;
}

/* ---- the answer ---- */

static bool may_come_in(const struct sim *sim, const struct driver_admission *a)
{
    if (sim->options.admission == SIM_ADMISSION_IGNORE)
        return true;
    return a->verdict == DRIVER_NO_ANSWER ? !sim->options.refuse_unanswered : a->verdict == DRIVER_ADMITTED;
}

void sim_on_admission(void *ctx, const struct driver_admission *a)
{
    static const char *const words[] = {
        [DRIVER_NO_ANSWER] = "unanswered", [DRIVER_ADMITTED] = "admitted", [DRIVER_NOT_ADMITTED] = "not-admitted"};
    struct sim *sim = ((struct sim_link *)ctx)->sim;
    char user[SHOWN_USER], text[SHOWN_USER];
    struct sim_caller *c = sim->callers;
    while (c && c->n != a->n)
        c = c->next;
    if (!c)
        return; /* has given up meanwhile */
    DL_DELETE(sim->callers, c);
    sim_event(sim, "%s %llu %s %s", words[a->verdict], (unsigned long long)a->n,
              text_escape_z(user, sizeof(user), c->birth.user), text_escape_z(text, sizeof(text), a->text));
    int r = may_come_in(sim, a) ? sim_begin(sim, &c->birth) : 0;
    if (r < 0) /* the last port has gone meanwhile */
        sim_event(sim, "no-session %s: %s", user, strerror(-r));
    caller_free(c);
}

void sim_callers_free(struct sim *sim)
{
    struct sim_caller *c, *next;
    DL_FOREACH_SAFE(sim->callers, c, next)
    caller_free(c);
    sim->callers = NULL;
}
