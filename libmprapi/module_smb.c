/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module that smb.c loads: a named pipe of another machine by libsmbclient.
 *
 * For each pipe there is a thread with a context of libsmbclient of its own, between the library's socket and the pipe.
 * It takes a PDU from the socket, writes it, and where an answer follows reads that: the 16 bytes of the header first
 * and then what they say is left, because a longer read would wait for what never comes. The library asks one thing at
 * a time (association.h), so nobody waits for the thread while it waits for the server.
 *
 * libsmbclient is not made for threads: as it is built for Debian, even what it has for that is not to be got at. So
 * they take turns: to connect, to disconnect, and for each question with its answer. Whoever asks waits no longer than
 * he likes all the same, for he waits at his socket. Because a call that waits for an event would make all others wait,
 * the library binds to dimsvc only (pool.c).
 *
 * A thread ends when its socket is closed, at the latest when the server has been silent for SILENCE_MS.
 */
#include <errno.h>
#include <fcntl.h>
#include <libsmbclient.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "libmprapi/smb.h"
#include "libmprapi/smb_account.h"
#include "rpc/cursor.h"
#include "rpc/limits.h"
#include "rpc/pdu.h"

/* Longer than a call may take (OPENRRAS_CALL_LIMIT_MS), so that it is the library that gives up first. */
#define SILENCE_MS 35000
/* Threads: those of the connections that are used, and of some whose server is silent. */
#define BRIDGES_MAX 64u
#define STACK_SIZE  (512u * 1024) /* libsmbclient has buffers of PATH_MAX and more on it */
#define PDU_MAX     65536u
/* How long a fork, and the end of the process, wait for whose turn it is. */
#define TURN_WAIT_S 1

struct bridge {
    int fd;
    char host[BINDING_HOST_MAX];
    struct smb_account account; /* nobody: by Kerberos */
    struct smb_report report;
    SMBCCTX *context;
    SMBCFILE *pipe;
    uint8_t pdu[PDU_MAX];
};

static atomic_uint bridges;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static bool had_turn; /* by who forks */
static atomic_bool
    out_of_hand; /* in a child that was forked while another thread had its turn: who knows in what state */

/* For a connection that is being closed, not for a server that is silent. */
static bool wait_for_turn(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += TURN_WAIT_S;
    return pthread_mutex_timedlock(&turn, &t) == 0;
}

/* The libraries below are about to be torn down: no thread may be among them from here on. */
__attribute__((destructor)) static void at_end(void)
{
    (void)wait_for_turn();
}

static void fail(struct bridge *b, int error, const char *why)
{
    b->report.error = error;
    snprintf(b->report.why, sizeof b->report.why, "%s", why);
}

/* ---- who we are ---- */

/* As the file says that the environment names; without it: Kerberos. */
static bool read_credentials(struct bridge *b)
{
    const char *path = secure_getenv(SMB_CREDENTIALS), *why;
    int r = path && *path ? smb_account_read(path, &b->account, &why) : 0;
    if (r < 0)
        fail(b, r, why);
    return r == 0;
}

static void put(char *dst, int size, const char *src)
{
    if (size > 0)
        snprintf(dst, (size_t)size, "%s", src);
}

static bool has_account(const struct bridge *b)
{
    return b->account.user[0] != '\0';
}

static void on_auth(SMBCCTX *context, const char *server, const char *share, char *workgroup, int workgroup_size,
                    char *user, int user_size, char *password, int password_size)
{
    const struct bridge *b = smbc_getOptionUserData(context);
    (void)server;
    (void)share;
    if (b->account.domain[0])
        put(workgroup, workgroup_size, b->account.domain);
    /* Nobody is a user whose name is empty: that would be an anonymous session, whatever ticket there is. */
    if (!has_account(b))
        return;
    put(user, user_size, b->account.user);
    put(password, password_size, b->account.password);
}

/* ---- the pipe ---- */

/* What goes wrong is told by codes; standard error is the program's. */
static void on_log(void *ctx, int level, const char *text)
{
    (void)ctx;
    (void)level;
    (void)text;
}

