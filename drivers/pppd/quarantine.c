/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/pppd/quarantine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef NFT_TABLE_F_OWNER /* Linux 5.12; Debian's headers may be older than its kernel */
#define NFT_TABLE_F_OWNER 0x2
#endif

#define CHAIN     "forward"
#define PRIORITY  (-1)   /* before the filters of the system, which are at 0 */
#define BATCH_MAX 24576u /* begin, table, chain, 34 rules of less than 512 bytes, end */
#define SADDR4    12u    /* in the header of IPv4 */
#define SADDR6    8u
#define HEAD      sizeof(struct nlattr)
#define REGISTER  NFT_REG_1

/* ---- networks ---- */

static bool parse_net(char *text, struct quarantine_net *ret)
{
    char *slash = strchr(text, '/'), *end;
    unsigned long bits;
    if (slash)
        *slash++ = '\0';
    ret->size = (uint8_t)(strchr(text, ':') ? 16 : 4);
    if (inet_pton(ret->size == 16 ? AF_INET6 : AF_INET, text, ret->address) != 1)
        return false;
    bits = 8ul * ret->size;
    if (slash) {
        bits = strtoul(slash, &end, 10);
        if (*slash < '0' || *slash > '9' || *end != '\0' || bits > 8ul * ret->size)
            return false;
    }
    for (size_t i = 0; i < ret->size; i++) {
        unsigned long left = bits > 8 * i ? bits - 8 * i : 0;
        ret->mask[i] = (uint8_t)(left >= 8 ? 0xffu : 0xff00u >> left);
        if ((ret->address[i] & ~(unsigned)ret->mask[i]) != 0)
            return false;
    }
    return true;
}

int quarantine_parse(const char *list, struct quarantine_nets *ret)
{
    char word[INET6_ADDRSTRLEN + 8];
    struct quarantine_nets nets = {0};
    while (*list) {
        size_t n = strcspn(list, ",");
        if (n == 0 || n >= sizeof(word))
            return -EINVAL;
        if (nets.n == QUARANTINE_NETS_MAX)
            return -E2BIG;
        memcpy(word, list, n);
        word[n] = '\0';
        if (!parse_net(word, &nets.net[nets.n++]))
            return -EINVAL;
        list += n;
        if (*list == ',' && *++list == '\0')
            return -EINVAL;
    }
    *ret = nets;
    return 0;
}

/* ---- messages: one batch, which the kernel takes as a whole or not at all ---- */

struct batch {
    _Alignas(struct nlmsghdr) unsigned char data[BATCH_MAX];
    size_t len;
    size_t message; /* where the present one begins */
    uint32_t sequence;
    bool full;
};

static void *room(struct batch *b, size_t n)
{
    size_t aligned = (n + NLMSG_ALIGNTO - 1u) & ~(size_t)(NLMSG_ALIGNTO - 1u);
    if (b->full || aligned > sizeof(b->data) - b->len) {
        b->full = true;
        return NULL;
    }
    void *at = b->data + b->len;
    memset(at, 0, aligned);
    b->len += aligned;
    return at;
}

static void end_message(struct batch *b)
{
    struct nlmsghdr head;
    if (b->full || b->message == b->len)
        return;
    memcpy(&head, b->data + b->message, sizeof(head));
    head.nlmsg_len = (uint32_t)(b->len - b->message);
    memcpy(b->data + b->message, &head, sizeof(head));
}

static void begin_message(struct batch *b, unsigned type, unsigned flags, unsigned family, unsigned resource)
{
    struct nlmsghdr head = {.nlmsg_type = (uint16_t)type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags)};
    struct nfgenmsg about = {
        .nfgen_family = (uint8_t)family, .version = NFNETLINK_V0, .res_id = htons((uint16_t)resource)};
    end_message(b);
    b->message = b->len;
    head.nlmsg_seq = ++b->sequence;
    unsigned char *at = room(b, sizeof(head) + sizeof(about));
    if (!at)
        return;
    memcpy(at, &head, sizeof(head));
    memcpy(at + sizeof(head), &about, sizeof(about));
}

static void begin_nft(struct batch *b, unsigned type, unsigned flags)
{
    begin_message(b, NFNL_SUBSYS_NFTABLES << 8 | type, flags, NFPROTO_INET, 0);
}

static void put(struct batch *b, unsigned type, const void *value, size_t n)
{
    struct nlattr head = {.nla_len = (uint16_t)(HEAD + n), .nla_type = (uint16_t)type};
    unsigned char *at = room(b, HEAD + n);
    if (!at)
        return;
    memcpy(at, &head, sizeof(head));
    if (n > 0)
        memcpy(at + HEAD, value, n);
}

static void put_text(struct batch *b, unsigned type, const char *text)
{
    put(b, type, text, strlen(text) + 1);
}

static void put_u32(struct batch *b, unsigned type, uint32_t value)
{
    value = htonl(value);
    put(b, type, &value, sizeof(value));
}

