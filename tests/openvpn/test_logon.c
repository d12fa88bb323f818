/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "common/log.h"
#include "drivers/openvpn/logon.h"

/* What the driver has answered, one command a line, and whom it has turned away because of a keep-out. */
struct seen {
    struct logon logon;
    const char *reason; /* of alice's keep-out; NULL: she is not kept out */
    struct driver_keep_out keep_out;
    char log[4096];
    unsigned asked;
    int ask_result; /* -ENOTCONN: rrasd is away */
    uint64_t last_n;
    char asked_for[128];
};

static void asked(void *ctx)
{
    ((struct seen *)ctx)->asked++;
}

static const struct driver_keep_out *kept_out(void *ctx, const char *user)
{
    struct seen *s = ctx;
    s->keep_out = (struct driver_keep_out){.n = 7, .user = "alice", .until = INT64_MAX, .reason = s->reason};
    return s->reason && strcmp(user, "alice") == 0 ? &s->keep_out : NULL;
}

static int ask_rrasd(void *ctx, const char *user, const char *address, uint64_t *ret_n)
{
    struct seen *s = ctx;
    if (s->ask_result < 0)
        return s->ask_result;
    *ret_n = ++s->last_n;
    snprintf(s->asked_for, sizeof(s->asked_for), "%s %s", user, address);
    return 0;
}

static void answer(struct seen *s, uint64_t n, enum driver_verdict verdict, const char *text)
{
    logon_answered(&s->logon, &(struct driver_admission){.n = n, .verdict = verdict, .text = text});
}

static int command(void *ctx, const struct mgmt_command *c)
{
    struct seen *s = ctx;
    assert_true(strlen(c->text) < MGMT_COMMAND_MAX);
    assert_int_equal(c->answer, MGMT_ANSWER_WORD);
    strncat(s->log, c->text, sizeof(s->log) - strlen(s->log) - 1);
    strncat(s->log, "\n", sizeof(s->log) - strlen(s->log) - 1);
    return 0;
}

static void turned_away(void *ctx, const struct driver_keep_out *k, const char *user, const char *address)
{
    struct seen *s = ctx;
    size_t n = strlen(s->log);
    snprintf(s->log + n, sizeof(s->log) - n, "%llu %s %s\n", (unsigned long long)k->n, user, address);
}

static const struct logon_ops ops = {
    .asked = asked, .kept_out = kept_out, .ask = ask_rrasd, .command = command, .turned_away = turned_away};

static void tell(struct seen *s, const char *line)
{
    logon_notified(&s->logon, slice_of(line));
}

/* All lines of a question, apart by spaces. */
static void ask(struct seen *s, const char *question)
{
    char words[2048], *at, *word;
    snprintf(words, sizeof(words), "%s", question);
    for (word = strtok_r(words, " ", &at); word; word = strtok_r(NULL, " ", &at)) {
        char line[2100];
        snprintf(line, sizeof(line), "%s%s", strncmp(word, "CLIENT:", 7) == 0 ? "" : "CLIENT:ENV,", word);
        tell(s, line);
    }
}

static void expect(struct seen *s, const char *log)
{
    assert_string_equal(s->log, log);
    s->log[0] = '\0';
}

static struct seen *seen(void **state, enum logon_mode mode)
{
    struct seen *s = *state;
    s->logon.mode = mode;
    s->logon.ops = &ops;
    s->logon.ctx = s;
    s->ask_result = -ENOTCONN;
    return s;
}

#define CERTIFICATE "tls_digest_sha256_0=98:91"
#define DENIED(ids) "client-deny " ids " \"openrras does not vouch for it\" \"access is denied\"\n"

static void a_certificate_is_let_in(void **state)
{
    struct seen *s = seen(state, LOGON_CERTIFICATE);
    ask(s, "CLIENT:CONNECT,4,1 n_clients=0 password= untrusted_port=5000 untrusted_ip=10.0.0.1 common_name=alice "
           "username= "
           "IV_VER=2.6 " CERTIFICATE " END");
    expect(s, "client-auth-nt 4 1\n");
    ask(s, "CLIENT:CONNECT,5,0 common_name=alice username=alice " CERTIFICATE " END");
    expect(s, "client-auth-nt 5 0\n");
    assert_int_equal(s->asked, 2);
}

