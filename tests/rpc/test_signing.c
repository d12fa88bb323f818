/* SPDX-License-Identifier: Apache-2.0 */
/* Signed headers, once a bind or alter_context has offered them, are demanded from then on. So whoever takes the offer
 * away on the way is found out by what an honest client says in the trailer of its requests, which is protected; and
 * whoever puts in another PDU that makes the offer ends the connection. */
#include "secure.h"

/* A trailer that says: I have offered to sign headers. */
static const char offered[] = "8ae31371 02f43671 0140 0400 01000000";

#define NOTHING 0x100u /* no PDU here */
#define BARE    0x200u /* one without a verifier */

static void put_begin(struct bytes *in, unsigned ptype, unsigned how, uint32_t call_id)
{
    unsigned flags = how & HDR_SIGN;
    size_t start = in->n;
    if (how & BARE) {
        begin_bind(in, ptype, FIRST | LAST | flags, call_id, 5840, 5840, 0, 1);
        put_context(in, 0, IF_A, NDR20, NULL);
        end_pdu(in, start);
    } else if (how != NOTHING) {
        put_auth_bind(in, ptype, flags, call_id, FAKE_TYPE, RPC_AUTH_INTEGRITY, CONTEXT_ID, "one");
    }
}

/* After these three PDUs, does a request get through whose trailer says that signed headers were offered, and whose own
 * header is signed or not? */
static bool passes(const unsigned how[static 3], bool signs)
{
    struct secure s;
    struct bytes in = {0}, stub = {0};
    struct protection protection = {.level = RPC_AUTH_INTEGRITY, .sign_header = signs};
    secure_open(&s, 2);
    s.w.check_trailer = true;
    for (uint32_t i = 0; i < 3; i++)
        put_begin(&in, i ? ALTER : BIND, how[i], i + 1);
    put_hex(&stub, offered);
    put_secured(&s, &in, FIRST | LAST, 9, &protection, stub.p, stub.n);
    bool ok = say(&s.w, &in) == 0 && s.w.trailer_ok;
    drop(&stub);
    secure_close(&s);
    return ok;
}

static void no_later_pdu_can_say_that_unsigned_headers_were_signed(void **state)
{
    (void)state;
    static const struct {
        unsigned how[3];
        bool signs, passes;
    } rows[] = {
        {{HDR_SIGN, NOTHING, NOTHING}, true, true},
        {{0, NOTHING, NOTHING}, false, false},         /* the flag was taken out of the bind */
        {{0, BARE | HDR_SIGN, NOTHING}, false, false}, /* and put into an alter_context of somebody else */
        {{BARE, HDR_SIGN, NOTHING}, true, true},
        {{BARE | HDR_SIGN, 0, NOTHING}, false, false},
        {{BARE, BARE | HDR_SIGN, 0}, false, false},
        {{BARE, 0, BARE | HDR_SIGN}, false, false},
        {{HDR_SIGN, BARE, NOTHING}, true, true}, /* nor can one take it away */
        {{HDR_SIGN, BARE, NOTHING}, false, false},
        {{BARE | HDR_SIGN, 0, NOTHING}, true, true}, /* a client may offer it at any time */
        {{BARE, BARE | HDR_SIGN, 0}, true, true},
        {{0, BARE | HDR_SIGN, NOTHING}, true, true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (passes(rows[i].how, rows[i].signs) != rows[i].passes)
            fail_msg("row %zu", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_later_pdu_can_say_that_unsigned_headers_were_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
