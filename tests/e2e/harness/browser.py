"""Debian's Chromium with one page, by playwright-core (tests/e2e/node/browser.js)."""
import json
import shutil
import subprocess

from .ports import wait_until
from .programs import PROJECT

_NODE = PROJECT / "tests/e2e/node"
SCREENSHOTS = PROJECT / "build/results/screenshots"


def missing():
    """What a browser would need that is not here, in words; None if nothing."""
    if not shutil.which("chromium"):
        return "chromium is not installed"
    if not (_NODE / "node_modules/playwright-core").exists() or not (_NODE / "node_modules/axe-core").exists():
        return "the npm registry was out of reach of ./dev setup"
    return None


class Browser:
    """options are those of playwright's launchPersistentContext."""

    def __init__(self, folder, **options):
        self._log = open(folder / "browser.log", "w", encoding="utf-8")
        self._node = subprocess.Popen(["node", _NODE / "browser.js"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=self._log, text=True)
        self._exchange({"executable": shutil.which("chromium"), "profile": str(folder / "profile"), "options": options})

    def _exchange(self, request):
        self._node.stdin.write(json.dumps(request) + "\n")
        self._node.stdin.flush()
        line = self._node.stdout.readline()
        assert line, "the browser has ended"
        reply = json.loads(line)
        assert "error" not in reply, reply["error"]
        return reply["result"]

    def page(self, method, *args):
        return self._exchange({"on": "page", "method": method, "args": args})

    def extra(self, method, *args):
        return self._exchange({"on": "extra", "method": method, "args": args})

    def on(self, selector, method, *args):
        """A method of what the selector finds, which it waits for."""
        return self._exchange({"on": "locator", "selector": selector, "method": method, "args": args})

    def evaluate(self, expression):
        return self.page("evaluate", expression)

    def texts(self, selector):
        return self.on(selector, "allInnerTexts")

    def wait_for(self, expression, what):
        """Until the expression is true."""
        return wait_until(lambda: self.evaluate(expression), 30, what)

    def wait_for_text(self, selector, text):
        """Until one of what the selector finds has the text; returns it whole."""
        def found():
            return [each for each in self.texts(selector) if text in each]
        try:
            return wait_until(found, 30, f"{text!r} in {selector}")[0]
        except TimeoutError as error:
            raise AssertionError(f"{error}; there is {self.texts(selector)}") from None

    def focused(self):
        """The name of what has the focus."""
        return self.evaluate("(document.activeElement.getAttribute('aria-label') || document.activeElement.id || document.activeElement.textContent)")

    def screenshot(self, name, whole=True):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page("screenshot", {"path": str(SCREENSHOTS / f"{name}.png"), "fullPage": whole})

    def close(self):
        self._node.stdin.close()
        try:
            self._node.wait(30)
        except subprocess.TimeoutExpired:
            self._node.kill()
            self._node.wait()
        self._log.close()
