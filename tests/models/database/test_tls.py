"""A PostgreSQL on another machine is reached by TLS alone, and its certificate is checked."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from models.database.engine import Database
from models.database.tls import UnverifiedServer, with_verified_tls
from tests.conftest import NOT_RUN
from tests.postgresql import SERVER_USER, NoServer, create_cluster
from tests.stack import free_port

P = "postgresql+psycopg://u:hunter2@"
HERE = [
    "/pipenotify?host=/cloudsql/project:region:instance",
    "127.0.0.1:5432/pipenotify",
    "[::1]/pipenotify",
    "localhost/pipenotify?sslmode=disable",
    "/pipenotify",
    "/pipenotify?host=/tmp&host=127.0.0.1",
]
ELSEWHERE = [
    "db/pipenotify",
    "10.1.2.3:6432/pipenotify",
    "/pipenotify?host=127.0.0.1&host=db2",
    "/p?host=/tmp,db2",
]


@pytest.mark.parametrize("rest", HERE)
def test_this_machine_is_reached_as_the_url_says(rest: str) -> None:
    assert with_verified_tls(f"{P}{rest}") == make_url(f"{P}{rest}")


@pytest.mark.parametrize("rest", ELSEWHERE)
def test_another_machine_has_to_prove_who_it_is(rest: str) -> None:
    query = with_verified_tls(f"{P}{rest}").query

    assert (query["sslmode"], query["sslrootcert"]) == ("verify-full", certifi.where())


def test_a_ca_of_ones_own_is_kept() -> None:
    query = with_verified_tls(f"{P}db/p?sslmode=verify-ca&sslrootcert=/etc/ca.pem").query

    assert (query["sslmode"], query["sslrootcert"]) == ("verify-ca", "/etc/ca.pem")


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "nonsense"])
def test_a_url_that_checks_less_is_refused_without_its_password(mode: str) -> None:
    with pytest.raises(UnverifiedServer, match=f"sslmode=verify-full .* not '{mode}'") as refused:
        Database(f"{P}db/pipenotify?sslmode={mode}")

    assert "hunter2" not in str(refused.value)


@dataclass(frozen=True)
class TlsServer:
    """A server that speaks TLS, with a self-signed certificate for the name `db.example`."""

    url: str  # by that name, at this machine's address
    certificate: Path


@pytest.fixture
def tls_server(tmp_path: Path) -> Iterator[TlsServer]:
    home, port = Path(tempfile.mkdtemp(prefix="pn-tls-", dir="/tmp")), free_port()
    options = f"-c ssl=on -c listen_addresses=127.0.0.1 -c port={port} -c fsync=off"
    try:
        control = create_cluster(home, options)
        write_certificate(home / "data", "db.example")
        subprocess.run([*control, "start"], check=True, capture_output=True, timeout=60)
        certificate = tmp_path / "server.crt"
        certificate.write_bytes((home / "data" / "server.crt").read_bytes())
        name = f"{SERVER_USER}@db.example:{port}/postgres?hostaddr=127.0.0.1"
        yield TlsServer(f"postgresql+psycopg://{name}", certificate)
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, timeout=60)
    except NoServer as missing:
        pytest.skip(f"{NOT_RUN}: {missing}")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def write_certificate(folder: Path, name: str) -> None:
    key, at = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder().subject_name(named).issuer_name(named).public_key(key.public_key())
    made = (
        made.serial_number(1).not_valid_before(at - timedelta(days=1)).not_valid_after(at + timedelta(days=1))
    )
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    certificate = made.add_extension(x509.BasicConstraints(True, None), critical=True).sign(key, SHA256())
    pem = Encoding.PEM
    (folder / "server.crt").write_bytes(certificate.public_bytes(pem))
    secret = folder / "server.key"
    secret.write_bytes(key.private_bytes(pem, PrivateFormat.PKCS8, NoEncryption()))
    secret.chmod(0o600)
    shutil.chown(secret, folder.owner())


def is_encrypted(url: str) -> bool:
    database = Database(url)
    try:
        with database.engine.connect().execution_options(schema_change=True) as connection:
            asked = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            return bool(connection.execute(asked).scalar_one())
    finally:
        database.close()


def test_only_a_server_with_a_good_certificate_is_talked_to(tls_server: TlsServer) -> None:
    assert is_encrypted(f"{tls_server.url}&sslrootcert={tls_server.certificate}")

    with pytest.raises(DBAPIError, match="certificate verify failed"):
        is_encrypted(tls_server.url)
