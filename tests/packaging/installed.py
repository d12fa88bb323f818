#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `meson install` with DESTDIR puts down: every file that a package needs, pages without complaint, units hardened.

Run by ./check with OPENRRAS_ROOT = DESTDIR of a build with --prefix=/usr --sysconfdir=/etc --localstatedir=/var.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.environ["OPENRRAS_ROOT"]
results = []


def check(name, ok, detail=""):
    results.append(bool(ok))
    print(f"{'ok' if ok else 'not ok'} - {name}" + (f": {detail}" if detail and not ok else ""), flush=True)


def found(pattern):
    return glob.glob(os.path.join(ROOT, pattern.lstrip("/")))


def run(*argv, **kwargs):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kwargs)


FILES = """
/usr/bin/rasadmin /usr/sbin/rrasd /usr/sbin/rras-openvpn /usr/bin/rras-sim|/usr/sbin/rras-sim
/usr/lib/*/libmprapi.so.0|/usr/lib/libmprapi.so.0 /usr/lib/*/libmprapi.so|/usr/lib/libmprapi.so
/usr/lib/*/libmprapi.a|/usr/lib/libmprapi.a /usr/lib/*/libmprapi-nt4.so.0|/usr/lib/libmprapi-nt4.so.0
/usr/lib/*/libmprapi-kerberos.so.0|/usr/lib/libmprapi-kerberos.so.0
/usr/lib/*/librassapi.so.0|/usr/lib/librassapi.so.0 /usr/lib/*/librassapi.so|/usr/lib/librassapi.so
/usr/lib/*/pkgconfig/librassapi.pc|/usr/lib/pkgconfig/librassapi.pc /usr/include/openrras/rassapi.h /usr/include/openrras/rassapi_codes.h
/usr/share/man/man3/librassapi.3 /usr/share/man/man3/RasAdminPortEnum.3 /usr/share/man/man3/RasAdminPortDisconnect.3
/usr/lib/*/pkgconfig/libmprapi.pc|/usr/lib/pkgconfig/libmprapi.pc /usr/lib/*/libmprapi-smb.so.0|/usr/lib/libmprapi-smb.so.0
/usr/include/openrras/mprapi.h /usr/include/openrras/wintypes.h /usr/include/openrras/winerror.h
/usr/include/openrras/raserror.h /usr/include/openrras/mprerror.h /usr/include/openrras/openrras.h
/usr/include/openrras/mprapi_types.h /usr/include/openrras/mprapi_base.h /usr/include/openrras/mprapi_sessions.h
/usr/include/openrras/mprapi_ppp.h /usr/include/openrras/mprapi_tunnels.h /usr/include/openrras/mprapi_server.h
/usr/include/openrras/mprapi_users.h /usr/include/openrras/mprapi_interfaces.h /usr/include/openrras/mprapi_custominfo.h
/usr/include/openrras/mprapi_admindll.h /usr/include/openrras/windows/windows.h /usr/include/openrras/windows/wmain.h
/etc/rras/rrasd.conf /etc/logrotate.d/openrras
/usr/share/doc/openrras/users.md /usr/share/doc/openrras/examples/openrras.ldif /usr/share/doc/openrras/examples/rrasd-ldap.conf
/usr/lib/systemd/system/rrasd.service /usr/lib/systemd/system/rrasd.socket /usr/lib/systemd/system/rrasd-driver.socket
/usr/lib/systemd/system/rrasd-pipe.socket /usr/lib/systemd/system/rrasd-tcp.socket /usr/lib/tmpfiles.d/openrras-pipe.conf /usr/share/doc/openrras/smb.conf /usr/share/doc/openrras/rrasd-tcp.conf
/usr/lib/systemd/system/rras-openvpn@.service
/usr/libexec/rras/rras-ntlm /usr/sbin/rras-ocserv /usr/libexec/rras/rras-ocserv-connect /usr/lib/systemd/system/rras-ocserv@.service /usr/share/man/man8/rras-ocserv.8
/usr/lib/pppd/*/rras.so|/usr/lib/*/pppd/*/rras.so /usr/share/man/man8/rras-pppd.8 /usr/share/doc/openrras/examples/pppd-options
/usr/sbin/rras-vici /usr/lib/systemd/system/rras-vici@.service /usr/share/man/man8/rras-vici.8
/usr/lib/sysusers.d/openrras.conf /usr/lib/tmpfiles.d/openrras.conf
/usr/share/bash-completion/completions/rasadmin
/usr/share/man/man1/rasadmin.1 /usr/share/man/man8/rrasd.8 /usr/share/man/man5/rrasd.conf.5
/usr/share/man/man8/rras-openvpn.8 /usr/share/man/man8/rras-sim.8 /usr/share/man/man7/openrras.7
/usr/share/man/man3/mprapi.3 /usr/share/man/man3/MprAdminPortDisconnect.3 /usr/share/man/man3/MprAdminServerConnect.3
/usr/share/man/man3/MprAdminPortEnum.3 /usr/share/man/man3/MprAdminConnectionEnum.3 /usr/share/man/man3/MprAdminBufferFree.3
/usr/share/man/man3/MprAdminPortGetInfo.3 /usr/share/man/man3/MprAdminPortReset.3 /usr/share/man/man3/MprAdminServerDisconnect.3
/usr/share/man/man3/MprAdminIsServiceRunning.3 /usr/share/man/man3/MprAdminServerGetInfo.3 /usr/share/man/man3/MprAdminPortClearStats.3
/usr/share/man/man3/MprAdminConnectionGetInfo.3 /usr/share/man/man3/MprAdminConnectionClearStats.3
/usr/share/man/man3/MprAdminGetErrorString.3 /usr/share/man/man3/MprAdminConnectionEnumEx.3 /usr/share/man/man3/MprAdminDeviceEnum.3
/usr/share/man/man3/MprAdminServerGetInfoEx.3 /usr/share/man/man3/MprAdminServerSetCredentials.3 /usr/share/man/man3/MprAdminGetPDCServer.3
/usr/share/man/man3/MprAdminSendUserMessage.3 /usr/share/man/man3/MprAdminIsServiceInitialized.3
/usr/share/man/man3/MprAdminRegisterConnectionNotification.3 /usr/share/man/man3/OpenRrasNotifyWait.3
/usr/share/man/man3/OpenRrasServerConnectFd.3 /usr/share/man/man3/OpenRrasSessionEnum.3 /usr/share/man/man3/OpenRrasEventWait.3
/usr/share/man/man3/OpenRrasDisconnect.3 /usr/share/man/man3/OpenRrasKeepOutAdd.3 /usr/share/man/man3/OpenRrasServerGetInfo.3
/usr/share/man/man3/OpenRrasUserGet.3 /usr/share/man/man3/OpenRrasUserRemove.3 /usr/share/man/man3/MprAdminUserSetInfo.3
""".split()


