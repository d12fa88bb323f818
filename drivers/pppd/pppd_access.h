/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that the plugin uses of pppd, whichever version: pppd_24.c has it for 2.4.9, pppd_25.c for 2.5. Only these two
 * include pppd's headers; and as pppd.h of 2.4 makes a type named bool of its own, there is none in here.
 *
 * Nothing of this may be called from a signal handler.
 */
#ifndef OPENRRAS_DRIVERS_PPPD_PPPD_ACCESS_H
#define OPENRRAS_DRIVERS_PPPD_PPPD_ACCESS_H

#include <netinet/in.h>
#include <stddef.h>

/* pppd's phases, with pppd's numbers (the same in both). */
enum pppd_phase {
    PPPD_DEAD,
    PPPD_INITIALIZE,
    PPPD_SERIALCONN,
    PPPD_DORMANT,
    PPPD_ESTABLISH,
    PPPD_AUTHENTICATE,
    PPPD_CALLBACK,
    PPPD_NETWORK,
    PPPD_RUNNING,
    PPPD_TERMINATE,
    PPPD_DISCONNECT,
    PPPD_HOLDOFF,
    PPPD_MASTER,
};

/* What pppd tells. All from its main loop. */
struct pppd_events {
    void (*phase)(int phase);
    void (*authenticated)(void);  /* the peer has shown who it is; before it is given an address */
    void (*network_begins)(void); /* see pppd_watch_network() */
    void (*network_up)(void);     /* IPv4 or IPv6 has come up */
    void (*network_down)(void);
    void (*joined)(void);    /* this link has joined a bundle of another pppd */
    void (*link_down)(void); /* LCP is about to go down; before the Terminate-Request is sent if it is us who end it */
    void (*exiting)(void);
    void (*detached)(int child); /* in the parent: pppd goes on as this child */
    void (*forked)(void);        /* in a child, which is about to run something else */
};

/* What the administrator has set, or "". Plugin options: rras-socket, rras-pool, rras-device-type, rras-device-name,
 * rras-no-answer,
 * rras-quarantine, rras-quarantine-allow, rras-message-command. */
struct pppd_settings {
    char socket[108]; /* as long as a path of a unix socket can be, with its NUL */
    char pool[33];
    char device_type[17];
    char device_name[129];
    char no_answer[9];          /* "permit" or "refuse" */
    char quarantine_allow[512]; /* networks, as quarantine_parse() takes them */
    char message_command[256];  /* path of a program */
    unsigned char quarantine;   /* 1: whoever comes is in it */
};

/* Once, from plugin_init(). */
void pppd_begin(struct pppd_settings *settings, const struct pppd_events *events);

/* From now on network_begins() is told. Not always, because pppd then takes no address that the client chooses. */
void pppd_watch_network(void);

const char *pppd_interface(void);     /* "ppp0" */
const char *pppd_peer(void);          /* authenticated name, or "" */
const char *pppd_remote_number(void); /* what the server program knows of the caller, or "" */
const char *pppd_ipparam(void);
const char *pppd_auth_method(void); /* "pap", "chap", "mschap", "mschap-v2", "eap", or "" */
unsigned pppd_line_speed(void);     /* bits per second, or 0: not known */

/* Addresses that IPCP has agreed upon; 0.0.0.0 when there are none. */
struct in_addr pppd_address_ours(void);
struct in_addr pppd_address_peer(void);
/* 1 and the peer's link-local address, or 0. */
int pppd_address6_peer(struct in6_addr *ret);

int pppd_in_bundle(void); /* is this link part of a multilink bundle? */
int pppd_is_master(void); /* has this pppd the bundle's network interface? */
/* The peer's endpoint discriminator: class in *ret_class, at most `cap` bytes in dst; how many, 0 without one. */
size_t pppd_peer_endpoint(unsigned char *dst, size_t cap, unsigned *ret_class);

/* Why pppd ends, in words, or NULL when it does not say. */
const char *pppd_exit_reason(void);
/* The peer was turned away: pppd's exit status shall say that it was not let in. */
void pppd_set_refused(void);

/* End the link in an orderly way, as pppd does on SIGHUP. */
void pppd_close(const char *reason);
/* The words of the Terminate-Request that is about to be sent. They must stay where they are. */
void pppd_set_term_reason(const char *reason);
/* Has the peer acknowledged our Terminate-Request? 1 yes, 0 not known. Good when the link has just been given up. */
int pppd_peer_acknowledged(void);
/* Give the link up without waiting for the peer. Only once the upper layers are down: after pppd_close(). */
void pppd_hang_up(void);

/* Call f from the main loop in so many milliseconds. */
void pppd_after(unsigned ms, void (*f)(void *));
void pppd_not_after(void (*f)(void *));

void pppd_log_info(const char *text);
void pppd_log_warning(const char *text);

#endif