/* A nest: everything up to close_nest() is in it. */
static size_t open_nest(struct batch *b, unsigned type)
{
    size_t at = b->len;
    put(b, type | NLA_F_NESTED, NULL, 0);
    return at;
}

static void close_nest(struct batch *b, size_t at)
{
    struct nlattr head;
    if (b->full)
        return;
    memcpy(&head, b->data + at, sizeof(head));
    head.nla_len = (uint16_t)(b->len - at);
    memcpy(b->data + at, &head, sizeof(head));
}

/* ---- expressions ---- */

struct nest {
    size_t item, data;
};

static struct nest open_expression(struct batch *b, const char *name)
{
    struct nest n = {.item = open_nest(b, NFTA_LIST_ELEM)};
    put_text(b, NFTA_EXPR_NAME, name);
    n.data = open_nest(b, NFTA_EXPR_DATA);
    return n;
}

static void close_expression(struct batch *b, struct nest n)
{
    close_nest(b, n.data);
    close_nest(b, n.item);
}

static void put_data(struct batch *b, unsigned type, const void *value, size_t n)
{
    size_t nest = open_nest(b, type);
    put(b, NFTA_DATA_VALUE, value, n);
    close_nest(b, nest);
}

static void is_equal(struct batch *b, const void *value, size_t n)
{
    struct nest e = open_expression(b, "cmp");
    put_u32(b, NFTA_CMP_SREG, REGISTER);
    put_u32(b, NFTA_CMP_OP, NFT_CMP_EQ);
    put_data(b, NFTA_CMP_DATA, value, n);
    close_expression(b, e);
}

static void meta_is(struct batch *b, unsigned key, const void *value, size_t n)
{
    struct nest e = open_expression(b, "meta");
    put_u32(b, NFTA_META_KEY, key);
    put_u32(b, NFTA_META_DREG, REGISTER);
    close_expression(b, e);
    is_equal(b, value, n);
}

