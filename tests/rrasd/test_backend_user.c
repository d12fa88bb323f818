/* SPDX-License-Identifier: Apache-2.0 */
/* Our own interface: users, with a source that does as it is told. */
#include "x_world.h"

#include <mprapi.h>

#include "rrasd/backend_asker.h"

static void run_loop(struct world *w)
{
    while (backend_askers_of(w->backend, 0) + backend_askers_of(w->backend, 1000) > 0)
        uv_run(&w->loop, UV_RUN_ONCE);
}

static const struct answer *get(struct world *w, struct caller *caller, const char *name)
{
    size_t n = w->answer_count;
    w->x->user_get(w->x->ctx, caller, name, new_call(w));
    run_loop(w);
    return answer(w, n);
}

static uint32_t set(struct world *w, const struct rrasx_user_set_request *request)
{
    size_t n = w->answer_count;
    w->x->user_set(w->x->ctx, &w->bob, request, new_call(w));
    if (w->answer_count == n)
        run_loop(w);
    return answer(w, n)->code;
}

static const struct rrasx_user_set_request carol = {
    .user = "carol", .number = "555", .permitted = TRUE, .callback = RASPRIV_AdminSetCallback};

static void a_user_is_told_with_what_comes_of_it(void **state)
{
    struct world *w = *state;
    snprintf(w->source.settings.number, sizeof w->source.settings.number, "+49 30 1");
    const struct answer *a = get(w, &w->alice, "CORP\\carol");
    assert_int_equal(a->code, 0);
    assert_string_equal(a->user_name, "CORP\\carol");
    assert_string_equal(a->number, "+49 30 1");
    assert_int_equal(a->user.dwCallback, RASPRIV_NoCallback);
    assert_true(a->user.fPermitted && a->user.fAdmitted && !a->user.fByPolicy);
    assert_ptr_equal(w->told[0], &w->alice);
    w->source.settings.by_policy = true;
    assert_false(get(w, &w->alice, "carol")->user.fAdmitted);
    w->config.users.permit = 1;
    a = get(w, &w->alice, "carol");
    assert_true(a->user.fAdmitted && a->user.fByPolicy);
    w->source.settings = (struct user_settings){.callback = USER_CALLBACK_CALLER};
    a = get(w, &w->alice, "carol");
    assert_false(a->user.fAdmitted || a->user.fPermitted || a->user.fByPolicy);
    assert_null(audit_line(w, "user", 0)); /* looking is no change */
}

static void a_change_is_told_to_the_source_the_door_and_the_audit_log(void **state)
{
    struct world *w = *state;
    struct rrasx_user_set_request request = carol;
    assert_int_equal(set(w, &request), 0);
    assert_true(w->source.settings.permitted);
    assert_string_equal(w->source.settings.number, "555");
    assert_int_equal(w->source.settings.callback, USER_CALLBACK_ADMIN);
    request.flags = OPENRRAS_USER_CREATE;
    request.by_policy = TRUE;
    assert_int_equal(set(w, &request), 0);
    assert_true(w->source.settings.by_policy);
    w->x->user_remove(w->x->ctx, &w->bob, "dora", new_call(w));
    run_loop(w);
    assert_string_equal(w->source.log, "set:carol create:carol remove:dora ");
    assert_string_equal(w->changed, "carol carol dora ");
    json_t *j = audit_line(w, "user", 0), *now = json_object_get(j, "new");
    assert_string_equal(text_in(j, "op"), "RrasxUserSet");
    assert_string_equal(text_in(j, "user"), "carol");
    assert_int_equal(number_in(json_object_get(j, "who"), "uid"), 0);
    assert_true(json_is_true(json_object_get(now, "permitted")) && json_is_false(json_object_get(now, "by_policy")));
    assert_string_equal(text_in(now, "callback"), "admin");
    assert_string_equal(text_in(now, "number"), "555");
    assert_null(json_object_get(j, "result"));
    assert_null(json_object_get(j, "create"));
    json_decref(j);
    j = audit_line(w, "user", 1);
    assert_true(json_is_true(json_object_get(j, "create")));
    json_decref(j);
    j = audit_line(w, "user", 2);
    assert_string_equal(text_in(j, "op"), "RrasxUserRemove");
    assert_string_equal(text_in(j, "user"), "dora");
    assert_null(json_object_get(j, "new"));
    json_decref(j);
}