static void who_is_kept_out_is_denied_with_the_administrators_words(void **state)
{
    struct seen *s = seen(state, LOGON_CERTIFICATE);
    s->reason = "Call \"1234\"\nnow";
    ask(s, "CLIENT:CONNECT,4,1 untrusted_port=5000 untrusted_ip=10.0.0.1 common_name=alice " CERTIFICATE " END");
    expect(s, "client-deny 4 1 \"kept out\" \"Call _1234__now\"\n7 alice 10.0.0.1:5000\n");
    s->reason = "";
    ask(s, "CLIENT:CONNECT,5,1 untrusted_port=5000 untrusted_ip6=fd77::2 common_name=alice " CERTIFICATE " END");
    expect(s, "client-deny 5 1 \"kept out\" \"access is denied for the time being\"\n7 alice [fd77::2]:5000\n");
    ask(s, "CLIENT:CONNECT,6,1 common_name=bob " CERTIFICATE " END");
    expect(s, "client-auth-nt 6 1\n");
}

static void the_longest_words_fit(void **state)
{
    struct seen *s = seen(state, LOGON_CERTIFICATE);
    char words[DRIVER_TEXT_MAX];
    memset(words, 'w', sizeof(words));
    words[sizeof(words) - 1] = '\0';
    s->reason = words;
    ask(s, "CLIENT:CONNECT,18446744073709551615,4294967295 common_name=alice " CERTIFICATE " END");
    assert_int_equal(strncmp(s->log, "client-deny 18446744073709551615 4294967295 \"kept out\" \"www", 59), 0);
}

static void a_user_name_that_nobody_checks_is_denied(void **state)
{
    struct seen *s = seen(state, LOGON_CERTIFICATE);
    ask(s, "CLIENT:CONNECT,4,1 common_name=mallory username=alice " CERTIFICATE " END");
    expect(s, DENIED("4 1"));
    ask(s, "CLIENT:REAUTH,4,2 common_name=mallory username=alice " CERTIFICATE " END");
    expect(s, DENIED("4 2"));
}

static void without_a_certificate_nobody_is_let_in(void **state)
{
    struct seen *s = seen(state, LOGON_CERTIFICATE);
    ask(s, "CLIENT:CONNECT,4,1 username=alice END");
    expect(s, DENIED("4 1"));
    ask(s, "CLIENT:CONNECT,5,1 username=alice common_name=alice tls_digest_sha256_0= END");
    expect(s, DENIED("5 1"));
    ask(s, "CLIENT:CONNECT,6,1 " CERTIFICATE " END");
    expect(s, DENIED("6 1"));
}

static void a_checked_user_name_is_the_user(void **state)
{
    struct seen *s = seen(state, LOGON_PASSWORD);
    s->reason = "";
    ask(s, "CLIENT:CONNECT,4,1 common_name=bob username=alice password=x " CERTIFICATE " END");
    expect(s, "client-deny 4 1 \"kept out\" \"access is denied for the time being\"\n7 alice \n");
    ask(s, "CLIENT:CONNECT,5,1 common_name=alice username=bob " CERTIFICATE " END");
    expect(s, "client-auth-nt 5 1\n");
    ask(s, "CLIENT:CONNECT,6,1 username=bob END");
    expect(s, "client-auth-nt 6 1\n");
    ask(s, "CLIENT:CONNECT,7,1 password=x END");
    expect(s, DENIED("7 1"));
}

static void who_is_in_already_is_not_kept_out(void **state)
{
    struct seen *s = seen(state, LOGON_CERTIFICATE);
    s->reason = "";
    ask(s, "CLIENT:REAUTH,4,2 common_name=alice " CERTIFICATE " END");
    expect(s, "client-auth-nt 4 2\n");
}

static void a_name_that_can_not_be_read_is_denied(void **state)
{
    struct seen *s = seen(state, LOGON_PASSWORD);
    char line[STATUS_TEXT_MAX + 32];
    ask(s, "CLIENT:CONNECT,4,1 common_name=bob");
    snprintf(line, sizeof(line), "CLIENT:ENV,username=%0*d", (int)STATUS_TEXT_MAX, 0);
    tell(s, line);
    ask(s, "END");
    expect(s, DENIED("4 1"));
    ask(s, "CLIENT:CONNECT,5,1 common_name=bob");
    logon_notified(&s->logon, (struct slice){"CLIENT:ENV,username=ali\0ce", 26});
    ask(s, "END");
    expect(s, DENIED("5 1"));
    snprintf(line, sizeof(line), "CLIENT:ENV,username=%0*d", (int)STATUS_TEXT_MAX - 1, 0);
    ask(s, "CLIENT:CONNECT,6,1");
    tell(s, line);
    ask(s, "END");
    expect(s, "client-auth-nt 6 1\n");
}

