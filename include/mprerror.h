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
#define ERROR_NO_AUTH_PROTOCOL_AVAILABLE      918 /* no authentication protocol can be used */
#define ERROR_PEER_REFUSED_AUTH               919 /* no common authentication protocol */
#define ERROR_REMOTE_NO_DIALIN_PERMISSION     920 /* the remote router may not dial in */
#define ERROR_REMOTE_PASSWD_EXPIRED           921 /* the password there has expired */
#define ERROR_REMOTE_ACCT_DISABLED            922 /* the account there is disabled */
#define ERROR_REMOTE_RESTRICTED_LOGON_HOURS   923 /* the account there may not log on now */
#define ERROR_REMOTE_AUTHENTICATION_FAILURE   924 /* the remote computer did not accept the credentials */
#define ERROR_INTERFACE_HAS_NO_DEVICES        925 /* no ports enabled for the interface */
#define ERROR_IDLE_DISCONNECTED               926 /* ended because there was no traffic */
#define ERROR_INTERFACE_UNREACHABLE           927 /* cannot be reached now */
#define ERROR_SERVICE_IS_PAUSED               928 /* service paused */
#define ERROR_INTERFACE_DISCONNECTED          929 /* was disconnected by the administrator */
#define ERROR_AUTH_SERVER_TIMEOUT             930 /* the authentication server did not answer */
#define ERROR_PORT_LIMIT_REACHED              931 /* no more ports allowed */
#define ERROR_PPP_SESSION_TIMEOUT             932 /* ended because it lasted too long */
#define ERROR_MAX_LAN_INTERFACE_LIMIT         933 /* no more LAN interfaces allowed */
#define ERROR_MAX_WAN_INTERFACE_LIMIT         934 /* no more demand-dial interfaces allowed */
#define ERROR_MAX_CLIENT_INTERFACE_LIMIT      935 /* no more clients allowed */
#define ERROR_BAP_DISCONNECTED                936 /* link dropped, it was not needed */
#define ERROR_USER_LIMIT                      937 /* no more connections of this user allowed */
#define ERROR_NO_RADIUS_SERVERS               938 /* no RADIUS server could be reached */
#define ERROR_INVALID_RADIUS_RESPONSE         939 /* answer of a RADIUS server not valid */
#define ERROR_DIALIN_HOURS_RESTRICTION        940 /* the user may not dial in now */
#define ERROR_ALLOWED_PORT_TYPE_RESTRICTION   941 /* the user may not use this kind of port */
#define ERROR_AUTH_PROTOCOL_RESTRICTION       942 /* the user may not use this authentication protocol */
#define ERROR_BAP_REQUIRED                    943 /* the user has to use BAP */
#define ERROR_DIALOUT_HOURS_RESTRICTION       944 /* the interface may not dial out now */
#define ERROR_ROUTER_CONFIG_INCOMPATIBLE      945 /* stored configuration does not fit this router */
#define WARNING_NO_MD5_MIGRATION              946 /* accounts for MD5-CHAP were not taken over */
#define ERROR_PROTOCOL_ALREADY_INSTALLED      948 /* transport already installed */
#define ERROR_INVALID_SIGNATURE_LENGTH        949 /* RADIUS: signature has the wrong length */
#define ERROR_INVALID_SIGNATURE               950 /* RADIUS: signature wrong */
#define ERROR_NO_SIGNATURE                    951 /* RADIUS: signature missing */
#define ERROR_INVALID_PACKET_LENGTH_OR_ID     952 /* RADIUS: length or number wrong */
#define ERROR_INVALID_ATTRIBUTE_LENGTH        953 /* RADIUS: attribute has the wrong length */
#define ERROR_INVALID_PACKET                  954 /* RADIUS: packet not valid */
#define ERROR_AUTHENTICATOR_MISMATCH          955 /* RADIUS: authenticator wrong */
#define ERROR_REMOTEACCESS_NOT_CONFIGURED     956 /* remote access is not configured */

#endif
