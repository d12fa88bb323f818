#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What programs get of librassapi: exported names, its soname, a header that compiles as C11 and C++ but not beside mprapi.h, pkg-config.

Usage: check_package.py SOURCE_DIR BUILD_DIR CFLAGS
"""
import os
import pathlib
import re
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "libmprapi")]
from check_package import BUILD, SOURCE, compile_program, exported, pkg_config, run, tool
from tap import Report

LIBRARY = BUILD / "librassapi" / "librassapi.so"
NAME = "ncalrpc:[/nonexistent/socket]"
PROGRAM = r"""
#include <rassapi.h>
int main(void)
{
    RAS_PORT_0 *ports;
    WORD n;
    if (RasAdminPortEnum(u"%s", &ports, &n) != RPC_S_SERVER_UNAVAILABLE || ports || n)
        return 1;
    return RasAdminPortDisconnect(u"%s", u"vpn-1") == RPC_S_SERVER_UNAVAILABLE ? 0 : 2;
}
""" % (NAME, NAME)


def declared():
    text = (SOURCE / "include" / "rassapi.h").read_text(encoding="utf-8")
    return set(re.findall(r"^OPENRRAS_RASSAPI_EXPORT [\w ]*?(\w+)\(", text, re.M))


def exported_names(r):
    r.check("the header declares ten functions", len(declared()) == 10, sorted(declared()))
    r.check("the library exports these and no others", exported(LIBRARY) == declared(), exported(LIBRARY) ^ declared())
    symbols = run(tool("nm"), "-D", "--with-symbol-versions", "--defined-only", LIBRARY)
    without = [n for n in declared() if f"{n}@@RASSAPI_0.1" not in symbols]
    r.check("each has the version node of the first version", not without, without)


def soname(r):
    dynamic = run(tool("readelf"), "-d", LIBRARY)
    r.check("its soname is librassapi.so.0, and it needs libmprapi.so.0", "soname: [librassapi.so.0]" in dynamic and "[libmprapi.so.0]" in dynamic,
            dynamic)


def programs(r):
    rpath = [f"-Wl,-rpath,{LIBRARY.parent}", f"-Wl,-rpath,{BUILD / 'libmprapi'}"]
    flags = pkg_config("--cflags", "--libs", "librassapi")
    for language, compiler in (("c11", "cc"), ("c17", "cc"), ("c++11", "g++"), ("c++17", "g++")):
        with tempfile.TemporaryDirectory() as folder:
            run(compile_program(tool(compiler), language, pathlib.Path(folder), *rpath, *flags, text=PROGRAM))
        r.check(f"a program in {language} builds with pkg-config and runs", True)


def refused(first, second):
    """What the compiler says of a file that includes both."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            compile_program(tool("cc"), "c11", pathlib.Path(folder), f"-I{SOURCE / 'include'}", "-fsyntax-only",
                            text=f"#include <{first}>\n#include <{second}>\nint main(void) {{ return 0; }}\n")
        except AssertionError as error:
            return str(error)
    return ""


def headers_that_do_not_go_together(r):
    for other in ("mprapi.h", "mprapi_nt4.h", "openrras.h"):
        for pair in (("rassapi.h", other), (other, "rassapi.h")):
            said = refused(*pair)
            r.check(f"{pair[1]} after {pair[0]} is refused in words", "include one of them only" in said, said[:500])


def pkg_config_file(r):
    text = (BUILD / "meson-private" / "librassapi.pc").read_text(encoding="utf-8")
    r.check("pkg-config names the installed folder and the library", "-I${includedir}/openrras" in text and "-lrassapi" in text, text)


def main():
    report = Report()
    for test in (exported_names, soname, programs, headers_that_do_not_go_together, pkg_config_file):
        report.run(test.__name__, test)
    report.finish()


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C"
    main()
