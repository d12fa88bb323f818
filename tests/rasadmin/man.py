#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual: no complaint of mandoc, and nothing that the programs have is missing in it.

usage: man.py SOURCE_ROOT PROGRAM...     each program's --help is compared with its page
"""
import glob
import os
import re
import shutil
import subprocess
import sys

ROOT, PROGRAMS = sys.argv[1], sys.argv[2:]
MAN = os.path.join(ROOT, "man")
results = []


def check(name, ok, detail=""):
    results.append(bool(ok))
    print(f"{'ok' if ok else 'not ok'} - {name}" + (f": {detail}" if detail and not ok else ""), flush=True)


def text(path):
    with open(path) as f:
        return f.read()


def shown(page):
    """A page as it is read, without overstriking, on one line."""
    out = subprocess.run(["mandoc", "-T", "ascii", "-O", "width=200", page], stdout=subprocess.PIPE, text=True, check=True).stdout
    return re.sub(r"\s+", " ", re.sub(r".\x08", "", out))


def mandoc_has_no_complaint():
    pages = sorted(glob.glob(os.path.join(MAN, "*.[1-8]")))
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *pages], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    check(f"mandoc has no complaint about {len(pages)} pages", done.returncode == 0 and pages, done.stdout)


def no_word_is_taken_for_a_macro():
    """mdoc(7) has macros called An, No, In, ...: in a heading or between quotes such a word of English vanishes without a complaint."""
    for page in sorted(glob.glob(os.path.join(MAN, "*.[1-8]"))):
        lost = re.findall(r"^\.(?:Ss|Sh|Dq|Sq|Qq)(?: .*)? (?:Ad|An|At|Do|In|It|No|Of|On|Up|Us) [a-z].*", text(page), re.M)
        check(f"{os.path.basename(page)}: no word is taken for a macro", not lost, lost)


def every_function_has_a_page():
    names = {os.path.basename(p)[:-2] for p in glob.glob(os.path.join(MAN, "*.3"))}
    links = set(re.findall(r"'(\w+)'", text(os.path.join(MAN, "meson.build"))))
    functions = set()
    for header in ("mprapi.h", "openrras.h", "rassapi.h"):
        functions |= set(re.findall(r"^(?:MPRAPI|OPENRRAS_RASSAPI)_EXPORT [\w ]*?(\w+)\(", text(os.path.join(ROOT, "include", header)), re.M))
    check("the headers' functions were found", len(functions) >= 20, sorted(functions))
    check("every function has a page", functions <= names | links, sorted(functions - names - links))
    for page in glob.glob(os.path.join(MAN, "*.3")):
        for name in re.findall(r"^\.Nm ([\w-]+)", text(page).split(".Sh LIBRARY")[0], re.M):
            check(f"{name} in {os.path.basename(page)} exists", name in functions | {"mprapi", "libmprapi-nt4", "librassapi"}, name)


def references_lead_somewhere():
    ours = {os.path.basename(p) for p in glob.glob(os.path.join(MAN, "*.[1-8]"))}
    ours |= {name + ".3" for name in re.findall(r"'(\w+)'", text(os.path.join(MAN, "meson.build")))}
    foreign = {"ssh.1", "systemd.1", "fork.2", "dlopen.3", "openvpn.8", "occtl.8", "ocserv.8", "swanctl.8", "pppd.8",
               "getty.8", "ldap.conf.5", "resolv.conf.5", "strongswan.conf.5", "swanctl.conf.5",
               "smbd.8", "winbindd.8", "krb5.conf.5"}
    for page in sorted(glob.glob(os.path.join(MAN, "*.[1-8]"))):
        refs = {f"{name}.{section}" for name, section in re.findall(r"\bXr (\S+) (\d)", text(page))}
        check(f"references of {os.path.basename(page)} lead somewhere", refs <= ours | foreign, sorted(refs - ours - foreign))


def every_option_is_in_the_page():
    for program in PROGRAMS:
        name = os.path.basename(program)
        page = shown(glob.glob(os.path.join(MAN, name + ".[18]"))[0])
        helps = [subprocess.run([program, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout]
        if name == "rasadmin":
            commands = re.findall(r"^  ([a-z-]+)  ", helps[0].split("Commands (")[1], re.M)
            check("rasadmin has its commands in its help", len(commands) >= 11, commands)
            helps += [subprocess.run([program, c, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout for c in commands]
            check("every command is in rasadmin.1", all(f" {c}" in page for c in commands), commands)
        options = set(re.findall(r"(--[a-z][a-z-]+)", "\n".join(helps))) - {"--help", "--usage"}
        options -= {"--version"} if name == "rasadmin" else set()
        missing = sorted(o for o in options if not re.search(re.escape(o) + r"(?![a-z-])", page))
        check(f"every option of {name} is in its page", options and not missing, missing)
        known = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", page))
        check(f"every option in the page of {name} exists", not known - options - {"--now", "--version", "--help", "--usage"}, sorted(known - options))


def every_setting_is_in_the_page():
    page = text(os.path.join(MAN, "rrasd.conf.5"))
    settings = re.findall(r'^    \{"(\w+)", "(\w+)",.*?(?:\.initial = (\w+|"[^"]*"))?[,}].*$', text(os.path.join(ROOT, "rrasd/config_table.c")), re.M)
    check("rrasd's settings were found", len(settings) > 20, settings)
    parts = re.split(r"^\.Ss \[(.*?)\].*$", page, flags=re.M)
    sections = dict(zip(parts[1::2], parts[2::2]))
    for section, key, _ in settings:
        check(f"[{section}] {key} is in rrasd.conf.5", re.search(rf"^\.It Cm {key}$", sections.get(section, ""), re.M))
    for section, body in sections.items():
        for key in re.findall(r"^\.It Cm (\w+)$", body, re.M):
            check(f"[{section}] {key} of rrasd.conf.5 exists", (section, key) in {(s, k) for s, k, _ in settings} or key == "user")


def defaults_are_true():
    table = text(os.path.join(ROOT, "rrasd/config_table.c"))
    page = text(os.path.join(MAN, "rrasd.conf.5"))
    for key, value in re.findall(r'"(\w+)",\s*SETTING_(?:COUNT|DURATION|LOG_LEVEL|ROUTER_TYPE)\b[^}]*?\.initial = "([^"]+)"', table):
        entry = page.split(f".It Cm {key}\n", 1)[-1].split(".It ", 1)[0].split(".El", 1)[0]
        check(f"the default of {key} is {value}", re.search(rf"Default:\s+(\.Cm )?{re.escape(value)}\b", entry), entry)


if not shutil.which("mandoc"):
    print("ok - the manual # SKIP mandoc is not installed\n0 passed, 0 failed, 1 skipped")
    sys.exit(0)
for test in (mandoc_has_no_complaint, no_word_is_taken_for_a_macro, every_function_has_a_page, references_lead_somewhere,
             every_option_is_in_the_page, every_setting_is_in_the_page, defaults_are_true):
    test()
print(f"{sum(results)} passed, {len(results) - sum(results)} failed, 0 skipped")
sys.exit(0 if all(results) else 1)
