# SPDX-License-Identifier: Apache-2.0
"""Certificates for tests."""
import os
import subprocess


class Authority:
    """A certificate authority for a day, made with openssl."""

    def __init__(self, scope, name="pki"):
        self.dir = scope.path(name)
        os.mkdir(self.dir, 0o700)
        self._key("ca")
        self._openssl("req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=OpenRRAS test CA", "-days", "2", "-out", "ca.crt")

    def _openssl(self, *args):
        done = subprocess.run(["openssl", *args], cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {' '.join(args)}: {done.stdout}")

    def _key(self, name):
        self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")

    @property
    def certificate(self):
        return os.path.join(self.dir, "ca.crt")

    def issue(self, name, usage="clientAuth", names=()):
        """NAME.crt and NAME.key in `dir`; for a server also by what names it is known: "DNS:dc1", "IP:127.0.0.1"."""
        if os.path.exists(os.path.join(self.dir, f"{name}.crt")):
            return
        self._key(name)
        self._openssl("req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-out", f"{name}.csr")
        with open(os.path.join(self.dir, f"{name}.ext"), "w") as f:
            f.write(f"extendedKeyUsage={usage}\nkeyUsage=digitalSignature\n")
            if names:
                f.write(f"subjectAltName={','.join(names)}\n")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                      "-extfile", f"{name}.ext", "-out", f"{name}.crt")
