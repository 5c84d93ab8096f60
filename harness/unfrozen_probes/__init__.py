"""What people expect of an ordinary Python, tested on the interpreter that runs this folder; needs only the interpreter and the app.

`<tree>/python/bin/python3 -I -B -X utf8 unfrozen_probes --json` in a staged or installed tree; inside a frozen program its entry
script calls `suite.main`.
"""
