/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that a client has taken over, and rrasd as it sees it: any bytes as an answer of rras-ntlm, and as a
 * request to it. And a hostile client: any bytes as the first token of SPNEGO.
 *
 * Input: a frame, or the token. The frame's length is also set right, so that what is behind it is reached.
 */
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "fuzz/fuzz.h"
#include "ntlm/message.h"
#include "ntlm/offer.h"
#include "rpc/cursor.h"

static uint8_t again[NTLM_ANSWER_MAX + NTLM_REQUEST_MAX];

/* What was understood can be said again, in the same bytes. */
static void check_request(const uint8_t *frame, size_t n)
{
    struct ntlm_request request;
    if (ntlm_request_read(frame, n, &request) < 0)
        return;
    FUZZ_CHECK(request.context != 0 && request.token_len <= RPC_AUTH_TOKEN_MAX);
    FUZZ_CHECK(ntlm_request_write(again, sizeof again, &request) == n && memcmp(again, frame, n) == 0);
}

static void check_answer(const uint8_t *frame, size_t n)
{
    struct ntlm_answer answer;
    if (ntlm_answer_read(frame, n, &answer) < 0)
        return;
    size_t name = strlen(answer.name);
    FUZZ_CHECK(answer.context != 0 && answer.token_len <= RPC_AUTH_TOKEN_MAX);
    FUZZ_CHECK(name < sizeof answer.name && strlen(answer.why) < sizeof answer.why);
    FUZZ_CHECK((answer.outcome == NTLM_DONE) == (name > 0) && text_is_utf8(answer.name, name));
    FUZZ_CHECK(ntlm_answer_write(again, sizeof again, &answer) == n && memcmp(again, frame, n) == 0);
}

static void check(const uint8_t *bytes, size_t n)
{
    long size = ntlm_frame_size(bytes, n, NTLM_ANSWER_MAX);
    FUZZ_CHECK(size <= (long)n && size <= (long)NTLM_ANSWER_MAX);
    if (size > 0) {
        check_request(bytes, (size_t)size);
        check_answer(bytes, (size_t)size);
    }
    check_request(bytes, n);
    check_answer(bytes, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1); /* so that one byte too many is seen */
    FUZZ_CHECK(exact);
    if (size > 0)
        memcpy(exact, data, size);
    (void)ntlm_is_all_offered(exact, size);
    check(exact, size);
    if (size >= NTLM_FRAME_HEADER) {
        rpc_put_u32(exact, (uint32_t)(size - NTLM_FRAME_HEADER));
        check(exact, size);
    }
    free(exact);
    return 0;
}