static bool make_context(struct bridge *b)
{
    b->context = smbc_new_context();
    if (!b->context)
        return false;
    smbc_setOptionUserData(b->context, b);
    smbc_setFunctionAuthDataWithContext(b->context, on_auth);
    smbc_setDebug(b->context, 0);
    smbc_setLogCallback(b->context, NULL, on_log);
    smbc_setTimeout(b->context, SILENCE_MS);
    smbc_setOptionNoAutoAnonymousLogin(b->context, 1);
    smbc_setOptionUseKerberos(b->context, !has_account(b));
    smbc_setOptionFallbackAfterKerberos(b->context, 0);
    if (!has_account(b))
        smbc_setOptionUseCCache(b->context, 1);
    return smbc_init_context(b->context) != NULL;
}

static const char *words_for(const struct bridge *b, int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
        return has_account(b) ? "access denied: is the password in the file that " SMB_CREDENTIALS " names right?"
                              : "access denied: is there a Kerberos ticket that has not expired? kinit gets a new one";
    case ENOENT:
        return "no such pipe: smbd is there, and no rrasd behind it";
    case ECONNREFUSED:
        return "connection refused: no smbd, or no rrasd behind its pipe";
    case EINVAL:
        return has_account(b) ? "no such host, or not rrasd behind its pipe"
                              : "no such host, or no Kerberos ticket for it (kinit, klist) and no password in a file "
                                "that " SMB_CREDENTIALS " names";
    case ECONNABORTED:
    case ENETRESET: /* what smbd makes of an end without an answer */
        return "rrasd has refused what smbd says of us: its log says why";
    default:
        return strerror(error);
    }
}

static bool open_pipe(struct bridge *b)
{
    char url[BINDING_HOST_MAX + 32];
    if (!read_credentials(b))
        return false;
    if (!make_context(b)) {
        fail(b, -ENOMEM, "libsmbclient can't be set up");
        return false;
    }
    snprintf(url, sizeof url, "smb://%s/IPC$/router", b->host);
    errno = 0;
    b->pipe = smbc_getFunctionOpen(b->context)(b->context, url, O_RDWR, 0);
    if (!b->pipe)
        fail(b, errno ? -errno : -ECONNREFUSED, words_for(b, errno ? errno : ECONNREFUSED));
    return b->pipe != NULL;
}

static bool write_pipe(struct bridge *b, size_t n)
{
    smbc_write_fn write_fn = smbc_getFunctionWrite(b->context);
    for (size_t at = 0; at < n;) {
        ssize_t w = write_fn(b->context, b->pipe, b->pdu + at, n - at);
        if (w <= 0)
            return false;
        at += (size_t)w;
    }
    return true;
}

static bool read_pipe(struct bridge *b, size_t at, size_t n)
{
    smbc_read_fn read_fn = smbc_getFunctionRead(b->context);
    while (n > 0) {
        ssize_t r = read_fn(b->context, b->pipe, b->pdu + at, n);
        if (r <= 0 || (size_t)r > n)
            return false;
        at += (size_t)r;
        n -= (size_t)r;
    }
    return true;
}

/* ---- the socket ---- */

static bool write_socket(const struct bridge *b, const void *p, size_t n)
{
    const char *at = p;
    while (n > 0) {
        ssize_t w = send(b->fd, at, n, MSG_NOSIGNAL);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return false;
        at += w;
        n -= (size_t)w;
    }
    return true;
}

static bool read_socket(struct bridge *b, size_t at, size_t n)
{
    while (n > 0) {
        ssize_t r = recv(b->fd, b->pdu + at, n, 0);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return false;
        at += (size_t)r;
        n -= (size_t)r;
    }
    return true;
}

/* ---- between them ---- */

/* How long the PDU is whose header is there; 0 when it can't be one. */
static size_t length_of(const struct bridge *b)
{
    struct rpc_rd rd = rpc_rd_init(b->pdu, RPC_HEADER_SIZE, (b->pdu[4] & 0x10) == 0);
    (void)rpc_rd_bytes(&rd, 8);
    size_t n = rpc_rd_u16_raw(&rd);
    return n < RPC_HEADER_SIZE ? 0 : n;
}

static bool is_last(const struct bridge *b)
{
    return b->pdu[3] & RPC_PFC_LAST;
}

static bool is_answered(const struct bridge *b)
{
    uint8_t type = b->pdu[2];
    return is_last(b) && (type == RPC_PTYPE_REQUEST || type == RPC_PTYPE_BIND || type == RPC_PTYPE_ALTER_CONTEXT);
}

