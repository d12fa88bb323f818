/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Router codes, from 900.
 *
 * ERROR_DDM_NOT_RUNNING (903) is what a server that routes between LANs only answers to every call about ports and
 * connections.
 */
#ifndef OPENRRAS_MPRERROR_H
#define OPENRRAS_MPRERROR_H

#define ROUTEBASE 900 /* the first code of this group */

/* The router */
#define ERROR_ROUTER_STOPPED                  900 /* router is not running */
#define ERROR_ALREADY_CONNECTED               901 /* already connected */
#define ERROR_UNKNOWN_PROTOCOL_ID             902 /* transport or protocol id unknown to the router */
#define ERROR_DDM_NOT_RUNNING                 903 /* demand-dial manager is not running */
#define ERROR_INTERFACE_ALREADY_EXISTS        904 /* name in use */
#define ERROR_NO_SUCH_INTERFACE               905 /* no interface of that name */
#define ERROR_INTERFACE_NOT_CONNECTED         906 /* not connected */
#define ERROR_PROTOCOL_STOP_PENDING           907 /* protocol is stopping */
#define ERROR_INTERFACE_CONNECTED             908 /* cannot delete, connected */
#define ERROR_NO_INTERFACE_CREDENTIALS_SET    909 /* no credentials stored */
#define ERROR_ALREADY_CONNECTING              910 /* connect under way */
#define ERROR_UPDATE_IN_PROGRESS              911 /* route update under way */
#define ERROR_INTERFACE_CONFIGURATION         912 /* interface configuration problem */
#define ERROR_NOT_CLIENT_PORT                 913 /* port not enabled for dial-in clients */
#define ERROR_NOT_ROUTER_PORT                 914 /* port not enabled for routing */
#define ERROR_CLIENT_INTERFACE_ALREADY_EXISTS 915 /* one client interface at most */
#define ERROR_INTERFACE_DISABLED              916 /* disabled by the administrator */
#define ERROR_AUTH_PROTOCOL_REJECTED          917 /* peer rejected our authentication protocol */
#define ERROR_PEER_REFUSED_AUTH               919 /* no common authentication protocol */
#define ERROR_INTERFACE_HAS_NO_DEVICES        925 /* no ports enabled for the interface */
#define ERROR_INTERFACE_UNREACHABLE           927 /* cannot be reached now */
#define ERROR_SERVICE_IS_PAUSED               928 /* service paused */
#define ERROR_INTERFACE_DISCONNECTED          929 /* was disconnected by the administrator */
#define ERROR_PORT_LIMIT_REACHED              931 /* no more ports allowed */
#define ERROR_PROTOCOL_ALREADY_INSTALLED      948 /* transport already installed */

#endif
