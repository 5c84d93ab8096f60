"""Probes of native code, certificates, time zones and the locale."""

import platform
import sys
from pathlib import Path

from .base import NotApplicableError, ProbeContext, expect, probe
from .children import probes_command, run


@probe
def native_wheels(_: ProbeContext) -> str:
    """Native wheels can be loaded: argon2, bcrypt, pydantic-core, SQLAlchemy's C extensions"""
    import argon2
    import bcrypt
    import pydantic_core
    from sqlalchemy.util import has_compiled_ext

    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    expect(hasher.verify(hasher.hash("secret"), "secret"), "argon2")
    expect(bcrypt.checkpw(b"secret", bcrypt.hashpw(b"secret", bcrypt.gensalt(4))), "bcrypt")
    expect(pydantic_core.from_json('{"a": 1}') == {"a": 1}, "pydantic-core")
    names = ["_argon2_cffi_bindings._ffi", "bcrypt._bcrypt", "pydantic_core._pydantic_core"]
    if (sys.platform, platform.machine()) != ("darwin", "x86_64"):  # for which SQLAlchemy has no compiled wheel
        expect(has_compiled_ext(), "SQLAlchemy uses its Python fallback")  # type: ignore[no-untyped-call]
        names.append("sqlalchemy.engine._row_cy")
    native = [Path(sys.modules[name].__file__ or "") for name in names]
    expect(all(file.suffix in (".so", ".pyd") and file.is_file() for file in native), f"{native} are not all native")
    return ", ".join(file.name.split(".")[0] for file in native)


@probe
def ctypes_and_callbacks(_: ProbeContext) -> str:
    """`ctypes` calls the C library and receives callbacks"""
    import ctypes

    libc = ctypes.CDLL("msvcrt" if sys.platform == "win32" else None)  # None: symbols loaded in this process
    compare_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
    numbers = (ctypes.c_int * 5)(5, 1, 4, 2, 3)
    libc.qsort(numbers, len(numbers), ctypes.sizeof(ctypes.c_int), compare_type(lambda a, b: a[0] - b[0]))
    expect(list(numbers) == [1, 2, 3, 4, 5], f"qsort returned {list(numbers)}")
    return "qsort with a Python callback"


CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBtzCCAV2gAwIBAgIUDBhKmaCwV8phYTnb3vTuQHiyKmYwCgYIKoZIzj0EAwIw
MDEuMCwGA1UEAwwlQSBjZXJ0aWZpY2F0ZSBhdXRob3JpdHkgb2YgdGhlIHByb2Jl
czAgFw0yNjExMjMxODEzMTBaGA8yMTI2MTAzMDE4MTMxMFowMDEuMCwGA1UEAwwl
QSBjZXJ0aWZpY2F0ZSBhdXRob3JpdHkgb2YgdGhlIHByb2JlczBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABCj03yiZE5Ei1+RLiRIyM4PoODZYJQ5RkMGc7353sT0e
k466sqYkxoNBXXE1yxmvQYTPHQ03+HzlzJe8KjCkf5OjUzBRMB0GA1UdDgQWBBTo
nrlDmgaOyOKrxhN/Gtz4R03cWjAfBgNVHSMEGDAWgBTonrlDmgaOyOKrxhN/Gtz4
R03cWjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQC8EZfCPXhR
AWm2Huy08Wj7eujfL/vItK/1U0ob9C+tVAIgLCt6FAbTJq5wZWQ7rKLmAsus988u
RyY3D01NkVknlQI=
-----END CERTIFICATE-----
"""
"""Certificate of a test CA, whose private key was deleted."""


SYSTEM_STORES = ("/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/ssl/cert.pem")


@probe
def certificates_of_the_system(_: ProbeContext) -> str:
    """`ssl` trusts the system's certificates"""
    import ssl

    if sys.platform != "win32" and not any(Path(store).exists() for store in SYSTEM_STORES):
        raise NotApplicableError("this system has no certificates")
    count = ssl.create_default_context().cert_store_stats()["x509_ca"]
    folder = ssl.get_default_verify_paths().capath
    hashed = list(Path(folder).glob("*.[0-9]")) if folder else []  # OpenSSL reads these on demand
    expect(count or hashed, f"no certificates found; OpenSSL reads {ssl.get_default_verify_paths().openssl_cafile}")
    return f"{count or len(hashed)} CAs"


@probe
def certificates_by_variable(context: ProbeContext) -> str:
    """`ssl` trusts the certificates in SSL_CERT_FILE"""
    file = context.folder / "authority.pem"
    file.write_text(CERTIFICATE, "ascii")
    output = run([*probes_command(), "--print", "authorities"], SSL_CERT_FILE=str(file), SSL_CERT_DIR="").strip()
    expect(output == "A certificate authority of the probes", f"trusted: {output or 'none'}")
    return "only this CA is trusted"


@probe
def time_zones(_: ProbeContext) -> str:
    """`zoneinfo` works, also on a system without time zones"""
    import zoneinfo
    from datetime import UTC, datetime, timedelta

    summer = datetime(2026, 7, 1, tzinfo=UTC)
    sources = []
    for source, folders in (("the system", zoneinfo.TZPATH), ("the tzdata package", ())):
        if source == "the system" and not any(Path(folder, "Europe/Berlin").is_file() for folder in folders):
            continue
        zoneinfo.reset_tzpath(folders)
        try:
            offset = zoneinfo.ZoneInfo.no_cache("Europe/Berlin").utcoffset(summer)
        finally:
            zoneinfo.reset_tzpath()
        expect(offset == timedelta(hours=2), f"the offset in {source} is {offset}")
        sources.append(source)
    return " and ".join(sources)


@probe
def utf8_everywhere(context: ProbeContext) -> str:
    """UTF-8 in any locale: paths, files and stdout under LC_ALL=POSIX"""
    file = context.folder / "naïve 文件.txt"
    file.write_bytes("ä → 語".encode())
    output = run([*probes_command(), "--print", str(file)], LC_ALL="POSIX")
    expect(output.split("\n")[:2] == [file.name, "ä → 語"], f"printed {output!r}")
    return "file name and content are unchanged"
