/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Win32 and RPC codes that the RAS administration functions return.
 *
 * Only what this library or a remote access server can return is here. Codes from 600 are in raserror.h, codes from 900
 * in mprerror.h. MprAdminGetErrorString() has a sentence for each.
 */
#ifndef OPENRRAS_WINERROR_H
#define OPENRRAS_WINERROR_H

#define NO_ERROR      0 /* done */
#define ERROR_SUCCESS 0 /* done */

/* General */
#define ERROR_ACCESS_DENIED            5    /* caller may not do this */
#define ERROR_INVALID_HANDLE           6    /* handle does not name anything */
#define ERROR_NOT_ENOUGH_MEMORY        8    /* allocation failed */
#define ERROR_INVALID_DATA             13   /* content malformed */
#define ERROR_OUTOFMEMORY              14   /* allocation failed (synonym) */
#define ERROR_NOT_READY                21   /* device not ready */
#define ERROR_GEN_FAILURE              31   /* unspecified device failure */
#define ERROR_NOT_SUPPORTED            50   /* request not supported */
#define ERROR_INVALID_PARAMETER        87   /* a parameter is wrong */
#define ERROR_CALL_NOT_IMPLEMENTED     120  /* not implemented */
#define ERROR_INSUFFICIENT_BUFFER      122  /* buffer too small */
#define ERROR_INVALID_NAME             123  /* name syntax */
#define ERROR_INVALID_LEVEL            124  /* information level not supported */
#define ERROR_PROC_NOT_FOUND           127  /* entry point missing */
#define ERROR_BUSY                     170  /* resource in use */
#define ERROR_MORE_DATA                234  /* partial answer, call again */
#define WAIT_TIMEOUT                   258  /* nothing happened in the time */
#define ERROR_NO_MORE_ITEMS            259  /* enumeration exhausted */
#define ERROR_MR_MID_NOT_FOUND         317  /* no text for this number */
#define ERROR_CAN_NOT_COMPLETE         1003 /* function failed */
#define ERROR_SERVICE_NOT_ACTIVE       1062 /* service not started */
#define ERROR_NOT_FOUND                1168 /* element not found */
#define ERROR_CANCELLED                1223 /* cancelled by the user */
#define ERROR_UNKNOWN_REVISION         1305 /* revision unknown */
#define ERROR_REVISION_MISMATCH        1306 /* revisions incompatible */
#define ERROR_NO_SUCH_USER             1317 /* no user of that name */
#define ERROR_NO_SUCH_DOMAIN           1355 /* no domain of that name */
#define ERROR_INTERNAL_ERROR           1359 /* internal error */
#define ERROR_TIMEOUT                  1460 /* timed out */
#define ERROR_NOT_CONNECTED            2250 /* network connection does not exist */
#define ERROR_SUCCESS_REBOOT_REQUIRED  3010 /* success, reboot needed */
#define ERROR_SUCCESS_RESTART_REQUIRED 3011 /* success, service restart needed */
#define ERROR_DS_OPERATIONS_ERROR      8224 /* directory: operation failed */
#define ERROR_DS_SERVER_DOWN           8250 /* directory: server not there */

/* lmerr.h */
#define NERR_InvalidComputer 2351 /* not the name of a computer */

/* RPC: what went wrong between the caller and the server */
#define RPC_S_SERVER_OUT_OF_MEMORY    1130 /* the server has not enough memory for the call */
#define RPC_S_INVALID_BINDING         1702 /* bad binding handle */
#define RPC_S_UNKNOWN_IF              1717 /* interface not offered */
#define RPC_S_SERVER_UNAVAILABLE      1722 /* no server at the endpoint */
#define RPC_S_SERVER_TOO_BUSY         1723 /* server overloaded */
#define RPC_S_CALL_FAILED             1726 /* call broke while executing */
#define RPC_S_CALL_FAILED_DNE         1727 /* call failed, did not execute */
#define RPC_S_PROTOCOL_ERROR          1728 /* protocol error */
#define RPC_S_UNSUPPORTED_TRANS_SYN   1730 /* no common transfer syntax */
#define RPC_S_UNSUPPORTED_TYPE        1732 /* object type not supported */
#define RPC_S_INVALID_TAG             1733 /* bad union tag */
#define RPC_S_INVALID_BOUND           1734 /* bad array bound */
#define RPC_S_UNKNOWN_AUTHN_TYPE      1741 /* authentication type unknown */
#define RPC_S_PROCNUM_OUT_OF_RANGE    1745 /* opnum too large */
#define RPC_S_UNKNOWN_AUTHN_SERVICE   1747 /* authentication service unknown */
#define RPC_S_UNKNOWN_AUTHN_LEVEL     1748 /* authentication level unknown */
#define EPT_S_CANT_PERFORM_OP         1752 /* endpoint mapper cannot do it */
#define EPT_S_NOT_REGISTERED          1753 /* no endpoint registered */
#define RPC_S_CANNOT_SUPPORT          1764 /* operation not supported */
#define RPC_X_NULL_REF_POINTER        1780 /* NULL where a value is required */
#define RPC_X_ENUM_VALUE_OUT_OF_RANGE 1781 /* 16-bit enum out of range */
#define RPC_X_BYTE_COUNT_TOO_SMALL    1782 /* count too small */
#define RPC_X_BAD_STUB_DATA           1783 /* stub data malformed */
#define RPC_S_CALL_CANCELLED          1818 /* the call was cancelled */
#define RPC_S_COMM_FAILURE            1820 /* communication failure */
#define RPC_S_UNSUPPORTED_AUTHN_LEVEL 1821 /* authentication level not supported */
#define RPC_S_SEC_PKG_ERROR           1825 /* security package failed */

#endif
