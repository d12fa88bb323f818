/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where things are: RASRPC_PBUSER as NDR sends it, and the memory images in the buffer of RasRpcSubmitRequest
 * (MS-RRASM 2.2.1.2.113 and the following, 2.2.1.2.218 and the following). Offsets in bytes; a structure's own begin
 * at its start. Texts in the images have 8-bit characters. Nothing of it has been seen from a Windows machine yet.
 */
#ifndef OPENRRAS_RASRPC_LAYOUT_H
#define OPENRRAS_RASRPC_LAYOUT_H

/* ---- RASRPC_PBUSER without what its pointers lead to; the numbers between them are not looked at ---- */
#define RASRPC_PBUSER_CALLBACKS  68u /* after 17 numbers */
#define RASRPC_PBUSER_PHONEBOOKS 1376u
#define RASRPC_PBUSER_AREA_CODES 1380u
#define RASRPC_PBUSER_PREFIXES   1388u
#define RASRPC_PBUSER_SUFFIXES   1392u
#define RASRPC_PBUSER_LOCATIONS  1396u
#define RASRPC_PBUSER_SIZE       1932u
/* Nodes of its lists; each ends with the pointer to the next. */
#define RASRPC_CALLBACK_SIZE 560u /* WCHAR[17], WCHAR[129], WCHAR[129], gap, device type, next */
#define RASRPC_STRING_SIZE   516u /* WCHAR[256], next */
#define RASRPC_LOCATION_SIZE 16u  /* id, prefix, suffix, next */

/* ---- RequestBuffer ---- */
#define RASRPC_BUFFER_PORT         0u /* RB_PCBIndex */
#define RASRPC_BUFFER_TYPE         4u /* RB_Reqtype */
#define RASRPC_BUFFER_POINTER_SIZE 8u /* RB_Dummy: of the client */
#define RASRPC_BUFFER_BLOCK        24u
#define RASRPC_BUFFER_MIN          (RASRPC_BUFFER_BLOCK + 5000u) /* a smaller one is not even looked at */

/* ---- blocks, from the start of the buffer; all begin with retcode ---- */
#define RASRPC_RETCODE           24u
#define RASRPC_PORTS_SIZE        28u /* PortEnum: bytes of all ports */
#define RASRPC_PORTS_ENTRIES     32u
#define RASRPC_PORTS_DATA        36u
#define RASRPC_INFO_DATA32       28u /* GetInfo; a 64-bit client aligns what follows retcode to 8 */
#define RASRPC_INFO_DATA64       32u
#define RASRPC_CONFIG_SIZE       45u /* GetDevConfig, behind retcode and char[17]; or with 3 bytes of padding before */
#define RASRPC_CONFIG_END        52u
#define RASRPC_DEVICES_VERSION   28u /* Get- and SetDeviceConfigInfo */
#define RASRPC_DEVICES_BYTES     32u
#define RASRPC_DEVICES_ENTRIES   36u
#define RASRPC_DEVICES_DATA      40u
#define RASRPC_CALLED_BYTES      32u /* Get- and SetCalledId, behind retcode and fWrite: of the text */
#define RASRPC_CALLED_DEVICE     52u /* behind a GUID */
#define RASRPC_CALLED_TEXT_BYTES 524u
#define RASRPC_CALLED_TEXT       528u
#define RASRPC_CAPS              28u /* GetNdiswanDriverCaps */
#define RASRPC_CAPS_RESERVED     32u

/* ---- RASMAN_PORT_32 ---- */
#define RASRPC_PORT_HANDLE    0u
#define RASRPC_PORT_NAME      4u /* char[16] */
#define RASRPC_PORT_STATUS    20u
#define RASRPC_PORT_KIND      24u /* RASDEVICETYPE */
#define RASRPC_PORT_USAGE     28u /* configured */
#define RASRPC_PORT_USAGE_NOW 32u
#define RASRPC_PORT_MEDIA     36u  /* char[16] */
#define RASRPC_PORT_TYPE      52u  /* char[16] */
#define RASRPC_PORT_DEVICE    68u  /* char[129] */
#define RASRPC_PORT_SIZE      208u /* after padding, line id and address id */

/* ---- RASMAN_INFO: of a 32-bit client, and of a 64-bit one, where a handle is longer and aligned to 8 ---- */
#define RASRPC_INFO_STATUS        0u
#define RASRPC_INFO_STATE         4u
#define RASRPC_INFO_SPEED         8u
#define RASRPC_INFO_USAGE         16u  /* after the last error */
#define RASRPC_INFO_TYPE_NOW      20u  /* char[16]: of the device that is connecting */
#define RASRPC_INFO_DEVICE_NOW    36u  /* char[129] */
#define RASRPC_INFO_TYPE          165u /* char[16] */
#define RASRPC_INFO_DEVICE        181u /* char[129] */
#define RASRPC_INFO_PORT          310u /* char[17] */
#define RASRPC_INFO_DISCONNECT    328u /* why the port is not connected */
#define RASRPC_INFO_OWNERSHIP     332u
#define RASRPC_INFO_DURATION      336u
#define RASRPC_INFO_BYTES         340u /* received */
#define RASRPC_INFO_CONNECTION    864u /* after char[261], char[257] and padding: ULONG_PTR */
#define RASRPC_INFO_KIND(pointer) (RASRPC_INFO_CONNECTION + (pointer) + 4u)
#define RASRPC_INFO_SIZE(pointer) (RASRPC_INFO_KIND(pointer) + 44u)

/* ---- RAS_DEVICE_INFO ---- */
#define RASRPC_DEVICE_VERSION   0u
#define RASRPC_DEVICE_WRITE     4u
#define RASRPC_DEVICE_RAS       8u /* enabled for users; for routers and for outgoing ones follows */
#define RASRPC_DEVICE_ERROR     24u
#define RASRPC_DEVICE_ENDPOINTS 28u
#define RASRPC_DEVICE_CALLS_OUT 32u
#define RASRPC_DEVICE_CALLS_IN  36u
#define RASRPC_DEVICE_MIN       40u /* fewest and most end points that may be set */
#define RASRPC_DEVICE_MAX       44u
#define RASRPC_DEVICE_KIND      48u
#define RASRPC_DEVICE_NAME      85u  /* char[129], after a GUID and char[17] */
#define RASRPC_DEVICE_WIDE_NAME 214u /* WCHAR[129] */
#define RASRPC_DEVICE_SIZE      472u

#define RASRPC_SHORT_NAME       16u /* MAX_MEDIA_NAME, MAX_DEVICETYPE_NAME: characters with their NUL */
#define RASRPC_PORT_NAME_MAX    17u
#define RASRPC_DEVICE_NAME_MAX  129u

_Static_assert(RASRPC_INFO_SIZE(4u) == 916 && RASRPC_INFO_SIZE(8u) == 920, "RASMAN_INFO");
_Static_assert(RASRPC_DEVICE_WIDE_NAME + 2 * RASRPC_DEVICE_NAME_MAX == RASRPC_DEVICE_SIZE, "RAS_DEVICE_INFO");
_Static_assert(RASRPC_CALLED_DEVICE + RASRPC_DEVICE_SIZE == RASRPC_CALLED_TEXT_BYTES, "REQTYPE_GETSETCALLEDID");

#endif
