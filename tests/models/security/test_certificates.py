"""Whom outgoing connections trust."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from models.security.certificates import trusted


def test_names_and_certificates_are_checked() -> None:
    context = trusted()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.get_ca_certs()


def test_the_environment_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.pem"
    own.write_text("")
    usual = len(trusted().get_ca_certs())
    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    trusted.cache_clear()
    assert len(trusted().get_ca_certs()) == usual


def test_clients_share_it() -> None:
    assert trusted() is trusted()
