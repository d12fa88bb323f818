/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Remote access codes, from 600.
 */
#ifndef OPENRRAS_RASERROR_H
#define OPENRRAS_RASERROR_H

#define RASBASE 600 /* the first code of this group */

/* Ports, devices and connections */
#define PENDING                           600 /* operation in progress */
#define ERROR_INVALID_PORT_HANDLE         601 /* no such port */
#define ERROR_PORT_ALREADY_OPEN           602 /* port is open */
#define ERROR_BUFFER_TOO_SMALL            603 /* caller's buffer too small */
#define ERROR_PORT_NOT_CONNECTED          606 /* port has no connection */
#define ERROR_DEVICE_DOES_NOT_EXIST       608 /* no such device */
#define ERROR_PORT_NOT_FOUND              615 /* port not found */
#define ERROR_ALREADY_DISCONNECTING       617 /* disconnect already under way */
#define ERROR_PORT_NOT_OPEN               618 /* port is not open */
#define ERROR_PORT_DISCONNECTED           619 /* port was disconnected */
#define ERROR_CANNOT_OPEN_PHONEBOOK       621 /* phonebook file cannot be opened */
#define ERROR_CANNOT_LOAD_PHONEBOOK       622 /* phonebook file cannot be loaded */
#define ERROR_CANNOT_FIND_PHONEBOOK_ENTRY 623 /* no such entry */
#define ERROR_DISCONNECTION               628 /* connection was dropped */
#define ERROR_REMOTE_DISCONNECTION        629 /* dropped by the peer */
#define ERROR_HARDWARE_FAILURE            630 /* device failed */
#define ERROR_USER_DISCONNECTION          631 /* dropped by the user */
#define ERROR_INVALID_SIZE                632 /* structure size wrong */
#define ERROR_PORT_NOT_AVAILABLE          633 /* port in use or not configured */
#define ERROR_NO_CONNECTION               668 /* connection is gone */
#define ERROR_INVALID_CALLBACK_NUMBER     751 /* the callback number has characters that are not allowed */

#endif
