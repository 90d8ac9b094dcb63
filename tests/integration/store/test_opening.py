"""Which store a URL names, and what is said of one that names none."""

from urllib.parse import parse_qs, urlsplit

import pytest

from pixelmill.settings import SettingsError, StoreSettings
from pixelmill.store.bucket import Bucket
from pixelmill.store.opening import open_place
from pixelmill.store.store import Store


@pytest.mark.parametrize(
    "url", ["file://host/folder", "folder", "memory:///", "http://host/path", "s3://", "gs:///prefix", "s3://a//b", ""]
)
def test_an_unknown_store_is_refused_by_name(url: str) -> None:
    """The operator reads which setting is wrong."""
    with pytest.raises(SettingsError, match="PIXELMILL_STORE_URL"):
        Store.open(StoreSettings(url=url))


@pytest.mark.parametrize("url", ["s3://key:secret@bucket", "s3://bucket:9000/prefix", "gs://bucket?secret#x"])
def test_a_bucket_url_has_no_more_than_bucket_and_prefix(url: str) -> None:
    """What it has besides would be ignored in silence; it is not repeated, for it may be a password."""
    with pytest.raises(SettingsError, match="PIXELMILL_STORE_URL: expected a bucket and a prefix alone") as refusal:
        Store.open(StoreSettings(url=url))
    assert "secret" not in str(refusal.value)


def test_each_provider_has_its_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening asks no server, so that a role starts whatever the state of the store."""
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "a2V5")
    for url in ("s3://bucket", "s3://bucket/some/prefix", "gs://bucket/prefix", "az://container/prefix"):
        assert isinstance(open_place(StoreSettings(url=url)), Bucket)


def test_azure_is_asked_for_the_permission_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its signatures are for permissions, not for methods."""
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "a2V5")
    store = Store.open(StoreSettings(url="az://container"))
    for method in ("GET", "HEAD"):
        signed = urlsplit(store.sign(method, "results/x") or "")
        assert parse_qs(signed.query)["sp"] == ["r"]


def test_what_the_environment_lacks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason the library gives."""
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(SettingsError, match="Account must be specified"):
        Store.open(StoreSettings(url="az://container"))
