"""Weights of the torchvision family: in, checked, kept, fetched."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from semblance.extractors.contract import ExtractorUnavailable, WeightedExtractor
from semblance_deep.family import VGG16, MobileNetV2, TorchvisionTrunk
from semblance_deep.network import download, published_url
from tests.plugins.declared_networks import SqueezeNet
from tests.plugins.random_weights import PICTURES, context, state_of


def test_import_returns_and_keeps_the_digest_of_the_file(
    squeezenet: SqueezeNet, weights_of: Callable[[str], Path]
) -> None:
    digest = hashlib.sha256(weights_of("squeezenet1_1").read_bytes()).hexdigest()

    assert squeezenet.weights_digest() == digest
    assert squeezenet.import_weights(weights_of("squeezenet1_1")) == digest
    assert isinstance(squeezenet, WeightedExtractor)
    assert squeezenet.availability().available


def test_import_leaves_the_weights_and_their_record_alone_in_the_folder(squeezenet: SqueezeNet, tmp_path: Path) -> None:
    files = {file.name for file in (tmp_path / "weights").iterdir()}

    assert files == {"squeezenet.pth", "squeezenet.json"}
    record = json.loads((tmp_path / "weights" / "squeezenet.json").read_text())
    assert record["sha256"] == squeezenet.weights_digest()


def test_another_process_knows_the_digest_without_reading_the_weights(squeezenet: SqueezeNet, tmp_path: Path) -> None:
    file = tmp_path / "weights" / "squeezenet.pth"
    before = file.stat()
    file.write_bytes(b"\0" * before.st_size)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert SqueezeNet(context(tmp_path / "weights")).weights_digest() == squeezenet.weights_digest()


def test_digest_follows_a_file_put_there_by_hand(squeezenet: SqueezeNet, tmp_path: Path) -> None:
    other = tmp_path / "other.pth"
    torch.save(state_of("squeezenet1_1", seed=1), other)
    before = squeezenet.extract(PICTURES[:1])

    shutil.copy(other, tmp_path / "weights" / "squeezenet.pth")

    assert squeezenet.weights_digest() == hashlib.sha256(other.read_bytes()).hexdigest()
    assert np.abs(squeezenet.extract(PICTURES[:1]) - before).max() > 1e-3


@pytest.mark.parametrize("record", ["", "{}", "[]", '{"sha256": 1, "size": 1, "changed": 1}'])
def test_damaged_record_is_mended(squeezenet: SqueezeNet, tmp_path: Path, record: str) -> None:
    (tmp_path / "weights" / "squeezenet.json").write_text(record)

    assert SqueezeNet(context(tmp_path / "weights")).weights_digest() == squeezenet.weights_digest()
    assert json.loads((tmp_path / "weights" / "squeezenet.json").read_text())["sha256"] == squeezenet.weights_digest()


def test_newly_imported_weights_are_used_by_a_loaded_extractor(squeezenet: SqueezeNet, tmp_path: Path) -> None:
    before, old_digest = squeezenet.extract(PICTURES[:1]), squeezenet.weights_digest()
    torch.save(state_of("squeezenet1_1", seed=1), tmp_path / "other.pth")

    SqueezeNet(context(tmp_path / "weights")).import_weights(tmp_path / "other.pth")

    assert squeezenet.weights_digest() != old_digest
    assert np.abs(squeezenet.extract(PICTURES[:1]) - before).max() > 1e-3


def without(state: dict[str, Tensor], *keys: str) -> dict[str, Tensor]:
    return {key: value for key, value in state.items() if key not in keys}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda state: without(state, "features.0.weight"),
            r"^wrong\.pth does not fit .*squeezenet1_1: it lacks features\.0\.weight\.$",
        ),
        (
            lambda state: {**state, "features.99.weight": torch.zeros(1)},
            r"unknown to the network: features\.99\.weight\.$",
        ),
        (lambda state: {**state, "features.0.bias": torch.zeros(63)}, r"other shapes at features\.0\.bias\.$"),
        (
            lambda state: {**state, "features.0.bias": torch.full((64,), torch.nan)},
            r"not finite at features\.0\.bias\.$",
        ),
        (
            lambda state: {f"module.{key}": value for key, value in state.items()},
            r"lacks .* and 47 more; it has keys unk",
        ),
        (lambda state: {"state_dict": state}, r"holds no plain state dictionary"),
        (lambda state: list(state.values()), r"holds no plain state dictionary"),
        (lambda _: Path("x"), r"is not a weights file that PyTorch can read safely"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    squeezenet: SqueezeNet, tmp_path: Path, change: Callable[[dict[str, Tensor]], object], message: str
) -> None:
    before = squeezenet.weights_digest()
    torch.save(change(state_of("squeezenet1_1")), tmp_path / "wrong.pth")

    with pytest.raises(ValueError, match=message):
        squeezenet.import_weights(tmp_path / "wrong.pth")

    assert squeezenet.weights_digest() == before
    assert len(list((tmp_path / "weights").iterdir())) == 2


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" + b"\0" * 100, b"\x80\x02cos\nsystem\n(S'x'\ntR."])
def test_foreign_file_is_refused(squeezenet: SqueezeNet, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "wrong.pth").write_bytes(content)

    with pytest.raises(ValueError, match="is not a weights file"):
        squeezenet.import_weights(tmp_path / "wrong.pth")


def test_weights_with_a_head_of_another_size_are_taken(squeezenet: SqueezeNet, tmp_path: Path) -> None:
    """A network trained further for other classes has the same trunk."""
    state = {**state_of("squeezenet1_1"), "classifier.1.weight": torch.zeros(7, 512, 1, 1)}
    torch.save(state, tmp_path / "tuned.pth")
    before = squeezenet.extract(PICTURES)

    squeezenet.import_weights(tmp_path / "tuned.pth")

    np.testing.assert_allclose(squeezenet.extract(PICTURES), before, atol=1e-6)


def test_half_precision_weights_are_taken(squeezenet: SqueezeNet, tmp_path: Path) -> None:
    torch.save({key: value.half() for key, value in state_of("squeezenet1_1").items()}, tmp_path / "half.pth")
    before = squeezenet.extract(PICTURES)

    squeezenet.import_weights(tmp_path / "half.pth")

    np.testing.assert_allclose(squeezenet.extract(PICTURES), before, atol=1e-2)


def test_missing_file_is_an_os_error(squeezenet: SqueezeNet, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        squeezenet.import_weights(tmp_path / "nowhere.pth")


def test_file_that_was_spoilt_later_makes_the_extractor_unavailable(squeezenet: SqueezeNet, tmp_path: Path) -> None:
    (tmp_path / "weights" / "squeezenet.pth").write_bytes(b"spoilt")

    with pytest.raises(
        ExtractorUnavailable, match=r"Import weights that fit: python manage\.py weights import squeezenet"
    ):
        squeezenet.extract(PICTURES)


def test_missing_weights_name_the_commands(tmp_path: Path) -> None:
    status = MobileNetV2(context(tmp_path)).availability()

    assert not status.available
    assert "python manage.py weights fetch mobilenet-v2" in status.reason
    assert "python manage.py weights import mobilenet-v2 FILE" in status.reason


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_that_is_not_there_is_said(weights_of: Callable[[str], Path], tmp_path: Path) -> None:
    extractor = SqueezeNet(context(tmp_path, device="cuda"))
    extractor.import_weights(weights_of("squeezenet1_1"))

    with pytest.raises(ExtractorUnavailable, match="CUDA is asked for"):
        extractor.extract(PICTURES)


def test_fetch_without_a_network_names_the_address_and_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    with pytest.raises(ExtractorUnavailable, match=r"download\.pytorch\.org.* weights import mobilenet-v2 FILE"):
        MobileNetV2(context(tmp_path)).fetch_weights()

    assert list(tmp_path.iterdir()) == []


def test_download_keeps_only_what_has_the_published_hash(weights_of: Callable[[str], Path], tmp_path: Path) -> None:
    content = weights_of("squeezenet1_1").read_bytes()
    right = tmp_path / f"squeezenet1_1-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    wrong = tmp_path / "squeezenet1_1-0123abcd.pth"
    right.write_bytes(content)
    wrong.write_bytes(content)

    download(right.as_uri(), tmp_path / "fetched.pth")
    with pytest.raises(ExtractorUnavailable, match="invalid hash value"):
        download(wrong.as_uri(), tmp_path / "refused.pth")

    assert (tmp_path / "fetched.pth").read_bytes() == content
    assert not (tmp_path / "refused.pth").exists()


@pytest.mark.parametrize("plugin", [MobileNetV2, VGG16])
def test_published_address_carries_a_hash(plugin: type[TorchvisionTrunk]) -> None:
    assert re.search(r"^https://.*-[0-9a-f]{8}\.pth$", published_url(plugin.specification))


def test_context_sets_the_threads(squeezenet: SqueezeNet) -> None:
    torch.set_num_threads(2)

    squeezenet.extract(PICTURES[:1])

    assert torch.get_num_threads() == 1