static void a_question_without_an_end_is_answered_with_no(void **state)
{
    struct seen *s = seen(state, LOGON_CERTIFICATE);
    ask(s, "CLIENT:CONNECT,4,1 common_name=alice " CERTIFICATE);
    tell(s, "LOG:1,I,something"); /* may stand between */
    expect(s, "");
    ask(s, "CLIENT:CONNECT,5,1 common_name=bob " CERTIFICATE " END");
    expect(s, DENIED("4 1") "client-auth-nt 5 1\n");
    ask(s, "CLIENT:CONNECT,6,1 common_name=alice " CERTIFICATE " CLIENT:ESTABLISHED,5 common_name=bob END");
    expect(s, DENIED("6 1"));
}

static void nothing_of_one_question_is_left_for_the_next(void **state)
{
    struct seen *s = seen(state, LOGON_CERTIFICATE);
    ask(s, "CLIENT:CONNECT,4,1 common_name=alice " CERTIFICATE " END");
    expect(s, "client-auth-nt 4 1\n");
    ask(s, "CLIENT:CONNECT,5,1 username=alice END");
    expect(s, DENIED("5 1"));
    ask(s, "CLIENT:CONNECT,6,1 common_name=alice " CERTIFICATE);
    logon_forget(&s->logon);
    ask(s, "END");
    expect(s, "");
}

static void when_it_is_off_nothing_is_answered_but_noticed(void **state)
{
    struct seen *s = seen(state, LOGON_OFF);
    ask(s, "CLIENT:CONNECT,4,1 common_name=alice " CERTIFICATE " END");
    expect(s, "");
    assert_int_equal(s->asked, 1);
}

static void what_is_no_question_is_not_answered(void **state)
{
    struct seen *s = seen(state, LOGON_CERTIFICATE);
    ask(s, "CLIENT:ESTABLISHED,4 common_name=alice " CERTIFICATE " END");
    ask(s, "CLIENT:DISCONNECT,4 common_name=alice END");
    ask(s, "CLIENT:CONNECT,x,1 common_name=alice " CERTIFICATE " END");
    ask(s, "CLIENT:CONNECT,4 common_name=alice " CERTIFICATE " END");
    ask(s, "CLIENT:CONNECT,4,4294967296 common_name=alice " CERTIFICATE " END");
    ask(s, "END");
    expect(s, "");
}

static struct seen *asking(void **state)
{
    struct seen *s = seen(state, LOGON_CERTIFICATE);
    s->ask_result = 0;
    return s;
}

static void who_comes_waits_until_rrasd_has_said_that_he_may(void **state)
{
    struct seen *s = asking(state);
    ask(s, "CLIENT:CONNECT,4,1 untrusted_port=5000 untrusted_ip=10.0.0.1 common_name=alice " CERTIFICATE " END");
    expect(s, "");
    assert_string_equal(s->asked_for, "alice 10.0.0.1:5000");
    ask(s, "CLIENT:CONNECT,5,1 common_name=bob " CERTIFICATE " END"); /* others go on */
    assert_string_equal(s->asked_for, "bob ");
    answer(s, 2, DRIVER_NOT_ADMITTED, "dial-in \"permission\" refused");
    expect(s, "client-deny 5 1 \"may not dial in\" \"dial-in _permission_ refused\"\n");
    answer(s, 1, DRIVER_ADMITTED, "");
    expect(s, "client-auth-nt 4 1\n");
    answer(s, 1, DRIVER_ADMITTED, ""); /* once is enough */
    answer(s, 0, DRIVER_ADMITTED, "");
    expect(s, "");
}

