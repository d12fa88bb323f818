/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints what the tables of operations make: docs/wire.md, the dictionary of the fuzzers, and lists for scripts.
 *
 * usage: dimsvc_describe document | dictionary | operations
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dimsvc/layout.h"
#include "dimsvc/record.h"
#include "dimsvc/run.h"
#include "dimsvc/wire.h"
#include "rasrpc/run.h"
#include "rasrpc/wire.h"
#include "rrasx/rrasx.h"

static const char *const rights[] = {"view", "disconnect", "administrator"};

/* ---- the document ---- */

static const char head[] =
    "# Operations on the wire\n"
    "\n"
    "Made of the tables of operations in `dimsvc/`, `rasrpc/` and `rrasx/` by `tests/dimsvc/describe.c`; a test says "
    "when it is not.\n"
    "To write it anew: `build/tests/dimsvc/dimsvc_describe document > docs/wire.md`.\n"
    "\n"
    "Three interfaces are served on the same associations, DCE/RPC 5.0 with NDR20. The bytes of each operation of the "
    "first two, at\n"
    "every level, stand in `tests/dimsvc/examples.txt` and `tests/rasrpc/examples.txt`.\n"
    "\n"
    "* **Checks**, in this order: the parameters decode, else a fault (0x6f7, or 0x1c000006 for a union's tag without "
    "an arm); the caller\n"
    "  has the right, else 5 with empty outputs (rasrpc: a fault with status 5); LAN: on a server that routes between "
    "LANs only, 903; then\n"
    "  what the operation itself checks. dimsvc's opnum 34 looks at its event before LAN.\n"
    "* **Rights**: view, disconnect, administrator; each may do what the one before it may. MS-RRASM knows "
    "administrators only.\n"
    "* **Limits**: a request has 64 KiB at most. What else is bounded stands with the operation.\n"
    "* **Opnums** that are not here: fault 0x1c010002.\n"
    "\n"
    "## What parameters look like\n"
    "\n"
    "| kind | bytes |\n"
    "|---|---|\n"
    "| DWORD | 4, aligned to 4; BOOL and `ULONG_PTR` (an event's handle) are as long |\n"
    "| text | DWORDs: units, 0, units; then UTF-16 units, of which the last is the only NUL |\n"
    "| C | DIM_INFORMATION_CONTAINER: size, pointer; then the size once more, and so many bytes |\n"
    "| I | DIM_INTERFACE_CONTAINER: twice a flag, size, pointer; then what the pointers lead to |\n"
    "| M | DIM_MIB_ENTRY_CONTAINER: twice size, pointer; then what the pointers lead to |\n"
    "| resume | pointer that may be NULL; then a DWORD |\n"
    "| header | MPRAPI_OBJECT_HEADER_IDL: revision, type, 16 bits of size |\n"
    "| union U | a byte with the revision, the arm at the next multiple of its alignment; then what its pointers lead "
    "to |\n"
    "| text pointer, array pointer | pointer that may be NULL; then the text, or the number of elements and these |\n"
    "\n";

/* Letters of inputs (request.h, rasrpc/run.h) and of empty outputs (run.h). */
static const char *kind_of(char letter)
{
    static const struct {
        const char *letters, *kind;
    } kinds[] = {{"s", "text"},
                 {"c", "C"},
                 {"i", "I"},
                 {"m", "M"},
                 {"rR", "resume"},
                 {"o", "header"},
                 {"x", "union MPR_SERVER_EX_IDL"},
                 {"y", "union MPR_SERVER_SET_CONFIG_EX_IDL"},
                 {"u", "union RAS_UPDATE_CONNECTION_IDL"},
                 {"q", "union MPR_IF_CUSTOMINFOEX_IDL"},
                 {"e", "union RAS_CONNECTION_EX_IDL"}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strchr(kinds[i].letters, letter))
            return kinds[i].kind;
    }
    return "DWORD";
}

static const char *pointer_kind(uint16_t opnum)
{
    return opnum == DIM_CONNECTION_ENUM_EX ? "array pointer" : "text pointer";
}

static void print_parameters(uint16_t opnum, const char *names, const char *letters)
{
    char copy[256], *rest = copy;
    snprintf(copy, sizeof copy, "%s", names);
    for (const char *l = letters; *l; l++)
        printf("%s`%s` %s", l == letters ? "" : ", ", strsep(&rest, " "),
               *l == 'a' ? pointer_kind(opnum) : kind_of(*l));
    if (!*letters)
        printf("-");
}

static void print_codes(const struct dim_wire *w, const char *more)
{
    for (const struct dim_code *c = w->codes; c->name; c++)
        printf("%s%" PRIu32 " %s", c == w->codes ? "" : ", ", c->code, c->name);
    printf("%s", more);
}

static void print_operation(const struct dim_op *op, const struct dim_wire *w)
{
    printf("### %u %s\n\n", op->opnum, op->name);
    printf("* Right: %s%s\n* Request: ", rights[op->right], op->lan_check ? "; LAN" : "");
    print_parameters(op->opnum, w->in, op->impl->in);
    printf("\n* Response: ");
    print_parameters(op->opnum, w->out, op->impl->out);
    printf("\n* Codes: ");
    print_codes(w, op->lan_check ? "; 5, 903" : "; 5");
    if (w->limit)
        printf("\n* Limit: %s", w->limit);
    printf("\n* By: %s\n\n", w->by);
}

