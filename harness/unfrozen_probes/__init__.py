"""What people expect of an ordinary Python, tried on the one that runs this folder: nothing but it and the app is needed.

`<tree>/python/bin/python3 -I -B -X utf8 unfrozen_probes --json` in a staged or installed tree; inside a frozen program its entry
script calls `suite.main`.
"""