static void whom_nothing_vouches_for_is_not_asked_for(void **state)
{
    struct seen *s = asking(state);
    ask(s, "CLIENT:CONNECT,4,1 username=alice END");
    expect(s, DENIED("4 1"));
    ask(s, "CLIENT:REAUTH,4,2 common_name=alice " CERTIFICATE " END"); /* and who is in already neither */
    expect(s, "client-auth-nt 4 2\n");
    s->reason = "";
    ask(s, "CLIENT:CONNECT,5,1 common_name=alice " CERTIFICATE " END");
    expect(s, "client-deny 5 1 \"kept out\" \"access is denied for the time being\"\n7 alice \n");
    assert_int_equal(s->last_n, 0);
}

static void without_an_answer_the_site_decides(void **state)
{
    struct seen *s = asking(state);
    ask(s, "CLIENT:CONNECT,4,1 common_name=alice " CERTIFICATE " END");
    answer(s, 1, DRIVER_NO_ANSWER, "");
    expect(s, "client-auth-nt 4 1\n");
    s->logon.refuse_unanswered = true;
    ask(s, "CLIENT:CONNECT,5,1 common_name=alice " CERTIFICATE " END");
    answer(s, 2, DRIVER_NO_ANSWER, "");
#define LATER(ids)                                                                                                     \
    "client-deny " ids " \"rrasd does not say whether he may dial in\" \"it can not be checked whether you may "       \
    "connect: try again later\"\n"
    expect(s, LATER("5 1"));
    s->ask_result = -ENOTCONN;
    ask(s, "CLIENT:CONNECT,6,1 common_name=alice " CERTIFICATE " END");
    expect(s, LATER("6 1"));
}

static void who_is_kept_out_while_he_waits_is_turned_away(void **state)
{
    struct seen *s = asking(state);
    ask(s, "CLIENT:CONNECT,4,1 common_name=alice " CERTIFICATE " END");
    s->reason = "now";
    answer(s, 1, DRIVER_ADMITTED, "");
    expect(s, "client-deny 4 1 \"kept out\" \"now\"\n7 alice \n");
}

static void an_answer_about_a_client_of_an_earlier_run_is_for_nobody(void **state)
{
    struct seen *s = asking(state);
    ask(s, "CLIENT:CONNECT,0,1 common_name=alice " CERTIFICATE " END");
    logon_forget(&s->logon); /* openvpn begins anew, with its ids as well */
    ask(s, "CLIENT:CONNECT,0,1 common_name=bob " CERTIFICATE " END");
    answer(s, 1, DRIVER_ADMITTED, "");
    expect(s, "");
    answer(s, 2, DRIVER_NOT_ADMITTED, "");
    expect(s, "client-deny 0 1 \"may not dial in\" \"access is denied\"\n");
}

static void a_crowd_beyond_what_can_wait_is_decided_about(void **state)
{
    struct seen *s = asking(state);
    for (unsigned i = 0; i < DRIVER_ASKS_MAX; i++)
        ask(s, "CLIENT:CONNECT,4,1 common_name=alice " CERTIFICATE " END");
    expect(s, "");
    ask(s, "CLIENT:CONNECT,5,1 common_name=bob " CERTIFICATE " END");
    expect(s, "client-auth-nt 5 1\n");
    assert_int_equal(s->last_n, DRIVER_ASKS_MAX);
}

static int setup(void **state)
{
    log_set_level(LOG_LEVEL_ERROR);
    *state = calloc(1, sizeof(struct seen));
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_certificate_is_let_in),
        TEST(who_is_kept_out_is_denied_with_the_administrators_words),
        TEST(the_longest_words_fit),
        TEST(a_user_name_that_nobody_checks_is_denied),
        TEST(without_a_certificate_nobody_is_let_in),
        TEST(a_checked_user_name_is_the_user),
        TEST(who_is_in_already_is_not_kept_out),
        TEST(a_name_that_can_not_be_read_is_denied),
        TEST(a_question_without_an_end_is_answered_with_no),
        TEST(nothing_of_one_question_is_left_for_the_next),
        TEST(when_it_is_off_nothing_is_answered_but_noticed),
        TEST(what_is_no_question_is_not_answered),
        TEST(who_comes_waits_until_rrasd_has_said_that_he_may),
        TEST(whom_nothing_vouches_for_is_not_asked_for),
        TEST(without_an_answer_the_site_decides),
        TEST(who_is_kept_out_while_he_waits_is_turned_away),
        TEST(an_answer_about_a_client_of_an_earlier_run_is_for_nobody),
        TEST(a_crowd_beyond_what_can_wait_is_decided_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