def test_files():
    for entry in FILES:
        check(f"{entry.split('|')[0]} is installed", any(found(p) or found(p + ".gz") for p in entry.split("|")))


def test_plugin():
    for path in found("/usr/lib/pppd/*/rras.so") + found("/usr/lib/*/pppd/*/rras.so"):
        names = {line.split()[-1] for line in run("nm", "-D", "--defined-only", path).stdout.splitlines()}
        check("pppd sees of its plugin what it looks for, and no more", names == {"plugin_init", "pppd_version"}, names)


def test_pages():
    pages = found("/usr/share/man/man*/*")
    done = run("mandoc", "-T", "lint", "-W", "warning", *pages)
    check(f"mandoc has no complaint about {len(pages)} pages", done.returncode == 0 and pages, done.stdout[:500])


def test_units():
    for unit, limit in (("rrasd.service", 2.0), ("rras-openvpn@.service", 2.0), ("rras-ocserv@.service", 2.5), ("rras-vici@.service", 2.0)):
        path = os.path.join(ROOT, "usr/lib/systemd/system", unit)
        with tempfile.TemporaryDirectory() as d:
            copy = os.path.join(d, unit.replace("@", "@x"))
            with open(path) as src, open(copy, "w") as dst:
                dst.write(src.read())
            done = run("systemd-analyze", "security", "--offline=true", "--no-pager", copy)
        m = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
        check(f"systemd-analyze security gives {unit} {m.group(1) if m else '?'}, at most {limit}", m and float(m.group(1)) <= limit, done.stdout[-300:])
        check(f"{unit} has no placeholder left", not re.search(r"@\w+@", open(path).read()))
    units = [os.path.join(ROOT, "usr/lib/systemd/system", u) for u in ("rrasd.service", "rrasd.socket", "rrasd-driver.socket", "rrasd-pipe.socket", "rrasd-tcp.socket", "rras-openvpn@.service", "rras-ocserv@.service",
                                                                     "rras-vici@.service")]
    with tempfile.TemporaryDirectory() as d:
        copies = [os.path.join(d, os.path.basename(u).replace("@", "@x")) for u in units]
        for unit, copy in zip(units, copies):
            shutil.copy(unit, copy)
        done = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *copies)
    # The programs are below ROOT, not where the units say.
    lines = [line for line in done.stdout.splitlines() if re.search(r"rrasd|rras-", line) and "is not executable" not in line]
    check("systemd-analyze verify has no complaint", not lines, " / ".join(lines))


def test_drop_in():
    """What rrasd.service is with the drop-in for a directory of users."""
    with tempfile.TemporaryDirectory() as d:
        unit = shutil.copy(os.path.join(ROOT, "usr/lib/systemd/system/rrasd.service"), d)
        os.mkdir(unit + ".d")
        shutil.copy(os.path.join(ROOT, "usr/share/doc/openrras/examples/rrasd-ldap.conf"), os.path.join(unit + ".d", "ldap.conf"))
        done = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit)
        lines = [line for line in done.stdout.splitlines() if "rrasd" in line and "is not executable" not in line]
        check("systemd-analyze verify has no complaint about the drop-in for LDAP", not lines, " / ".join(lines))
        done = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
    m = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    check("with it rrasd has a network, and systemd-analyze security still gives it at most 2.0",
          m and float(m.group(1)) <= 2.0 and re.search(r"^\S+ PrivateNetwork= .*has access to the host's network", done.stdout, re.M), done.stdout[-300:])