static void address_is(struct batch *b, unsigned offset, const struct quarantine_net *net)
{
    static const uint8_t zero[16];
    struct nest e = open_expression(b, "payload");
    put_u32(b, NFTA_PAYLOAD_DREG, REGISTER);
    put_u32(b, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
    put_u32(b, NFTA_PAYLOAD_OFFSET, offset);
    put_u32(b, NFTA_PAYLOAD_LEN, net->size);
    close_expression(b, e);
    e = open_expression(b, "bitwise");
    put_u32(b, NFTA_BITWISE_SREG, REGISTER);
    put_u32(b, NFTA_BITWISE_DREG, REGISTER);
    put_u32(b, NFTA_BITWISE_LEN, net->size);
    put_data(b, NFTA_BITWISE_MASK, net->mask, net->size);
    put_data(b, NFTA_BITWISE_XOR, zero, net->size);
    close_expression(b, e);
    is_equal(b, net->address, net->size);
}

static void verdict(struct batch *b, uint32_t code)
{
    struct nest e = open_expression(b, "immediate");
    put_u32(b, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
    size_t data = open_nest(b, NFTA_IMMEDIATE_DATA), inner = open_nest(b, NFTA_DATA_VERDICT);
    put_u32(b, NFTA_VERDICT_CODE, code);
    close_nest(b, inner);
    close_nest(b, data);
    close_expression(b, e);
}

/* ---- the table ---- */

/* What comes from the interface (`from`) or goes to it: to, or from, that network; NULL: whatever it is. */
static void put_rule(struct batch *b, const char *table, uint32_t ifindex, bool from, const struct quarantine_net *net,
                     unsigned flags)
{
    begin_nft(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND | flags);
    put_text(b, NFTA_RULE_TABLE, table);
    put_text(b, NFTA_RULE_CHAIN, CHAIN);
    size_t list = open_nest(b, NFTA_RULE_EXPRESSIONS);
    meta_is(b, from ? NFT_META_IIF : NFT_META_OIF, &ifindex, sizeof(ifindex));
    if (net) {
        uint8_t family = net->size == 16 ? NFPROTO_IPV6 : NFPROTO_IPV4;
        unsigned source = net->size == 16 ? SADDR6 : SADDR4;
        meta_is(b, NFT_META_NFPROTO, &family, sizeof(family));
        address_is(b, from ? source + net->size : source, net);
    }
    verdict(b, net ? NF_ACCEPT : NF_DROP);
    close_nest(b, list);
}

static void put_table(struct batch *b, const char *table, unsigned flags)
{
    begin_nft(b, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
    put_text(b, NFTA_TABLE_NAME, table);
    put_u32(b, NFTA_TABLE_FLAGS, NFT_TABLE_F_OWNER);
    begin_nft(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL | flags);
    put_text(b, NFTA_CHAIN_TABLE, table);
    put_text(b, NFTA_CHAIN_NAME, CHAIN);
    size_t hook = open_nest(b, NFTA_CHAIN_HOOK);
    put_u32(b, NFTA_HOOK_HOOKNUM, NF_INET_FORWARD);
    put_u32(b, NFTA_HOOK_PRIORITY, (uint32_t)PRIORITY);
    close_nest(b, hook);
    put_u32(b, NFTA_CHAIN_POLICY, NF_ACCEPT);
    put_text(b, NFTA_CHAIN_TYPE, "filter");
}

/* ---- the kernel ---- */

static int open_socket(void)
{
    struct sockaddr_nl us = {.nl_family = AF_NETLINK};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
    if (fd < 0)
        return -errno;
    if (bind(fd, (const struct sockaddr *)&us, sizeof(us)) == 0)
        return fd;
    int r = -errno;
    close(fd);
    return r;
}

static int send_all(int fd, const void *data, size_t n)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t sent = sendto(fd, data, n, MSG_DONTWAIT, (const struct sockaddr *)&kernel, sizeof(kernel));
    return sent < 0 ? -errno : (size_t)sent == n ? 0 : -EMSGSIZE;
}

/* What the kernel has answered, which it has done within sendto(): the first error, or 0 once the one that asked for an
 * acknowledgement has it. */
static int outcome(int fd)
{
    _Alignas(struct nlmsghdr) unsigned char buffer[8192];
    for (;;) {
        ssize_t got = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
        if (got < 0)
            return errno == EAGAIN ? -EPROTO : -errno;
        struct nlmsghdr head;
        for (size_t at = 0; at + sizeof(head) <= (size_t)got; at += NLMSG_ALIGN(head.nlmsg_len)) {
            int error = 0;
            memcpy(&head, buffer + at, sizeof(head));
            if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > (size_t)got - at)
                return -EPROTO;
            if (head.nlmsg_type != NLMSG_ERROR || head.nlmsg_len < NLMSG_HDRLEN + sizeof(error))
                continue;
            memcpy(&error, buffer + at + NLMSG_HDRLEN, sizeof(error));
            return error <= 0 ? error : -EPROTO;
        }
    }
}

static void put_rules(struct batch *b, const char *table, unsigned ifindex, const struct quarantine_nets *nets)
{
    for (size_t i = 0; i < nets->n; i++) {
        put_rule(b, table, ifindex, true, &nets->net[i], 0);
        put_rule(b, table, ifindex, false, &nets->net[i], 0);
    }
    put_rule(b, table, ifindex, true, NULL, 0);
    put_rule(b, table, ifindex, false, NULL, NLM_F_ACK); /* the last: everything before it is good, too */
}

static void batch_begin(struct batch *b)
{
    b->len = b->message = 0;
    b->sequence = 0;
    b->full = false;
    begin_message(b, NFNL_MSG_BATCH_BEGIN, 0, NFPROTO_UNSPEC, NFNL_SUBSYS_NFTABLES);
}

static int batch_commit(struct batch *b, int fd)
{
    begin_message(b, NFNL_MSG_BATCH_END, 0, NFPROTO_UNSPEC, NFNL_SUBSYS_NFTABLES);
    end_message(b);
    int r = b->full ? -EMSGSIZE : send_all(fd, b->data, b->len);
    return r == 0 ? outcome(fd) : r;
}

static struct batch batch; /* too large for a handler's stack; one at a time is in here */

/* A table without rules. Kernels may have nftables and lack the family, or the owner. */
int quarantine_probe(void)
{
    char table[32];
    int fd = open_socket();
    if (fd < 0)
        return fd;
    snprintf(table, sizeof(table), "rras-probe-%d", (int)getpid());
    batch_begin(&batch);
    put_table(&batch, table, NLM_F_ACK);
    int r = batch_commit(&batch, fd);
    close(fd);
    return r;
}

int quarantine_begin(struct quarantine *q, const char *interface, unsigned ifindex, const struct quarantine_nets *nets)
{
    if (quarantine_stands(q))
        return 0;
    if (ifindex == 0)
        return -ENODEV;
    int fd = open_socket();
    if (fd < 0)
        return fd;
    snprintf(q->table, sizeof(q->table), "rras-%.15s-%d", interface, (int)getpid());
    batch_begin(&batch);
    put_table(&batch, q->table, 0);
    put_rules(&batch, q->table, ifindex, nets);
    int r = batch_commit(&batch, fd);
    if (r < 0) {
        close(fd); /* and whatever may stand, which is this socket's, goes with it */
        return r;
    }
    q->fd = fd;
    return 0;
}

/* The end of the socket is the table's, but a script that pppd is about to start has a copy of it for a moment. */
int quarantine_end(struct quarantine *q)
{
    if (!quarantine_stands(q))
        return 0;
    batch_begin(&batch);
    begin_nft(&batch, NFT_MSG_DELTABLE, NLM_F_ACK);
    put_text(&batch, NFTA_TABLE_NAME, q->table);
    int r = batch_commit(&batch, q->fd);
    if (r == 0) {
        close(q->fd);
        q->fd = -1;
    }
    return r;
}

void quarantine_drop(struct quarantine *q)
{
    if (q->fd >= 0)
        close(q->fd);
    q->fd = -1;
}
