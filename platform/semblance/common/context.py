"""What this installation tells its extractors."""

from pathlib import Path

from django.conf import settings

from semblance.extractors.contract import ExtractorContext


def extractor_context() -> ExtractorContext:
    """Return the context every extractor of this process is made with."""
    return ExtractorContext(
        weights_dir=Path(settings.SEMBLANCE_WEIGHTS_DIR),
        device=settings.SEMBLANCE_DEVICE,
        threads=settings.SEMBLANCE_THREADS,
    )