def test_pipe_folder():
    """Of smbd's folders, closed as smbd wants it, and with what smbd has there."""
    with tempfile.TemporaryDirectory() as d:
        shutil.copytree(os.path.join(ROOT, "usr/lib/tmpfiles.d"), os.path.join(d, "usr/lib/tmpfiles.d"))
        np = os.path.join(d, "run/samba/ncalrpc/np")
        done = run("systemd-tmpfiles", "--root=" + d, "--create", "openrras-pipe.conf")
        made = [oct(os.stat(p).st_mode & 0o777) for p in (np, os.path.dirname(np)) if os.path.isdir(p)]
        check("systemd-tmpfiles makes the folder of the named pipe", made == ["0o700", "0o755"], f"{made} {done.stdout}")
        kept = os.path.join(np, "srvsvc")
        open(kept, "w").close()
        os.utime(kept, (0, 0))
        done = run("systemd-tmpfiles", "--root=" + d, "--create", "--clean", "--remove", "openrras-pipe.conf")
        check("  and leaves what smbd has there", os.path.exists(kept), done.stdout)


def test_accounts():
    with tempfile.TemporaryDirectory() as d:
        os.makedirs(os.path.join(d, "etc"))
        done = run("systemd-sysusers", "--root=" + d, os.path.join(ROOT, "usr/lib/sysusers.d/openrras.conf"))
        names = open(os.path.join(d, "etc/group")).read() if os.path.exists(os.path.join(d, "etc/group")) else ""
        check("systemd-sysusers makes the users and groups", done.returncode == 0 and all(g + ":" in names for g in ("rras", "rras-admin", "rras-operate", "rras-view", "rras-openvpn", "rras-ocserv", "rras-vici")), done.stdout)


def library_folder():
    return os.path.dirname((found("/usr/lib/*/libmprapi.so.0") or found("/usr/lib/libmprapi.so.0") or ["missing"])[0])


def built_and_run(package, text):
    """What a program says that is built with pkg-config against what is installed."""
    lib = library_folder()
    env = dict(os.environ, LD_LIBRARY_PATH=lib, LC_ALL="C", PKG_CONFIG_PATH=os.path.join(lib, "pkgconfig"), PKG_CONFIG_SYSROOT_DIR=ROOT)
    with tempfile.TemporaryDirectory() as d:
        source, program = os.path.join(d, "t.c"), os.path.join(d, "t")
        with open(source, "w") as f:
            f.write(text)
        flags = run("pkg-config", "--cflags", "--libs", package, env=env).stdout.split()
        # The library's own needs are below ROOT, where the linker does not look by itself.
        built = run("cc", "-Wall", "-Werror", source, "-o", program, *flags, f"-Wl,-rpath-link,{lib}", env=env)
        return run(program, env=env).stdout if built.returncode == 0 else built.stdout


def test_library():
    out = built_and_run("libmprapi", """#include <mprapi.h>
#include <mprerror.h>
#include <stdio.h>
int main(void) { MPR_SERVER_HANDLE h; DWORD e = MprAdminServerConnect(u"ncalrpc:[/nonexistent/sock]", &h);
printf("%u\\n", (unsigned)e); return 0; }
""")
    check("a program builds with pkg-config and gets 1722 where nobody listens", out.strip() == "1722", out)
    out = built_and_run("librassapi", """#include <rassapi.h>
#include <stdio.h>
int main(void) { DWORD e = RasAdminPortDisconnect(u"ncalrpc:[/nonexistent/sock]", u"vpn-1");
printf("%u\\n", (unsigned)e); return 0; }
""")
    check("so does one for librassapi", out.strip() == "1722", out)


def test_programs():
    env = dict(os.environ, LD_LIBRARY_PATH=library_folder())
    for p in ("/usr/bin/rasadmin", "/usr/sbin/rrasd", "/usr/sbin/rras-openvpn", "/usr/sbin/rras-ocserv", "/usr/sbin/rras-vici"):
        path = os.path.join(ROOT, p.lstrip("/"))
        done = run(path, "--version", env=env) if os.path.exists(path) else None
        check(f"{p} tells its version", done and done.returncode == 0 and re.search(r"\d+\.\d+\.\d+", done.stdout), done and done.stdout)
    conf = os.path.join(ROOT, "etc/rras/rrasd.conf")
    # The roles of the installed example name groups that exist only after systemd-sysusers; all else must be right.
    done = run(os.path.join(ROOT, "usr/sbin/rrasd"), "--check-config", "--config", conf, env=env)
    check("the installed configuration is accepted", done.returncode == 0, done.stdout)


for test in (test_files, test_plugin, test_pages, test_units, test_drop_in, test_pipe_folder, test_accounts, test_library, test_programs):
    try:
        test()
    except Exception as e:
        check(test.__name__, False, f"{type(e).__name__}: {e}")
print(f"{sum(results)} passed, {len(results) - sum(results)} failed, 0 skipped")
sys.exit(0 if all(results) else 1)
