"""What this installation tells its extractors and its decode."""

from pathlib import Path

from django.conf import settings

from semblance.common.images import DecodeLimits
from semblance.extractors.contract import ExtractorContext


def extractor_context() -> ExtractorContext:
    """Return the context every extractor of this process is made with."""
    return ExtractorContext(
        weights_dir=Path(settings.SEMBLANCE_WEIGHTS_DIR),
        device=settings.SEMBLANCE_DEVICE,
        threads=settings.SEMBLANCE_THREADS,
    )


def decode_limits() -> DecodeLimits:
    """Return the caps that every image of this installation is decoded with."""
    return DecodeLimits(max_pixels=settings.SEMBLANCE_MAX_PIXELS * 1_000_000)
