"""Sends key events to an X display by XTest, for native menus, which WebDriver does not support."""

from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CDLL, POINTER, byref, c_int, c_uint, c_ulong, c_void_p, cast

from selenium.webdriver import Remote

FOCUS_PARENT = 1


@contextmanager
def keyboard(display: str) -> Iterator["Keyboard"]:
    """Connect to the X display `display`, such as `:1`."""
    xlib = CDLL("libX11.so.6")
    xlib.XOpenDisplay.restype = c_void_p
    server = c_void_p(xlib.XOpenDisplay(display.encode()))
    assert server, f"no display {display}"
    yield Keyboard(xlib, CDLL("libXtst.so.6"), server)
    xlib.XCloseDisplay(server)


class Keyboard:
    """Presses keys by their X keysym names."""

    def __init__(self, xlib: CDLL, xtest: CDLL, server: c_void_p) -> None:
        self.xlib, self.xtest, self.server = xlib, xtest, server
        xlib.XStringToKeysym.restype = c_ulong

    def focus_window(self, driver: Remote) -> None:
        """Focus the app's window, found by its size. Xvfb has no window manager to do it."""
        size = driver.get_window_size()
        wide, high = c_uint(), c_uint()
        children, count, any_window, number = POINTER(c_ulong)(), c_uint(), c_ulong(), c_int()
        root = c_ulong(self.xlib.XDefaultRootWindow(self.server))
        self.xlib.XQueryTree(self.server, root, byref(any_window), byref(any_window), byref(children), byref(count))
        for window in map(c_ulong, children[: count.value]):
            geometry = (byref(any_window), byref(number), byref(number), byref(wide), byref(high))
            self.xlib.XGetGeometry(self.server, window, *geometry, byref(c_uint()), byref(c_uint()))
            if (wide.value, high.value) == (size["width"], size["height"]):
                self.xlib.XSetInputFocus(self.server, window, FOCUS_PARENT, c_ulong(0))
        self.xlib.XFree(cast(children, c_void_p))
        self.xlib.XSync(self.server, 0)

    def press(self, *names: str) -> None:
        """Press these keys in order, then release them in reverse order."""
        symbols = [c_ulong(self.xlib.XStringToKeysym(name.encode())) for name in names]
        codes = [self.xlib.XKeysymToKeycode(self.server, symbol) for symbol in symbols]
        for code in codes:
            self.xtest.XTestFakeKeyEvent(self.server, code, 1, c_ulong(0))
        for code in reversed(codes):
            self.xtest.XTestFakeKeyEvent(self.server, code, 0, c_ulong(0))
        self.xlib.XSync(self.server, 0)
