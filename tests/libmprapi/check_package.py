#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What programs get: exported names, sonames, headers that compile as C11 and C++, pkg-config, a static library.

Speaks TAP. Usage: check_package.py SOURCE_DIR BUILD_DIR CFLAGS
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

SOURCE, BUILD = (pathlib.Path(p) for p in sys.argv[1:3])
EXTRA = sys.argv[3:]  # -fsanitize=... of the build, which whoever links with it needs as well
LIBRARY = BUILD / "libmprapi" / "libmprapi.so"
NT4 = BUILD / "libmprapi" / "libmprapi-nt4.so"
STATIC = BUILD / "libmprapi" / "libmprapi.a"

PROGRAM = r"""
#include <mprapi.h>
#include <mprapi_nt4.h>
#include <openrras.h>
int main(void)
{
    MPR_SERVER_HANDLE h;
    LPWSTR text;
    OPENRRAS_SERVER *server;
    static WCHAR name[] = u"ncalrpc:[/nonexistent/socket]";
    if (MprAdminServerConnect(name, &h) != RPC_S_SERVER_UNAVAILABLE || h)
        return 1;
    if (MprAdminGetErrorString(RPC_S_SERVER_UNAVAILABLE, &text) != NO_ERROR || LocalFree(text))
        return 2;
    if (OpenRrasServerGetInfo(h, &server) != RPC_S_INVALID_BINDING || server)
        return 4;
    return MprAdminPortDisconnect(h, (HANDLE)1) == ERROR_INVALID_PARAMETER ? 0 : 3;
}
"""

# Says why the local server can't be connected to: that names the socket.
WHERE = r"""
#include <stdio.h>
#include <openrras.h>
/* The leak detector can't look into a set-user-id process. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
int main(void)
{
    MPR_SERVER_HANDLE h;
    char text[256];
    MprAdminServerConnect(NULL, &h);
    OpenRrasLastDetail(text, sizeof text);
    return puts(text) < 0;
}
"""


# The names of Windows whose layout depends on the version of Windows that is meant, by that version.
NAMES = ("MPR_SERVER_EX", "MPR_SERVER_EX0", "MPR_SERVER_SET_CONFIG_EX", "MPRAPI_TUNNEL_CONFIG_PARAMS", "IKEV2_CONFIG_PARAMS",
         "IKEV2_TUNNEL_CONFIG_PARAMS", "L2TP_CONFIG_PARAMS", "L2TP_CONFIG_PARAMS1", "MPR_IF_CUSTOMINFOEX")
MEANT = {
    None: ("MPR_SERVER_EX_REV5", "MPR_SERVER_EX_REV3", "MPR_SERVER_SET_CONFIG_EX_REV5", "MPRAPI_TUNNEL_CONFIG_PARAMS_REV5",
           "IKEV2_CONFIG_PARAMS_REV5", "IKEV2_TUNNEL_CONFIG_PARAMS4", "L2TP_CONFIG_PARAMS_REV5", "L2TP_CONFIG_PARAMS_REV5",
           "MPR_IF_CUSTOMINFOEX2"),
    "0x0601": ("MPR_SERVER_EX_REV1", "MPR_SERVER_EX_REV1", "MPR_SERVER_SET_CONFIG_EX_REV1", "MPRAPI_TUNNEL_CONFIG_PARAMS_REV1",
               "IKEV2_CONFIG_PARAMS_REV1", "IKEV2_TUNNEL_CONFIG_PARAMS1", "L2TP_CONFIG_PARAMS0", "L2TP_CONFIG_PARAMS_REV3",
               "MPR_IF_CUSTOMINFOEX0"),
    "0x0602": ("MPR_SERVER_EX_REV2", "MPR_SERVER_EX_REV2", "MPR_SERVER_SET_CONFIG_EX_REV2", "MPRAPI_TUNNEL_CONFIG_PARAMS_REV2",
               "IKEV2_CONFIG_PARAMS_REV2", "IKEV2_TUNNEL_CONFIG_PARAMS2", "L2TP_CONFIG_PARAMS0", "L2TP_CONFIG_PARAMS_REV3",
               "MPR_IF_CUSTOMINFOEX0"),
    "0x0603": ("MPR_SERVER_EX_REV3", "MPR_SERVER_EX_REV3", "MPR_SERVER_SET_CONFIG_EX_REV3", "MPRAPI_TUNNEL_CONFIG_PARAMS_REV3",
               "IKEV2_CONFIG_PARAMS_REV3", "IKEV2_TUNNEL_CONFIG_PARAMS3", "L2TP_CONFIG_PARAMS_REV3", "L2TP_CONFIG_PARAMS_REV3",
               "MPR_IF_CUSTOMINFOEX1"),
}
MEANT["0x0A00"] = MEANT[None]


