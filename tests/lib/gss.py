# SPDX-License-Identifier: Apache-2.0
"""A Kerberos exchange as a client of DCE/RPC makes it, by MIT's library: for those who begin one and never end it, or end it and then do
nothing more."""
import ctypes
import os

FLAGS = 2 | 4 | 8 | 16 | 32 | 0x1000  # mutual, replay, sequence, privacy, integrity, in the style of DCE
COMPLETE, CONTINUE_NEEDED = 0, 1


class Buffer(ctypes.Structure):
    _fields_ = [("length", ctypes.c_size_t), ("value", ctypes.c_void_p)]


class Exchange:
    """With `service`, which is NAME@HOST, by the tickets in that cache. Each has a token of its own."""

    def __init__(self, service, cache):
        self.lib, self.minor = ctypes.CDLL("libgssapi_krb5.so.2"), ctypes.c_uint32()
        self.name, self.context = ctypes.c_void_p(), ctypes.c_void_p()
        text = ctypes.create_string_buffer(service.encode())
        self.cache = cache
        self._check("gss_import_name", ctypes.byref(Buffer(len(service), ctypes.addressof(text))), self._symbol("GSS_C_NT_HOSTBASED_SERVICE"),
                    ctypes.byref(self.name))

    def _symbol(self, name):
        return ctypes.c_void_p.in_dll(self.lib, name)

    def _check(self, function, *args):
        status = getattr(self.lib, function)(ctypes.byref(self.minor), *args)
        if status not in (COMPLETE, CONTINUE_NEEDED):
            raise OSError(f"{function}: {status:#x}, {self.minor.value}")

    def token(self, answer=b""):
        """The next one, after the server's answer to the one before."""
        os.environ["KRB5CCNAME"] = self.cache
        text, out = ctypes.create_string_buffer(answer), Buffer()
        self._check("gss_init_sec_context", None, ctypes.byref(self.context), self.name, self._symbol("gss_mech_krb5"), FLAGS, 0, None,
                    ctypes.byref(Buffer(len(answer), ctypes.addressof(text))), None, ctypes.byref(out), None, None)
        token = ctypes.string_at(out.value, out.length)
        self._check("gss_release_buffer", ctypes.byref(out))
        return token

    def close(self):
        self._check("gss_delete_sec_context", ctypes.byref(self.context), None)
        self._check("gss_release_name", ctypes.byref(self.name))