static void every_failure_of_the_source_has_its_code(void **state)
{
    static const struct {
        int result;
        uint32_t code;
    } codes[] = {
        {-ENOENT, ERROR_NO_SUCH_USER},        {-EACCES, ERROR_ACCESS_DENIED},
        {-EROFS, ERROR_NOT_SUPPORTED},        {-ENOTSUP, ERROR_NOT_SUPPORTED},
        {-EHOSTDOWN, ERROR_DS_SERVER_DOWN},   {-ETIMEDOUT, ERROR_TIMEOUT},
        {-EINVAL, ERROR_INVALID_PARAMETER},   {-ENOSPC, RPC_S_SERVER_TOO_BUSY},
        {-ENOMEM, ERROR_NOT_ENOUGH_MEMORY},   {-EIO, ERROR_GEN_FAILURE},
        {-EEXIST, ERROR_DS_OPERATIONS_ERROR}, {-EBADMSG, ERROR_DS_OPERATIONS_ERROR},
        {-EPROTO, ERROR_DS_OPERATIONS_ERROR},
    };
    struct world *w = *state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        w->source.result = codes[i].result;
        assert_int_equal(get(w, &w->alice, "carol")->code, codes[i].code);
        assert_int_equal(set(w, &carol), codes[i].code);
        json_t *j = audit_line(w, "user", i);
        assert_int_equal(number_in(j, "result"), codes[i].code);
        assert_string_equal(text_in(j, "reason"), "the source says why");
        json_decref(j);
    }
    assert_string_equal(w->changed, "");
}

/* Refused at once, with a line, and nobody is asked. */
static void what_can_not_be_is_refused_before_anybody_is_asked(void **state)
{
    struct world *w = *state;
    const struct rrasx_user_set_request bad[] = {
        {.user = "", .number = "", .callback = 1},
        {.user = "a\nb", .number = "", .callback = 1},
        {.user = "carol", .number = "", .callback = 0},
        {.user = "carol", .number = "", .callback = 3},
        {.user = "carol", .number = "", .callback = 0x101},
        {.user = "carol", .number = "5\r5", .callback = 1},
        {.user = "carol", .number = "", .callback = 1, .flags = 2},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(set(w, &bad[i]), ERROR_INVALID_PARAMETER);
        json_t *j = audit_line(w, "user", i);
        assert_int_equal(number_in(j, "result"), ERROR_INVALID_PARAMETER);
        json_decref(j);
    }
    assert_int_equal(w->source.asked, 0);
    assert_int_equal(w->told_count, 0); /* it is answered within the call */
}

static void a_list_comes_in_pages(void **state)
{
    struct world *w = *state;
    w->x->user_enum(w->x->ctx, &w->alice, "", new_call(w));
    run_loop(w);
    assert_int_equal(answer(w, 0)->users, USERS_LIST_MAX);
    assert_true(answer(w, 0)->more);
    assert_string_equal(answer(w, 0)->user_name, "u0000");
    w->x->user_enum(w->x->ctx, &w->alice, "u1023", new_call(w));
    run_loop(w);
    assert_int_equal(answer(w, 1)->users, 3);
    assert_false(answer(w, 1)->more);
    assert_string_equal(answer(w, 1)->user_name, "u1024");
    w->source.result = -ENOTSUP;
    w->x->user_enum(w->x->ctx, &w->alice, "", new_call(w));
    run_loop(w);
    assert_int_equal(answer(w, 2)->code, ERROR_NOT_SUPPORTED);
}

static void a_caller_who_has_gone_is_not_told_but_what_he_ordered_is_done(void **state)
{
    struct world *w = *state;
    w->x->user_set(w->x->ctx, &w->bob, &carol, new_call(w));
    backend_forget(w->backend, &w->bob);
    run_loop(w);
    assert_string_equal(w->source.log, "set:carol ");
    assert_string_equal(w->changed, "carol ");
    assert_int_equal(w->told_count, 0);
    json_t *j = audit_line(w, "user", 0);
    assert_int_equal(number_in(json_object_get(j, "who"), "uid"), 0);
    json_decref(j);
}

static void one_caller_does_not_shut_the_others_out(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 64; i++)
        w->x->user_get(w->x->ctx, &w->alice, "carol", new_call(w));
    assert_int_equal(w->answer_count, 0);
    w->x->user_get(w->x->ctx, &w->alice, "carol", new_call(w));
    assert_int_equal(answer(w, 0)->code, RPC_S_SERVER_TOO_BUSY);
    w->x->user_get(w->x->ctx, &w->bob, "carol", new_call(w));
    run_loop(w);
    assert_int_equal(w->answer_count, 66);
    for (size_t i = 1; i < 66; i++)
        assert_int_equal(answer(w, i)->code, 0);
}

static void without_memory_nothing_is_asked(void **state)
{
    struct world *w = *state;
    failing_start(1);
    w->x->user_set(w->x->ctx, &w->bob, &carol, new_call(w));
    assert_true(failing_stop());
    assert_int_equal(answer(w, 0)->code, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(w->source.asked, 0);
    assert_int_equal(backend_askers_of(w->backend, 0), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, x_setup, x_teardown)
    const struct CMUnitTest tests[] = {
        T(a_user_is_told_with_what_comes_of_it),
        T(a_change_is_told_to_the_source_the_door_and_the_audit_log),
        T(every_failure_of_the_source_has_its_code),
        T(what_can_not_be_is_refused_before_anybody_is_asked),
        T(a_list_comes_in_pages),
        T(a_caller_who_has_gone_is_not_told_but_what_he_ordered_is_done),
        T(one_caller_does_not_shut_the_others_out),
        T(without_memory_nothing_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
