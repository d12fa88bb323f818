# SPDX-License-Identifier: Apache-2.0
"""The beginning of a Kerberos exchange as a client of DCE/RPC makes it, by MIT's library: for those who never mean to end it."""
import ctypes
import os

FLAGS = 2 | 4 | 8 | 16 | 32 | 0x1000  # mutual, replay, sequence, privacy, integrity, in the style of DCE


class Buffer(ctypes.Structure):
    _fields_ = [("length", ctypes.c_size_t), ("value", ctypes.c_char_p)]


def first_token(service, cache):
    """A new one for each call, from the tickets in that cache. `service` is NAME@HOST."""
    lib = ctypes.CDLL("libgssapi_krb5.so.2")
    minor, name, context, text = ctypes.c_uint32(), ctypes.c_void_p(), ctypes.c_void_p(), service.encode()
    host_based, kerberos = (ctypes.c_void_p.in_dll(lib, symbol) for symbol in ("GSS_C_NT_HOSTBASED_SERVICE", "gss_mech_krb5"))
    os.environ["KRB5CCNAME"] = cache
    if lib.gss_import_name(ctypes.byref(minor), ctypes.byref(Buffer(len(text), text)), host_based, ctypes.byref(name)):
        raise OSError(f"{service} is no name for GSSAPI: {minor.value}")
    out = Buffer()
    status = lib.gss_init_sec_context(ctypes.byref(minor), None, ctypes.byref(context), name, kerberos, FLAGS, 0, None, None, None,
                                      ctypes.byref(out), None, None)
    token = ctypes.string_at(ctypes.cast(ctypes.byref(out, Buffer.value.offset), ctypes.POINTER(ctypes.c_void_p))[0], out.length)
    lib.gss_release_buffer(ctypes.byref(minor), ctypes.byref(out))
    lib.gss_delete_sec_context(ctypes.byref(minor), ctypes.byref(context), None)
    lib.gss_release_name(ctypes.byref(minor), ctypes.byref(name))
    if status != 1:  # GSS_S_CONTINUE_NEEDED
        raise OSError(f"no token for {service}: {status:#x}, {minor.value}")
    return token