static void print_syntax(const char *name, const struct rpc_syntax *s)
{
    const uint8_t *r = s->uuid.rest;
    printf("## %s\n\n%08" PRIx32 "-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x, version %u.%u.\n\n", name,
           s->uuid.time_low, s->uuid.time_mid, s->uuid.time_hi, r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7],
           s->major, s->minor);
}

/* Kinds of rasrpc's own come behind names: its letters are others. */
static void print_rasrpc(void)
{
    puts("Every operation is for administrators. `pUser` is a RASRPC_PBUSER, `pReqBuffer` a pointer to counted bytes "
         "whose size comes\n"
         "behind it, `lpBuffer` a text with the room that `uSize` says.\n");
    puts("| opnum | operation | request | response | codes | limit | by |\n|---|---|---|---|---|---|---|");
    for (uint16_t i = 0; i < RASRPC_OPNUMS; i++) {
        const struct dim_wire *w = rasrpc_wire(i);
        if (!w)
            continue;
        printf("| %u | %s | %s | %s | ", i, rasrpc_op(i)->name, w->in, *w->out ? w->out : "-");
        print_codes(w, "");
        printf(" | %s | %s |\n", w->limit ? w->limit : "-", w->by);
    }
    puts("\nThe requests of RasRpcSubmitRequest; what came of one stands in `retcode`, behind the head of the buffer. "
         "Any other gets 50,\n"
         "a block that does not fit its buffer 0x80070057. A buffer that is too small, or a type above 141, is "
         "answered as it came,\n"
         "whoever asks.\n");
    puts("| type | name | answer |\n|---|---|---|");
    for (size_t i = 0; rasrpc_request(i); i++)
        printf("| %" PRIu32 " | %s | %s |\n", rasrpc_request(i)->type, rasrpc_request(i)->name,
               rasrpc_request(i)->answer);
    puts("");
}

static void print_rrasx(void)
{
    puts("Each request and each reply is one message of attributes: [rrasx.md](rrasx.md) has their tables, their "
         "limits and their bytes.\n");
    puts("| opnum | operation | right |\n|---|---|---|");
    for (uint16_t i = 0; i < RRASX_OPNUMS; i++)
        printf("| %u | %s | %s |\n", i, rrasx_op(i)->name, rights[rrasx_op(i)->right]);
}

static void print_document(void)
{
    fputs(head, stdout);
    print_syntax("dimsvc", &dim_syntax);
    for (uint16_t i = 0; i < DIM_OPNUMS; i++)
        print_operation(dim_op(i), dim_wire(i));
    print_syntax("rasrpc", &rasrpc_syntax);
    print_rasrpc();
    print_syntax("rrasx", &rrasx_syntax);
    print_rrasx();
}

/* ---- the dictionary ---- */

static void print_word(uint32_t v)
{
    printf("\"\\x%02x\\x%02x\\x%02x\\x%02x\"\n", v & 0xff, v >> 8 & 0xff, v >> 16 & 0xff, v >> 24);
}

/* The start of each operation's request as the fuzzer takes it, with a good level or revision; sizes of records; codes.
 */
static void print_dictionary(void)
{
    static const size_t sizes[] = {DIM_PORT0_SIZE, DIM_PORT1_SIZE, DIM_DEVICE0_SIZE, DIM_INTERFACE0_SIZE};
    bool seen[4096] = {false};
    for (uint16_t op = 0; op < DIM_OPNUMS; op++) {
        printf("\"\\x%02x\\x00\"\n", op);
        for (const struct dim_code *c = dim_wire(op)->codes; c->name; c++)
            seen[c->code % 4096] = true;
    }
    for (uint32_t code = 0; code < 4096; code++) {
        if (seen[code])
            print_word(code);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        print_word((uint32_t)sizes[i]);
    for (uint32_t level = 0; dim_connection_size(level) > 0; level++)
        print_word((uint32_t)dim_connection_size(level));
    for (unsigned revision = 1; revision <= 3; revision++) {
        for (unsigned type = 1; type <= DIM_OBJECT_IF_CUSTOM_EX; type++)
            printf("\"\\x%02x\\x00\\x00\\x00\\x%02x\\x%02x\"\n", revision, revision, type);
    }
    print_word(0xffffffff);
    print_word(0x21);
    print_word(0x57);
}

/* ---- for scripts ---- */

static void print_list(void)
{
    for (uint16_t op = 0; op < DIM_OPNUMS; op++)
        printf("dimsvc %u %s\n", op, dim_op(op)->name);
    for (uint16_t op = 0; op < RASRPC_OPNUMS; op++) {
        if (rasrpc_op(op))
            printf("rasrpc %u %s\n", op, rasrpc_op(op)->name);
    }
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++)
        printf("rrasx %u %s\n", op, rrasx_op(op)->name);
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";
    if (strcmp(what, "document") == 0)
        print_document();
    else if (strcmp(what, "dictionary") == 0)
        print_dictionary();
    else if (strcmp(what, "operations") == 0)
        print_list();
    else
        return 2;
    return 0;
}