class Skip(Exception):
    pass


def run(*argv, **kwargs):
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, **kwargs)
    if done.returncode != 0:
        raise AssertionError(f"{shlex.join(map(str, argv))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def tool(*names):
    for name in names:
        if shutil.which(name):
            return name
    raise Skip(f"no {names[0]}")


def public_names(header):
    text = (SOURCE / "include" / header).read_text(encoding="utf-8")
    return set(re.findall(r"^MPRAPI_EXPORT [\w ]*?(\w+)\(", text, re.M))


def exported(library):
    lines = run(tool("nm"), "-D", "--defined-only", library).splitlines()
    # Version nodes are absolute symbols; sanitizers and coverage add names that begin with "__".
    names = {line.split()[-1].split("@")[0] for line in lines if " A " not in line}
    return {n for n in names if not n.startswith("__")}


def only_public_names_are_exported():
    declared = public_names("mprapi.h") | public_names("openrras.h")
    assert len(declared) == 62, sorted(declared)
    assert exported(LIBRARY) == declared, exported(LIBRARY) ^ declared


def the_nt4_library_exports_its_ten_names():
    declared = public_names("mprapi_nt4.h")
    assert len(declared) == 10, sorted(declared)
    assert exported(NT4) == declared, exported(NT4) ^ declared


def sonames_are_stable():
    for library, soname in ((LIBRARY, "libmprapi.so.0"), (NT4, "libmprapi-nt4.so.0")):
        dynamic = run(tool("readelf"), "-d", library)
        assert f"[{soname}]" in dynamic, dynamic
    assert "[libmprapi.so.0]" in run("readelf", "-d", NT4)


def compile_program(compiler, language, folder, *flags, text=PROGRAM):
    source = folder / f"program.{'c' if language.startswith('c1') else 'cpp'}"
    source.write_text(text, encoding="ascii")
    program = folder / "program"
    run(compiler, f"-std={language}", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", *EXTRA, source, "-o", program,
        *flags)
    return program


def pkg_config(*options):
    env = dict(os.environ, PKG_CONFIG_PATH=str(BUILD / "meson-uninstalled"))
    return run(tool("pkg-config"), *options, env=env).split()


def a_c_program_builds_and_runs():
    with tempfile.TemporaryDirectory() as folder:
        flags = pkg_config("--cflags", "--libs", "libmprapi")
        for language in ("c11", "c17"):
            run(compile_program(tool("cc"), language, pathlib.Path(folder), f"-Wl,-rpath,{LIBRARY.parent}", *flags))


def a_cxx_program_builds_and_runs():
    with tempfile.TemporaryDirectory() as folder:
        flags = pkg_config("--cflags", "--libs", "libmprapi")
        for language in ("c++11", "c++17"):
            run(compile_program(tool("g++", "clang++"), language, pathlib.Path(folder), f"-Wl,-rpath,{LIBRARY.parent}", *flags))


def compilers():
    """All that are here, as C and as C++."""
    found = [[c, f"-std={v}", "-x", language] for language, names, v in (("c", ("gcc", "clang"), "c11"), ("c++", ("g++", "clang++"), "c++11"))
             for c in names if shutil.which(c)]
    if not found:
        raise Skip("no compiler")
    return found


def every_header_stands_alone():
    headers = sorted((SOURCE / "include").rglob("*.h"))
    assert len(headers) >= 19, headers
    for compiler in compilers():
        for header in headers:
            run(*compiler, "-m64", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wundef", "-Werror", f"-I{SOURCE / 'include'}",
                "-fsyntax-only", "-", input=f'#include "{header}"\nextern int something;\n')


def the_layout_is_the_same_for_every_compiler():
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "abi"
        for compiler in compilers():
            run(*compiler, "-m64", "-Wall", "-Wextra", "-Werror", f"-I{SOURCE / 'include'}", f"-I{BUILD / 'tests' / 'libmprapi'}",
                SOURCE / "tests" / "libmprapi" / "test_abi.c", "-o", program, *pkg_config("--cflags", "--libs", "cmocka"))
            run(program)


def names_mean_the_layout_of_the_version_of_windows():
    for version, types in MEANT.items():
        text = "#include <mprapi.h>\n" + "".join(
            f"_Static_assert(_Generic(({name} *)0, {meant} *: 1, default: 0), \"{name}\");\n"
            f"_Static_assert(_Generic((P{name})0, {meant} *: 1, default: 0), \"P{name}\");\n" for name, meant in zip(NAMES, types, strict=True))
        for define in ("_WIN32_WINNT", "WINVER") if version else ("NOTHING",):
            run(tool("cc"), "-std=c11", "-Wall", "-Wundef", "-Werror", f"-D{define}={version or 1}", f"-I{SOURCE / 'include'}", "-x", "c",
                "-fsyntax-only", "-", input=text)


def a_program_can_be_linked_statically():
    with tempfile.TemporaryDirectory() as folder:
        run(compile_program(tool("cc"), "c11", pathlib.Path(folder), f"-I{SOURCE / 'include'}", STATIC, "-pthread"))


def the_static_library_keeps_its_inside_to_itself():
    lines = run(tool("nm"), "-g", "--defined-only", STATIC).splitlines()
    names = {line.split()[-1] for line in lines if len(line.split()) == 3}
    inside = {n for n in names if not n.startswith("__")} - public_names("mprapi.h") - public_names("openrras.h")
    assert not inside, sorted(inside)


def the_environment_does_not_move_a_set_user_id_program():
    if os.geteuid() != 0:
        raise Skip("only root can make a set-user-id program of another user's")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        program = compile_program(tool("cc"), "c11", pathlib.Path(folder), f"-I{SOURCE / 'include'}", STATIC, "-pthread", text=WHERE)
        env = {"OPENRRAS_SOCKET": "/nonexistent/moved"}
        nobody = {"user": 65534, "group": 65534, "extra_groups": []}
        assert "/nonexistent/moved" in run(program, env=env, **nobody)
        os.chmod(program, 0o4755)
        said = run(program, env=env, **nobody)
        assert "/nonexistent/moved" not in said, said


def pkg_config_names_the_installed_folder():
    text = (BUILD / "meson-private" / "libmprapi.pc").read_text(encoding="utf-8")
    assert "-I${includedir}/openrras" in text, text
    assert "-lmprapi" in text, text
    assert "windows_includedir=${includedir}/openrras/windows" in text, text


def main():
    tests = [
        only_public_names_are_exported,
        the_nt4_library_exports_its_ten_names,
        sonames_are_stable,
        a_c_program_builds_and_runs,
        a_cxx_program_builds_and_runs,
        every_header_stands_alone,
        the_layout_is_the_same_for_every_compiler,
        names_mean_the_layout_of_the_version_of_windows,
        a_program_can_be_linked_statically,
        the_static_library_keeps_its_inside_to_itself,
        the_environment_does_not_move_a_set_user_id_program,
        pkg_config_names_the_installed_folder,
    ]
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}")
        except Skip as reason:
            print(f"ok {number} - {test.__name__} # SKIP {reason}")
        except AssertionError as error:
            print(f"not ok {number} - {test.__name__}")
            for line in str(error).splitlines():
                print(f"# {line}")


if __name__ == "__main__":
    main()