/* One PDU of the library's, and its length; 0 at the end. */
static size_t take_question(struct bridge *b)
{
    size_t n = read_socket(b, 0, RPC_HEADER_SIZE) ? length_of(b) : 0;
    return n && read_socket(b, RPC_HEADER_SIZE, n - RPC_HEADER_SIZE) ? n : 0;
}

/* One PDU of it. Whatever it is, the library judges it. */
static bool pass_answer(struct bridge *b)
{
    size_t n = read_pipe(b, 0, RPC_HEADER_SIZE) ? length_of(b) : 0;
    return n && read_pipe(b, RPC_HEADER_SIZE, n - RPC_HEADER_SIZE) && write_socket(b, b->pdu, n);
}

/* The question is there; with the turn. */
static bool exchange(struct bridge *b, size_t n)
{
    bool answered = is_answered(b);
    if (!write_pipe(b, n))
        return false;
    while (answered) {
        if (!pass_answer(b))
            return false;
        if (is_last(b))
            break;
    }
    return true;
}

static void pass(struct bridge *b)
{
    size_t n;
    bool good = true;
    while (good && (n = take_question(b)) > 0) {
        pthread_mutex_lock(&turn);
        good = exchange(b, n);
        pthread_mutex_unlock(&turn);
    }
}

static bool begin(struct bridge *b)
{
    pthread_mutex_lock(&turn);
    bool open = open_pipe(b);
    pthread_mutex_unlock(&turn);
    return open;
}

static void end(struct bridge *b)
{
    pthread_mutex_lock(&turn);
    if (b->pipe)
        (void)smbc_getFunctionClose(b->context)(b->context, b->pipe);
    if (b->context)
        (void)smbc_free_context(b->context, 1);
    pthread_mutex_unlock(&turn);
}

static void *run(void *arg)
{
    struct bridge *b = arg;
    bool open = begin(b);
    if (write_socket(b, &b->report, sizeof b->report) && open)
        pass(b);
    close(b->fd);
    end(b);
    explicit_bzero(b, sizeof *b);
    free(b);
    atomic_fetch_sub(&bridges, 1);
    return NULL;
}

/* ---- the module ---- */

static void before_fork(void)
{
    had_turn = wait_for_turn();
}

static void after_fork(void)
{
    if (had_turn)
        pthread_mutex_unlock(&turn);
}

/* In the child there is no thread of ours. */
static void in_child(void)
{
    atomic_store(&bridges, 0);
    if (had_turn)
        pthread_mutex_unlock(&turn);
    else
        atomic_store(&out_of_hand, true);
}

static void prepare(void)
{
    (void)pthread_atfork(before_fork, after_fork, in_child);
}

/* The program's signals are not for this thread, SIGPIPE among them. */
static int start(struct bridge *b)
{
    pthread_attr_t attributes;
    sigset_t all, old;
    pthread_t thread;
    int r = pthread_attr_init(&attributes);
    if (r != 0)
        return -r;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    r = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (r == 0)
        r = pthread_attr_setstacksize(&attributes, STACK_SIZE);
    if (r == 0)
        r = pthread_create(&thread, &attributes, run, b);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    return -r;
}

static int open_bridge(const char *host)
{
    int pair[2];
    struct bridge *b = calloc(1, sizeof *b);
    if (!b)
        return -ENOMEM;
    snprintf(b->host, sizeof b->host, "%s", host);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        int r = -errno;
        free(b);
        return r;
    }
    b->fd = pair[1];
    int r = start(b);
    if (r < 0) {
        close(pair[0]);
        close(pair[1]);
        free(b);
        return r;
    }
    return pair[0];
}

static int open_one(const char *host)
{
    (void)pthread_once(&once, prepare);
    if (atomic_load(&out_of_hand))
        return -EDEADLK;
    if (atomic_fetch_add(&bridges, 1) >= BRIDGES_MAX) {
        atomic_fetch_sub(&bridges, 1);
        return -EUSERS;
    }
    int fd = open_bridge(host);
    if (fd < 0)
        atomic_fetch_sub(&bridges, 1);
    return fd;
}

__attribute__((visibility("default"))) extern const struct smb_module openrras_smb_module;
const struct smb_module openrras_smb_module = {.version = SMB_MODULE_VERSION, .open = open_one};
