# SPDX-License-Identifier: Apache-2.0
"""Verdicts of a test program: `ok - name`, `not ok - name`, and a closing line that ./check adds up."""
import sys
import traceback


class Report:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, name, ok, detail=""):
        """One verdict. Returns it, so that a test can stop where going on makes no sense."""
        if ok:
            self.passed += 1
            print(f"ok - {name}", flush=True)
        else:
            self.failed += 1
            print(f"not ok - {name}" + (f": {detail}" if detail else ""), flush=True)
        return bool(ok)

    def skip(self, name, why):
        self.skipped += 1
        print(f"ok - {name} # SKIP {why}", flush=True)

    def run(self, name, function, *args):
        """A test that makes verdicts of its own: an exception in it is a failure of that test only."""
        try:
            function(self, *args)
        except (KeyboardInterrupt, SystemExit):
            raise
        except Exception as e:  # whatever it is, the other tests still run
            traceback.print_exc()
            self.check(name, False, f"{type(e).__name__}: {e}")

    def finish(self):
        """Print the closing line and end the program."""
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        sys.exit(1 if self.failed else 0)
